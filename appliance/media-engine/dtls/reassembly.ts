import type { HandshakeFragment, HandshakeMessage } from './handshake-message.js';

/** No message is longer: a certificate with its chain has a few thousand octets. */
const messageBytesMost = 16_384;
/** A flight has at most six messages, which may come in any order. */
const aheadMost = 8;

interface Part {
  readonly type: number;
  readonly body: Buffer;
  /** Octets that came. */
  readonly there: Uint8Array;
  missing: number;
}

/** Puts fragments together and messages in order (RFC 6347 §4.2.2, §4.2.3). Holds at most {@link aheadMost} messages. */
export class Reassembly {
  readonly #parts = new Map<number, Part>();
  #next: number;

  /** `next`: `message_seq` of the first message. */
  constructor(next: number) {
    this.#next = next;
  }

  isPast({ sequence }: HandshakeFragment): boolean {
    return sequence < this.#next;
  }

  /** `repeated`: the peer said that before. */
  add(fragment: HandshakeFragment): 'taken' | 'repeated' | 'refused' {
    const { sequence, type, length, offset, body } = fragment;
    if (this.isPast(fragment)) return 'repeated';
    if (sequence >= this.#next + aheadMost || length > messageBytesMost) return 'refused';
    const part = this.#parts.get(sequence) ?? {
      type,
      body: Buffer.alloc(length),
      there: new Uint8Array(length),
      missing: length,
    };
    if (part.type !== type || part.body.length !== length) return 'refused';
    this.#parts.set(sequence, part);
    for (let i = 0; i < body.length; i++) {
      if (part.there[offset + i] === 1) continue;
      part.there[offset + i] = 1;
      part.body[offset + i] = body[i] ?? 0;
      part.missing--;
    }
    return 'taken';
  }

  /** The next message, when it is whole. */
  take(): HandshakeMessage | undefined {
    const sequence = this.#next;
    const part = this.#parts.get(sequence);
    if (part === undefined || part.missing > 0) return undefined;
    this.#parts.delete(sequence);
    this.#next++;
    return { type: part.type, sequence, body: part.body };
  }
}
