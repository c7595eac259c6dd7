import { limits } from '../base/index.js';
import { type Head, type HeadFault, readHead } from './head.js';
import { emptyBody, type ParseFault, type SipMessage } from './message.js';
import { faultOf, notSip } from './parser.js';

/** What a stream carries: messages, what was wrong with one, and the double CRLF that wants a CRLF (RFC 5626 §3.5.1). */
export type Framed = SipMessage | ParseFault | 'ping';

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3). After a fault that leaves the end of a message
 * in doubt, {@link mustClose} is true and nothing more is read: answer what was returned, then close the connection.
 * Bodies share the chunks that were pushed; the framer never writes over bytes that it has given away.
 */
export class StreamFramer {
  /** What has arrived and belongs to no message yet: `[from, to)`. */
  #held: Buffer = emptyBody;
  #from = 0;
  #to = 0;
  /** Where the search for the end of the head goes on, so that no byte is searched twice. */
  #searched = 0;
  /** The message whose body is still arriving. */
  #head: Head | undefined;
  /** How much of a double CRLF has come since the last message, 0-4. */
  #pinged = 0;
  #mustClose = false;

  /** True when the rest of the stream cannot be understood. */
  get mustClose(): boolean {
    return this.#mustClose;
  }

  /** Bytes that wait for the rest of their message. */
  get waiting(): number {
    return this.#to - this.#from;
  }

  /** True while a message has begun and its end has not come. */
  get unfinished(): boolean {
    return this.#head !== undefined || this.#to > this.#from;
  }

  push(chunk: Buffer): readonly Framed[] {
    const framed: Framed[] = [];
    if (this.#mustClose) return framed;
    this.#append(chunk);
    while (this.#skipLineEnds(framed) && this.#takeHead(framed) && this.#takeBody(framed));
    if (this.#mustClose || this.#from === this.#to) this.#hold(emptyBody, 0);
    return framed;
  }

  #append(chunk: Buffer): void {
    const waiting = this.#to - this.#from;
    if (waiting === 0) {
      this.#hold(chunk, chunk.length);
      return;
    }
    if (this.#held.length - this.#to < chunk.length) {
      const held = Buffer.allocUnsafe(2 * (waiting + chunk.length));
      this.#held.copy(held, 0, this.#from, this.#to);
      const searched = this.#searched - this.#from;
      this.#hold(held, waiting);
      this.#searched = searched;
    }
    chunk.copy(this.#held, this.#to);
    this.#to += chunk.length;
  }

  #hold(held: Buffer, to: number): void {
    this.#held = held;
    this.#from = 0;
    this.#to = to;
    this.#searched = 0;
  }

  /** Between messages; false when nothing but line ends is left. */
  #skipLineEnds(framed: Framed[]): boolean {
    if (this.#head !== undefined) return true;
    for (; this.#from < this.#to; this.#from++) {
      const code = this.#held[this.#from];
      if (code !== 10 && code !== 13) {
        this.#pinged = 0;
        return true;
      }
      if (code === 13) this.#pinged = this.#pinged === 2 ? 3 : 1;
      else this.#pinged = this.#pinged % 2 === 1 ? this.#pinged + 1 : 0;
      if (this.#pinged < 4) continue;
      this.#pinged = 0;
      framed.push('ping');
    }
    return false;
  }

  /** True when a head is there whose body's length is known. */
  #takeHead(framed: Framed[]): boolean {
    if (this.#head !== undefined) return true;
    const found = this.#held.indexOf(headEnd, Math.max(this.#from, this.#searched - headEnd.length + 1));
    this.#searched = this.#to;
    const ended = found >= 0 && found + headEnd.length <= this.#to;
    if (!ended && this.#to - this.#from <= limits.sipMessageBytes) return false;
    const headTo = ended ? found + headEnd.length : this.#from + limits.sipMessageBytes;
    const head = readHead(this.#held.subarray(this.#from, headTo));
    if (head === undefined) {
      framed.push(notSip);
      this.#mustClose = true;
      return false;
    }
    const fault = framingFault(head, ended, headTo - this.#from);
    if (fault !== undefined) {
      framed.push(faultOf(head, fault));
      this.#mustClose = true;
      return false;
    }
    this.#head = head;
    this.#from = headTo;
    return true;
  }

  /** True when a message was taken whole. */
  #takeBody(framed: Framed[]): boolean {
    const head = this.#head;
    if (head === undefined) return false;
    const bodyTo = this.#from + head.contentLength;
    if (bodyTo > this.#to) return false;
    if (head.contentLength > 0) {
      head.message.body = this.#held.subarray(this.#from, bodyTo);
      head.message.wire = this.#whole(head.message.wire ?? emptyBody, bodyTo);
    }
    this.#from = bodyTo;
    this.#searched = bodyTo;
    this.#head = undefined;
    framed.push(head.fault === undefined ? head.message : faultOf(head, head.fault));
    return true;
  }

  /** The head with the body that follows it: one piece of the held bytes, unless they have moved since. */
  #whole(head: Buffer, bodyTo: number): Buffer {
    const held = this.#held;
    const together = head.buffer === held.buffer && head.byteOffset + head.length === held.byteOffset + this.#from;
    return together
      ? held.subarray(this.#from - head.length, bodyTo)
      : Buffer.concat([head, held.subarray(this.#from, bodyTo)]);
  }
}

/** Why nobody can tell where the message ends, or why nobody wants to wait for it. */
function framingFault(head: Head, ended: boolean, headBytes: number): HeadFault | undefined {
  if (!ended || headBytes + head.contentLength > limits.sipMessageBytes) {
    return { status: 413, reason: 'Message Too Large' };
  }
  if (!head.framed) return head.fault ?? { status: 400, reason: 'Bad Request' };
  if (head.contentLength < 0) return head.fault ?? { status: 400, reason: 'Missing Content-Length' };
  return undefined;
}
