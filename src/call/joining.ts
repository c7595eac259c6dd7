import { cause } from '../base/index.js';
import type { SessionDescription } from '../sdp/index.js';
import type { Bridge } from './bridge.js';
import type { CallPorts, Routed, Surrendered } from './call-options.js';
import type { CallRecord } from './call-record.js';
import type { StepFailure } from './hunt-step.js';
import type { CallSetup, Leg, LegCommand, TransferTarget } from './leg.js';

/** The party that talks with the leg `keeper`, as another call is to have it. */
export function partyBeside(
  bridge: Bridge,
  keeper: string,
  { from, to }: CallRecord,
  via: ReadonlyMap<Leg, string>,
): { readonly keeping: Leg; readonly surrendered: Surrendered } | undefined {
  const { caller, called } = bridge;
  const keeping = [caller, called].find((leg) => leg?.id === keeper);
  const leg = bridge.other(keeping);
  const described = leg === undefined ? undefined : bridge.offerOf(leg);
  if (keeping === undefined || leg === undefined || described === undefined) return undefined;
  const number = leg === caller ? from.number : to;
  return { keeping, surrendered: { leg, described, number, via: via.get(leg) ?? '' } };
}

/** Where a transfer leads. RFC 3891: to take over a dialog that is not in this call needs more than a hunt. */
export function wayTo(
  target: TransferTarget,
  by: 'caller' | 'called',
  { routeTransfer }: Pick<CallPorts, 'routeTransfer'>,
): Routed {
  const { leg, number, replaces } = target;
  if (replaces !== undefined) return { refuse: cause.facilityRejected };
  if (leg !== undefined) return [{ name: number, open: () => [leg], giveUpMs: Number.POSITIVE_INFINITY }];
  return routeTransfer?.(target, by) ?? { refuse: cause.facilityRejected };
}

/** The setup of the search for a transfer's target: the leg that stays is the one who calls. */
export function transferSetup(
  setup: CallSetup,
  target: TransferTarget,
  stays: 'caller' | { readonly number: string },
  offer: SessionDescription | undefined,
): CallSetup {
  const { asserted, from, privacy, hopsLeft, sessionId } = setup;
  const whose =
    stays === 'caller'
      ? { from, privacy, ...(asserted === undefined ? {} : { asserted }) }
      : { from: stays, privacy: [] };
  const offered = offer === undefined ? {} : { offer };
  return { ...whose, dialled: target.number, ...offered, sessionId, hopsLeft, carried: [] };
}

/** What who asked for a transfer is told where it came to nothing. */
export function transferFailed(failure: StepFailure | undefined): LegCommand {
  const sipStatus = failure?.why === 'answered' ? failure.sipStatus : undefined;
  return {
    kind: 'transferResult',
    result: 'failed',
    cause: failure?.cause ?? cause.normalUnspecified,
    ...(sipStatus === undefined ? {} : { sipStatus }),
  };
}
