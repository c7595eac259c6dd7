import type { WorldSlot, WorldSpan, WorldTelephone } from '../../src/tdm/index.js';

/** The lab as its control API tells it, and the page shows it: the simulated centre, phones, lines and PSTN around one real Holdfast. */
export interface LabState {
  readonly wan: { readonly up: boolean; readonly sinceWall: number };
  readonly centre: { readonly address: string; readonly registered: number; readonly calls: number };
  readonly pstn: { readonly address: string; readonly calls: number; readonly numbers: readonly string[] };
  readonly phones: readonly LabPhone[];
  readonly calls: readonly LabCall[];
  /** Absent while the line process is away. */
  readonly lines?: LabLines;
  /** What to type into a real softphone. */
  readonly spare: {
    readonly username: string;
    readonly password: string;
    readonly registrar: string;
    readonly proxy: string;
  };
}

export interface LabPhone {
  readonly extension: string;
  readonly did: string;
  readonly name: string;
  readonly address: string;
  readonly registration: 'registered' | 'registering' | 'refused' | 'silent' | 'off';
  readonly why: string;
}

/** The analog telephones and the T1 to the public network. */
export interface LabLines {
  readonly telephones: readonly LabTelephone[];
  readonly spans: readonly LabSpan[];
}

/** `hears` names the lab's people, and so it is on each slot. */
export interface LabTelephone extends WorldTelephone {
  readonly extension: string;
  readonly did: string;
  readonly name: string;
}

export type LabSpan = WorldSpan;
export type LabSlot = WorldSlot;

/** One party's end of a call. */
export interface LabCall {
  readonly id: string;
  /** The party that holds this end: an extension, or `pstn`. */
  readonly party: string;
  readonly peer: string;
  readonly direction: 'out' | 'in';
  readonly state: 'calling' | 'ringing' | 'talking' | 'held';
  readonly emergency: boolean;
  readonly sinceWall: number;
  readonly sentPackets: number;
  readonly receivedPackets: number;
  /** The tone that is this party's voice, Hz. */
  readonly toneHz: number;
}

export type LabCommand =
  | { readonly name: 'wan'; readonly up: boolean }
  | { readonly name: 'call'; readonly from: string; readonly to: string }
  | { readonly name: 'hangup'; readonly id?: string }
  | { readonly name: 'hold'; readonly id: string; readonly on: boolean }
  | { readonly name: 'transfer'; readonly id: string; readonly to: string }
  | { readonly name: 'restart-phone'; readonly extension: string; readonly wrongPassword?: boolean }
  | { readonly name: 'line-lift' | 'line-hang-up' | 'line-flash'; readonly extension: string }
  | {
      readonly name: 'line-dial';
      readonly extension: string;
      readonly digits: string;
      readonly by: 'tone' | 'pulse';
    }
  /** Somebody outside calls over the T1. */
  | { readonly name: 'line-call-in'; readonly to: string; readonly caller: 'shown' | 'withheld' | 'redirected' }
  /** Whoever is out there on a B-channel hangs up. */
  | { readonly name: 'line-far-hang-up'; readonly slot: number }
  | { readonly name: 'line-alarm'; readonly alarm: 'red' | 'yellow' | 'blue'; readonly on: boolean }
  | { readonly name: 'line-d-channel'; readonly lost: boolean }
  | { readonly name: 'line-plug'; readonly card: 'analog' | 't1'; readonly plugged: boolean };
