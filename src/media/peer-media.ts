import { err, ok, type Result } from '../base/index.js';
import {
  attributeValues,
  connectionAddress,
  type Direction,
  hasNoAddress,
  inheritedValues,
  type MediaDescription,
  mediaDirection,
  readFingerprint,
  readRtcpAttribute,
  readSetup,
  type SdpLine,
  type SessionDescription,
  type Setup,
} from '../sdp/index.js';
import type { MediaRefusal } from './agreement.js';
import { isAddress, isManyfold, parseCandidate, sameAddress } from './candidate.js';
import type { Format } from './format.js';
import { readFormats } from './format-attributes.js';
import type { IceSettings, TransportAddress } from './port-settings.js';

/** One media description of a peer, read: nothing in it is decided yet. */
export interface PeerMedia {
  /** Its place among the media descriptions. */
  readonly index: number;
  readonly media: 'audio' | 'image';
  readonly protocol: string;
  /** Absent where the peer has no address to send to: it holds in the old way, or its candidates come later. */
  readonly remote?: { readonly rtp: TransportAddress; readonly rtcp: TransportAddress };
  /** The old hold, an address of nothing, read as what it means. */
  readonly direction: Direction;
  readonly formats: readonly Format[];
  readonly packetMs?: number;
  readonly maxPacketMs?: number;
  readonly rtcpMux: boolean;
  readonly rtcpXr: boolean;
  /** Values of `a=crypto`. */
  readonly crypto: readonly string[];
  readonly dtls?: { readonly fingerprint: string; readonly setup?: Setup };
  readonly ice?: NonNullable<IceSettings['remote']>;
  /** Something between us and the peer changed its address and not its candidates (RFC 8839 §4.2.5). */
  readonly iceMismatch: boolean;
  readonly mid?: string;
  readonly image: readonly SdpLine[];
}

/** Candidates that one peer may name; a browser with several interfaces and TURN servers has some twenty. */
const mostCandidates = 64;

const rtpProtocols: ReadonlySet<string> = new Set([
  'RTP/AVP',
  'RTP/AVPF',
  'RTP/SAVP',
  'RTP/SAVPF',
  'UDP/TLS/RTP/SAVP',
  'UDP/TLS/RTP/SAVPF',
]);

/** Whether the profile word promises SRTP (RFC 3711 §12, RFC 5764 §8). */
export function isSecureProtocol(protocol: string): boolean {
  return protocol.includes('SAVP');
}

/** Whether this product can do something with a media description that is not rejected. */
export function isUsable(media: MediaDescription): boolean {
  if (media.port === 0) return false;
  if (media.media === 'audio') return rtpProtocols.has(media.protocol);
  return media.media === 'image' && media.protocol.toLowerCase() === 'udptl' && media.formats.includes('t38');
}

/** Reads the media description at `index`, which {@link isUsable}. A refusal where nothing could ever be sent to what it names. */
export function readPeerMedia(description: SessionDescription, index: number): Result<PeerMedia, MediaRefusal> {
  const media = description.media[index];
  if (media === undefined) return err(refusal('malformed', 399, 'media description is missing'));
  const ice = readIce(description, media);
  const image = media.media === 'image';
  const rtcpMux = attributeValues(media, 'rtcp-mux').length > 0;
  const place = readPlace(description, media, rtcpMux, ice !== undefined);
  if (!place.ok) return place;
  const remote = place.value;
  const mismatch =
    ice !== undefined &&
    remote !== undefined &&
    ice.candidates.length > 0 &&
    !ice.candidates.some((each) => sameAddress(each.address, remote.rtp));
  const fingerprint = inheritedValues(description, media, 'fingerprint')
    .map(readFingerprint)
    .find((each) => each !== undefined);
  const setup = readSetup(inheritedValues(description, media, 'setup')[0]);
  const [packetMs, maxPacketMs, mid] = [
    readMs(media, 'ptime'),
    readMs(media, 'maxptime'),
    attributeValues(media, 'mid')[0],
  ];
  return ok({
    index,
    media: image ? 'image' : 'audio',
    protocol: media.protocol,
    ...(remote === undefined ? {} : { remote }),
    direction: withoutAddress(description, media, ice !== undefined),
    formats: image ? [] : readFormats(media),
    ...(packetMs === undefined ? {} : { packetMs }),
    ...(maxPacketMs === undefined ? {} : { maxPacketMs }),
    rtcpMux,
    rtcpXr: inheritedValues(description, media, 'rtcp-xr').some((value) => value !== ''),
    crypto: image ? [] : attributeValues(media, 'crypto'),
    ...(fingerprint === undefined ? {} : { dtls: { fingerprint, ...(setup === undefined ? {} : { setup }) } }),
    ...(ice === undefined ? {} : { ice }),
    iceMismatch: mismatch && !ice.trickle,
    ...(mid === undefined ? {} : { mid }),
    image: image ? media.lines.filter((line) => line.type === 'a' && line.value.startsWith('T38')) : [],
  });
}

export function refusal(why: MediaRefusal['why'], warning: MediaRefusal['warning'], reason: string): MediaRefusal {
  return { status: 488, why, warning, reason };
}

function readMs(media: MediaDescription, name: string): number | undefined {
  const ms = Math.floor(Number(attributeValues(media, name)[0]));
  return ms >= 1 && ms <= 1000 ? ms : undefined;
}

/** An address of nothing forbids sending (RFC 6337 §5.3); a port without candidates yet does not (RFC 8838 §4.1.3). */
function withoutAddress(description: SessionDescription, media: MediaDescription, ice: boolean): Direction {
  const said = mediaDirection(description, media);
  if (ice || !hasNoAddress(description, media)) return said;
  return said === 'sendrecv' || said === 'sendonly' ? 'sendonly' : 'inactive';
}

function readPlace(
  description: SessionDescription,
  media: MediaDescription,
  rtcpMux: boolean,
  ice: boolean,
): Result<PeerMedia['remote'], MediaRefusal> {
  const host = connectionAddress(description, media);
  if (hasNoAddress(description, media)) return ok(undefined);
  if (host === undefined || !isAddress(host)) {
    // A browser names an address that only its own link resolves; its checks come from the real one.
    return ice ? ok(undefined) : err(refusal('address', 301, 'the media address is no IP address'));
  }
  if (isManyfold(host)) return err(refusal('address', 399, 'the media address is none of one host'));
  const rtp = { host, port: media.port };
  const said = readRtcpAttribute(attributeValues(media, 'rtcp')[0] ?? '');
  if (rtcpMux || said === undefined)
    return ok({ rtp, rtcp: { host, port: rtcpMux ? media.port : Math.min(media.port + 1, 65535) } });
  const rtcpHost = said.host !== undefined && isAddress(said.host) && !isManyfold(said.host) ? said.host : host;
  return ok({ rtp, rtcp: { host: rtcpHost, port: said.port } });
}

function readIce(description: SessionDescription, media: MediaDescription): PeerMedia['ice'] {
  const ufrag = inheritedValues(description, media, 'ice-ufrag')[0];
  const password = inheritedValues(description, media, 'ice-pwd')[0];
  if (ufrag === undefined || password === undefined || attributeValues(media, 'ice-mismatch').length > 0)
    return undefined;
  // RFC 8839 §5.4.
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(ufrag) || !/^[A-Za-z0-9+/]{22,256}$/.test(password)) return undefined;
  const options = inheritedValues(description, media, 'ice-options').flatMap((value) => value.split(/ +/));
  const complete = inheritedValues(description, media, 'end-of-candidates').length > 0;
  const candidates = attributeValues(media, 'candidate')
    .slice(0, mostCandidates)
    .map(parseCandidate)
    .filter((each) => each !== undefined)
    .filter((each) => !isManyfold(each.address.host));
  return {
    ufrag,
    password,
    lite: attributeValues(description, 'ice-lite').length > 0,
    candidates,
    trickle: options.includes('trickle') && !complete,
  };
}
