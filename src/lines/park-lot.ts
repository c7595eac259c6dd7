import { type Cause, type Clock, cause, type Timer } from '../base/index.js';
import type { Leg, LegAbilities, LegCommand, LegEvent } from '../call/index.js';
import { type BridgeDescription, formatBridge, readBridge, silentPort } from '../media/index.js';
import { answeringDirection, meetDirections, type SessionDescription } from '../sdp/index.js';

export interface ParkLotOptions {
  readonly clock: Clock;
  /** How long a call may stay before whoever parked it is called; ms. */
  readonly patienceMs: number;
  /** A leg to the telephone of whoever parked a call; undefined: it has none, and the call is over. */
  readonly callBack: (username: string) => Leg | undefined;
}

/** Calls that wait for somebody to take them, by their place: an extension, mostly of whoever parked them. */
export class ParkLot {
  readonly #options: ParkLotOptions;
  readonly #parked = new Map<string, ParkedLeg>();

  constructor(options: ParkLotOptions) {
    this.#options = options;
  }

  get slots(): readonly string[] {
    return [...this.#parked.keys()];
  }

  /** A leg that keeps the call that is sent to it; undefined: the place is taken. */
  park(slot: string, username: string): Leg | undefined {
    if (this.#parked.has(slot)) return undefined;
    const { clock, patienceMs, callBack } = this.#options;
    const leg = new ParkedLeg(`park ${slot}`, {
      over: () => {
        timer.cancel();
        if (this.#parked.get(slot) === leg) this.#parked.delete(slot);
      },
    });
    const timer: Timer = clock.after(patienceMs, () => {
      this.#parked.delete(slot);
      const back = callBack(username);
      if (back === undefined) leg.end(cause.noAnswer);
      else leg.sendTo(slot, back);
    });
    this.#parked.set(slot, leg);
    return leg;
  }

  /** False: nothing is parked there. */
  retrieve(slot: string, to: Leg): boolean {
    const leg = this.#parked.get(slot);
    if (leg?.isThere !== true) return false;
    this.#parked.delete(slot);
    leg.sendTo(slot, to);
    return true;
  }
}

/** Answers at once, and says that it holds: its other side hears music. */
class ParkedLeg implements Leg {
  readonly id: string;
  readonly can: LegAbilities = { hold: true, transfer: true, digits: false };
  readonly #over: () => void;
  #listener: (event: LegEvent) => void = () => undefined;
  #state: 'new' | 'there' | 'over' = 'new';

  constructor(id: string, { over }: { readonly over: () => void }) {
    this.id = id;
    this.#over = over;
  }

  get isThere(): boolean {
    return this.#state === 'there';
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
  }

  do(command: LegCommand): void {
    if (this.#state === 'over') return;
    if (command.kind === 'setup') {
      this.#state = 'there';
      this.#listener({ kind: 'answered', media: holding(command.setup.offer) });
    } else if (command.kind === 'offer') this.#listener({ kind: 'agreed', media: holding(command.media) });
    else if (command.kind === 'release') this.end(command.cause);
    // Whoever was to take it is not there: it is over for both.
    else if (command.kind === 'transferResult' && (command.result === 'failed' || command.result === 'refused'))
      this.end(cause.noUserResponding);
  }

  sendTo(number: string, leg: Leg): void {
    this.#listener({ kind: 'transferRequested', target: { number, leg } });
  }

  end(why: Cause): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#over();
    this.#listener({ kind: 'released', cause: why });
  }
}

function holding(offer: SessionDescription | undefined): SessionDescription {
  const other = offer === undefined ? undefined : readBridge(offer);
  const allowed = other === undefined ? 'sendrecv' : answeringDirection(other.direction);
  const bridge: BridgeDescription = {
    port: silentPort,
    media: 'audio',
    formats: other?.formats ?? [],
    direction: meetDirections(allowed, 'sendonly'),
    image: [],
  };
  return formatBridge(bridge);
}
