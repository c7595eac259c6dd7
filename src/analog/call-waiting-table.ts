import type { MachineTable } from '../base/index.js';
import type { LineTimes } from './line-times.js';

export type CallWaitingState = 'resting' | 'alerting' | 'awaitingAcknowledgement' | 'acknowledged' | 'sending';
export type CallWaitingEvent =
  | 'begin'
  | 'alertOver'
  | 'acknowledgement'
  | 'noAcknowledgement'
  | 'dataDue'
  | 'dataOver'
  | 'stop';
export type CallWaitingAction =
  | 'mute'
  | 'playAlert'
  | 'playData'
  | 'playNothing'
  | 'unmute'
  | 'tellShown'
  | 'tellNotShown';

export interface CallWaitingTimes {
  readonly times: LineTimes;
  readonly dataMs: () => number;
}

const quiet = {
  begin: 'never',
  alertOver: 'never',
  acknowledgement: 'ignore',
  noAcknowledgement: 'never',
  dataDue: 'never',
  dataOver: 'never',
  stop: { go: 'resting', do: ['playNothing', 'unmute'] },
} as const;

/** Caller ID of a second call, to a telephone in use: CAS, acknowledgement, data (GR-30-CORE §2.5.3, EN 300 659-2). */
export const callWaitingTable: MachineTable<CallWaitingState, CallWaitingEvent, CallWaitingAction, CallWaitingTimes> = {
  name: 'call waiting caller ID',
  initial: 'resting',
  states: {
    resting: { on: { ...quiet, begin: { go: 'alerting', do: ['mute', 'playAlert'] }, stop: 'ignore' } },
    alerting: {
      timers: { alertOver: { clause: 'GR-30-CORE §2.5.3: 80 ± 5 ms', ms: ({ times }) => times.alertToneMs } },
      on: {
        ...quiet,
        alertOver: { go: 'awaitingAcknowledgement', do: ['playNothing'] },
        // A detector may be quicker than our tone is long.
        acknowledgement: { go: 'acknowledged', do: ['playNothing'] },
      },
    },
    awaitingAcknowledgement: {
      timers: {
        noAcknowledgement: { clause: 'GR-30-CORE §2.5.3: 160 ms', ms: ({ times }) => times.alertAcknowledgeMs },
      },
      on: {
        ...quiet,
        acknowledgement: { go: 'acknowledged' },
        noAcknowledgement: { go: 'resting', do: ['unmute', 'tellNotShown'] },
      },
    },
    acknowledged: {
      timers: { dataDue: { clause: 'GR-30-CORE §2.5.3: 50-500 ms', ms: ({ times }) => times.acknowledgeToDataMs } },
      on: { ...quiet, dataDue: { go: 'sending', do: ['playData'] } },
    },
    sending: {
      timers: { dataOver: { clause: 'the length of the data', ms: ({ dataMs }) => dataMs() } },
      on: { ...quiet, dataOver: { go: 'resting', do: ['playNothing', 'unmute', 'tellShown'] } },
    },
  },
};
