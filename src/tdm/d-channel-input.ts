import type { IsdnCommand, IsdnEvent } from '../isdn/index.js';
import type { DChannelSettings } from './d-channels.js';

/** What the process that speaks Q.921 and Q.931 is told. Ports are the D-channels of its group, from 0, the primary first. */
export type DChannelInput =
  /** The first word, once. `run`: how many processes spoke for this group before; it makes the names of calls unlike theirs. */
  | { readonly kind: 'open'; readonly settings: DChannelSettings; readonly run: number }
  | { readonly kind: 'frame'; readonly port: number; readonly frame: Uint8Array }
  /** The port's line carries nothing now, or carries again. */
  | { readonly kind: 'alarm'; readonly port: number; readonly stands: boolean }
  | { readonly kind: 'command'; readonly command: IsdnCommand }
  | { readonly kind: 'trace'; readonly on: boolean }
  /** Answered by `pong`: a process that does not answer hangs. */
  | { readonly kind: 'ping' };

/** What it says. */
export type DChannelOutput =
  | { readonly kind: 'frame'; readonly port: number; readonly frame: Uint8Array }
  | { readonly kind: 'event'; readonly event: IsdnEvent }
  | { readonly kind: 'traced'; readonly port: number; readonly sent: boolean; readonly text: string }
  /** The library is missing; the process ends. `install`: what a person has to do. */
  | { readonly kind: 'unusable'; readonly install: string }
  | { readonly kind: 'pong' };
