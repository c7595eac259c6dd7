import { decodeG711, encodeG711, idleBlock, isIdle, type Law } from './samples/g711.js';
import type { Voices } from './samples/melody.js';
import { SoundDetector } from './samples/sound-detector.js';
import { SoundMaker } from './samples/sound-maker.js';
import type { SimulatedChannel } from './simulated-channel.js';

/** The sound of one channel as codes of its law, both ways. */
export class ChannelSamples {
  readonly #channel: SimulatedChannel;
  readonly #maker: SoundMaker;
  readonly #detector: SoundDetector;

  constructor(channel: SimulatedChannel, voices: Voices) {
    this.#channel = channel;
    this.#maker = new SoundMaker(voices);
    const { signalling } = channel.end;
    this.#detector = new SoundDetector({
      voices,
      digits: signalling.includes('cama') ? 'mf' : 'dtmf',
      data: signalling.includes('fxs-loop') || signalling.includes('fxs-ground'),
      tell: (sound) => channel.play(sound),
    });
    this.#maker.take(channel.said);
    channel.onSound((sound) => this.#maker.take(sound));
  }

  /** What the line says in the next `count` samples. */
  said(count: number): Uint8Array {
    const samples = this.#channel.alarms.length > 0 ? undefined : this.#maker.next(count);
    return samples === undefined ? idleBlock(this.#law, count) : encodeG711(this.#law, samples);
  }

  /** What is played on the line. */
  heard(codes: Uint8Array): void {
    if (isIdle(this.#law, codes)) this.#detector.quiet(codes.length);
    else this.#detector.take(decodeG711(this.#law, codes));
  }

  /** Whoever played is gone. */
  hangUp(): void {
    // Longer than anything is believed to go on.
    this.#detector.quiet(8000);
  }

  get #law(): Law {
    return this.#channel.settings?.law ?? 'u';
  }
}
