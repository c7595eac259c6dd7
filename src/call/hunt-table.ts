import type { MachineTable } from '../base/index.js';

export type HuntState = 'ready' | 'opening' | 'trying' | 'heard' | 'won' | 'lost' | 'stopped';
export type HuntEvent =
  /** The next step is to be opened. */
  | 'open'
  /** A sign of life from a leg of the step. */
  | 'heard'
  | 'silence'
  | 'noAnswer'
  | 'answered'
  /** The step is over, and the next one may be tried. */
  | 'failed'
  /** The step is over, and its word is final. */
  | 'refused'
  /** No step is left. */
  | 'exhausted'
  | 'stop';
export type HuntAction =
  | 'openStep'
  | 'closeStep'
  | 'noteSilence'
  | 'noteNoAnswer'
  | 'nextStep'
  | 'keepWinner'
  | 'reportLost'
  | 'stopAll';

/** What the timers of the current step are. */
export interface HuntTiming {
  readonly giveUpMs: number;
  readonly ringMs: number;
}

/** After the end events may still stand in the queue that were raised before it: they are without effect. */
const over = {
  open: 'ignore',
  heard: 'ignore',
  silence: 'ignore',
  noAnswer: 'ignore',
  answered: 'ignore',
  failed: 'ignore',
  refused: 'ignore',
  exhausted: 'ignore',
  stop: 'ignore',
} as const;

const open = {
  open: 'never',
  noAnswer: { go: 'opening', do: ['noteNoAnswer', 'closeStep', 'nextStep'] },
  answered: { go: 'won', do: ['keepWinner', 'closeStep'] },
  failed: { go: 'opening', do: ['closeStep', 'nextStep'] },
  refused: { go: 'lost', do: ['closeStep', 'reportLost'] },
  exhausted: 'never',
  stop: { go: 'stopped', do: ['stopAll'] },
} as const;

const noAnswerTimer = { clause: 'RFC 3261 §16.6 timer C', ms: (timing: HuntTiming) => timing.ringMs };

/** One hunt: steps in order until somebody answers or somebody's word is final. */
export const huntTable: MachineTable<HuntState, HuntEvent, HuntAction, HuntTiming> = {
  name: 'hunt',
  initial: 'ready',
  states: {
    ready: { on: { ...over, open: { go: 'opening', do: ['nextStep'] }, stop: { go: 'stopped', do: ['stopAll'] } } },
    opening: {
      on: {
        ...over,
        open: { go: 'trying', do: ['openStep'] },
        exhausted: { go: 'lost', do: ['reportLost'] },
        stop: { go: 'stopped', do: ['stopAll'] },
      },
    },
    trying: {
      timers: {
        silence: { clause: 'behaviour: per call, no response at all', ms: (timing) => timing.giveUpMs },
        noAnswer: noAnswerTimer,
      },
      on: {
        ...open,
        heard: { go: 'heard' },
        silence: { go: 'opening', do: ['noteSilence', 'closeStep', 'nextStep'] },
      },
    },
    heard: { timers: { noAnswer: noAnswerTimer }, on: { ...open, heard: 'ignore', silence: 'never' } },
    won: { on: over },
    lost: { on: over },
    stopped: { on: over },
  },
};
