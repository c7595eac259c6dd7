import type { Random } from '../../../src/base/index.js';
import type { IceCandidate, IceSettings, RtpPlace, TransportAddress } from '../../../src/media/index.js';
import type { Component, RelayPath } from '../native-engine.js';

/** What an agent wants done or known. */
export type IceOutput =
  | { readonly kind: 'send'; readonly component: Component; readonly bytes: Buffer; readonly to: TransportAddress }
  | {
      readonly kind: 'path';
      readonly component: Component;
      readonly remote: TransportAddress | null;
      readonly relay?: RelayPath;
    }
  | { readonly kind: 'gathered'; readonly candidates: readonly IceCandidate[]; readonly done: boolean }
  | { readonly kind: 'ice'; readonly state: IceState; readonly pair?: string }
  /** What the peer said through a TURN server, and is no STUN. */
  | { readonly kind: 'unwrapped'; readonly component: Component; readonly bytes: Buffer };

export type IceState = 'checking' | 'connected' | 'failed' | 'disconnected';

export interface IceOptions {
  readonly place: RtpPlace & { readonly ice: NonNullable<RtpPlace['ice']> };
  readonly settings: IceSettings;
  readonly rtcpMux: boolean;
  readonly random: Random;
}

/** ICE of one port: packets and the time come in, packets, paths, news and the next time-out come out (RFC 8445, RFC 8839). */
export interface IceAgent {
  configure(settings: IceSettings, rtcpMux: boolean, now: number): void;
  addCandidates(candidates: readonly IceCandidate[], now: number): void;
  /** STUN, or what came by a TURN channel. */
  receive(component: Component, bytes: Buffer, from: TransportAddress, channel: number | undefined, now: number): void;
  /** Says something that is no STUN on the agreed path; false where there is none. */
  send(component: Component, bytes: Buffer): boolean;
  hasPath(component: Component): boolean;
  /** The peer has proved that it is there. */
  believes(component: Component, from: TransportAddress): boolean;
  readonly timeout: number | undefined;
  advance(now: number): void;
  take(): readonly IceOutput[];
  /** Gives back what servers hold for us. */
  close(now: number): void;
}

/** A nomination that was not repeated for so long gives way to another one of lower priority. */
export const nominationFreshMs = 3_000;
/** RFC 8863 §4: nothing has failed before this, since the peer may still come to us; and what has not begun by then never will. */
export const patienceMs = 39_500;

export function componentsOf(rtcpMux: boolean): readonly Component[] {
  return rtcpMux ? [1] : [1, 2];
}
