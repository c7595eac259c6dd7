import type { LineOrder } from '../analog/index.js';
import type { IsdnCallId, IsdnCommand } from '../isdn/index.js';
import type { ChannelSettings } from './channel.js';
import type { DChannelSettings } from './d-channels.js';
import type { SpanSettings } from './span.js';

/**
 * What the controller tells the process that owns the line cards, as plain data. A controller that is new has no D-channel open and
 * nothing configured, but for lines that the one before it left in use and that it goes on with.
 */
export type LineCommand =
  | { readonly kind: 'configureSpan'; readonly span: string; readonly settings: SpanSettings }
  | { readonly kind: 'configure'; readonly channel: string; readonly settings: ChannelSettings }
  /** A line that was told of as left in use stays as it is. */
  | { readonly kind: 'goOn'; readonly channel: string }
  | { readonly kind: 'order'; readonly channel: string; readonly order: LineOrder }
  /**
   * Its channels belong to the D-channel from then on, and are configured without a word. `goesOn`: answered calls of the controller
   * before, by its names, that are gone on with; `released` follows at once for those that are not there any more.
   */
  | { readonly kind: 'openDChannel'; readonly settings: DChannelSettings; readonly goesOn?: readonly IsdnCallId[] }
  | { readonly kind: 'closeDChannel'; readonly dChannel: string }
  | { readonly kind: 'isdn'; readonly dChannel: string; readonly command: IsdnCommand }
  | { readonly kind: 'trace'; readonly dChannel: string; readonly on: boolean }
  /** Whether `recorded` comes: all that the span's lines tell and are told. */
  | { readonly kind: 'record'; readonly span: string; readonly on: boolean };
