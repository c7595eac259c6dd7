import type { Clock } from '../base/index.js';
import { redacted } from './redaction.js';

/** Where we stand in a traced message. */
export interface TraceEnd {
  readonly protocol: string;
  /** Without brackets. */
  readonly address: string;
  readonly port: number;
}

/** A message as the trace gives it out: without secrets. */
export interface TracedMessage {
  /** Rises with each message that was recorded; gaps are messages that were not asked for, or are gone. */
  readonly sequence: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly sent: boolean;
  readonly local: TraceEnd;
  readonly peer: { readonly address: string; readonly port: number };
  readonly bytes: Buffer;
}

export interface TraceLimits {
  /** Bytes of all messages: at 30 messages a second, which is a busy branch, some 20 minutes. */
  readonly bytes: number;
  readonly messages: number;
  /** Older messages are not given out: who was called is nobody's business for longer than it takes to find a fault. */
  readonly ageMs: number;
}

export const traceLimits: TraceLimits = { bytes: 32 * 1024 * 1024, messages: 65_536, ageMs: 3_600_000 };

/**
 * The last messages in a ring of bytes. Recording copies a message and makes no object, so that it costs next to nothing;
 * all work is done when somebody asks.
 */
export class MessageTrace {
  readonly #clock: Clock;
  readonly #limits: TraceLimits;
  /** The peer's address and the message, one after the other. */
  readonly #room: Buffer;
  readonly #at: Float64Array;
  readonly #offsets: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #addressLengths: Uint8Array;
  readonly #ports: Uint16Array;
  readonly #sent: Uint8Array;
  readonly #locals: TraceEnd[] = [];
  /** Of the oldest message that is kept, and of the next one to come. */
  #first = 0;
  #next = 0;
  /** Where the next message goes. */
  #free = 0;

  constructor(clock: Clock, limits: TraceLimits = traceLimits) {
    this.#clock = clock;
    this.#limits = limits;
    // Memory that nothing was written to yet costs nothing.
    this.#room = Buffer.allocUnsafeSlow(limits.bytes);
    this.#at = new Float64Array(limits.messages);
    this.#offsets = new Uint32Array(limits.messages);
    this.#lengths = new Uint32Array(limits.messages);
    this.#addressLengths = new Uint8Array(limits.messages);
    this.#ports = new Uint16Array(limits.messages);
    this.#sent = new Uint8Array(limits.messages);
  }

  /** Messages that are kept. */
  get size(): number {
    return this.#next - this.#first;
  }

  record(sent: boolean, bytes: Buffer, local: TraceEnd, address: string, port: number): void {
    const size = address.length + bytes.length;
    if (size > this.#limits.bytes || address.length > 255) return;
    const offset = this.#make(size);
    const slot = this.#next % this.#limits.messages;
    this.#room.write(address, offset, 'latin1');
    bytes.copy(this.#room, offset + address.length);
    this.#at[slot] = this.#clock.wall();
    this.#offsets[slot] = offset;
    this.#lengths[slot] = bytes.length;
    this.#addressLengths[slot] = address.length;
    this.#ports[slot] = port;
    this.#sent[slot] = sent ? 1 : 0;
    this.#locals[slot] = local;
    this.#free = offset + size;
    this.#next++;
  }

  /**
   * Messages from `after` on in their order, redacted, as many as have at most `bytes` together but at least one. With
   * Call-IDs: those of these calls and of their twins, which carry the same Session-ID (RFC 7989).
   */
  read(callIds: readonly string[], after: number, bytes: number): readonly TracedMessage[] {
    const oldest = this.#clock.wall() - this.#limits.ageMs;
    const wanted = callIds.length === 0 ? undefined : this.#withTwins(callIds);
    const found: TracedMessage[] = [];
    let total = 0;
    for (let sequence = Math.max(this.#first, after); sequence < this.#next; sequence++) {
      if (wanted !== undefined && !wanted.has(sequence)) continue;
      const slot = sequence % this.#limits.messages;
      if ((this.#at[slot] ?? 0) < oldest) continue;
      total += this.#lengths[slot] ?? 0;
      if (total > bytes && found.length > 0) break;
      found.push(this.#message(sequence));
    }
    return found;
  }

  /** Makes room at the place that is returned: what is oldest goes. */
  #make(size: number): number {
    const { messages, bytes } = this.#limits;
    const free = this.#free;
    const wraps = free + size > bytes;
    const from = wraps ? 0 : free;
    const to = from + size;
    while (this.#first < this.#next) {
      const slot = this.#first % messages;
      const offset = this.#offsets[slot] ?? 0;
      const end = offset + (this.#addressLengths[slot] ?? 0) + (this.#lengths[slot] ?? 0);
      const over = (offset < to && end > from) || (wraps && offset >= free);
      if (!over && this.#next - this.#first < messages) break;
      this.#first++;
    }
    return from;
  }

  #message(sequence: number): TracedMessage {
    const slot = sequence % this.#limits.messages;
    const offset = this.#offsets[slot] ?? 0;
    const head = offset + (this.#addressLengths[slot] ?? 0);
    const local = this.#locals[slot];
    if (local === undefined) throw new Error('a recorded message has a local end');
    return {
      sequence,
      at: this.#at[slot] ?? 0,
      sent: this.#sent[slot] === 1,
      local: { protocol: local.protocol, address: local.address, port: local.port },
      peer: { address: this.#room.toString('latin1', offset, head), port: this.#ports[slot] ?? 0 },
      bytes: redacted(this.#room.subarray(head, head + (this.#lengths[slot] ?? 0))),
    };
  }

  #withTwins(callIds: readonly string[]): ReadonlySet<number> {
    const found = new Set<number>();
    const sessions = new Set<string>();
    const twins = new Set<string>();
    for (const callId of callIds) this.#ofCall(callId, found, sessions);
    for (const id of sessions) {
      for (const sequence of this.#holding(id)) {
        const text = found.has(sequence) ? '' : this.#head(sequence);
        if (sessionIds(text).includes(id)) twins.add(headerOf(text, callIdHeader) ?? '');
      }
    }
    // A twin is shown whole, also what of it carries no Session-ID; its own twins are not followed further.
    for (const callId of twins) this.#ofCall(callId, found, new Set());
    return found;
  }

  #ofCall(callId: string, found: Set<number>, sessions: Set<string>): void {
    for (const sequence of this.#holding(callId)) {
      const text = this.#head(sequence);
      if (headerOf(text, callIdHeader) !== callId) continue;
      found.add(sequence);
      for (const id of sessionIds(text)) sessions.add(id);
    }
  }

  /** Messages with this text anywhere in them. */
  #holding(text: string): readonly number[] {
    const needle = Buffer.from(text);
    if (needle.length === 0) return [];
    const found: number[] = [];
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      const slot = sequence % this.#limits.messages;
      const from = (this.#offsets[slot] ?? 0) + (this.#addressLengths[slot] ?? 0);
      const hit = this.#nextHit(needle, from, from + (this.#lengths[slot] ?? 0));
      if (hit) found.push(sequence);
    }
    this.#hit = -1;
    return found;
  }

  /** The first place of the needle at or behind the last question, so that the room is searched about once. */
  #hit = -1;
  #searchedFrom = 0;

  #nextHit(needle: Buffer, from: number, to: number): boolean {
    if (this.#hit < from || this.#searchedFrom > from) {
      const hit = this.#room.indexOf(needle, from);
      this.#searchedFrom = from;
      this.#hit = hit < 0 ? Number.POSITIVE_INFINITY : hit;
    }
    return this.#hit + needle.length <= to;
  }

  #head(sequence: number): string {
    const slot = sequence % this.#limits.messages;
    const from = (this.#offsets[slot] ?? 0) + (this.#addressLengths[slot] ?? 0);
    const text = this.#room.toString('utf8', from, from + (this.#lengths[slot] ?? 0));
    const end = text.indexOf('\r\n\r\n');
    return end < 0 ? text : text.slice(0, end);
  }
}

const callIdHeader = /^(?:call-id|i)[ \t]*:[ \t]*(.*?)[ \t]*$/im;
const sessionIdHeader = /^session-id[ \t]*:[ \t]*(.*?)[ \t]*$/im;

function headerOf(head: string, header: RegExp): string | undefined {
  return header.exec(head)?.[1];
}

/** The two halves of a Session-ID; the null id says nothing (RFC 7989 §5). */
function sessionIds(head: string): readonly string[] {
  const value = headerOf(head, sessionIdHeader)?.toLowerCase() ?? '';
  return (value.match(/[0-9a-f]{32}/g) ?? []).filter((id) => !/^0+$/.test(id));
}
