import { connectionAddress, type Direction, directionOf, parseSdp } from '../../src/sdp/index.js';
import type { RtpTarget } from './rtp-stream.js';

/** A description (RFC 8866) of one PCMU stream at `address`; `version` grows with each change (RFC 3264 §8). */
export function describe(address: string, port: number, version: number, direction: Direction): string {
  return [
    'v=0',
    `o=- 1 ${version} IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    `a=${direction}`,
    '',
  ].join('\r\n');
}

/** What the other side's description asks of us. */
export interface Heard {
  readonly direction: Direction;
  /** Absent where it takes no sound at all. */
  readonly target?: RtpTarget;
}

/** Undefined where it is not a description with sound in it. */
export function hear(body: string | undefined): Heard | undefined {
  if (body === undefined || body === '') return undefined;
  const parsed = parseSdp(body);
  if (!parsed.ok) return undefined;
  const media = parsed.value.media.find((each) => each.media === 'audio' && each.port !== 0);
  if (media === undefined) return undefined;
  const direction = directionOf(parsed.value);
  const address = connectionAddress(parsed.value, media);
  const listens = direction === 'sendrecv' || direction === 'recvonly';
  if (!listens || address === undefined || address === '0.0.0.0') return { direction };
  return { direction, target: { address, port: media.port } };
}
