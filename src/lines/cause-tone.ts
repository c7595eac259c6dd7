import { type Cause, cause } from '../base/index.js';
import type { CountryTones, Tone } from '../media/index.js';

/** There is nobody by that number: three rising notes (ITU-T E.180 §6.4, E.182 §4.4). */
const numberFaults: ReadonlySet<Cause> = new Set([
  cause.unallocatedNumber,
  cause.numberChanged,
  cause.invalidNumberFormat,
]);

/** The called party itself is the reason, or the call is simply over. */
const busyCauses: ReadonlySet<Cause> = new Set([
  cause.normalClearing,
  cause.userBusy,
  cause.noUserResponding,
  cause.noAnswer,
  cause.callRejected,
  cause.nonSelectedUserClearing,
  cause.normalUnspecified,
]);

/** What a caller hears of a call that failed, or is over: pre-emption, busy, special information, or congestion ("reorder"). */
export function toneOfCause(value: Cause, tones: CountryTones): Tone {
  if (value === cause.preemption) return tones.preemption;
  if (busyCauses.has(value)) return tones.busy;
  return numberFaults.has(value) ? tones.specialInformation : tones.congestion;
}
