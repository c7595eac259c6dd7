import type { SrtpSuite } from '../rtp/index.js';
import type { Format } from './format.js';

/** Where packets go or come from. `host`: an IPv4 or IPv6 address without brackets. */
export interface TransportAddress {
  readonly host: string;
  /** 1-65535. */
  readonly port: number;
}

/** Drawn by the controller, 16 lower-case hexadecimal digits: unique as long as the port lives. */
export type PortId = string;

/** One direction's master key and salt, as `inline:` carries them: base64. Goes to the engine over a private socket only. */
export interface SrtpKey {
  readonly suite: SrtpSuite;
  readonly keyAndSalt: string;
}

export type PortSecurity =
  | { readonly kind: 'plain' }
  /** RFC 4568. `send` encrypts what leaves, `receive` opens what arrives. */
  | { readonly kind: 'sdes'; readonly send: SrtpKey; readonly receive: SrtpKey }
  /** RFC 5763. Before the handshake nothing is sent and nothing is believed. */
  | {
      readonly kind: 'dtls';
      readonly role: 'client' | 'server';
      /** The peer's `a=fingerprint`, e.g. `sha-256 AB:CD:…`; the handshake fails with another certificate. */
      readonly fingerprint: string;
    };

/** One `a=candidate` (RFC 8839 §5.1). */
export interface IceCandidate {
  readonly foundation: string;
  /** 1: RTP, 2: RTCP. */
  readonly component: number;
  readonly protocol: 'udp' | 'tcp';
  readonly priority: number;
  readonly address: TransportAddress;
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly related?: TransportAddress;
}

/** What both sides of ICE have said (RFC 8839 §5.4). */
export interface IceSettings {
  readonly local: { readonly ufrag: string; readonly password: string };
  /** Absent until the peer has spoken. A changed ufrag is an ICE restart. */
  readonly remote?: {
    readonly ufrag: string;
    readonly password: string;
    readonly lite: boolean;
    readonly candidates: readonly IceCandidate[];
    /** The peer sends more of them later (RFC 8838), as `addCandidates`. */
    readonly trickle: boolean;
  };
  readonly controlling: boolean;
}

/** What is heard on a port. Two ports that hear each other are bridged; all that hear one mix are in a conference. */
export type Source =
  /** Nothing is sent (but for RTCP and what keeps the path open). */
  | { readonly kind: 'nothing' }
  /** What the peer of that port says: relayed as it is where formats allow it, else transcoded. Any number may hear one. While there is no such port: silence. */
  | { readonly kind: 'port'; readonly port: PortId }
  /** Everybody who hears this mix but oneself. `speaks: false`: only listens. */
  | { readonly kind: 'mix'; readonly mix: string; readonly speaks: boolean }
  /** A tone of the country's table, played until something else is heard. */
  | { readonly kind: 'tone'; readonly tone: Tone }
  /** A prompt or music on hold: WAV (PCM16, µ-law, A-law; 8-48 kHz) or Ogg Opus. `shared`: all who name it hear the same place of it. */
  | { readonly kind: 'file'; readonly path: string; readonly loop: boolean; readonly shared: boolean };

/** A tone as cadences of frequencies (ITU-T E.180). An empty cadence list is silence. */
export interface Tone {
  /** Played in order; the whole list repeats from `repeatFrom` (absent: it is played once, then silence). */
  readonly steps: readonly ToneStep[];
  readonly repeatFrom?: number;
}

export interface ToneStep {
  /** Up to four; [] is a pause. Hz. */
  readonly frequencies: readonly number[];
  /** Level of each frequency, dBm0. */
  readonly level: number;
  /** Milliseconds; 0: for ever. */
  readonly durationMs: number;
}

/** RFC 8866 §6.7, from this box's view: what it does with the port. */
export interface PortDirection {
  readonly sends: boolean;
  readonly receives: boolean;
}

/** Everything the engine has to know of an RTP port; always whole, so that it can be said again to a new engine. */
export interface RtpSettings {
  /** Where the peer said it receives; absent until it has spoken. With ICE the agreed pair rules, with latching the seen source. */
  readonly remote?: { readonly rtp: TransportAddress; readonly rtcp: TransportAddress };
  /** RTCP on the RTP port (RFC 5761). */
  readonly rtcpMux: boolean;
  /**
   * Symmetric RTP. `signalled`: only from the signalled address. `address`: any port of the signalled address. `any`: the first
   * source with plausible RTP. A latched source is left only when it is silent and the new one continues its SSRC, or when the
   * peer re-negotiated (`latchEpoch` grew).
   */
  readonly latch: 'signalled' | 'address' | 'any';
  readonly latchEpoch: number;
  readonly security: PortSecurity;
  readonly ice?: IceSettings;
  /** What the peer may send: its payload types as we named them. */
  readonly receives: readonly Format[];
  /** What we send: the voice format first, then telephone-event and CN where the peer takes them, by the peer's payload types. */
  readonly sends: readonly Format[];
  /** Length of packets sent, 10-60 ms. */
  readonly packetMs: number;
  readonly direction: PortDirection;
  /** XR blocks in RTCP where the peer offered them (RFC 3611 §5.1). */
  readonly rtcpXr: boolean;
  readonly jitter: { readonly minMs: number; readonly maxMs: number };
  /** Look for digits in the sound: where the peer sends no telephone-event. */
  readonly detectDigits: boolean;
  /** Look for fax and modem tones: `fax` is told, and the port goes over to pass-through (V.152). */
  readonly detectFax: boolean;
  /** dB; 0 leaves the sound as it is. */
  readonly gainInDb: number;
  readonly gainOutDb: number;
  /** Differentiated services of what is sent, 0-63; 46 is EF. */
  readonly dscp: number;
  /** UDPTL and the like: datagrams pass as they are between two ports that hear each other; no RTP is looked for. */
  readonly opaque: boolean;
  readonly hears: Source;
}

/** What the engine looks for in the sound of a line. */
export interface LineListening {
  /** DTMF: told as `digit` by `sound`. */
  readonly digits: boolean;
  /** MF R1 (ITU-T Q.320): told as `mf`. */
  readonly mf: boolean;
  /** Steady tones of these frequency sets (Hz, 1-2 each): told as `tone`. [] looks for none. */
  readonly tones: readonly (readonly number[])[];
  /** Caller-ID data: told as `fsk`. */
  readonly fsk: 'off' | 'bell202' | 'v23';
  /** Fax and modem tones: told as `fax`. */
  readonly fax: boolean;
}

/** A time slot of a line card (or its simulator): samples at 8 kHz from a file descriptor. */
export interface TdmSettings {
  readonly law: 'u' | 'a';
  readonly echoCanceller: boolean;
  readonly listens: LineListening;
  readonly gainInDb: number;
  readonly gainOutDb: number;
  readonly jitter: { readonly minMs: number; readonly maxMs: number };
  readonly hears: Source;
}

/** One piece of sound with an end, made on a line. */
export type PlayedSound =
  /** [] is a pause. Hz; level of each frequency, dBm0. */
  | {
      readonly kind: 'tone';
      readonly frequencies: readonly number[];
      readonly level: number;
      readonly durationMs: number;
    }
  /** Phase-continuous FSK: one character `0` (space) or `1` (mark) a bit, in the order they are sent; at most 4096. */
  | {
      readonly kind: 'fsk';
      readonly markHz: number;
      readonly spaceHz: number;
      readonly baud: number;
      readonly level: number;
      readonly bits: string;
    };
