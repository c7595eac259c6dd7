import type { Alarm, SpanCounters } from '../../src/tdm/index.js';
import type { ChannelState } from '../../src/trunks/index.js';

/** Line cards and D-channels as the page, the status, the metrics and `npm run lines` show them. Times are ms since 1970. */
export interface LinesState {
  /** The process that owns the cards is there. */
  readonly up: boolean;
  readonly spans: readonly SpanState[];
  readonly dChannels: readonly DChannelState[];
  /** Cards that are there and cannot be used, with what a person has to do. */
  readonly unusable: readonly { readonly card: string; readonly lacks: string; readonly install: string }[];
}

export interface SpanState {
  readonly id: string;
  readonly name: string;
  readonly kind: 't1' | 'e1' | 'analog';
  /** In words, e.g. `ESF, B8ZS`; '' where nothing is set. */
  readonly framing: string;
  readonly alarms: readonly Alarm[];
  /** Since when the alarms are these, or there is none. */
  readonly alarmsSinceWall: number;
  readonly counters: SpanCounters;
  /** source: the box takes its clock from here. standby: it may. gives: the far end takes ours. none: analog, or not in use. */
  readonly clock: 'source' | 'standby' | 'gives' | 'none';
  /** Channels that calls may have; those that have one or are off hook; those that people took out of service. */
  readonly channels: { readonly all: number; readonly inUse: number; readonly out: number };
  /** The D-channel that carries its calls' signalling. */
  readonly dChannel?: string;
  /** All that the card has, by number. */
  readonly slots: readonly SlotState[];
}

export interface SlotState {
  readonly number: number;
  /** `unused`: nothing is configured. `up`, `down`: a D-channel; `down` also where a trunk's channel waits for its D-channel. */
  readonly state: ChannelState | 'unused' | 'up' | 'down';
  /** What signals there, e.g. `bearer`, `fxs-kewl`; '' where nothing is configured. */
  readonly signalling: string;
  /** Only of trunks. */
  readonly trunk?: string;
  /** Taken out of service here, and since when; a call that is on it goes on. */
  readonly takenOut?: true;
  readonly outSinceWall?: number;
  /** Why it takes no call, for people; absent where it does, or has one. */
  readonly why?: string;
}

export interface DChannelState {
  readonly name: string;
  readonly switchType: string;
  readonly side: 'user' | 'network';
  readonly up: boolean;
  readonly sinceWall: number;
  readonly calls: number;
}

/** A frame of a D-channel in words. */
export interface TracedFrame {
  /** When the controller heard of it, ms since 1970. */
  readonly atWall: number;
  /** The channel that carried it. */
  readonly channel: string;
  readonly sent: boolean;
  /** The link's line, then the message and its elements, indented. */
  readonly lines: readonly string[];
}
