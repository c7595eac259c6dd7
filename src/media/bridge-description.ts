import {
  attributeValues,
  type Direction,
  mediaDirection,
  type SdpLine,
  type SessionDescription,
} from '../sdp/index.js';
import type { Format } from './format.js';
import { formatLines, readFormats } from './format-attributes.js';
import type { PortId, Source } from './port-settings.js';

/**
 * What an anchored leg says of its far end to the other leg of its call: the port that stands for the far end, what the
 * far end can do, and its direction as it said it. Inside a call it travels as a SessionDescription, because a call
 * passes descriptions on (hold, transfer, late offers) without looking into them; it never leaves the box.
 */
export interface BridgeDescription {
  readonly port: PortId;
  /** The far end speaks and is heard in this conference; whoever is bridged to it joins. */
  readonly mix?: string;
  /** `image`: T.38, passed as it is. */
  readonly media: 'audio' | 'image';
  /** Voice best first, then telephone-event and CN; [] for an image. Once agreed: the voice that is spoken first. */
  readonly formats: readonly Format[];
  /** Packet time that the far end asks for; absent where it does not say. */
  readonly packetMs?: number;
  readonly direction: Direction;
  /** T.38's own attributes, as the far end said them. */
  readonly image: readonly SdpLine[];
}

const portAttribute = 'x-holdfast-port';
const mixAttribute = 'x-holdfast-mix';
/** A port that is never there: who hears it hears silence. */
export const silentPort: PortId = '0000000000000000';
/** From the block for documentation (RFC 5737): not 0.0.0.0, which would read as hold. */
const nowhere = '192.0.2.1';

/** The description that carries it through a call. */
export function formatBridge(bridge: BridgeDescription): SessionDescription {
  const audio = bridge.media === 'audio';
  const lines: readonly SdpLine[] = [
    { type: 'a', value: `${portAttribute}:${bridge.port}` },
    ...(bridge.mix === undefined ? [] : [{ type: 'a', value: `${mixAttribute}:${bridge.mix}` }]),
    ...formatLines(bridge.formats),
    ...(bridge.packetMs === undefined ? [] : [{ type: 'a', value: `ptime:${bridge.packetMs}` }]),
    ...bridge.image,
    { type: 'a', value: bridge.direction },
  ];
  return {
    origin: {
      username: 'holdfast',
      sessionId: '0',
      sessionVersion: '0',
      netType: 'IN',
      addressType: 'IP4',
      address: nowhere,
    },
    sessionName: '-',
    lines: [
      { type: 'c', value: `IN IP4 ${nowhere}` },
      { type: 't', value: '0 0' },
    ],
    media: [
      {
        media: bridge.media,
        port: 9,
        protocol: audio ? 'RTP/AVP' : 'udptl',
        formats: audio ? bridge.formats.map((format) => String(format.payloadType)) : ['t38'],
        lines,
      },
    ],
  };
}

/** Undefined for a description that is no bridge description: one that came from outside. */
export function readBridge(description: SessionDescription): BridgeDescription | undefined {
  const media = description.media[0];
  if (media === undefined || description.media.length !== 1) return undefined;
  const port = attributeValues(media, portAttribute)[0];
  if (port === undefined || !/^[0-9a-f]{16}$/.test(port)) return undefined;
  if (media.media !== 'audio' && media.media !== 'image') return undefined;
  const packetMs = attributeValues(media, 'ptime')[0];
  const mix = attributeValues(media, mixAttribute)[0];
  return {
    port,
    ...(mix === undefined ? {} : { mix }),
    media: media.media,
    formats: media.media === 'audio' ? readFormats(media) : [],
    ...(packetMs === undefined ? {} : { packetMs: Number(packetMs) }),
    direction: mediaDirection(description, media),
    image: media.lines.filter((line) => line.type === 'a' && line.value.startsWith('T38')),
  };
}

/**
 * What is heard of the far end that `bridge` describes: who is put on hold hears the music, where there is some, and what the holder
 * sends otherwise.
 */
export function soundOf({ port, mix, direction }: BridgeDescription, music: string | undefined): Source {
  const onHold = direction === 'sendonly' || direction === 'inactive';
  if (onHold && music !== undefined) return { kind: 'file', path: music, loop: true, shared: true };
  return mix === undefined ? { kind: 'port', port } : { kind: 'mix', mix, speaks: true };
}
