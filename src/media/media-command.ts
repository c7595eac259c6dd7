import type { IceCandidate, PlayedSound, PortId, RtpSettings, TdmSettings, TransportAddress } from './port-settings.js';

/** Where an RTP port is opened. The controller chooses the numbers, so that it never waits for the engine. */
export interface RtpPlace {
  /** Local address; RTP on `rtp.port` (even), RTCP on `rtcp.port` (the next one). */
  readonly rtp: TransportAddress;
  readonly rtcp: TransportAddress;
  /** Absent: the port has no ICE. `lite` answers checks, `full` also gathers and makes them (RFC 8445 §2.5). */
  readonly ice?: {
    readonly mode: 'lite' | 'full';
    readonly stun: readonly TransportAddress[];
    readonly turn: readonly TurnServer[];
  };
  /**
   * Random per port; the SSRC of what is sent and the CNAME of its RTCP (RFC 7022). A port made again in a new engine gets another
   * SSRC: with the old one and the old keys SRTP would use its keystream twice (RFC 3711 §9.1).
   */
  readonly ssrc: number;
  readonly cname: string;
}

export interface TurnServer {
  readonly address: TransportAddress;
  readonly username: string;
  readonly password: string;
}

/**
 * Where the samples of a TDM port come from: a device file, or a Unix socket (SOCK_STREAM) that the engine connects to. What comes
 * first on the socket says which kind it is:
 * - one byte with one descriptor beside it (SCM_RIGHTS): samples are read from and written to that descriptor, e.g. an open channel of
 *   DAHDI, which the kernel lets be opened once, for signals and samples alike. Signals are read where it came from. The socket says
 *   only `0` while nothing may be written (the card dials pulses) and `1` when it may again; it stays open: whoever closes it, or its
 *   process dies, takes the line from the other.
 * - anything without a descriptor: samples. The engine answers each block on the same socket by one as long.
 */
export interface TdmPlace {
  readonly path: string;
  /** Bytes (samples) per read and write, 8-160. */
  readonly blockBytes: number;
}

/** SRTP's place in a stream, for an engine that goes on with it (RFC 3711 §3.3.1). */
export interface Rollover {
  readonly ssrc: number;
  readonly roc: number;
}

/** What the controller says to the engine. Commands are carried out in the order they come; faults come back as `failed`. */
export type MediaCommand =
  | {
      readonly kind: 'open';
      readonly port: PortId;
      readonly place: RtpPlace;
      readonly settings: RtpSettings;
      /**
       * Only when a dead engine's ports are made again: keys that DTLS found, how often the sequence numbers wrapped, and the source
       * that was believed last: it is sent to at once, and believed as if it had been latched here.
       */
      readonly resumed?: {
        readonly dtlsKeys?: DtlsKeys;
        readonly received: readonly Rollover[];
        readonly latched?: TransportAddress;
      };
    }
  | { readonly kind: 'openTdm'; readonly port: PortId; readonly place: TdmPlace; readonly settings: TdmSettings }
  | { readonly kind: 'configure'; readonly port: PortId; readonly settings: RtpSettings }
  | { readonly kind: 'configureTdm'; readonly port: PortId; readonly settings: TdmSettings }
  | { readonly kind: 'addCandidates'; readonly port: PortId; readonly candidates: readonly IceCandidate[] }
  /** Only what this port hears changes. */
  | { readonly kind: 'hear'; readonly port: PortId; readonly source: RtpSettings['hears'] }
  /** Says a digit to the port's peer: telephone-event where agreed, else as tones. 0-9 A-D * #. */
  | { readonly kind: 'digit'; readonly port: PortId; readonly digit: string; readonly durationMs: number }
  /**
   * TDM ports: makes these sounds once instead of what is heard, then `played` follows and the port hears its source again. Another
   * `play` replaces one that is under way, and one of no sounds ends it; neither brings `played` for the old one. At most 200 sounds.
   */
  | { readonly kind: 'play'; readonly port: PortId; readonly play: number; readonly sounds: readonly PlayedSound[] }
  /** Records what the ports' peers say, mixed, into a WAV file (PCM16, 8 kHz); `stopRecording`, or the close of the last port, completes it. */
  | { readonly kind: 'record'; readonly recording: string; readonly ports: readonly PortId[]; readonly path: string }
  | { readonly kind: 'stopRecording'; readonly recording: string }
  /** `closed` follows with the last figures. */
  | { readonly kind: 'close'; readonly port: PortId }
  /** `statistics` follows. */
  | { readonly kind: 'askStatistics'; readonly port: PortId }
  /** `ports` follows, with everything a new controller needs. */
  | { readonly kind: 'list' };

/** Keys out of a DTLS handshake (RFC 5764 §4.2), kept by the controller for an engine that takes over. */
export interface DtlsKeys {
  readonly suite: string;
  /** Master key and salt together, base64, as {@link SrtpKey} has them. */
  readonly send: string;
  readonly receive: string;
  /** RTCP's own, where it has a port and so a handshake of its own (RFC 5764 §4.1); with rtcp-mux, and until then, absent. */
  readonly rtcp?: { readonly send: string; readonly receive: string };
}
