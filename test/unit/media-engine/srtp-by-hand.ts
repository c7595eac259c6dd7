import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** SRTP with AES counter mode and HMAC-SHA1 (RFC 3711 §4), written out once more: what the engine's libsrtp2 is held against. */
export class SrtpByHand {
  readonly #cipherKey: Buffer;
  readonly #authKey: Buffer;
  readonly #salt: Buffer;
  readonly #rtcp: { readonly cipherKey: Buffer; readonly authKey: Buffer; readonly salt: Buffer };
  readonly #tagBytes: number;
  /** Rollover counter, by the caller. */
  roc = 0;
  #rtcpIndex = 0;

  constructor(keyAndSalt: string, tagBits: 80 | 32) {
    const bytes = Buffer.from(keyAndSalt, 'base64');
    const [key, salt] = [bytes.subarray(0, bytes.length - 14), bytes.subarray(bytes.length - 14)];
    this.#cipherKey = derive(key, salt, 0, key.length);
    this.#authKey = derive(key, salt, 1, 20);
    this.#salt = derive(key, salt, 2, 14);
    this.#rtcp = {
      cipherKey: derive(key, salt, 3, key.length),
      authKey: derive(key, salt, 4, 20),
      salt: derive(key, salt, 5, 14),
    };
    this.#tagBytes = tagBits / 8;
  }

  protect(packet: Buffer): Buffer {
    const header = packet.subarray(0, 12);
    const body = Buffer.concat([header, this.#crypt(packet)]);
    return Buffer.concat([body, this.#tag(body)]);
  }

  /** The packet in clear; undefined: the tag is wrong. */
  unprotect(packet: Buffer): Buffer | undefined {
    const body = packet.subarray(0, packet.length - this.#tagBytes);
    if (!this.#tag(body).equals(packet.subarray(body.length))) return undefined;
    return Buffer.concat([body.subarray(0, 12), this.#crypt(body)]);
  }

  protectRtcp(packet: Buffer): Buffer {
    const { cipherKey, authKey, salt } = this.#rtcp;
    const index = this.#rtcpIndex++;
    const iv = counter(salt, packet.readUInt32BE(4), index);
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32BE((0x80000000 | index) >>> 0);
    const body = Buffer.concat([packet.subarray(0, 8), aes(cipherKey, iv, packet.subarray(8)), trailer]);
    return Buffer.concat([body, createHmac('sha1', authKey).update(body).digest().subarray(0, 10)]);
  }

  unprotectRtcp(packet: Buffer): Buffer | undefined {
    const { cipherKey, authKey, salt } = this.#rtcp;
    const body = packet.subarray(0, packet.length - 10);
    if (!createHmac('sha1', authKey).update(body).digest().subarray(0, 10).equals(packet.subarray(body.length)))
      return undefined;
    const index = body.readUInt32BE(body.length - 4) & 0x7fffffff;
    const iv = counter(salt, packet.readUInt32BE(4), index);
    return Buffer.concat([body.subarray(0, 8), aes(cipherKey, iv, body.subarray(8, body.length - 4))]);
  }

  #crypt(packet: Buffer): Buffer {
    const index = this.roc * 65536 + packet.readUInt16BE(2);
    return aes(this.#cipherKey, counter(this.#salt, packet.readUInt32BE(8), index), packet.subarray(12));
  }

  #tag(body: Buffer): Buffer {
    const roc = Buffer.alloc(4);
    roc.writeUInt32BE(this.roc);
    return createHmac('sha1', this.#authKey).update(body).update(roc).digest().subarray(0, this.#tagBytes);
  }
}

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714 §8), written out once more. */
export class AeadByHand {
  readonly #key: Buffer;
  readonly #salt: Buffer;
  roc = 0;

  constructor(keyAndSalt: string) {
    const bytes = Buffer.from(keyAndSalt, 'base64');
    const [key, salt] = [bytes.subarray(0, bytes.length - 12), Buffer.alloc(14)];
    // RFC 7714 §11: the 96 bits of salt are those of RFC 3711 with zeros behind them.
    bytes.copy(salt, 0, bytes.length - 12);
    this.#key = derive(key, salt, 0, key.length);
    this.#salt = derive(key, salt, 2, 12);
  }

  protect(packet: Buffer): Buffer {
    return sealGcm(this.#key, this.#salt, this.roc, packet);
  }

  unprotect(packet: Buffer): Buffer | undefined {
    const cipher = createDecipheriv(gcm(this.#key), this.#key, aeadCounter(this.#salt, this.roc, packet));
    cipher.setAAD(packet.subarray(0, 12));
    cipher.setAuthTag(packet.subarray(packet.length - 16));
    try {
      return Buffer.concat([
        packet.subarray(0, 12),
        cipher.update(packet.subarray(12, packet.length - 16)),
        cipher.final(),
      ]);
    } catch {
      return undefined;
    }
  }
}

/** A packet with a header of twelve bytes, under session key and salt. */
export function sealGcm(key: Buffer, salt: Buffer, roc: number, packet: Buffer): Buffer {
  const cipher = createCipheriv(gcm(key), key, aeadCounter(salt, roc, packet));
  cipher.setAAD(packet.subarray(0, 12));
  return Buffer.concat([
    packet.subarray(0, 12),
    cipher.update(packet.subarray(12)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

function gcm(key: Buffer): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
}

/** RFC 7714 §8.1. */
function aeadCounter(salt: Buffer, roc: number, packet: Buffer): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(packet.readUInt32BE(8), 2);
  iv.writeUInt32BE(roc, 6);
  iv.writeUInt16BE(packet.readUInt16BE(2), 10);
  for (let at = 0; at < 12; at += 1) iv.writeUInt8(iv.readUInt8(at) ^ salt.readUInt8(at), at);
  return iv;
}

export function aes(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const cipher = createCipheriv(key.length === 32 ? 'aes-256-ctr' : 'aes-128-ctr', key, iv);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

/** RFC 3711 §4.3.1, with a key derivation rate of 0. */
export function derive(key: Buffer, salt: Buffer, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  return aes(key, iv, Buffer.alloc(length));
}

/** RFC 3711 §4.1.1. */
export function counter(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  const place = Buffer.alloc(10);
  place.writeUInt32BE(ssrc, 0);
  place.writeUIntBE(index, 4, 6);
  for (let at = 0; at < 10; at += 1) iv.writeUInt8(iv.readUInt8(at + 4) ^ place.readUInt8(at), at + 4);
  return iv;
}
