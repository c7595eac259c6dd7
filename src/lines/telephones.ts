import { cause } from '../base/index.js';
import type { Leg, LegContinuation, ResumedEnd } from '../call/index.js';
import type { Channel, LineHardware } from '../tdm/index.js';
import { isTalking } from './left-call.js';
import { LineTest } from './line-test.js';
import { ParkLot } from './park-lot.js';
import { Telephone } from './telephone.js';
import type { TelephoneHost } from './telephone-host.js';
import type { TelephoneSettings } from './telephone-settings.js';
import { withMessages } from './user-features.js';

export interface TelephonesOptions {
  readonly hardware: LineHardware;
  readonly telephones: readonly TelephoneSettings[];
  readonly host: Omit<TelephoneHost, 'parkAt' | 'retrieve'>;
  readonly parkPatienceMs: number;
  /** Until the next daily test of elevator lines, ms. */
  readonly untilTestMs: () => number;
}

/** One telephone, for people. */
export interface TelephoneStatus {
  readonly channel: string;
  readonly username: string;
  readonly use: TelephoneSettings['use'];
  /** Of its calls, or `absent` while its card is not there. */
  readonly state: string;
  readonly line: string;
  readonly calls: number;
  readonly messagesWait: boolean;
  readonly alarmed: boolean;
}

/** All telephones on lines of ours: each is there as long as its card is. */
export class Telephones {
  readonly #options: TelephonesOptions;
  readonly #host: TelephoneHost;
  readonly #live = new Map<string, Telephone>();
  readonly #test: LineTest;
  readonly #lot: ParkLot;
  /** What another process may have left on a channel, until its card is there. */
  readonly #expected = new Map<string, LegContinuation>();

  constructor(options: TelephonesOptions) {
    this.#options = options;
    const { clock, log, note } = options.host;
    const patienceMs = options.parkPatienceMs;
    this.#lot = new ParkLot({ clock, patienceMs, callBack: (username) => this.legsTo(username)[0] });
    this.#host = {
      ...options.host,
      parkAt: (slot, username) => this.#lot.park(slot, username),
      retrieve: (slot, leg) => this.#lot.retrieve(slot, leg),
    };
    const telephones = (): readonly Telephone[] => [...this.#live.values()];
    this.#test = new LineTest({ clock, log, note, telephones, untilNextMs: options.untilTestMs });
    options.hardware.on((event) => {
      if (event.kind === 'plugged') for (const channel of event.span.channels) this.#plugged(channel);
      else if (event.kind === 'unplugged') this.#unplugged(event.id);
    });
  }

  /** Whether the user has one, be its card there or not. */
  has(username: string): boolean {
    return this.#options.telephones.some((each) => each.username === username);
  }

  /** Legs to a user's telephones; each rings with its setup. */
  legsTo(username: string): readonly Leg[] {
    return this.#of(username).map((telephone) => telephone.call());
  }

  /** What a user set at a telephone here that concerns the user's other telephones, too. */
  wishesOf(username: string): {
    /** No telephone of the user's is to ring. */
    readonly turnsAway: boolean;
    readonly noAnswer?: { readonly number: string; readonly afterMs: number };
  } {
    const { forward, doNotDisturb, forwardNoAnswer } = this.#host.features.get(username);
    const [first] = this.#of(username);
    if (first === undefined) return { turnsAway: false };
    const noAnswer = forwardNoAnswer && { number: forwardNoAnswer, afterMs: first.settings.noAnswerMs };
    return { turnsAway: forward !== undefined || doNotDisturb === true, ...(noAnswer ? { noAnswer } : {}) };
  }

  /**
   * Messages wait for a user, or no more: kept on disk, and shown by each telephone that is there or comes. The last word counts, whoever
   * says it, the centre or a message desk: each speaks for the mailbox, and who keeps none never speaks. False: the user has no telephone.
   */
  showMessageWaiting(username: string, waiting: boolean): boolean {
    if (!this.has(username)) return false;
    const { features, log } = this.#options.host;
    const before = features.get(username);
    // What is said again, as each refresh at the centre does, lights nothing anew.
    if ((before.messagesWait === true) === waiting) return true;
    features.set(username, withMessages(before, waiting)).catch((error: unknown) => {
      log.error('messages that wait are not on disk', { username, error: String(error) });
    });
    for (const telephone of this.#of(username)) telephone.showMessageWaiting(waiting);
    return true;
  }

  /**
   * Legs that another process left, before their cards are there: a telephone whose user still talks goes on. Then {@link resumed} has
   * the legs, and {@link expectNoMore} ends what no call asked for.
   */
  expect(kept: readonly LegContinuation[]): void {
    for (const each of kept) if (isTalking(each)) this.#expected.set(each.channel ?? '', each);
  }

  /** Undefined: its user has hung up, or its telephone is not there. */
  resumed(kept: LegContinuation): ResumedEnd | undefined {
    const channel = kept.channel ?? '';
    const leg = this.#live.get(channel)?.resumed;
    if (leg === undefined || this.#expected.get(channel)?.id !== kept.id || !isTalking(kept)) return undefined;
    this.#expected.delete(channel);
    const described = leg.describe();
    return { leg, ...(described.ok ? { described: described.value } : {}) };
  }

  expectNoMore(): void {
    for (const channel of this.#expected.keys())
      this.#live.get(channel)?.resumed?.do({ kind: 'release', cause: cause.temporaryFailure });
    this.#expected.clear();
  }

  /** Nothing is done or timed any more. Answered calls are left as they are, for another process. */
  leave(): void {
    this.#test.stop();
    for (const telephone of this.#live.values()) telephone.leave();
  }

  get parked(): readonly string[] {
    return this.#lot.slots;
  }

  get status(): readonly TelephoneStatus[] {
    return this.#options.telephones.map(({ channel, username, use }) => {
      const live = this.#live.get(channel);
      const { state = 'absent', lineState: line = 'absent', callCount: calls = 0, alarmed = false } = live ?? {};
      const messagesWait = this.#host.features.get(username).messagesWait === true;
      return { channel, username, use, state, line, calls, messagesWait, alarmed };
    });
  }

  /** Every call over them ends. */
  stop(): void {
    this.#test.stop();
    for (const telephone of this.#live.values()) telephone.stop();
    this.#live.clear();
  }

  #of(username: string): readonly Telephone[] {
    return [...this.#live.values()].filter(({ settings }) => settings.username === username);
  }

  #plugged(channel: Channel): void {
    const settings = this.#options.telephones.find((each) => each.channel === channel.id);
    if (settings === undefined) return;
    this.#live.get(channel.id)?.stop();
    if (!channel.abilities.signalling.includes(settings.signalling)) {
      this.#host.note(channel.id, `${channel.id} is no jack for a telephone: it cannot be ${settings.signalling}`);
      return;
    }
    this.#live.set(channel.id, new Telephone(settings, channel, this.#host, this.#expected.get(channel.id)));
  }

  #unplugged(span: string): void {
    for (const [id, telephone] of this.#live) {
      if (id.slice(0, id.lastIndexOf(':')) !== span) continue;
      telephone.stop();
      this.#live.delete(id);
    }
  }
}
