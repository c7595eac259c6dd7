import type { Clock, Log, Random } from '../base/index.js';
import type { TrunkSettings } from '../config/index.js';
import type { Prober } from '../wan/index.js';
import { type LineTrunkState, type TrunkFailure, TrunkHealth, type TrunkStatus } from './trunk-health.js';

export interface TrunkPoolOptions {
  readonly trunks: readonly TrunkSettings[];
  readonly clock: Clock;
  readonly random: Random;
  readonly prober: Prober;
  readonly onChange?: (status: TrunkStatus) => void;
  readonly log?: Log;
}

export interface TrunkPurpose {
  readonly emergency: boolean;
  /** The only trunks that may be used; all of them when absent. Emergency calls use all. */
  readonly among?: readonly string[];
  /** The trunk that the call comes from: it does not go back there. */
  readonly not?: string;
}

/** The branch's trunks: in which order a call tries them, and how they are doing, which is judged from {@link start}. */
export class TrunkPool {
  readonly #options: TrunkPoolOptions;
  #trunks: readonly TrunkHealth[];
  #started = false;

  constructor(options: TrunkPoolOptions) {
    this.#options = options;
    this.#trunks = options.trunks.map((settings) => this.#make(settings));
  }

  start(): void {
    this.#started = true;
    for (const trunk of this.#trunks) trunk.start();
  }

  stop(): void {
    this.#started = false;
    for (const trunk of this.#trunks) trunk.stop();
  }

  /** Takes over new settings. A trunk whose settings are the same keeps its health; its calls are kept in any case. */
  replace(settings: readonly TrunkSettings[]): void {
    const old = new Map(this.#trunks.map((trunk) => [trunk.settings.name, trunk]));
    this.#trunks = settings.map((fresh) => {
      const before = old.get(fresh.name);
      if (before !== undefined && sameSettings(before.settings, fresh)) {
        old.delete(fresh.name);
        return before;
      }
      const made = this.#make(fresh);
      if (before !== undefined) made.adoptCalls(before);
      if (this.#started) made.start();
      return made;
    });
    for (const gone of old.values()) gone.stop();
  }

  settings(name: string): TrunkSettings | undefined {
    return this.#trunk(name)?.settings;
  }

  /**
   * Names of trunks in the order in which a call tries them: by `order`, within an order at random by weight (RFC 2782).
   * Ordinary calls use healthy trunks with a free channel, or else, when every trunk is down, those: a call that would
   * fail anyway may be the one that finds the line mended. Emergency calls try all: lines of this box first, those that nothing else
   * uses at their head, and last the full and the dead ones.
   */
  pick(purpose: TrunkPurpose): readonly string[] {
    const { emergency, among, not } = purpose;
    const serving = this.#trunks.filter(({ settings }) => serves(settings, emergency) && settings.name !== not);
    const allowed = serving.filter(({ settings }) => emergency || among === undefined || among.includes(settings.name));
    const free = allowed.filter((t) => !t.isFull);
    const healthy = free.filter((t) => !t.isDown);
    if (!emergency) return (healthy.length > 0 ? this.#ordered(healthy) : this.#ordered(free)).map(nameOf);
    const lines = (forHelp: TrunkHealth['forHelp']): readonly TrunkHealth[] =>
      allowed.filter((t) => t.isOfLines && t.forHelp === forHelp);
    const gateways = allowed.filter((t) => !t.isOfLines);
    return [
      ...this.#ordered(lines('free').filter(({ settings }) => settings.emergencyOnly)),
      ...this.#ordered(lines('free').filter(({ settings }) => !settings.emergencyOnly)),
      ...this.#ordered(lines('byPreemption')),
      ...this.#ordered(gateways.filter((t) => !t.isDown && !t.isFull)),
      ...this.#ordered(gateways.filter((t) => !t.isDown && t.isFull)),
      ...this.#ordered(gateways.filter((t) => t.isDown)),
      ...this.#ordered(lines('none')),
    ].map(nameOf);
  }

  /** What the lines of a trunk say of themselves. */
  linesAre(name: string, lines: LineTrunkState): void {
    this.#trunk(name)?.linesAre(lines);
  }

  reportSuccess(name: string): void {
    this.#trunk(name)?.succeeded('answers calls');
  }

  /** `failing`: answered 503. What else a trunk answers to a call is a success of the trunk. */
  reportFailure(name: string, why: string, failure: TrunkFailure = 'silent'): void {
    this.#trunk(name)?.failed(failure, why);
  }

  callStarted(name: string): void {
    this.#trunk(name)?.callStarted();
  }

  callEnded(name: string): void {
    this.#trunk(name)?.callEnded();
  }

  status(): readonly TrunkStatus[] {
    return this.#trunks.map((t) => t.status);
  }

  #trunk(name: string): TrunkHealth | undefined {
    return this.#trunks.find((t) => t.settings.name === name);
  }

  #make(settings: TrunkSettings): TrunkHealth {
    const { clock, random, prober, onChange, log } = this.#options;
    return new TrunkHealth({
      settings,
      clock,
      random,
      prober,
      ...(onChange === undefined ? {} : { onChange }),
      ...(log === undefined ? {} : { log }),
    });
  }

  #ordered(trunks: readonly TrunkHealth[]): readonly TrunkHealth[] {
    const orders = [...new Set(trunks.map((t) => t.settings.order))].toSorted((a, b) => a - b);
    return orders.flatMap((order) => this.#shuffled(trunks.filter((t) => t.settings.order === order)));
  }

  #shuffled(trunks: readonly TrunkHealth[]): readonly TrunkHealth[] {
    const left = [...trunks];
    const drawn: TrunkHealth[] = [];
    while (left.length > 0) {
      let ticket = this.#options.random.next() * left.reduce((sum, t) => sum + t.settings.weight, 0);
      const at = left.findIndex((t) => {
        ticket -= t.settings.weight;
        return ticket < 0;
      });
      drawn.push(...left.splice(Math.max(0, at), 1));
    }
    return drawn;
  }
}

function nameOf({ settings }: TrunkHealth): string {
  return settings.name;
}

function serves({ direction, emergencyOnly }: TrunkSettings, emergency: boolean): boolean {
  return direction !== 'incoming' && (emergency || !emergencyOnly);
}

function sameSettings(a: TrunkSettings, b: TrunkSettings): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function comparable(settings: TrunkSettings): unknown {
  return { ...settings, password: settings.password?.reveal() };
}
