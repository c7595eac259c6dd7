import type { ConnectionLimits } from './connection-limits.js';
import type { TlsSettings } from './tls-credentials.js';

export const connectionUsage = `  --tls-cert our certificate with those that lead to its authority, in PEM; read again on SIGHUP and when it changes
  --tls-key  its private key
  --tls-ca   the authorities whose certificates are believed (those that Node.js knows)
  --tls-verify      whether who connects must show a certificate: none, optional or required (none)
  --tls-check-peer  whether those whom we connect to must prove their name by RFC 5922: yes or no (yes)
  --connections     how many each listener takes (20000)
  --connections-per-source  how many of these from one address, or one IPv6 /64 (2000)`;

type Writable<T> = { -readonly [key in keyof T]?: T[key] };

/** What the command line says about connections and their certificates. */
export class ConnectionArguments {
  readonly #tls: Writable<TlsSettings> = {};
  readonly #limits: Writable<ConnectionLimits> = {};

  /** True: the option is one of these and was taken; a text: what is wrong with it. */
  take(option: string, value: string): boolean | string {
    switch (option) {
      case '--tls-cert':
        this.#tls.certificate = value;
        return true;
      case '--tls-key':
        this.#tls.key = value;
        return true;
      case '--tls-ca':
        this.#tls.authority = value;
        return true;
      case '--tls-verify':
        if (value !== 'none' && value !== 'optional' && value !== 'required')
          return `--tls-verify '${value}' is not none, optional or required`;
        this.#tls.verify = value;
        return true;
      case '--tls-check-peer':
        if (value !== 'yes' && value !== 'no') return `--tls-check-peer '${value}' is not yes or no`;
        this.#tls.checkPeer = value === 'yes';
        return true;
      case '--connections':
      case '--connections-per-source':
        if (!/^[1-9]\d{0,6}$/.test(value)) return `${option} '${value}' is not a count`;
        this.#limits[option === '--connections' ? 'total' : 'perSource'] = Number(value);
        return true;
      default:
        return false;
    }
  }

  /** What is missing; to be asked when all options were taken. */
  get fault(): string | undefined {
    const { certificate, key } = this.#tls;
    return (certificate === undefined) === (key === undefined) ? undefined : '--tls-cert and --tls-key belong together';
  }

  get options(): { readonly tls?: TlsSettings; readonly connections: Partial<ConnectionLimits> } {
    const { certificate, key } = this.#tls;
    const connections = this.#limits;
    if (certificate === undefined || key === undefined) return { connections };
    return { connections, tls: { verify: 'none', checkPeer: true, ...this.#tls, certificate, key } };
  }
}
