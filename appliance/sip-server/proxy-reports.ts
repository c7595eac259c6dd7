import { formatMessage, type ProxyPorts, type SipRequest, type SipResponse } from '../../src/sip/index.js';
import type { App } from './app.js';
import type { CallLeg, StopReason } from './cdr.js';
import type { Core } from './core.js';
import type { IncomingRequest } from './incoming-request.js';
import type { ProxyCommand } from './proxy-command.js';
import type { Link } from './transport.js';

/** Whom a proxied request is reported to: the application that asked, or nobody. */
export type Reporter = Pick<App, 'ok' | 'nok' | 'send'>;

type Told = Pick<ProxyPorts<Link>, 'final' | 'answered' | 'done'>;

/** What an application hears of a request that it had proxied: each branch's final response, the end, and call events. */
export class ProxyReports implements Required<Told> {
  readonly #core: Core;
  readonly #app: Reporter;
  readonly #command: ProxyCommand;
  readonly #incoming: IncomingRequest;
  /** Of the branches that have no final response. */
  readonly #legs = new Map<number, CallLeg>();
  #over: boolean;

  constructor(core: Core, app: Reporter, command: ProxyCommand, incoming: IncomingRequest) {
    this.#core = core;
    this.#app = app;
    this.#command = command;
    this.#incoming = incoming;
    if (incoming.leg !== undefined) incoming.leg.role = 'proxy-uas';
    this.#over = !command.fullResponse;
    if (this.#over) app.ok(command.messageId, 'done');
  }

  /** A branch's request is about to leave; again when it goes to the next address. */
  sent(request: SipRequest, branch: number): void {
    if (request.method !== 'INVITE' || this.#legs.has(branch)) return;
    this.#legs.set(branch, this.#core.calls.attempt('application', 'proxy-uac', request));
  }

  final(response: SipResponse, link: Link | undefined, branch: number): void {
    const leg = this.#legs.get(branch);
    this.#legs.delete(branch);
    if (leg !== undefined) report(leg, link === undefined ? 'application' : 'network', response);
    if (this.#over) return;
    const bytes = formatMessage(response);
    const from = link === undefined ? 'application' : 'network';
    const peer = link === undefined ? 'udp||' : `${link.protocol}|${link.address}|${link.port}`;
    const fields = `OK|${from}|${bytes.length}|${peer}|${this.#core.time()}|||continue`;
    this.#app.send(`response|${this.#command.messageId}|${fields}`, bytes);
  }

  answered(response: SipResponse): void {
    if (this.#incoming.leg !== undefined) report(this.#incoming.leg, 'application', response);
  }

  done(): void {
    if (!this.#over) this.#app.ok(this.#command.messageId, 'done');
    this.#over = true;
  }
}

function report(leg: CallLeg, source: 'network' | 'application', response: SipResponse): void {
  const reason: StopReason = response.status === 487 ? 'call-canceled' : 'call-rejected';
  if (response.status < 300) leg.start(source, response);
  else leg.stop(source, reason, response);
}
