import type { Clock, Log, Random, Timer } from '../base/index.js';
import type { Directory } from '../directory/index.js';
import type { Binding } from './binding.js';
import type { CentreConversation } from './centre-conversation.js';
import { ExpiryWheel } from './expiry-wheel.js';
import { PriorityQueue } from './priority-queue.js';
import type { RegistrarSettings } from './registrar-settings.js';
import { TokenBucket } from './token-bucket.js';
import { UpstreamJob, type UpstreamJobOwner } from './upstream-job.js';

export interface UpstreamUpkeepOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly directory: Pick<Directory, 'byUsername'>;
  readonly centre: CentreConversation;
  readonly log: Log;
  /** The centre holds this binding until then (wall). */
  readonly onRegistered: (token: string, upstreamExpiresAtWall: number) => void;
  /** The centre lists this one no more; it was over here before. */
  readonly onRemoved: (token: string) => void;
}

/** A binding that is over here and not yet at the centre. */
interface Leftover {
  readonly binding: Binding;
  readonly endsAtMs: number;
}

/** The longest Retry-After that is taken at its word (RFC 5626 §4.5's cap). */
const longestHoldMs = 1_800_000;
/** No registration at the centre is believed to live longer. */
const longestLeftoverMs = 86_400_000;
/** Tokens that the queue leaves in the bucket for phones whose REGISTERs are relayed. */
const reserve = 1;

/**
 * Makes the centre's location table agree with ours, on behalf of the phones and at a pace that the centre can bear:
 * one bucket for everything that goes there, soonest to lapse first.
 */
export class UpstreamUpkeep {
  readonly #options: UpstreamUpkeepOptions;
  readonly #owner: UpstreamJobOwner;
  readonly #bucket: TokenBucket;
  readonly #queue = new PriorityQueue<{ readonly job: UpstreamJob; readonly ticket: object }>();
  readonly #jobs = new Map<string, UpstreamJob>();
  readonly #leftovers = new Map<string, Leftover>();
  readonly #leftoverWheel: ExpiryWheel<Leftover>;
  #active = false;
  #pumpTimer: Timer | undefined;
  #heldUntilMs = 0;

  constructor(options: UpstreamUpkeepOptions) {
    const { clock, random, log, settings, centre } = options;
    this.#options = options;
    this.#bucket = new TokenBucket(clock, settings.upstreamPerSecond, settings.upstreamBurst);
    this.#leftoverWheel = new ExpiryWheel(clock, (ended) => {
      for (const { binding } of ended) {
        this.#settleLeftover(binding.token);
        this.#jobs.get(binding.token)?.handle('forgotten');
      }
    });
    this.#owner = {
      clock,
      random,
      log,
      centre,
      phonesExpiresS: settings.phonesExpiresS,
      enqueue: (job, first) => this.#enqueue(job, first),
      registered: (job, upstreamExpiresAtWall) => options.onRegistered(job.subject.token, upstreamExpiresAtWall),
      removed: (job) => this.#settleLeftover(job.subject.token),
      holdOff: (retryAfterMs) => this.holdOff(retryAfterMs),
      finished: (job) => {
        if (this.#jobs.get(job.subject.token) === job) this.#jobs.delete(job.subject.token);
        job.stop();
      },
    };
  }

  /** `waiting`: registrations and removals that are not yet sent. */
  get queue(): { readonly waiting: number; readonly sent: number } {
    let waiting = 0;
    for (const job of this.#jobs.values()) if (job.ticket !== undefined) waiting++;
    return { waiting, sent: this.#options.centre.sent };
  }

  /** One REGISTER to the centre is allowed now, and counted. */
  takeTurn(): boolean {
    return this.#options.clock.now() >= this.#heldUntilMs && this.#bucket.take();
  }

  /** The centre said Retry-After: nothing goes there until then. */
  holdOff(retryAfterMs: number): void {
    const until = this.#options.clock.now() + Math.min(retryAfterMs, longestHoldMs);
    this.#heldUntilMs = Math.max(this.#heldUntilMs, until);
  }

  /** The centre serves: `bindings` that it does not hold long enough are brought to it, leftovers taken off its list. */
  begin(bindings: Iterable<Binding>): void {
    if (this.#active) return;
    this.#active = true;
    for (const binding of bindings) this.want(binding);
    for (const { binding } of [...this.#leftovers.values()]) this.#withdrawAtCentre(binding);
  }

  /** The centre does not serve: nothing is sent. */
  pause(): void {
    this.#active = false;
    this.#pumpTimer?.cancel();
    this.#pumpTimer = undefined;
    for (const job of this.#jobs.values()) job.stop();
    this.#jobs.clear();
    this.#queue.clear();
    this.#options.centre.forgetChallenge();
  }

  stop(): void {
    this.pause();
    this.#leftoverWheel.stop();
  }

  /** A phone was bound here without the centre. */
  want(binding: Binding): void {
    this.#dropLeftover(binding.token);
    if (!this.#active) return;
    const covered = (binding.upstreamExpiresAtWall ?? 0) >= binding.expiresAtWall;
    const job = this.#jobs.get(binding.token);
    if (job !== undefined) {
      job.subject = binding;
      if (!covered || job.state !== 'registered') job.handle('bound');
    } else if (!covered && this.#options.directory.byUsername(binding.username) !== undefined) {
      this.#enqueue(this.#newJob(binding), false);
    }
  }

  /** The centre accepted the phone's own REGISTER. */
  relayed(binding: Binding): void {
    this.#dropLeftover(binding.token);
    const job = this.#jobs.get(binding.token);
    if (job === undefined) return;
    job.subject = binding;
    job.handle('relayed');
  }

  /** True when the centre lists a binding that Holdfast can take off its list. */
  stillUpstream(binding: Binding): boolean {
    const { clock, directory } = this.#options;
    return (binding.upstreamExpiresAtWall ?? 0) > clock.wall() && directory.byUsername(binding.username) !== undefined;
  }

  /** A binding is over here. */
  withdraw(binding: Binding): void {
    if (this.stillUpstream(binding)) this.#keepLeftover(binding);
    if (this.#active) this.#withdrawAtCentre(binding);
  }

  #withdrawAtCentre(binding: Binding): void {
    const still = this.stillUpstream(binding);
    const job = this.#jobs.get(binding.token) ?? (still ? this.#newJob(binding) : undefined);
    if (job === undefined) return;
    job.subject = binding;
    job.handle(still ? 'withdrawn' : 'forgotten');
  }

  #newJob(binding: Binding): UpstreamJob {
    const job = new UpstreamJob(this.#owner, binding);
    this.#jobs.set(binding.token, job);
    return job;
  }

  #enqueue(job: UpstreamJob, first: boolean): void {
    const ticket = {};
    job.ticket = ticket;
    const lapsesAt = job.subject.upstreamExpiresAtWall ?? 0;
    const lapsed = lapsesAt <= this.#options.clock.wall();
    this.#queue.push({ job, ticket }, first ? -1 : lapsed ? 0 : lapsesAt);
    // Never from inside a transition: the turn would come before the state that waits for it.
    this.#schedule();
  }

  #schedule(): void {
    if (this.#pumpTimer !== undefined || !this.#active || this.#queue.size === 0) return;
    const { clock } = this.#options;
    const waitMs = Math.max(this.#heldUntilMs - clock.now(), this.#bucket.waitMs(reserve));
    this.#pumpTimer = clock.after(waitMs, () => {
      this.#pumpTimer = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#queue.size > 0 && this.#options.clock.now() >= this.#heldUntilMs) {
      const next = this.#nextJob();
      if (next === undefined) break;
      next.handle('turn');
    }
    this.#schedule();
  }

  /** The next who still waits, with a token taken for it. */
  #nextJob(): UpstreamJob | undefined {
    if (this.#bucket.waitMs(reserve) > 0) return undefined;
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      if (next.job.ticket !== next.ticket) continue;
      next.job.ticket = undefined;
      this.#bucket.take(reserve);
      return next.job;
    }
    return undefined;
  }

  #keepLeftover(binding: Binding): void {
    const { clock } = this.#options;
    this.#dropLeftover(binding.token);
    const leftMs = Math.min((binding.upstreamExpiresAtWall ?? 0) - clock.wall(), longestLeftoverMs);
    const leftover = { binding, endsAtMs: clock.now() + leftMs };
    this.#leftovers.set(binding.token, leftover);
    this.#leftoverWheel.watch(leftover);
  }

  #settleLeftover(token: string): void {
    this.#dropLeftover(token);
    this.#options.onRemoved(token);
  }

  #dropLeftover(token: string): void {
    const leftover = this.#leftovers.get(token);
    if (leftover === undefined) return;
    this.#leftoverWheel.forget(leftover);
    this.#leftovers.delete(token);
  }
}
