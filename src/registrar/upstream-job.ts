import { between, type Clock, type Log, Machine, type Random } from '../base/index.js';
import type { Binding } from './binding.js';
import type { CentreConversation, CentreReply } from './centre-conversation.js';
import type { LiveChallenge } from './upstream-credentials.js';
import {
  type UpstreamAction,
  type UpstreamEvent,
  type UpstreamState,
  type UpstreamTimers,
  upstreamRegistrationTable,
} from './upstream-registration-table.js';

/** What a job asks of its owner. */
export interface UpstreamJobOwner {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly centre: CentreConversation;
  /** Seconds that a phone gets at most. */
  readonly phonesExpiresS: number;
  /** `first`: before those who wait, because the centre's nonce is fresh. */
  enqueue(job: UpstreamJob, first: boolean): void;
  registered(job: UpstreamJob, upstreamExpiresAtWall: number): void;
  removed(job: UpstreamJob): void;
  /** The centre asked for time. */
  holdOff(retryAfterMs: number): void;
  /** No work is left. */
  finished(job: UpstreamJob): void;
}

/** RFC 5626 §4.5: the base is shorter when the centre serves nobody. */
const backOff = { nobodyServedMs: 30_000, othersServedMs: 90_000, capMs: 1_800_000 } as const;
/** "Serves others" means within this time. */
const servedLatelyMs = 120_000;
/** Unchallenged, stale, Min-Expires, and one to spare: no registration needs more rounds. */
const roundsLimit = 4;
/** A registration that the centre cuts short is renewed at this share of its time, but never more often than that. */
const refresh = { share: 0.8, leastMs: 5000 } as const;

/** The work about one binding at the centre: its automaton and its attempts. */
export class UpstreamJob {
  readonly #owner: UpstreamJobOwner;
  readonly #machine: Machine<UpstreamState, UpstreamEvent, UpstreamAction, UpstreamTimers, CentreReply>;
  readonly #timers = { backOffMs: 0, refreshMs: Number.POSITIVE_INFINITY };
  /** The binding as it is, or as it was when it ended here. */
  subject: Binding;
  /** Its place in the owner's queue; undefined: in none. */
  ticket: object | undefined;
  #failures = 0;
  /** Answers to another attempt than this come too late. */
  #attempt = 0;
  #rounds = 0;
  #challenge: LiveChallenge | undefined;

  constructor(owner: UpstreamJobOwner, subject: Binding) {
    this.#owner = owner;
    this.subject = subject;
    this.#machine = new Machine(upstreamRegistrationTable, {
      clock: owner.clock,
      log: owner.log,
      context: this.#timers,
      actions: {
        queue: () => owner.enqueue(this, false),
        queueAnswer: (_, reply) => this.#answerNext(reply),
        register: () => void this.#send(owner.centre.askS(owner.phonesExpiresS)),
        remove: () => void this.#send(0),
        noteRegistered: (_, reply) => this.#noteRegistered(reply),
        noteRemoved: () => owner.removed(this),
        countFailure: (_, reply) => this.#countFailure(reply),
        countRefusal: (_, reply) => this.#countRefusal(reply),
        clearFailures: () => this.#clearFailures(),
        abandonAttempt: () => this.#newRounds(),
      },
      onState: (state) => {
        if (state !== 'unregistered' && state !== 'removing') this.ticket = undefined;
        const rests = state === 'registered' && this.#timers.refreshMs === Number.POSITIVE_INFINITY;
        if (rests || state === 'gone') owner.finished(this);
      },
    });
  }

  get state(): UpstreamState {
    return this.#machine.state;
  }

  handle(event: 'turn' | 'relayed' | 'bound' | 'withdrawn' | 'forgotten'): void {
    if (event === 'relayed') this.#timers.refreshMs = Number.POSITIVE_INFINITY;
    this.#machine.handle(event);
  }

  stop(): void {
    this.#attempt++;
    this.ticket = undefined;
    this.#machine.stop();
  }

  async #send(expiresS: number): Promise<void> {
    const attempt = ++this.#attempt;
    const challenge = this.#challenge;
    this.#challenge = undefined;
    const reply = await this.#owner.centre.register(this.subject, expiresS, challenge);
    if (attempt !== this.#attempt) return;
    const tired = reply.event === 'challenged' && ++this.#rounds >= roundsLimit;
    if (tired) this.#machine.handle('failed', { event: 'failed', retryAfterMs: 0 });
    else this.#machine.handle(reply.event, reply);
  }

  #answerNext(reply: CentreReply | undefined): void {
    if (reply?.event === 'challenged') this.#challenge = reply.challenge;
    this.#owner.enqueue(this, true);
  }

  #noteRegistered(reply: CentreReply | undefined): void {
    const { clock } = this.#owner;
    const expiresMs = (reply?.event === 'accepted' ? reply.expiresS : 0) * 1000;
    const endsAtWall = clock.wall() + expiresMs;
    const covers = endsAtWall >= this.subject.expiresAtWall;
    this.#timers.refreshMs = covers ? Number.POSITIVE_INFINITY : Math.max(refresh.leastMs, expiresMs * refresh.share);
    this.#owner.registered(this, endsAtWall);
  }

  #countFailure(reply: CentreReply | undefined): void {
    const { clock, random, centre } = this.#owner;
    this.#newRounds();
    this.#failures++;
    const servesOthers = clock.now() - centre.lastAcceptedMs < servedLatelyMs;
    const base = servesOthers ? backOff.othersServedMs : backOff.nobodyServedMs;
    const longest = Math.min(backOff.capMs, base * 2 ** Math.min(this.#failures, 10));
    this.#backOff(between(random, longest / 2, longest), reply);
  }

  /** Wrong credentials do not become right soon. */
  #countRefusal(reply: CentreReply | undefined): void {
    this.#newRounds();
    this.#backOff(between(this.#owner.random, backOff.capMs / 2, backOff.capMs), reply);
  }

  #backOff(ms: number, reply: CentreReply | undefined): void {
    const retryAfterMs = reply?.event === 'failed' || reply?.event === 'refused' ? reply.retryAfterMs : 0;
    if (reply?.event === 'failed' && retryAfterMs > 0) this.#owner.holdOff(retryAfterMs);
    this.#timers.backOffMs = Math.max(ms, retryAfterMs);
  }

  #clearFailures(): void {
    this.#failures = 0;
    this.#rounds = 0;
    this.#challenge = undefined;
  }

  /** What is under way does not count any more. */
  #newRounds(): void {
    this.#attempt++;
    this.#rounds = 0;
    this.#challenge = undefined;
  }
}
