import {
  createResponse,
  followRoute,
  formatMessage,
  type Headers,
  hasLooped,
  isRecordRouteOf,
  loopMark,
  maxBreadth,
  ProxiedRequest,
  type ProxyPlan,
  type ProxyPorts,
  parseSipUri,
  proxiedCopy,
  proxyRefusal,
  recordRouteParameter,
  type SipRequest,
  takeOwnRoutes,
  uriScheme,
} from '../../src/sip/index.js';
import { isServerOwned, readAppMessage } from './app-message.js';
import type { Core } from './core.js';
import type { Destination } from './destinations.js';
import type { IncomingRequest } from './incoming-request.js';
import { isLarge } from './large-request.js';
import { hostPort } from './listen-address.js';
import type { OwnAddresses } from './own-address.js';
import { ProxiedFlows } from './proxied-flows.js';
import { ProxiedLegs } from './proxied-legs.js';
import type { ProxyCommand } from './proxy-command.js';
import { ProxyReports, type Reporter } from './proxy-reports.js';
import { rememberConnection } from './registered-connection.js';
import type { Link } from './transport.js';

const none = Number.POSITIVE_INFINITY;
/** The parameter of our Record-Route that names a connection. */
const FLOW = 'hff';

/** A request of a proxied dialog without our own routes, and what the last of these says. */
interface Taken {
  readonly request: SipRequest;
  /** `host:port` of the listener that it leaves by. */
  readonly via: string;
  readonly flow: string | undefined;
}

/** `proxy` commands of applications, and the later requests of dialogs that were proxied with Record-Route. */
export class ProxyCore {
  readonly #core: Core;
  readonly #own: OwnAddresses;
  readonly #key: string;
  readonly #flows: ProxiedFlows;
  /** Requests whose outcome is not known yet. */
  readonly #live = new Set<ProxiedRequest<Link>>();
  readonly #reporting = new Set<ProxyReports>();
  readonly #legs = new ProxiedLegs();

  /** `key`: makes the marks that we know our own Record-Routes and branches by. */
  constructor(core: Core, own: OwnAddresses, key: string) {
    this.#core = core;
    this.#own = own;
    this.#key = key;
    this.#flows = new ProxiedFlows(() => core.tokens.next(8));
  }

  command(app: Reporter, command: ProxyCommand): void {
    const core = this.#core;
    const incoming = core.incoming.get(command.transactionId);
    if (incoming === undefined) {
      app.nok(command.messageId, `Unknown transaction id: ${command.transactionId}`);
      return;
    }
    if (incoming.session !== undefined) {
      app.nok(command.messageId, 'a request of a dialog that ends here cannot be proxied');
      return;
    }
    const extra = readAppMessage(command.text);
    if (!extra.ok) {
      app.nok(command.messageId, extra.error);
      return;
    }
    const mark = loopMark(incoming.request, this.#key);
    const refusal = this.#refusal(incoming.request, mark);
    if (refusal !== undefined) {
      core.refuse(incoming, refusal.status, refusal.headers);
      app.nok(command.messageId, `Rejected with ${refusal.status} ${refusal.why}`);
      return;
    }
    const { request } = takeOwnRoutes(incoming.request, (uri) => this.#own.has(uri));
    const headers = withExtra(request.headers, extra.value.headers);
    const scheme = uriScheme(request.uri);
    this.#start(
      incoming,
      { ...request, headers },
      {
        targets: command.destinations.length > 0 ? command.destinations : [request.uri],
        parallel: command.parallel,
        followRedirects: command.followRedirects,
        provisionalTimeoutMs: command.provisionalTimeoutMs,
        finalTimeoutMs: command.finalTimeoutMs,
        // As drachtio does: a Request-URI that names somebody else is kept, and the destination is only the next hop.
        retarget: (scheme === 'sip' || scheme === 'sips') && this.#own.has(request.uri),
        mark,
        breadth: maxBreadth(request.headers),
      },
      command.remainInDialog,
      new ProxyReports(core, app, command, incoming, this.#legs),
    );
  }

  /** Forwards a request of a dialog that was proxied with Record-Route; false when it is not one. */
  passes(incoming: IncomingRequest): boolean {
    const taken = this.#taken(incoming.request);
    if (taken === undefined) return false;
    const refusal = proxyRefusal(incoming.request);
    if (refusal !== undefined) {
      this.#core.refuse(incoming, refusal.status, refusal.headers);
      return true;
    }
    if (incoming.method === 'INVITE') {
      incoming.transaction.sendTrying(formatMessage(createResponse(incoming.request, 100)));
    }
    const hop = followRoute(taken.request);
    const plan: ProxyPlan = {
      targets: [hop],
      parallel: false,
      followRedirects: false,
      provisionalTimeoutMs: none,
      finalTimeoutMs: none,
      retarget: false,
      mark: '',
      breadth: maxBreadth(taken.request.headers),
    };
    if (incoming.method === 'BYE') this.#legs.hangUp(incoming.request);
    this.#start(incoming, taken.request, plan, false, undefined, taken);
    return true;
  }

  /** The same for the ACK of a 2xx, which has no transaction (RFC 3261 §16.11). */
  passesAck(ack: SipRequest): boolean {
    const taken = this.#taken(ack);
    if (taken === undefined) return false;
    if (proxyRefusal(ack) !== undefined) return true;
    const hop = followRoute(taken.request);
    this.#find(hop, taken, (destination) => {
      if ('failure' in destination) {
        this.#core.log.warn('ACK could not be forwarded', { why: destination.failure });
        return;
      }
      this.#core.layer.sendAck(proxiedCopy(taken.request, taken.request.uri), destination.link);
    });
    return true;
  }

  stop(): void {
    for (const reports of this.#reporting) reports.stop();
    this.#reporting.clear();
    this.#legs.stop();
    for (const proxied of this.#live) proxied.stop();
    this.#live.clear();
  }

  #find(target: string, taken: Taken | undefined, done: (destination: Destination) => void): void {
    const flow = taken?.flow === undefined ? undefined : this.#flows.find(taken.flow);
    if (flow !== undefined) done({ link: flow });
    else this.#core.destinations.find(target, { contact: taken?.via }, done);
  }

  #taken(request: SipRequest): Taken | undefined {
    if (!request.headers.has('Route')) return undefined;
    const { own, request: rest } = takeOwnRoutes(request, (uri) => isRecordRouteOf(uri, request, this.#key));
    const last = own.at(-1);
    if (last === undefined) return undefined;
    // RFC 5658 §4.3: the last of our routes names the side that the request leaves by.
    const uri = parseSipUri(last);
    if (!uri.ok) return undefined;
    const { host, port, parameters } = uri.value;
    return { request: rest, via: `${host}:${port ?? 5060}`, flow: parameters.get(FLOW) };
  }

  #start(
    incoming: IncomingRequest,
    request: SipRequest,
    plan: ProxyPlan,
    remain: boolean,
    reports: ProxyReports | undefined,
    taken?: Taken,
  ): void {
    const core = this.#core;
    core.forget(incoming);
    const ports: ProxyPorts<Link> = {
      final: (response, link, branch) => reports?.final(response, link, branch),
      answered: (response) => {
        core.guard.answered(incoming.request, response, incoming.link);
        reports?.answered(response);
        if (incoming.method === 'REGISTER' && response.status < 300) {
          rememberConnection(core.destinations, incoming.request, response, incoming.link);
        }
      },
      done: () => {
        this.#live.delete(proxied);
        reports?.done();
        if (reports !== undefined) this.#reporting.delete(reports);
      },
      locate: (target, _request, done) => {
        this.#find(target.uri, taken, (destination) => {
          core.destinations.asks(destination);
          done(destination);
        });
      },
      judge: (link, alive) => core.destinations.judge(link, alive),
      prepare: (copy, link, branch, go, refuse) => {
        const refused = core.guard.refusesSending(copy, link);
        if (refused !== undefined) {
          refuse(refused);
          return;
        }
        if (remain) this.#remain(copy, incoming.link, link);
        reports?.sent(copy, branch);
        if (link.reliable || !isLarge(copy)) go(link);
        else core.destinations.forLarge(link, go);
      },
    };
    const proxied = new ProxiedRequest<Link>(request, incoming.transaction, plan, ports, core, core.layer);
    incoming.transaction.user = proxied;
    this.#live.add(proxied);
    if (reports !== undefined) this.#reporting.add(reports);
    proxied.start();
  }

  /** Record-Route, and Path on REGISTER (RFC 3327 §5.2); on both sides where they differ (RFC 5658 §4.2). */
  #remain(copy: SipRequest, from: Link, to: Link): void {
    const register = copy.method === 'REGISTER';
    const name = register ? 'Path' : 'Record-Route';
    const proof = register ? '' : recordRouteParameter(copy, this.#key);
    const secure = uriScheme(copy.uri) === 'sips';
    const inner = this.#ownRoute(from, proof, secure);
    const outer = this.#ownRoute(to, proof, secure);
    if (inner !== outer) copy.headers.prepend(name, inner);
    copy.headers.prepend(name, outer);
    if (!register) return;
    for (const tags of ['Require', 'Supported']) {
      const known = copy.headers.list(tags).map((tag) => tag.toLowerCase());
      if (!known.includes('path')) copy.headers.append(tags, 'path');
    }
  }

  /** Our own URI on one side, for the routes of later requests. */
  #ownRoute(link: Link, proof: string, secure: boolean): string {
    const { protocol } = link;
    // RFC 3261 §16.6 step 4: the route of a sips URI is one. It says by itself that TLS is meant.
    const sips = secure && (protocol === 'tls' || protocol === 'wss');
    const named = sips ? (protocol === 'wss' ? 'ws' : '') : protocol === 'udp' ? '' : protocol;
    const transport = named === '' ? '' : `;transport=${named}`;
    const token = proof === '' ? undefined : this.#flows.tokenOf(link);
    const flow = token === undefined ? '' : `;${FLOW}=${token}`;
    return `<${sips ? 'sips' : 'sip'}:${hostPort(link.localAddress, link.listener.port)}${transport};lr${proof}${flow}>`;
  }

  #refusal(
    request: SipRequest,
    mark: string,
  ):
    | { readonly status: number; readonly why: string; readonly headers: readonly (readonly [string, string])[] }
    | undefined {
    const general = proxyRefusal(request);
    if (general?.status === 483) return { ...general, why: 'Too Many Hops due to Max-Forwards value of 0' };
    if (general !== undefined) return { ...general, why: 'Bad Extension' };
    if (hasLooped(request, mark)) return { status: 482, why: 'Loop Detected', headers: [] };
    if (maxBreadth(request.headers) === 0) return { status: 440, why: 'Max-Breadth Exceeded', headers: [] };
    return undefined;
  }
}

/** What the application gives takes the place of what the request said under that name. */
function withExtra(from: Headers, extra: Headers): Headers {
  const headers = from.clone();
  const names = new Set<string>();
  for (const [name, value] of extra.entries()) {
    if (isServerOwned(name)) continue;
    if (!names.has(name)) headers.remove(name);
    names.add(name);
    headers.append(name, value);
  }
  return headers;
}
