import type { IceCandidate, IceSettings, TransportAddress } from '../../../src/media/index.js';
import type { Component } from '../native-engine.js';
import { addressKey, sameAddress } from './address.js';
import type { LocalBase, Pair } from './checklist.js';
import { Consent, consentTimeout } from './consent.js';
import { Gathering } from './gathering.js';
import {
  componentsOf,
  type IceAgent,
  type IceOptions,
  type IceOutput,
  type IceState,
  nominationFreshMs,
  patienceMs,
} from './ice-agent.js';
import { IceSession, type Selected } from './ice-session.js';
import { acceptCheck, type Check, judgeCheck, refuseRole } from './incoming-check.js';
import { decodeStun, looksLikeStun, type ReceivedStun, stunMethod } from './stun-message.js';
import { leastRtoMs, StunTransactions } from './stun-transactions.js';

/** RFC 8445 §14.2: Ta. */
const paceMs = 50;
/** How long a pair that works waits for a better one, and a relayed one longer: once agreed they stay. */
const betterWaitMs = 500;
const betterThanRelayWaitMs = 1_500;
/** A controlling peer that checks for so long without nominating did it before this engine began. */
const silentNominationMs = 5_000;

/** A full agent (RFC 8445) for one port: gathers, checks, nominates or is told, and keeps the peer's consent (RFC 7675). */
export class FullAgent implements IceAgent {
  readonly #transactions: StunTransactions;
  readonly #gathering: Gathering;
  readonly #consent: Consent;
  readonly #tieBreaker: bigint;
  #components: readonly Component[];
  #session: IceSession;
  /** Goes on until a restart has led to new pairs (RFC 8445 §9). */
  #previous: IceSession | undefined;
  readonly #selected = new Map<Component, Selected>();
  #state: IceState | undefined;
  #nextStartAt = Number.NEGATIVE_INFINITY;
  #arrival: { readonly local: LocalBase; readonly from: TransportAddress } | undefined;
  #out: IceOutput[] = [];

  constructor(options: IceOptions, now: number) {
    const { place, random, settings, rtcpMux } = options;
    this.#transactions = new StunTransactions(random);
    this.#tieBreaker = Buffer.from(random.bytes(8)).readBigUInt64BE(0);
    this.#consent = new Consent({
      random,
      transactions: this.#transactions,
      tieBreaker: this.#tieBreaker,
      send: (pair, bytes) => this.#sendFrom(pair.local, pair.remote.address, bytes),
    });
    this.#components = componentsOf(rtcpMux);
    this.#session = new IceSession(settings);
    this.#gathering = new Gathering({
      place,
      random,
      transactions: this.#transactions,
      send: (component, bytes, to) => this.#out.push({ kind: 'send', component, bytes, to }),
      onLocal: (local, at) => this.#onLocal(local, at),
      onLost: (local, at) => this.#onRelayLost(local, at),
      onBound: (local, peer, channel) => this.#onBound(local, peer, channel),
      onCandidates: (candidates, done) => this.#out.push({ kind: 'gathered', candidates, done }),
    });
    for (const component of this.#components) this.#gathering.add(component, now);
    this.#gathering.tell();
    this.#learn(settings, now);
    this.#pace(now);
  }

  configure(settings: IceSettings, rtcpMux: boolean, now: number): void {
    const { local, remote } = this.#session;
    this.#components = componentsOf(rtcpMux);
    for (const component of this.#components) this.#gathering.add(component, now);
    if (rtcpMux) this.#dropRtcp(now);
    const restarted =
      local.ufrag !== settings.local.ufrag || (remote !== undefined && remote.ufrag !== settings.remote?.ufrag);
    if (restarted) {
      const inUse = this.#selected.get(1)?.session ?? this.#session;
      this.#previous = inUse.remote === undefined ? undefined : inUse;
      this.#session = new IceSession(settings);
      this.#gathering.tell();
    }
    this.#learn(settings, now);
    this.#conclude();
    this.#pace(now);
  }

  addCandidates(candidates: readonly IceCandidate[], now: number): void {
    this.#session.addRemotes(candidates, this.#components, this.#gathering.locals, now);
    this.#pace(now);
  }

  receive(component: Component, bytes: Buffer, from: TransportAddress, channel: number | undefined, now: number): void {
    const host = this.#gathering.hostOf(component);
    if (host === undefined) return;
    if (channel !== undefined) {
      const relay = this.#gathering.relayOf(component, from);
      const peer = relay?.turn?.peerOf(channel);
      if (relay !== undefined && peer !== undefined) this.#receiveAt(relay, peer, bytes, now);
      return;
    }
    this.#receiveAt(host, from, bytes, now);
  }

  #receiveAt(local: LocalBase, from: TransportAddress, bytes: Buffer, now: number): void {
    const message = looksLikeStun(bytes) ? decodeStun(bytes) : undefined;
    if (message === undefined) {
      if (local.type === 'relay' && this.believes(local.component, from)) {
        this.#out.push({ kind: 'unwrapped', component: local.component, bytes });
      }
      return;
    }
    if (message.class === 'request') {
      if (message.method === stunMethod.binding) this.#onCheck(message, local, from, now);
    } else if (message.class === 'indication') {
      const { xorPeerAddress: peer, data } = message.attributes;
      const relay = local.type === 'host' ? this.#gathering.relayOf(local.component, from) : undefined;
      if (message.method === stunMethod.data && relay !== undefined && peer !== undefined && data !== undefined) {
        this.#receiveAt(relay, peer, data, now);
      }
    } else {
      this.#arrival = { local, from };
      this.#transactions.answer(message, now);
      this.#arrival = undefined;
    }
    this.#pace(now);
  }

  hasPath(component: Component): boolean {
    return this.#selected.get(component)?.lost === false;
  }

  send(component: Component, bytes: Buffer): boolean {
    const selected = this.#selected.get(component);
    if (selected === undefined || selected.lost) return false;
    this.#sendFrom(selected.pair.local, selected.pair.remote.address, bytes);
    return true;
  }

  believes(component: Component, from: TransportAddress): boolean {
    const selected = this.#selected.get(component);
    if (selected !== undefined && sameAddress(selected.pair.remote.address, from)) return true;
    return this.#session.list.knows(component, from);
  }

  /** We nominate, not the peer. */
  get controlling(): boolean {
    return this.#session.list.controlling;
  }

  get timeout(): number | undefined {
    const times = [this.#transactions.timeout, this.#gathering.timeout];
    if (this.#hasNext) times.push(this.#nextStartAt);
    const { startedAt, failed, validAt } = this.#session;
    if (startedAt !== undefined && !failed && !this.#complete) times.push(startedAt + patienceMs);
    for (const component of this.#components) {
      const at = validAt.get(component);
      if (at !== undefined && !this.#isAgreed(component)) times.push(at + this.#nominationWait(component));
    }
    for (const selected of this.#selected.values()) if (!selected.lost) times.push(consentTimeout(selected));
    const set = times.filter((time) => time !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  }

  advance(now: number): void {
    this.#transactions.advance(now);
    this.#gathering.advance(now);
    this.#checkConsent(now);
    this.#nominate(now);
    this.#pace(now);
    const { startedAt } = this.#session;
    if (startedAt === undefined || this.#session.failed || this.#complete || now < startedAt + patienceMs) return;
    this.#session.failed = true;
    this.#say('failed');
  }

  take(): readonly IceOutput[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  close(now: number): void {
    this.#gathering.close(now);
  }

  get #complete(): boolean {
    return this.#components.every((component) => this.#isAgreed(component));
  }

  #isAgreed(component: Component): boolean {
    const selected = this.#selected.get(component);
    return selected !== undefined && selected.session === this.#session && !selected.lost;
  }

  get #hasNext(): boolean {
    const { startedAt, failed, list } = this.#session;
    return this.#gathering.hasNext || (startedAt !== undefined && !failed && list.hasNext);
  }

  /** One new request per Ta, to servers or peer (RFC 8445 §14.2). */
  #pace(now: number): void {
    while (this.#hasNext && now >= this.#nextStartAt) {
      this.#nextStartAt = now + paceMs;
      if (this.#gathering.hasNext) {
        this.#gathering.startNext(now);
        continue;
      }
      const pair = this.#session.list.next();
      if (pair !== undefined) this.#check(this.#session, pair, now);
    }
  }

  #learn({ remote }: IceSettings, now: number): void {
    const session = this.#session;
    if (remote === undefined) return;
    const first = session.remote === undefined;
    session.remote = remote;
    session.addRemotes(remote.candidates, this.#components, this.#gathering.locals, now);
    if (!first) return;
    // Two full agents, or one lite: who is not lite controls a lite one (RFC 8445 §6.1.1).
    if (remote.lite) session.list.controlling = true;
    session.startedAt = now;
    this.#state = undefined;
    this.#say('checking');
    const { early } = session;
    session.early = [];
    for (const { local, from, check } of early) {
      if (check.remoteUfrag === remote.ufrag) this.#onProvenCheck(session, local, from, check, now);
    }
  }

  #onLocal(local: LocalBase, now: number): void {
    for (const session of [this.#session, this.#previous]) {
      for (const remote of session?.list.remotes ?? []) session?.pairUp(local, remote, now);
    }
  }

  #onRelayLost(local: LocalBase, now: number): void {
    for (const pair of this.#session.list.pairs) if (pair.local === local) this.#fail(pair);
    const selected = this.#selected.get(local.component);
    if (selected?.pair.local === local && !selected.lost) this.#lose(local.component, selected, now);
  }

  #dropRtcp(now: number): void {
    this.#gathering.drop(2, now);
    for (const pair of this.#session.list.dropComponent(2)) {
      if (pair.transaction !== undefined) this.#transactions.cancel(pair.transaction);
    }
    if (this.#selected.delete(2)) this.#out.push({ kind: 'path', component: 2, remote: null });
  }

  #onCheck(message: ReceivedStun, local: LocalBase, from: TransportAddress, now: number): void {
    const { username = '' } = message.attributes;
    const isPrevious = !this.#session.isFor(username) && this.#previous?.isFor(username) === true;
    const session = isPrevious && this.#previous !== undefined ? this.#previous : this.#session;
    const verdict = judgeCheck(message, session.local, session.remote?.ufrag);
    if (verdict.kind === 'refused') {
      this.#sendFrom(local, from, verdict.answer);
      return;
    }
    const { check } = verdict;
    if (check.controlling === session.list.controlling) {
      // RFC 8445 §7.3.1.1: the greater tie-breaker controls.
      if (this.#tieBreaker >= check.tieBreaker === session.list.controlling) {
        this.#sendFrom(local, from, refuseRole(message, session.local));
        return;
      }
      session.list.controlling = !session.list.controlling;
    }
    this.#sendFrom(local, from, acceptCheck(message, session.local, from));
    if (session.remote === undefined) session.addEarly({ local, from, check });
    else this.#onProvenCheck(session, local, from, check, now);
  }

  /** RFC 8445 §7.3.1.4, §7.3.1.5. */
  #onProvenCheck(session: IceSession, local: LocalBase, from: TransportAddress, check: Check, now: number): void {
    const remote = session.list.remoteAt(local.component, from, check.priority);
    const pair = remote === undefined ? undefined : session.pairUp(local, remote, now);
    if (pair === undefined) return;
    pair.checkedAt = now;
    if (session.failed) {
      session.failed = false;
      session.startedAt = now;
    }
    if (check.useCandidate && !session.list.controlling) pair.nominatedAt = now;
    if (pair.state === 'succeeded') this.#considerNominated(session, pair, now);
    else session.list.trigger(pair, now);
  }

  #check(session: IceSession, pair: Pair, now: number): void {
    const { remote, list } = session;
    if (remote === undefined) return;
    if (pair.transaction !== undefined) this.#transactions.cancel(pair.transaction);
    if (pair.state !== 'succeeded') pair.state = 'in-progress';
    pair.startedAt = now;
    const { controlling } = list;
    const { local } = pair;
    const nominates = controlling && pair.nominating;
    const key = Buffer.from(remote.password, 'utf8');
    pair.transaction = this.#transactions.start(
      {
        method: stunMethod.binding,
        attributes: session.checkAttributes(local, this.#tieBreaker, nominates),
        proof: { key, hash: 'sha1' },
        rtoMs: Math.max(leastRtoMs, paceMs * list.active),
        send: (bytes) => this.#sendFrom(local, pair.remote.address, bytes),
        answered: (message, at) => {
          if (!message.provenBy(key)) return false;
          pair.transaction = undefined;
          this.#onAnswer(session, pair, { message, controlling, nominates }, at);
          return true;
        },
        timedOut: () => {
          pair.transaction = undefined;
          this.#fail(pair);
        },
      },
      now,
    );
  }

  #onAnswer(
    session: IceSession,
    pair: Pair,
    { message, controlling, nominates }: { message: ReceivedStun; controlling: boolean; nominates: boolean },
    now: number,
  ): void {
    const { list } = session;
    if (message.attributes.errorCode?.code === 487) {
      // RFC 8445 §7.2.5.1: the other role, unless it was taken meanwhile.
      if (list.controlling === controlling) list.controlling = !controlling;
      pair.nominating = false;
      list.trigger(pair, Number.POSITIVE_INFINITY);
      return;
    }
    const symmetric = this.#arrival?.local === pair.local && sameAddress(this.#arrival.from, pair.remote.address);
    if (message.class !== 'success' || !symmetric) {
      this.#fail(pair);
      return;
    }
    pair.state = 'succeeded';
    list.unfreeze(pair.foundation);
    if (!session.validAt.has(pair.local.component)) session.validAt.set(pair.local.component, now);
    if (nominates && list.controlling) this.#select(session, pair, now);
    else this.#considerNominated(session, pair, now);
    this.#nominate(now);
  }

  #fail(pair: Pair): void {
    pair.state = 'failed';
    pair.nominating = false;
    if (pair.transaction !== undefined) this.#transactions.cancel(pair.transaction);
    pair.transaction = undefined;
  }

  /** The peer controls: its nomination counts once our own check has succeeded too. */
  #considerNominated(session: IceSession, pair: Pair, now: number): void {
    const { nominatedAt } = pair;
    if (session.list.controlling || nominatedAt === undefined || pair.state !== 'succeeded') return;
    const selected = this.#selected.get(pair.local.component);
    if (session !== this.#session && selected?.session === this.#session) return;
    if (selected?.pair === pair && !selected.lost) {
      selected.nominatedAt = nominatedAt;
      return;
    }
    const free = selected === undefined || selected.session !== session || selected.lost;
    // Who nominates with every check means the best of them (RFC 5245 §8.1.1.2), and later whatever it still names.
    const stale = selected !== undefined && nominatedAt - selected.nominatedAt > nominationFreshMs;
    if (free || stale || session.list.compare(pair, selected.pair) < 0) this.#select(session, pair, now);
  }

  #nominationWait(component: Component): number {
    const { list } = this.#session;
    if (!list.controlling) return silentNominationMs;
    const [best] = list.succeeded(component);
    return best?.local.type === 'relay' || best?.remote.type === 'relay' ? betterThanRelayWaitMs : betterWaitMs;
  }

  /** We control: the best pair that works, when there can be no better one or it takes too long (RFC 8445 §8.1.1). */
  #nominate(now: number): void {
    const session = this.#session;
    const { list } = session;
    if (session.failed) return;
    for (const component of this.#components) {
      const validAt = session.validAt.get(component);
      if (validAt === undefined || this.#isAgreed(component)) continue;
      const waited = now >= validAt + this.#nominationWait(component);
      // Asked again only when there is an answer: its time-out fails the pair, and the next one is tried.
      session.validAt.set(component, waited ? now : validAt);
      const valid = list.succeeded(component);
      if (!list.controlling) {
        const pair = valid.find(({ checkedAt }) => checkedAt !== undefined);
        if (waited && pair !== undefined) this.#select(session, pair, now);
        continue;
      }
      const [best] = valid;
      if (best === undefined) session.validAt.delete(component);
      if (best === undefined || valid.some(({ nominating }) => nominating)) continue;
      if (list.hasBetter(best) && !waited) continue;
      best.nominating = true;
      list.triggerNomination(best);
    }
    this.#pace(now);
  }

  #select(session: IceSession, pair: Pair, now: number): void {
    const { component } = pair.local;
    const before = this.#selected.get(component);
    const same = before !== undefined && !before.lost && isSamePath(before.pair, pair);
    this.#selected.set(component, {
      session,
      pair,
      nominatedAt: pair.nominatedAt ?? now,
      ...this.#consent.given(now),
      lost: false,
    });
    pair.nominating = false;
    if (!same) {
      if (pair.local.turn !== undefined) pair.local.turn.bind(pair.remote.address, now);
      else this.#out.push({ kind: 'path', component, remote: pair.remote.address });
    }
    if (session.list.controlling) this.#stopChecking(session, component, pair);
    this.#conclude(!same);
  }

  /** RFC 8445 §8.1.2: agreed is agreed. */
  #stopChecking(session: IceSession, component: Component, agreed: Pair): void {
    for (const pair of session.list.pairs) {
      if (pair !== agreed && pair.local.component === component && pair.state !== 'succeeded') this.#fail(pair);
    }
  }

  #conclude(changed = false): void {
    if (!this.#complete || (this.#state === 'connected' && !changed)) return;
    this.#previous = undefined;
    this.#gathering.connected();
    const pair = this.#selected.get(1)?.pair;
    const text =
      pair === undefined
        ? ''
        : `${pair.local.type} ${addressKey(pair.local.address)} ${pair.remote.type} ${addressKey(pair.remote.address)}`;
    this.#state = 'connected';
    this.#session.failed = false;
    this.#out.push({ kind: 'ice', state: 'connected', pair: text });
  }

  #onBound(local: LocalBase, peer: TransportAddress, channel: number): void {
    const selected = this.#selected.get(local.component);
    if (selected === undefined || selected.lost || selected.pair.local !== local || local.turn === undefined) return;
    if (!sameAddress(selected.pair.remote.address, peer)) return;
    const relay = { server: local.turn.server, channel };
    this.#out.push({ kind: 'path', component: local.component, remote: peer, relay });
  }

  #checkConsent(now: number): void {
    for (const [component, selected] of this.#selected) {
      if (!selected.lost && this.#consent.keep(selected, now) === 'expired') this.#lose(component, selected, now);
    }
  }

  #lose(component: Component, selected: Selected, now: number): void {
    selected.lost = true;
    // What once worked has to prove itself again.
    for (const pair of selected.session.list.succeeded(component)) pair.state = 'failed';
    selected.session.validAt.delete(component);
    selected.session.startedAt = this.#session.startedAt = now;
    this.#out.push({ kind: 'path', component, remote: null });
    this.#say('disconnected');
  }

  #sendFrom(local: LocalBase, to: TransportAddress, bytes: Buffer): void {
    if (local.turn === undefined) this.#out.push({ kind: 'send', component: local.component, bytes, to });
    else local.turn.send(to, bytes);
  }

  #say(state: IceState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#out.push({ kind: 'ice', state });
  }
}

function isSamePath(a: Pair, b: Pair): boolean {
  return sameAddress(a.local.address, b.local.address) && sameAddress(a.remote.address, b.remote.address);
}
