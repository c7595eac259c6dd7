import { type LineNotice, type TrunkSettings as LineTrunkSettings, lineTimes, TrunkLine } from '../analog/index.js';
import { type Clock, hexToken, type Log, type Random } from '../base/index.js';
import type { CallSetup, Party } from '../call/index.js';
import type { HeardSound } from '../lines/index.js';
import type { CountryTones } from '../media/index.js';
import type { LeftLine } from '../tdm/index.js';
import { AnalogCall } from './analog-call.js';
import { hops, type PlacedAs } from './isdn-setup.js';
import type { LineBook } from './line-book.js';
import { claimLine } from './line-claim.js';
import { digitSounds } from './line-sounds.js';
import type { GoesOn, MemberArrival, MemberCall, TrunkMember } from './member-call.js';
import { apply, type NumberRules, plainDigits } from './number-rules.js';
import { TrunkChannel } from './trunk-channel.js';
import { TrunkVoice, type TrunkVoiceOptions } from './trunk-voice.js';

export interface TieMemberOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly book: LineBook;
  /** The channel's id. */
  readonly id: string;
  readonly line: LineTrunkSettings;
  readonly tones: CountryTones;
  readonly numbers: NumberRules;
  /** Whether a number needs no further digit; trunks with MF say it themselves. */
  readonly isComplete: (number: string) => boolean;
  readonly voice: Pick<TrunkVoiceOptions, 'engine' | 'clock' | 'law'>;
  readonly arrived: (arrival: MemberArrival) => void;
  readonly changed: () => void;
}

/** ANI II (NANPA): identified line, no special treatment. */
const ordinaryLine = '00';
/** An E&M trunk, or one of the emergency services (CAMA), in a trunk group. */
export class TieMember implements TrunkMember {
  readonly channel: TrunkChannel;
  readonly expect: (take: GoesOn | undefined) => void;
  readonly #options: TieMemberOptions;
  readonly #line: TrunkLine;
  #call: AnalogCall | undefined;
  #voice: TrunkVoice | undefined;
  #digits = '';
  /** The far end is to hear that it was refused. */
  #reorder = false;

  constructor(options: TieMemberOptions) {
    this.#options = options;
    const { clock, log, book, id, line, changed } = options;
    this.channel = new TrunkChannel(id, { clock, log, changed: () => changed() });
    this.#line = new TrunkLine(line, {
      clock,
      log,
      order: (order) => book.channel(id)?.order(order),
      tell: (notice) => this.#told(notice),
    });
    this.expect = claimLine({
      book,
      log,
      settings: { signalling: line.signalling, law: options.voice.law },
      channel: this.channel,
      line: this.#line,
      signal: (signal) => this.#line.signal(signal),
      goesOn: (left, take) => this.#goesOn(left, take),
    });
  }

  place({ callingNumber = '' }: PlacedAs, voice: TrunkVoice): MemberCall {
    this.channel.seize();
    this.#voice = voice;
    const { numbers } = this.#options;
    const call = this.#makeCall('new', (setup) => {
      voice.listen({ digits: true });
      voice.open();
      const calling = plainDigits(numbers.calling, callingNumber);
      return this.#line.setup(plainDigits(numbers.called, setup.dialled), calling, ordinaryLine);
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
    this.channel.stop();
  }

  /** Whoever hung up meanwhile was on hook for long enough. */
  #goesOn({ farOffHook, farOnHookMs }: LeftLine, take: GoesOn): boolean {
    const hungUpMs = { ...lineTimes, ...this.#options.line.times }.trunkDisconnectMs;
    if (farOnHookMs >= hungUpMs) return false;
    return take((voice) => {
      this.#voice = voice;
      const call = this.#makeCall('talking', () => this.#line.setup(''));
      this.#call = call;
      this.channel.goOn();
      this.#line.goOn();
      if (!farOffHook) this.#line.signal({ kind: 'onHook' });
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
        begin,
        listen: (sound) => this.#heard(sound),
        unused: () => this.#idle(),
      },
      beginning,
    );
  }

  get #speaksMf(): boolean {
    const { signalling, digits } = this.#options.line;
    return digits === 'mf' || signalling === 'em-fgd' || signalling === 'cama';
  }

  #told(notice: LineNotice): void {
    switch (notice.kind) {
      case 'seized':
        this.#seized();
        break;
      case 'digit':
        this.#digit(notice.digit);
        break;
      case 'dialled':
        this.#offer(notice.number, notice.calling);
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
      case 'blocked':
        this.channel.outByThem(true);
        this.channel.free();
        break;
      case 'idle':
        this.channel.outByThem(false);
        this.#idle();
        break;
      default:
        break;
    }
  }

  #seized(): void {
    // A call of ours gave way: the channel is theirs already.
    if (this.channel.takes('them')) this.channel.seize();
    else if (this.channel.state !== 'inUse') {
      this.#line.release();
      return;
    }
    this.#digits = '';
    this.#voice?.close();
    this.#voice = this.#makeVoice();
    this.#voice.listen({ mf: this.#speaksMf, digits: !this.#speaksMf });
    this.#voice.open();
  }

  #makeVoice(): TrunkVoice {
    const { voice, book, id } = this.#options;
    return new TrunkVoice({
      ...voice,
      listens: {},
      cancelsEcho: () => book.leavesEcho(id),
      passEcho: () => book.passEcho(id),
      samples: () => book.channel(id)?.samples,
      heard: (sound) => (this.#call === undefined ? this.#heard(sound) : this.#call.heard(sound)),
    });
  }

  #digit(digit: string): void {
    if (this.#call !== undefined || this.#speaksMf) return;
    this.#digits += digit;
    if (this.#options.isComplete(this.#digits)) this.#line.complete();
  }

  #offer(number: string, calling: string | undefined): void {
    const voice = this.#voice;
    if (voice === undefined) return;
    const { random, numbers } = this.#options;
    voice.listen({ mf: false, digits: true });
    const call = this.#makeCall('early', () => this.#line.setup(''));
    this.#call = call;
    const from: Party = { number: calling === undefined ? '' : apply(numbers.callingHere, calling) };
    const setup: Omit<CallSetup, 'offer'> = {
      from,
      ...(from.number === '' ? {} : { asserted: from }),
      dialled: apply(numbers.calledHere, number),
      sessionId: hexToken(random, 16),
      hopsLeft: hops,
      privacy: [],
      carried: [],
    };
    this.#options.arrived({ member: this, call, voice, setup });
  }

  #play(sound: Extract<LineNotice, { readonly kind: 'play' }>['sound']): void {
    if (sound.kind === 'dtmf' || sound.kind === 'mf') {
      this.#voice?.play(digitSounds(sound), () => this.#line.digitsSent());
    } else if (sound.kind === 'reorder') {
      this.#reorder = true;
      if (this.#call === undefined) this.#playReorder();
    } else if (sound.kind === 'nothing') {
      this.#reorder = false;
      if (this.#call === undefined) this.#closeVoice();
      else this.#voice?.play([]);
    }
  }

  #playReorder(): void {
    this.#voice ??= this.#makeVoice();
    this.#voice.open();
    this.#voice.hear({ kind: 'tone', tone: this.#options.tones.congestion });
  }

  #heard(sound: HeardSound): void {
    if (sound.kind === 'digit' && !this.#speaksMf) this.#line.digitHeard(sound.digit);
    else if (sound.kind === 'mf') this.#line.digitHeard(sound.signal);
  }

  #released(why: number): void {
    const call = this.#call;
    this.#call = undefined;
    if (call === undefined) {
      if (!this.#reorder) this.#closeVoice();
      return;
    }
    this.#voice = undefined;
    call.released(why);
    // The leg's sound ended with its call; who is still on the trunk hears why.
    if (this.#reorder) this.#playReorder();
  }

  #idle(): void {
    this.#call = undefined;
    this.#reorder = false;
    this.#closeVoice();
    this.channel.free();
    this.#options.changed();
  }

  #closeVoice(): void {
    this.#voice?.close();
    this.#voice = undefined;
  }
}
