import { type Clock, cause, err, ok, type Result, type Timer } from '../base/index.js';
import type { LegQuality } from '../call/index.js';
import {
  closedWithinMs,
  type LineEngine,
  type LineListening,
  type PlayedSound,
  type PortFault,
  type PortId,
  type PortStatistics,
  type Source,
  type TdmPlace,
  type TdmPort,
  type TdmPortEvent,
  type TdmSettings,
} from '../media/index.js';
import type { VoicePath } from './voice-path.js';

/** What the engine says of a line's sound, but for what is asked for here (`played`, figures). */
export type HeardSound = Exclude<TdmPortEvent, { readonly kind: 'played' | 'closed' | 'statistics' }>;

/** The engine cannot carry the sound of the line: nothing is heard on it any more. */
export function isSilenced(sound: HeardSound): sound is Extract<HeardSound, { readonly kind: 'lineLost' | 'failed' }> {
  return sound.kind === 'lineLost' || (sound.kind === 'failed' && !sound.opened);
}

export interface LinePortOptions {
  readonly engine: LineEngine;
  readonly clock: Clock;
  /** Asked when the port is opened: which channel a call has may be known late. Undefined: it has no samples. */
  readonly place: () => TdmPlace | undefined;
  readonly settings: Omit<TdmSettings, 'hears'>;
  /** While the port is open. */
  readonly hear?: (event: HeardSound) => void;
}

/** The port of one time slot: opened when it is first needed, closed once. After {@link LinePort.close} it may be opened again by `reopen`. */
export class LinePort implements VoicePath {
  readonly #options: LinePortOptions;
  #port: TdmPort | undefined;
  #closed = false;
  #hears: Source = { kind: 'nothing' };
  /** As another process wanted it: what its gains and its echo are. */
  #claimed: TdmSettings | undefined;
  #listens: LineListening;
  #playing: { readonly play: number; readonly done: () => void } | undefined;
  #askers: ((statistics: PortStatistics | undefined) => void)[] = [];
  #last: PortStatistics | undefined;

  constructor(options: LinePortOptions) {
    this.#options = options;
    this.#listens = options.settings.listens;
  }

  get law(): 'u' | 'a' {
    return this.#options.settings.law;
  }

  /** Undefined until it is open. */
  get id(): PortId | undefined {
    return this.#port?.id;
  }

  get listens(): LineListening {
    return this.#listens;
  }

  open(): Result<PortId, PortFault> {
    if (this.#port !== undefined) return ok(this.#port.id);
    const place = this.#options.place();
    if (place === undefined || this.#closed) {
      const why = this.#closed ? 'the line is not used any more' : 'the line has no samples';
      return err({ kind: 'unknownNetwork', cause: cause.resourceUnavailable, why });
    }
    const port = this.#options.engine.openTdm(place);
    this.#claimed = undefined;
    this.#port = port;
    port.on((event) => this.#heard(port, event));
    port.configure(this.#settings());
    return ok(port.id);
  }

  /** Goes on with the port that another process had open, as it is. False: it is gone. */
  claim(id: PortId): boolean {
    const port = this.#options.engine.claimTdm(id);
    if (port === undefined) return false;
    this.#port = port;
    this.#claimed = port.settings;
    this.#hears = port.settings.hears;
    this.#listens = port.settings.listens;
    port.on((event) => this.#heard(port, event));
    return true;
  }

  hear(source: Source): void {
    // What sounds already goes on without a break.
    const goesOn = source.kind === 'port' && this.#hears.kind === 'port' && source.port === this.#hears.port;
    this.#hears = source;
    if (!goesOn) this.#port?.hear(source);
  }

  /** What the engine looks for in the sound of the line, from now on. */
  listen(listens: Partial<LineListening>): void {
    this.#listens = { ...this.#listens, ...listens };
    this.#port?.configure(this.#settings());
  }

  /** Made once in place of what is heard; `done` when they are out, unless other sounds take their place. */
  play(sounds: readonly PlayedSound[], done: () => void = () => undefined): void {
    const play = this.#port?.play(sounds);
    this.#playing = play === undefined || sounds.length === 0 ? undefined : { play, done };
  }

  digit(digit: string, durationMs: number): void {
    this.#port?.digit(digit, durationMs);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#playing = undefined;
    this.#port?.close();
  }

  /** Of the whole life of the port, also while it is open. */
  async quality(): Promise<LegQuality | undefined> {
    const statistics = this.#last ?? (await this.#figures());
    if (statistics === undefined) return undefined;
    const { received, lost, jitterMs, mos, path } = statistics;
    const loss = lost <= 0 ? 0 : lost / (received + lost);
    const codec = this.law === 'u' ? 'PCMU' : 'PCMA';
    return { codec, security: 'plain', path, received, loss, jitterMs, mos };
  }

  #settings(): TdmSettings {
    return { ...(this.#claimed ?? this.#options.settings), listens: this.#listens, hears: this.#hears };
  }

  /** An engine that is gone answers nobody. */
  #figures(): Promise<PortStatistics | undefined> {
    const port = this.#port;
    if (port === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer: Timer = this.#options.clock.after(closedWithinMs, () => settle(undefined));
      const settle = (statistics: PortStatistics | undefined): void => {
        timer.cancel();
        this.#askers = this.#askers.filter((each) => each !== settle);
        resolve(statistics);
      };
      this.#askers.push(settle);
      if (!this.#closed) port.askStatistics();
    });
  }

  #heard(port: TdmPort, event: TdmPortEvent): void {
    switch (event.kind) {
      case 'closed':
        this.#last = event.statistics;
        for (const settle of [...this.#askers]) settle(event.statistics);
        if (this.#port === port) this.#port = undefined;
        break;
      case 'statistics':
        for (const settle of [...this.#askers]) settle(event.statistics);
        break;
      case 'played':
        if (this.#playing?.play !== event.play) break;
        this.#finishPlaying();
        break;
      default:
        if (!this.#closed) this.#options.hear?.(event);
    }
  }

  #finishPlaying(): void {
    const playing = this.#playing;
    this.#playing = undefined;
    playing?.done();
  }
}
