import type { Clock, Timer } from '../../src/base/index.js';
import type { LineOrder } from '../../src/tdm/index.js';
import { errno } from './kernel.js';
import type { OrderStep } from './line-orders.js';

/** Kewlstart's open loop (500 ms) and its guard (300 ms) are the longest that the kernel keeps a line for itself; half as much again. */
const busyMs = 1200;
const againMs = 50;
/** No line machine gives as many at once. */
const mostOrders = 64;

interface Queued {
  readonly order: LineOrder['kind'];
  readonly begin: () => readonly OrderStep[] | string;
}

/** Carries out the orders of one channel one after another; the kernel refuses some while it is still busy with the one before. */
export class OrderQueue {
  readonly #clock: Clock;
  readonly #ioctl: (step: OrderStep) => number;
  readonly #fault: (order: LineOrder['kind'], why: number | string) => void;
  readonly #done: (order: LineOrder['kind']) => void;
  readonly #orders: Queued[] = [];
  #held = true;
  #timer: Timer | undefined;

  constructor(
    clock: Clock,
    outlets: {
      readonly ioctl: (step: OrderStep) => number;
      readonly fault: (order: LineOrder['kind'], why: number | string) => void;
      readonly done: (order: LineOrder['kind']) => void;
    },
  ) {
    this.#clock = clock;
    this.#ioctl = outlets.ioctl;
    this.#fault = outlets.fault;
    this.#done = outlets.done;
  }

  /** `begin` says the steps when it is the order's turn, or why there are none. */
  add(order: LineOrder['kind'], begin: () => readonly OrderStep[] | string): void {
    if (this.#orders.length >= mostOrders) {
      this.#fault(order, 'too many orders wait');
      return;
    }
    this.#orders.push({ order, begin });
    this.#next();
  }

  /** Nothing is carried out until {@link release}: the channel is not open yet. */
  hold(): void {
    this.#held = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#orders.length = 0;
  }

  release(): void {
    this.#held = false;
    this.#next();
  }

  #next(): void {
    while (!this.#held && this.#timer === undefined) {
      const queued = this.#orders.shift();
      if (queued === undefined) return;
      const steps = queued.begin();
      if (typeof steps === 'string') this.#fault(queued.order, steps);
      else this.#carryOut(queued.order, steps, this.#clock.now());
    }
  }

  #carryOut(order: LineOrder['kind'], steps: readonly OrderStep[], since: number): void {
    for (const [place, step] of steps.entries()) {
      const result = this.#ioctl(step);
      if (result >= 0 || step.fine?.includes(result) === true) continue;
      if (result === -errno.EBUSY && step.waits === true && this.#clock.now() - since < busyMs) {
        this.#timer = this.#clock.after(againMs, () => {
          this.#timer = undefined;
          this.#carryOut(order, steps.slice(place), since);
          this.#next();
        });
        return;
      }
      this.#fault(order, result);
      return;
    }
    this.#done(order);
  }
}
