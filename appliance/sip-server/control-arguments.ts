import { readFileSync } from 'node:fs';
import { type OutboundRoute, parseOutboundRoute } from './outbound-mode.js';

export const controlUsage = `  --control-tls  our certificate and key, CERT,KEY in PEM files: applications must speak TLS
  --outbound  where the application for new requests of a method is: invite=tcp://HOST:PORT or tls://HOST:PORT of
             srf.listen; invite=http://… or https://… asks a web server (POST,http://… by POST); * for all other methods
  --outbound-ca  authorities for tls and https in a PEM file (those that Node.js knows)`;

/** What the command line says about how applications are reached. */
export class ControlArguments {
  readonly #routes: OutboundRoute[] = [];
  #tls: { readonly cert: string; readonly key: string } | undefined;
  #authority: string | undefined;

  /** True: the option is one of these and was taken; a text: what is wrong with it. */
  take(option: string, value: string): boolean | string {
    switch (option) {
      case '--control-tls':
        return this.#takeTls(value);
      case '--outbound': {
        const route = parseOutboundRoute(value);
        if (!route.ok) return `--outbound ${route.error}`;
        this.#routes.push(route.value);
        return true;
      }
      case '--outbound-ca':
        this.#authority = readPem(value);
        return this.#authority === undefined ? `--outbound-ca '${value}' cannot be read` : true;
      default:
        return false;
    }
  }

  get tls(): { readonly tls?: { readonly cert: string; readonly key: string } } {
    return this.#tls === undefined ? {} : { tls: this.#tls };
  }

  get outbound(): { readonly routes: readonly OutboundRoute[]; readonly authority?: string } {
    return this.#authority === undefined
      ? { routes: this.#routes }
      : { routes: this.#routes, authority: this.#authority };
  }

  #takeTls(value: string): boolean | string {
    const [certFile = '', keyFile = '', ...more] = value.split(',');
    if (certFile === '' || keyFile === '' || more.length > 0) return `--control-tls '${value}' is not CERT,KEY`;
    const cert = readPem(certFile);
    const key = readPem(keyFile);
    if (cert === undefined || key === undefined) return `--control-tls '${value}' cannot be read`;
    this.#tls = { cert, key };
    return true;
  }
}

function readPem(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
