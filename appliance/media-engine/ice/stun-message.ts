import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TransportAddress } from '../../../src/media/index.js';
import { addressBytes, addressText } from './address.js';

/** RFC 8489 §18.2, RFC 8656 §17. */
export const stunMethod = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
} as const;

export type StunClass = 'request' | 'indication' | 'success' | 'error';
const classes: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

/** What the attributes that we know say (RFC 8489 §14, RFC 8445 §16.1, RFC 8656 §18). */
export interface StunAttributes {
  readonly username?: string;
  readonly realm?: string;
  readonly nonce?: string;
  readonly software?: string;
  readonly errorCode?: { readonly code: number; readonly reason: string };
  readonly unknownAttributes?: readonly number[];
  readonly mappedAddress?: TransportAddress;
  readonly xorMappedAddress?: TransportAddress;
  readonly xorPeerAddress?: TransportAddress;
  readonly xorRelayedAddress?: TransportAddress;
  readonly alternateServer?: TransportAddress;
  readonly priority?: number;
  readonly useCandidate?: boolean;
  readonly iceControlled?: bigint;
  readonly iceControlling?: bigint;
  readonly channelNumber?: number;
  readonly lifetime?: number;
  readonly requestedTransport?: number;
  /** 1: IPv4, 2: IPv6. */
  readonly requestedAddressFamily?: number;
  readonly data?: Buffer;
  /** Numbers of RFC 8489 §18.5: 1 MD5, 2 SHA-256. */
  readonly passwordAlgorithms?: readonly number[];
  readonly passwordAlgorithm?: number;
}

export interface StunMessage {
  readonly class: StunClass;
  readonly method: number;
  /** 12 octets. */
  readonly transaction: Buffer;
  readonly attributes: StunAttributes;
}

export interface ReceivedStun extends StunMessage {
  /** Attributes below 0x8000 that we do not know: a request with them is answered by 420 (RFC 8489 §6.3.1). */
  readonly unknown: readonly number[];
  /** Whether MESSAGE-INTEGRITY, or MESSAGE-INTEGRITY-SHA256, is there and made by the key. */
  readonly provenBy: (key: Buffer) => boolean;
  readonly hasIntegrity: boolean;
}

const headerBytes = 20;
const cookie = 0x2112a442;
const cookieBytes = Buffer.from('2112a442', 'hex');
const fingerprintXor = 0x5354554e;
const integrityBytes = 20;
const sha256Bytes = 32;

const attribute = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  passwordAlgorithms: 0x8002,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** Where MESSAGE-INTEGRITY was found: it covers what is before it. */
interface Integrity {
  readonly at: number;
  readonly hash: 'sha1' | 'sha256';
  readonly value: Buffer;
}

type Draft = { -readonly [K in keyof StunAttributes]: StunAttributes[K] };

/** Whatever comes: undefined where it is no STUN of RFC 8489, has a wrong FINGERPRINT, or an attribute that is cut or malformed. */
export function decodeStun(bytes: Buffer): ReceivedStun | undefined {
  if (bytes.length < headerBytes || bytes.readUInt32BE(4) !== cookie) return undefined;
  const type = bytes.readUInt16BE(0);
  const length = bytes.readUInt16BE(2);
  if (type > 0x3fff || length % 4 !== 0 || length !== bytes.length - headerBytes) return undefined;
  const transaction = Buffer.from(bytes.subarray(8, headerBytes));
  const draft: Draft = {};
  const unknown: number[] = [];
  const integrities: Integrity[] = [];
  for (let at = headerBytes; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const kind = bytes.readUInt16BE(at);
    const size = bytes.readUInt16BE(at + 2);
    const from = at + 4;
    if (from + size > bytes.length) return undefined;
    const value = bytes.subarray(from, from + size);
    if (kind === attribute.fingerprint) {
      // The last one (RFC 8489 §14.7).
      if (size !== 4 || from + size !== bytes.length || value.readUInt32BE(0) !== fingerprintOf(bytes, at))
        return undefined;
    } else if (kind === attribute.messageIntegrity) {
      if (size !== integrityBytes) return undefined;
      if (integrities.length === 0) integrities.push({ at, hash: 'sha1', value });
    } else if (kind === attribute.messageIntegritySha256) {
      if (size < 16 || size > sha256Bytes || size % 4 !== 0) return undefined;
      if (integrities.every(({ hash }) => hash !== 'sha256')) integrities.push({ at, hash: 'sha256', value });
    } else if (integrities.length === 0) {
      // What stands behind MESSAGE-INTEGRITY proves nothing (RFC 8489 §14.5).
      const read = readAttribute(draft, kind, value, transaction);
      if (read === 'malformed') return undefined;
      if (read === 'unknown' && kind < 0x8000) unknown.push(kind);
    }
    at = from + size + padding(size);
  }
  return {
    class: classes[((type >> 7) & 2) | ((type >> 4) & 1)] ?? 'request',
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    transaction,
    attributes: draft,
    unknown,
    hasIntegrity: integrities.length > 0,
    provenBy: (key) => integrities.some((integrity) => holds(bytes, integrity, key)),
  };
}

function padding(size: number): number {
  return (4 - (size % 4)) % 4;
}

/** The header's length is then that of a message which ends with the attribute at `at` (RFC 8489 §14.5, §14.7). */
function upTo(bytes: Buffer, at: number, size: number): Buffer {
  const part = Buffer.from(bytes.subarray(0, at));
  part.writeUInt16BE(at - headerBytes + 4 + size, 2);
  return part;
}

function fingerprintOf(bytes: Buffer, at: number): number {
  return (crc32(upTo(bytes, at, 4)) ^ fingerprintXor) >>> 0;
}

function holds(bytes: Buffer, { at, hash, value }: Integrity, key: Buffer): boolean {
  const made = createHmac(hash, key)
    .update(upTo(bytes, at, value.length))
    .digest()
    .subarray(0, value.length);
  return timingSafeEqual(made, value);
}

function readAttribute(
  draft: Draft,
  kind: number,
  value: Buffer,
  transaction: Buffer,
): 'read' | 'unknown' | 'malformed' {
  const text = (most: number): string | undefined => (value.length <= most ? value.toString('utf8') : undefined);
  const uint32 = (): number | undefined => (value.length === 4 ? value.readUInt32BE(0) : undefined);
  const uint64 = (): bigint | undefined => (value.length === 8 ? value.readBigUInt64BE(0) : undefined);
  const set = <K extends keyof Draft>(name: K, found: Draft[K]): 'read' | 'malformed' => {
    if (found === undefined) return 'malformed';
    // The first of a kind counts (RFC 8489 §14).
    if (draft[name] === undefined) draft[name] = found;
    return 'read';
  };
  switch (kind) {
    case attribute.username:
      return set('username', text(513));
    case attribute.realm:
      return set('realm', text(763));
    case attribute.nonce:
      return set('nonce', text(763));
    case attribute.software:
      return set('software', text(763));
    case attribute.mappedAddress:
      return set('mappedAddress', decodeAddress(value));
    case attribute.alternateServer:
      return set('alternateServer', decodeAddress(value));
    case attribute.xorMappedAddress:
      return set('xorMappedAddress', decodeAddress(value, transaction));
    case attribute.xorPeerAddress:
      return set('xorPeerAddress', decodeAddress(value, transaction));
    case attribute.xorRelayedAddress:
      return set('xorRelayedAddress', decodeAddress(value, transaction));
    case attribute.errorCode:
      return set('errorCode', decodeErrorCode(value));
    case attribute.unknownAttributes:
      return set('unknownAttributes', numbers(value));
    case attribute.priority:
      return set('priority', uint32());
    case attribute.useCandidate:
      return set('useCandidate', true);
    case attribute.iceControlled:
      return set('iceControlled', uint64());
    case attribute.iceControlling:
      return set('iceControlling', uint64());
    case attribute.channelNumber:
      return set('channelNumber', value.length === 4 ? value.readUInt16BE(0) : undefined);
    case attribute.lifetime:
      return set('lifetime', uint32());
    case attribute.requestedTransport:
      return set('requestedTransport', value.length === 4 ? value[0] : undefined);
    case attribute.requestedAddressFamily:
      return set('requestedAddressFamily', value.length === 4 ? value[0] : undefined);
    case attribute.data:
      return set('data', value);
    case attribute.passwordAlgorithms:
      return set('passwordAlgorithms', decodeAlgorithms(value));
    case attribute.passwordAlgorithm:
      return set('passwordAlgorithm', decodeAlgorithms(value)?.[0]);
    default:
      return 'unknown';
  }
}

function numbers(value: Buffer): readonly number[] {
  return Array.from({ length: value.length >> 1 }, (_, i) => value.readUInt16BE(i * 2));
}

function decodeErrorCode(value: Buffer): StunAttributes['errorCode'] {
  const [, , hundreds = 0, rest = 0] = value;
  if (value.length < 4) return undefined;
  return { code: (hundreds & 7) * 100 + (rest % 100), reason: value.subarray(4, 4 + 763).toString('utf8') };
}

/** RFC 8489 §14.11: numbers, each with parameters that no known algorithm has. */
function decodeAlgorithms(value: Buffer): readonly number[] | undefined {
  const found: number[] = [];
  for (let at = 0; at < value.length; ) {
    if (at + 4 > value.length) return undefined;
    found.push(value.readUInt16BE(at));
    const size = value.readUInt16BE(at + 2);
    at += 4 + size + padding(size);
  }
  return found;
}

/** RFC 8489 §14.2: with a transaction, both parts are masked. */
function decodeAddress(value: Buffer, transaction?: Buffer): TransportAddress | undefined {
  const family = value[1];
  if (value.length !== (family === 1 ? 8 : 20) || (family !== 1 && family !== 2)) return undefined;
  const port = value.readUInt16BE(2) ^ (transaction === undefined ? 0 : cookie >>> 16);
  const bytes = Buffer.from(value.subarray(4));
  const host = addressText(transaction === undefined ? bytes : masked(bytes, transaction));
  return host === undefined ? undefined : { host, port };
}

function masked(bytes: Buffer, transaction: Buffer): Buffer {
  const mask = Buffer.concat([cookieBytes, transaction]);
  return Buffer.from(bytes.map((octet, i) => octet ^ (mask[i] ?? 0)));
}

function encodeAddress({ host, port }: TransportAddress, transaction?: Buffer): Buffer {
  const bytes = addressBytes(host) ?? Buffer.alloc(4);
  const head = Buffer.from([0, bytes.length === 4 ? 1 : 2, 0, 0]);
  head.writeUInt16BE(transaction === undefined ? port : port ^ (cookie >>> 16), 2);
  return Buffer.concat([head, transaction === undefined ? bytes : masked(bytes, transaction)]);
}

export interface StunProof {
  readonly key: Buffer;
  readonly hash: 'sha1' | 'sha256';
}

/** MESSAGE-INTEGRITY where there is a key; FINGERPRINT always, but for TURN's Send indications that carry media. */
export function encodeStun(message: StunMessage, proof?: StunProof, fingerprint = true): Buffer {
  const { transaction, attributes } = message;
  const index = classes.indexOf(message.class);
  const { method } = message;
  const type =
    (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2) | ((index & 1) << 4) | ((index & 2) << 7);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(cookie, 4);
  transaction.copy(header, 8);
  let bytes = Buffer.concat([header, ...encodeAttributes(attributes, transaction)]);
  if (proof !== undefined) {
    const size = proof.hash === 'sha1' ? integrityBytes : sha256Bytes;
    const kind = proof.hash === 'sha1' ? attribute.messageIntegrity : attribute.messageIntegritySha256;
    const mac = createHmac(proof.hash, proof.key)
      .update(upTo(bytes, bytes.length, size))
      .digest();
    bytes = Buffer.concat([bytes, encodeAttribute(kind, mac)]);
  }
  if (fingerprint)
    bytes = Buffer.concat([bytes, encodeAttribute(attribute.fingerprint, word(fingerprintOf(bytes, bytes.length)))]);
  bytes.writeUInt16BE(bytes.length - headerBytes, 2);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value, 0);
  return bytes;
}

function encodeAttribute(kind: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(kind, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(padding(value.length))]);
}

function encodeAttributes(attributes: StunAttributes, transaction: Buffer): readonly Buffer[] {
  const made: Buffer[] = [];
  const add = <T>(kind: number, value: T | undefined, encode: (value: T) => Buffer): void => {
    if (value !== undefined) made.push(encodeAttribute(kind, encode(value)));
  };
  const text = (value: string): Buffer => Buffer.from(value, 'utf8');
  const masked = (address: TransportAddress): Buffer => encodeAddress(address, transaction);
  const high = (value: number): Buffer => word(value * 0x10000);
  const top = (value: number): Buffer => word(value * 0x1000000);
  add(attribute.software, attributes.software, text);
  add(attribute.errorCode, attributes.errorCode, ({ code, reason }) =>
    Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), text(reason)]),
  );
  add(attribute.unknownAttributes, attributes.unknownAttributes, (list) =>
    Buffer.concat(list.map((each) => Buffer.from([each >> 8, each & 0xff]))),
  );
  add(attribute.priority, attributes.priority, word);
  if (attributes.useCandidate === true) made.push(encodeAttribute(attribute.useCandidate, Buffer.alloc(0)));
  add(attribute.iceControlled, attributes.iceControlled, long);
  add(attribute.iceControlling, attributes.iceControlling, long);
  add(attribute.channelNumber, attributes.channelNumber, high);
  add(attribute.lifetime, attributes.lifetime, word);
  add(attribute.requestedTransport, attributes.requestedTransport, top);
  add(attribute.requestedAddressFamily, attributes.requestedAddressFamily, top);
  add(attribute.mappedAddress, attributes.mappedAddress, (address) => encodeAddress(address));
  add(attribute.alternateServer, attributes.alternateServer, (address) => encodeAddress(address));
  add(attribute.xorMappedAddress, attributes.xorMappedAddress, masked);
  add(attribute.xorPeerAddress, attributes.xorPeerAddress, masked);
  add(attribute.xorRelayedAddress, attributes.xorRelayedAddress, masked);
  add(attribute.data, attributes.data, (data) => data);
  add(attribute.username, attributes.username, text);
  add(attribute.realm, attributes.realm, text);
  add(attribute.nonce, attributes.nonce, text);
  add(attribute.passwordAlgorithms, attributes.passwordAlgorithms, (list) => Buffer.concat(list.map(high)));
  add(attribute.passwordAlgorithm, attributes.passwordAlgorithm, high);
  return made;
}

/** RFC 7983 §7: what begins a datagram of STUN. */
export function looksLikeStun(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && (bytes[0] ?? 0xff) < 4;
}
