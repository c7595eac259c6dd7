import type { AnalogSignalling, LineOrder, LineSignal } from '../analog/index.js';
import type { TdmPlace } from '../media/index.js';
import type { Alarm } from './alarm.js';

/** What a channel is used for. `bearer` and `dChannel` are ISDN's; `clear`: samples without signalling. */
export type Signalling = AnalogSignalling | 'bearer' | 'dChannel' | 'clear';

/** What the card behind a channel can do; asked before, so that no order is given in vain. */
export interface ChannelAbilities {
  /** Signalling that the card can be set to. */
  readonly signalling: readonly Signalling[];
  /** `decoded`: flashes, winks and pulses come as such. `raw`: only the hook, at once and undebounced. */
  readonly hook: 'raw' | 'decoded';
  /** Dials pulses by itself. */
  readonly pulses: boolean;
  readonly polarity: boolean;
  /** FXO: tells of loop current. */
  readonly current: boolean;
  readonly neon: boolean;
  /** Longest echo path that it cancels, ms; 0: none. */
  readonly echoTailMs: number;
}

export interface ChannelSettings {
  readonly signalling: Signalling;
  readonly law: 'u' | 'a';
  /** FXS, where the card decodes the hook: the longest opening of the loop that is a flash, ms; the driver's own where absent. */
  readonly longestFlashMs?: number;
}

/** A line that a process before this one left in use. */
export interface LeftLine {
  readonly settings: ChannelSettings;
  /** Now: the far end is off hook, or current flows in the loop. */
  readonly farOffHook: boolean;
  /** The longest time that it was not since the line was left, ms. */
  readonly farOnHookMs: number;
  /** How often the exchange reversed the line since. */
  readonly reversals: number;
}

/** What an owner is told of its channel. Nothing comes before `configure`. */
export type LineEvent =
  | { readonly kind: 'signal'; readonly signal: LineSignal }
  /** All alarms that stand, its span's among them; [] when the last one went. */
  | { readonly kind: 'alarms'; readonly alarms: readonly Alarm[] }
  /** `dChannel`: a frame of the line, without flags and check sequence (Q.921 §2.1). */
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  /** An order was not carried out. */
  | { readonly kind: 'fault'; readonly order: LineOrder['kind'] | 'configure' | 'frame'; readonly why: string }
  /** Its card is gone: the last event of the channel. */
  | { readonly kind: 'unplugged' };

/** One time slot, or one jack. */
export interface Channel {
  /** Its span's, and its place there from 1, e.g. `sim/0:5`. The same after a restart as long as the card stays where it is. */
  readonly id: string;
  /** 1-31. */
  readonly number: number;
  readonly abilities: ChannelAbilities;
  /** Where the media engine gets and leaves the samples; undefined where there are none, as in a recording. */
  readonly samples: TdmPlace | undefined;
  readonly alarms: readonly Alarm[];
  /** Undefined until it is configured. */
  readonly settings: ChannelSettings | undefined;
  /** Drops whatever was under way: the line is at rest afterwards. How it stands follows as signals, on hook or off. */
  configure(settings: ChannelSettings): void;
  /** Until either of `configure` and `goOn`. Absent: nobody keeps lines for another process. */
  readonly left?: LeftLine | undefined;
  /** In place of `configure`: the line stays as it was left. */
  goOn?(): void;
  order(order: LineOrder): void;
  /** `dChannel`: sends a frame, 3-300 octets; the card adds flags and check sequence. */
  send(frame: Uint8Array): void;
  /** One listener: the channel's owner. */
  on(listener: (event: LineEvent) => void): void;
}
