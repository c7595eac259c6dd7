import { attributeValues, type MediaDescription, type SdpLine } from '../sdp/index.js';
import type { Codec, Format } from './format.js';

/** RFC 3551 §6: the payload types that need no `rtpmap`. */
const staticTypes: ReadonlyMap<number, Omit<Format, 'payloadType' | 'parameters'>> = new Map([
  [0, { codec: 'PCMU', clockRate: 8000, channels: 1 }],
  [8, { codec: 'PCMA', clockRate: 8000, channels: 1 }],
  [9, { codec: 'G722', clockRate: 8000, channels: 1 }],
  [10, { codec: 'L16', clockRate: 44_100, channels: 2 }],
  [11, { codec: 'L16', clockRate: 44_100, channels: 1 }],
  [13, { codec: 'CN', clockRate: 8000, channels: 1 }],
]);

const codecs: ReadonlyMap<string, Codec> = new Map(
  (['PCMU', 'PCMA', 'G722', 'opus', 'L16', 'telephone-event', 'CN'] as const).map((name) => [name.toLowerCase(), name]),
);

/** The formats of one media description that this product knows, in the order of its `m=` line. */
export function readFormats(media: MediaDescription): readonly Format[] {
  const maps = byPayloadType(attributeValues(media, 'rtpmap'));
  const parameters = byPayloadType(attributeValues(media, 'fmtp'));
  const formats: Format[] = [];
  for (const word of media.formats) {
    const payloadType = /^\d{1,3}$/.test(word) ? Number(word) : 128;
    if (payloadType > 127 || formats.some((each) => each.payloadType === payloadType)) continue;
    const map = maps.get(payloadType);
    const read = map === undefined ? staticTypes.get(payloadType) : readMap(map);
    if (read !== undefined) formats.push({ payloadType, ...read, parameters: parameters.get(payloadType) ?? '' });
  }
  return formats;
}

/** `rtpmap` and `fmtp` of each. */
export function formatLines(formats: readonly Format[]): readonly SdpLine[] {
  return formats.flatMap(({ payloadType, codec, clockRate, channels, parameters }) => [
    { type: 'a', value: `rtpmap:${payloadType} ${codec}/${clockRate}${channels === 1 ? '' : `/${channels}`}` },
    ...(parameters === '' ? [] : [{ type: 'a', value: `fmtp:${payloadType} ${parameters}` }]),
  ]);
}

function byPayloadType(values: readonly string[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const value of values) {
    const match = /^(\d{1,3}) +(.*)$/.exec(value);
    const payloadType = Number(match?.[1] ?? Number.NaN);
    if (match?.[2] !== undefined && !found.has(payloadType)) found.set(payloadType, match[2].trim());
  }
  return found;
}

/** `name/clock[/channels]` (RFC 8866 §6.6); names are compared without case (RFC 4855 §3). */
function readMap(value: string): Omit<Format, 'payloadType' | 'parameters'> | undefined {
  const match = /^([^/ ]+)\/(\d{1,6})(?:\/(\d{1,2}))?$/.exec(value);
  const codec = codecs.get(match?.[1]?.toLowerCase() ?? '');
  if (codec === undefined) return undefined;
  const [clockRate, channels] = [Number(match?.[2]), Number(match?.[3] ?? 1)];
  return { codec, clockRate, channels };
}
