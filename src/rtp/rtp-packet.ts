/** RFC 3550 §5.1. */
export interface RtpPacket {
  /** 0-127. */
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits, in units of the format's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly contributors: readonly number[];
  /** `data`: a multiple of four bytes. */
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  readonly payload: Uint8Array;
}

const fixedBytes = 12;

/** Undefined for bytes that are no RTP packet of version 2. The payload is a view, not a copy. */
export function decodeRtp(bytes: Uint8Array): RtpPacket | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < fixedBytes) return undefined;
  const [first, second] = [view.getUint8(0), view.getUint8(1)];
  if (first >> 6 !== 2) return undefined;
  const contributorsEnd = fixedBytes + 4 * (first & 0x0f);
  let start = contributorsEnd;
  let extension: RtpPacket['extension'];
  if ((first & 0x10) !== 0) {
    if (bytes.length < start + 4) return undefined;
    const data = bytes.subarray(start + 4, start + 4 + 4 * view.getUint16(start + 2));
    extension = { profile: view.getUint16(start), data };
    start += 4 + 4 * view.getUint16(start + 2);
  }
  const padding = (first & 0x20) === 0 ? 0 : (bytes[bytes.length - 1] ?? 0);
  const end = bytes.length - padding;
  if (end < start || ((first & 0x20) !== 0 && padding === 0)) return undefined;
  const contributors: number[] = [];
  for (let at = fixedBytes; at < contributorsEnd; at += 4) contributors.push(view.getUint32(at));
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    contributors,
    ...(extension === undefined ? {} : { extension }),
    payload: bytes.subarray(start, end),
  };
}

export function encodeRtp(packet: RtpPacket): Uint8Array {
  const { contributors, extension, payload } = packet;
  const extensionBytes = extension === undefined ? 0 : 4 + extension.data.length;
  const start = fixedBytes + 4 * contributors.length + extensionBytes;
  const bytes = new Uint8Array(start + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80 | (extension === undefined ? 0 : 0x10) | contributors.length);
  view.setUint8(1, (packet.marker ? 0x80 : 0) | packet.payloadType);
  view.setUint16(2, packet.sequenceNumber);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  contributors.forEach((each, index) => {
    view.setUint32(fixedBytes + 4 * index, each);
  });
  if (extension !== undefined) {
    const at = start - extensionBytes;
    view.setUint16(at, extension.profile);
    view.setUint16(at + 2, extension.data.length / 4);
    bytes.set(extension.data, at + 4);
  }
  bytes.set(payload, start);
  return bytes;
}
