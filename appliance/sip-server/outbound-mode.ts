import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { err, type Log, ok, type Result } from '../../src/base/index.js';
import type { App } from './app.js';
import type { ControlServer } from './control-server.js';
import type { Core } from './core.js';
import type { IncomingRequest } from './incoming-request.js';
import {
  type ApplicationAddress,
  type Instruction,
  type ProxyInstruction,
  readApplicationAddress,
  readInstruction,
} from './outbound-instruction.js';
import { askWeb } from './outbound-lookup.js';
import { type ProxyCommand, readProxyCommand } from './proxy-command.js';

/** Requests that wait for a web server or an application at one time: each holds a connection of ours. */
const MAX_WAITING = 500;
/** Connections to listening applications at one time: each call has its own until the application ends it. */
const MAX_APPLICATIONS = 2_000;
/** An application that does not take the connection, or does not say its secret, within this time is not there. */
const CONNECT_MS = 3_000;

/** What happens to new requests of a method: the application is looked for per request. */
export interface OutboundRoute {
  /** The method in upper case; `*` for every method without a route of its own. */
  readonly method: string;
  readonly target:
    | { readonly kind: 'web'; readonly ask: 'GET' | 'POST'; readonly url: URL }
    | { readonly kind: 'application'; readonly address: ApplicationAddress };
}

/** Reads `VERB=URL`: `invite=tcp://host:port`, `*=https://host/path`, `register=POST,http://host/path`. */
export function parseOutboundRoute(text: string): Result<OutboundRoute, string> {
  const match = /^([A-Za-z]{1,32}|\*)=(?:(GET|POST),)?(\S+)$/.exec(text);
  const method = match?.[1]?.toUpperCase();
  const url = match?.[3];
  if (method === undefined || url === undefined) return err(`'${text}' is not VERB=URL`);
  if (/^(tcp|tls):/.test(url)) {
    const address = readApplicationAddress(url);
    return address === undefined
      ? err(`'${url}' is not tcp://HOST:PORT or tls://HOST:PORT`)
      : ok({ method, target: { kind: 'application', address } });
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return err(`'${url}' is not a URL of http, https, tcp or tls`);
  }
  return ok({ method, target: { kind: 'web', ask: match?.[2] === 'POST' ? 'POST' : 'GET', url: new URL(url) } });
}

export interface OutboundModeOptions {
  readonly core: Core;
  readonly control: () => ControlServer | undefined;
  readonly routes: readonly OutboundRoute[];
  /** Authorities for https and tls, in PEM, instead of those that Node.js knows. */
  readonly authority: string | undefined;
  readonly proxy: (command: ProxyCommand) => void;
}

/** Outbound mode: the server looks for an application for each new request, and connects to it. */
export class OutboundMode {
  readonly #options: OutboundModeOptions;
  readonly #routes: ReadonlyMap<string, OutboundRoute>;
  #waiting = 0;
  #applications = 0;

  constructor(options: OutboundModeOptions) {
    this.#options = options;
    this.#routes = new Map(options.routes.map((route) => [route.method, route]));
  }

  /** Takes a new request on itself; false: no route is configured for its method. */
  takes(incoming: IncomingRequest): boolean {
    const route = this.#routes.get(incoming.method) ?? this.#routes.get('*');
    if (route === undefined) return false;
    const { core } = this.#options;
    if (this.#waiting >= MAX_WAITING) {
      core.refuse(incoming, 503, [core.retryAfter()]);
      return true;
    }
    this.#waiting++;
    core.incoming.set(incoming.id, incoming);
    if (route.target.kind === 'application') this.#connect(incoming, route.target.address);
    else this.#ask(incoming, route.target);
    return true;
  }

  #ask(incoming: IncomingRequest, { ask, url }: { readonly ask: 'GET' | 'POST'; readonly url: URL }): void {
    const { core, authority } = this.#options;
    askWeb({ method: ask, url, authority }, incoming.request, incoming.link, core.clock, (answer) => {
      // The caller may have cancelled meanwhile.
      if (incoming.transaction.answered) {
        this.#waiting--;
        return;
      }
      if ('failure' in answer) {
        core.log.warn('no instruction for a request', { host: url.host, why: answer.failure });
        this.#refuse(incoming, 503);
        return;
      }
      const instruction = readInstruction(answer.body);
      if (instruction.ok) this.#follow(incoming, instruction.value);
      else {
        core.log.warn('an instruction that cannot be followed', { host: url.host, why: instruction.error });
        this.#refuse(incoming, 500);
      }
    });
  }

  #follow(incoming: IncomingRequest, instruction: Instruction): void {
    const { core, control, proxy } = this.#options;
    if (instruction.action === 'connect') {
      this.#connect(incoming, instruction.to);
      return;
    }
    this.#waiting--;
    switch (instruction.action) {
      case 'reject':
        core.refuse(incoming, instruction.status, [], instruction.reason);
        return;
      case 'redirect':
        core.refuse(
          incoming,
          302,
          instruction.contacts.map((uri): [string, string] => ['Contact', uri.includes('<') ? uri : `<${uri}>`]),
        );
        return;
      case 'proxy':
        proxy(proxyCommandOf(incoming, instruction, core.log));
        return;
      case 'tag': {
        const app = control()?.pick(incoming.method, instruction.tag);
        if (app === undefined) core.refuse(incoming, 480);
        else core.give(incoming, app);
        return;
      }
    }
  }

  #connect(incoming: IncomingRequest, to: ApplicationAddress): void {
    const { core, control } = this.#options;
    if (this.#applications >= MAX_APPLICATIONS) {
      this.#refuse(incoming, 503);
      return;
    }
    this.#applications++;
    const socket = this.#open(to);
    socket.on('close', () => this.#applications--);
    const timer = core.clock.after(CONNECT_MS, () => socket.destroy());
    const done = (app: App | undefined): void => {
      timer.cancel();
      if (incoming.transaction.answered) {
        this.#waiting--;
        socket.destroy();
      } else if (app === undefined) {
        core.log.warn('no connection to an application', { host: to.host, port: to.port });
        this.#refuse(incoming, 480);
      } else {
        this.#waiting--;
        core.give(incoming, app);
      }
    };
    const server = control();
    if (server === undefined) socket.destroy();
    else server.adopt(socket, done);
  }

  #open({ host, port, tls }: ApplicationAddress): Socket {
    const { authority } = this.#options;
    const at = { host, port, noDelay: true, keepAlive: true };
    return tls ? connectTls({ ...at, ...(authority === undefined ? {} : { ca: authority }) }) : connectTcp(at);
  }

  #refuse(incoming: IncomingRequest, status: number): void {
    const { core } = this.#options;
    this.#waiting--;
    core.refuse(incoming, status, status === 503 ? [core.retryAfter()] : []);
  }
}

function proxyCommandOf(incoming: IncomingRequest, instruction: ProxyInstruction, log: Log): ProxyCommand {
  const { method, uri } = incoming.request;
  const fields = [
    ...['', 'proxy', incoming.id],
    instruction.recordRoute ? 'remainInDialog' : '',
    '',
    instruction.followRedirects ? 'followRedirects' : '',
    instruction.simultaneous ? 'simultaneous' : 'serial',
    instruction.provisionalTimeout,
    instruction.finalTimeout,
    ...instruction.destinations,
  ];
  return readProxyCommand(fields, `${method} ${uri} SIP/2.0\r\n\r\n`, log);
}
