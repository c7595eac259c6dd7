import { cause } from '../base/index.js';
import type { Leg, LegAbilities, LegCommand, LegContinuation, LegEvent, LegReleased } from '../call/index.js';
import type { SessionDescription } from '../sdp/index.js';

export interface CentreLegOptions {
  readonly hear: (event: LegEvent) => void;
  /** False while the centre is known to be lost. */
  readonly centreAnswers: () => boolean;
}

/**
 * A leg to or from the centre. When a refresh of its session finds nobody while the centre is known to be lost, the call
 * goes on without it: an outage ends no live call, and between two telephones of the branch the voice never left it.
 */
export class CentreLeg implements Leg {
  readonly id: string;
  readonly can: LegAbilities;
  readonly #leg: Leg;
  readonly #options: CentreLegOptions;
  #listener: ((event: LegEvent) => void) | undefined;
  #state: 'attached' | 'adrift' | 'over' = 'attached';

  constructor(leg: Leg, options: CentreLegOptions) {
    this.id = leg.id;
    this.can = leg.can;
    this.#leg = leg;
    this.#options = options;
    leg.on((event) => this.#hear(event));
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
  }

  do(command: LegCommand): void {
    if (this.#state === 'attached') this.#leg.do(command);
    else if (this.#state === 'over') return;
    else if (command.kind === 'release') {
      this.#state = 'over';
      this.#listener?.({ kind: 'released', cause: command.cause });
    } else if (command.kind === 'offer') {
      this.#listener?.({ kind: 'refused', cause: cause.recoveryOnTimerExpiry });
    }
  }

  continuation(answer?: SessionDescription): LegContinuation | undefined {
    return this.#leg.continuation?.(answer);
  }

  #hear(event: LegEvent): void {
    this.#options.hear(event);
    if (event.kind === 'released') {
      if (silenced(event) && !this.#options.centreAnswers()) {
        this.#state = 'adrift';
        this.#listener?.({ kind: 'adrift' });
        return;
      }
      this.#state = 'over';
    }
    this.#listener?.(event);
  }
}

function silenced(event: LegReleased): boolean {
  return event.lost === true && event.unreachable === 'silent';
}
