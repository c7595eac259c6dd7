import { between, type Clock, type Log, Machine, type Random } from '../base/index.js';
import {
  type SubscriptionAction,
  type SubscriptionEvent,
  type SubscriptionState,
  type SubscriptionTimers,
  subscriptionTable,
} from './subscription-table.js';
import type { LiveChallenge } from './upstream-credentials.js';

/** What the centre made of one SUBSCRIBE. */
export type SubscriptionReply =
  | { readonly event: 'accepted'; readonly expiresS: number; readonly dialog: string }
  /** To be said again: with `challenge` answered, or with the longer expiry that has been learnt. */
  | { readonly event: 'challenged'; readonly challenge: LiveChallenge | undefined; readonly uri: string | undefined }
  | { readonly event: 'unknown' | 'refused' | 'failed'; readonly retryAfterMs: number };

export interface SubscriptionPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `answer`: the challenge of this very request. */
  readonly send: (wish: {
    readonly expiresS: number | undefined;
    readonly dialog?: string | undefined;
    readonly answer?: { readonly challenge: LiveChallenge; readonly uri: string | undefined } | undefined;
  }) => Promise<SubscriptionReply>;
}

/** As for registrations; who just ended one of his own accord is asked again sooner. */
const backOff = { firstMs: 5000, capMs: 1_800_000 } as const;
/** Share of the time granted after which it is asked for anew; spread, so that users do not ask all at once. */
const refreshShare = { least: 0.7, most: 0.9 } as const;
/** A centre that grants less is asked no more often than this, ms. */
const refreshLeastMs = 10_000;
/** Unchallenged, stale, Min-Expires, and one to spare. */
const roundsLimit = 4;

/** One user's subscription at the centre. */
export class MessageSubscription {
  readonly #ports: SubscriptionPorts;
  readonly #timers = { refreshMs: 0, backOffMs: 0 };
  readonly #machine: Machine<
    SubscriptionState,
    SubscriptionEvent,
    SubscriptionAction,
    SubscriptionTimers,
    SubscriptionReply
  >;
  #dialog: string | undefined;
  #failures = 0;
  #rounds = 0;
  /** Answers to another attempt than this come too late. */
  #attempt = 0;

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
    this.#machine = new Machine(subscriptionTable, {
      clock: ports.clock,
      log: ports.log,
      context: this.#timers,
      actions: {
        subscribe: (_, reply) => void this.#send(undefined, reply),
        refresh: (_, reply) => void this.#send(this.#dialog, reply),
        unsubscribe: () => void this.#unsubscribe(),
        noteAccepted: (_, reply) => this.#noteAccepted(reply),
        countFailure: (_, reply) => this.#countFailure(reply),
        countRefusal: (_, reply) => this.#countRefusal(reply),
        clearFailures: () => {
          this.#failures = 0;
        },
        abandon: () => this.#abandon(),
      },
    });
  }

  get state(): SubscriptionState {
    return this.#machine.state;
  }

  /** The dialog of the subscription that is in force. */
  get dialog(): string | undefined {
    return this.#dialog;
  }

  handle(event: 'wanted' | 'unwanted' | 'paused'): void {
    this.#machine.handle(event);
  }

  /** The centre's NOTIFY said that it is over. */
  terminated(reason: string | undefined, retryAfterMs: number): void {
    // RFC 6665 §4.1.3: without a reason, or with one that is not known, it may be made anew.
    const final = ['rejected', 'noresource', 'invariant', 'giveup', 'probation'].includes(reason?.toLowerCase() ?? '');
    this.#machine.handle(final ? 'ended' : 'again', { event: 'failed', retryAfterMs });
  }

  stop(): void {
    this.#attempt++;
    this.#machine.stop();
  }

  async #send(dialog: string | undefined, before: SubscriptionReply | undefined): Promise<void> {
    const attempt = ++this.#attempt;
    const answer =
      before?.event === 'challenged' && before.challenge !== undefined
        ? { challenge: before.challenge, uri: before.uri }
        : undefined;
    if (before?.event !== 'challenged') this.#rounds = 0;
    const reply = await this.#ports.send({ expiresS: undefined, dialog, answer });
    if (attempt !== this.#attempt) return;
    const tired = reply.event === 'challenged' && ++this.#rounds >= roundsLimit;
    if (tired) this.#machine.handle('failed', { event: 'failed', retryAfterMs: 0 });
    else this.#machine.handle(reply.event, reply);
  }

  /** Nobody waits for what comes of it: unheard, it lapses, and its NOTIFYs get 481. */
  async #unsubscribe(): Promise<void> {
    const dialog = this.#dialog;
    const { send } = this.#ports;
    const reply = await send({ expiresS: 0, dialog });
    if (reply.event !== 'challenged' || reply.challenge === undefined) return;
    await send({ expiresS: 0, dialog, answer: { challenge: reply.challenge, uri: reply.uri } });
  }

  #noteAccepted(reply: SubscriptionReply | undefined): void {
    if (reply?.event !== 'accepted') return;
    this.#dialog = reply.dialog;
    const share = between(this.#ports.random, refreshShare.least, refreshShare.most);
    this.#timers.refreshMs = Math.max(refreshLeastMs, reply.expiresS * 1000 * share);
  }

  #countFailure(reply: SubscriptionReply | undefined): void {
    const longest = Math.min(backOff.capMs, backOff.firstMs * 2 ** Math.min(++this.#failures, 10));
    this.#rest(between(this.#ports.random, longest / 2, longest), reply);
  }

  /** A centre that keeps no mailboxes will not have them soon. */
  #countRefusal(reply: SubscriptionReply | undefined): void {
    this.#rest(between(this.#ports.random, backOff.capMs / 2, backOff.capMs), reply);
  }

  #rest(ms: number, reply: SubscriptionReply | undefined): void {
    const retryAfterMs = reply !== undefined && 'retryAfterMs' in reply ? reply.retryAfterMs : 0;
    this.#timers.backOffMs = Math.max(ms, Math.min(retryAfterMs, backOff.capMs));
    this.#abandon();
  }

  #abandon(): void {
    this.#attempt++;
    this.#dialog = undefined;
  }
}
