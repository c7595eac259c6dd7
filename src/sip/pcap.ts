/** A packet for the file: a SIP message as the payload of a UDP datagram, whatever carried it. */
export interface PcapPacket {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly from: PcapEnd;
  readonly to: PcapEnd;
  readonly payload: Buffer;
}

export interface PcapEnd {
  /** IPv4 or IPv6, both ends of one packet alike; an IPv6 address without zone. */
  readonly address: string;
  readonly port: number;
}

/** Packets begin with their IP header, of either version. */
const LINKTYPE_RAW = 101;
const UDP = 17;
const LONGEST_PACKET = 65_535;

/** A classic pcap file (the one every version of Wireshark and tcpdump reads), with checksums that are right. */
export function formatPcap(packets: Iterable<PcapPacket>): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(LONGEST_PACKET, 16);
  head.writeUInt32LE(LINKTYPE_RAW, 20);
  const parts: Buffer[] = [head];
  for (const packet of packets) {
    const bytes = datagram(packet);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(packet.at / 1000), 0);
    record.writeUInt32LE(Math.floor((packet.at % 1000) * 1000), 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    parts.push(record, bytes);
  }
  return Buffer.concat(parts);
}

function datagram({ from, to, payload }: PcapPacket): Buffer {
  const [source, target] = [addressBytes(from.address), addressBytes(to.address)];
  const six = source.length === 16 || target.length === 16;
  const [a, b] = six ? [widened(source), widened(target)] : [source, target];
  const cut = payload.subarray(0, LONGEST_PACKET - (six ? 48 : 28));
  const udp = Buffer.alloc(8 + cut.length);
  udp.writeUInt16BE(from.port & 0xffff, 0);
  udp.writeUInt16BE(to.port & 0xffff, 2);
  udp.writeUInt16BE(udp.length, 4);
  cut.copy(udp, 8);
  const pseudo = Buffer.concat([a, b, lengthAndProtocol(udp.length, six)]);
  // RFC 768: a sum of zero is sent as its complement, since zero means none.
  udp.writeUInt16BE(checksum(Buffer.concat([pseudo, udp])) || 0xffff, 6);
  return Buffer.concat([six ? ipv6Header(a, b, udp.length) : ipv4Header(a, b, udp.length), udp]);
}

function lengthAndProtocol(length: number, six: boolean): Buffer {
  const bytes = Buffer.alloc(six ? 8 : 4);
  if (six) bytes.writeUInt32BE(length, 0);
  else bytes.writeUInt16BE(length, 2);
  bytes[six ? 7 : 1] = UDP;
  return bytes;
}

function ipv4Header(source: Buffer, target: Buffer, length: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(20 + length, 2);
  bytes[6] = 0x40;
  bytes[8] = 64;
  bytes[9] = UDP;
  source.copy(bytes, 12);
  target.copy(bytes, 16);
  bytes.writeUInt16BE(checksum(bytes), 10);
  return bytes;
}

function ipv6Header(source: Buffer, target: Buffer, length: number): Buffer {
  const bytes = Buffer.alloc(40);
  bytes[0] = 0x60;
  bytes.writeUInt16BE(length, 4);
  bytes[6] = UDP;
  bytes[7] = 64;
  source.copy(bytes, 8);
  target.copy(bytes, 24);
  return bytes;
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function widened(address: Buffer): Buffer {
  return address.length === 16 ? address : Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), address]);
}

function addressBytes(text: string): Buffer {
  if (!text.includes(':')) {
    const parts = text.split('.').map(Number);
    return Buffer.from([0, 1, 2, 3].map((i) => parts[i] ?? 0));
  }
  const plain = (text.split('%', 1)[0] ?? '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...d: string[]) => {
    const [a = 0, b = 0, c = 0, e = 0] = d.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | e).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::', 2);
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail)];
  const missing = Math.max(0, 8 - front.length - back.length);
  const all = [...front, ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...back];
  const bytes = Buffer.alloc(16);
  for (let i = 0; i < 8; i++) bytes.writeUInt16BE(Number.parseInt(all[i] ?? '0', 16) & 0xffff, 2 * i);
  return bytes;
}
