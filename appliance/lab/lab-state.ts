/** The lab as its control API tells it. */
export interface LabState {
  readonly wan: { readonly up: boolean; readonly sinceWall: number };
  readonly centre: { readonly address: string; readonly registered: number; readonly calls: number };
  readonly pstn: { readonly address: string; readonly calls: number; readonly numbers: readonly string[] };
  readonly phones: readonly LabPhone[];
  readonly calls: readonly LabCall[];
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
}

export type LabCommand =
  | { readonly name: 'wan'; readonly up: boolean }
  | { readonly name: 'call'; readonly from: string; readonly to: string }
  | { readonly name: 'hangup'; readonly id?: string }
  | { readonly name: 'hold'; readonly id: string; readonly on: boolean }
  | { readonly name: 'transfer'; readonly id: string; readonly to: string }
  | { readonly name: 'restart-phone'; readonly extension: string; readonly wrongPassword?: boolean };
