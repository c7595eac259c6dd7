import { createHmac, timingSafeEqual } from 'node:crypto';
import { classes, isComprehensionRequiredAttribute, isStunMessage, Message, paddingLength, parseMessage } from 'werift';
import { type StunAttributes, spokenAttributes, spokenByKind } from './stun-attributes.js';

export type { StunAttributes } from './stun-attributes.js';

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
const classOf: Readonly<Record<StunClass, classes>> = {
  request: classes.REQUEST,
  indication: classes.INDICATION,
  success: classes.RESPONSE,
  error: classes.ERROR,
};
const classNames: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

export interface StunMessage {
  readonly class: StunClass;
  /** Its bits where they stand in the message's type; the methods that we know have the same number there. */
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
const sha1Bytes = 20;
const sha256Bytes = 32;
const attribute = { messageIntegrity: 0x0008, messageIntegritySha256: 0x001c, fingerprint: 0x8028 } as const;

/** Where MESSAGE-INTEGRITY was found: it covers what is before it. */
interface Integrity {
  readonly at: number;
  readonly hash: 'sha1' | 'sha256';
  readonly value: Buffer;
}

interface Outline {
  /** What counts: the first of each kind, before MESSAGE-INTEGRITY. */
  readonly counts: readonly Buffer[];
  /** Whether that is all. */
  readonly whole: boolean;
  readonly unknown: readonly number[];
  readonly integrities: readonly Integrity[];
}

/**
 * Whatever comes: undefined where it is no STUN of RFC 8489, has a wrong FINGERPRINT, or an attribute that is cut or malformed.
 * werift reads what the outline lets through: alone it takes the last of a kind and what stands behind MESSAGE-INTEGRITY, any
 * FINGERPRINT, and copies an address of 64 KB sixty-five thousand times.
 */
export function decodeStun(bytes: Buffer): ReceivedStun | undefined {
  const outline = outlineOf(bytes);
  if (outline === undefined) return undefined;
  const { counts, whole, unknown, integrities } = outline;
  let message = parseMessage(bytes);
  if (message !== undefined && !whole) message = parseMessage(framed(bytes, counts));
  if (message === undefined) return undefined;
  const attributes: StunAttributes = {};
  for (const { read } of spokenAttributes) if (!read(message, attributes)) return undefined;
  return {
    class: classNames.find((name) => classOf[name] === message.messageClass) ?? 'request',
    method: message.messageMethod,
    transaction: message.transactionId,
    attributes,
    unknown,
    hasIntegrity: integrities.length > 0,
    provenBy: (key) => integrities.some((integrity) => holds(bytes, integrity, key)),
  };
}

function outlineOf(bytes: Buffer): Outline | undefined {
  if (!isStunMessage(bytes)) return undefined;
  const counts: Buffer[] = [];
  const seen = new Set<number>();
  const unknown: number[] = [];
  const integrities: Integrity[] = [];
  let whole = true;
  for (let at = headerBytes; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const kind = bytes.readUInt16BE(at);
    const size = bytes.readUInt16BE(at + 2);
    const end = at + 4 + size + paddingLength(size);
    if (end > bytes.length) return undefined;
    const known = spokenByKind.get(kind);
    if (known !== undefined && (size < known.least || size > known.most)) return undefined;
    const value = bytes.subarray(at + 4, at + 4 + size);
    const first = !seen.has(kind);
    seen.add(kind);
    if (kind === attribute.fingerprint) {
      // The last one (RFC 8489 §14.7); werift compares it.
      if (size !== 4 || end !== bytes.length) return undefined;
    } else if (kind === attribute.messageIntegrity) {
      if (size !== sha1Bytes) return undefined;
      if (integrities.length === 0) integrities.push({ at, hash: 'sha1', value });
    } else if (kind === attribute.messageIntegritySha256) {
      if (size < 16 || size > sha256Bytes || size % 4 !== 0) return undefined;
      if (first) integrities.push({ at, hash: 'sha256', value });
    } else if (integrities.length > 0 || !first) {
      // What stands behind MESSAGE-INTEGRITY proves nothing (RFC 8489 §14.5), and the first of a kind counts (§14).
      whole = false;
    } else {
      if (known === undefined && isComprehensionRequiredAttribute(kind)) unknown.push(kind);
      counts.push(bytes.subarray(at, end));
    }
    at = end;
  }
  return { counts, whole, unknown, integrities };
}

function framed(bytes: Buffer, attributes: readonly Buffer[]): Buffer {
  const made = Buffer.concat([bytes.subarray(0, headerBytes), ...attributes]);
  made.writeUInt16BE(made.length - headerBytes, 2);
  return made;
}

/** The header's length is then that of a message which ends with the attribute at `at` (RFC 8489 §14.5). */
function digest(bytes: Buffer, at: number, size: number, hash: Integrity['hash'], key: Buffer): Buffer {
  const part = Buffer.from(bytes.subarray(0, at));
  part.writeUInt16BE(at - headerBytes + 4 + size, 2);
  return createHmac(hash, key).update(part).digest().subarray(0, size);
}

/** In constant time, as werift does not. */
function holds(bytes: Buffer, { at, hash, value }: Integrity, key: Buffer): boolean {
  return timingSafeEqual(digest(bytes, at, value.length, hash, key), value);
}

export interface StunProof {
  readonly key: Buffer;
  readonly hash: 'sha1' | 'sha256';
}

/** MESSAGE-INTEGRITY where there is a key; FINGERPRINT always, but for TURN's Send indications that carry media. */
export function encodeStun(message: StunMessage, proof?: StunProof, fingerprint = true): Buffer {
  const made = new Message(message.method, classOf[message.class], message.transaction);
  for (const { write } of spokenAttributes) write(message.attributes, made);
  if (proof?.hash === 'sha1') made.addMessageIntegrity(proof.key);
  if (proof?.hash === 'sha256') {
    const { bytes } = made;
    made.setAttribute('MESSAGE-INTEGRITY-SHA256', digest(bytes, bytes.length, sha256Bytes, 'sha256', proof.key));
  }
  return (fingerprint ? made.addFingerprint() : made).bytes;
}

/** RFC 7983 §7: what begins a datagram of STUN. */
export function looksLikeStun(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && (bytes[0] ?? 0xff) < 4;
}
