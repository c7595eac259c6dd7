import type { CallSetup, Leg, LegAbilities, LegCommand, LegContinuation, LegEvent } from '../call/index.js';
import type { SessionDescription } from '../sdp/index.js';

/**
 * A telephone that has several flows (RFC 5626 §7): the call goes by one flow at a time, the first of `attempts` first,
 * and by the next where a flow has failed before the telephone gave any sign of life. To the call it is one leg.
 */
export class FlowLeg implements Leg {
  readonly id: string;
  readonly #attempts: (() => Leg)[];
  #current: Leg;
  #listener: (event: LegEvent) => void = () => undefined;
  #setup: CallSetup | undefined;
  /** The telephone was heard, or the call does not want it any more: no other flow is tried. */
  #settled = false;

  constructor(first: Leg, others: readonly (() => Leg)[]) {
    this.id = first.id;
    this.#attempts = [...others];
    this.#current = first;
    this.#watch(first);
  }

  get can(): LegAbilities {
    return this.#current.can;
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
  }

  do(command: LegCommand): void {
    if (command.kind === 'setup') this.#setup = command.setup;
    if (command.kind === 'release') this.#settled = true;
    this.#current.do(command);
  }

  continuation(answer?: SessionDescription): LegContinuation | undefined {
    return this.#current.continuation?.(answer);
  }

  #watch(leg: Leg): void {
    leg.on((event) => {
      if (leg !== this.#current) return;
      if (event.kind === 'released' && this.#nextFlow(event)) return;
      this.#settled = true;
      this.#listener(event);
    });
  }

  /** True when the event is only the end of one flow. */
  #nextFlow(event: LegEvent & { readonly kind: 'released' }): boolean {
    const failed = event.unreachable !== undefined || event.sipStatus === flowFailed;
    if (this.#settled || !failed || this.#setup === undefined) return false;
    const next = this.#attempts.shift()?.();
    if (next === undefined) return false;
    this.#current = next;
    this.#watch(next);
    next.do({ kind: 'setup', setup: this.#setup });
    return true;
  }
}

/** RFC 5626 §11.5. */
const flowFailed = 430;
