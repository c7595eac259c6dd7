export interface Packet {
  readonly udp: boolean;
  /** `host:port`; an IPv6 host stands without brackets. */
  readonly from: string;
  readonly to: string;
  readonly payload: Buffer;
}

/** An Ethernet frame with UDP or TCP over IPv4 or IPv6 (no extension headers); anything else is undefined. */
export function decodePacket(frame: Buffer): Packet | undefined {
  if (frame.length < 34) return undefined;
  const etherType = frame.readUInt16BE(12);
  if (etherType === 0x0800) {
    const headerLength = ((frame[14] ?? 0) & 0x0f) * 4;
    const total = frame.readUInt16BE(16);
    const source = [...frame.subarray(26, 30)].join('.');
    const destination = [...frame.subarray(30, 34)].join('.');
    return transport(frame[23] ?? 0, source, destination, frame.subarray(14 + headerLength, 14 + total));
  }
  if (etherType === 0x86dd && frame.length >= 54) {
    const source = ipv6(frame.subarray(22, 38));
    const destination = ipv6(frame.subarray(38, 54));
    return transport(frame[20] ?? 0, source, destination, frame.subarray(54, 54 + frame.readUInt16BE(18)));
  }
  return undefined;
}

function transport(protocol: number, source: string, destination: string, segment: Buffer): Packet | undefined {
  if (segment.length < 8 || (protocol !== 17 && protocol !== 6)) return undefined;
  if (protocol === 6 && segment.length < 20) return undefined;
  const offset = protocol === 17 ? 8 : ((segment[12] ?? 0) >> 4) * 4;
  return {
    udp: protocol === 17,
    from: `${source}:${segment.readUInt16BE(0)}`,
    to: `${destination}:${segment.readUInt16BE(2)}`,
    payload: segment.subarray(offset),
  };
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
