import { type Cause, cause } from '../base/index.js';
import { hasNoAddress, isHold, type SessionDescription, withDirection } from '../sdp/index.js';
import type { Leg } from './leg.js';

/** Why an offer was declined. */
export interface Refusal {
  readonly cause: Cause;
  readonly sipStatus?: number;
}

/** The two legs of a call, what each last said of its media, and the negotiation (RFC 3264) that runs between them. */
export class Bridge {
  caller: Leg;
  called: Leg | undefined;
  /** In each leg's own words; an offer counts when it is agreed to. */
  readonly #described = new Map<Leg, SessionDescription>();
  /** The leg that waits for the outcome. */
  #offerer: Leg | undefined;
  #offer: SessionDescription | undefined;
  /** The leg whose `agreed` or `refused` is due; what others say of that kind is late and without effect. */
  #awaited: Leg | undefined;

  constructor(caller: Leg) {
    this.caller = caller;
  }

  get awaited(): Leg | undefined {
    return this.#awaited;
  }

  get held(): boolean {
    return [this.caller, this.called].some((leg) => {
      const description = leg === undefined ? undefined : this.#described.get(leg);
      return description !== undefined && isHold(description);
    });
  }

  other(leg: Leg | undefined): Leg | undefined {
    return leg === this.caller ? this.called : this.caller;
  }

  describe(leg: Leg | undefined, description: SessionDescription | undefined): void {
    if (leg !== undefined && description !== undefined) this.#described.set(leg, description);
  }

  /** What `leg` last said, out of hold; undefined where nothing can be sent to it, so that its peer must offer. */
  offerOf(leg: Leg): SessionDescription | undefined {
    const last = this.#described.get(leg);
    if (last === undefined || last.media.some((each) => each.port !== 0 && hasNoAddress(last, each))) return undefined;
    return withDirection(last, 'sendrecv');
  }

  /** Hands one leg's offer (or its wish for one) to the other. A refusal comes back where the other cannot take it. */
  pass(offerer: Leg, offer: SessionDescription | undefined): Refusal | undefined {
    const other = this.other(offerer);
    this.#offerer = offerer;
    this.#offer = offer;
    if (other === undefined || !other.can.hold) return { cause: cause.bearerNotImplemented, sipStatus: 488 };
    this.ask(other, offer);
    return undefined;
  }

  /** Offers media to `leg` and waits for its word. */
  ask(leg: Leg, offer: SessionDescription | undefined): void {
    this.#awaited = leg;
    leg.do({ kind: 'offer', ...media(offer) });
  }

  /** The called leg's answer was an offer: the caller's acknowledgement is to bring the answer. */
  awaitCallersAnswer(): void {
    this.#offerer = this.called;
    this.#offer = undefined;
    this.#awaited = this.caller;
  }

  /** The awaited leg made the offer that the other asked for. */
  passLateOffer(offer: SessionDescription | undefined): void {
    const maker = this.#awaited;
    this.describe(maker, offer);
    this.#awaited = this.#offerer;
    this.#offerer = maker;
    this.#offer = undefined;
    this.#awaited?.do({ kind: 'agree', ...media(offer) });
  }

  /** The awaited leg said yes: the offerer hears it. */
  agree(answer: SessionDescription | undefined): void {
    this.describe(this.#offerer, this.#offer);
    this.describe(this.#awaited, answer);
    this.#end()?.do({ kind: 'agree', ...media(answer) });
  }

  /** The awaited leg said no, or nothing. */
  refuse(refusal: Refusal): void {
    const { sipStatus } = refusal;
    this.#end()?.do({ kind: 'refuse', cause: refusal.cause, ...(sipStatus === undefined ? {} : { sipStatus }) });
  }

  /** Nobody's answer is awaited any more. */
  forget(): void {
    this.#end();
  }

  #end(): Leg | undefined {
    const offerer = this.#offerer;
    this.#offerer = undefined;
    this.#offer = undefined;
    this.#awaited = undefined;
    return offerer;
  }
}

/** A command's or event's media, left out where there is none. */
export function media(description: SessionDescription | undefined): { readonly media?: SessionDescription } {
  return description === undefined ? {} : { media: description };
}
