import type { LineOrder, LineSignal, Signalling } from '../../src/tdm/index.js';
import type { SimulatedSound } from './sound.js';

/** What is plugged into a simulated channel: it gets what the card does to the line, and hears what is played on it. */
export interface LineEnd {
  readonly signalling: readonly Signalling[];
  order(order: LineOrder): void;
  hear(sound: SimulatedSound): void;
  /** A frame of the card's; only a D-channel's end takes any. */
  frame?(frame: Uint8Array): void;
  /** How the line stands, for a card that was just configured. */
  stands(): readonly LineSignal[];
  /** The card is gone: nobody is there to talk to, and no timer may be left. */
  unplugged(): void;
}

/** What an end does to its channel. */
export interface LineOutlet {
  signal(signal: LineSignal): void;
  sound(sound: SimulatedSound): void;
  frame(frame: Uint8Array): void;
}
