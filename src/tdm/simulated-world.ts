import type { RedirectionReason } from '../isdn/index.js';
import type { Alarm } from './alarm.js';

/** What a simulated world tells whoever plays in it, over a socket of the line process. */
export interface WorldState {
  readonly telephones: readonly WorldTelephone[];
  readonly spans: readonly WorldSpan[];
}

export interface WorldTelephone {
  /** `sim/0:1` */
  readonly channel: string;
  /** False: its card is pulled out. */
  readonly plugged: boolean;
  readonly lifted: boolean;
  readonly ringing: boolean;
  /** In words; '' for silence. */
  readonly hears: string;
  /** Messages wait. */
  readonly lamp: boolean;
  /** What the screen shows: of the last caller. */
  readonly shown: { readonly number: string; readonly name: string };
}

/** A T1 to the public network. */
export interface WorldSpan {
  readonly span: string;
  readonly plugged: boolean;
  readonly alarms: readonly Alarm[];
  readonly dChannel: { readonly up: boolean; readonly lost: boolean };
  readonly slots: readonly WorldSlot[];
}

/** What a person may do in the world. */
export type WorldCommand =
  /** `says`: what the person at this telephone says, once somebody is heard. */
  | { readonly kind: 'lift'; readonly channel: string; readonly says?: string }
  | { readonly kind: 'hangUp'; readonly channel: string }
  | { readonly kind: 'dial'; readonly channel: string; readonly digits: string; readonly by: 'tone' | 'pulse' }
  | { readonly kind: 'flash'; readonly channel: string }
  /** A subscriber's line of the central office rings; undefined: the caller withholds. */
  | { readonly kind: 'ringLine'; readonly channel: string; readonly number?: string; readonly name?: string }
  /** Its caller gives up, or hangs up. */
  | { readonly kind: 'endLine'; readonly channel: string }
  | {
      readonly kind: 'callIn';
      readonly span: string;
      readonly called: string;
      readonly number?: string;
      readonly name?: string;
      readonly restricted: boolean;
      readonly redirectedFrom?: { readonly number: string; readonly reason: RedirectionReason };
    }
  /** Whoever is out there on a B-channel hangs up. */
  | { readonly kind: 'networkHangUp'; readonly span: string; readonly slot: number }
  | {
      readonly kind: 'alarm';
      readonly span: string;
      readonly alarm: 'red' | 'yellow' | 'blue';
      readonly stands: boolean;
    }
  /** Frames of the D-channel are lost, or come again. */
  | { readonly kind: 'dChannel'; readonly span: string; readonly lost: boolean }
  | { readonly kind: 'plug'; readonly span: string; readonly plugged: boolean };

/** A B-channel as the network sees it. */
export interface WorldSlot {
  readonly slot: number;
  readonly state: 'idle' | 'dialling' | 'ringing' | 'inBand' | 'talking' | 'clearing' | 'outOfService';
  /** From us: whom we called; to us: who calls. '' while idle. */
  readonly number: string;
  readonly direction: 'in' | 'out' | undefined;
  /** What whoever is out there hears, in words; '' for silence. */
  readonly hears: string;
}
