import type { Cause, Result } from '../base/index.js';
import type { RtpPlace, TdmPlace } from './media-command.js';
import type { MediaEvent, PortStatistics } from './media-event.js';
import type { IceCandidate, PlayedSound, PortId, RtpSettings, Source, TdmSettings } from './port-settings.js';

/** What a port is opened with, before anything was negotiated: nothing passes, in neither direction. */
export const idleSettings: RtpSettings = {
  rtcpMux: false,
  latch: 'address',
  latchEpoch: 0,
  security: { kind: 'plain' },
  receives: [],
  sends: [],
  packetMs: 20,
  direction: { sends: false, receives: false },
  rtcpXr: false,
  jitter: { minMs: 20, maxMs: 200 },
  detectDigits: false,
  detectFax: false,
  gainInDb: 0,
  gainOutDb: 0,
  dscp: 46,
  opaque: false,
  hears: { kind: 'nothing' },
};

export interface PortOrder {
  /** The name of the network that the peer is reached by. */
  readonly network: string;
  /** Absent: without ICE. */
  readonly ice?: NonNullable<RtpPlace['ice']>;
}

/** Why there is no port, and what to tell the caller (Q.850). */
export interface PortFault {
  readonly kind: 'unknownNetwork' | 'exhausted';
  readonly cause: Cause;
  readonly why: string;
}

/** What the engine says of a port of whatever kind. */
export type CommonPortEvent =
  | Extract<MediaEvent, { readonly kind: 'statistics' }>
  /** A command was refused. `opened` false: the port could not be opened, nothing is left of it, and `closed` follows. */
  | { readonly kind: 'failed'; readonly port: PortId; readonly opened: boolean; readonly why: string }
  /** Once, and always last: after `close`, or after a failed opening. Without figures where the engine died with them. */
  | { readonly kind: 'closed'; readonly port: PortId; readonly statistics?: PortStatistics };

/** What the engine says of one RTP port. */
export type PortEvent =
  | CommonPortEvent
  | Extract<
      MediaEvent,
      {
        readonly kind:
          | 'latched'
          | 'digit'
          | 'fax'
          | 'silent'
          | 'finished'
          | 'gathered'
          | 'ice'
          | 'secured'
          | 'insecure';
      }
    >;

/**
 * One RTP port of the engine. Everything is synchronous: what the engine has not been told yet it is told as soon as it is there,
 * also by a new engine in the place of a dead one. Commands after `close` are without effect.
 */
export interface MediaPort {
  readonly id: PortId;
  /** The network it was opened on. */
  readonly network: string;
  /** Addresses stay as long as the port lives; a new engine sends by another SSRC, so that no SRTP keystream repeats. */
  readonly place: RtpPlace;
  /** As configured last, with what is heard now. */
  readonly settings: RtpSettings;
  configure(settings: RtpSettings): void;
  /** Only what is heard changes. */
  hear(source: Source): void;
  /** 0-9 A-D * #. Lost while there is no engine: a digit that comes late is a wrong one. */
  digit(digit: string, durationMs: number): void;
  addCandidates(candidates: readonly IceCandidate[]): void;
  /** `statistics` follows, unless there is no engine. */
  askStatistics(): void;
  close(): void;
  /** The one listener: a second call replaces the first. Events never come from within a command. */
  on(listener: (event: PortEvent) => void): void;
}

/** What a TDM port does before its line says otherwise. */
export const idleTdmSettings: TdmSettings = {
  law: 'u',
  echoCanceller: false,
  listens: { digits: false, mf: false, tones: [], fsk: 'off', fax: false },
  gainInDb: 0,
  gainOutDb: 0,
  jitter: { minMs: 0, maxMs: 100 },
  hears: { kind: 'nothing' },
};

/** What the engine says of one TDM port. */
export type TdmPortEvent =
  | CommonPortEvent
  | Extract<
      MediaEvent,
      { readonly kind: 'digit' | 'mf' | 'tone' | 'fsk' | 'fax' | 'played' | 'finished' | 'lineLost' }
    >;

/** One TDM port of the engine: as {@link MediaPort}, over a line instead of a network. */
export interface TdmPort {
  readonly id: PortId;
  readonly place: TdmPlace;
  readonly settings: TdmSettings;
  configure(settings: TdmSettings): void;
  hear(source: Source): void;
  /** DTMF, 0-9 A-D * #; `played` does not follow. */
  digit(digit: string, durationMs: number): void;
  /** Returns the number that `played` will carry. Lost, without `played`, when the engine dies meanwhile: whoever waits has a timer. */
  play(sounds: readonly PlayedSound[]): number;
  askStatistics(): void;
  close(): void;
  /** The one listener: a second call replaces the first. Events never come from within a command. */
  on(listener: (event: TdmPortEvent) => void): void;
}

/** Opens ports; what a leg knows of the media engine. */
export interface MediaEngine {
  /** Opened idle; `configure` follows as soon as it is known what the peer may send. */
  open(order: PortOrder): Result<MediaPort, PortFault>;
  /** A port of before this controller's start, for the leg that goes on with it; once. Undefined: it is gone. */
  claim(port: PortId): MediaPort | undefined;
  /** `a=fingerprint` of every DTLS port, e.g. `sha-256 AB:CD:…`; undefined until an engine has ever been there. */
  readonly fingerprint: string | undefined;
}

/** Opens ports on lines. */
export interface LineEngine {
  /**
   * Opened with {@link idleTdmSettings}. A line has one port: a second one at the same place fails in the engine, but for one that
   * a controller before us left there unclaimed: that one is closed.
   */
  openTdm(place: TdmPlace): TdmPort;
  /** A port of before this controller's start, as {@link MediaEngine.claim}. */
  claimTdm(port: PortId): TdmPort | undefined;
}
