import type { Clock, Log, Random, Timer } from '../../src/base/index.js';
import { inNetworks } from '../../src/config/index.js';
import {
  EmergencyTargets,
  emergencyReserve,
  knownMethods,
  OverloadControl,
  overloadControlOffer,
  PeerOverload,
  parseOverloadWish,
  type RequestClass,
  type ServerLimits,
  type SipRequest,
  type SipResponse,
  type Source,
  type SourceLimits,
  SourceTable,
  serverLimits,
  speaksOverloadControl,
  tagOf,
  withOverloadControl,
} from '../../src/sip/index.js';
import { hostPort } from './listen-address.js';
import { NamedCounts } from './statistics.js';
import type { Link } from './transport.js';

/** Who may do what: networks as `address/length`. */
export interface GuardNetworks {
  /** No limit of a source and no ban holds for them: the centre, the trunks, this machine. */
  readonly trusted: readonly string[];
  /** Where telephones stand: their calls for help pass bans and overload. */
  readonly branch: readonly string[];
}

export const loopbackNetworks: readonly string[] = ['127.0.0.0/8', '::1/128'];
/** RFC 1918, 4193, 3927 and 4291: where telephones stand unless somebody says otherwise. */
export const privateNetworks: readonly string[] = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '127.0.0.0/8'],
  ...['fc00::/7', 'fe80::/10', '::1/128'],
];

export interface GuardOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly networks?: Partial<GuardNetworks>;
  /** Every way in which an emergency number may be dialled, without separators. */
  readonly emergencyNumbers?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  readonly sourceLimits?: SourceLimits;
  /** Share of the time since the last question in which the event loop was not idle. */
  readonly utilization: () => number;
  /** What there is at this moment: read with each request. */
  readonly held: Holdings;
}

/** How full the server is. */
export interface Holdings {
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  readonly dialogs: number;
}

const LOOK_EVERY_MS = 100;
/** Share of a new look in what is believed of the lag and the utilization: one late turn is no overload. */
const NEW_SHARE = 0.3;
/**
 * What a dropped message costs, ms of a processor: measured, from the kernel to the look into the table. Refusing calls
 * would not spare it, so it counts for nothing in the utilization: else a flood could have calls refused.
 */
const DROP_MS = 0.004;
/** What a scanner costs its source, in malformed messages: a ban after a few. */
const SCANNER_WEIGHT = 20;
/** Programs that search the network for weak accounts, as they name themselves. */
const scanners = [
  ...['friendly-scanner', 'sipvicious', 'sip-scan', 'sipcli', 'sundayddr', 'vaxsipuseragent', 'vaxipuseragent'],
  ...['iwar', 'sipsscuser', 'gulp', 'sipv', 'smap', 'pplsip'],
];

/** Stands between the transports and the transactions: limits, bans, overload. Everything that it turns away is counted. */
export class Guard {
  readonly sources: SourceTable;
  readonly overload: OverloadControl;
  readonly peers: PeerOverload;
  readonly limits: ServerLimits;
  /** Messages dropped without an answer, by reason. */
  readonly drops = new NamedCounts();
  /** Requests answered 503 because of a limit, by its name. */
  readonly refusals = new NamedCounts();
  /** Requests answered 503 because of overload, by class. */
  readonly sheds = new NamedCounts();
  /** Bans by reason. */
  readonly bans = new NamedCounts();
  readonly #options: GuardOptions;
  readonly #emergency: EmergencyTargets;
  #trusted: readonly string[];
  /** Requests without a final answer, and those of them that are not INVITE: their answer waits for no person. */
  #pending = 0;
  #queued = 0;
  #timer: Timer | undefined;
  #dueAt = 0;
  #lagMs = 0;
  #utilization = 0;
  #droppedBefore = 0;

  constructor(options: GuardOptions) {
    const { clock, random, log } = options;
    this.#options = options;
    this.limits = { ...serverLimits, ...options.limits };
    this.#trusted = options.networks?.trusted ?? loopbackNetworks;
    const branch = options.networks?.branch ?? privateNetworks;
    this.sources = new SourceTable({
      clock,
      capacity: this.limits.sources,
      standing: (address) => ({
        trusted: inNetworks(address, this.#trusted),
        mayCallForHelp: inNetworks(address, branch),
      }),
      ...(options.sourceLimits === undefined ? {} : { limits: options.sourceLimits }),
      banned: (source, forMs, why) => {
        this.bans.add(why);
        log.warn('source banned', { source: source.name, why, seconds: Math.round(forMs / 1000) });
      },
    });
    this.overload = new OverloadControl(clock, random);
    this.peers = new PeerOverload(clock, random);
    this.#emergency = new EmergencyTargets(options.emergencyNumbers ?? []);
  }

  start(): void {
    this.#dueAt = this.#options.clock.now() + LOOK_EVERY_MS;
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, this.#look);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** See `TransportGround.shuts`. A call for help opens the door again. */
  shuts(address: string, bytes: Buffer): boolean {
    const source = this.sources.peek(address);
    if (source === undefined || !source.banned) return false;
    if (source.mayCallForHelp) {
      // Whether it is one can only be told from what comes over the connection.
      if (bytes.length === 0) return false;
      if (this.#emergency.begins(bytes) && source.callsForHelp()) return false;
    }
    this.drops.add('banned');
    return true;
  }

  /** Counts a message that was read; false when it must be dropped. */
  admits(request: SipRequest | undefined, link: Link): boolean {
    const source = this.sources.of(link.address);
    if (source.message()) return true;
    if (request?.method === 'INVITE' && this.#emergency.matches(request.uri) && source.callsForHelp()) return true;
    this.drops.add('rate');
    return false;
  }

  /** Counts something malformed; false when it gets no answer. */
  answersFault(link: Link): boolean {
    if (this.sources.of(link.address).fault('malformed')) return true;
    this.drops.add('malformed');
    return false;
  }

  /**
   * A new request, no retransmission: undefined lets it through; `drop` leaves it without an answer; a name is the limit
   * for which it gets 503.
   */
  refuses(request: SipRequest, link: Link): 'drop' | { readonly why: string } | undefined {
    const source = this.sources.of(link.address);
    const { method } = request;
    if (!source.trusted && !source.proven && this.#scans(request) && !source.fault('scanning', SCANNER_WEIGHT)) {
      this.drops.add('scanning');
      return 'drop';
    }
    if (!knownMethods.has(method)) source.fault('malformed');
    const inDialog = tagOf(request.headers.get('To') ?? '') !== undefined && method !== 'REGISTER';
    const full = this.#full(method, inDialog);
    const overloaded = this.overload.level > 0;
    const crowded = !source.trusted && source.pending >= this.limits.pendingRequestsOfSource;
    if (full === undefined && !overloaded && !crowded) return undefined;
    const emergency = this.isEmergency(request, link);
    const limit = emergency ? this.#full(method, inDialog, emergencyReserve) : full;
    if (limit !== undefined) return this.#refused(limit);
    if (emergency) return undefined;
    if (crowded) return this.#refused('pending-requests-of-source');
    const of = classOf(method, inDialog);
    if (!this.overload.sheds(of)) return undefined;
    this.sheds.add(of);
    return { why: 'overload' };
  }

  /** Who is trusted from now on, in place of those before. */
  trust(networks: readonly string[]): void {
    if (networks.join() === this.#trusted.join()) return;
    this.#trusted = networks;
    this.sources.reconsider();
  }

  /** Requests that wait for their final answer. */
  get pending(): number {
    return this.#pending;
  }

  /** A request begins to wait for its answer; the source is to be given back to {@link ended}. */
  began(method: string, address: string): Source {
    const source = this.sources.of(address);
    source.pending++;
    this.#pending++;
    if (method !== 'INVITE') this.#queued++;
    return source;
  }

  ended(method: string, source: Source): void {
    source.pending--;
    this.#pending--;
    if (method !== 'INVITE') this.#queued--;
  }

  /** A call for help from where telephones stand, or a call back from those who were called (RFC 7090). */
  isEmergency(request: SipRequest, link: Link): boolean {
    if (request.method !== 'INVITE') return false;
    const source = this.sources.of(link.address);
    if (source.trusted && /^\s*psap-callback\s*$/i.test(request.headers.get('Priority') ?? '')) return true;
    return (source.trusted || source.mayCallForHelp) && this.#emergency.matches(request.uri);
  }

  /** Why a request is not handed to an application: its queue is full. */
  refusesDelivery(queuedBytes: number, request: SipRequest, link: Link): boolean {
    if (queuedBytes <= this.limits.applicationQueueBytes) return false;
    if (queuedBytes <= this.limits.applicationQueueBytes * emergencyReserve && this.isEmergency(request, link)) {
      return false;
    }
    this.refusals.add('application-queue');
    return true;
  }

  /** True when no more requests may wait for an application to come back. */
  refusesHolding(held: number): boolean {
    if (held < this.limits.heldRequests) return false;
    this.refusals.add('held-requests');
    return true;
  }

  /** Why a request of an application does not leave; undefined when it does. */
  refusesSending(request: SipRequest, link: Link): string | undefined {
    const inDialog = tagOf(request.headers.get('To') ?? '') !== undefined;
    const reserve = inDialog || this.#emergency.matches(request.uri) ? emergencyReserve : 1;
    const { clientTransactions, clientTransactionsOfDestination } = this.limits;
    if (this.#options.held.clientTransactions >= clientTransactions * reserve) {
      this.refusals.add('client-transactions');
      return 'too many client transactions';
    }
    if (this.sources.of(link.address).asked >= clientTransactionsOfDestination * reserve) {
      this.refusals.add('client-transactions-of-destination');
      return `too many client transactions to ${link.address}`;
    }
    if (reserve > 1 || !this.peers.keepsBack(hostPort(link.address, link.port))) return undefined;
    this.refusals.add('next-hop-overload');
    return `${hostPort(link.address, link.port)} asks for less (RFC 7339)`;
  }

  /** An answer went out: what it says of the one who asked. */
  answered(request: SipRequest, response: SipResponse, link: Link): void {
    const { status } = response;
    if (status === 401 || status === 407 || status === 403) this.#denied(request, response, link);
    else if (status >= 200 && status < 300 && (request.method === 'REGISTER' || request.method === 'INVITE')) {
      if (hasCredentials(request)) this.sources.of(link.address).success();
    }
  }

  /** What the Via of a request to this peer says of overload control: trusted peers only are asked. */
  viaParameters(address: string): string {
    return this.sources.of(address).trusted ? overloadControlOffer : '';
  }

  /** A client that speaks overload control reads our wish in the Via of every response. */
  stampOverload(request: SipRequest): void {
    const via = request.headers.get('Via');
    if (via === undefined || via.indexOf(';oc') < 0 || !speaksOverloadControl(via)) return;
    request.headers.replaceFirst('Via', withOverloadControl(via, this.overload.viaParameters()));
  }

  /** A response of a next hop: it may ask for less. */
  readOverload(response: SipResponse, link: Link): void {
    const via = response.headers.get('Via');
    if (via === undefined || via.indexOf(';oc=') < 0 || !this.sources.of(link.address).trusted) return;
    const wish = parseOverloadWish(via);
    if (wish !== undefined) this.peers.note(hostPort(link.address, link.port), wish);
  }

  #denied(request: SipRequest, response: SipResponse, link: Link): void {
    const source = this.sources.of(link.address);
    const challenge = response.headers.get(response.status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate') ?? '';
    if (!hasCredentials(request)) {
      if (response.status !== 403) source.challenge();
    } else if (!/stale\s*=\s*"?true/i.test(challenge)) source.failure();
  }

  #scans(request: SipRequest): boolean {
    const agent = request.headers.get('User-Agent')?.toLowerCase();
    return agent !== undefined && scanners.some((name) => agent.startsWith(name));
  }

  #full(method: string, inDialog: boolean, reserve = 1): string | undefined {
    const { held } = this.#options;
    const { limits } = this;
    if (held.serverTransactions >= limits.serverTransactions * reserve) return 'server-transactions';
    if (this.#pending >= limits.pendingRequests * reserve) return 'pending-requests';
    const makesDialog = !inDialog && (method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER');
    if (makesDialog && held.dialogs >= limits.dialogs * reserve) return 'dialogs';
    return undefined;
  }

  #refused(limit: string): { readonly why: string } {
    this.refusals.add(limit);
    return { why: limit };
  }

  readonly #look = (): void => {
    const { clock, held, utilization } = this.#options;
    const now = clock.now();
    const late = Math.max(0, now - this.#dueAt);
    this.#lagMs += NEW_SHARE * (late - this.#lagMs);
    const dropped = this.drops.total - this.#droppedBefore;
    this.#droppedBefore += dropped;
    const inVain = (DROP_MS * dropped) / (LOOK_EVERY_MS + late);
    this.#utilization += NEW_SHARE * (Math.max(0, utilization() - inVain) - this.#utilization);
    const before = this.overload.level;
    this.overload.look({
      lagMs: this.#lagMs,
      utilization: this.#utilization,
      queued: this.#queued,
      transactions: held.serverTransactions / this.limits.serverTransactions,
    });
    this.#tellOverload(before > 0, this.overload.level > 0);
    this.#dueAt = now + LOOK_EVERY_MS;
    this.#timer = clock.after(LOOK_EVERY_MS, this.#look);
  };

  #tellOverload(before: boolean, after: boolean): void {
    if (before === after) return;
    const utilization = Number(this.#utilization.toFixed(2));
    const figures = { lagMs: Math.round(this.#lagMs), utilization, queued: this.#queued };
    this.#options.log.warn(after ? 'overload: requests are being refused' : 'overload is over', figures);
  }
}

function classOf(method: string, inDialog: boolean): RequestClass {
  if (inDialog) return 'in-dialog';
  return method === 'REGISTER' || method === 'OPTIONS' ? 'register' : 'new-call';
}

function hasCredentials(request: SipRequest): boolean {
  return request.headers.has('Authorization') || request.headers.has('Proxy-Authorization');
}
