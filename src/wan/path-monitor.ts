import type { Clock, Log, Random } from '../base/index.js';
import { type LinkDefect, type LinkState, linkDefects, lostDefect } from './link-state.js';
import type { FaultClass, PathEvent, PathStatus } from './path-status.js';
import type { Prober } from './prober.js';
import { TargetProbe } from './target-probe.js';
import type { WanSettings } from './wan-settings.js';

export interface PathMonitorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly prober: Prober;
  readonly settings: WanSettings;
  /** SIP URIs of the centre, the preferred first; at least one. */
  readonly targets: readonly string[];
  readonly onEvent: (event: PathEvent) => void;
  readonly log: Log;
}

/** When all targets are down for different reasons: the one that says most is named. */
const tellingFirst: readonly FaultClass[] = ['wan-link', 'central-application', 'central-refused', 'wan-path', 'dns'];

/**
 * Whether the centre can be reached. Up if any target is up; down when all are, or at once when the link is lost.
 * A probe that is answered after a link event outweighs it: probes decide, the kernel only knows sooner.
 *
 * A centre that answers 503 is reached: overloaded or down. It is asked at the ordinary pace, whatever its Retry-After,
 * and is `central-application` after three in a row; calls that it refuses meanwhile are routed one by one.
 */
export class PathMonitor {
  readonly #options: PathMonitorOptions;
  readonly #probes: TargetProbe[] = [];
  #link: LinkState | undefined;
  /** What the link lacks when all is well: some sites reach their centre without a default route. */
  #usual: readonly LinkDefect[] = [];
  #together = false;
  /** Set while a loss of the link stands, unrefuted. */
  #cutWhy: string | undefined;
  #best: string;
  #state: PathStatus['state'] = 'suspect';
  #sinceWall: number;
  #verdict: { readonly up: true } | { readonly up: false; readonly fault: FaultClass } | undefined;
  #why = 'the centre has not been asked yet';
  #noted: FaultClass | undefined;
  #lastHeardWall: number | undefined;

  constructor(options: PathMonitorOptions) {
    const first = options.targets[0];
    if (first === undefined) throw new Error('a path needs at least one target');
    this.#options = options;
    this.#best = first;
    this.#sinceWall = options.clock.wall();
  }

  /**
   * Probes every target at once, then goes on until {@link stop}. After a stop it begins anew, with the verdict as it
   * was: so the path is not blamed for a time in which nothing could be sent.
   */
  start(): void {
    this.stop();
    this.#probes.length = 0;
    const { clock, random, prober, settings, log } = this.#options;
    this.#sinceWall = clock.wall();
    for (const target of this.#options.targets) {
      const probe: TargetProbe = new TargetProbe({
        clock,
        random,
        prober,
        settings,
        target,
        log,
        onChange: () => this.#judge(),
        onProbe: (good) => this.#probed(probe, good),
      });
      this.#probes.push(probe);
    }
    const cutWhy = this.#cutWhy;
    if (cutWhy !== undefined) this.#all((probe) => probe.cut(cutWhy));
  }

  stop(): void {
    for (const probe of this.#probes) probe.stop();
  }

  /** Any packet of the centre. `atMs`: when, on the monotonic clock. `target`: whose; the best one's if not given. */
  heard(atMs = this.#options.clock.now(), target = this.#best): void {
    this.#lastHeardWall = this.#options.clock.wall();
    this.#probeOf(target)?.heard(atMs);
  }

  /** The kernel's word on the WAN link. */
  link(state: LinkState): void {
    const lost = lostDefect(state, this.#link);
    const first = this.#link === undefined;
    const whole = linkDefects(state).every((defect) => this.#usual.includes(defect));
    if (this.#link !== undefined && JSON.stringify(state) === JSON.stringify(this.#link)) return;
    this.#link = state;
    this.#options.log.info('WAN link', { ...state });
    if (lost !== undefined) {
      const why = first ? `WAN link ${state.interface} has no ${lost}` : lossText(state.interface, lost);
      this.#cutWhy = why;
      this.#all((probe) => probe.cut(why));
    } else if (whole && this.#cutWhy !== undefined) {
      this.#cutWhy = undefined;
      this.#all((probe) => probe.mended());
    } else {
      this.#all((probe) => probe.nudge());
    }
  }

  /** A call got no answer at all within {@link giveUpMs}: reason to probe now. */
  callSilent(target = this.#best): void {
    this.#probeOf(target)?.callSilent();
  }

  /** How long a call waits for any answer of the centre before it goes another way; 500-2000 ms. */
  giveUpMs(): number {
    return this.#probeOf(this.#best)?.timeoutMs() ?? this.#options.settings.timeoutFloorMs;
  }

  /** Where calls and registrations go: a SIP URI, with the last known address while the name does not resolve. */
  bestTarget(): string {
    return this.#probeOf(this.#best)?.uri ?? this.#best;
  }

  status(): PathStatus {
    const best = this.#probeOf(this.#best);
    const fault = this.#verdict?.up === false ? this.#verdict.fault : this.#noted;
    const answers = [this.#lastHeardWall, ...this.#probes.map((probe) => probe.lastAnswerWall)];
    const known = answers.filter((wall) => wall !== undefined);
    return {
      state: this.#state,
      ...(fault === undefined ? {} : { fault }),
      sinceWall: this.#sinceWall,
      why: this.#why,
      ...(best?.rttP99Ms === undefined ? {} : { rttP99Ms: best.rttP99Ms }),
      ...(known.length === 0 ? {} : { lastAnswerWall: Math.max(...known) }),
      targets: this.#probes.map((probe) => probe.status(probe.target === this.#best)),
    };
  }

  #probeOf(target: string): TargetProbe | undefined {
    return this.#probes.find((probe) => probe.target === target || probe.uri === target);
  }

  /** One thing that happens to every target is judged once, when it has happened to all. */
  #all(happen: (probe: TargetProbe) => void): void {
    this.#together = true;
    for (const probe of this.#probes) happen(probe);
    this.#together = false;
    this.#judge();
  }

  #probed(probe: TargetProbe, good: boolean): void {
    this.#chooseBest();
    if (probe.target === this.#best) this.#options.onEvent({ kind: 'probe', good });
  }

  /** Leaves a target that is down for one that is up; goes back to an earlier one only when it has proved itself. */
  #chooseBest(): void {
    const rank = this.#probes.findIndex((probe) => probe.target === this.#best);
    const lost = this.#probes[rank]?.fault !== undefined;
    const proved = this.#options.settings.preferAfterGood;
    const better = this.#probes.find(
      (probe, i) => probe.state === 'up' && i !== rank && (lost || (i < rank && probe.good >= proved)),
    );
    if (better === undefined) return;
    this.#best = better.target;
    this.#options.log.info('central target chosen', { target: this.#best });
  }

  #judge(): void {
    if (this.#together || this.#probes.length < this.#options.targets.length) return;
    this.#chooseBest();
    const best = this.#probeOf(this.#best);
    const up = best?.state === 'up' ? best : this.#probes.find((probe) => probe.state === 'up');
    const down = this.#probes.every((probe) => probe.fault !== undefined);
    if (up !== undefined) this.#up(up);
    else if (down) this.#down();
    else this.#enter('suspect', best?.why ?? this.#why);
  }

  #up(probe: TargetProbe): void {
    this.#cutWhy = undefined;
    if (this.#link !== undefined) this.#usual = linkDefects(this.#link);
    this.#enter('up', probe.why);
    if (this.#verdict?.up !== true) {
      this.#verdict = { up: true };
      this.#options.onEvent({ kind: 'up', why: probe.why });
    }
    this.#note(probe.unresolvedWhy);
  }

  #down(): void {
    const fault = tellingFirst.find((name) => this.#probes.some((probe) => probe.fault === name)) ?? 'wan-path';
    const named = this.#probes.filter((probe) => probe.fault === fault).map((probe) => probe.why);
    const why = [...new Set(named)].join('; ');
    this.#enter('down', why);
    if (this.#verdict?.up === false && this.#verdict.fault === fault) return;
    this.#verdict = { up: false, fault };
    this.#noted = undefined;
    this.#options.onEvent({ kind: 'down', fault, why });
  }

  #enter(state: PathStatus['state'], why: string): void {
    this.#why = why;
    if (this.#state === state) return;
    this.#options.log.info('WAN path', { from: this.#state, to: state, why });
    this.#state = state;
    this.#sinceWall = this.#options.clock.wall();
  }

  #note(unresolvedWhy: string | undefined): void {
    if (unresolvedWhy !== undefined && this.#noted === undefined) {
      this.#noted = 'dns';
      const why = `the centre's name does not resolve (${unresolvedWhy}); its last known address is used`;
      this.#options.onEvent({ kind: 'fault', fault: 'dns', why });
    } else if (unresolvedWhy === undefined && this.#noted !== undefined) {
      this.#noted = undefined;
      this.#options.onEvent({ kind: 'fault-over', fault: 'dns', why: "the centre's name resolves again" });
    }
  }
}

function lossText(name: string, defect: LinkDefect): string {
  switch (defect) {
    case 'carrier':
      return `WAN link ${name} lost carrier`;
    case 'address':
      return `WAN link ${name} lost its address`;
    case 'default route':
      return `the default route over WAN link ${name} is gone`;
  }
}
