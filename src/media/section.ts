import type { Secret } from '../base/index.js';
import type { Direction, MediaDescription, SdpLine } from '../sdp/index.js';
import { familyOf, formatCandidate, hostCandidate } from './candidate.js';
import type { Format } from './format.js';
import { formatLines } from './format-attributes.js';
import type { LocalMedia, MediaProfile } from './media-profile.js';
import type { IceCandidate, TransportAddress } from './port-settings.js';

/** Drawn for one session of ICE; others are a restart. */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: Secret;
}

export interface AudioSection {
  readonly protocol: string;
  readonly formats: readonly Format[];
  readonly packetMs: number;
  readonly direction: Direction;
  readonly keyLines: readonly SdpLine[];
  /** While it is only offered, RTCP has its own port too. */
  readonly rtcpMux: 'no' | 'offered' | 'agreed';
  readonly ice?: IceCredentials;
  readonly iceMismatch: boolean;
  readonly mid?: string;
}

/** The longest packet that the engine takes apart, ms. */
const mostPacketMs = 60;

/** Our own `m=audio`. */
export function audioSection(
  profile: MediaProfile,
  local: LocalMedia,
  gathered: readonly IceCandidate[],
  section: AudioSection,
): MediaDescription {
  const { protocol, formats, packetMs, keyLines, rtcpMux, ice, mid } = section;
  const { rtp, rtcp } = local.advertised ?? local;
  const lines: SdpLine[] = [
    ...formatLines(formats),
    attribute(`ptime:${packetMs}`),
    attribute(`maxptime:${mostPacketMs}`),
    ...rtcpLines(rtp, rtcp, rtcpMux),
    ...(profile.rtcpXr ? [attribute('rtcp-xr:voip-metrics')] : []),
    ...keyLines,
  ];
  if (ice !== undefined) {
    const hosts = [hostCandidate(rtp, 1), ...(rtcpMux === 'agreed' ? [] : [hostCandidate(rtcp, 2)])];
    const candidates = profile.ice === 'full' && gathered.length > 0 ? gathered : hosts;
    lines.push(
      attribute(`ice-ufrag:${ice.ufrag}`),
      attribute(`ice-pwd:${ice.password.reveal()}`),
      attribute('ice-options:ice2'),
      ...candidates.map((each) => attribute(`candidate:${formatCandidate(each)}`)),
      attribute('end-of-candidates'),
    );
  }
  if (section.iceMismatch) lines.push(attribute('ice-mismatch'));
  if (mid !== undefined) {
    // A browser shows a stream only when it is told whose it is (RFC 8830). It is not told the SSRC, which may change with the
    // engine or the keys: one that was told would then count as somebody else's.
    lines.push(attribute(`mid:${mid}`), attribute(`msid:${local.cname} audio`));
  }
  lines.push(attribute(section.direction));
  return { media: 'audio', port: rtp.port, protocol, formats: formats.map((each) => String(each.payloadType)), lines };
}

/** Our own `m=image`: what the other leg's far end says of T.38 passes as it is. */
export function imageSection(local: LocalMedia, image: readonly SdpLine[], direction: Direction): MediaDescription {
  const { port } = (local.advertised ?? local).rtp;
  // Directions are unusual beside T.38, and some gateways stumble over them.
  const lines = [...image, ...(direction === 'sendrecv' ? [] : [attribute(direction)])];
  return { media: 'image', port, protocol: 'udptl', formats: ['t38'], lines };
}

/** Session-level lines of our descriptions. */
export function sessionLines(
  profile: MediaProfile,
  local: LocalMedia,
  section: { readonly ice: boolean; readonly bundle?: string },
): readonly SdpLine[] {
  const { host } = (local.advertised ?? local).rtp;
  return [
    { type: 'c', value: `IN ${familyOf(host)} ${host}` },
    { type: 't', value: '0 0' },
    ...(section.bundle === undefined ? [] : [attribute(`group:BUNDLE ${section.bundle}`)]),
    ...(section.ice && profile.ice === 'lite' ? [attribute('ice-lite')] : []),
  ];
}

export function attribute(value: string): SdpLine {
  return { type: 'a', value };
}

/** RTCP on another than the next port is said so (RFC 3605); multiplexed it is on the RTP port itself (RFC 5761 §5.1.1). */
function rtcpLines(rtp: TransportAddress, rtcp: TransportAddress, mux: AudioSection['rtcpMux']): readonly SdpLine[] {
  const place = rtcp.host === rtp.host ? '' : ` IN ${familyOf(rtcp.host)} ${rtcp.host}`;
  const usual = mux === 'agreed' || (place === '' && rtcp.port === rtp.port + 1);
  return [...(usual ? [] : [attribute(`rtcp:${rtcp.port}${place}`)]), ...(mux === 'no' ? [] : [attribute('rtcp-mux')])];
}
