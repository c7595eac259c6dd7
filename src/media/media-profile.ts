import type { SrtpSuite } from '../rtp/index.js';
import type { PortId, TransportAddress } from './port-settings.js';

/** The voice codecs that a leg may offer. */
export type VoiceCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus' | 'L16';

/** How keys are agreed: in the description (RFC 4568), or by a handshake on the media path (RFC 5763). */
export type Keying = 'sdes' | 'dtls';

/** What one kind of leg (telephones, a trunk, the centre) does with media. Comes from the configuration; never from a peer. */
export interface MediaProfile {
  /** On the secure side nothing is ever sent or believed in the clear, whatever `srtp` says and whatever a peer wants. */
  readonly side: 'plain' | 'secure';
  readonly security: {
    /** `allowed`: offered beside plain RTP (RFC 8643); a peer that knows neither still gets its call. */
    readonly srtp: 'never' | 'allowed' | 'required';
    /** Best first. */
    readonly suites: readonly SrtpSuite[];
    /** What a peer may choose; the first is what we offer where only one can be offered. */
    readonly keying: readonly Keying[];
  };
  readonly ice: 'off' | 'lite' | 'full';
  /** Best first; not empty. */
  readonly codecs: readonly VoiceCodec[];
  /** What is asked for where neither peer says anything: 10, 20, 30, 40, 50 or 60. */
  readonly packetMs: number;
  /** RFC 4733. */
  readonly telephoneEvent: boolean;
  /** RFC 3389. */
  readonly comfortNoise: boolean;
  /** RTCP on the RTP port is offered; where a peer asks for it, it gets it in any case (RFC 5761). */
  readonly rtcpMux: boolean;
  /** RFC 3611. */
  readonly rtcpXr: boolean;
  /** `auto`: `any` where the peer is plainly behind a NAT (it names a private address and its signalling comes from another), else `address`. */
  readonly latch: 'signalled' | 'address' | 'any' | 'auto';
  /** 0-63. */
  readonly dscp: number;
  readonly jitter: { readonly minMs: number; readonly maxMs: number };
  /** Fax and modem tones are looked for where the voice is G.711. */
  readonly detectFax: boolean;
  /** dB. */
  readonly gainInDb: number;
  readonly gainOutDb: number;
  /** T.38 datagrams may pass; never on the secure side, where UDPTL would be in the clear. */
  readonly t38: boolean;
}

/** Whether policy forbids plain RTP on this leg. The one place that says so. */
export function needsSrtp(profile: MediaProfile): boolean {
  return profile.side === 'secure' || profile.security.srtp === 'required';
}

/** What a port is known by; drawn or chosen by the controller when the leg begins. */
export interface LocalMedia {
  readonly port: PortId;
  readonly rtp: TransportAddress;
  readonly rtcp: TransportAddress;
  /** What peers are told instead, where a NAT stands before us. */
  readonly advertised?: { readonly rtp: TransportAddress; readonly rtcp: TransportAddress };
  readonly ssrc: number;
  readonly cname: string;
  /** `a=fingerprint` of the engine; absent: DTLS cannot be offered. */
  readonly fingerprint?: string;
}
