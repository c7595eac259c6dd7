import { type Clock, type Log, type Random, Secret, silentLog, uuid } from '../../src/base/index.js';
import {
  createResponse,
  DialogSet,
  formatMessage,
  type ParseFault,
  type SipMessage,
  type SipRequest,
  stampVia,
  standardTimers,
  type TimerSettings,
  TokenSource,
  TransactionLayer,
} from '../../src/sip/index.js';
import { ControlServer } from './control-server.js';
import { Core } from './core.js';
import { Destinations } from './destinations.js';
import { type Gate, GatedTransport, gatedReceiver } from './gated-transport.js';
import { Inbound } from './inbound.js';
import { formatListenAddress, hostPort, type ListenAddress } from './listen-address.js';
import { type ExternalAddress, LocalAddresses } from './local-address.js';
import { Outbound } from './outbound.js';
import { ReplyPath } from './reply-path.js';
import { Resolver, type ResolverOptions } from './resolver.js';
import type { Session } from './session.js';
import { Counters, type ServerStatistics } from './statistics.js';
import { TcpTransport } from './tcp-transport.js';
import type { Link, Receiver, Transport, TransportGround } from './transport.js';
import { errorCode, UdpTransport } from './udp-transport.js';

export interface SipServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly listen: readonly ListenAddress[];
  /** Where applications connect; port 0 asks for a free one. */
  readonly control: { readonly host: string; readonly port: number };
  readonly secret: Secret | string;
  /** Where the machine stands behind an address translator. */
  readonly external?: ExternalAddress;
  readonly timers?: TimerSettings;
  /** False drops every SIP packet in both directions, silently: a cut line. */
  readonly gate?: Gate;
  /** Replaces the operating system's name resolution. */
  readonly resolve?: ResolverOptions['query'];
}

export interface SipServerHandle {
  /** The control port as bound. */
  readonly controlPort: number;
  /** The listeners as bound, port 0 replaced. */
  readonly listening: readonly ListenAddress[];
  stats(): ServerStatistics;
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
  #control: ControlServer | undefined;

  constructor(options: SipServerOptions) {
    const { clock, random } = options;
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#faults = new FaultLog(clock, this.#log);
    this.#tokens = new TokenSource(random);
    const timers = options.timers ?? standardTimers;
    this.#locals = new LocalAddresses(clock, options.external);
    const resolver = new Resolver({ clock, ...(options.resolve === undefined ? {} : { query: options.resolve }) });
    this.#destinations = new Destinations(this.#transports, this.#locals, resolver, clock);
    this.#core = new Core({
      clock,
      log: this.#log,
      tokens: this.#tokens,
      ground: { clock, timers, log: this.#log },
      nextId: idSource(random),
      layer: () => this.#layer,
      destinations: () => this.#destinations,
      sessions: new DialogSet<Session>(),
      pick: (method) => this.#control?.pick(method),
    });
    this.#layer = new TransactionLayer<Link>({
      clock,
      random,
      timers,
      log: this.#log,
      user: new Inbound(this.#core, random),
    });
    this.#outbound = new Outbound(this.#core);
  }

  get controlPort(): number {
    return this.#control?.port ?? 0;
  }

  get listening(): readonly ListenAddress[] {
    return this.#transports.map(({ protocol, address, port }) => ({ protocol, address, port }));
  }

  async open(): Promise<void> {
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
        secret: typeof secret === 'string' ? new Secret(secret) : secret,
        log: this.#log,
        clock: this.#options.clock,
        nextId: this.#core.nextId,
        hostPorts: () => this.#hostPorts(),
        onCommand: (app, command) => this.#outbound.command(app, command),
        onRoute: () => this.#core.retryHeld(),
        onGone: (app) => this.#core.appGone(app),
      });
    } catch (error) {
      throw new SipServerStartError(`${hostPort(host, port)} (control)`, error);
    }
    this.#log.info('sip server listening', { on: this.listening.map(formatListenAddress), control: this.controlPort });
  }

  stats(): ServerStatistics {
    return {
      received: this.#counters.received,
      sent: this.#counters.sent,
      malformed: this.#counters.malformed,
      transactions: this.#layer.counts,
      dialogs: this.#core.sessions.size,
      connections: this.#transports.reduce((sum, t) => sum + t.connections, 0),
      applications: this.#control?.apps ?? 0,
      heapBytes: process.memoryUsage().heapUsed,
    };
  }

  async close(): Promise<void> {
    this.#core.stop();
    this.#layer.stop();
    this.#destinations.stop();
    await Promise.all([...this.#transports.map((t) => t.close()), this.#control?.close()]);
  }

  async #openTransport(listen: ListenAddress): Promise<Transport> {
    const { gate, clock } = this.#options;
    let gated: GatedTransport | undefined;
    const receiver: Receiver = gate === undefined ? this.#receive : gatedReceiver(this.#receive, gate, () => gated);
    const ground: TransportGround = {
      clock,
      locals: this.#locals,
      receiver,
      sent: (bytes, link) => this.#counters.countSent(bytes, link.protocol),
      shuts: () => false,
    };
    const inner = await openers[listen.protocol](listen, ground);
    if (gate === undefined) return inner;
    gated = new GatedTransport(inner, gate);
    return gated;
  }

  readonly #receive: Receiver = (message, link) => {
    this.#counters.countReceived(message, link.protocol);
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
      this.#layer.receiveResponse(message, link);
      return;
    }
    stampVia(message.headers, link.address, link.port);
    this.#layer.receiveRequest(message, link.reliable ? new ReplyPath(link, message.headers) : link, link);
  }

  /** RFC 3261 §21.4.1 and its like, without any state: the same bytes get the same answer again. */
  #malformed(fault: ParseFault, link: Link): void {
    this.#faults.note(fault, link);
    const request = fault.salvaged;
    if (fault.drop || request === undefined || request.kind === 'response') return;
    stampVia(request.headers, link.address, link.port);
    link.send(formatMessage(answerTo(request, fault, this.#tokens)));
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

const openers: {
  readonly [protocol in ListenAddress['protocol']]: (l: ListenAddress, g: TransportGround) => Promise<Transport>;
} = {
  udp: (listen, ground) => UdpTransport.open(listen, ground),
  tcp: (listen, ground) => TcpTransport.open(listen, ground),
  tls: notBuilt,
  ws: notBuilt,
  wss: notBuilt,
};

function notBuilt(listen: ListenAddress): Promise<Transport> {
  return Promise.reject(new Error(`${listen.protocol} is not supported yet`));
}

function answerTo(request: SipRequest, fault: ParseFault, tokens: TokenSource) {
  const response = createResponse(request, fault.status, tokens.next(8), fault.reason);
  if (!response.headers.has('Content-Length')) response.headers.append('Content-Length', '0');
  return response;
}

/** Ids for transactions and frames: unique, cheap, and shaped like the UUIDs of drachtio. */
function idSource(random: Random): () => string {
  const prefix = uuid(random).slice(0, 24);
  let count = 0;
  return () => {
    count++;
    return prefix + count.toString(16).padStart(12, '0');
  };
}

/** One line per source and minute, however much nonsense it sends. */
class FaultLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #seen = new Map<string, { at: number; count: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  note(fault: ParseFault, link: Link): void {
    const now = this.#clock.now();
    const seen = this.#seen.get(link.address);
    if (seen !== undefined && now - seen.at < 60_000) {
      seen.count++;
      return;
    }
    if (this.#seen.size >= 1_000) this.#seen.clear();
    this.#seen.set(link.address, { at: now, count: 0 });
    const more = seen === undefined || seen.count === 0 ? {} : { moreSinceLastLine: seen.count };
    this.#log.warn('malformed message', { why: fault.reason, address: link.address, protocol: link.protocol, ...more });
  }
}
