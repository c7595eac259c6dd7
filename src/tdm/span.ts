import type { Alarm, SpanCounters } from './alarm.js';
import type { Channel } from './channel.js';

/** What a span is, as its card says. */
export interface SpanDescription {
  /** Card and place on it, e.g. `sim/0`: the same after a restart, whatever other cards come and go. */
  readonly id: string;
  readonly kind: 't1' | 'e1' | 'analog';
  /** For people, e.g. `Digium TE131F`. */
  readonly name: string;
  /** Where the card sits, e.g. a PCI address; '' where that means nothing. */
  readonly location: string;
  /** What the card may be set to instead; [] where that is fixed. */
  readonly kinds: readonly ('t1' | 'e1')[];
}

/** How a digital span is framed and clocked; an analog one has nothing to set. */
export interface SpanSettings {
  readonly kind: 't1' | 'e1';
  /** T1: `esf` or `d4`. E1: `ccs` or `cas`, for time slot 16. */
  readonly framing: 'esf' | 'd4' | 'ccs' | 'cas';
  readonly coding: 'b8zs' | 'ami' | 'hdb3';
  /** E1: frames with CRC-4 (ITU-T G.704). */
  readonly crc4: boolean;
  /** 0: this span gives the clock. 1 and more: it is the first, second … source that the box takes its clock from. */
  readonly timing: number;
  /** T1 line build-out by its number in T1.403, 0-7: 0 is 0-133 ft. */
  readonly buildOut: number;
}

export type SpanEvent =
  /** All that stand; [] when the last one went. */
  | { readonly kind: 'alarms'; readonly alarms: readonly Alarm[] }
  /** Some counter grew; at most once a second. */
  | { readonly kind: 'counters'; readonly counters: SpanCounters }
  /** The box now takes its clock from this span, or does not any more. */
  | { readonly kind: 'clockSource'; readonly here: boolean }
  | { readonly kind: 'fault'; readonly why: string }
  /** The last event of the span. */
  | { readonly kind: 'unplugged' };

/** One line of a card, or all jacks of an analog card. */
export interface Span {
  readonly description: SpanDescription;
  /** By number; E1 has no 0 and, with `cas`, no 16 among them. */
  readonly channels: readonly Channel[];
  readonly alarms: readonly Alarm[];
  readonly counters: SpanCounters;
  /** Ends whatever its channels did. */
  configure(settings: SpanSettings): void;
  /** Any number of listeners. */
  on(listener: (event: SpanEvent) => void): void;
}
