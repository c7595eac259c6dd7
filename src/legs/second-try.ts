import type { CallSetup, Leg, LegAbilities, LegCommand, LegContinuation, LegEvent } from '../call/index.js';

/** What says that the description was the matter (RFC 3261 §21.4.26, §21.6.4). */
const notAcceptable: readonly (number | undefined)[] = [488, 606];

/** A leg that is placed once more, by other rules, where the far end cannot take what it was offered first. */
export class SecondTry implements Leg {
  #leg: Leg;
  /** Absent once there is nothing to try any more. */
  #again: (() => Leg) | undefined;
  #setup: CallSetup | undefined;
  #listener: (event: LegEvent) => void = () => {};

  constructor(first: Leg, again: () => Leg) {
    this.#leg = first;
    this.#again = again;
  }

  get id(): string {
    return this.#leg.id;
  }

  get can(): LegAbilities {
    return this.#leg.can;
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
    this.#listen();
  }

  do(command: LegCommand): void {
    if (command.kind === 'setup') this.#setup = command.setup;
    if (command.kind === 'release') this.#again = undefined;
    this.#leg.do(command);
  }

  continuation(answer?: Parameters<NonNullable<Leg['continuation']>>[0]): LegContinuation | undefined {
    return this.#leg.continuation?.(answer);
  }

  quality(): ReturnType<NonNullable<Leg['quality']>> | undefined {
    return this.#leg.quality?.();
  }

  #listen(): void {
    const leg = this.#leg;
    leg.on((event) => {
      if (leg === this.#leg) this.#hear(event);
    });
  }

  #hear(event: LegEvent): void {
    const again = this.#again;
    const setup = this.#setup;
    if (event.kind !== 'proceeding') this.#again = undefined;
    const refused = event.kind === 'released' && notAcceptable.includes(event.sipStatus);
    if (again === undefined || setup === undefined || !refused) {
      this.#listener(event);
      return;
    }
    this.#leg = again();
    this.#listen();
    this.#leg.do({ kind: 'setup', setup });
  }
}
