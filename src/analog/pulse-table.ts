import type { MachineTable } from '../base/index.js';

export type PulseState = 'resting' | 'break' | 'make' | 'interDigit';
export type PulseEvent = 'dial' | 'stop' | 'breakOver' | 'makeOver' | 'lastMake' | 'interDigitOver' | 'allOut';
export type PulseAction = 'open' | 'close' | 'countPulse' | 'nextDigit' | 'tellSent';

export interface PulseTimes {
  readonly breakMs: number;
  readonly makeMs: number;
  readonly interDigitMs: number;
}

const idle = {
  dial: 'never',
  stop: { go: 'resting' },
  breakOver: 'never',
  makeOver: 'never',
  lastMake: 'never',
  interDigitOver: 'never',
  allOut: 'never',
} as const;

/** Dial pulses by our own timing, for cards that have none. */
export const pulseTable: MachineTable<PulseState, PulseEvent, PulseAction, PulseTimes> = {
  name: 'pulse dialling',
  initial: 'resting',
  states: {
    resting: { on: { ...idle, dial: { go: 'break', do: ['open'] }, stop: 'ignore' } },
    break: {
      timers: { breakOver: { clause: 'TIA-968 §5, ETSI ETS 300 001 §5: break', ms: ({ breakMs }) => breakMs } },
      on: { ...idle, stop: { go: 'resting', do: ['close'] }, breakOver: { go: 'make', do: ['close', 'countPulse'] } },
    },
    make: {
      timers: { makeOver: { clause: 'TIA-968 §5, ETSI ETS 300 001 §5: make', ms: ({ makeMs }) => makeMs } },
      // `lastMake` is raised with the last pulse of a digit, in the moment of its make.
      on: { ...idle, makeOver: { go: 'break', do: ['open'] }, lastMake: { go: 'interDigit' } },
    },
    interDigit: {
      timers: {
        interDigitOver: { clause: 'TIA-968 §5: 600 ms to 3 s; ETS 300 001 §5', ms: ({ interDigitMs }) => interDigitMs },
      },
      on: {
        ...idle,
        interDigitOver: { go: 'interDigit', do: ['nextDigit'] },
        dial: { go: 'break', do: ['open'] },
        allOut: { go: 'resting', do: ['tellSent'] },
      },
    },
  },
};
