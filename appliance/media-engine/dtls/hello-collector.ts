import { decodeClientHello, decodeFragments, handshakeType } from './handshake-message.js';
import { Reassembly } from './reassembly.js';
import { contentType, decodeRecords } from './record.js';
import type { ReceivedHello } from './server-handshake.js';

/** A first ClientHello has 0, the one with the cookie 1 (RFC 6347 §4.2.2). */
const sequenceMost = 1;

/**
 * Finds ClientHellos, which browsers send in several fragments: keys that withstand quantum computers are long. Holds one that is not
 * whole yet; another one takes its place.
 */
export class HelloCollector {
  #reassembly: Reassembly | undefined;
  #sequence = -1;
  #begin: Buffer | undefined;

  receive(datagram: Buffer): ReceivedHello | undefined {
    for (const record of decodeRecords(datagram)) {
      if (record.type !== contentType.handshake || record.epoch !== 0) continue;
      for (const fragment of decodeFragments(record.body)) {
        if (fragment.type !== handshakeType.clientHello || fragment.sequence > sequenceMost) continue;
        const begins = fragment.offset === 0;
        const another = begins && this.#begin !== undefined && !this.#begin.equals(fragment.body);
        if (this.#reassembly === undefined || fragment.sequence !== this.#sequence || another) {
          this.#reassembly = new Reassembly(fragment.sequence);
          this.#sequence = fragment.sequence;
          this.#begin = undefined;
        }
        if (begins) this.#begin = fragment.body;
        this.#reassembly.add(fragment);
        const message = this.#reassembly.take();
        if (message === undefined) continue;
        this.#reassembly = undefined;
        const hello = decodeClientHello(message.body);
        if (hello !== undefined) return { hello, message, recordSequence: record.sequence };
      }
    }
    return undefined;
  }
}
