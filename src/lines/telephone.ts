import { type DataMessage, type LineNotice, type LineSound, StationLine } from '../analog/index.js';
import { type Cause, cause, Machine } from '../base/index.js';
import type { CallSetup, Leg, LegContinuation } from '../call/index.js';
import type { Channel, LineEvent } from '../tdm/index.js';
import { callShown, distinctiveOf } from './caller-shown.js';
import { toneOfCause } from './cause-tone.js';
import { DialledCalls } from './dialled-calls.js';
import { FlashCode } from './flash-code.js';
import { Knock } from './knock.js';
import { isLeftTalking } from './left-call.js';
import { RecallDigits } from './recall-digits.js';
import { StationCall, type StationCallOwner } from './station-call.js';
import type { TdmLeg } from './tdm-leg.js';
import { TelephoneCalls } from './telephone-calls.js';
import type { TelephoneHost } from './telephone-host.js';
import { channelSettings, lampOf, portSettings, type TelephoneSettings, telephoneTimes } from './telephone-settings.js';
import { TelephoneSound } from './telephone-sound.js';
import {
  type TelephoneAction,
  type TelephoneEvent,
  type TelephoneState,
  type TelephoneTimes,
  telephoneTable,
} from './telephone-table.js';
import { verbOfFlash, verbsOfDigits } from './telephone-verbs.js';
import type { UserFeatures } from './user-features.js';

/** A telephone on a line of ours: what its user does by hook and digits becomes calls, and calls become ringing and tones. */
export class Telephone {
  readonly settings: TelephoneSettings;
  /** The leg of the call that another process left on the line. */
  readonly resumed: TdmLeg | undefined;
  readonly #host: TelephoneHost;
  readonly #channel: Channel;
  readonly #line: StationLine;
  readonly #sound: TelephoneSound;
  readonly #knock: Knock;
  readonly #recall: RecallDigits;
  readonly #flashCode: FlashCode;
  readonly #dialling: DialledCalls;
  readonly #owner: StationCallOwner;
  readonly #machine: Machine<TelephoneState, TelephoneEvent, TelephoneAction, TelephoneTimes>;
  readonly #calls: TelephoneCalls;
  #digits = '';
  #failure: Cause = cause.normalClearing;
  #ringDue = false;
  #releasing = false;
  #inSound = false;
  #alarmed = false;

  /** `kept`: the leg of a call that another process may have left on the line; {@link resumed} says whether it goes on. */
  constructor(settings: TelephoneSettings, channel: Channel, host: TelephoneHost, kept?: LegContinuation) {
    this.settings = settings;
    this.#host = host;
    this.#channel = channel;
    const { clock, engine, tones, log } = host;
    const { signalling, country, law, reverseOnAnswer, hotline, lamp, firstDigitMs, interDigitMs } = settings;
    const cardCancels = channel.abilities.echoTailMs > 0;
    this.#sound = new TelephoneSound({
      engine,
      clock,
      tones,
      place: () => channel.samples,
      settings: portSettings(settings, cardCancels),
      opened: () => this.#openedSound(cardCancels),
      pressed: (digit) => this.#pressed(digit),
      fault: (why) => this.#note(`has no sound: ${why}`),
    });
    this.#calls = new TelephoneCalls(host.random, this.#sound);
    this.#knock = new Knock(clock, country, this.#sound, tones);
    this.#recall = new RecallDigits(
      clock,
      interDigitMs,
      (number) => this.#dialling.dialled(number),
      (digits) => this.#dialling.stateOf(digits),
    );
    this.#flashCode = new FlashCode({
      clock,
      codes: settings.codes,
      asked: (verb) => this.#machine.handle(verb),
      passed: (digit, inSound) => this.#calls.active?.digitPressed(digit, telephoneTimes.pressedMs, inSound),
    });
    this.#line = new StationLine(
      {
        signalling,
        country,
        hook: channel.abilities.hook,
        reverseOnAnswer: reverseOnAnswer && channel.abilities.polarity,
        ...(hotline === undefined ? {} : { warmLine: hotline }),
        lamp: lampOf(lamp, channel.abilities),
        times: { firstDigitMs, interDigitMs },
      },
      { clock, log, order: (order) => channel.order(order), tell: (notice) => this.#told(notice) },
    );
    this.#owner = {
      clock,
      law,
      channel: channel.id,
      openPort: () => this.#sound.open(),
      digit: (digit, durationMs) => this.#sound.digit(digit, durationMs),
      heard: (call) => this.#heard(call),
      arrives: (call, setup) => this.#arrives(call, setup),
      answered: (call) => {
        if (call === this.#calls.active) this.#machine.handle('answered');
      },
      closed: (call) => void this.#calls.all.delete(call),
      gone: (call, why) => this.#gone(call, why),
      quality: () => this.#sound.quality(),
    };
    this.#dialling = new DialledCalls({
      settings,
      host,
      owner: this.#owner,
      calls: this.#calls,
      sound: this.#sound,
      state: () => this.state,
      handle: (event) => this.#machine.handle(event),
      note: (text) => this.#note(text),
    });
    const answerMs = (): number => (this.#dialling.goesOn ? settings.answerMs : Number.POSITIVE_INFINITY);
    const context: TelephoneTimes = { times: { ...telephoneTimes, diallingMs: firstDigitMs }, answerMs };
    this.#machine = new Machine(telephoneTable, {
      clock,
      log,
      context,
      actions: this.#actions(),
      onState: (state) => this.#entered(state),
    });
    channel.on((event) => this.#lineSays(event));
    this.resumed = kept && this.#goOn(kept);
    if (this.resumed === undefined) channel.configure(channelSettings(settings));
    // A lamp that was lit before a restart, or before the card went, is lit again.
    if (this.#features.messagesWait === true) this.#line.showMessageWaiting(true);
  }

  get state(): TelephoneState {
    return this.#machine.state;
  }

  /** Of the line, for people. */
  get lineState(): string {
    return this.#line.state;
  }

  /** How many calls are there, those that leave it included. */
  get callCount(): number {
    return this.#calls.all.size;
  }

  /** Nothing is under way, and the line could ring. */
  get idle(): boolean {
    return this.state === 'resting' && this.#line.idle && this.#calls.all.size === 0;
  }

  get alarmed(): boolean {
    return this.#alarmed;
  }

  /** A leg of a call to this telephone; its setup rings it. */
  call(): Leg {
    return this.#dialling.leg(new StationCall(this.#owner, 'arrived'));
  }

  /** Stutter dial tone, and its lamp. */
  showMessageWaiting(waiting: boolean): void {
    this.#line.showMessageWaiting(waiting);
  }

  /** Why the line would not work; `busy`: it is in use. Undefined: its card answers, nothing alarms, and sound can be had. */
  test(): string | undefined {
    if (this.#alarmed) return `alarms: ${this.#channel.alarms.join(', ')}`;
    if (!this.idle) return 'busy';
    const opened = this.#sound.open();
    this.#rest();
    return opened.ok ? undefined : opened.error.why;
  }

  /** Nothing is done or timed any more. Answered calls are left as they are, for another process. */
  leave(): void {
    this.#line.stop();
    this.#knock.stop();
    this.#recall.stop();
    this.#flashCode.stop();
    this.#machine.stop();
  }

  /** The card is gone, or the branch is: every call ends. */
  stop(): void {
    this.#machine.handle('lost');
    for (const call of [...this.#calls.all]) call.end(cause.destinationOutOfOrder);
    this.leave();
    this.#sound.close();
  }

  /** Undefined: the user hung up meanwhile, or its sound is gone. */
  #goOn(kept: LegContinuation): TdmLeg | undefined {
    const channel = this.#channel;
    const { left } = channel;
    const talks = left !== undefined && isLeftTalking(left, channel, this.settings);
    if (!talks || !this.#sound.claim(kept.port ?? '')) return undefined;
    const call = StationCall.resumed(this.#owner, kept);
    this.#calls.active = call;
    this.#line.goOn();
    this.#machine.handle('goOn');
    const leg = this.#dialling.leg(call, kept);
    channel.goOn?.();
    if (!left.farOffHook) this.#line.signal({ kind: 'onHook' });
    return leg;
  }

  // ---- the card and its line

  #lineSays(event: LineEvent): void {
    if (event.kind === 'signal') this.#line.signal(event.signal);
    else if (event.kind === 'fault') this.#note(`its card says: ${event.why}`);
    else if (event.kind === 'alarms') {
      const alarmed = event.alarms.some((alarm) => alarm !== 'yellow');
      if (alarmed === this.#alarmed) return;
      this.#alarmed = alarmed;
      this.#note(alarmed ? `is out of order: ${event.alarms.join(', ')}` : 'is in order again');
      if (!alarmed) this.#line.restored();
      else {
        this.#line.lost();
        this.#machine.handle('lost');
      }
    }
  }

  #told(notice: LineNotice): void {
    switch (notice.kind) {
      case 'seized':
      case 'flash':
        this.#sound.cut();
        if (notice.kind === 'seized') this.#machine.handle('seized');
        else this.#flash();
        break;
      case 'digit':
        this.#digit(notice.digit);
        break;
      case 'dialled':
        if (this.state === 'dialling') this.#dialling.dialled(notice.number);
        break;
      case 'answered':
        this.#sound.cut();
        this.#machine.handle('picked');
        break;
      case 'play':
        this.#play(notice.sound);
        if (notice.sound.kind === 'nothing' && this.#line.idle) this.#restSoon();
        break;
      case 'released':
        if (this.#releasing) break;
        this.#machine.handle(notice.cause === cause.destinationOutOfOrder ? 'lost' : 'hungUp');
        break;
      case 'idle':
        this.#lineIdle();
        break;
      default:
        break;
    }
  }

  #play(sound: LineSound): void {
    if (sound.kind === 'dialTone') this.#digits = '';
    // Whoever forwarded calls is reminded by the tone (GR-217, from memory).
    const stutters = sound.kind === 'dialTone' && this.#features.forward !== undefined;
    this.#sound.line(stutters ? { ...sound, stutter: true } : sound, toneOfCause(this.#failure, this.#host.tones));
  }

  #lineIdle(): void {
    this.#failure = cause.normalClearing;
    this.#dialling.callWaitingOff = false;
    if (this.#ringDue) this.#startRing();
    else this.#rest();
  }

  /** The engine is a little behind the line's own timers, and a lamp's data is to end as it should. */
  #restSoon(): void {
    this.#host.clock.after(telephoneTimes.tailMs, () => {
      if (this.#line.idle) this.#rest();
    });
  }

  #rest(): void {
    if (this.state === 'resting' || this.state === 'reminding') this.#sound.close();
  }

  #pressed(digit: string): void {
    if (this.#knock.digitHeard(digit)) return;
    this.#inSound = true;
    this.#line.digitHeard(digit);
    this.#inSound = false;
  }

  /** A digit, by tone or dial, as the line passes it. */
  #digit(digit: string): void {
    const { state } = this;
    if (state === 'dialling') {
      this.#digits += digit;
      if (this.#dialling.stateOf(this.#digits) === 'complete') this.#line.complete();
    } else if (state === 'recall') {
      this.#sound.tone(undefined);
      this.#recall.press(digit);
    } else if (state === 'choosing' || state === 'choosingWaiting') {
      const verb = verbsOfDigits[digit];
      if (verb !== undefined) this.#machine.handle(verb);
    } else if (!this.#flashCode.press(digit, this.#inSound))
      this.#calls.active?.digitPressed(digit, telephoneTimes.pressedMs, this.#inSound);
  }

  #flash(): void {
    const { flash, use } = this.settings;
    if (flash === 'none' || use === 'fax' || use === 'elevator' || this.#calls.active?.emergency === true) return;
    const before = this.state;
    this.#machine.handle(verbOfFlash(flash, before, this.#calls.ownSecond && this.#calls.held?.isAnswered === true));
    // A code may say otherwise.
    if (before !== 'consulting' && hasTwoCalls(this.state)) this.#flashCode.begin();
  }

  get #features(): UserFeatures {
    return this.#host.features.get(this.settings.username);
  }

  // ---- calls

  #arrives(call: StationCall, setup: CallSetup): void {
    if (call.kind === 'fetched') {
      call.accept();
      this.#heard(call);
      this.#machine.handle('answered');
      return;
    }
    const { doNotDisturb, forward, forwardBusy, forwardNoAnswer } = this.#features;
    if (this.#alarmed) this.#turnAway(call, cause.destinationOutOfOrder);
    else if (forward !== undefined) this.#turnAway(call, cause.normalUnspecified, forward);
    else if (doNotDisturb === true) this.#turnAway(call, cause.userBusy);
    else if (!this.#takes(call)) this.#turnAway(call, cause.userBusy, forwardBusy);
    else {
      this.#dialling.lastCaller = setup.privacy.includes('id') || call.number === '' ? undefined : call.number;
      this.#machine.handle('arrives');
      const { noAnswerMs: afterMs } = this.settings;
      const then = (): void => this.#notAnswered(call, forwardNoAnswer);
      call.alerting(forwardNoAnswer === undefined ? undefined : { afterMs, then });
    }
  }

  #takes(call: StationCall): boolean {
    const { callWaiting, use } = this.settings;
    if (this.#calls.active?.emergency === true) return false;
    if (this.state === 'resting' && (this.#line.idle || this.#line.state === 'guard')) {
      this.#calls.active = call;
      return true;
    }
    if (
      this.state !== 'talking' ||
      !callWaiting ||
      this.#dialling.callWaitingOff ||
      use === 'fax' ||
      use === 'elevator'
    )
      return false;
    this.#calls.waiting = call;
    return true;
  }

  #turnAway(call: StationCall, why: Cause, to?: string): void {
    this.#calls.all.delete(call);
    call.end(why, to);
  }

  #notAnswered(call: StationCall, to: string | undefined): void {
    call.end(cause.noAnswer, to);
    this.#gone(call, cause.noAnswer);
  }

  #gone(call: StationCall, why: Cause): void {
    this.#calls.all.delete(call);
    if (call === this.#calls.active) {
      this.#failure = call.isAnswered && why !== cause.preemption ? cause.normalClearing : why;
      const next = this.state === 'calling' && this.#dialling.goesOn;
      this.#machine.handle(next ? 'answerOver' : 'activeGone');
    } else if (call === this.#calls.held || call === this.#calls.waiting) this.#machine.handle('otherGone');
  }

  #heard(call: StationCall): void {
    if (call === this.#calls.active && this.state !== 'joined') this.#sound.voice(call.source);
  }

  // ---- the table's actions

  #actions(): { readonly [action in TelephoneAction]: () => void } {
    const calls = this.#calls;
    return {
      ...calls.actions,
      ring: () => this.#ringWhenIdle(),
      ringWhenIdle: () => {
        calls.waitingRings();
        this.#ringWhenIdle();
      },
      remind: () => this.#ringWhenIdle(),
      stopRing: () => {
        this.#ringDue = false;
        this.#releaseLine();
      },
      beginDialling: () => {
        this.#digits = '';
        this.#failure = cause.normalClearing;
        this.#sound.open();
      },
      place: () => this.#takeNext(),
      serve: () => this.#takeNext(),
      placeNext: () => this.#dialling.placeNext(),
      accept: () => {
        this.#ringDue = false;
        this.#line.connect();
        calls.active?.accept();
        calls.hear();
      },
      tellAnswer: () => {
        this.#line.answer();
        calls.hear();
      },
      dropActive: () => {
        this.#ringDue = false;
        calls.dropActive();
      },
      dropOther: () => {
        this.#ringDue = false;
        calls.dropOther();
      },
      retrieve: () => {
        this.#ringDue = false;
        this.#recall.stop();
        this.#line.connect();
        calls.retrieve();
      },
      playRecall: () => {
        this.#recall.begin();
        this.#sound.tone(this.#host.tones.recallDial);
      },
      playFailure: () => this.#sound.tone(toneOfCause(this.#failure, this.#host.tones)),
      playBusy: () => this.#sound.tone(this.#host.tones.congestion),
      offerWaiting: () => this.#knock.begin(this.#shown(calls.waiting)),
      stopOffering: () => this.#knock.stop(),
      endLine: () => this.#releaseLine(),
    };
  }

  #takeNext(): void {
    this.#recall.stop();
    this.#sound.tone(undefined);
    this.#dialling.carryOut();
  }

  #ringWhenIdle(): void {
    this.#ringDue = true;
    if (this.#line.idle) this.#startRing();
  }

  #startRing(): void {
    this.#ringDue = false;
    const call = this.#calls.active ?? this.#calls.held;
    const shown = this.#shown(call);
    // Opened with the first ring, the port runs smoothly by the time the data is due.
    if (shown !== undefined) this.#sound.open();
    this.#line.setup(shown, distinctiveOf(this.settings, call?.setup, this.#host.extensionOf));
  }

  #shown(call: StationCall | undefined): DataMessage | undefined {
    return callShown(this.settings, call?.setup, this.#host);
  }

  #releaseLine(): void {
    this.#releasing = true;
    this.#line.release();
    this.#releasing = false;
  }

  #openedSound(cardCancels: boolean): void {
    const { use, echoTailMs } = this.settings;
    if (cardCancels) this.#channel.order({ kind: 'echoCanceller', tailMs: use === 'fax' ? 0 : echoTailMs });
  }

  #entered(state: TelephoneState): void {
    if (state === 'resting') this.#sound.voice({ kind: 'nothing' });
    if (state !== 'recall') this.#recall.stop();
    if (!hasTwoCalls(state)) this.#flashCode.stop();
  }

  #note(text: string): void {
    const { channel, username, use } = this.settings;
    this.#host.note(channel, `The ${use} of ${username} (${channel}) ${text}`);
  }
}

/** Calls with two far ends that could be swapped or joined, without a digit that is waited for. */
function hasTwoCalls(state: TelephoneState): boolean {
  return state === 'both' || state === 'joined';
}
