import type { Clock } from '../base/index.js';
import { type SourceLimits, sourceLimits } from './server-limits.js';

/** What the table is told about a source when it first appears. */
export interface SourceStanding {
  /** The centre, a trunk, ourselves: no limit of a source holds for it. */
  readonly trusted: boolean;
  /** It stands where telephones do: its calls for help pass a ban. */
  readonly mayCallForHelp: boolean;
}

export interface SourceTableOptions {
  readonly clock: Clock;
  readonly standing: (address: string) => SourceStanding;
  /** Sources remembered; see `ServerLimits.sources`. */
  readonly capacity: number;
  readonly limits?: SourceLimits;
  /** Told once of each ban. */
  readonly banned?: (source: Source, forMs: number, why: BanReason) => void;
}

export type BanReason = 'rate' | 'malformed' | 'authentication' | 'scanning';

/** A token bucket (tokens at `at`), filled when it is looked at. It may go below zero: what is dropped costs, too. */
interface Bucket {
  tokens: number;
  at: number;
}

/** One source of messages: an IPv4 address, or the /64 of an IPv6 address. */
export class Source {
  /** Its requests that wait for a final answer. */
  pending = 0;
  /** Our requests to it that have no final answer. */
  asked = 0;
  trusted: boolean;
  readonly mayCallForHelp: boolean;
  readonly #table: SourceTable;
  readonly #messages: Bucket;
  #faults: Bucket | undefined;
  #failures: Bucket | undefined;
  #challenges: Bucket | undefined;
  #emergencies: Bucket | undefined;
  #bannedUntil = 0;
  #bans = 0;
  #provenUntil = 0;
  #graceUntil = 0;

  constructor(
    table: SourceTable,
    /** The address as text, or the network, e.g. `2001:db8:0:1::/64`. */
    readonly name: string,
    standing: SourceStanding,
    now: number,
  ) {
    this.#table = table;
    this.trusted = standing.trusted;
    this.mayCallForHelp = standing.mayCallForHelp;
    this.#messages = { tokens: table.limits.messageBurst, at: now };
  }

  /** True while nothing of it is to be read. */
  get banned(): boolean {
    return this.#bannedUntil !== 0 && !this.trusted && this.#isBanned(this.#table.clock.now());
  }

  /** It called for help and goes on unhindered. */
  get inGrace(): boolean {
    return this.#graceUntil !== 0 && this.#graceUntil > this.#table.clock.now();
  }

  /** It showed right credentials lately. */
  get proven(): boolean {
    return this.#provenUntil !== 0 && this.#provenUntil > this.#table.clock.now();
  }

  /** Counts a message; false when it is one too many and must be dropped. */
  message(): boolean {
    if (this.trusted) return true;
    const { messagesPerSecond, messageBurst } = this.#table.limits;
    const left = this.#take(this.#messages, messagesPerSecond, messageBurst, 1);
    if (left >= 0) return true;
    if (left < -messageBurst) this.#ban('rate');
    return this.inGrace;
  }

  /** Counts something malformed, `weight` times; false when it is one too many and gets no answer. */
  fault(why: 'malformed' | 'scanning', weight = 1): boolean {
    if (this.trusted) return true;
    const { faultsPerSecond, faultBurst } = this.#table.limits;
    this.#faults ??= { tokens: faultBurst, at: this.#table.clock.now() };
    if (this.#take(this.#faults, faultsPerSecond, faultBurst, weight) >= 0) return true;
    this.#ban(why);
    return false;
  }

  /** Its credentials were refused. */
  failure(): void {
    if (this.trusted) return;
    const { failuresPerSecond, failureBurst } = this.#table.limits;
    this.#failures ??= { tokens: failureBurst, at: this.#table.clock.now() };
    if (this.#take(this.#failures, failuresPerSecond, failureBurst, 1) < 0) this.#ban('authentication');
  }

  /** It was asked for credentials. */
  challenge(): void {
    if (this.trusted) return;
    const { challengesPerSecond, challengeBurst } = this.#table.limits;
    this.#challenges ??= { tokens: challengeBurst, at: this.#table.clock.now() };
    if (this.#take(this.#challenges, challengesPerSecond, challengeBurst, 1) < 0) this.#ban('scanning');
  }

  /** Its credentials were right. */
  success(): void {
    if (this.trusted) return;
    this.#provenUntil = this.#table.clock.now() + this.#table.limits.provenMs;
    if (this.#challenges !== undefined) {
      this.#challenges.tokens = Math.min(this.#table.limits.challengeBurst, this.#challenges.tokens + 1);
    }
  }

  /** It calls for help: true when the call passes whatever else holds for this source, which from now on is in grace. */
  callsForHelp(): boolean {
    if (this.trusted) return true;
    if (!this.mayCallForHelp) return false;
    const { emergenciesPerSecond, emergencyBurst, emergencyGraceMs } = this.#table.limits;
    const now = this.#table.clock.now();
    this.#emergencies ??= { tokens: emergencyBurst, at: now };
    if (this.#take(this.#emergencies, emergenciesPerSecond, emergencyBurst, 1) < 0) return false;
    this.#graceUntil = now + emergencyGraceMs;
    this.#bannedUntil = 0;
    return true;
  }

  /** For the table only: what would be lost with it. */
  worthKeeping(now: number): boolean {
    return (
      this.pending > 0 || this.asked > 0 || this.#isBanned(now) || this.#provenUntil > now || this.#graceUntil > now
    );
  }

  #isBanned(now: number): boolean {
    return this.#bannedUntil > now;
  }

  #take(bucket: Bucket, perSecond: number, burst: number, weight: number): number {
    const now = this.#table.clock.now();
    const filled = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    // The debt has an end, or a flood would never be forgiven.
    bucket.tokens = Math.max(-burst - 1, filled - weight);
    return bucket.tokens;
  }

  #ban(why: BanReason): void {
    const now = this.#table.clock.now();
    if (this.trusted || this.#isBanned(now) || this.inGrace || this.proven) return;
    const { firstBanMs, longestBanMs, banDecayMs } = this.#table.limits;
    const quietMs = this.#bannedUntil === 0 ? 0 : now - this.#bannedUntil;
    this.#bans = Math.max(0, this.#bans - Math.floor(quietMs / banDecayMs));
    const forMs = Math.min(longestBanMs, firstBanMs * 2 ** this.#bans);
    if (forMs < longestBanMs) this.#bans++;
    this.#bannedUntil = now + forMs;
    this.#table.tellBan(this, forMs, why);
  }
}

/** The sources seen of late, a bounded number of them. Looking up a known one costs one map access. */
export class SourceTable {
  readonly clock: Clock;
  readonly limits: SourceLimits;
  readonly #options: SourceTableOptions;
  /** By address; an IPv6 address leads to the source of its /64. */
  readonly #known = new Map<string, Source>();
  /** The keys in a ring: the hand goes round, and what it finds worth keeping is passed over. */
  readonly #ring: string[] = [];
  #hand = 0;

  constructor(options: SourceTableOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.limits = options.limits ?? sourceLimits;
  }

  /** Entries: addresses, and the networks of those of IPv6. */
  get size(): number {
    return this.#known.size;
  }

  /** The source of an address, if it is known. */
  peek(address: string): Source | undefined {
    return this.#known.get(address);
  }

  of(address: string): Source {
    return this.#known.get(address) ?? this.#add(address);
  }

  /** Banned at this moment. Goes through all of them: for people, not for messages. */
  get banned(): readonly Source[] {
    return [...new Set(this.#known.values())].filter((source) => source.banned);
  }

  /** Who is trusted has changed: the known sources are asked about again. */
  reconsider(): void {
    for (const [address, source] of this.#known) source.trusted = this.#options.standing(address).trusted;
  }

  /** For sources only. */
  tellBan(source: Source, forMs: number, why: BanReason): void {
    this.#options.banned?.(source, forMs, why);
  }

  #add(address: string): Source {
    const name = sourceName(address);
    const shared = name === address ? undefined : this.#known.get(name);
    const source = shared ?? new Source(this, name, this.#options.standing(address), this.clock.now());
    if (name !== address && shared === undefined) this.#remember(name, source);
    this.#remember(address, source);
    return source;
  }

  #remember(key: string, source: Source): void {
    if (this.#ring.length < this.#options.capacity) {
      this.#ring.push(key);
    } else {
      const now = this.clock.now();
      for (let passed = 0; passed < longestPass; passed++) {
        if (this.#known.get(this.#ring[this.#hand] ?? '')?.worthKeeping(now) !== true) break;
        this.#advance();
      }
      this.#known.delete(this.#ring[this.#hand] ?? '');
      this.#ring[this.#hand] = key;
      this.#advance();
    }
    this.#known.set(key, source);
  }

  #advance(): void {
    this.#hand = (this.#hand + 1) % this.#options.capacity;
  }
}

/** How many sources worth keeping are passed over to find one that is not. */
const longestPass = 16;

/** The /64 of an IPv6 address, which is what one line gets; an IPv4 address, also one inside IPv6, as it is. */
export function sourceName(address: string): string {
  if (!address.includes(':')) return address;
  const plain = address.split('%', 1)[0]?.toLowerCase() ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = plain.split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const wide = back.at(-1)?.includes('.') === true ? 1 : 0;
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length - wide);
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...back].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
