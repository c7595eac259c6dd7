import type { SettingNote } from '../wan/index.js';

export interface SurvivabilitySettings {
  readonly holdDownMs: number;
  readonly holdDownMaxMs: number;
  readonly goodProbes: number;
  readonly flapWindowMs: number;
  readonly decayMs: number;
  readonly startingMaxMs: number;
}

export const survivabilitySettingNotes: { readonly [name in keyof SurvivabilitySettings]: SettingNote } = {
  holdDownMs: {
    initial: 120_000,
    unit: 'ms',
    title: 'Stable path before the centre serves again',
    reason: 'A WAN under repair comes and goes; phones and callers must not go with it.',
  },
  holdDownMaxMs: {
    initial: 900_000,
    unit: 'ms',
    title: 'Longest hold-down',
    reason: 'A quarter of an hour of limited service is the most that a WAN which works again should cost.',
  },
  goodProbes: {
    initial: 10,
    unit: 'times',
    title: 'Good probes in a row before the centre serves again',
    reason: 'About 20 s in which the path loses nothing.',
  },
  flapWindowMs: {
    initial: 600_000,
    unit: 'ms',
    title: 'A loss of the path this soon after coming back is a flap',
    reason: 'Losses further apart than this are separate outages.',
  },
  decayMs: {
    initial: 1_800_000,
    unit: 'ms',
    title: 'Normal service that halves the hold-down again',
    reason: 'A line that held for half an hour earns back some trust; after 90 min at most it has all of it.',
  },
  startingMaxMs: {
    initial: 10_000,
    unit: 'ms',
    title: 'Longest wait for a first verdict after a start',
    reason: 'The probes need 2.5 s; if they say nothing at all, the branch serves itself.',
  },
};

export const defaultSurvivabilitySettings: SurvivabilitySettings = {
  holdDownMs: survivabilitySettingNotes.holdDownMs.initial,
  holdDownMaxMs: survivabilitySettingNotes.holdDownMaxMs.initial,
  goodProbes: survivabilitySettingNotes.goodProbes.initial,
  flapWindowMs: survivabilitySettingNotes.flapWindowMs.initial,
  decayMs: survivabilitySettingNotes.decayMs.initial,
  startingMaxMs: survivabilitySettingNotes.startingMaxMs.initial,
};
