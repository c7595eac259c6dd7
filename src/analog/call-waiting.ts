import { type Clock, Machine } from '../base/index.js';
import {
  type CallWaitingAction,
  type CallWaitingEvent,
  type CallWaitingState,
  type CallWaitingTimes,
  callWaitingTable,
} from './call-waiting-table.js';
import type { DataMessage } from './caller-id.js';
import { alertTones, offHookData, stepMs, type TransmissionStep } from './caller-id-transmission.js';
import type { AnalogCountry } from './country.js';
import type { LineSound } from './line-notice.js';
import { lineTimes } from './line-times.js';

export interface CallWaitingOutlet {
  readonly play: (sound: LineSound) => void;
  /** The call in progress is not heard meanwhile: speech would hide the acknowledgement and spoil the data. */
  readonly mute: (muted: boolean) => void;
  /** `shown` false: the telephone did not acknowledge; it has no screen, or another one on the line is off hook too. */
  readonly done: (shown: boolean) => void;
}

/** Shows who calls on a telephone that is in use. */
export class CallWaiting {
  readonly #country: AnalogCountry;
  readonly #machine: Machine<CallWaitingState, CallWaitingEvent, CallWaitingAction, CallWaitingTimes>;
  #data: TransmissionStep | undefined;

  constructor(clock: Clock, country: AnalogCountry, { play, mute, done }: CallWaitingOutlet) {
    this.#country = country;
    const context: CallWaitingTimes = {
      times: lineTimes,
      dataMs: () => (this.#data === undefined ? 0 : stepMs(this.#data)),
    };
    this.#machine = new Machine(callWaitingTable, {
      clock,
      context,
      actions: {
        mute: () => mute(true),
        unmute: () => mute(false),
        playAlert: () => {
          const durationMs = lineTimes.alertToneMs;
          play({ kind: 'step', step: { kind: 'tone', frequencies: alertTones, durationMs } });
        },
        playData: () => {
          if (this.#data?.kind === 'fsk') play({ kind: 'step', step: this.#data });
        },
        playNothing: () => play({ kind: 'nothing' }),
        tellShown: () => done(true),
        tellNotShown: () => done(false),
      },
    });
  }

  get state(): CallWaitingState {
    return this.#machine.state;
  }

  /** One at a time: a third caller is not shown while the second is being. */
  show(message: DataMessage): boolean {
    if (this.#machine.state !== 'resting') return false;
    this.#data = offHookData(message, this.#country);
    this.#machine.handle('begin');
    return true;
  }

  /** DTMF from the telephone; true where it was the acknowledgement and nobody else should see it. */
  digitHeard(digit: string): boolean {
    // GR-30-CORE: D by a telephone that stays off hook, A by one that is extended; EN 300 659-2: D.
    if (this.#machine.state === 'resting' || !/^[AD]$/.test(digit)) return false;
    this.#machine.handle('acknowledgement');
    return true;
  }

  /** The call ended, or the telephone hung up. */
  stop(): void {
    this.#machine.handle('stop');
  }
}
