import type { RedirectionReason } from '../../src/isdn/index.js';
import type { LabSpan } from '../io/index.js';

/** What the simulator's control socket tells of its telephones and of its T1 to the public network. */
export interface WorldState {
  readonly telephones: readonly {
    readonly channel: string;
    readonly plugged: boolean;
    readonly lifted: boolean;
    readonly ringing: boolean;
    readonly hears: string;
    readonly lamp: boolean;
    readonly shown: { readonly number: string; readonly name: string };
  }[];
  readonly spans: readonly LabSpan[];
}

/** What the simulator's control socket takes. */
export type WorldCommand =
  | { readonly kind: 'lift'; readonly channel: string; readonly says?: string }
  | { readonly kind: 'hangUp' | 'flash'; readonly channel: string }
  | { readonly kind: 'dial'; readonly channel: string; readonly digits: string; readonly by: 'tone' | 'pulse' }
  | {
      readonly kind: 'callIn';
      readonly span: string;
      readonly called: string;
      readonly number?: string;
      readonly name?: string;
      readonly restricted: boolean;
      readonly redirectedFrom?: { readonly number: string; readonly reason: RedirectionReason };
    }
  | { readonly kind: 'networkHangUp'; readonly span: string; readonly slot: number }
  | {
      readonly kind: 'alarm';
      readonly span: string;
      readonly alarm: 'red' | 'yellow' | 'blue';
      readonly stands: boolean;
    }
  | { readonly kind: 'dChannel'; readonly span: string; readonly lost: boolean }
  | { readonly kind: 'plug'; readonly span: string; readonly plugged: boolean };
