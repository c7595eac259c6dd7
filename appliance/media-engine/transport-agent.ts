import type { Clock, Log, Random } from '../../src/base/index.js';
import type { DtlsKeys, IceCandidate, MediaEvent, PortId, RtpPlace, RtpSettings } from '../../src/media/index.js';
import type { NativeCommand, NativeEvent } from './native-engine.js';

/** Our certificate for DTLS, in PEM; kept in the state folder, so that the fingerprint outlives the process. */
export interface EngineCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  /** As `a=fingerprint` says it: `sha-256 AB:CD:…` (RFC 8122 §5). */
  readonly fingerprint: string;
}

/** What an agent gets of the world. */
export interface TransportWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly certificate: EngineCertificate;
  /** Packets out of the port's own sockets, the path that ICE chose, the keys of a handshake. */
  readonly toNative: (command: Extract<NativeCommand, { readonly kind: 'send' | 'path' | 'keys' }>) => void;
  readonly toController: (
    event: Extract<MediaEvent, { readonly kind: 'gathered' | 'ice' | 'secured' | 'insecure' }>,
  ) => void;
}

/**
 * ICE and DTLS of all ports. The shell calls it for every port, also those that need neither, after the native thread has been told
 * the same; it keeps what it needs. What a port's peer sends wrongly never throws.
 */
export interface TransportAgent {
  /** `keys`: those of a dead engine's handshake; they hold, and no other handshake is begun. */
  open(port: PortId, place: RtpPlace, settings: RtpSettings, keys?: DtlsKeys): void;
  configure(port: PortId, settings: RtpSettings): void;
  addCandidates(port: PortId, candidates: readonly IceCandidate[]): void;
  /** Neither RTP nor RTCP (RFC 7983). */
  packet(event: Extract<NativeEvent, { readonly kind: 'packet' }>): void;
  /** Closed, or could not be opened. */
  close(port: PortId): void;
  /** The process ends. */
  stop(): void;
}

export type MakeTransportAgent = (world: TransportWorld) => TransportAgent;
