import { decodeFragments, encodeFragment, encodeHandshake, type HandshakeMessage } from './handshake-message.js';
import { uint } from './octets.js';
import { Reassembly } from './reassembly.js';
import {
  contentType,
  type DtlsRecord,
  decodeRecords,
  dtls12,
  encodeRecord,
  type RecordProtection,
  ReplayWindow,
} from './record.js';

/** Of a handshake message in one record, so that a datagram passes every path (IPv6's least MTU, and what TURN adds). */
const fragmentBytesMost = 1_000;
const datagramBytesMost = 1_150;
/** RFC 6347 §4.2.4.1 proposes 1 s, and less where the round trip is known to be short: people wait for their voice. */
const firstRetransmitMs = 400;
const longestRetransmitMs = 3_200;
/** A peer that repeats itself is answered, but not as fast as it can send. */
const repeatGapMs = 100;
/** Records of the next epoch that came before their keys. */
const stashMost = 8;

export const alertDescription = {
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
} as const;

interface FlightPart {
  readonly type: number;
  readonly epoch: 0 | 1;
  readonly body: Buffer;
}

/** One handshake's records: numbers, protects and repeats what we say, orders and opens what the peer says (RFC 6347 §4). */
export class FlightChannel {
  /** What Finished, CertificateVerify and the master secret are computed over. */
  #transcript: Buffer[] = [];
  readonly #reassembly: Reassembly;
  #messageSequence: number;
  readonly #recordSequences: [number, number];
  #flight: FlightPart[] = [];
  #readProtection: RecordProtection | undefined;
  #writeProtection: RecordProtection | undefined;
  readonly #window = new ReplayWindow();
  #pending: DtlsRecord[] = [];
  #stash: DtlsRecord[] = [];
  #out: Buffer[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;
  #retransmitMs = firstRetransmitMs;
  #retransmitAt: number | undefined;
  #alert: string | undefined;

  /** The first `message_seq` of the peer and of ours, and our first record's number. */
  constructor(first: { readonly peerMessage: number; readonly ownMessage: number; readonly ownRecord: number }) {
    this.#reassembly = new Reassembly(first.peerMessage);
    this.#messageSequence = first.ownMessage;
    this.#recordSequences = [first.ownRecord, 0];
  }

  get transcript(): Buffer {
    return Buffer.concat(this.#transcript);
  }

  /** What the peer complained of last. Alerts before the keys prove nothing, so they end nothing. */
  get alert(): string | undefined {
    return this.#alert;
  }

  get timeout(): number | undefined {
    return this.#retransmitAt;
  }

  forgetTranscript(): void {
    this.#transcript = [];
  }

  note(message: HandshakeMessage): void {
    this.#transcript.push(encodeHandshake(message));
  }

  protectWriting(by: RecordProtection): void {
    this.#writeProtection = by;
  }

  protectReading(by: RecordProtection): void {
    this.#readProtection = by;
    this.#pending.unshift(...this.#stash);
    this.#stash = [];
  }

  /** Begins a flight: what was said before is not repeated any more. */
  beginFlight(): void {
    this.#flight = [];
    this.#retransmitMs = firstRetransmitMs;
    this.#retransmitAt = undefined;
  }

  addMessage(type: number, body: Buffer): void {
    const message = { type, sequence: this.#messageSequence++, body };
    this.note(message);
    const epoch = this.#writeProtection === undefined ? 0 : 1;
    for (let offset = 0; offset === 0 || offset < body.length; offset += fragmentBytesMost) {
      const part = body.subarray(offset, offset + fragmentBytesMost);
      const fragment = encodeFragment({ type, sequence: message.sequence, length: body.length, offset, body: part });
      this.#flight.push({ type: contentType.handshake, epoch, body: fragment });
    }
  }

  addChangeCipherSpec(): void {
    this.#flight.push({ type: contentType.changeCipherSpec, epoch: 0, body: uint(1, 1) });
  }

  /** `answered`: the peer has something to say to it, so it is repeated until it does. */
  sendFlight(now: number, answered: boolean): void {
    this.#transmit(now);
    this.#retransmitAt = answered ? now + this.#retransmitMs : undefined;
  }

  /** The handshake is over; only a peer that repeats itself hears the last flight again. */
  settle(): void {
    this.#retransmitAt = undefined;
  }

  sendAlert(description: number): void {
    const epoch = this.#writeProtection === undefined ? 0 : 1;
    const fatal = 2;
    this.#out.push(this.#encode({ type: contentType.alert, epoch, body: Buffer.from([fatal, description]) }));
  }

  advance(now: number): void {
    if (this.#retransmitAt === undefined || now < this.#retransmitAt) return;
    this.#retransmitMs = Math.min(this.#retransmitMs * 2, longestRetransmitMs);
    this.#transmit(now);
    this.#retransmitAt = now + this.#retransmitMs;
  }

  /** Says the current flight at once: there is a path now. */
  repeat(now: number): void {
    if (this.#retransmitAt !== undefined) this.#transmit(now);
  }

  /** `onMessage` gets each whole message in order, and whether it was encrypted. */
  receive(datagram: Buffer, now: number, onMessage: (message: HandshakeMessage, sealed: boolean) => void): void {
    this.#pending.push(...decodeRecords(datagram));
    let repeated = false;
    for (let record = this.#pending.shift(); record !== undefined; record = this.#pending.shift()) {
      const open = this.#open(record);
      if (open === undefined) continue;
      if (open.type === contentType.alert) this.#hear(open.body);
      if (open.type !== contentType.handshake) continue;
      for (const fragment of decodeFragments(open.body)) {
        // Once there are keys, what is new is encrypted: anybody could write the rest.
        if (record.epoch === 0 && this.#readProtection !== undefined && !this.#reassembly.isPast(fragment)) continue;
        if (this.#reassembly.add(fragment) === 'repeated') repeated = true;
      }
      for (let next = this.#reassembly.take(); next !== undefined; next = this.#reassembly.take()) {
        onMessage(next, record.epoch === 1);
      }
    }
    if (repeated && now - this.#sentAt >= repeatGapMs) this.#transmit(now);
  }

  take(): readonly Buffer[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #open(record: DtlsRecord): DtlsRecord | undefined {
    if (record.epoch === 0) return record;
    if (record.epoch !== 1) return undefined;
    if (this.#readProtection === undefined) {
      if (this.#stash.length < stashMost) this.#stash.push(record);
      return undefined;
    }
    if (!this.#window.isNew(record.sequence)) return undefined;
    const open = this.#readProtection.open(record);
    if (open !== undefined) this.#window.note(record.sequence);
    return open;
  }

  #hear(alert: Buffer): void {
    const [level, description] = alert;
    if (alert.length === 2) this.#alert = `alert ${description} (level ${level}) of the peer`;
  }

  #transmit(now: number): void {
    this.#sentAt = now;
    let datagram: Buffer[] = [];
    let length = 0;
    for (const part of this.#flight) {
      const record = this.#encode(part);
      if (length > 0 && length + record.length > datagramBytesMost) {
        this.#out.push(Buffer.concat(datagram));
        datagram = [];
        length = 0;
      }
      datagram.push(record);
      length += record.length;
    }
    if (length > 0) this.#out.push(Buffer.concat(datagram));
  }

  #encode({ type, epoch, body }: FlightPart): Buffer {
    const sequence = this.#recordSequences[epoch]++;
    const record = { type, version: dtls12, epoch, sequence, body };
    return encodeRecord(
      epoch === 1 && this.#writeProtection !== undefined ? this.#writeProtection.seal(record) : record,
    );
  }
}
