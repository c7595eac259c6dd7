import { type Clock, type Log, Machine } from '../base/index.js';
import { type FaultClass, faultNames } from '../wan/index.js';
import { durationText } from './duration-text.js';
import { FlapDamping } from './flap-damping.js';
import { type ModeAction, type ModeTimes, type ModeTrigger, modeTable } from './mode-table.js';
import { type Mode, type Posture, postures } from './posture.js';
import type { SurvivabilitySettings } from './survivability-settings.js';
import type { TimelineEntry, TimelineKind, TimelineStore } from './timeline.js';

export interface HoldDown {
  readonly remainingMs: number;
  readonly totalMs: number;
  /** What the return still waits for, for people; never empty while returning. */
  readonly waitingFor: readonly string[];
}

export interface SurvivabilityTable {
  readonly modes: typeof modeTable;
  readonly postures: typeof postures;
}

export interface SurvivabilityOptions {
  readonly clock: Clock;
  readonly settings: SurvivabilitySettings;
  /** Told of each change of mode, after it is in the timeline. */
  readonly onMode: (mode: Mode, posture: Posture, why: string) => void;
  readonly timeline: TimelineStore;
  readonly log: Log;
}

const consequences: { readonly [mode in Mode]: string } = {
  starting: 'the probes are asked',
  inline: 'the centre serves',
  survivable: 'calls go over local lines',
  returning: 'local service goes on until the path has proved itself',
  'forced-survivable': 'calls go over local lines until released',
  'forced-inline': 'calls go to the centre until released',
};

/** What came in, as the timeline will tell it if it changes the mode. */
interface Cause {
  readonly kind: TimelineKind;
  readonly why: string;
  readonly fields: TimelineEntry['fields'];
}

/** Runs the one table of modes: path events, health and force in; mode, posture and timeline out. */
export class Survivability {
  readonly table: SurvivabilityTable = { modes: modeTable, postures };
  readonly #options: SurvivabilityOptions;
  readonly #machine: Machine<Mode, ModeTrigger, ModeAction, ModeTimes>;
  readonly #damping: FlapDamping;
  #path: 'unknown' | 'up' | 'down' = 'unknown';
  #fault: FaultClass | undefined;
  #goodProbes = 0;
  #directoryHealthy = true;
  #sinceWall: number;
  #why = 'Holdfast has just started';
  #cause: Cause;
  #forced: { readonly to: 'survivable' | 'inline'; readonly who: string; readonly sinceWall: number } | undefined;

  constructor(options: SurvivabilityOptions) {
    this.#options = options;
    const { clock, settings } = options;
    this.#damping = new FlapDamping(settings);
    this.#sinceWall = clock.wall();
    const times: ModeTimes = {
      startingMaxMs: () => settings.startingMaxMs,
      holdDownLeftMs: () => this.#damping.leftMs(clock.now()),
    };
    this.#cause = this.#causeOf('mode', this.#why);
    this.#machine = new Machine(modeTable, {
      clock,
      context: times,
      log: options.log,
      actions: {
        judge: () => this.#judge(),
        noteFault: () => this.#note(),
        noteUp: () => this.#note(),
        noteForce: () => this.#note(),
        countFlap: () => this.#damping.flap(clock.now()),
        countSoonLoss: () => this.#damping.lossAfterReturn(clock.now()),
        cameBack: () => this.#cameBack(),
        blameProbes: () => {
          this.#cause = this.#causeOf('mode', `the probes said nothing for ${durationText(settings.startingMaxMs)}`);
        },
      },
      onState: (mode, from) => this.#changed(mode, from),
    });
  }

  get mode(): Mode {
    return this.#machine.state;
  }

  get posture(): Posture {
    return postures[this.#machine.state];
  }

  /** Since when the mode holds; ms since 1970, UTC. */
  get sinceWall(): number {
    return this.#sinceWall;
  }

  /** Why the mode was entered: a sentence for people. */
  get why(): string {
    return this.#why;
  }

  /** The stable time that a return asks for by now; doubles per flap, decays. */
  get holdDownMs(): number {
    return this.#damping.totalMs(this.#options.clock.now());
  }

  /** While returning: what is left. */
  get holdDown(): HoldDown | undefined {
    if (this.mode !== 'returning') return undefined;
    const now = this.#options.clock.now();
    return {
      remainingMs: this.#damping.leftMs(now),
      totalMs: this.#damping.totalMs(now),
      waitingFor: this.#waitingFor(now),
    };
  }

  /** By whom and since when, while the mode is held by hand. */
  get forced(): { readonly to: 'survivable' | 'inline'; readonly who: string; readonly sinceWall: number } | undefined {
    return this.#forced;
  }

  pathUp(why = 'the centre answers'): void {
    this.#damping.pathUp(this.#options.clock.now());
    this.#path = 'up';
    this.#fault = undefined;
    this.#cause = this.#causeOf('mode', why);
    this.#machine.handle('pathUp');
  }

  /** May come again with another fault. */
  pathDown(fault: FaultClass, why: string): void {
    if (this.#path === 'down' && this.#fault === fault) return;
    this.#damping.pathDown(this.#options.clock.now());
    this.#goodProbes = 0;
    this.#path = 'down';
    this.#fault = fault;
    this.#cause = this.#causeOf('fault', why, { fault });
    this.#machine.handle('pathDown');
  }

  /** A fault that leaves the path up, such as a dead resolver while the last address serves: told, not acted on. */
  faultNoted(fault: FaultClass, why: string): void {
    this.#append('fault', `${sentence(why)}; service goes on`, { fault });
  }

  faultOver(fault: FaultClass, why: string): void {
    this.#append('fault', sentence(why), { fault, over: true });
  }

  probeGood(): void {
    this.#goodProbes++;
    this.#machine.handle('probeGood');
  }

  probeBad(): void {
    this.#goodProbes = 0;
  }

  /** Healthy until told otherwise. */
  directoryHealthy(healthy: boolean): void {
    if (healthy === this.#directoryHealthy) return;
    this.#directoryHealthy = healthy;
    if (healthy) this.#machine.handle('directoryHealthy');
  }

  /** By hand. `none` gives the decision back to the probes. */
  force(to: 'survivable' | 'inline' | 'none', who: string): void {
    if (to === 'none') {
      if (this.#forced === undefined) return;
      this.#forced = undefined;
      const causes = { up: 'the centre answers', down: this.#downText(), unknown: 'nothing is known of the path' };
      this.#cause = this.#causeOf('force', `released by ${who}: ${causes[this.#path]}`, { who, force: 'none' });
      const triggers = { up: 'forceNonePathUp', down: 'forceNonePathDown', unknown: 'forceNonePathUnknown' } as const;
      this.#machine.handle(triggers[this.#path]);
      return;
    }
    this.#forced = { to, who, sinceWall: this.#options.clock.wall() };
    this.#cause = this.#causeOf('force', `switched by hand by ${who}`, { who, force: to });
    this.#machine.handle(to === 'survivable' ? 'forceSurvivable' : 'forceInline');
  }

  /** Cancels every timer; nothing happens on its own afterwards. */
  stop(): void {
    this.#machine.stop();
  }

  #downText(): string {
    return this.#fault === undefined ? 'the path is down' : faultNames[this.#fault];
  }

  #causeOf(kind: TimelineKind, why: string, fields: TimelineEntry['fields'] = {}): Cause {
    return { kind, why, fields };
  }

  #waitingFor(now: number): string[] {
    const { goodProbes } = this.#options.settings;
    const waits: string[] = [];
    const left = this.#damping.leftMs(now);
    if (left > 0) waits.push(`${durationText(left)} more of a stable path`);
    if (this.#goodProbes < goodProbes) waits.push(`${goodProbes - this.#goodProbes} more good probes in a row`);
    if (!this.#directoryHealthy) waits.push('a healthy directory');
    return waits;
  }

  #judge(): void {
    if (this.#waitingFor(this.#options.clock.now()).length === 0) this.#machine.handle('settled');
  }

  #cameBack(): void {
    const now = this.#options.clock.now();
    this.#damping.cameBack(now);
    this.#cause = this.#causeOf('mode', `the path held for ${durationText(this.#damping.stableMs(now))}`);
  }

  #changed(mode: Mode, from: Mode): void {
    const { clock, onMode, log } = this.#options;
    const cause = this.#cause;
    this.#sinceWall = clock.wall();
    this.#why = sentence(cause.why);
    const holdDown = mode === 'returning' ? { holdDownMs: this.#damping.totalMs(clock.now()) } : {};
    const kind = cause.kind === 'fault' ? 'mode' : cause.kind;
    this.#append(kind, `${this.#why}; ${consequences[mode]}`, { from, mode, ...cause.fields, ...holdDown });
    log.info('mode', { from, mode, why: this.#why });
    onMode(mode, postures[mode], this.#why);
  }

  /** Something happened that leaves the mode as it is. */
  #note(): void {
    const { kind, why, fields } = this.#cause;
    this.#append(kind === 'mode' ? 'fault' : kind, `${sentence(why)}; ${consequences[this.mode]}`, fields);
  }

  #append(kind: TimelineKind, text: string, fields: TimelineEntry['fields']): void {
    this.#options.timeline.append({ atWall: this.#options.clock.wall(), kind, text, fields });
  }
}

/** A first letter as a sentence has it; a URI stays as it is. */
function sentence(text: string): string {
  return text.startsWith('sip:') || text.startsWith('sips:') ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}
