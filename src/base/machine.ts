import type { Clock, Timer } from './clock.js';
import { type Log, silentLog } from './log.js';

/**
 * An automaton as a literal table: every state answers every event, and a missing cell does not compile.
 * `ignore`: legal and without effect. `never`: our own bug; the runner throws {@link MachineBug}.
 */
export type Cell<S extends string, A extends string> =
  | {
      readonly go: S;
      readonly do?: readonly A[];
      /** Enters the state anew when it is the same: all its timers start again. */
      readonly again?: true;
    }
  | 'ignore'
  | 'never';

/** A timer belongs to a state: it starts on entry, stops on exit, and fires the event that it is listed under. */
export interface StateTimer<C> {
  /** Where the value comes from, e.g. `RFC 3261 §17.1.1.2`. */
  readonly clause: string;
  /** Milliseconds; `Infinity` means that the timer does not run. */
  readonly ms: (context: C) => number;
  /** Starts again (with a fresh `ms`) when its own event leaves the machine in the same state. */
  readonly repeats?: boolean;
}

export interface State<S extends string, E extends string, A extends string, C> {
  readonly timers?: { readonly [event in E]?: StateTimer<C> };
  readonly on: { readonly [event in E]: Cell<S, A> };
}

export interface MachineTable<S extends string, E extends string, A extends string, C> {
  readonly name: string;
  readonly initial: S;
  readonly states: { readonly [state in S]: State<S, E, A, C> };
}

/** A transition that the table calls impossible. Caught by the machine's owner alone. */
export class MachineBug extends Error {
  constructor(machine: string, state: string, event: string) {
    super(`${machine}: event '${event}' can never arrive in state '${state}'`);
    this.name = 'MachineBug';
  }
}

export interface MachineOptions<S extends string, A extends string, C, P> {
  readonly clock: Clock;
  readonly context: C;
  /** One function per action of the table; `payload` is what came with the event. */
  readonly actions: { readonly [action in A]: (context: C, payload: P | undefined) => void };
  readonly log?: Log;
  /** Told of each change of state, after the actions of the transition ran. */
  readonly onState?: (state: S, from: S) => void;
}

/**
 * Runs one table. A transition is: leave (cancel timers), the actions in order, enter (start timers). An event
 * raised by an action is queued and handled after the transition that raised it, so that a table never re-enters itself.
 */
export class Machine<S extends string, E extends string, A extends string, C, P = unknown> {
  readonly #table: MachineTable<S, E, A, C>;
  readonly #options: MachineOptions<S, A, C, P>;
  readonly #timers = new Map<E, Timer>();
  readonly #queue: { event: E; payload: P | undefined }[] = [];
  readonly #log: Log;
  #state: S;
  #running = false;

  constructor(table: MachineTable<S, E, A, C>, options: MachineOptions<S, A, C, P>) {
    this.#table = table;
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#state = table.initial;
    this.#startTimers();
  }

  get state(): S {
    return this.#state;
  }

  handle(event: E, payload?: P): void {
    this.#queue.push({ event, payload });
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#transition(next.event, next.payload);
      }
    } finally {
      this.#queue.length = 0;
      this.#running = false;
    }
  }

  /** Cancels every timer; the machine handles nothing afterwards on its own. */
  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #transition(event: E, payload: P | undefined): void {
    const from = this.#state;
    const cell = this.#table.states[from].on[event];
    if (cell === 'ignore') return;
    if (cell === 'never') throw new MachineBug(this.#table.name, from, event);
    if (cell.again === true) this.stop();
    if (cell.go !== from) {
      this.stop();
      this.#state = cell.go;
      this.#log.debug('transition', { machine: this.#table.name, from, event, to: cell.go });
    }
    for (const action of cell.do ?? []) this.#options.actions[action](this.#options.context, payload);
    if (cell.go !== from) {
      this.#startTimers();
      this.#options.onState?.(cell.go, from);
    } else if (cell.again === true) {
      this.#startTimers();
    }
  }

  #startTimers(): void {
    const timers = this.#table.states[this.#state].timers;
    if (timers === undefined) return;
    for (const event in timers) this.#startTimer(event);
  }

  #startTimer(event: E): void {
    const timer = this.#table.states[this.#state].timers?.[event];
    if (timer === undefined) return;
    const ms = timer.ms(this.#options.context);
    if (ms === Number.POSITIVE_INFINITY) return;
    this.#timers.set(
      event,
      this.#options.clock.after(ms, () => {
        this.#timers.delete(event);
        const before = this.#state;
        this.handle(event);
        if (timer.repeats === true && this.#state === before && !this.#timers.has(event)) this.#startTimer(event);
      }),
    );
  }
}
