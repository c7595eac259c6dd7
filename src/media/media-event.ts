import type { MfSignal } from '../analog/index.js';
import type { DtlsKeys, Rollover, RtpPlace, TdmPlace } from './media-command.js';
import type { IceCandidate, PortId, RtpSettings, TdmSettings, TransportAddress } from './port-settings.js';

/** Figures of one port since it was opened. Counters count packets unless they say otherwise. */
export interface PortStatistics {
  readonly received: number;
  readonly receivedBytes: number;
  readonly sent: number;
  readonly sentBytes: number;
  /** Never came, by sequence numbers. */
  readonly lost: number;
  readonly duplicate: number;
  readonly reordered: number;
  /** Came too late to be played. */
  readonly late: number;
  /** Not read or not sent in time: the machine was too slow. */
  readonly dropped?: number;
  /** Milliseconds of sound that had to be made up. */
  readonly concealedMs: number;
  /** RFC 3550 §6.4.1, ms. */
  readonly jitterMs: number;
  /** Where sound is buffered: what it is delayed by, ms. */
  readonly bufferMs: number;
  /** From the peer's receiver reports: fraction lost 0-1, jitter and round trip in ms; absent without RTCP. */
  readonly peer?: { readonly lossFraction: number; readonly jitterMs: number; readonly roundTripMs?: number };
  /** Refused: another source, a wrong or replayed authentication tag, no RTP, an unknown payload type. */
  readonly refused: {
    readonly source: number;
    readonly authentication: number;
    readonly replayed: number;
    readonly malformed: number;
    readonly payloadType: number;
  };
  /** Estimated mean opinion score of what is received (ITU-T G.107 E-model), 1-4.5. */
  readonly mos: number;
  /** How what the port hears reaches it now. */
  readonly path: 'none' | 'relay' | 'kernel' | 'transcoded' | 'mixed' | 'generated' | 'opaque';
  /** TDM ports: blocks lost or made up because the clocks differ, and the difference in parts per million. */
  readonly slips?: number;
  readonly driftPpm?: number;
}

export interface ListedPort {
  readonly port: PortId;
  readonly rtp?: {
    readonly place: RtpPlace;
    readonly settings: RtpSettings;
    readonly dtlsKeys?: DtlsKeys;
    readonly received: readonly Rollover[];
    readonly latched?: TransportAddress;
  };
  readonly tdm?: { readonly place: TdmPlace; readonly settings: TdmSettings };
}

/** What the engine says to the controller. */
export type MediaEvent =
  /** First on every connection. `instance` is drawn when the engine starts: another one has none of the ports. */
  | {
      readonly kind: 'hello';
      readonly protocol: 1;
      readonly instance: string;
      /** `a=fingerprint` of every DTLS port; kept on disk, so that it outlives the engine. */
      readonly fingerprint: string;
      readonly codecs: readonly string[];
      readonly realTime: boolean;
    }
  | { readonly kind: 'ports'; readonly ports: readonly ListedPort[] }
  /** A command could not be carried out; of a port that did not open nothing is left. */
  | { readonly kind: 'failed'; readonly port?: PortId; readonly command: string; readonly why: string }
  | { readonly kind: 'closed'; readonly port: PortId; readonly statistics: PortStatistics }
  | { readonly kind: 'statistics'; readonly port: PortId; readonly statistics: PortStatistics }
  /** The first packet that was believed, or the source changed. */
  | { readonly kind: 'latched'; readonly port: PortId; readonly address: TransportAddress }
  /** A digit ended. */
  | {
      readonly kind: 'digit';
      readonly port: PortId;
      readonly digit: string;
      readonly durationMs: number;
      readonly by: 'telephone-event' | 'sound';
    }
  | { readonly kind: 'fax'; readonly port: PortId; readonly tone: 'cng' | 'ced' | 'v21' | 'ansam' }
  /** TDM ports: the sounds of this `play` are all out. */
  | { readonly kind: 'played'; readonly port: PortId; readonly play: number }
  /** TDM ports: an MF signal ended (Q.320, GR-506). */
  | { readonly kind: 'mf'; readonly port: PortId; readonly signal: MfSignal }
  /** TDM ports: a steady tone of one of the sets listened for began; [] when it ended. Hz, as in the set. */
  | { readonly kind: 'tone'; readonly port: PortId; readonly frequencies: readonly number[] }
  /** TDM ports: received bits, `0` and `1`, while a carrier is there; told at least every 100 ms. */
  | { readonly kind: 'fsk'; readonly port: PortId; readonly bits: string }
  /** TDM ports: the descriptor cannot be read or written any more, e.g. the card is gone. The port stays until it is closed. */
  | { readonly kind: 'lineLost'; readonly port: PortId; readonly why: string }
  /** No packet for so long, told at 5 s and then each further 5 s; once packets come again, with `silentMs` 0. */
  | { readonly kind: 'silent'; readonly port: PortId; readonly silentMs: number }
  /** A file that does not loop has ended, or cannot be played (`why`). */
  | { readonly kind: 'finished'; readonly port: PortId; readonly why?: string }
  | {
      readonly kind: 'recorded';
      readonly recording: string;
      readonly path: string;
      readonly durationMs: number;
      readonly why?: string;
    }
  /** All candidates found so far, again with each one; `done`: there will be no more. */
  | {
      readonly kind: 'gathered';
      readonly port: PortId;
      readonly candidates: readonly IceCandidate[];
      readonly done: boolean;
    }
  | {
      readonly kind: 'ice';
      readonly port: PortId;
      readonly state: 'checking' | 'connected' | 'failed' | 'disconnected';
      readonly pair?: string;
    }
  | { readonly kind: 'secured'; readonly port: PortId; readonly keys: DtlsKeys }
  | { readonly kind: 'insecure'; readonly port: PortId; readonly why: string }
  /** A received stream's sequence numbers wrapped. */
  | { readonly kind: 'rolled'; readonly port: PortId; readonly rollover: Rollover }
  /** Once a second: what the engine's thread is loaded with, 0-1, and how many ports it has. */
  | {
      readonly kind: 'pulse';
      readonly load: number;
      readonly ports: number;
      readonly packetsPerSecond: number;
      /** Encoder complexity of Opus now, 0-10: it falls under load. */
      readonly complexity: number;
    };
