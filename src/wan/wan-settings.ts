/** One number of the product: its default, unit, words and reason. The configuration schema prints these. */
export interface SettingNote {
  readonly initial: number;
  readonly unit: 'ms' | 'times' | 'share';
  readonly title: string;
  readonly reason: string;
}

export interface WanSettings {
  readonly probeIntervalMs: number;
  readonly probeJitter: number;
  readonly timeoutFactor: number;
  readonly timeoutFloorMs: number;
  readonly timeoutCeilingMs: number;
  readonly retryMs: number;
  readonly missesToDown: number;
  readonly silenceMs: number;
  readonly verdictMs: number;
  readonly failuresToDown: number;
  readonly resolveRetryMs: number;
  readonly preferAfterGood: number;
}

export const wanSettingNotes: { readonly [name in keyof WanSettings]: SettingNote } = {
  probeIntervalMs: {
    initial: 2000,
    unit: 'ms',
    title: 'Time between probes of each target',
    reason: 'An outage is found within seconds, and 10,000 branches cost the centre 5,000 OPTIONS a second.',
  },
  probeJitter: {
    initial: 0.2,
    unit: 'share',
    title: 'Random part of the interval, each way',
    reason: 'Branches that booted together drift apart.',
  },
  timeoutFactor: {
    initial: 4,
    unit: 'times',
    title: 'Probe timeout as a multiple of the 99th-percentile round trip',
    reason: 'A slow moment of the WAN is not a miss.',
  },
  timeoutFloorMs: {
    initial: 500,
    unit: 'ms',
    title: 'Shortest probe timeout',
    reason: 'A busy centre may take this long over one OPTIONS; callers do not notice it.',
  },
  timeoutCeilingMs: {
    initial: 2000,
    unit: 'ms',
    title: 'Longest probe timeout',
    reason: 'A caller who hears nothing for longer hangs up and dials again.',
  },
  retryMs: {
    initial: 300,
    unit: 'ms',
    title: 'Time between probes after a miss',
    reason: 'Independent evidence within the time of one ordinary interval.',
  },
  missesToDown: {
    initial: 3,
    unit: 'times',
    title: 'Misses in a row before the path is down',
    reason: 'One or two lost packets are ordinary; on a link that loses more, more are asked for.',
  },
  silenceMs: {
    initial: 1500,
    unit: 'ms',
    title: 'Silence before the path is down',
    reason: 'A short reroute inside the carrier takes about a second and must not switch the branch.',
  },
  verdictMs: {
    initial: 2300,
    unit: 'ms',
    title: 'Latest verdict, from the sending of the first missed probe',
    reason: 'Down is said within 2.5 s, with 0.2 s left for a busy machine.',
  },
  failuresToDown: {
    initial: 3,
    unit: 'times',
    title: '408 or 5xx answers in a row before the central application is down',
    reason: 'A single 503 is overload, and asking faster would add to it.',
  },
  resolveRetryMs: {
    initial: 30_000,
    unit: 'ms',
    title: 'Time between tries of a name that does not resolve while its last address serves',
    reason: 'A dead resolver is not asked at every probe.',
  },
  preferAfterGood: {
    initial: 10,
    unit: 'times',
    title: 'Good probes in a row before an earlier target is preferred again',
    reason: 'Calls do not move to and fro with a target that flaps.',
  },
};

export const defaultWanSettings: WanSettings = {
  probeIntervalMs: wanSettingNotes.probeIntervalMs.initial,
  probeJitter: wanSettingNotes.probeJitter.initial,
  timeoutFactor: wanSettingNotes.timeoutFactor.initial,
  timeoutFloorMs: wanSettingNotes.timeoutFloorMs.initial,
  timeoutCeilingMs: wanSettingNotes.timeoutCeilingMs.initial,
  retryMs: wanSettingNotes.retryMs.initial,
  missesToDown: wanSettingNotes.missesToDown.initial,
  silenceMs: wanSettingNotes.silenceMs.initial,
  verdictMs: wanSettingNotes.verdictMs.initial,
  failuresToDown: wanSettingNotes.failuresToDown.initial,
  resolveRetryMs: wanSettingNotes.resolveRetryMs.initial,
  preferAfterGood: wanSettingNotes.preferAfterGood.initial,
};
