import type { IceSettings, TransportAddress } from '../../../src/media/index.js';
import type { Component } from '../native-engine.js';
import { addressKey, sameAddress, sameFamily } from './address.js';
import { bestLocalPreference, localCandidate, remoteCandidatesMost, usableCandidates } from './candidate.js';
import {
  componentsOf,
  type IceAgent,
  type IceOptions,
  type IceOutput,
  type IceState,
  nominationFreshMs,
  patienceMs,
} from './ice-agent.js';
import { acceptCheck, type Check, judgeCheck, refuseRole } from './incoming-check.js';
import { decodeStun, type ReceivedStun, stunMethod } from './stun-message.js';

/** RFC 7675 §5.1. */
const consentMs = 30_000;
/** So often, and so long after its nomination, must a peer check before its silence means that it has gone: some never do. */
const consentChecksLeast = 3;
const consentAfterMs = 4_000;
/** A peer that checks one pair for so long without nominating did it before this engine began. */
const silentNominationMs = 3_000;

/** Where the peer checks from. */
interface Source {
  readonly address: TransportAddress;
  readonly ufrag: string;
  priority: number;
  readonly since: number;
  checkedAt: number;
  nominatedAt: number | undefined;
}

interface Stream {
  readonly sources: Map<string, Source>;
  /** Where media goes; after a restart the old one until there is a new one. */
  path: TransportAddress | undefined;
  /** Of the present credentials. */
  selected: Source | undefined;
  selectedAt: number;
  /** Checks of the selected pair that can only be for consent. */
  consentChecks: number;
  lost: boolean;
}

/**
 * ICE lite (RFC 8445 §2.5): answers checks, and takes the pair that the peer nominates. It makes no checks, so consent is the peer's
 * matter (RFC 7675 §4); but a peer that renewed it and then fell silent is sent nothing any more.
 */
export class LiteAgent implements IceAgent {
  readonly #options: IceOptions;
  #settings: IceSettings;
  /** Until the restart has led to a new pair, the old one's checks are answered. */
  #previous: IceSettings | undefined;
  #components: readonly Component[];
  readonly #streams = new Map<Component, Stream>();
  #state: IceState | undefined;
  #deadline: number | undefined;
  #out: IceOutput[] = [];

  constructor(options: IceOptions, now: number) {
    this.#options = options;
    this.#settings = options.settings;
    this.#components = componentsOf(options.rtcpMux);
    for (const component of [1, 2] as const) this.#streams.set(component, newStream());
    this.#gather();
    this.#begin(now);
  }

  configure(settings: IceSettings, rtcpMux: boolean, now: number): void {
    const before = this.#settings;
    this.#settings = settings;
    const restarted = before.local.ufrag !== settings.local.ufrag;
    const components = componentsOf(rtcpMux);
    if (restarted || (before.remote !== undefined && before.remote.ufrag !== settings.remote?.ufrag)) {
      this.#previous = before;
      for (const stream of this.#streams.values()) {
        stream.sources.clear();
        stream.selected = undefined;
      }
      this.#state = undefined;
      this.#deadline = undefined;
    }
    if (restarted || components.length > this.#components.length) {
      this.#components = components;
      this.#gather();
    }
    this.#components = components;
    this.#begin(now);
  }

  /** Who only answers needs no candidates: they are seen when they check. */
  addCandidates(): void {}

  receive(
    component: Component,
    bytes: Buffer,
    from: TransportAddress,
    _channel: number | undefined,
    now: number,
  ): void {
    const message = decodeStun(bytes);
    if (message === undefined || message.method !== stunMethod.binding || message.class !== 'request') return;
    if (!this.#components.includes(component)) return;
    const previous = this.#previous;
    const { local, remote } = this.#settings;
    const isPrevious =
      previous !== undefined &&
      previous.local.ufrag !== local.ufrag &&
      message.attributes.username?.startsWith(`${previous.local.ufrag}:`) === true;
    if (isPrevious) {
      this.#answerPrevious(previous, message, component, from, now);
      return;
    }
    const verdict = judgeCheck(message, local, remote?.ufrag);
    if (verdict.kind === 'refused') this.#answer(component, verdict.answer, from);
    // A lite agent cannot control (RFC 8445 §6.1.1).
    else if (!verdict.check.controlling) this.#answer(component, refuseRole(message, local), from);
    else {
      this.#answer(component, acceptCheck(message, local, from), from);
      this.#note(component, from, verdict.check, now);
    }
  }

  hasPath(component: Component): boolean {
    const stream = this.#streams.get(component);
    return stream?.path !== undefined && !stream.lost;
  }

  send(component: Component, bytes: Buffer): boolean {
    const stream = this.#streams.get(component);
    if (stream?.path === undefined || stream.lost) return false;
    this.#out.push({ kind: 'send', component, bytes, to: stream.path });
    return true;
  }

  believes(component: Component, from: TransportAddress): boolean {
    const stream = this.#streams.get(component);
    if (stream?.path !== undefined && sameAddress(stream.path, from)) return true;
    return stream?.sources.has(addressKey(from)) === true;
  }

  get timeout(): number | undefined {
    const times = this.#components.map((component) => this.#consentEnd(component)).filter((at) => at !== undefined);
    if (this.#deadline !== undefined) times.push(this.#deadline);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  advance(now: number): void {
    for (const component of this.#components) {
      const end = this.#consentEnd(component);
      const stream = this.#streams.get(component);
      if (end === undefined || now < end || stream === undefined) continue;
      stream.lost = true;
      this.#out.push({ kind: 'path', component, remote: null });
      this.#say('disconnected');
    }
    if (this.#deadline !== undefined && now >= this.#deadline) {
      this.#deadline = undefined;
      this.#say('failed');
    }
  }

  take(): readonly IceOutput[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  close(): void {}

  #gather(): void {
    const { place } = this.#options;
    const candidates = this.#components.map((component) =>
      localCandidate('host', component, component === 1 ? place.rtp : place.rtcp, {
        foundation: '1',
        preference: bestLocalPreference,
      }),
    );
    this.#out.push({ kind: 'gathered', candidates, done: true });
  }

  /** The peer has spoken. */
  #begin(now: number): void {
    const { remote } = this.#settings;
    if (remote === undefined) return;
    if (this.#state === undefined) {
      this.#deadline = now + patienceMs;
      this.#say('checking');
    }
    if (remote.lite) this.#takeBest(remote, now);
    for (const component of this.#components) this.#choose(component, now);
  }

  /** RFC 8445 §8.2: of two lite agents none checks, so the best candidates are a pair. */
  #takeBest({ candidates, ufrag }: NonNullable<IceSettings['remote']>, now: number): void {
    const { place } = this.#options;
    for (const component of this.#components) {
      const own = component === 1 ? place.rtp : place.rtcp;
      const [best] = usableCandidates(candidates, [component])
        .filter(({ address }) => sameFamily(address, own))
        .sort((a, b) => b.priority - a.priority);
      const stream = this.#streams.get(component);
      if (best === undefined || stream === undefined || stream.selected !== undefined) continue;
      this.#note(component, best.address, { priority: best.priority, useCandidate: true, remoteUfrag: ufrag }, now);
    }
  }

  #answer(component: Component, bytes: Buffer, to: TransportAddress): void {
    this.#out.push({ kind: 'send', component, bytes, to });
  }

  #answerPrevious(
    previous: IceSettings,
    message: ReceivedStun,
    component: Component,
    from: TransportAddress,
    now: number,
  ): void {
    const verdict = judgeCheck(message, previous.local, previous.remote?.ufrag);
    const accepted = verdict.kind === 'check';
    const bytes = accepted ? acceptCheck(message, previous.local, from) : verdict.answer;
    this.#answer(component, bytes, from);
    const stream = this.#streams.get(component);
    if (accepted && stream?.selected !== undefined && sameAddress(stream.selected.address, from)) {
      stream.selected.checkedAt = now;
    }
  }

  #note(
    component: Component,
    from: TransportAddress,
    { priority, useCandidate, remoteUfrag }: Pick<Check, 'priority' | 'useCandidate' | 'remoteUfrag'>,
    now: number,
  ): void {
    const stream = this.#streams.get(component);
    if (stream === undefined) return;
    const key = addressKey(from);
    const source = stream.sources.get(key) ?? {
      address: from,
      ufrag: remoteUfrag,
      priority,
      since: now,
      checkedAt: now,
      nominatedAt: undefined,
    };
    if (!stream.sources.has(key)) {
      if (stream.sources.size >= remoteCandidatesMost) return;
      stream.sources.set(key, source);
    }
    source.priority = priority;
    source.checkedAt = now;
    if (useCandidate) source.nominatedAt = now;
    if (stream.selected === source) {
      if (now - stream.selectedAt >= consentAfterMs) stream.consentChecks++;
      if (stream.lost) this.#select(component, stream, source, now);
    }
    this.#choose(component, now);
  }

  /** Only what the peer that we negotiated with nominated: before it has spoken, anybody may answer our offer. */
  #choose(component: Component, now: number): void {
    const stream = this.#streams.get(component);
    if (stream === undefined || this.#settings.remote === undefined) return;
    const { selected } = stream;
    let best = selected;
    for (const source of stream.sources.values()) {
      if (source.ufrag !== this.#settings.remote.ufrag) continue;
      const nominated =
        source.nominatedAt ??
        (selected === undefined && source.checkedAt - source.since >= silentNominationMs
          ? source.checkedAt
          : undefined);
      if (nominated === undefined || source === best) continue;
      const stale =
        best === selected && selected !== undefined && nominated - (selected.nominatedAt ?? 0) > nominationFreshMs;
      if (best === undefined || source.priority > best.priority || stale) best = source;
    }
    if (best === undefined || best === selected) return;
    best.nominatedAt ??= now;
    this.#select(component, stream, best, now);
  }

  #select(component: Component, stream: Stream, source: Source, now: number): void {
    const unchanged = stream.path !== undefined && sameAddress(stream.path, source.address) && !stream.lost;
    stream.selected = source;
    stream.selectedAt = now;
    stream.consentChecks = 0;
    stream.lost = false;
    stream.path = source.address;
    if (!unchanged) this.#out.push({ kind: 'path', component, remote: source.address });
    const streams = this.#components.map((each) => this.#streams.get(each));
    if (!streams.every((each) => each?.selected !== undefined && !each.lost)) return;
    this.#deadline = undefined;
    this.#previous = undefined;
    const { place } = this.#options;
    const first = streams[0]?.selected;
    this.#say(
      'connected',
      first === undefined ? undefined : `${addressKey(place.rtp)} ${addressKey(first.address)}`,
      !unchanged,
    );
  }

  #say(state: IceState, pair?: string, again = false): void {
    if (state === this.#state && !again) return;
    this.#state = state;
    this.#out.push({ kind: 'ice', state, ...(pair === undefined ? {} : { pair }) });
  }

  #consentEnd(component: Component): number | undefined {
    const stream = this.#streams.get(component);
    if (stream?.selected === undefined || stream.lost || stream.consentChecks < consentChecksLeast) return undefined;
    return stream.selected.checkedAt + consentMs;
  }
}

function newStream(): Stream {
  return {
    sources: new Map(),
    path: undefined,
    selected: undefined,
    selectedAt: 0,
    consentChecks: 0,
    lost: false,
  };
}
