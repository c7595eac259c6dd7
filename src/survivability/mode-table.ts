import type { MachineTable } from '../base/index.js';
import type { Mode } from './posture.js';

/**
 * `noVerdict`: the probes said nothing for too long after the start. `probeGood`, `holdDownOver`, `directoryHealthy`:
 * something that returning waits for came true. `settled`: all of it did. `forceNone`: released by hand, in three
 * kinds by what the probes say at that moment.
 */
export type ModeTrigger =
  | 'pathUp'
  | 'pathDown'
  | 'noVerdict'
  | 'probeGood'
  | 'holdDownOver'
  | 'directoryHealthy'
  | 'settled'
  | 'forceSurvivable'
  | 'forceInline'
  | 'forceNonePathUp'
  | 'forceNonePathDown'
  | 'forceNonePathUnknown';

/**
 * `judge`: is all true that returning waits for? `note…`: told in the timeline, the mode stays. `countFlap`: a flap;
 * `countSoonLoss`: one if the return is not long ago.
 */
export type ModeAction =
  | 'judge'
  | 'noteFault'
  | 'noteUp'
  | 'noteForce'
  | 'countFlap'
  | 'countSoonLoss'
  | 'cameBack'
  | 'blameProbes';

export interface ModeTimes {
  startingMaxMs(): number;
  /** Until the hold-down is over, if nothing else happens. */
  holdDownLeftMs(): number;
}

/** The one table of modes. Nothing else in the product asks whether there is an outage. */
export const modeTable: MachineTable<Mode, ModeTrigger, ModeAction, ModeTimes> = {
  name: 'survivability',
  initial: 'starting',
  states: {
    starting: {
      timers: {
        noVerdict: { clause: 'a verdict of the probes takes 2.5 s', ms: (times) => times.startingMaxMs() },
      },
      on: {
        pathUp: { go: 'inline' },
        pathDown: { go: 'survivable' },
        noVerdict: { go: 'survivable', do: ['blameProbes'] },
        probeGood: 'ignore',
        holdDownOver: 'never',
        directoryHealthy: 'ignore',
        settled: 'ignore',
        forceSurvivable: { go: 'forced-survivable' },
        forceInline: { go: 'forced-inline' },
        forceNonePathUp: 'ignore',
        forceNonePathDown: 'ignore',
        forceNonePathUnknown: 'ignore',
      },
    },
    inline: {
      on: {
        pathUp: 'ignore',
        pathDown: { go: 'survivable', do: ['countSoonLoss'] },
        noVerdict: 'never',
        probeGood: 'ignore',
        holdDownOver: 'never',
        directoryHealthy: 'ignore',
        settled: 'ignore',
        forceSurvivable: { go: 'forced-survivable' },
        forceInline: { go: 'forced-inline' },
        forceNonePathUp: 'ignore',
        forceNonePathDown: 'ignore',
        forceNonePathUnknown: 'ignore',
      },
    },
    survivable: {
      on: {
        pathUp: { go: 'returning' },
        pathDown: { go: 'survivable', do: ['noteFault'] },
        noVerdict: 'never',
        probeGood: 'ignore',
        holdDownOver: 'never',
        directoryHealthy: 'ignore',
        settled: 'ignore',
        forceSurvivable: { go: 'forced-survivable' },
        forceInline: { go: 'forced-inline' },
        forceNonePathUp: 'ignore',
        forceNonePathDown: 'ignore',
        forceNonePathUnknown: 'ignore',
      },
    },
    returning: {
      timers: {
        holdDownOver: {
          clause: 'behaviour: 120 s stable; each flap doubles it, to 15 min',
          ms: (times) => times.holdDownLeftMs(),
        },
      },
      on: {
        pathUp: 'ignore',
        pathDown: { go: 'survivable', do: ['countFlap'] },
        noVerdict: 'never',
        probeGood: { go: 'returning', do: ['judge'] },
        holdDownOver: { go: 'returning', do: ['judge'] },
        directoryHealthy: { go: 'returning', do: ['judge'] },
        settled: { go: 'inline', do: ['cameBack'] },
        forceSurvivable: { go: 'forced-survivable' },
        forceInline: { go: 'forced-inline' },
        forceNonePathUp: 'ignore',
        forceNonePathDown: 'ignore',
        forceNonePathUnknown: 'ignore',
      },
    },
    'forced-survivable': {
      on: {
        pathUp: { go: 'forced-survivable', do: ['noteUp'] },
        pathDown: { go: 'forced-survivable', do: ['noteFault'] },
        noVerdict: 'never',
        probeGood: 'ignore',
        holdDownOver: 'never',
        directoryHealthy: 'ignore',
        settled: 'ignore',
        forceSurvivable: { go: 'forced-survivable', do: ['noteForce'] },
        forceInline: { go: 'forced-inline' },
        forceNonePathUp: { go: 'returning', do: ['judge'] },
        forceNonePathDown: { go: 'survivable' },
        forceNonePathUnknown: { go: 'starting' },
      },
    },
    'forced-inline': {
      on: {
        pathUp: { go: 'forced-inline', do: ['noteUp'] },
        pathDown: { go: 'forced-inline', do: ['noteFault'] },
        noVerdict: 'never',
        probeGood: 'ignore',
        holdDownOver: 'never',
        directoryHealthy: 'ignore',
        settled: 'ignore',
        forceSurvivable: { go: 'forced-survivable' },
        forceInline: { go: 'forced-inline', do: ['noteForce'] },
        forceNonePathUp: { go: 'inline' },
        forceNonePathDown: { go: 'survivable' },
        forceNonePathUnknown: { go: 'starting' },
      },
    },
  },
};
