/** What one receiver says of one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** 0-255, in 256ths. */
  readonly fractionLost: number;
  /** 24 bits, signed: duplicates make it negative. */
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  /** In units of the format's clock. */
  readonly jitter: number;
  /** The middle 32 bits of the last sender report's time; 0: none came. */
  readonly lastSenderReport: number;
  /** Since then, in 65,536ths of a second. */
  readonly delaySinceLast: number;
}

export type RtcpPacket =
  | {
      readonly kind: 'senderReport';
      readonly ssrc: number;
      /** 64 bits: seconds since 1900 and their fraction. */
      readonly ntpTime: bigint;
      readonly rtpTime: number;
      readonly packets: number;
      readonly bytes: number;
      readonly blocks: readonly ReportBlock[];
    }
  | { readonly kind: 'receiverReport'; readonly ssrc: number; readonly blocks: readonly ReportBlock[] }
  | {
      readonly kind: 'sourceDescription';
      readonly chunks: readonly { readonly ssrc: number; readonly items: readonly (readonly [number, string])[] }[];
    }
  | { readonly kind: 'bye'; readonly sources: readonly number[]; readonly reason: string }
  /** Extended reports (RFC 3611), feedback (RFC 4585), APP and what is unknown: the bytes after the header. */
  | { readonly kind: 'other'; readonly type: number; readonly count: number; readonly body: Uint8Array };

const blockBytes = 24;
const types = { senderReport: 200, receiverReport: 201, sourceDescription: 202, bye: 203 } as const;

/** Reads a compound (§6.1), or one packet of reduced size (RFC 5506); undefined where it is malformed anywhere. */
export function decodeRtcp(bytes: Uint8Array): readonly RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  for (let start = 0; start < bytes.length; ) {
    const rest = bytes.subarray(start);
    const [first, type, high, low] = rest;
    if (first === undefined || type === undefined || high === undefined || low === undefined) return undefined;
    const length = 4 * ((high << 8) + low + 1);
    if (first >> 6 !== 2 || type < 192 || type > 223 || length > rest.length) return undefined;
    let body = rest.subarray(4, length);
    if ((first & 0x20) !== 0) {
      // Only the last of a compound may be padded (§6.4.1).
      const padding = body.at(-1) ?? 0;
      if (padding === 0 || padding % 4 !== 0 || padding > body.length || length !== rest.length) return undefined;
      body = body.subarray(0, body.length - padding);
    }
    const packet = decodeOne(type, first & 0x1f, body);
    if (packet === undefined) return undefined;
    packets.push(packet);
    start += length;
  }
  return packets.length === 0 ? undefined : packets;
}

function decodeOne(type: number, count: number, body: Uint8Array): RtcpPacket | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  switch (type) {
    case types.senderReport: {
      if (body.length < 24 + count * blockBytes) return undefined;
      return {
        kind: 'senderReport',
        ssrc: view.getUint32(0),
        ntpTime: view.getBigUint64(4),
        rtpTime: view.getUint32(12),
        packets: view.getUint32(16),
        bytes: view.getUint32(20),
        blocks: decodeBlocks(view, 24, count),
      };
    }
    case types.receiverReport:
      if (body.length < 4 + count * blockBytes) return undefined;
      return { kind: 'receiverReport', ssrc: view.getUint32(0), blocks: decodeBlocks(view, 4, count) };
    case types.sourceDescription:
      return decodeSourceDescription(body, count);
    case types.bye: {
      if (body.length < 4 * count) return undefined;
      const sources = Array.from({ length: count }, (_, index) => view.getUint32(4 * index));
      const reasonBytes = body[4 * count] ?? 0;
      if (4 * count + 1 + reasonBytes > body.length && reasonBytes > 0) return undefined;
      const reason = Buffer.from(body.subarray(4 * count + 1, 4 * count + 1 + reasonBytes)).toString('utf8');
      return { kind: 'bye', sources, reason };
    }
    default:
      return { kind: 'other', type, count, body };
  }
}

function decodeBlocks(view: DataView, start: number, count: number): readonly ReportBlock[] {
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * blockBytes;
    return {
      ssrc: view.getUint32(at),
      fractionLost: view.getUint8(at + 4),
      cumulativeLost: (view.getInt32(at + 4) << 8) >> 8,
      highestSequence: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLast: view.getUint32(at + 20),
    };
  });
}

function decodeSourceDescription(body: Uint8Array, count: number): RtcpPacket | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const chunks: { readonly ssrc: number; readonly items: readonly (readonly [number, string])[] }[] = [];
  let at = 0;
  for (let chunk = 0; chunk < count; chunk++) {
    if (at + 4 >= body.length) return undefined;
    const ssrc = view.getUint32(at);
    at += 4;
    const items: (readonly [number, string])[] = [];
    for (let type = body[at]; type !== 0; type = body[at]) {
      const length = body[at + 1];
      if (type === undefined || length === undefined || at + 2 + length > body.length) return undefined;
      items.push([type, Buffer.from(body.subarray(at + 2, at + 2 + length)).toString('utf8')]);
      at += 2 + length;
    }
    // A null item ends the chunk, and nulls fill its last word (§6.5).
    at = 4 * Math.floor(at / 4) + 4;
    if (at > body.length) return undefined;
    chunks.push({ ssrc, items });
  }
  return { kind: 'sourceDescription', chunks };
}

/** Packets one after the other; a compound begins with a report (§6.1). */
export function encodeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  return Buffer.concat(packets.map(encodeOne));
}

function encodeOne(packet: RtcpPacket): Buffer {
  switch (packet.kind) {
    case 'senderReport': {
      const body = Buffer.alloc(24);
      body.writeUInt32BE(packet.ssrc, 0);
      body.writeBigUInt64BE(packet.ntpTime, 4);
      body.writeUInt32BE(packet.rtpTime, 12);
      body.writeUInt32BE(packet.packets, 16);
      body.writeUInt32BE(packet.bytes, 20);
      return framed(types.senderReport, packet.blocks.length, [body, ...packet.blocks.map(encodeBlock)]);
    }
    case 'receiverReport':
      return framed(types.receiverReport, packet.blocks.length, [word(packet.ssrc), ...packet.blocks.map(encodeBlock)]);
    case 'sourceDescription':
      return framed(types.sourceDescription, packet.chunks.length, packet.chunks.map(encodeChunk));
    case 'bye': {
      const text = Buffer.from(packet.reason, 'utf8');
      const reason = text.length === 0 ? [] : [padded(Buffer.concat([Buffer.from([text.length]), text]), 0)];
      return framed(types.bye, packet.sources.length, [...packet.sources.map(word), ...reason]);
    }
    case 'other':
      return framed(packet.type, packet.count, [packet.body]);
  }
}

function encodeBlock(block: ReportBlock): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  bytes.writeUInt32BE(block.ssrc, 0);
  bytes.writeInt32BE(block.cumulativeLost, 4);
  bytes.writeUInt8(block.fractionLost, 4);
  bytes.writeUInt32BE(block.highestSequence, 8);
  bytes.writeUInt32BE(block.jitter, 12);
  bytes.writeUInt32BE(block.lastSenderReport, 16);
  bytes.writeUInt32BE(block.delaySinceLast, 20);
  return bytes;
}

function encodeChunk(chunk: { readonly ssrc: number; readonly items: readonly (readonly [number, string])[] }): Buffer {
  const items = chunk.items.map(([type, text]) => {
    const value = Buffer.from(text, 'utf8');
    return Buffer.concat([Buffer.from([type, value.length]), value]);
  });
  return padded(Buffer.concat([word(chunk.ssrc), ...items]), 1);
}

/** Filled with nulls to whole words, by at least `least` of them. */
function padded(bytes: Buffer, least: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(least + ((4 - ((bytes.length + least) % 4)) % 4))]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function framed(type: number, count: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.from([0x80 | count, type, 0, 0]);
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}
