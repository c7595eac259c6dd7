import { type Cause, cause } from '../base/index.js';
import type { SessionDescription } from '../sdp/index.js';
import type { CallEnd } from './call-draft.js';
import type { HuntStep, StepFailure } from './hunt-step.js';
import type { Answerer, DigitSaid, Leg, LegReleased, ReleaseCommand, TransferTarget } from './leg.js';

/** What comes with an event of the table. */
export interface Payload {
  readonly leg?: Leg;
  readonly media?: SessionDescription | undefined;
  readonly answerer?: Answerer;
  readonly step?: HuntStep;
  readonly failure?: StepFailure;
  readonly released?: LegReleased;
  readonly refusal?: { readonly cause: Cause; readonly sipStatus?: number };
  readonly digit?: DigitSaid;
  readonly target?: TransferTarget;
  readonly cause?: Cause;
  /** Who joined this call's other party to another call. */
  readonly keeper?: Leg;
}

export interface Transfer {
  readonly transferor: Leg;
  readonly remaining: Leg;
  readonly target: TransferTarget;
  /** The transferor was told yes, so it awaits the outcome. */
  accepted: boolean;
  found: Leg | undefined;
  /** The target made the offer, and awaits its answer. */
  late: boolean;
  /** The target was taken out of another call. */
  readonly taken?: { readonly number: string; readonly via: string } | undefined;
}

/** Who or what ended the call. */
export function endOf(payload: Payload | undefined, caller: Leg): CallEnd {
  if (payload?.released !== undefined) {
    const releasedBy = payload.released.lost ? 'holdfast' : payload.leg === caller ? 'caller' : 'called';
    return { cause: payload.released.cause, releasedBy };
  }
  if (payload?.failure !== undefined) {
    const releasedBy = payload.failure.why === 'answered' ? 'called' : 'holdfast';
    return { cause: payload.failure.cause, releasedBy };
  }
  if (payload?.keeper !== undefined) {
    return { cause: cause.normalClearing, releasedBy: payload.keeper === caller ? 'caller' : 'called' };
  }
  const own = payload?.cause ?? (payload?.refusal === undefined ? undefined : cause.protocolError);
  return { cause: own ?? cause.recoveryOnTimerExpiry, releasedBy: 'holdfast' };
}

/** What the other legs are told: the peer's own words where it had some. */
export function releaseCommand(value: Cause, payload: Payload | undefined): ReleaseCommand {
  const said = payload?.failure?.why === 'answered' ? payload.failure : payload?.released;
  const { sipStatus, challenge } = said ?? {};
  return {
    kind: 'release',
    cause: value,
    ...(sipStatus === undefined ? {} : { sipStatus }),
    ...(challenge === undefined ? {} : { challenge }),
  };
}

export function answererOf({ sessionId, connected }: Answerer): Answerer {
  return { ...(sessionId === undefined ? {} : { sessionId }), ...(connected === undefined ? {} : { connected }) };
}
