import { randomBytes } from 'node:crypto';
import type { SrtpSuite } from '../../src/media/index.js';

/** What one far end of a measured call speaks. */
export interface Side {
  readonly codec: 'PCMU' | 'PCMA' | 'opus';
  readonly payloadType: number;
  readonly suite?: SrtpSuite;
}

/** One kind of load: what both sides of each call speak. */
export interface CallKind {
  readonly name: string;
  readonly first: Side;
  readonly second: Side;
}

/** Keys of one secured side: what the far end sends with, and what it opens with. */
export interface SideKeys {
  readonly send: string;
  readonly receive: string;
}

/** One call that a subject shall carry: what is spoken, and with what keys. */
export interface PlannedCall {
  readonly index: number;
  readonly kind: CallKind;
  readonly firstKeys: SideKeys;
  readonly secondKeys: SideKeys;
}

/** Where a far end has to send to, and what it opens with if the subject chose that itself. */
export interface SubjectPort {
  readonly host: string;
  readonly port: number;
  readonly receive?: string;
}

/** Something that carries calls, on processor 0. */
export interface MediaSubject {
  readonly name: string;
  /** Whose processor time counts. */
  readonly pid: number;
  /** Ports for both ends of each call; the far ends listen on these two ports of loopback. */
  carry(
    calls: readonly PlannedCall[],
    firstPort: number,
    secondPort: number,
    /** From the ports of one call to those of the next. */
    step?: number,
  ): Promise<readonly [SubjectPort, SubjectPort][]>;
  drop(): Promise<void>;
  stop(): Promise<void>;
}

const opus: Side = { codec: 'opus', payloadType: 96, suite: 'AES_CM_128_HMAC_SHA1_80' };
const pcma: Side = { codec: 'PCMA', payloadType: 8 };

export const relay: CallKind = { name: 'plain relay', first: pcma, second: pcma };
export const secured: CallKind = {
  name: 'SRTP↔RTP',
  first: { ...pcma, suite: 'AES_CM_128_HMAC_SHA1_80' },
  second: pcma,
};
export const transcoded: CallKind = { name: 'Opus-SRTP↔G.711', first: opus, second: pcma };

const keyBytes: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_256_CM_HMAC_SHA1_32: 46,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
};

export function keyFor(suite: SrtpSuite): string {
  return randomBytes(keyBytes[suite]).toString('base64');
}

export function planCalls(kind: CallKind, count: number): readonly PlannedCall[] {
  const keys = (side: Side): SideKeys =>
    side.suite === undefined ? { send: '-', receive: '-' } : { send: keyFor(side.suite), receive: keyFor(side.suite) };
  return Array.from({ length: count }, (_, index) => ({
    index,
    kind,
    firstKeys: keys(kind.first),
    secondKeys: keys(kind.second),
  }));
}
