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
  /** Told of each change of state, after the actions of the transition ran; `context` spares a closure per machine. */
  readonly onState?: (state: S, from: S, context: C) => void;
}

/** One timer of a state, as a running machine needs it. */
interface CompiledTimer<E extends string, C> {
  readonly event: E;
  readonly ms: (context: C) => number;
  readonly repeats: boolean;
}

interface CompiledState<S extends string, E extends string, A extends string, C> {
  readonly on: { readonly [event in E]: Cell<S, A> };
  readonly timers: readonly CompiledTimer<E, C>[];
}

/** A machine is made for every transaction: what its table says is worked out once. */
const compiledTables = new WeakMap<object, unknown>();

type CompiledTable<S extends string, E extends string, A extends string, C> = {
  readonly [state in S]: CompiledState<S, E, A, C>;
};

function isCompiled<S extends string, E extends string, A extends string, C>(
  value: unknown,
): value is CompiledTable<S, E, A, C> {
  return value !== undefined;
}

function compiled<S extends string, E extends string, A extends string, C>(
  table: MachineTable<S, E, A, C>,
): CompiledTable<S, E, A, C> {
  const known = compiledTables.get(table);
  if (isCompiled<S, E, A, C>(known)) return known;
  const states: Partial<Record<S, CompiledState<S, E, A, C>>> = {};
  for (const name in table.states) {
    const { on, timers } = table.states[name];
    const list: CompiledTimer<E, C>[] = [];
    for (const event in timers) {
      const timer = timers[event];
      if (timer !== undefined) list.push({ event, ms: timer.ms, repeats: timer.repeats === true });
    }
    states[name] = { on, timers: list };
  }
  compiledTables.set(table, states);
  if (!isCompiled<S, E, A, C>(states)) throw new Error('a table without states');
  return states;
}

interface RunningTimer<E extends string> {
  readonly event: E;
  readonly timer: Timer;
}

/**
 * Runs one table. A transition is: leave (cancel timers), the actions in order, enter (start timers). An event
 * raised by an action is queued and handled after the transition that raised it, so that a table never re-enters itself.
 */
export class Machine<S extends string, E extends string, A extends string, C, P = unknown> {
  readonly #name: string;
  readonly #states: CompiledTable<S, E, A, C>;
  readonly #options: MachineOptions<S, A, C, P>;
  readonly #log: Log;
  #timers: RunningTimer<E>[] | undefined;
  #queue: { event: E; payload: P | undefined }[] | undefined;
  #state: S;
  #running = false;
  #stopped = false;

  constructor(table: MachineTable<S, E, A, C>, options: MachineOptions<S, A, C, P>) {
    this.#name = table.name;
    this.#states = compiled(table);
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#state = table.initial;
    this.#startTimers();
  }

  get state(): S {
    return this.#state;
  }

  handle(event: E, payload?: P): void {
    if (this.#running) {
      this.#queue ??= [];
      this.#queue.push({ event, payload });
      return;
    }
    this.#running = true;
    try {
      this.#transition(event, payload);
      for (let next = this.#queue?.shift(); next !== undefined; next = this.#queue?.shift()) {
        this.#transition(next.event, next.payload);
      }
    } finally {
      this.#queue = undefined;
      this.#running = false;
    }
  }

  /** Cancels every timer; whatever happens afterwards is without effect. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimers();
  }

  #cancelTimers(): void {
    const timers = this.#timers;
    if (timers === undefined) return;
    this.#timers = undefined;
    for (const { timer } of timers) timer.cancel();
  }

  #transition(event: E, payload: P | undefined): void {
    if (this.#stopped) return;
    const from = this.#state;
    const cell = this.#states[from].on[event];
    if (cell === 'ignore') return;
    if (cell === 'never') throw new MachineBug(this.#name, from, event);
    if (cell.again === true) this.#cancelTimers();
    const moves = cell.go !== from;
    if (moves) {
      this.#cancelTimers();
      this.#state = cell.go;
      this.#log.debug('transition', { machine: this.#name, from, event, to: cell.go });
    }
    if (cell.do !== undefined) {
      for (const action of cell.do) this.#options.actions[action](this.#options.context, payload);
    }
    if (moves) {
      this.#startTimers();
      this.#options.onState?.(cell.go, from, this.#options.context);
    } else if (cell.again === true) {
      this.#startTimers();
    }
  }

  #startTimers(): void {
    if (this.#stopped) return;
    for (const timer of this.#states[this.#state].timers) this.#startTimer(timer);
  }

  #startTimer(timer: CompiledTimer<E, C>): void {
    const ms = timer.ms(this.#options.context);
    if (ms === Number.POSITIVE_INFINITY) return;
    const { event } = timer;
    this.#timers ??= [];
    this.#timers.push({ event, timer: this.#options.clock.after(ms, () => this.#fire(timer)) });
  }

  #fire(timer: CompiledTimer<E, C>): void {
    this.#dropTimer(timer.event);
    const before = this.#state;
    this.handle(timer.event);
    const again = timer.repeats && this.#state === before;
    if (again && this.#timers?.some(({ event }) => event === timer.event) !== true) this.#startTimer(timer);
  }

  #dropTimer(event: E): void {
    const at = this.#timers?.findIndex((running) => running.event === event) ?? -1;
    if (at >= 0) this.#timers?.splice(at, 1);
  }
}
