/** STUN (RFC 5389 §6) as far as the keep-alive of a datagram flow needs it (RFC 5626 §8): the address is asked for and told. */
const headBytes = 20;
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;
const magicCookie = 0x2112a442;
const xorMappedAddress = 0x0020;
const errorCode = 0x0009;
const unknownAttributes = 0x000a;
/** From here on an attribute may be ignored (RFC 5389 §15). */
const optionalFrom = 0x8000;
/** Unknown attributes that an error lists at most. */
const mostListed = 8;

/** The answer to a binding request that came from `address` and `port`; undefined where the bytes are none. */
export function answerStun(bytes: Buffer, address: string, port: number): Buffer | undefined {
  if (bytes.length < headBytes || bytes.readUInt16BE(0) !== bindingRequest) return undefined;
  if (bytes.readUInt32BE(4) !== magicCookie || bytes.readUInt16BE(2) !== bytes.length - headBytes) return undefined;
  const unknown = requiredAttributes(bytes);
  if (unknown === undefined) return undefined;
  const transaction = bytes.subarray(4, headBytes);
  if (unknown.length > 0) return message(bindingError, transaction, refusal(unknown));
  return message(bindingSuccess, transaction, attribute(xorMappedAddress, xored(address, port, transaction)));
}

/** Attributes that the sender wants understood, and are not; undefined where they overrun the message. */
function requiredAttributes(bytes: Buffer): readonly number[] | undefined {
  const found: number[] = [];
  for (let at = headBytes; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const type = bytes.readUInt16BE(at);
    if (type < optionalFrom && found.length < mostListed) found.push(type);
    at += 4 + padded(bytes.readUInt16BE(at + 2));
    if (at > bytes.length) return undefined;
  }
  return found;
}

/** 420 (RFC 5389 §15.6, §15.9). */
function refusal(unknown: readonly number[]): Buffer {
  const types = Buffer.alloc(2 * unknown.length);
  for (const [i, type] of unknown.entries()) types.writeUInt16BE(type, 2 * i);
  const reason = Buffer.from('\0\0\x04\x14Unknown Attribute', 'latin1');
  return Buffer.concat([attribute(errorCode, reason), attribute(unknownAttributes, types)]);
}

/** RFC 5389 §15.2. */
function xored(address: string, port: number, transaction: Buffer): Buffer {
  const v6 = address.includes(':');
  const octets = v6 ? octetsOfV6(address) : address.split('.').map(Number);
  const value = Buffer.alloc(4 + octets.length);
  value[1] = v6 ? 2 : 1;
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
  for (const [i, octet] of octets.entries()) value[4 + i] = octet ^ (transaction[i] ?? 0);
  return value;
}

function octetsOfV6(address: string): readonly number[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const words = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const [before, after] = [words(head), words(tail)];
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array.from({ length: gap }, () => '0'), ...after];
  return all.flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 255];
  });
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function message(type: number, transaction: Buffer, attributes: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(attributes.length, 2);
  return Buffer.concat([head, transaction, attributes]);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
