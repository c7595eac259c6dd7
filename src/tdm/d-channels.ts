import type { BChannel, IsdnCallId, IsdnCommand, IsdnEvent, IsdnSide, SwitchType } from '../isdn/index.js';

/** A D-channel, or an NFAS group of them with a backup (Q.931 annex F). */
export interface DChannelSettings {
  /** Names it as long as the branch lives, e.g. `pstn`. */
  readonly name: string;
  readonly switchType: SwitchType;
  readonly side: IsdnSide;
  /** E1 has 30 B-channels and A-law, T1 23 (24 on spans of an NFAS group without a D-channel) and µ-law. */
  readonly e1: boolean;
  /** Ids of the channels that carry frames, e.g. `sim/1:24`; the primary first. Each is configured as `dChannel`. */
  readonly channels: readonly string[];
  readonly nfas: boolean;
}

/** What a D-channel tells its owner. Calls that end by any fault of the box have `released` as others do. */
export type DChannelEvent =
  | IsdnEvent
  /** Whoever speaks the protocol died, or its card is gone. Every call had `released` before; it comes back by itself, with `up`. */
  | { readonly kind: 'gone'; readonly why: string }
  /** One frame in words, for people (`frameText` of src/isdn), where tracing is on. */
  | { readonly kind: 'traced'; readonly channel: string; readonly sent: boolean; readonly text: string };

/** One open D-channel. Commands while it is gone: `released` follows a setup, others are without effect. */
export interface DChannelPort {
  readonly settings: DChannelSettings;
  /** Q.921 has a link. */
  readonly up: boolean;
  do(command: IsdnCommand): void;
  /** An answered call of a process before this one is gone on with; `released` follows where it is gone. False, or absent: nobody keeps it. */
  goOn?(call: IsdnCallId, channel: BChannel): boolean;
  /** Whether `traced` comes. */
  trace(on: boolean): void;
  /** One listener: the owner. */
  on(listener: (event: DChannelEvent) => void): void;
  close(): void;
}

/** Opens D-channels; what is above of whoever speaks Q.921 and Q.931. */
export interface DChannels {
  open(settings: DChannelSettings): DChannelPort;
}
