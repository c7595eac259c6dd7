import type { MachineTable } from '../base/index.js';

export type ProxyBranchState =
  /** Sent; the peer has said nothing. */
  | 'calling'
  | 'proceeding'
  /** Cancelled; its final response is still waited for. */
  | 'cancelling'
  /** Given up and cancelled: the search goes on without it. */
  | 'left'
  | 'accepted'
  | 'over';

export type ProxyBranchEvent =
  /** A 100. */
  | 'trying'
  /** 101-199. */
  | 'progress'
  | 'success'
  /** 300-699. */
  | 'failure'
  /** No response at all: the transaction timed out, or nothing could be sent. */
  | 'silence'
  | 'cancel'
  | 'timerProvisional'
  | 'timerFinal'
  | 'timerC';

export type ProxyBranchAction = 'forward' | 'cancelRequest' | 'settle' | 'giveUp';

/** What a branch's timers are computed from. */
export interface ProxyBranchContext {
  readonly invite: boolean;
  /** The application's limit for the first sign of life, milliseconds; Infinity for none. */
  readonly provisionalTimeoutMs: number;
  /** What is left of the application's limit for the final response, milliseconds. */
  finalRemainingMs(): number;
}

/** RFC 3261 §16.6 asks for more than three minutes. */
export const timerCMs = 185_000;

const timerC = { clause: 'RFC 3261 §16.6', ms: (c: ProxyBranchContext) => (c.invite ? timerCMs : Infinity) };
const timerFinal = { clause: 'RFC 3261 §16.8', ms: (c: ProxyBranchContext) => c.finalRemainingMs() };

/** One branch of a proxied request (RFC 3261 §16.6 to §16.10), above its client transaction. */
export const proxyBranchTable: MachineTable<ProxyBranchState, ProxyBranchEvent, ProxyBranchAction, ProxyBranchContext> =
  {
    name: 'proxy branch',
    initial: 'calling',
    states: {
      calling: {
        timers: {
          timerProvisional: {
            clause: 'RFC 3261 §16.8',
            ms: (c) => (c.invite ? c.provisionalTimeoutMs : Infinity),
          },
          timerFinal,
          timerC,
        },
        on: {
          trying: { go: 'proceeding' },
          progress: { go: 'proceeding', do: ['forward'] },
          success: { go: 'accepted', do: ['forward', 'settle'] },
          failure: { go: 'over', do: ['settle'] },
          silence: { go: 'over', do: ['settle'] },
          cancel: { go: 'cancelling', do: ['cancelRequest'] },
          timerProvisional: { go: 'left', do: ['cancelRequest', 'giveUp'] },
          timerFinal: { go: 'left', do: ['cancelRequest', 'giveUp'] },
          // RFC 3261 §16.8: as if it had received a 408.
          timerC: { go: 'left', do: ['cancelRequest', 'giveUp'] },
        },
      },
      proceeding: {
        timers: { timerFinal, timerC },
        on: {
          trying: 'ignore',
          // RFC 3261 §16.7 step 2: every provisional response but 100 starts timer C again.
          progress: { go: 'proceeding', do: ['forward'], again: true },
          success: { go: 'accepted', do: ['forward', 'settle'] },
          failure: { go: 'over', do: ['settle'] },
          silence: { go: 'over', do: ['settle'] },
          cancel: { go: 'cancelling', do: ['cancelRequest'] },
          timerProvisional: 'never',
          timerFinal: { go: 'left', do: ['cancelRequest', 'giveUp'] },
          timerC: { go: 'cancelling', do: ['cancelRequest'] },
        },
      },
      cancelling: {
        on: {
          trying: 'ignore',
          progress: 'ignore',
          // RFC 3261 §9.1: the answer was faster.
          success: { go: 'accepted', do: ['forward', 'settle'] },
          failure: { go: 'over', do: ['settle'] },
          silence: { go: 'over', do: ['settle'] },
          cancel: 'ignore',
          timerProvisional: 'never',
          timerFinal: 'never',
          timerC: 'never',
        },
      },
      left: {
        on: {
          trying: 'ignore',
          progress: 'ignore',
          success: { go: 'accepted', do: ['forward'] },
          failure: { go: 'over' },
          silence: { go: 'over' },
          cancel: 'ignore',
          timerProvisional: 'never',
          timerFinal: 'never',
          timerC: 'never',
        },
      },
      accepted: {
        on: {
          trying: 'ignore',
          progress: 'ignore',
          // RFC 3261 §16.7 step 5: again, or of another fork further down.
          success: { go: 'accepted', do: ['forward'] },
          failure: 'ignore',
          silence: 'ignore',
          cancel: 'ignore',
          timerProvisional: 'never',
          timerFinal: 'never',
          timerC: 'never',
        },
      },
      over: {
        on: {
          trying: 'ignore',
          progress: 'ignore',
          success: 'ignore',
          failure: 'ignore',
          silence: 'ignore',
          cancel: 'ignore',
          timerProvisional: 'never',
          timerFinal: 'never',
          timerC: 'never',
        },
      },
    },
  };
