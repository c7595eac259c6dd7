import { type Clock, type Log, Machine } from '../../src/base/index.js';
import type { LinkEvents, LinkState } from '../../src/wan/index.js';
import { parseChildMessage } from './child-message.js';
import { forkChild, type NetlinkChild } from './child-process.js';
import { type ChildAction, type ChildEvent, type ChildState, type ChildTimes, childTable } from './child-table.js';

const STARTING_MS = 10_000;
/** The child speaks every second. */
const SILENCE_MS = 4000;
const CHECK_MS = 1000;
const FIRST_BACK_OFF_MS = 50;
const LAST_BACK_OFF_MS = 5000;
/** A child that lived this long has forgiven its predecessors. */
const SETTLED_MS = 10_000;

export interface NetlinkWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The WAN interface, e.g. "eth1"; without one nothing is watched and the probes decide alone. */
  readonly interface?: string;
  /** Starts a child; `onMessage` and then once `onExit`. The real one forks `netlink-main.js`. */
  readonly spawn?: (name: string, onMessage: (message: unknown) => void, onExit: (why: string) => void) => NetlinkChild;
}

/** The state of the WAN interface, from a child process that is replaced whenever it fails. */
export class NetlinkWatch implements LinkEvents {
  readonly #options: NetlinkWatchOptions;
  readonly #listeners: ((state: LinkState) => void)[] = [];
  readonly #machine: Machine<ChildState, ChildEvent, ChildAction, ChildTimes>;
  readonly #ended = new Set<() => void>();
  #child: NetlinkChild | undefined;
  #alive = 0;
  #state: LinkState | undefined;
  #spokeAt = 0;
  #bornAt = 0;
  #backOffMs = FIRST_BACK_OFF_MS;
  #replaced = 0;
  #why = 'not started';

  constructor(options: NetlinkWatchOptions) {
    this.#options = options;
    const times: ChildTimes = {
      startingMs: () => STARTING_MS,
      checkMs: () => CHECK_MS,
      backOffMs: () => this.#nextBackOff(),
    };
    this.#machine = new Machine(childTable, {
      clock: options.clock,
      context: times,
      log: options.log,
      actions: {
        spawn: () => this.#spawn(),
        kill: () => this.#kill(),
        checkSilence: () => this.#checkSilence(),
        settle: () => this.#settle(),
        giveUp: () => this.#giveUp(),
      },
    });
  }

  /** `listener` hears the present state at once, if it is known. */
  on(listener: (state: LinkState) => void): void {
    this.#listeners.push(listener);
    if (this.#state !== undefined) listener(this.#state);
  }

  start(): void {
    if (this.#options.interface === undefined) {
      this.#why = 'no WAN interface is configured';
      this.#options.log.info('link events off: no WAN interface is configured, the probes decide alone');
      return;
    }
    this.#machine.handle('start');
  }

  /** Resolves when the child is gone. */
  stop(): Promise<void> {
    this.#why = 'stopped';
    this.#machine.handle('stop');
    if (this.#alive === 0) return Promise.resolve();
    return new Promise((resolve) => this.#ended.add(resolve));
  }

  /** The last known state of the interface. */
  get state(): LinkState | undefined {
    return this.#state;
  }

  /** For the status page: whether events arrive, and if not, why. `replaced` counts children that failed. */
  get health(): { readonly state: ChildState; readonly why: string; readonly replaced: number; readonly pid?: number } {
    const pid = this.#child?.pid;
    const health = { state: this.#machine.state, why: this.#why, replaced: this.#replaced };
    return pid === undefined ? health : { ...health, pid };
  }

  #spawn(): void {
    const name = this.#options.interface;
    if (name === undefined) return;
    this.#bornAt = this.#options.clock.now();
    this.#spokeAt = this.#bornAt;
    this.#why = 'starting';
    this.#alive++;
    const born: { child: NetlinkChild | undefined } = { child: undefined };
    const spawn = this.#options.spawn ?? forkChild;
    born.child = spawn(
      name,
      (message) => {
        if (born.child !== undefined && born.child === this.#child) this.#heard(message);
      },
      (why) => this.#exited(born.child, why),
    );
    this.#child = born.child;
  }

  #heard(raw: unknown): void {
    const message = parseChildMessage(raw);
    if (message === undefined) {
      this.#options.log.warn('netlink child said something unknown');
      return;
    }
    this.#spokeAt = this.#options.clock.now();
    switch (message.kind) {
      case 'unusable':
        this.#why = message.why;
        this.#machine.handle('unusable');
        return;
      case 'ending':
        this.#why = message.why;
        this.#options.log.warn('netlink child ends', { why: message.why });
        return;
      case 'alive':
        this.#why = 'events arrive';
        this.#machine.handle('spoke');
        return;
      case 'state':
        this.#why = 'events arrive';
        this.#machine.handle('spoke');
        this.#tell(message.state);
        return;
    }
  }

  #tell(state: LinkState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #exited(child: NetlinkChild | undefined, why: string): void {
    this.#alive--;
    if (this.#alive === 0) {
      for (const resolve of this.#ended) resolve();
      this.#ended.clear();
    }
    if (child === undefined || child !== this.#child) return;
    this.#child = undefined;
    this.#replaced++;
    this.#options.log.warn('netlink child gone, to be replaced', { why, said: this.#why });
    this.#machine.handle('exited');
  }

  #checkSilence(): void {
    if (this.#options.clock.now() - this.#spokeAt <= SILENCE_MS) return;
    this.#why = 'the child said nothing for too long';
    this.#replaced++;
    this.#machine.handle('overdue');
  }

  #settle(): void {
    if (this.#options.clock.now() - this.#bornAt >= SETTLED_MS) this.#backOffMs = FIRST_BACK_OFF_MS;
  }

  #nextBackOff(): number {
    const waitMs = this.#backOffMs;
    this.#backOffMs = Math.min(LAST_BACK_OFF_MS, 2 * waitMs);
    return waitMs;
  }

  /** Whatever it still says, or how it ends, is no more of interest. */
  #kill(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill();
  }

  #giveUp(): void {
    this.#options.log.error('link events unavailable, the probes decide alone: node-netlink cannot be used', {
      why: this.#why,
      remedy: 'install the npm packages with their install scripts (allowScripts in package.json), then restart',
    });
    this.#kill();
  }
}
