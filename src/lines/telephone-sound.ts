import type { LineSound } from '../analog/index.js';
import type { Clock, Result } from '../base/index.js';
import type { LegQuality } from '../call/index.js';
import type {
  CountryTones,
  LineEngine,
  PlayedSound,
  PortFault,
  PortId,
  Source,
  TdmPlace,
  TdmSettings,
  Tone,
} from '../media/index.js';
import { isSilenced, LinePort } from './line-port.js';
import { soundsOf, toneOfSound } from './line-sounds.js';

export interface TelephoneSoundOptions {
  readonly engine: LineEngine;
  readonly clock: Clock;
  readonly place: () => TdmPlace | undefined;
  readonly settings: Omit<TdmSettings, 'hears'>;
  readonly tones: CountryTones;
  /** The port was opened, for a call or a caller's data. */
  readonly opened: () => void;
  /** DTMF from the telephone. */
  readonly pressed: (digit: string, durationMs: number) => void;
  readonly fault: (why: string) => void;
}

const nothing: Source = { kind: 'nothing' };

/** What a telephone hears: a call, or a tone before and over it. Its port is open as long as there is anything to hear. */
export class TelephoneSound {
  readonly #options: TelephoneSoundOptions;
  #port: LinePort | undefined;
  #tone: Tone | undefined;
  #voice: Source = nothing;
  #muted = false;
  /** Sounds that have an end are not out yet. */
  #plays = false;

  constructor(options: TelephoneSoundOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#port !== undefined;
  }

  open(): Result<PortId, PortFault> {
    if (this.#port !== undefined) return this.#port.open();
    const port = this.#make();
    this.#port = port;
    port.hear(this.#hears);
    const open = port.open();
    if (open.ok) this.#options.opened();
    else this.#port = undefined;
    return open;
  }

  /** Goes on with the port of another process. False: it is gone. */
  claim(id: PortId): boolean {
    const port = this.#make();
    if (!port.claim(id)) return false;
    this.#port = port;
    return true;
  }

  #make(): LinePort {
    const { engine, clock, place, settings, pressed, fault } = this.#options;
    const port = new LinePort({
      engine,
      clock,
      place,
      settings,
      hear: (event) => {
        if (this.#port !== port) return;
        if (event.kind === 'digit') pressed(event.digit, event.durationMs);
        else if (isSilenced(event)) fault(event.why);
      },
    });
    return port;
  }

  /** What the line's own machine wants to be heard. `failure`: what it calls reorder, by why the last call ended. */
  line(sound: LineSound, failure: Tone): void {
    const tone = toneOfSound(sound, this.#options.tones, failure);
    if (tone !== undefined) {
      this.tone(tone === 'nothing' ? undefined : tone);
    } else if (sound.kind === 'step') this.play(soundsOf(sound.step));
  }

  /** Heard in place of the call; undefined: the call again. */
  tone(tone: Tone | undefined): void {
    this.#tone = tone;
    if (tone !== undefined) this.open();
    this.#refresh();
  }

  voice(source: Source): void {
    this.#voice = source;
    this.#refresh();
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    this.#refresh();
  }

  play(sounds: readonly PlayedSound[]): void {
    if (!this.open().ok) return;
    this.#plays = true;
    this.#port?.play(sounds, () => {
      this.#plays = false;
    });
  }

  /** Whatever has an end is not waited for. The line's own timers do not end it: the engine begins a little later than they do. */
  cut(): void {
    if (this.#plays) this.#port?.play([]);
    this.#plays = false;
  }

  digit(digit: string, durationMs: number): void {
    this.#port?.digit(digit, durationMs);
  }

  /** Nobody listens any more. */
  close(): void {
    this.#tone = undefined;
    this.#voice = nothing;
    this.#muted = false;
    this.#plays = false;
    this.#port?.close();
    this.#port = undefined;
  }

  /** Of the port that is open, or was last. */
  quality(): Promise<LegQuality | undefined> {
    return this.#port?.quality() ?? Promise.resolve(undefined);
  }

  get #hears(): Source {
    if (this.#muted) return nothing;
    return this.#tone === undefined ? this.#voice : { kind: 'tone', tone: this.#tone };
  }

  #refresh(): void {
    this.#port?.hear(this.#hears);
  }
}
