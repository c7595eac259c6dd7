import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { SrtpSuite } from '../../../src/rtp/index.js';

const rtpHeaderBytes = 12;

interface Shape {
  readonly keyBytes: 16 | 32;
  readonly saltBytes: 12 | 14;
  /** Of the HMAC; 16: the tag of GCM. */
  readonly tagBytes: 4 | 10 | 16;
}

const shapes: Readonly<Record<SrtpSuite, Shape>> = {
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, tagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { keyBytes: 16, saltBytes: 14, tagBytes: 4 },
  AES_256_CM_HMAC_SHA1_80: { keyBytes: 32, saltBytes: 14, tagBytes: 10 },
  AES_256_CM_HMAC_SHA1_32: { keyBytes: 32, saltBytes: 14, tagBytes: 4 },
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, tagBytes: 16 },
  AEAD_AES_256_GCM: { keyBytes: 32, saltBytes: 12, tagBytes: 16 },
};

/** SRTP of one direction by node:crypto (RFC 3711, 6188, 7714), without header extensions: apart from the engine's. */
export class SrtpSession {
  readonly #shape: Shape;
  readonly #key: Buffer;
  readonly #salt: Buffer;
  readonly #authentication: Buffer;
  #rollover = 0;
  #highest: number | undefined;

  constructor(suite: SrtpSuite, keyAndSalt: string) {
    const shape = shapes[suite];
    const bytes = Buffer.from(keyAndSalt, 'base64');
    if (bytes.length !== shape.keyBytes + shape.saltBytes)
      throw new Error(`a key of ${bytes.length} bytes for ${suite}`);
    const key = bytes.subarray(0, shape.keyBytes);
    const salt = Buffer.alloc(14);
    bytes.copy(salt, 0, shape.keyBytes);
    // RFC 3711 §4.3.1: label 0 encrypts, 1 authenticates, 2 salts.
    const derived = (label: number, length: number): Buffer => {
      const start = Buffer.alloc(16);
      salt.copy(start);
      start[7] = (start[7] ?? 0) ^ label;
      return createCipheriv(`aes-${8 * shape.keyBytes}-ctr`, key, start).update(Buffer.alloc(length));
    };
    this.#shape = shape;
    this.#key = derived(0, shape.keyBytes);
    this.#authentication = derived(1, 20);
    this.#salt = derived(2, shape.saltBytes);
  }

  protect(packet: Uint8Array): Buffer {
    const header = Buffer.from(packet.subarray(0, rtpHeaderBytes));
    const payload = packet.subarray(rtpHeaderBytes);
    const sequence = header.readUInt16BE(2);
    const rollover = this.#guess(sequence);
    this.#accept(sequence, rollover);
    if (this.#shape.tagBytes === 16) {
      const cipher = createCipheriv(this.#gcm(), this.#key, this.#nonce(header, rollover), { authTagLength: 16 });
      cipher.setAAD(header);
      return Buffer.concat([header, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
    }
    const sealed = Buffer.concat([header, this.#counter(header, rollover, payload)]);
    return Buffer.concat([sealed, this.#tag(sealed, rollover)]);
  }

  /** Undefined where the tag is wrong. */
  unprotect(packet: Buffer): Buffer | undefined {
    if (packet.length < rtpHeaderBytes + this.#shape.tagBytes) return undefined;
    const sequence = packet.readUInt16BE(2);
    const rollover = this.#guess(sequence);
    const opened = this.#opened(packet, rollover);
    if (opened !== undefined) this.#accept(sequence, rollover);
    return opened;
  }

  #opened(packet: Buffer, rollover: number): Buffer | undefined {
    const { tagBytes } = this.#shape;
    const header = packet.subarray(0, rtpHeaderBytes);
    const body = packet.subarray(0, packet.length - tagBytes);
    const tag = packet.subarray(packet.length - tagBytes);
    if (tagBytes !== 16) {
      if (!timingSafeEqual(tag, this.#tag(body, rollover))) return undefined;
      return Buffer.concat([header, this.#counter(header, rollover, body.subarray(rtpHeaderBytes))]);
    }
    const cipher = createDecipheriv(this.#gcm(), this.#key, this.#nonce(header, rollover), { authTagLength: 16 });
    cipher.setAAD(header);
    cipher.setAuthTag(tag);
    try {
      return Buffer.concat([header, cipher.update(body.subarray(rtpHeaderBytes)), cipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** RFC 3711 §3.3.1, for streams without gaps of thousands. */
  #guess(sequence: number): number {
    if (this.#highest === undefined) return this.#rollover;
    const step = this.#stepTo(sequence, this.#highest);
    if (step <= 0) return step + this.#highest < 0 ? this.#rollover - 1 : this.#rollover;
    return this.#highest + step > 0xffff ? this.#rollover + 1 : this.#rollover;
  }

  /** A packet that is genuine. */
  #accept(sequence: number, rollover: number): void {
    if (this.#highest !== undefined && this.#stepTo(sequence, this.#highest) <= 0) return;
    this.#highest = sequence;
    this.#rollover = rollover;
  }

  #stepTo(sequence: number, from: number): number {
    return ((sequence - from + 0x18000) % 0x10000) - 0x8000;
  }

  #gcm(): 'aes-128-gcm' | 'aes-256-gcm' {
    return this.#shape.keyBytes === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  }

  /** RFC 7714 §8.1. */
  #nonce(header: Buffer, rollover: number): Buffer {
    const nonce = Buffer.alloc(12);
    header.copy(nonce, 2, 8, 12);
    nonce.writeUInt32BE(rollover, 6);
    header.copy(nonce, 10, 2, 4);
    return nonce.map((byte, i) => byte ^ (this.#salt[i] ?? 0)) as Buffer;
  }

  /** RFC 3711 §4.1.1. */
  #counter(header: Buffer, rollover: number, payload: Uint8Array): Buffer {
    const place = Buffer.alloc(16);
    header.copy(place, 4, 8, 12);
    place.writeUInt32BE(rollover, 8);
    header.copy(place, 12, 2, 4);
    const start = Buffer.from(place.map((byte, i) => byte ^ (this.#salt[i] ?? 0)));
    return createCipheriv(`aes-${8 * this.#shape.keyBytes}-ctr`, this.#key, start).update(payload);
  }

  #tag(sealed: Uint8Array, rollover: number): Buffer {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(rollover);
    const whole = createHmac('sha1', this.#authentication).update(sealed).update(number).digest();
    return whole.subarray(0, this.#shape.tagBytes);
  }
}
