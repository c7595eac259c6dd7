import type { DtlsKeys } from '../../../src/media/index.js';
import type { EngineCertificate } from '../transport-agent.js';
import { Handshake, type HandshakeOutcome } from './handshake.js';
import { fingerprintCheck } from './peer-certificate.js';

/** From the first chance to speak; as long as ICE tries (RFC 8863 §4). */
const handshakeMsMost = 39_500;
/** What a peer that complained still has to mend it: an alert without keys may be anybody's. */
const alertGraceMs = 2_000;
/** A handshake costs milliseconds: a flood of hellos is not to cost more than one of these each second. */
const helloGapMs = 1_000;
/** Handshakes of one peer that may fail before the port is deaf to new ones. */
const failuresMost = 10;

export type DtlsOutput =
  | { readonly kind: 'send'; readonly bytes: Buffer }
  | { readonly kind: 'secured'; readonly keys: DtlsKeys }
  | { readonly kind: 'insecure'; readonly why: string };

export interface DtlsEndpointOptions {
  readonly role: 'client' | 'server';
  /** The peer's `a=fingerprint`. */
  readonly fingerprint: string;
  readonly certificate: EngineCertificate;
  /** Handshakes go on by themselves: there is something to take. Never called from within a call. */
  readonly changed: () => void;
}

interface Attempt {
  readonly handshake: Handshake;
  /** Of the client's hello, where a client began. */
  readonly hello: Buffer | undefined;
  readonly at: number;
  alert: number | undefined;
}

/**
 * DTLS-SRTP of one port and component (RFC 5763, RFC 5764): handshakes by werift, one after another. A secured endpoint lets the same peer
 * shake hands again (RFC 6347 §4.2.8): keys change when the new handshake is proven, not before.
 */
export class DtlsEndpoint {
  readonly #options: DtlsEndpointOptions;
  readonly #isPeer: ((der: Buffer) => boolean) | undefined;
  #current: Attempt | undefined;
  #established: Attempt | undefined;
  #deadline: number | undefined;
  #failures = 0;
  #ended = false;
  #inside = false;
  #out: DtlsOutput[] = [];

  constructor(options: DtlsEndpointOptions) {
    this.#options = options;
    this.#isPeer = fingerprintCheck(options.fingerprint);
    if (this.#isPeer !== undefined) return;
    this.#ended = true;
    this.#out.push({ kind: 'insecure', why: 'the fingerprint is none, or of a hash that proves nothing' });
  }

  /** There is a path to the peer: the client begins. */
  reachable(now: number): void {
    if (this.#ended || this.#current !== undefined || this.#established !== undefined) return;
    this.#deadline ??= now + handshakeMsMost;
    if (this.#options.role === 'client') this.#call(() => this.#begin(undefined, now));
  }

  receive(datagram: Buffer, now: number): void {
    if (this.#ended) return;
    this.#call(() => {
      const hello = this.#options.role === 'server' ? clientRandomOf(datagram) : undefined;
      if (hello !== undefined && this.#isNew(hello, now)) this.#begin(hello, now);
      const attempt = this.#current ?? this.#established;
      if (attempt === undefined) return;
      const alert = fatalAlertOf(datagram);
      if (alert !== undefined && attempt === this.#current) {
        attempt.alert = alert;
        this.#deadline = Math.min(this.#deadline ?? now, now + alertGraceMs);
      }
      attempt.handshake.receive(datagram);
    });
  }

  get timeout(): number | undefined {
    return this.#ended ? undefined : this.#deadline;
  }

  advance(now: number): void {
    if (this.#ended || this.#deadline === undefined || now < this.#deadline) return;
    const { alert, handshake } = this.#current ?? {};
    const why = handshake === undefined ? 'the peer never began' : (handshake.complaint ?? 'no answer');
    this.#deadline = undefined;
    handshake?.close();
    this.#current = undefined;
    if (this.#established !== undefined) return;
    this.#ended = this.#options.role === 'client';
    this.#out.push({ kind: 'insecure', why: `DTLS handshake: ${alert === undefined ? why : `alert ${alert}`}` });
  }

  take(): readonly DtlsOutput[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#ended = true;
    this.#current?.handshake.close();
    this.#established?.handshake.close();
  }

  /** Another handshake than those that we know of, and not too soon after the last. */
  #isNew(hello: Buffer, now: number): boolean {
    const known = [this.#current, this.#established].some((each) => each?.hello?.equals(hello));
    return !known && (this.#current === undefined || now - this.#current.at >= helloGapMs);
  }

  #begin(hello: Buffer | undefined, now: number): void {
    const { role, certificate } = this.#options;
    this.#current?.handshake.close();
    this.#deadline ??= now + handshakeMsMost;
    const attempt: Attempt = {
      handshake: new Handshake({
        role,
        certificate,
        isPeer: this.#isPeer ?? (() => false),
        send: (bytes) => this.#tell({ kind: 'send', bytes }),
        done: (outcome) => this.#done(attempt, outcome),
      }),
      ...{ hello, at: now, alert: undefined },
    };
    this.#current = attempt;
  }

  #done(attempt: Attempt, outcome: HandshakeOutcome): void {
    if (attempt !== this.#current) return;
    this.#current = undefined;
    this.#deadline = undefined;
    if (outcome.kind === 'secured') {
      this.#established?.handshake.close();
      this.#established = attempt;
      this.#tell({ kind: 'secured', keys: outcome.keys });
      return;
    }
    this.#failures++;
    if (this.#established !== undefined) return;
    this.#ended = this.#options.role === 'client' || this.#failures >= failuresMost;
    this.#tell({ kind: 'insecure', why: `DTLS handshake: ${outcome.why}` });
  }

  #call(work: () => void): void {
    this.#inside = true;
    work();
    this.#inside = false;
  }

  #tell(output: DtlsOutput): void {
    this.#out.push(output);
    if (!this.#inside) this.#options.changed();
  }
}

/** Where a record (RFC 6347 §4.1) has its message, and a message (§4.2.2) its body. */
const recordHeader = 13;
const helloBody = recordHeader + 12;

/** The random of a ClientHello, or of its first fragment; undefined: the datagram begins with something else. */
function clientRandomOf(datagram: Buffer): Buffer | undefined {
  const begins = datagram.length >= helloBody + 34 && datagram[0] === 22 && datagram.readUInt16BE(3) === 0;
  if (!begins || datagram[recordHeader] !== 1 || datagram.readUIntBE(recordHeader + 6, 3) !== 0) return undefined;
  return datagram.subarray(helloBody + 2, helloBody + 34);
}

/** The description of a fatal alert that is not encrypted (RFC 5246 §7.2). */
function fatalAlertOf(datagram: Buffer): number | undefined {
  const plain = datagram[0] === 21 && datagram.length === recordHeader + 2 && datagram[recordHeader] === 2;
  return plain ? datagram[recordHeader + 1] : undefined;
}
