import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type CipherSuite, prf, type SessionSecrets } from './cipher-suite.js';
import { OctetReader, uint } from './octets.js';

export const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** DTLS 1.2; the record of a first ClientHello may say 1.0 (RFC 6347 §4.1). */
export const dtls12 = 0xfefd;
export const dtls10 = 0xfeff;

export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly body: Buffer;
}

const headerBytes = 13;
/** RFC 6347 §4.1: 2^14 and what a cipher may add. */
const bodyBytesMost = 16_384 + 2_048;
/** A flight has less than ten; a datagram full of empty records is an attack. */
const recordsMost = 32;

/** The records of a datagram up to the first that is none. */
export function decodeRecords(datagram: Buffer): readonly DtlsRecord[] {
  const reader = new OctetReader(datagram);
  const records: DtlsRecord[] = [];
  while (reader.left >= headerBytes && records.length < recordsMost) {
    const type = reader.uint(1);
    const version = reader.uint(2);
    const epoch = reader.uint(2);
    const sequence = reader.uint(6);
    const body = reader.vector(2);
    if (reader.overrun || body.length > bodyBytesMost || (version !== dtls12 && version !== dtls10)) break;
    records.push({ type, version, epoch, sequence, body });
  }
  return records;
}

export function encodeRecord({ type, version, epoch, sequence, body }: DtlsRecord): Buffer {
  return Buffer.concat([
    uint(type, 1),
    uint(version, 2),
    uint(epoch, 2),
    uint(sequence, 6),
    uint(body.length, 2),
    body,
  ]);
}

const fixedIvBytes = 4;
const explicitNonceBytes = 8;
const tagBytes = 16;

/** One direction of AES-GCM (RFC 5288 §3). */
export class RecordProtection {
  readonly #suite: CipherSuite;
  readonly #key: Buffer;
  readonly #iv: Buffer;

  constructor(suite: CipherSuite, key: Buffer, iv: Buffer) {
    this.#suite = suite;
    this.#key = key;
    this.#iv = iv;
  }

  seal(record: DtlsRecord): DtlsRecord {
    const nonce = Buffer.concat([uint(record.epoch, 2), uint(record.sequence, 6)]);
    const cipher = createCipheriv(this.#suite.cipher, this.#key, Buffer.concat([this.#iv, nonce]));
    cipher.setAAD(additional(record, record.body.length));
    const body = Buffer.concat([nonce, cipher.update(record.body), cipher.final(), cipher.getAuthTag()]);
    return { ...record, body };
  }

  /** undefined: not by this key, or changed on the way. */
  open(record: DtlsRecord): DtlsRecord | undefined {
    const length = record.body.length - explicitNonceBytes - tagBytes;
    if (length < 0) return undefined;
    const nonce = Buffer.concat([this.#iv, record.body.subarray(0, explicitNonceBytes)]);
    const decipher = createDecipheriv(this.#suite.cipher, this.#key, nonce);
    decipher.setAAD(additional(record, length));
    decipher.setAuthTag(record.body.subarray(-tagBytes));
    const sealed = record.body.subarray(explicitNonceBytes, explicitNonceBytes + length);
    const head = decipher.update(sealed);
    try {
      return { ...record, body: Buffer.concat([head, decipher.final()]) };
    } catch {
      return undefined;
    }
  }
}

function additional(record: DtlsRecord, length: number): Buffer {
  const { type, version, epoch, sequence } = record;
  return Buffer.concat([uint(epoch, 2), uint(sequence, 6), uint(type, 1), uint(version, 2), uint(length, 2)]);
}

/** RFC 5246 §6.3; AEAD suites have no MAC keys. */
export function recordProtections(secrets: SessionSecrets): {
  readonly client: RecordProtection;
  readonly server: RecordProtection;
} {
  const { suite, master, clientRandom, serverRandom } = secrets;
  const seed = Buffer.concat([serverRandom, clientRandom]);
  const block = prf(suite.hash, master, 'key expansion', seed, 2 * (suite.keyBytes + fixedIvBytes));
  const reader = new OctetReader(block);
  const [clientKey, serverKey] = [reader.bytes(suite.keyBytes), reader.bytes(suite.keyBytes)];
  const [clientIv, serverIv] = [reader.bytes(fixedIvBytes), reader.bytes(fixedIvBytes)];
  return {
    client: new RecordProtection(suite, clientKey, clientIv),
    server: new RecordProtection(suite, serverKey, serverIv),
  };
}

/** RFC 6347 §4.1.2.6: what came already, of the last 48 records. */
export class ReplayWindow {
  static readonly #width = 48;
  #newest = -1;
  #seen = 0n;

  isNew(sequence: number): boolean {
    const age = this.#newest - sequence;
    if (age < 0) return true;
    return age < ReplayWindow.#width && (this.#seen & (1n << BigInt(age))) === 0n;
  }

  /** Only of a record that proved itself. */
  note(sequence: number): void {
    const ahead = sequence - this.#newest;
    if (ahead <= 0) {
      this.#seen |= 1n << BigInt(-ahead);
      return;
    }
    const kept = ahead >= ReplayWindow.#width ? 0n : this.#seen << BigInt(ahead);
    this.#seen = BigInt.asUintN(ReplayWindow.#width, kept | 1n);
    this.#newest = sequence;
  }
}
