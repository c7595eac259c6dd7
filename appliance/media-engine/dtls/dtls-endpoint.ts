import { createHmac, createPrivateKey, X509Certificate } from 'node:crypto';
import type { Random } from '../../../src/base/index.js';
import type { DtlsKeys } from '../../../src/media/index.js';
import type { EngineCertificate } from '../transport-agent.js';
import { ClientHandshake } from './client-handshake.js';
import type { Handshake, HandshakeOptions, OwnCertificate } from './handshake.js';
import { encodeHandshake, encodeHelloVerifyRequest, handshakeType } from './handshake-message.js';
import { HelloCollector } from './hello-collector.js';
import { fingerprintCheck } from './peer-certificate.js';
import { contentType, dtls10, encodeRecord } from './record.js';
import { type ReceivedHello, ServerHandshake } from './server-handshake.js';

/** From the first chance to speak; as long as ICE tries (RFC 8863 §4). */
const handshakeMsMost = 39_500;
/** What a peer that complained still has to mend it: an alert without keys may be anybody's. */
const alertGraceMs = 2_000;
/** A key exchange costs a millisecond: a flood of hellos is not to cost more than a few per second. */
const helloGapMs = 250;
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
  readonly certificate: OwnCertificate;
  readonly random: Random;
  /** Where ICE proved the peer's address, no cookie has to (RFC 6347 §4.2.1). */
  readonly addressProven: boolean;
}

export function readCertificate({ certificate, privateKey }: EngineCertificate): OwnCertificate {
  return { der: new X509Certificate(certificate).raw, key: createPrivateKey(privateKey) };
}

/**
 * DTLS-SRTP of one port and component (RFC 5763, RFC 5764). Packets and time go in, packets, keys and the next time-out come out. A
 * secured endpoint lets the same peer shake hands again (RFC 6347 §4.2.8): keys change when the new handshake is done, not before.
 */
export class DtlsEndpoint {
  readonly #options: DtlsEndpointOptions;
  readonly #handshakeOptions: HandshakeOptions | undefined;
  readonly #hellos = new HelloCollector();
  readonly #cookieKey: Uint8Array;
  #current: Handshake | undefined;
  #established: Handshake | undefined;
  #deadline: number | undefined;
  #lastHelloAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #ended = false;
  #out: DtlsOutput[] = [];

  constructor(options: DtlsEndpointOptions) {
    this.#options = options;
    const isPeer = fingerprintCheck(options.fingerprint);
    const { certificate, random } = options;
    this.#cookieKey = random.bytes(32);
    if (isPeer === undefined) this.#giveUp('the fingerprint is none, or of a hash that proves nothing');
    else this.#handshakeOptions = { certificate, isPeer, random };
  }

  /** There is a path to the peer, or a better one: the client begins, and what was said is said again. */
  reachable(now: number): void {
    const options = this.#handshakeOptions;
    if (options === undefined || this.#ended) return;
    if (this.#current !== undefined) this.#current.repeat(now);
    else if (this.#established === undefined) {
      this.#deadline ??= now + handshakeMsMost;
      if (this.#options.role === 'client') this.#current = new ClientHandshake(options, now);
    }
    this.#collect(now);
  }

  /** `source`: where it came from, in any stable form. True: the peer took part in the handshake by it. */
  receive(datagram: Buffer, source: string, now: number): boolean {
    const options = this.#handshakeOptions;
    if (options === undefined || this.#ended) return false;
    if (this.#options.role === 'server') {
      const received = this.#hellos.receive(datagram);
      if (received !== undefined && !this.#knows(received)) return this.#onHello(received, source, options, now);
    }
    (this.#current ?? this.#established)?.receive(datagram, now);
    this.#collect(now);
    return true;
  }

  get timeout(): number | undefined {
    if (this.#ended) return undefined;
    return earliest(this.#current?.timeout, this.#deadline);
  }

  advance(now: number): void {
    if (this.#ended) return;
    this.#current?.advance(now);
    this.#collect(now);
    if (this.#deadline === undefined || now < this.#deadline) return;
    const why = this.#current?.complaint ?? (this.#current === undefined ? 'the peer never began' : 'no answer');
    this.#current = undefined;
    this.#deadline = undefined;
    if (this.#established === undefined) this.#giveUp(`DTLS handshake: ${why}`);
  }

  take(): readonly DtlsOutput[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** A hello that a handshake of ours was made of. */
  #knows({ hello }: ReceivedHello): boolean {
    return [this.#current, this.#established].some(
      (each) => each instanceof ServerHandshake && each.clientRandom.equals(hello.random),
    );
  }

  #onHello(received: ReceivedHello, source: string, options: HandshakeOptions, now: number): boolean {
    if (!this.#options.addressProven) {
      const cookie = this.#cookieFor(source, received.hello.random);
      if (!cookie.equals(received.hello.cookie)) {
        this.#askForCookie(cookie, received.recordSequence);
        return false;
      }
    }
    if (now - this.#lastHelloAt < helloGapMs) return false;
    this.#lastHelloAt = now;
    this.#current = new ServerHandshake(options, received, now);
    this.#deadline ??= now + handshakeMsMost;
    this.#collect(now);
    return true;
  }

  #cookieFor(source: string, random: Buffer): Buffer {
    return createHmac('sha256', this.#cookieKey).update(source).update(random).digest().subarray(0, 20);
  }

  /** Without memory, and under the number of the hello (RFC 6347 §4.2.1). */
  #askForCookie(cookie: Buffer, sequence: number): void {
    const message = { type: handshakeType.helloVerifyRequest, sequence: 0, body: encodeHelloVerifyRequest(cookie) };
    const body = encodeHandshake(message);
    const record = { type: contentType.handshake, version: dtls10, epoch: 0, sequence, body };
    this.#out.push({ kind: 'send', bytes: encodeRecord(record) });
  }

  #collect(now: number): void {
    for (const each of [this.#established, this.#current]) {
      for (const bytes of each?.take() ?? []) this.#out.push({ kind: 'send', bytes });
    }
    const current = this.#current;
    if (current === undefined) return;
    if (current.complaint !== undefined) this.#deadline = Math.min(this.#deadline ?? now, now + alertGraceMs);
    const { outcome } = current;
    if (outcome === undefined) return;
    this.#current = undefined;
    if (outcome.kind === 'secured') {
      this.#established = current;
      this.#deadline = undefined;
      this.#out.push({ kind: 'secured', keys: outcome.keys });
      return;
    }
    this.#failures++;
    if (this.#established !== undefined) return;
    this.#out.push({ kind: 'insecure', why: `DTLS handshake: ${outcome.why}` });
    this.#deadline = undefined;
    this.#ended = this.#options.role === 'client' || this.#failures >= failuresMost;
  }

  #giveUp(why: string): void {
    this.#ended = this.#handshakeOptions === undefined || this.#options.role === 'client';
    this.#out.push({ kind: 'insecure', why });
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const set = times.filter((time) => time !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}
