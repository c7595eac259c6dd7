import type { MachineTable } from '../base/index.js';

/** `mending`: the link is whole again, and the centre has not answered yet. */
export type TargetState =
  | 'unknown'
  | 'up'
  | 'suspect'
  | 'silent'
  | 'refusing'
  | 'failing'
  | 'unresolved'
  | 'cut'
  | 'mending';

/**
 * `answered`: an answer that shows a serving centre. `faltered`: a 408 or 5xx. `failed`: enough of them in a row.
 * `heard`: any other packet of the centre. `missed`: a probe's time is over and nothing was heard since it was sent.
 * `dead`, `nameless`: enough misses, for want of an answer or of an address. `cut`, `mended`: the link.
 * `nudge`: probe now. `callSilent`: a call got no answer at all.
 */
export type TargetEvent =
  | 'probeDue'
  | 'retryDue'
  | 'silenceDue'
  | 'verdictDue'
  | 'answered'
  | 'faltered'
  | 'failed'
  | 'heard'
  | 'missed'
  | 'dead'
  | 'nameless'
  | 'refused'
  | 'cut'
  | 'mended'
  | 'nudge'
  | 'callSilent';

export type TargetAction = 'probe' | 'judge';

/** What the timers need to know; durations in ms. */
export interface TargetTimes {
  /** The jittered interval, drawn anew each time. */
  nextIntervalMs(): number;
  retryMs(): number;
  /** Until the silence is long enough. */
  silenceLeftMs(): number;
  /** Until the latest verdict. */
  verdictLeftMs(): number;
}

const ordinary = {
  probeDue: {
    clause: 'behaviour: probe every 2 s ± 20 %',
    ms: (times: TargetTimes) => times.nextIntervalMs(),
    repeats: true,
  },
} as const;

const doubting = {
  retryDue: {
    clause: 'behaviour: after a miss, retries every 0.3 s',
    ms: (times: TargetTimes) => times.retryMs(),
    repeats: true,
  },
  silenceDue: { clause: 'behaviour: ≥ 1.5 s of silence', ms: (times: TargetTimes) => times.silenceLeftMs() },
  verdictDue: {
    clause: 'behaviour: ≤ 2.5 s from the first missed probe',
    ms: (times: TargetTimes) => times.verdictLeftMs(),
  },
} as const;

/** One target of the centre. Only probes bring a target up, except where silence was the whole complaint. */
export const targetTable: MachineTable<TargetState, TargetEvent, TargetAction, TargetTimes> = {
  name: 'target',
  initial: 'unknown',
  states: {
    unknown: {
      timers: ordinary,
      on: {
        probeDue: { go: 'unknown', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: { go: 'up' },
        faltered: 'ignore',
        failed: { go: 'failing' },
        heard: 'ignore',
        missed: { go: 'suspect', do: ['probe'] },
        dead: 'never',
        nameless: 'never',
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'unknown', do: ['probe'] },
        nudge: { go: 'unknown', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    up: {
      timers: ordinary,
      on: {
        probeDue: { go: 'up', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: 'ignore',
        faltered: 'ignore',
        failed: { go: 'failing' },
        heard: 'ignore',
        missed: { go: 'suspect', do: ['probe'] },
        dead: 'never',
        nameless: 'never',
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'up', do: ['probe'] },
        nudge: { go: 'up', do: ['probe'] },
        callSilent: { go: 'suspect', do: ['probe'] },
      },
    },
    suspect: {
      timers: doubting,
      on: {
        probeDue: 'never',
        retryDue: { go: 'suspect', do: ['probe'] },
        silenceDue: { go: 'suspect', do: ['judge'] },
        verdictDue: { go: 'suspect', do: ['judge'] },
        answered: { go: 'up' },
        faltered: { go: 'up' },
        failed: { go: 'failing' },
        heard: { go: 'up' },
        missed: { go: 'suspect', do: ['judge'] },
        dead: { go: 'silent' },
        nameless: { go: 'unresolved' },
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'suspect', do: ['probe'] },
        nudge: { go: 'suspect', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    silent: {
      timers: ordinary,
      on: {
        probeDue: { go: 'silent', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: { go: 'up' },
        faltered: { go: 'failing' },
        failed: { go: 'failing' },
        heard: { go: 'up' },
        missed: { go: 'silent', do: ['judge'] },
        dead: 'ignore',
        nameless: { go: 'unresolved' },
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'silent', do: ['probe'] },
        nudge: { go: 'silent', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    refusing: {
      timers: ordinary,
      on: {
        probeDue: { go: 'refusing', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: { go: 'up' },
        faltered: { go: 'failing' },
        failed: { go: 'failing' },
        heard: 'ignore',
        missed: { go: 'refusing', do: ['judge'] },
        dead: { go: 'silent' },
        nameless: { go: 'unresolved' },
        refused: 'ignore',
        cut: { go: 'cut' },
        mended: { go: 'refusing', do: ['probe'] },
        nudge: { go: 'refusing', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    failing: {
      timers: ordinary,
      on: {
        probeDue: { go: 'failing', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: { go: 'up' },
        faltered: 'ignore',
        failed: 'ignore',
        heard: 'ignore',
        missed: { go: 'failing', do: ['judge'] },
        dead: { go: 'silent' },
        nameless: { go: 'unresolved' },
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'failing', do: ['probe'] },
        nudge: { go: 'failing', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    unresolved: {
      timers: ordinary,
      on: {
        probeDue: { go: 'unresolved', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: { go: 'up' },
        faltered: { go: 'failing' },
        failed: { go: 'failing' },
        heard: { go: 'up' },
        missed: { go: 'unresolved', do: ['judge'] },
        dead: { go: 'silent' },
        nameless: 'ignore',
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'unresolved', do: ['probe'] },
        nudge: { go: 'unresolved', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    cut: {
      timers: ordinary,
      on: {
        probeDue: { go: 'cut', do: ['probe'] },
        retryDue: 'never',
        silenceDue: 'never',
        verdictDue: 'never',
        answered: { go: 'up' },
        faltered: { go: 'failing' },
        failed: { go: 'failing' },
        heard: 'ignore',
        missed: 'ignore',
        dead: 'never',
        nameless: 'never',
        refused: 'ignore',
        cut: 'ignore',
        mended: { go: 'mending', do: ['probe'] },
        nudge: { go: 'cut', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
    mending: {
      timers: doubting,
      on: {
        probeDue: 'never',
        retryDue: { go: 'mending', do: ['probe'] },
        silenceDue: { go: 'mending', do: ['judge'] },
        verdictDue: { go: 'mending', do: ['judge'] },
        answered: { go: 'up' },
        faltered: { go: 'failing' },
        failed: { go: 'failing' },
        heard: { go: 'up' },
        missed: { go: 'mending', do: ['judge'] },
        dead: { go: 'silent' },
        nameless: { go: 'unresolved' },
        refused: { go: 'refusing' },
        cut: { go: 'cut' },
        mended: { go: 'mending', do: ['probe'] },
        nudge: { go: 'mending', do: ['probe'] },
        callSilent: 'ignore',
      },
    },
  },
};
