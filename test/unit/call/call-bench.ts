import { silentLog } from '../../../src/base/index.js';
import { Call, type CallOptions, type CallPorts, type CallRecord, type HuntStep } from '../../../src/call/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeLeg, plainSetup } from './fake-leg.js';

/** A call on a virtual clock, with a store that keeps what it is told. */
export class CallBench {
  readonly clock = new VirtualClock();
  readonly opened: CallRecord[] = [];
  readonly closed: CallRecord[] = [];
  readonly ended: CallRecord[] = [];
  readonly failures: string[] = [];
  readonly errors: string[] = [];
  readonly caller = new FakeLeg('caller');
  readonly call: Call;
  /** What `open` of the store waits for. */
  openDelay: Promise<void> = Promise.resolve();

  constructor(steps: readonly HuntStep[], options: Partial<CallOptions> = {}, ports: Partial<CallPorts> = {}) {
    this.call = new Call(
      {
        clock: this.clock,
        log: { ...silentLog, error: (message) => this.errors.push(message), child: () => this.#log() },
        store: {
          open: async (record) => {
            await this.openDelay;
            this.opened.push(record);
          },
          close: async (record) => {
            this.closed.push(record);
          },
        },
        onStepFailed: (step, failure) => this.failures.push(`${step.name} ${failure.why} ${failure.cause}`),
        onEnd: (record) => this.ended.push(record),
        ...ports,
      },
      { id: 'c1', incoming: this.caller, setup: plainSetup, steps, ...options },
    );
  }

  #log(): typeof silentLog {
    return { ...silentLog, error: (message, fields) => this.errors.push(`${message} ${String(fields?.error)}`) };
  }
}

/** A step over ready-made legs. */
export function step(name: string, legs: readonly FakeLeg[], more: Partial<HuntStep> = {}): HuntStep {
  return { name, open: () => legs, giveUpMs: 1000, ...more };
}
