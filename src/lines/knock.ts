import { type AnalogCountry, CallWaiting, type DataMessage } from '../analog/index.js';
import type { Clock, Timer } from '../base/index.js';
import type { CountryTones } from '../media/index.js';
import { burstOf, soundsOf } from './line-sounds.js';
import { telephoneTimes } from './telephone-settings.js';
import type { TelephoneSound } from './telephone-sound.js';

/** A call that waits: its tone, who calls on the telephone's screen, and the tone again until somebody reacts. */
export class Knock {
  readonly #clock: Clock;
  readonly #sound: TelephoneSound;
  readonly #tones: CountryTones;
  readonly #screen: CallWaiting;
  #again: Timer | undefined;

  constructor(clock: Clock, country: AnalogCountry, sound: TelephoneSound, tones: CountryTones) {
    this.#clock = clock;
    this.#sound = sound;
    this.#tones = tones;
    this.#screen = new CallWaiting(clock, country, {
      play: (what) => {
        if (what.kind === 'step') sound.play(soundsOf(what.step));
      },
      mute: (muted) => sound.mute(muted),
      done: () => undefined,
    });
  }

  begin(message: DataMessage | undefined): void {
    const burst = burstOf(this.#tones.callWaiting);
    this.#sound.play(burst);
    const lasting = burst.reduce(
      (sum, { kind, ...each }) => sum + ('durationMs' in each && kind === 'tone' ? each.durationMs : 0),
      0,
    );
    // GR-575 (from memory): the data follows the tone at once.
    this.#after(message === undefined ? telephoneTimes.knockMs : lasting, () => {
      if (message !== undefined) this.#screen.show(message);
      this.#after(telephoneTimes.knockMs, () => this.begin(undefined));
    });
  }

  /** True where the digit was the telephone's own acknowledgement. */
  digitHeard(digit: string): boolean {
    return this.#screen.digitHeard(digit);
  }

  stop(): void {
    this.#again?.cancel();
    this.#again = undefined;
    this.#screen.stop();
    this.#sound.cut();
  }

  #after(ms: number, fire: () => void): void {
    this.#again?.cancel();
    this.#again = this.#clock.after(ms, fire);
  }
}
