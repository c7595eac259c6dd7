/** Wraps Opus packets of 20 ms as an Ogg file (RFC 3533, RFC 7845): one packet a page, which is allowed and simple. */
export function oggOpus(packets: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt16LE(312, 10);
  head.writeUInt32LE(48_000, 12);
  const tags = Buffer.alloc(16);
  tags.write('OpusTags');
  const pages = [page(head, 0, 0, 2), page(tags, 0, 1, 0)];
  for (const [index, packet] of packets.entries()) {
    pages.push(page(packet, (index + 1) * 960, index + 2, index === packets.length - 1 ? 4 : 0));
  }
  return Buffer.concat(pages);
}

function page(packet: Uint8Array, granule: number, sequence: number, flags: number): Buffer {
  const segments = Math.floor(packet.length / 255) + 1;
  const header = Buffer.alloc(27 + segments);
  header.write('OggS');
  header.writeUInt8(flags, 5);
  header.writeBigUInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(sequence, 18);
  header.writeUInt8(segments, 26);
  header.fill(255, 27, 27 + segments - 1);
  header.writeUInt8(packet.length % 255, 27 + segments - 1);
  const whole = Buffer.concat([header, packet]);
  whole.writeUInt32LE(crc(whole), 22);
  return whole;
}

/** RFC 3533 §6, polynomial 0x04c11db7, nothing reflected. */
function crc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}
