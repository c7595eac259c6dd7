import type { Clock, Timer } from '../../src/base/index.js';
import type {
  Alarm,
  Channel,
  ChannelAbilities,
  ChannelSettings,
  LineEvent,
  LineOrder,
  LineSignal,
  TdmPlace,
} from '../../src/tdm/index.js';
import { AlarmKeeper } from './alarm-keeper.js';
import type { LineEnd, LineOutlet } from './line-end.js';
import { type SimulatedSound, silence } from './sound.js';

/** From the line to the card's owner: an interrupt and a system call. */
const cardDelayMs = 1;

/** Q.921 §5.9.4: no frame is longer; shorter ones have no address and control. */
const [shortestFrame, longestFrame] = [3, 300];

/** What a card does to a line when it is configured; each line takes what concerns it. */
const atRest: readonly LineOrder[] = [
  { kind: 'stopRing' },
  { kind: 'hook', offHook: false },
  { kind: 'ringGround', on: false },
  { kind: 'tipGround', on: false },
  { kind: 'polarity', reversed: false },
  { kind: 'battery', on: true },
];

export interface SimulatedChannelOptions {
  readonly clock: Clock;
  readonly id: string;
  readonly number: number;
  readonly abilities: Omit<ChannelAbilities, 'signalling'>;
  /** What is at the other end of the wire. */
  readonly end: (outlet: LineOutlet) => LineEnd;
  /** Of the span: they are this channel's, too. */
  readonly spanAlarms: () => readonly Alarm[];
  /** Where its sound is as samples; absent: sound is events, by {@link SimulatedChannel.play} and `onSound`. */
  readonly samples?: TdmPlace | undefined;
  /** After anything that can be seen of it. */
  readonly changed?: (() => void) | undefined;
}

/** A jack or a time slot of a simulated card, with the sound on it as events. */
export class SimulatedChannel implements Channel {
  readonly id: string;
  readonly number: number;
  readonly abilities: ChannelAbilities;
  readonly samples: TdmPlace | undefined;
  readonly end: LineEnd;
  readonly #options: SimulatedChannelOptions;
  readonly #alarms = new AlarmKeeper();
  readonly #timers = new Set<Timer>();
  #settings: ChannelSettings | undefined;
  #listener: ((event: LineEvent) => void) | undefined;
  #soundListener: ((sound: SimulatedSound) => void) | undefined;
  #said: SimulatedSound = silence;
  #gone = false;
  /** The card stops answering: orders are lost, and nothing is told. */
  deaf = false;
  /** The card says off hook for ever, whatever the telephone does. */
  stuckHook = false;

  constructor(options: SimulatedChannelOptions) {
    this.#options = options;
    this.id = options.id;
    this.number = options.number;
    this.samples = options.samples;
    this.end = options.end({
      signal: (signal) => this.#signal(signal),
      sound: (sound) => this.#sound(sound),
      frame: (frame) => this.#frame(frame),
    });
    this.abilities = { ...options.abilities, signalling: this.end.signalling };
  }

  get alarms(): readonly Alarm[] {
    return [...this.#options.spanAlarms(), ...this.#alarms.alarms];
  }

  get settings(): ChannelSettings | undefined {
    return this.#settings;
  }

  configure(settings: ChannelSettings): void {
    if (this.#gone || this.deaf) return;
    if (!this.abilities.signalling.includes(settings.signalling)) {
      this.#tell({ kind: 'fault', order: 'configure', why: `this line is ${this.abilities.signalling.join(' or ')}` });
      return;
    }
    this.#settings = settings;
    for (const order of atRest) this.end.order(order);
    if (this.alarms.length > 0) this.tellAlarms();
    for (const signal of this.end.stands()) this.#signal(signal);
  }

  order(order: LineOrder): void {
    if (this.#gone || this.deaf) return;
    const why = this.#refusal(order);
    if (why === undefined) this.end.order(order);
    else this.#tell({ kind: 'fault', order: order.kind, why });
    this.#options.changed?.();
  }

  send(frame: Uint8Array): void {
    if (this.#gone || this.deaf) return;
    const { end } = this;
    const fault = (why: string) => this.#tell({ kind: 'fault', order: 'frame', why });
    if (end.frame === undefined || this.#settings?.signalling !== 'dChannel') fault('this line carries no frames');
    else if (frame.length < shortestFrame || frame.length > longestFrame) fault(`${frame.length} octets are no frame`);
    else if (this.#carries) end.frame(frame);
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }

  /** In the media engine's place: what is played on the line. */
  play(sound: SimulatedSound): void {
    if (this.#gone || this.deaf) return;
    if (this.#carries || sound.kind === 'silence') this.end.hear(sound);
    this.#options.changed?.();
  }

  /** What goes on on the line now: whoever begins to listen hears it. */
  get said(): SimulatedSound {
    return this.#said;
  }

  /** In the media engine's place: what is heard on the line. */
  onSound(listener: (sound: SimulatedSound) => void): void {
    this.#soundListener = listener;
  }

  /** An alarm of this line alone, such as a cut wire. */
  alarm(alarm: Alarm, stands: boolean): void {
    if (this.#alarms.set(alarm, stands)) this.tellAlarms();
  }

  tellAlarms(): void {
    this.#tell({ kind: 'alarms', alarms: this.alarms });
    this.#options.changed?.();
  }

  unplug(): void {
    this.#gone = true;
    this.end.unplugged();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#listener?.({ kind: 'unplugged' });
  }

  /** An alarm of the span takes sound and frames with it; signals that the line made itself still come. */
  get #carries(): boolean {
    return this.#options.spanAlarms().length === 0;
  }

  #refusal(order: LineOrder): string | undefined {
    const { abilities } = this;
    if (this.#settings === undefined) return 'the channel is not configured';
    if (order.kind === 'neon' && !abilities.neon) return 'the card has no voltage for a neon lamp';
    if (order.kind === 'polarity' && !abilities.polarity) return 'the card cannot reverse the line';
    if (order.kind === 'pulses' && !abilities.pulses) return 'the card does not dial pulses';
    if (order.kind === 'echoCanceller' && order.tailMs > abilities.echoTailMs) return 'the echo path is too long';
    return undefined;
  }

  #signal(signal: LineSignal): void {
    if (this.stuckHook && signal.kind === 'onHook') return;
    if (this.#settings !== undefined) this.#tell({ kind: 'signal', signal });
    this.#options.changed?.();
  }

  #frame(frame: Uint8Array): void {
    if (this.#settings?.signalling !== 'dChannel' || !this.#carries) return;
    this.#later(() => this.#listener?.({ kind: 'frame', frame }));
  }

  #sound(sound: SimulatedSound): void {
    // What is heard once leaves what goes on as it is.
    if (sound.kind === 'tone' || sound.kind === 'voice' || sound.kind === 'silence') this.#said = sound;
    this.#later(() => this.#soundListener?.(sound));
    this.#options.changed?.();
  }

  #tell(event: LineEvent): void {
    this.#later(() => this.#listener?.(event));
  }

  #later(fire: () => void): void {
    if (this.#gone || this.deaf) return;
    const timer = this.#options.clock.after(cardDelayMs, () => {
      this.#timers.delete(timer);
      if (!this.deaf) fire();
    });
    this.#timers.add(timer);
  }
}
