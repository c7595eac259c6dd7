import { between, type Clock, type Log, Machine, type Random, type Timer } from '../base/index.js';
import type { FaultClass, TargetStatus } from './path-status.js';
import type { ProbeOutcome, Prober } from './prober.js';
import { Losses, RoundTrips } from './sample-window.js';
import {
  type TargetAction,
  type TargetEvent,
  type TargetState,
  type TargetTimes,
  targetTable,
} from './target-table.js';
import { hostOfTarget, namesHost, targetAt } from './target-uri.js';
import type { WanSettings } from './wan-settings.js';

/** On a clean link a verdict by accident may come once in 10⁷ ordinary probes (230 days); see `missesBeyondChance`. */
const FALSE_VERDICT_CHANCE = 1e-7;

/** A name that is missed this often in a row while its last address answers has a resolver that is dead. */
const NAME_MISSES = 3;

const faults: { readonly [state in TargetState]: FaultClass | undefined } = {
  unknown: undefined,
  up: undefined,
  suspect: undefined,
  silent: 'wan-path',
  refusing: 'central-refused',
  failing: 'central-application',
  unresolved: 'dns',
  cut: 'wan-link',
  mending: 'wan-link',
};

/** One probe under way. */
interface Flight {
  readonly sentAt: number;
  /** A flight from before a cut proves nothing after it. */
  readonly epoch: number;
  readonly byName: boolean;
  /** Its fate says something of the link's loss: it was an ordinary probe of a path that was up. */
  readonly ordinary: boolean;
  timer: Timer | undefined;
  missed: boolean;
}

export interface TargetProbeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly prober: Prober;
  readonly settings: WanSettings;
  readonly target: string;
  readonly log: Log;
  /** The state, or what is said of it, changed. */
  readonly onChange: () => void;
  readonly onProbe: (good: boolean) => void;
}

/** Probes one target and judges what comes back. Probing begins with the making. */
export class TargetProbe {
  readonly target: string;
  readonly #options: TargetProbeOptions;
  /** For people. */
  readonly #name: string;
  readonly #machine: Machine<TargetState, TargetEvent, TargetAction, TargetTimes>;
  readonly #roundTrips = new RoundTrips();
  readonly #losses = new Losses();
  readonly #flights = new Set<Flight>();
  #stopped = false;
  #epoch = 0;
  #lastHeardAt: number;
  #lastAnswerWall: number | undefined;
  #rttMs: number | undefined;
  /** When the first of the misses in a row was sent, or a doubt arose otherwise. */
  #doubtSince: number | undefined;
  #misses = 0;
  /** The newest misses that are alike: for want of an address, or of an answer. */
  #run = { nameless: false, length: 0 };
  #failures = 0;
  #good = 0;
  #why = 'not asked yet';
  /** Becomes `#why` if the event that it comes with changes the state. */
  #whyNext = '';
  #address: string | undefined;
  #nameMisses = 0;
  #unresolvedWhy: string | undefined;
  #resolveAgainAt = 0;

  constructor(options: TargetProbeOptions) {
    this.#options = options;
    this.target = options.target;
    this.#name = `the centre at ${hostOfTarget(options.target)}`;
    const { clock, random, settings } = options;
    this.#lastHeardAt = clock.now();
    const spread = settings.probeIntervalMs * settings.probeJitter;
    const times: TargetTimes = {
      nextIntervalMs: () => between(random, settings.probeIntervalMs - spread, settings.probeIntervalMs + spread),
      retryMs: () => settings.retryMs,
      silenceLeftMs: () => this.#lastHeardAt + settings.silenceMs - clock.now(),
      verdictLeftMs: () => (this.#doubtSince ?? clock.now()) + settings.verdictMs - clock.now(),
    };
    this.#machine = new Machine(targetTable, {
      clock,
      context: times,
      log: options.log,
      actions: { probe: () => this.#probe(), judge: () => this.#judge() },
      onState: () => {
        this.#why = this.#whyNext;
        options.onChange();
      },
    });
    this.#machine.handle('nudge');
  }

  get state(): TargetState {
    return this.#machine.state;
  }

  get fault(): FaultClass | undefined {
    return faults[this.#machine.state];
  }

  get why(): string {
    return this.#why;
  }

  /** Good probes in a row. */
  get good(): number {
    return this.#good;
  }

  get rttP99Ms(): number | undefined {
    return this.#roundTrips.p99Ms;
  }

  get lastAnswerWall(): number | undefined {
    return this.#lastAnswerWall;
  }

  /** Why the name has no address, while its last known one serves. */
  get unresolvedWhy(): string | undefined {
    return this.#unresolvedWhy;
  }

  /** Where to send: the target, or its last known address while its name does not resolve. */
  get uri(): string {
    return this.#unresolvedWhy === undefined ? this.target : this.#byAddress();
  }

  /** 4 × p99, within 500-2000 ms; the floor before anything was measured. */
  timeoutMs(): number {
    const { timeoutFactor, timeoutFloorMs, timeoutCeilingMs } = this.#options.settings;
    return Math.min(timeoutCeilingMs, Math.max(timeoutFloorMs, timeoutFactor * (this.#roundTrips.p99Ms ?? 0)));
  }

  /** A packet of the centre at `atMs`: refutes silence, and nothing else. */
  heard(atMs: number): void {
    if (this.#stopped || atMs <= this.#lastHeardAt) return;
    this.#lastHeardAt = atMs;
    if (this.#doubtSince !== undefined && atMs < this.#doubtSince) return;
    this.#forgetMisses();
    this.#handle('heard', `${this.#name} is heard`);
  }

  callSilent(): void {
    if (this.#stopped) return;
    this.#doubtSince ??= this.#options.clock.now();
    this.#handle('callSilent', `a call to ${this.#name} got no answer at all`);
  }

  nudge(): void {
    if (!this.#stopped) this.#machine.handle('nudge');
  }

  cut(why: string): void {
    if (this.#stopped) return;
    this.#epoch++;
    this.#forgetMisses();
    this.#good = 0;
    this.#handle('cut', why);
  }

  mended(): void {
    if (this.#stopped) return;
    const now = this.#options.clock.now();
    if (this.#machine.state === 'cut') {
      this.#forgetMisses();
      // The wait for a first answer is judged like any silence, from now.
      this.#doubtSince = now;
      this.#lastHeardAt = now;
    }
    this.#handle('mended', 'the WAN link is back; the centre has not answered yet');
  }

  stop(): void {
    this.#stopped = true;
    this.#machine.stop();
    for (const { timer } of this.#flights) timer?.cancel();
    this.#flights.clear();
  }

  status(best: boolean): TargetStatus {
    const { state } = this.#machine;
    const fault = this.fault ?? (this.#unresolvedWhy === undefined ? undefined : 'dns');
    return {
      target: this.target,
      state: state === 'unknown' || state === 'up' || state === 'suspect' ? state : 'down',
      ...(fault === undefined ? {} : { fault }),
      why: this.#why,
      best,
      ...(this.#unresolvedWhy === undefined || this.#address === undefined ? {} : { cachedAddress: this.#address }),
      ...(this.#rttMs === undefined ? {} : { rttMs: this.#rttMs }),
      ...(this.rttP99Ms === undefined ? {} : { rttP99Ms: this.rttP99Ms }),
      timeoutMs: this.timeoutMs(),
      ...(this.#lastAnswerWall === undefined ? {} : { lastAnswerWall: this.#lastAnswerWall }),
      missesInARow: this.#misses,
      loss: this.#losses.share,
    };
  }

  #handle(event: TargetEvent, why: string): void {
    this.#whyNext = why;
    this.#machine.handle(event);
  }

  #byAddress(): string {
    return this.#address === undefined ? this.target : targetAt(this.target, this.#address);
  }

  #probe(): void {
    const { clock, settings } = this.#options;
    const doubtful = this.#unresolvedWhy !== undefined || this.#machine.state === 'suspect';
    // A resolver that hangs must not make the path look silent: what is doubted is asked by its address.
    const byName = !doubtful || this.#address === undefined || !namesHost(this.target) || this.#resolveDue();
    if (byName) this.#resolveAgainAt = clock.now() + settings.resolveRetryMs;
    this.#send(byName, this.#machine.state === 'up');
  }

  #resolveDue(): boolean {
    return this.#unresolvedWhy !== undefined && this.#options.clock.now() >= this.#resolveAgainAt;
  }

  #send(byName: boolean, ordinary: boolean): void {
    const { clock, prober, log, target } = this.#options;
    const timeoutMs = this.timeoutMs();
    const sentAt = clock.now();
    const flight: Flight = { sentAt, epoch: this.#epoch, byName, ordinary, timer: undefined, missed: false };
    flight.timer = clock.after(timeoutMs, () => this.#missed(flight));
    this.#flights.add(flight);
    prober.probe(byName ? target : this.#byAddress(), timeoutMs).then(
      (outcome) => this.#outcome(flight, outcome),
      (error: unknown) => {
        log.error('prober rejected, which its contract excludes', { target, error });
        this.#outcome(flight, { kind: 'silent' });
      },
    );
  }

  #outcome(flight: Flight, outcome: ProbeOutcome): void {
    flight.timer?.cancel();
    this.#flights.delete(flight);
    if (this.#stopped || flight.epoch !== this.#epoch) return;
    switch (outcome.kind) {
      case 'answered':
        this.#answered(flight, outcome.status, outcome.rttMs, outcome.address);
        break;
      case 'silent':
        this.#missed(flight);
        break;
      case 'unreachable':
        this.#missed(flight, outcome.why);
        break;
      case 'unresolved':
        this.#unresolved(flight, outcome.why);
        break;
      case 'refused':
        this.#forgetMisses();
        this.#lastHeardAt = this.#options.clock.now();
        this.#handle('refused', `${this.#name} refuses: ${outcome.why}`);
        this.#count(false);
        break;
    }
  }

  #answered(flight: Flight, status: number, rttMs: number, address: string | undefined): void {
    const { clock, settings } = this.#options;
    // The first miss of a suspicion was an ordinary probe lost; its retries would count the same trouble twice.
    if (this.#machine.state === 'suspect' && this.#misses > 0) this.#losses.add(true);
    else if (flight.ordinary && !flight.missed) this.#losses.add(false);
    if (!flight.missed) {
      this.#rttMs = rttMs;
      this.#roundTrips.add(rttMs);
    }
    this.#learnName(flight, address);
    this.#forgetMisses();
    this.#lastHeardAt = clock.now();
    this.#lastAnswerWall = clock.wall();
    // A 6xx is the considered answer of a centre that serves.
    const serves = status !== 408 && (status < 500 || status >= 600);
    this.#failures = serves ? 0 : this.#failures + 1;
    if (serves) this.#handle('answered', `${this.#name} answers`);
    else {
      const event = this.#failures >= settings.failuresToDown ? 'failed' : 'faltered';
      this.#handle(event, `${this.#name} answers ${status}: its telephone service is down`);
    }
    this.#count(serves);
  }

  /** Once per flight; not a miss if anything of the centre was heard since it was sent. */
  #missed(flight: Flight, why = `${this.#name} left a probe unanswered`, nameless = false): void {
    if (this.#stopped || flight.missed) return;
    flight.missed = true;
    this.#flights.delete(flight);
    if (flight.epoch !== this.#epoch || this.#lastHeardAt > flight.sentAt) return;
    if (flight.byName) this.#nameMisses++;
    this.#misses++;
    this.#alike(nameless);
    this.#doubtSince ??= flight.sentAt;
    this.#handle('missed', why);
    this.#count(false);
  }

  #unresolved(flight: Flight, why: string): void {
    if (this.#address === undefined) {
      // The name servers' answer may come after the probe's time, or be read after it by a process that is busy.
      if (flight.missed) this.#alike(true);
      else this.#missed(flight, `${this.#name} does not resolve: ${why}`, true);
      return;
    }
    if (this.#unresolvedWhy === undefined) {
      this.#unresolvedWhy = why;
      this.#options.onChange();
    }
    if (!flight.missed) this.#send(false, flight.ordinary);
  }

  /** What an answer says of the name: it resolves, or only its last address answers. */
  #learnName(flight: Flight, address: string | undefined): void {
    if (address !== undefined) this.#address = address;
    const before = this.#unresolvedWhy;
    if (flight.byName) {
      this.#nameMisses = 0;
      this.#unresolvedWhy = undefined;
    } else if (this.#nameMisses >= NAME_MISSES) {
      this.#unresolvedWhy ??= 'no answer by name, only by the last known address';
    }
    if (before !== this.#unresolvedWhy) this.#options.onChange();
  }

  #alike(nameless: boolean): void {
    this.#run = { nameless, length: this.#run.nameless === nameless ? this.#run.length + 1 : 1 };
  }

  #forgetMisses(): void {
    this.#misses = 0;
    this.#run = { nameless: false, length: 0 };
    this.#doubtSince = undefined;
  }

  #count(good: boolean): void {
    this.#good = good ? this.#good + 1 : 0;
    this.#options.onProbe(good);
  }

  /**
   * Three misses in a row and 1.5 s of silence, and either more misses than the link's own loss explains, or the time
   * of the latest verdict. Which of the two it is the newest misses say, as many of them as a verdict takes: a probe that never
   * found an address says nothing of the path.
   */
  #judge(): void {
    const { clock, settings } = this.#options;
    const now = clock.now();
    const silenceMs = now - this.#lastHeardAt;
    if (this.#misses < settings.missesToDown || silenceMs < settings.silenceMs) return;
    const doubtMs = now - (this.#doubtSince ?? now);
    if (this.#misses < this.#losses.missesBeyondChance(FALSE_VERDICT_CHANCE) && doubtMs < settings.verdictMs) return;
    const clear = this.#run.length >= settings.missesToDown;
    const nameless = this.#run.nameless && clear;
    if (this.#machine.state === 'unresolved' && !clear) return;
    const seconds = (silenceMs / 1000).toFixed(1);
    if (nameless) this.#handle('nameless', `${this.#name} does not resolve`);
    else this.#handle('dead', `${this.#name} is silent for ${seconds} s, ${this.#misses} probes in a row`);
  }
}
