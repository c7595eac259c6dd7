export interface Packet {
  readonly udp: boolean;
  /** `host:port`; an IPv6 host stands without brackets. */
  readonly from: string;
  readonly to: string;
  readonly payload: Buffer;
}

/** A bare IPv4 or IPv6 packet (no extension headers) with UDP or TCP; anything else is undefined. */
export function decodePacket(packet: Buffer): Packet | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4 && packet.length >= 20) {
    const headerLength = ((packet[0] ?? 0) & 0x0f) * 4;
    const source = [...packet.subarray(12, 16)].join('.');
    const destination = [...packet.subarray(16, 20)].join('.');
    return transport(packet[9] ?? 0, source, destination, packet.subarray(headerLength, packet.readUInt16BE(2)));
  }
  if (version === 6 && packet.length >= 40) {
    const source = ipv6(packet.subarray(8, 24));
    const destination = ipv6(packet.subarray(24, 40));
    return transport(packet[6] ?? 0, source, destination, packet.subarray(40, 40 + packet.readUInt16BE(4)));
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
