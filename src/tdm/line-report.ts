import type { TdmPlace } from '../media/index.js';
import type { Alarm, SpanCounters } from './alarm.js';
import type { ChannelAbilities, LeftLine, LineEvent } from './channel.js';
import type { DChannelEvent } from './d-channels.js';
import type { HardwareEvent } from './line-hardware.js';
import type { SpanDescription, SpanEvent } from './span.js';

/** A channel as it is when its card is plugged in, which is not configured; or as a controller left it. */
export interface ChannelReport {
  readonly id: string;
  readonly number: number;
  readonly abilities: ChannelAbilities;
  readonly samples?: TdmPlace;
  readonly alarms: readonly Alarm[];
  readonly left?: LeftLine;
}

/** What the process that owns the line cards tells the controller, as plain data. Frames stay with it. */
export type LineReport =
  | {
      readonly kind: 'plugged';
      readonly span: SpanDescription;
      readonly channels: readonly ChannelReport[];
      readonly alarms: readonly Alarm[];
      readonly counters: SpanCounters;
      /** The box takes its clock from here. */
      readonly clockSource: boolean;
    }
  | { readonly kind: 'unplugged'; readonly span: string }
  | Extract<HardwareEvent, { readonly kind: 'unusable' }>
  /** All that is plugged in has been told. */
  | { readonly kind: 'ready' }
  /** Once a second: the process is not stuck. */
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'span';
      readonly span: string;
      readonly event: Exclude<SpanEvent, { readonly kind: 'unplugged' }>;
    }
  | {
      readonly kind: 'line';
      readonly channel: string;
      readonly event: Exclude<LineEvent, { readonly kind: 'frame' | 'unplugged' }>;
    }
  | { readonly kind: 'dChannel'; readonly dChannel: string; readonly event: DChannelEvent }
  /** A line of a recording, the head first. */
  | { readonly kind: 'recorded'; readonly span: string; readonly line: string }
  /** A command could not be read, or names nothing that is there. */
  | { readonly kind: 'failed'; readonly command: string; readonly why: string };
