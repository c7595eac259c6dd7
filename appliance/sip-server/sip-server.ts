import { createHmac } from 'node:crypto';
import { type Clock, type Log, type Random, Secret, silentLog, uuid } from '../../src/base/index.js';
import {
  DialogSet,
  defaultMinSeS,
  MessageTrace,
  type ParseFault,
  type Path,
  type ServerLimits,
  type SipMessage,
  type SipRequest,
  type SourceLimits,
  stampVia,
  standardTimers,
  type TimerSettings,
  TokenSource,
  type TraceLimits,
  TransactionLayer,
} from '../../src/sip/index.js';
import { loopUtilization } from '../io/index.js';
import type { ConnectionLimits } from './connection-limits.js';
import { ControlServer } from './control-server.js';
import { Core } from './core.js';
import { Destinations } from './destinations.js';
import { systemQueries } from './dns-queries.js';
import { FaultLog } from './fault-log.js';
import { type Gate, GatedTransport, gatedReceiver } from './gated-transport.js';
import { Guard, type GuardNetworks, type Holdings } from './guard.js';
import { Inbound } from './inbound.js';
import { formatListenAddress, hostPort, type ListenAddress } from './listen-address.js';
import { type ExternalAddress, LocalAddresses } from './local-address.js';
import { Outbound } from './outbound.js';
import { OutboundMode, type OutboundRoute } from './outbound-mode.js';
import { OwnAddresses } from './own-address.js';
import { ProxyCore } from './proxy-core.js';
import { ReplyPath } from './reply-path.js';
import { type DnsQueries, Resolver } from './resolver.js';
import type { Session } from './session.js';
import { faultAnswer, refusalAnswer } from './stateless-answer.js';
import { Counters, type ServerStatistics } from './statistics.js';
import { type ConnectionKind, StreamTransport } from './stream-transport.js';
import { tcp } from './tcp-transport.js';
import { TlsCredentials, type TlsSettings } from './tls-credentials.js';
import { tls } from './tls-transport.js';
import { answerTrace } from './trace-reader.js';
import type { Link, Receiver, Transport, TransportGround } from './transport.js';
import { errorCode, UdpTransport } from './udp-transport.js';
import { webSocket } from './ws-transport.js';

export interface SipServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly listen: readonly ListenAddress[];
  /** Where applications connect; port 0 asks for a free one. */
  readonly control: {
    readonly host: string;
    readonly port: number;
    /** Certificate and key in PEM: applications must speak TLS. */
    readonly tls?: { readonly cert: string; readonly key: string };
  };
  /** Outbound mode: the server looks for an application for each new request of these methods. */
  readonly outbound?: {
    readonly routes: readonly OutboundRoute[];
    /** Authorities for https and tls, in PEM, instead of those that Node.js knows. */
    readonly authority?: string;
  };
  readonly secret: Secret | string;
  /** Where the machine stands behind an address translator. */
  readonly external?: ExternalAddress;
  /** Needed by listeners of TLS and WSS. */
  readonly tls?: TlsSettings;
  readonly connections?: Partial<ConnectionLimits>;
  readonly timers?: TimerSettings;
  /** Networks as `address/length`; loopback is trusted and private networks are the branch where nothing is said. */
  readonly networks?: Partial<GuardNetworks>;
  /** Every way in which an emergency number may be dialled, without separators. */
  readonly emergencyNumbers?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  readonly sourceLimits?: SourceLimits;
  /** What the message trace keeps; `bytes: 0` keeps nothing. */
  readonly trace?: TraceLimits;
  /** Share of the time since the last question in which the event loop was not idle. */
  readonly utilization?: () => number;
  /** Shorter session intervals are refused (RFC 4028 §4), seconds; 90 unless given. */
  readonly minSeS?: number;
  /** False drops every SIP packet in both directions, silently: a cut line. */
  readonly gate?: Gate;
  /** Replaces the operating system's name resolution. */
  readonly dns?: DnsQueries;
  /** Name servers, `address:port`, in place of the system's. */
  readonly nameServers?: readonly string[];
}

export interface SipServerHandle {
  /** The control port as bound. */
  readonly controlPort: number;
  /** The listeners as bound, port 0 replaced. */
  readonly listening: readonly ListenAddress[];
  stats(): ServerStatistics;
  /** Who is trusted from now on: see {@link GuardNetworks}. */
  trust(networks: readonly string[]): void;
  /** Reads the certificates again, for connections to come; they are also read when their files change. */
  reloadCertificates(): void;
  close(): Promise<void>;
}

/** Why the server did not start; the message says what to do. */
export class SipServerStartError extends Error {
  constructor(what: string, error: unknown) {
    super(`cannot listen on ${what}: ${remedy(error)}`);
    this.name = 'SipServerStartError';
  }
}

function remedy(error: unknown): string {
  const code = error instanceof Error ? errorCode(error) : String(error);
  if (code === 'EADDRINUSE') return 'the port is in use. Stop the program that has it, or choose another port';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have that address. Choose one that `ip address` shows';
  if (code === 'EACCES') return 'not permitted. Choose a port above 1023, or run with the right to bind it';
  return code;
}

/** Opens all listeners and the control port, or none. Rejects with a {@link SipServerStartError}. */
export async function startSipServer(options: SipServerOptions): Promise<SipServerHandle> {
  const server = new SipServer(options);
  try {
    await server.open();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

class SipServer implements SipServerHandle {
  readonly #options: SipServerOptions;
  readonly #log: Log;
  readonly #transports: Transport[] = [];
  readonly #counters = new Counters();
  readonly #faults: FaultLog;
  readonly #tokens: TokenSource;
  readonly #core: Core;
  readonly #layer: TransactionLayer<Link>;
  readonly #locals: LocalAddresses;
  readonly #destinations: Destinations;
  readonly #outbound: Outbound;
  readonly #guard: Guard;
  readonly #trace: MessageTrace;
  #retransmitted = 0;
  readonly #proxy: ProxyCore;
  #control: ControlServer | undefined;
  readonly #outboundMode: OutboundMode | undefined;
  #closed: Promise<void> | undefined;
  #credentials: TlsCredentials | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: SipServerOptions) {
    const { clock, random } = options;
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#faults = new FaultLog(clock, this.#log);
    this.#tokens = new TokenSource(random);
    const timers = options.timers ?? standardTimers;
    this.#locals = new LocalAddresses(clock, options.external);
    const resolver = new Resolver({
      clock,
      random,
      queries: options.dns ?? systemQueries(options.nameServers),
      has: (protocol, family) => this.#transports.some((t) => t.protocol === protocol && t.family === family),
    });
    this.#destinations = new Destinations(this.#transports, this.#locals, resolver, clock);
    this.#trace = new MessageTrace(clock, options.trace);
    const retransmitted = () => {
      this.#retransmitted++;
    };
    const { networks, emergencyNumbers, limits, sourceLimits, utilization } = options;
    this.#guard = new Guard({
      clock,
      random,
      log: this.#log,
      utilization: utilization ?? loopUtilization(),
      held: this.#holdings(),
      ...(networks === undefined ? {} : { networks }),
      ...(emergencyNumbers === undefined ? {} : { emergencyNumbers }),
      ...(limits === undefined ? {} : { limits }),
      ...(sourceLimits === undefined ? {} : { sourceLimits }),
    });
    this.#core = new Core({
      clock,
      log: this.#log,
      tokens: this.#tokens,
      guard: this.#guard,
      ground: { clock, timers, log: this.#log, retransmitted },
      nextId: idSource(random),
      layer: () => this.#layer,
      destinations: () => this.#destinations,
      sessions: new DialogSet<Session>(),
      pick: (method) => this.#control?.pick(method),
      minSeS: options.minSeS ?? defaultMinSeS,
      outbound: (incoming) => this.#outboundMode?.takes(incoming) === true,
    });
    const own = new OwnAddresses(this.#transports, clock, options.external);
    this.#proxy = new ProxyCore(this.#core, own, proxyKey(options.secret));
    this.#layer = new TransactionLayer<Link>({
      clock,
      random,
      timers,
      log: this.#log,
      user: new Inbound(this.#core, random, this.#proxy),
      admits: (request, path, link) => this.#admits(request, path, link),
      viaParameters: (path) => ('address' in path ? this.#guard.viaParameters(String(path.address)) : ''),
      retransmitted,
    });
    this.#outbound = new Outbound(this.#core);
    const { outbound } = options;
    if (outbound !== undefined && outbound.routes.length > 0) {
      this.#outboundMode = new OutboundMode({
        core: this.#core,
        control: () => this.#control,
        routes: outbound.routes,
        authority: outbound.authority,
        proxy: (command) => this.#proxy.command(nobody, command),
      });
    }
  }

  get controlPort(): number {
    return this.#control?.port ?? 0;
  }

  get listening(): readonly ListenAddress[] {
    return this.#transports.map(({ protocol, address, port }) => ({ protocol, address, port }));
  }

  async open(): Promise<void> {
    this.#readCertificates();
    for (const listen of this.#options.listen) {
      try {
        this.#transports.push(await this.#openTransport(listen));
      } catch (error) {
        throw new SipServerStartError(formatListenAddress(listen), error);
      }
    }
    const { host, port } = this.#options.control;
    const { secret } = this.#options;
    try {
      this.#control = await ControlServer.open({
        host,
        port,
        tls: this.#options.control.tls,
        secret: typeof secret === 'string' ? new Secret(secret) : secret,
        log: this.#log,
        nextId: this.#core.nextId,
        hostPorts: () => this.#hostPorts(),
        ownVerb: (verb, fields) => this.#ownVerb(verb, fields),
        onCommand: (app, command) => this.#outbound.command(app, command),
        onProxy: (app, command) => this.#proxy.command(app, command),
        onRoute: () => this.#core.held.retry(),
        onGone: (app) => this.#core.appGone(app),
      });
    } catch (error) {
      throw new SipServerStartError(`${hostPort(host, port)} (control)`, error);
    }
    this.#guard.start();
    this.#log.info('sip server listening', { on: this.listening.map(formatListenAddress), control: this.controlPort });
  }

  stats(): ServerStatistics {
    return {
      received: this.#counters.received,
      sent: this.#counters.sent,
      malformed: this.#counters.malformed,
      retransmissions: { received: this.#layer.repeated, sent: this.#retransmitted },
      drops: this.#guard.drops.counts,
      refusals: this.#guard.refusals.counts,
      sheds: this.#guard.sheds.counts,
      bans: this.#guard.bans.counts,
      sources: { known: this.#guard.sources.size, banned: this.#guard.sources.banned.length },
      overload: { level: this.#guard.overload.level, load: this.#guard.overload.load },
      pendingRequests: this.#guard.pending,
      transactions: this.#layer.counts,
      dialogs: this.#core.sessions.size,
      connections: this.#transports.reduce((sum, t) => sum + t.connections, 0),
      connectionsByTransport: connectionsByTransport(this.#transports),
      applications: this.#control?.apps ?? 0,
      heapBytes: process.memoryUsage().heapUsed,
    };
  }

  trust(networks: readonly string[]): void {
    this.#guard.trust(networks);
  }

  reloadCertificates(): void {
    this.#credentials?.reload(this.#options.clock);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#unwatch?.();
    this.#guard.stop();
    this.#core.stop();
    this.#proxy.stop();
    this.#layer.stop();
    this.#destinations.stop();
    await Promise.all([...this.#transports.map((t) => t.close()), this.#control?.close()]);
  }

  #holdings(): Holdings {
    const server = this;
    return {
      get serverTransactions() {
        return server.#layer.serverCount;
      },
      get clientTransactions() {
        return server.#layer.clientCount;
      },
      get dialogs() {
        return server.#core.sessions.size;
      },
    };
  }

  #readCertificates(): void {
    const { tls: settings, clock } = this.#options;
    if (settings === undefined) return;
    const credentials = TlsCredentials.read(settings, this.#log, clock);
    if (!credentials.ok) throw new SipServerStartError('TLS', credentials.error);
    this.#credentials = credentials.value;
    this.#unwatch = credentials.value.watch(clock);
  }

  async #openTransport(listen: ListenAddress): Promise<Transport> {
    const { gate, clock } = this.#options;
    let gated: GatedTransport | undefined;
    const receiver: Receiver = gate === undefined ? this.#receive : gatedReceiver(this.#receive, gate, () => gated);
    const ground: TransportGround = {
      clock,
      locals: this.#locals,
      receiver,
      sent: (bytes, link) => {
        this.#counters.countSent(bytes, link.protocol);
        this.#trace.record(true, bytes, link.listener, link.address, link.port);
      },
      shuts: (address, bytes) => this.#guard.shuts(address, bytes),
    };
    const inner = await this.#openInner(listen, ground);
    if (gate === undefined) return inner;
    gated = new GatedTransport(inner, gate);
    return gated;
  }

  #openInner(listen: ListenAddress, ground: TransportGround): Promise<Transport> {
    if (listen.protocol === 'udp') return UdpTransport.open(listen, ground);
    const options = { limits: this.#options.connections, log: this.#log };
    const open = (kind: ConnectionKind) => StreamTransport.open(listen, ground, kind, options);
    if (listen.protocol === 'tcp') return open(tcp);
    if (listen.protocol === 'ws') return open(webSocket());
    const credentials = this.#credentials;
    if (credentials === undefined) return Promise.reject(new Error('it needs a certificate and its key'));
    return open(listen.protocol === 'tls' ? tls(credentials) : webSocket(credentials));
  }

  readonly #receive: Receiver = (message, link) => {
    this.#counters.countReceived(message, link.protocol);
    const { wire } = message.kind === 'fault' ? (message.salvaged ?? nothing) : message;
    if (wire !== undefined) this.#trace.record(false, wire, link.listener, link.address, link.port);
    try {
      if (message.kind === 'fault') this.#malformed(message, link);
      else this.#message(message, link);
    } catch (error) {
      // One message must not take the others' calls with it; the transaction concerned ends by its own timers.
      this.#log.error('a message could not be handled', { error, address: link.address });
    }
  };

  #message(message: SipMessage, link: Link): void {
    if (message.kind === 'response') {
      if (!this.#guard.admits(undefined, link)) return;
      this.#guard.readOverload(message, link);
      this.#layer.receiveResponse(message, link);
      return;
    }
    if (!this.#guard.admits(message, link)) return;
    stampVia(message.headers, link.address, link.port);
    this.#guard.stampOverload(message);
    this.#layer.receiveRequest(message, link.reliable ? new ReplyPath(link, message.headers) : link, link);
  }

  /** What is refused here is refused without any state: a refusal must cost less than what it avoids. */
  #admits(request: SipRequest, path: Path, link: Link): boolean {
    const refusal = this.#guard.refuses(request, link);
    if (refusal === undefined) return true;
    if (refusal === 'drop') return false;
    path.send(refusalAnswer(request, this.#guard.overload.retryAfterS()));
    return false;
  }

  /** RFC 3261 §21.4.1 and its like, without any state: the same bytes get the same answer again. */
  #malformed(fault: ParseFault, link: Link): void {
    const answers = this.#guard.answersFault(link);
    this.#faults.note(fault, link);
    if (!answers) return;
    const request = fault.salvaged;
    if (fault.drop || request === undefined || request.kind === 'response') return;
    stampVia(request.headers, link.address, link.port);
    link.send(faultAnswer(request, fault));
  }

  /** What this server answers beyond drachtio's verbs, as JSON. */
  #ownVerb(verb: string, fields: readonly string[]): string | undefined {
    if (verb === 'statistics') return JSON.stringify(this.stats());
    return verb === 'trace' ? answerTrace(this.#trace, this.#locals, fields) : undefined;
  }

  #hostPorts(): { external: string; local: string } {
    const local = this.#transports.map((t) => `${t.protocol}/${hostPort(t.address, t.port)}`).join(',');
    const external = this.#transports
      .map((t) => {
        const wildcard = t.address === '0.0.0.0' || t.address === '::';
        const address = wildcard ? this.#locals.towards(t.family === 4 ? '192.0.2.1' : '2001:db8::1') : t.address;
        return `${t.protocol}/${hostPort(address, t.port)}`;
      })
      .join(',');
    return { external, local };
  }
}

/** Whom a request is reported to that a web server told us to proxy. */
const nobody = { ok: () => undefined, nok: () => undefined, send: () => undefined };

/** Stays the same where the secret does, so that proxied dialogs outlive a restart. */
function proxyKey(secret: Secret | string): string {
  return createHmac('sha256', typeof secret === 'string' ? secret : secret.reveal())
    .update('proxy')
    .digest('hex');
}

function connectionsByTransport(transports: readonly Transport[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { protocol, connections } of transports) {
    if (protocol !== 'udp') counts[protocol] = (counts[protocol] ?? 0) + connections;
  }
  return counts;
}

/** What a fault holds that speaks of no SIP. */
const nothing: { readonly wire?: Buffer } = {};

/** Ids for transactions and frames: unique, cheap, and shaped like the UUIDs of drachtio. */
function idSource(random: Random): () => string {
  const prefix = uuid(random).slice(0, 24);
  let count = 0;
  return () => {
    count++;
    return prefix + count.toString(16).padStart(12, '0');
  };
}
