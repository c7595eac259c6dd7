import { formatMessage, type ProxyPorts, type SipRequest, type SipResponse, tagOf } from '../../src/sip/index.js';
import type { App } from './app.js';
import type { CallLeg, StopReason } from './cdr.js';
import type { Core } from './core.js';
import type { IncomingRequest } from './incoming-request.js';
import type { ProxiedCall, ProxiedLegs } from './proxied-legs.js';
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
  readonly #kept: ProxiedLegs;
  readonly #call: ProxiedCall;
  #over: boolean;

  constructor(core: Core, app: Reporter, command: ProxyCommand, incoming: IncomingRequest, kept: ProxiedLegs) {
    this.#kept = kept;
    this.#call = kept.open(incoming.request.headers.get('Call-ID') ?? '');
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
    if (leg !== undefined) {
      report(leg, link === undefined ? 'application' : 'network', response);
      if (response.status < 300) this.#answered(response, leg);
    }
    if (this.#over) return;
    const bytes = formatMessage(response);
    const from = link === undefined ? 'application' : 'network';
    const peer = link === undefined ? 'udp||' : `${link.protocol}|${link.address}|${link.port}`;
    const fields = `OK|${from}|${bytes.length}|${peer}|${this.#core.time()}|||continue`;
    this.#app.send(`response|${this.#command.messageId}|${fields}`, bytes);
  }

  answered(response: SipResponse): void {
    const { leg } = this.#incoming;
    if (leg === undefined) return;
    report(leg, 'application', response);
    if (response.status >= 300) return;
    this.#call.uas = leg;
    if (!this.#command.remainInDialog) leg.stop('application', 'system-initiated-termination', response);
  }

  /** The server closes: what has no outcome yet will have none here. */
  stop(): void {
    const { leg, request } = this.#incoming;
    for (const open of [...this.#legs.values(), ...(leg === undefined ? [] : [leg])]) {
      open.stop('application', 'system-initiated-termination', request);
    }
  }

  /** Whoever is not in the dialog does not see its end: the leg's events end with the answer. */
  #answered(response: SipResponse, leg: CallLeg): void {
    if (!this.#command.remainInDialog) {
      leg.stop('application', 'system-initiated-termination', response);
      return;
    }
    if (this.#call.uacs.size === 0) this.#kept.keep(this.#call);
    this.#call.uacs.set(tagOf(response.headers.get('To') ?? '') ?? '', leg);
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
