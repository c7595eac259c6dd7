import {
  type AnalogCountry,
  type CallerId,
  isAbsent,
  type LineNotice,
  lineTimes,
  OfficeLine,
  type OfficeSettings,
  ProgressListener,
} from '../analog/index.js';
import { type Clock, hexToken, type Log, type Random, type Timer } from '../base/index.js';
import type { CallSetup, Party } from '../call/index.js';
import type { HeardSound } from '../lines/index.js';
import type { CountryTones } from '../media/index.js';
import type { LeftLine, LineSignal } from '../tdm/index.js';
import { AnalogCall } from './analog-call.js';
import { hops, type PlacedAs } from './isdn-setup.js';
import type { LineBook } from './line-book.js';
import { claimLine } from './line-claim.js';
import { digitSounds, listenedFor, longestPauseMs, tonePatterns } from './line-sounds.js';
import type { GoesOn, MemberArrival, MemberCall, TrunkMember } from './member-call.js';
import { apply, type NumberRules, plainDigits } from './number-rules.js';
import { TrunkChannel } from './trunk-channel.js';
import { type LineGains, TrunkVoice, type TrunkVoiceOptions } from './trunk-voice.js';

export interface OfficeMemberOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly book: LineBook;
  /** The channel's id. */
  readonly id: string;
  readonly line: Omit<OfficeSettings, 'cardPulses' | 'cardCurrent'>;
  readonly country: AnalogCountry;
  readonly tones: CountryTones;
  readonly numbers: NumberRules;
  /** What its callers have called: a number, or an extension here. */
  readonly called: string;
  readonly waitsForCallerId: boolean;
  readonly gains: LineGains;
  readonly voice: Pick<TrunkVoiceOptions, 'engine' | 'clock' | 'law'>;
  readonly arrived: (arrival: MemberArrival) => void;
  readonly changed: () => void;
}

/** Caller ID comes in the silence after the first ring (GR-30-CORE §2.3): the second ring ends the wait, or this. */
const callerIdMs = 6000;
/** 300 ms of silence and the shortest data there is take longer (GR-30-CORE §2.3). */
const shortSilenceMs = 900;
/** A reversal, or a ring, after which nothing came. */
const listeningMs = 10_000;

/** An exchange's line in a trunk (FXO). */
export class OfficeMember implements TrunkMember {
  readonly channel: TrunkChannel;
  readonly expect: (take: GoesOn | undefined) => void;
  readonly #options: OfficeMemberOptions;
  readonly #line: OfficeLine;
  readonly #tones: ProgressListener;
  #call: AnalogCall | undefined;
  #voice: TrunkVoice | undefined;
  #callerId: CallerId | undefined;
  /** It rings, and who calls may still be told. */
  #waiting: Timer | undefined;
  #listening: Timer | undefined;
  #rungBack = false;
  /** When it last stopped ringing. */
  #silentFrom = Number.NEGATIVE_INFINITY;
  #speech: Timer | undefined;

  constructor(options: OfficeMemberOptions) {
    this.#options = options;
    const { clock, log, book, id, line, tones, changed } = options;
    this.channel = new TrunkChannel(id, { clock, log, changed: () => changed() });
    this.#line = new OfficeLine(
      {
        ...line,
        get cardPulses() {
          return book.channel(id)?.abilities.pulses ?? false;
        },
        get cardCurrent() {
          return book.channel(id)?.abilities.current ?? true;
        },
      },
      { clock, log, order: (order) => book.channel(id)?.order(order), tell: (notice) => this.#told(notice) },
    );
    this.#tones = new ProgressListener(clock, tonePatterns(tones), (tone) => this.#line.toneHeard(tone));
    this.expect = claimLine({
      book,
      log,
      settings: { signalling: line.signalling, law: options.voice.law },
      channel: this.channel,
      line: this.#line,
      signal: (signal) => this.#signal(signal),
      goesOn: (left, take) => this.#goesOn(left, take),
    });
  }

  place({ emergency }: PlacedAs, voice: TrunkVoice): MemberCall {
    this.channel.seize();
    this.#voice = voice;
    this.#tones.restart();
    this.#rungBack = false;
    const call = this.#makeCall('new', (setup) => {
      voice.listen({ tones: listenedFor(tonePatterns(this.#options.tones)), digits: true });
      voice.open();
      return this.#line.setup(plainDigits(this.#options.numbers.called, setup.dialled), emergency);
    });
    this.#call = call;
    return call;
  }

  /** After a call, and while somebody begins one, a line takes none of ours. */
  get hindrance(): string | undefined {
    return this.channel.idle && !this.#line.idle ? 'the line is not at rest' : undefined;
  }

  stop(): void {
    this.#line.stop();
    this.#tones.stop();
    for (const timer of [this.#waiting, this.#listening, this.#speech]) timer?.cancel();
    this.channel.stop();
  }

  /** Whoever hung up meanwhile opened the loop, or reversed it. */
  #goesOn({ farOffHook, farOnHookMs, reversals }: LeftLine, take: GoesOn): boolean {
    const { signalling, disconnectByPolarity, times } = this.#options.line;
    const hungUpMs = signalling === 'fxo-loop' ? Infinity : { ...lineTimes, ...times }.officeDisconnectMs;
    if (farOnHookMs >= hungUpMs || (disconnectByPolarity && reversals > 0)) return false;
    return take((voice) => {
      this.#voice = voice;
      this.#tones.restart();
      const call = this.#makeCall('talking', () => this.#line.setup(''));
      this.#call = call;
      this.channel.goOn();
      this.#line.goOn();
      if (!farOffHook) this.#line.signal({ kind: 'current', flows: false });
      return call;
    });
  }

  #makeCall(
    beginning: ConstructorParameters<typeof AnalogCall>[1],
    begin: ConstructorParameters<typeof AnalogCall>[0]['begin'],
  ): AnalogCall {
    const { book, id } = this.#options;
    return new AnalogCall(
      {
        line: this.#line,
        samples: () => book.channel(id)?.samples,
        gains: this.#options.gains,
        begin,
        listen: (sound) => this.#heard(sound),
        unused: () => this.#idle(),
      },
      beginning,
    );
  }

  #signal(signal: LineSignal): void {
    const announces = signal.kind === 'ringOn' || signal.kind === 'polarity';
    if (announces && this.#line.idle && this.#call === undefined) this.#listen();
    const { clock } = this.#options;
    // The time for caller ID is over when it rings again, after a silence that had room for it: distinctive rings have short ones.
    if (signal.kind === 'ringOff') this.#silentFrom = clock.now();
    const silent = signal.kind === 'ringOn' && clock.now() - this.#silentFrom >= shortSilenceMs;
    if (silent && this.#waiting !== undefined) this.#offer();
    this.#line.signal(signal);
  }

  /** Caller ID may come from now on, also ahead of the first ring. */
  #listen(): void {
    const { clock, voice, country, book, id } = this.#options;
    if (this.#voice !== undefined || this.channel.state === 'outByUs') return;
    const fsk = country.callerId.kind === 'dtmf' ? 'off' : country.callerId.kind === 'bell202' ? 'bell202' : 'v23';
    this.#voice = new TrunkVoice({
      ...voice,
      listens: { digits: true, fsk },
      gains: () => this.#options.gains,
      cancelsEcho: () => book.leavesEcho(id),
      passEcho: () => book.passEcho(id),
      samples: () => book.channel(id)?.samples,
      heard: (sound) => (this.#call === undefined ? this.#heard(sound) : this.#call.heard(sound)),
    });
    this.#voice.open();
    this.#listening?.cancel();
    this.#listening = clock.after(listeningMs, () => {
      if (this.#line.idle && this.#call === undefined) this.#closeVoice();
    });
  }

  #told(notice: LineNotice): void {
    switch (notice.kind) {
      case 'callerId':
        this.#callerId = notice.callerId;
        if (this.#waiting !== undefined) this.#offer();
        break;
      case 'offered':
        this.#rings();
        break;
      case 'play':
        this.#play(notice.sound);
        break;
      case 'proceeding':
        this.#call?.proceeding();
        break;
      case 'answered':
        this.#call?.answered();
        break;
      case 'released':
        this.#released(notice.cause);
        break;
      case 'idle':
        this.#idle();
        break;
      default:
        break;
    }
  }

  #play(sound: Extract<LineNotice, { readonly kind: 'play' }>['sound']): void {
    if (sound.kind === 'dtmf' || sound.kind === 'mf') {
      this.#voice?.play(digitSounds(sound), () => this.#line.digitsSent());
    }
  }

  #rings(): void {
    const { clock, country, waitsForCallerId } = this.#options;
    if (!this.channel.takes('them')) {
      this.#line.release();
      return;
    }
    this.channel.seize();
    const { kind } = country.callerId;
    const comesAfterRing = kind === 'bell202' || kind === 'v23AfterRing';
    if (this.#callerId !== undefined || !waitsForCallerId || !comesAfterRing) this.#offer();
    else this.#waiting = clock.after(callerIdMs, () => this.#offer());
  }

  #offer(): void {
    this.#waiting?.cancel();
    this.#waiting = undefined;
    const { random, called, numbers } = this.#options;
    this.#listen();
    const voice = this.#voice;
    if (voice === undefined) return;
    voice.listen({ fsk: 'off', tones: listenedFor(tonePatterns(this.#options.tones)) });
    this.#tones.restart();
    const call = this.#makeCall('early', () => this.#line.setup(''));
    this.#call = call;
    const { from, hidden } = partyOf(this.#callerId, numbers);
    const setup: Omit<CallSetup, 'offer'> = {
      from: hidden ? { number: 'anonymous', displayName: 'Anonymous' } : from,
      ...(from.number === '' ? {} : { asserted: from }),
      dialled: called,
      sessionId: hexToken(random, 16),
      hopsLeft: hops,
      privacy: hidden ? ['id'] : [],
      carried: [],
    };
    this.#options.arrived({ member: this, call, voice, setup });
  }

  #heard(sound: HeardSound): void {
    switch (sound.kind) {
      case 'digit':
        this.#line.digitHeard(sound.digit);
        break;
      case 'fsk':
        for (const bit of sound.bits) this.#line.bitHeard(Number(bit));
        break;
      case 'tone':
        this.#toneHeard(sound.frequencies);
        break;
      default:
        break;
    }
  }

  /** A tone after the digits that does not come again within the longest pause of ring-back was ended by who answered. */
  #toneHeard(frequencies: readonly number[]): void {
    this.#tones.hear({ frequencies });
    if (frequencies.length > 0) {
      this.#speech?.cancel();
      this.#speech = undefined;
      // An exchange that knows the number by its length rings before our last digit has ended.
      this.#rungBack = this.#line.state === 'proceeding' || this.#line.state === 'dialling';
      return;
    }
    if (!this.#rungBack || this.#speech !== undefined) return;
    const { clock, tones } = this.#options;
    this.#speech = clock.after(longestPauseMs(tones.ringback) * 1.25, () => this.#line.toneHeard('voice'));
  }

  #released(why: number): void {
    this.#waiting?.cancel();
    this.#waiting = undefined;
    this.#speech?.cancel();
    this.#tones.stop();
    const call = this.#call;
    this.#call = undefined;
    call?.released(why);
    if (call === undefined) this.#closeVoice();
    this.#voice = undefined;
    this.#callerId = undefined;
  }

  #idle(): void {
    this.#call = undefined;
    this.channel.free();
    this.#options.changed();
  }

  #closeVoice(): void {
    this.#voice?.close();
    this.#voice = undefined;
    this.#callerId = undefined;
  }
}

function partyOf(
  callerId: CallerId | undefined,
  numbers: NumberRules,
): { readonly from: Party; readonly hidden: boolean } {
  const { number, name } = callerId ?? {};
  const digits = number === undefined || isAbsent(number) ? '' : apply(numbers.callingHere, number);
  const shown = name === undefined || isAbsent(name) || name === '' ? {} : { displayName: name };
  const hidden = number !== undefined && isAbsent(number) && number.absent === 'private';
  return { from: { number: digits, ...shown }, hidden };
}
