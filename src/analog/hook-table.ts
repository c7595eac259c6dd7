import type { MachineTable } from '../base/index.js';

export type HookState =
  | 'onHook'
  /** The loop closed just now: a bounce or a call. */
  | 'closing'
  | 'offHook'
  /** The loop is open, nobody knows for what. */
  | 'open'
  /** Closed between the pulses of a digit. */
  | 'make'
  /** Open for a further pulse, or for good. */
  | 'break';

export type HookEvent =
  | 'opened'
  /** The loop is closed in a state in which the length of the opening does not matter. */
  | 'closed'
  /** Closed after an opening, by its length. */
  | 'closedBounce'
  | 'closedPulse'
  | 'closedFlash'
  /** Neither a pulse nor a flash, and too short for a hang-up. */
  | 'closedHit'
  | 'settled'
  | 'digitOver'
  | 'hungUp'
  /** In a call that talked in another process. */
  | 'goOn';

export type HookAction = 'tellOffHook' | 'tellOnHook' | 'tellFlash' | 'countPulse' | 'tellPulses' | 'dropPulses';

export interface HookTimes {
  readonly settleMs: number;
  readonly interDigitMs: number;
  /** May differ with what the line is in. */
  readonly hangUpMs: () => number;
}

const settle = { clause: 'GR-506-CORE §7 (from memory): a seizure is believed after contact bounce' };
const interDigit = { clause: 'TIA-464 §5.3.2 (from memory): a pause between pulses over 200 ms ends the digit' };
const hangUp = { clause: 'TIA-464 §5.4.5, ES 201 729: longer than the longest flash is a hang-up' };

const lengths = { closedBounce: 'never', closedPulse: 'never', closedFlash: 'never', closedHit: 'never' } as const;
const timers = { settled: 'never', digitOver: 'never', hungUp: 'never', goOn: 'never' } as const;

/** The loop of a telephone, raw, as what its user did: lifted, hung up, flashed, dialled. */
export const hookTable: MachineTable<HookState, HookEvent, HookAction, HookTimes> = {
  name: 'hook',
  initial: 'onHook',
  states: {
    onHook: { on: { ...lengths, ...timers, opened: 'ignore', closed: { go: 'closing' }, goOn: { go: 'offHook' } } },
    closing: {
      timers: { settled: { ...settle, ms: ({ settleMs }) => settleMs } },
      on: {
        ...lengths,
        ...timers,
        opened: { go: 'onHook' },
        closed: 'ignore',
        settled: { go: 'offHook', do: ['tellOffHook'] },
      },
    },
    offHook: { on: { ...lengths, ...timers, opened: { go: 'open' }, closed: 'ignore' } },
    open: {
      timers: { hungUp: { ...hangUp, ms: ({ hangUpMs }) => hangUpMs() } },
      on: {
        ...timers,
        opened: 'ignore',
        closed: 'never',
        closedBounce: { go: 'offHook' },
        closedPulse: { go: 'make', do: ['countPulse'] },
        closedFlash: { go: 'offHook', do: ['tellFlash'] },
        closedHit: { go: 'offHook' },
        hungUp: { go: 'onHook', do: ['tellOnHook'] },
      },
    },
    make: {
      timers: { digitOver: { ...interDigit, ms: ({ interDigitMs }) => interDigitMs } },
      on: {
        ...lengths,
        ...timers,
        opened: { go: 'break' },
        closed: 'ignore',
        digitOver: { go: 'offHook', do: ['tellPulses'] },
      },
    },
    break: {
      timers: { hungUp: { ...hangUp, ms: ({ hangUpMs }) => hangUpMs() } },
      on: {
        ...timers,
        opened: 'ignore',
        closed: 'never',
        closedBounce: { go: 'make' },
        closedPulse: { go: 'make', do: ['countPulse'] },
        closedFlash: { go: 'offHook', do: ['dropPulses', 'tellFlash'] },
        closedHit: { go: 'offHook', do: ['dropPulses'] },
        hungUp: { go: 'onHook', do: ['dropPulses', 'tellOnHook'] },
      },
    },
  },
};
