import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { publicKeyOf, signatureHolds } from './peer-certificate.js';

/** A whole handshake message as werift keeps it. */
export interface KeptMessage {
  readonly msg_type: number;
  readonly fragment: Buffer;
  serialize(): Buffer;
}

/** Everything that the proof of a handshake is made of. */
export interface HandshakeFacts {
  /** Ours. */
  readonly role: 'client' | 'server';
  /** Both sides' messages in their order, without the peer's Finished. */
  readonly messages: readonly KeptMessage[];
  /** The peer's Finished. */
  readonly finished: Buffer;
  readonly certificate: Buffer | undefined;
  readonly masterSecret: Buffer | undefined;
  readonly clientRandom: Buffer;
  readonly serverRandom: Buffer;
  /** Whether a certificate is the one that signalling announced. */
  readonly isPeer: (der: Buffer) => boolean;
}

/** RFC 5246 §7.4. */
export const messageType = { clientHello: 1, serverKeyExchange: 12, certificateVerify: 15, finished: 20 } as const;

/**
 * What werift leaves out: that the peer has the certificate of the fingerprint (RFC 8122 §6.2), has its key (RFC 5246 §7.4.3, §7.4.8),
 * and saw the same handshake (§7.4.9). Undefined: proven; else why not. Without it whoever copied a certificate off the wire would
 * be believed.
 */
export function whyUnproven(facts: HandshakeFacts): string | undefined {
  const { certificate, masterSecret } = facts;
  if (certificate === undefined) return 'the peer showed no certificate';
  if (!facts.isPeer(certificate)) return 'the certificate is not the one of the fingerprint';
  const key = publicKeyOf(certificate);
  if (key === undefined) return 'the certificate has no key that we take';
  const signed = facts.role === 'client' ? serverSignature(facts) : clientSignature(facts);
  if (signed === undefined) return 'the peer did not prove its key';
  if (!signatureHolds(key, signed.algorithm, signed.data, signed.signature))
    return 'the peer does not have the key of its certificate';
  if (masterSecret === undefined) return 'the peer finished before keys were agreed on';
  const label = facts.role === 'client' ? 'server finished' : 'client finished';
  const expected = verifyData(masterSecret, label, transcript(facts.messages));
  const same = expected.length === facts.finished.length && timingSafeEqual(expected, facts.finished);
  return same ? undefined : 'the peer saw another handshake';
}

interface Signature {
  readonly algorithm: number;
  readonly signature: Buffer;
  readonly data: Buffer;
}

/** ServerKeyExchange of ECDHE (RFC 8422 §5.4): curve type, curve, point, then what signs them. */
function serverSignature({ messages, clientRandom, serverRandom }: HandshakeFacts): Signature | undefined {
  const body = messages.find((message) => message.msg_type === messageType.serverKeyExchange)?.fragment;
  const end = 4 + (body?.[3] ?? 0);
  if (body === undefined || body.length < end) return undefined;
  const data = Buffer.concat([clientRandom, serverRandom, body.subarray(0, end)]);
  return readSignature(body.subarray(end), data);
}

/** CertificateVerify signs everything before it (RFC 5246 §7.4.8). */
function clientSignature({ messages }: HandshakeFacts): Signature | undefined {
  const at = messages.findIndex((message) => message.msg_type === messageType.certificateVerify);
  const body = messages[at]?.fragment;
  return body === undefined ? undefined : readSignature(body, transcript(messages.slice(0, at)));
}

function readSignature(bytes: Buffer, data: Buffer): Signature | undefined {
  if (bytes.length < 4) return undefined;
  const signature = bytes.subarray(4);
  return signature.length === bytes.readUInt16BE(2) ? { algorithm: bytes.readUInt16BE(0), signature, data } : undefined;
}

function transcript(messages: readonly KeptMessage[]): Buffer {
  return Buffer.concat(messages.map((message) => message.serialize()));
}

/** RFC 5246 §5, §7.4.9, with SHA-256: that of every suite that werift has. */
function verifyData(secret: Buffer, label: string, messages: Buffer): Buffer {
  const seed = Buffer.concat([Buffer.from(label, 'latin1'), createHash('sha256').update(messages).digest()]);
  const hmac = (...parts: readonly Buffer[]): Buffer =>
    parts.reduce((each, part) => each.update(part), createHmac('sha256', secret)).digest();
  return hmac(hmac(seed), seed).subarray(0, 12);
}
