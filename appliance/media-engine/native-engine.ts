import type { DtlsKeys, MediaCommand, MediaEvent, PortId, TransportAddress } from '../../src/media/index.js';

/** 1: the RTP socket of a port, 2: its RTCP socket (ICE's component ids, RFC 8445 §13). */
export type Component = 1 | 2;

/** A TURN channel (RFC 8656 §12): the native thread wraps what it sends by it, and unwraps what comes. */
export interface RelayPath {
  readonly server: TransportAddress;
  readonly channel: number;
}

/** What only the TypeScript side of the engine says to the native one. */
export type NativeCommand =
  | Exclude<MediaCommand, { readonly kind: 'addCandidates' | 'list' }>
  /** A STUN, DTLS or TURN packet out of the port's own socket. */
  | {
      readonly kind: 'send';
      readonly port: PortId;
      readonly component: Component;
      readonly bytes: Uint8Array;
      readonly to: TransportAddress;
    }
  /** ICE chose: RTP goes to `remote` and is believed from there alone; null: nothing may be sent (RFC 7675 §5.1). */
  | {
      readonly kind: 'path';
      readonly port: PortId;
      readonly component: Component;
      readonly remote: TransportAddress | null;
      readonly relay?: RelayPath;
    }
  /** A DTLS handshake ended: from now on SRTP. Comes again when RTCP has keys of its own; keys that stay the same go on. */
  | { readonly kind: 'keys'; readonly port: PortId; readonly keys: DtlsKeys }
  /** The kernel forwards what arrives: silence on the socket is no silence, and these counts are the port's. */
  | { readonly kind: 'kernel'; readonly port: PortId; readonly forwards: boolean }
  | {
      readonly kind: 'kernelCounts';
      readonly port: PortId;
      /** Of the port's peer, and of ours to it; since the port was opened. */
      readonly packets: number;
      readonly bytes: number;
      readonly sentPackets: number;
      readonly sentBytes: number;
    };

export type NativeEvent =
  | Exclude<MediaEvent, { readonly kind: 'hello' | 'ports' | 'gathered' | 'ice' | 'secured' | 'insecure' }>
  /** Neither RTP nor RTCP (RFC 7983): at most 100 a second and port, the rest is counted as malformed. */
  | {
      readonly kind: 'packet';
      readonly port: PortId;
      readonly component: Component;
      readonly bytes: Uint8Array;
      readonly from: TransportAddress;
      /** It came as ChannelData: the channel it came by; `from` is the TURN server. */
      readonly channel?: number;
    };

/** The native addon's one engine: its thread owns sockets, samples and time. */
export interface NativeEngine {
  /** Queued for the native thread, in order. Throws a TypeError on a command that is malformed: a bug of ours. */
  apply(command: NativeCommand): void;
  /** Everything that happened since the last call. */
  take(): NativeEvent[];
  /** Stops the thread and closes every socket. */
  stop(): void;
}

export interface NativeEngineOptions {
  /** Wakes the event loop: there is something to `take`. Called once until it is taken. */
  readonly wake: () => void;
  /** Asks for SCHED_RR; without permission the thread runs as any other, and says so. */
  readonly realTime: boolean;
  /** Opus encoder complexity when there is no load, 0-10. */
  readonly complexity: number;
  /** Packets per second above which packets are handled each millisecond together, not one by one. */
  readonly batchAbove: number;
}

/** What `native/addon.cc` exports. */
export interface NativeAddon {
  create(options: NativeEngineOptions): NativeEngine;
  /** SCHED_RR was granted to the thread of the last engine that was created. */
  realTime(): boolean;
  readonly codecs: readonly string[];
}
