import type { MediaSettings } from '../config/index.js';
import type { MediaProfile } from '../media/index.js';
import { attributeValues, type SessionDescription } from '../sdp/index.js';

/** The kinds of peers that have rules of their own. */
export type MediaSide = 'phones' | 'centre' | 'trunks';

/** Who is at the other end of a leg, as far as its sound is concerned. */
export interface MediaPeer {
  readonly side: MediaSide;
  /** Of its signalling. */
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** Where its signalling goes or comes from: an address, IPv6 without brackets; for the centre and trunks perhaps a name. */
  readonly host: string;
  /** It speaks as browsers do (RFC 8834, 8827): DTLS, ICE and RTCP on one port, whatever the rules say. */
  readonly browser: boolean;
  /** It began with ICE. */
  readonly ice: boolean;
  /** The call is placed by us. */
  readonly called: boolean;
  /** SRTP or nothing, for this try. */
  readonly strict: boolean;
}

/** A peer that calls us: what it offers shows what it is. */
export function callingPeer(
  side: MediaSide,
  flow: { readonly transport: string; readonly address: string },
  offer: SessionDescription | undefined,
): MediaPeer {
  const transport = transportOf(flow.transport);
  const levels = offer === undefined ? [] : [offer, ...offer.media];
  const says = (name: string): boolean => levels.some((level) => attributeValues(level, name).length > 0);
  const browser = offer?.media.some(({ protocol }) => protocol === 'UDP/TLS/RTP/SAVPF') === true && says('fingerprint');
  return {
    side,
    transport,
    host: flow.address,
    browser: browser || isWeb(transport),
    ice: says('ice-ufrag'),
    called: false,
    strict: false,
  };
}

/** A peer that we call. */
export function calledPeer(side: MediaSide, transport: string, host: string): MediaPeer {
  const known = transportOf(transport);
  return {
    side,
    transport: known,
    host: host.replace(/^\[|\]$/g, ''),
    browser: isWeb(known),
    ice: false,
    called: true,
    strict: false,
  };
}

/** What a leg to this peer may do with media. */
export function profileOf(settings: MediaSettings, peer: MediaPeer): MediaProfile {
  const { secure, srtp, codecs } = settings[peer.side];
  const { suites, packetMs, dscp, jitter, secureSideNeverPlain } = settings;
  return {
    side: secure && secureSideNeverPlain ? 'secure' : 'plain',
    security: {
      // Keys in a description that anybody can read protect nothing: who is signalled in the clear is not offered any.
      srtp:
        peer.browser || peer.strict
          ? 'required'
          : srtp === 'allowed' && peer.called && !isEncrypted(peer)
            ? 'never'
            : srtp,
      suites,
      keying: peer.browser ? ['dtls'] : ['sdes', 'dtls'],
    },
    ice: iceOf(settings, peer),
    codecs,
    packetMs,
    telephoneEvent: true,
    comfortNoise: true,
    rtcpMux: peer.browser,
    rtcpXr: false,
    latch: 'auto',
    dscp,
    jitter,
    detectFax: peer.side === 'trunks',
    gainInDb: 0,
    gainOutDb: 0,
    t38: !secure,
  };
}

/**
 * A telephone whose signalling is encrypted is first offered SRTP alone, where SRTP is allowed: some refuse it beside plain RTP, and
 * others would take the plain. Who cannot take that is asked by the rules of {@link profileOf}.
 */
export function triesSrtpFirst(settings: MediaSettings, peer: MediaPeer): boolean {
  return settings[peer.side].srtp === 'allowed' && peer.called && isEncrypted(peer) && !peer.browser;
}

export function iceOf(settings: MediaSettings, { side, browser, ice }: MediaPeer): MediaProfile['ice'] {
  const set = settings[side].ice;
  return set === 'off' && (browser || ice) ? 'lite' : set;
}

/** For another process. */
export function formatPeer({ side, transport, host, browser, ice, called, strict }: MediaPeer): string {
  const flags = Object.entries({ browser, ice, called, strict }).flatMap(([name, set]) => (set ? [name] : []));
  return [side, transport, host, ...flags].join(' ');
}

export function parsePeer(text: string): MediaPeer | undefined {
  const [side, transport = '', host = '', ...flags] = text.split(' ');
  if (side !== 'phones' && side !== 'centre' && side !== 'trunks') return undefined;
  const [browser, ice, called, strict] = ['browser', 'ice', 'called', 'strict'].map((flag) => flags.includes(flag));
  return {
    side,
    transport: transportOf(transport),
    host,
    browser: browser === true,
    ice: ice === true,
    called: called === true,
    strict: strict === true,
  };
}

function isEncrypted({ transport }: MediaPeer): boolean {
  return transport === 'tls' || transport === 'wss';
}

function isWeb(transport: MediaPeer['transport']): boolean {
  return transport === 'ws' || transport === 'wss';
}

function transportOf(word: string): MediaPeer['transport'] {
  const lower = word.toLowerCase();
  return lower === 'tcp' || lower === 'tls' || lower === 'ws' || lower === 'wss' ? lower : 'udp';
}
