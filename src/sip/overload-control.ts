import type { Clock, Random } from '../base/index.js';

/** Requests by how late they are shed: new calls first, emergency calls never. */
export type RequestClass = 'emergency' | 'in-dialog' | 'register' | 'new-call';

/** One look at how busy the process is. */
export interface LoadSample {
  /** How late the event loop ran a timer, milliseconds. */
  readonly lagMs: number;
  /** Share of the time in which the event loop was not idle, 0-1. */
  readonly utilization: number;
  /** Requests other than INVITE that applications have and did not answer: their answer waits for nobody but them. */
  readonly queued: number;
  /** Transactions that live, as a share of what may live, 0-1. */
  readonly transactions: number;
}

/** Where each measure begins to mean overload: there its load is 1. */
export interface LoadTargets {
  readonly lagMs: number;
  readonly utilization: number;
  readonly queued: number;
  readonly transactions: number;
}

/**
 * A loop that is late by T1 (RFC 3261 §17.1.1.1) makes peers send again what has arrived, and so makes itself later. A
 * loop that never rests has work waiting in the socket. A thousand waiting REGISTERs are about a second of work.
 */
export const loadTargets: LoadTargets = { lagMs: 500, utilization: 0.97, queued: 1_000, transactions: 0.8 };

/** Load below this share of the target lets the shedding recede; between it and the target, it stays (hysteresis). */
const RELIEF = 0.8;
/** Levels a second for each unit of load above the target, and a second while there is relief. */
const RISE = 1;
const FALL = 0.25;
/** More than this much load teaches nothing more. */
const WORST_LOAD = 4;
const HIGHEST_LEVEL = 3;
/** A look that is older than this says nothing: the clock stood still, or nobody looked. */
const LONGEST_STEP_MS = 1_000;

/**
 * Decides which requests are refused under load. The level rises and falls smoothly with the measured load; each class
 * is shed with a probability that follows from the level, new calls from 0 to 1, REGISTER from ½ to 1½, requests in
 * dialogs only from 2 to 3, emergency calls never: order of service and no cliff.
 */
export class OverloadControl {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #targets: LoadTargets;
  #level = 0;
  #load = 0;
  #lookedAt: number;

  constructor(clock: Clock, random: Random, targets: LoadTargets = loadTargets) {
    this.#clock = clock;
    this.#random = random;
    this.#targets = targets;
    this.#lookedAt = clock.now();
  }

  /** 0: nothing is shed; up to 3. */
  get level(): number {
    return this.#level;
  }

  /** The last look: 1 is the target. */
  get load(): number {
    return this.#load;
  }

  /** To be told some times a second. */
  look(sample: LoadSample): void {
    const now = this.#clock.now();
    const stepS = Math.min(LONGEST_STEP_MS, now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    const targets = this.#targets;
    const before = this.#load;
    this.#load = Math.max(
      sample.lagMs / targets.lagMs,
      sample.utilization / targets.utilization,
      sample.queued / targets.queued,
      sample.transactions / targets.transactions,
    );
    // While the load falls, enough is shed already: what waits only takes its time.
    if (this.#load > 1 && this.#load >= before) this.#level += RISE * (Math.min(WORST_LOAD, this.#load) - 1) * stepS;
    else if (this.#load < RELIEF) this.#level -= FALL * stepS;
    this.#level = Math.min(HIGHEST_LEVEL, Math.max(0, this.#level));
  }

  /** The share of a class that is shed, 0-1. */
  share(of: RequestClass): number {
    if (of === 'emergency') return 0;
    const from = of === 'new-call' ? 0 : of === 'register' ? 0.5 : 2;
    return Math.min(1, Math.max(0, this.#level - from));
  }

  sheds(of: RequestClass): boolean {
    if (this.#level === 0) return false;
    const share = this.share(of);
    return share > 0 && this.#random.next() < share;
  }

  /** Seconds for Retry-After: random, so that those who are sent away do not come back together. */
  retryAfterS(): number {
    return Math.floor(3 + this.#random.next() * (12 + 15 * this.#level));
  }

  /**
   * The parameters of RFC 7339 §4 for the Via of a peer that speaks it: what share of its requests it should keep back.
   * Validity 0 with nothing to keep back ends an earlier wish (§4.3).
   */
  viaParameters(): string {
    const percent = Math.round(100 * this.share('new-call'));
    const sequence = (this.#clock.wall() / 1000).toFixed(3);
    return `;oc=${percent};oc-algo="loss";oc-validity=${percent === 0 ? 0 : VALID_MS};oc-seq=${sequence}`;
  }
}

/** RFC 7339 §4.3's own default. */
const VALID_MS = 500;

/** True when the client says in its Via that it speaks RFC 7339 with the algorithm that everybody has. */
export function speaksOverloadControl(via: string): boolean {
  for (let at = via.indexOf(';oc'); at >= 0; at = via.indexOf(';oc', at + 3)) {
    const next = via.charCodeAt(at + 3);
    if (Number.isNaN(next) || next === 59 || next === 61 || next === 32) return true;
  }
  return false;
}

/** A Via with the server's parameters in place of the client's own (RFC 7339 §4.2). */
export function withOverloadControl(via: string, parameters: string): string {
  const kept = via.split(';').filter((part) => !/^\s*oc(?:-algo|-validity|-seq)?\s*(?:=|$)/.test(part));
  return kept.join(';') + parameters;
}
