import type { LineOrder } from '../analog/index.js';
import type { IsdnCommand } from '../isdn/index.js';
import type { ChannelSettings } from './channel.js';
import type { DChannelSettings } from './d-channels.js';
import type { SpanSettings } from './span.js';

/**
 * What the controller tells the process that owns the line cards, as plain data. A controller that is new has nothing configured and
 * no D-channel open, whatever the one before it had.
 */
export type LineCommand =
  | { readonly kind: 'configureSpan'; readonly span: string; readonly settings: SpanSettings }
  | { readonly kind: 'configure'; readonly channel: string; readonly settings: ChannelSettings }
  | { readonly kind: 'order'; readonly channel: string; readonly order: LineOrder }
  /** Its channels belong to the D-channel from then on, and are configured without a word. */
  | { readonly kind: 'openDChannel'; readonly settings: DChannelSettings }
  | { readonly kind: 'closeDChannel'; readonly dChannel: string }
  | { readonly kind: 'isdn'; readonly dChannel: string; readonly command: IsdnCommand }
  | { readonly kind: 'trace'; readonly dChannel: string; readonly on: boolean };
