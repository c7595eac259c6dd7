import { type Clock, cause, err, type Result } from '../base/index.js';
import type { LegQuality } from '../call/index.js';
import { type HeardSound, LinePort, type VoicePath } from '../lines/index.js';
import {
  idleTdmSettings,
  type LineEngine,
  type LineListening,
  type PlayedSound,
  type PortFault,
  type PortId,
  type Source,
  type TdmPlace,
} from '../media/index.js';

/** Decibels added to what comes from a line, and to what goes to it. */
export interface LineGains {
  readonly gainInDb: number;
  readonly gainOutDb: number;
}

export interface TrunkVoiceOptions {
  readonly engine: LineEngine;
  readonly clock: Clock;
  readonly law: 'u' | 'a';
  readonly listens: Partial<LineListening>;
  /** Decibels that the line's owner adds; asked when the port is opened. */
  readonly gains?: () => LineGains;
  /** The card leaves the echo to the media engine; asked when the port is opened. */
  readonly cancelsEcho: () => boolean;
  /** A fax or a modem was heard: the card is to leave echoes alone, until what is returned is called. */
  readonly passEcho: () => () => void;
  /** Asked when the port is opened. */
  readonly samples: () => TdmPlace | undefined;
  readonly heard: (sound: HeardSound) => void;
  /** Told of the port that is open, and what it hears. */
  readonly joined?: ((port: PortId, source: Source) => void) | undefined;
}

/** The sound of a call on a trunk, which may go to another channel as long as nobody has answered. */
export class TrunkVoice implements VoicePath {
  readonly #options: TrunkVoiceOptions;
  #port: LinePort | undefined;
  #source: Source = { kind: 'nothing' };
  #listens: Partial<LineListening>;
  #closed = false;
  #claimed = false;
  #joined: TrunkVoiceOptions['joined'];
  /** Set as long as the card leaves echoes alone. */
  #cancelEchoAgain: (() => void) | undefined;

  constructor(options: TrunkVoiceOptions) {
    this.#options = options;
    this.#listens = options.listens;
    this.#joined = options.joined;
  }

  get law(): 'u' | 'a' {
    return this.#options.law;
  }

  open(): Result<PortId, PortFault> {
    if (this.#closed) {
      return err({ kind: 'unknownNetwork', cause: cause.resourceUnavailable, why: 'the call is over' });
    }
    this.#port ??= this.#make();
    const opened = this.#port.open();
    if (opened.ok) this.#joined?.(opened.value, this.#source);
    return opened;
  }

  /** Goes on with the port of another process. False: it is gone. */
  claim(id: PortId): boolean {
    const port = this.#make();
    if (!port.claim(id)) return false;
    this.#port = port;
    this.#listens = port.listens;
    this.#claimed = true;
    return true;
  }

  hear(source: Source): void {
    this.#source = source;
    this.#port?.hear(source);
    // On any call there may be a fax, also after people have talked: from its tones on the engine leaves the sound as it is.
    const fax = source.kind === 'port';
    if (this.#listens.fax !== fax) this.listen({ fax });
    const port = this.#port?.id;
    if (port !== undefined) this.#joined?.(port, source);
  }

  /** Who is told of the port and what it hears. */
  joins(joined: TrunkVoiceOptions['joined']): void {
    this.#joined = joined;
  }

  listen(listens: Partial<LineListening>): void {
    this.#listens = { ...this.#listens, ...listens };
    this.#port?.listen(listens);
  }

  /** `done`: when they are out. */
  play(sounds: readonly PlayedSound[], done?: () => void): void {
    this.#port?.play(sounds, done);
  }

  digit(digit: string, durationMs: number): void {
    this.#port?.digit(digit, durationMs);
  }

  /** The next channel has its own port. */
  move(): void {
    this.#endPassage();
    this.#port?.close();
    this.#port = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#endPassage();
    this.#port?.close();
  }

  #heard(sound: HeardSound): void {
    if (sound.kind === 'fax') this.#cancelEchoAgain ??= this.#options.passEcho();
    this.#options.heard(sound);
  }

  #endPassage(): void {
    // Whether a fax had the channel in the process before, nobody knows: its echo is cancelled again in any case.
    if (this.#claimed) this.#cancelEchoAgain ??= this.#options.passEcho();
    this.#claimed = false;
    this.#cancelEchoAgain?.();
    this.#cancelEchoAgain = undefined;
  }

  quality(): Promise<LegQuality | undefined> {
    return this.#port?.quality() ?? Promise.resolve(undefined);
  }

  #make(): LinePort {
    const { engine, clock, law, samples, cancelsEcho, gains = () => ({}) } = this.#options;
    const listens = { ...idleTdmSettings.listens, ...this.#listens };
    const port = new LinePort({
      engine,
      clock,
      place: samples,
      settings: { ...idleTdmSettings, ...gains(), echoCanceller: cancelsEcho(), law, listens },
      hear: (sound) => this.#heard(sound),
    });
    port.hear(this.#source);
    return port;
  }
}
