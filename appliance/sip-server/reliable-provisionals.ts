import { cseqNumber, hasDescription, type RAck, ReliableProvisional, type SipResponse } from '../../src/sip/index.js';
import type { Core } from './core.js';
import type { IncomingRequest } from './incoming-request.js';

/** More reliable provisional responses than this, waiting one behind the other, help nobody. */
const WAITING_LIMIT = 16;

/** A response of an application that may have to wait for its turn. */
export interface TimelyAnswer {
  readonly response: SipResponse;
  /** Sends it and tells the application; returns the bytes. */
  readonly send: () => Buffer;
  /** Tells the application that it was never sent. */
  readonly drop: (why: string) => void;
}

/** Reliable provisional responses to one INVITE (RFC 3262 §3): one at a time, each until its PRACK is answered. */
export class ReliableProvisionals {
  readonly #core: Core;
  readonly #incoming: IncomingRequest;
  readonly #waiting: TimelyAnswer[] = [];
  #final: TimelyAnswer | undefined;
  #current: ReliableProvisional | undefined;
  #describes = false;
  /** The PRACK has come, and the application has not answered it yet. */
  #acknowledging = false;
  #rseq: number;

  constructor(core: Core, incoming: IncomingRequest) {
    this.#core = core;
    this.#incoming = incoming;
    // RFC 3262 §3 draws it below 2³¹; what is left of the field is room to count in.
    this.#rseq = 1 + (Number.parseInt(core.tokens.next(4), 16) >>> 2);
  }

  /** A PRACK may still come. */
  get outstanding(): boolean {
    return this.#current?.outstanding === true;
  }

  /** A final response waits: the application has had its last word. */
  get concluding(): boolean {
    return this.#final !== undefined;
  }

  provisional(answer: TimelyAnswer): void {
    if (!this.outstanding && !this.#acknowledging) this.#transmit(answer);
    else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(answer);
    else answer.drop('too many provisional responses wait for a PRACK');
  }

  /** True: the final response waits for the PRACK (RFC 3262 §3); false: it can be sent at once. */
  final(answer: TimelyAnswer): boolean {
    const waits = answer.response.status < 300 && ((this.outstanding && this.#describes) || this.#acknowledging);
    if (waits) {
      this.#dropWaiting('superseded by the final response');
      this.#final = answer;
    }
    return waits;
  }

  /** True when the PRACK is for the response that waits for one. */
  acknowledge(rack: RAck): boolean {
    if (this.#current?.acknowledge(rack) !== true) return false;
    this.#acknowledging = true;
    return true;
  }

  /** The PRACK is answered: whatever waited for it goes on. */
  release(): void {
    if (!this.#acknowledging) return;
    this.#acknowledging = false;
    const final = this.#final;
    this.#final = undefined;
    const next = final ?? this.#waiting.shift();
    if (final !== undefined) final.send();
    else if (next !== undefined) this.#transmit(next);
  }

  /** The INVITE gets its final response: nothing is repeated or sent any more. */
  finish(): void {
    this.#current?.supersede();
    this.#dropWaiting('the request has its final response');
    this.#final?.drop('the request has its final response');
    this.#final = undefined;
  }

  stop(): void {
    this.#current?.stop();
  }

  #transmit(answer: TimelyAnswer): void {
    const { response } = answer;
    const { transaction, request } = this.#incoming;
    const rseq = this.#rseq++;
    response.headers.set('RSeq', String(rseq));
    this.#describes = hasDescription(response);
    const bytes = answer.send();
    const { session } = this.#incoming;
    if (session !== undefined) {
      session.reliable = this;
      // The 2xx need not say it again.
      session.remember(response);
    }
    this.#current = new ReliableProvisional(
      this.#core.ground,
      rseq,
      cseqNumber(request.headers),
      () => transaction.respond(response.status, bytes),
      () => this.#core.cancelInvite(this.#incoming, 504, 'PRACK timeout'),
    );
  }

  #dropWaiting(why: string): void {
    for (const answer of this.#waiting.splice(0)) answer.drop(why);
  }
}
