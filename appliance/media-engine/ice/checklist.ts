import type { IceCandidate, TransportAddress } from '../../../src/media/index.js';
import type { Component } from '../native-engine.js';
import { addressKey, sameFamily } from './address.js';
import { byPriority, candidatePriority, type PairPriority, pairPriority, remoteCandidatesMost } from './candidate.js';
import type { TurnAllocation } from './turn-allocation.js';

/** What checks leave from: the port's own address, or one on a TURN server. A server-reflexive one leaves from its base (RFC 8445 §6.1.2.4). */
export interface LocalBase {
  readonly component: Component;
  readonly address: TransportAddress;
  readonly type: 'host' | 'relay';
  readonly foundation: string;
  readonly preference: number;
  readonly turn?: TurnAllocation;
}

/** RFC 8445 §6.1.2.6. */
export type PairState = 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed';

export interface Pair {
  readonly local: LocalBase;
  readonly remote: IceCandidate;
  readonly foundation: string;
  state: PairState;
  /** The check under way. */
  transaction: string | undefined;
  startedAt: number;
  /** We control, and want or wait for this pair to be agreed. */
  nominating: boolean;
  /** The peer controls, and nominated it: agreed as soon as our own check has succeeded. */
  nominatedAt: number | undefined;
  /** The peer's last check of it. */
  checkedAt: number | undefined;
}

/** RFC 8445 §6.1.2.5. */
const pairsMost = 100;
/** A peer's own check asks for one of ours, but not for one each time that it repeats itself. */
const triggerGapMs = 100;

/** The pairs of one port and one set of credentials, and which is to be checked next (RFC 8445 §6.1). */
export class Checklist {
  readonly #pairs = new Map<string, Pair>();
  readonly #remotes = new Map<string, IceCandidate>();
  #triggered: Pair[] = [];
  /** Whether we control: it decides a pair's priority. */
  controlling: boolean;

  constructor(controlling: boolean) {
    this.controlling = controlling;
  }

  get pairs(): Iterable<Pair> {
    return this.#pairs.values();
  }

  get remotes(): Iterable<IceCandidate> {
    return this.#remotes.values();
  }

  /** Waiting for a check or for its answer. */
  get active(): number {
    let count = 0;
    for (const { state } of this.#pairs.values()) if (state === 'waiting' || state === 'in-progress') count++;
    return count;
  }

  /** False: it is known, or there are too many. */
  addRemote(candidate: IceCandidate): boolean {
    const key = `${candidate.component} ${addressKey(candidate.address)}`;
    if (this.#remotes.has(key) || this.#remotes.size >= remoteCandidatesMost) return false;
    this.#remotes.set(key, candidate);
    return true;
  }

  /** A candidate, or one that shows itself by its check (RFC 8445 §7.3.1.3). */
  remoteAt(component: Component, address: TransportAddress, priority: number): IceCandidate | undefined {
    const known = this.#remotes.get(`${component} ${addressKey(address)}`);
    if (known !== undefined) return known;
    const foundation = `peer${this.#remotes.size}`;
    const candidate = { foundation, component, protocol: 'udp', priority, address, type: 'prflx' } as const;
    return this.addRemote(candidate) ? candidate : undefined;
  }

  knows(component: Component, address: TransportAddress): boolean {
    return this.#remotes.has(`${component} ${addressKey(address)}`);
  }

  pair(local: LocalBase, remote: IceCandidate): Pair | undefined {
    if (local.component !== remote.component || !sameFamily(local.address, remote.address)) return undefined;
    const key = `${local.component} ${addressKey(local.address)} ${addressKey(remote.address)}`;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    if (this.#pairs.size >= pairsMost) return undefined;
    const pair: Pair = {
      local,
      remote,
      foundation: `${local.foundation} ${remote.foundation}`,
      state: 'frozen',
      transaction: undefined,
      startedAt: Number.NEGATIVE_INFINITY,
      nominating: false,
      nominatedAt: undefined,
      checkedAt: undefined,
    };
    this.#pairs.set(key, pair);
    return pair;
  }

  dropComponent(component: Component): readonly Pair[] {
    const dropped: Pair[] = [];
    for (const [key, pair] of this.#pairs) {
      if (pair.local.component !== component) continue;
      dropped.push(pair);
      this.#pairs.delete(key);
    }
    this.#triggered = this.#triggered.filter((pair) => pair.local.component !== component);
    return dropped;
  }

  priority({ local, remote }: Pair): PairPriority {
    const own = candidatePriority(local.type, local.preference, local.component);
    return this.controlling ? pairPriority(own, remote.priority) : pairPriority(remote.priority, own);
  }

  /** Negative: `a` is better. */
  compare(a: Pair, b: Pair): number {
    return byPriority(this.priority(a), this.priority(b));
  }

  trigger(pair: Pair, now: number): void {
    if (this.#triggered.includes(pair) || now - pair.startedAt < triggerGapMs) return;
    if (pair.state !== 'in-progress' && pair.state !== 'succeeded') pair.state = 'waiting';
    this.#triggered.push(pair);
  }

  /** Ahead of all others, and even if it was checked just now. */
  triggerNomination(pair: Pair): void {
    this.#triggered = [pair, ...this.#triggered.filter((each) => each !== pair)];
  }

  get hasNext(): boolean {
    if (this.#triggered.length > 0) return true;
    for (const { state } of this.#pairs.values()) if (state === 'waiting' || state === 'frozen') return true;
    return false;
  }

  /**
   * RFC 8445 §6.1.4.2: triggered checks, then waiting pairs by priority, then frozen ones whose foundation is not being checked. Unlike
   * there, the rest comes last and does not wait: what is alike can take 39.5 s to fail, and RTCP would wait as long for RTP.
   */
  next(): Pair | undefined {
    const triggered = this.#triggered.shift();
    if (triggered !== undefined) return triggered;
    const best = (state: PairState, also: (pair: Pair) => boolean = () => true): Pair | undefined => {
      let found: Pair | undefined;
      for (const pair of this.#pairs.values()) {
        if (pair.state === state && also(pair) && (found === undefined || this.compare(pair, found) < 0)) found = pair;
      }
      return found;
    };
    const busy = new Set<string>();
    for (const { state, foundation } of this.#pairs.values()) {
      if (state === 'waiting' || state === 'in-progress') busy.add(foundation);
    }
    return best('waiting') ?? best('frozen', ({ foundation }) => !busy.has(foundation)) ?? best('frozen');
  }

  /** RFC 8445 §7.2.5.3.3: what is alike is worth a try. */
  unfreeze(foundation: string): void {
    for (const pair of this.#pairs.values()) {
      if (pair.foundation === foundation && pair.state === 'frozen') pair.state = 'waiting';
    }
  }

  /** Of a component, best first. */
  succeeded(component: Component): readonly Pair[] {
    return [...this.#pairs.values()]
      .filter(({ local, state }) => local.component === component && state === 'succeeded')
      .sort((a, b) => this.compare(a, b));
  }

  /** Something better than this pair may still succeed. */
  hasBetter(pair: Pair): boolean {
    for (const each of this.#pairs.values()) {
      const open = each.state === 'waiting' || each.state === 'in-progress' || each.state === 'frozen';
      if (open && each.local.component === pair.local.component && this.compare(each, pair) < 0) return true;
    }
    return false;
  }
}
