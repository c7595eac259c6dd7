import { type Clock, type Log, Machine } from '../../src/base/index.js';
import {
  type ChildAction,
  type ChildContext,
  type ChildEvent,
  type ChildState,
  childTable,
  FIRST_DELAY_MS,
  LONGEST_DELAY_MS,
} from './child-table.js';

/** How a process ended: its exit code, or the signal that ended it, or why it could not start. */
export interface Ending {
  readonly code?: number;
  readonly signal?: string;
  readonly fault?: string;
}

export interface RunningProcess {
  /** SIGTERM. */
  ask(): void;
  /** SIGKILL. */
  kill(): void;
}

/** Starts the process; calls `ended` exactly once, on a later turn. */
export type Launch = (ended: (ending: Ending) => void) => RunningProcess;

export interface ChildOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly launch: Launch;
  /** Told of every end that nobody asked for; `restartInMs` from then the process starts again. */
  readonly onLoss?: (ending: Ending, restartInMs: number) => void;
}

/** One process that is kept alive. */
export class Child {
  readonly name: string;
  readonly #options: ChildOptions;
  readonly #context: ChildContext = { delayMs: FIRST_DELAY_MS };
  readonly #machine: Machine<ChildState, ChildEvent, ChildAction, ChildContext>;
  readonly #stopped: Promise<void>;
  #process: RunningProcess | undefined;

  constructor(options: ChildOptions) {
    this.name = options.name;
    this.#options = options;
    let settle = (): void => undefined;
    this.#stopped = new Promise((resolve) => {
      settle = resolve;
    });
    this.#machine = new Machine(childTable, {
      clock: options.clock,
      context: this.#context,
      log: options.log.child({ child: options.name }),
      actions: {
        spawn: () => this.#spawn(),
        ask: () => this.#process?.ask(),
        kill: () => this.#process?.kill(),
        lengthen: (context) => {
          context.delayMs = Math.min(context.delayMs * 2, LONGEST_DELAY_MS);
        },
        forgive: (context) => {
          context.delayMs = FIRST_DELAY_MS;
        },
      },
      onState: (state) => {
        if (state === 'stopped') settle();
      },
    });
  }

  get state(): ChildState {
    return this.#machine.state;
  }

  start(): void {
    this.#machine.handle('start');
  }

  /** Resolves when the process is gone, at the latest some moments after it was killed. */
  stop(): Promise<void> {
    this.#machine.handle('stop');
    return this.#stopped;
  }

  #spawn(): void {
    this.#process = this.#options.launch((ending) => {
      this.#process = undefined;
      if (this.#machine.state === 'running') this.#options.onLoss?.(ending, this.#context.delayMs);
      this.#machine.handle('exited');
    });
  }
}

/** `exit code 1`, `signal SIGKILL`, or the reason why it could not start. */
export function endingText(ending: Ending): string {
  if (ending.fault !== undefined) return ending.fault;
  if (ending.signal !== undefined) return `signal ${ending.signal}`;
  return `exit code ${ending.code ?? 0}`;
}
