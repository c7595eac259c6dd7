import type { EmergencyNumbers } from '../emergency/index.js';
import type { DialPlan } from './dial-plan.js';
import type { UserLookup } from './route-plan.js';

/** How far digits have come: `more` are needed, the number may be whole but could go on, or it is whole. */
export type DigitsState = 'more' | 'possible' | 'complete';

/** Digits of a North American number with its area code (ITU-T E.164 has no such length for the rest of the world). */
const northAmericanDigits = 10;

/** For a telephone that is dialled digit by digit: whether anything is to be waited for. */
export function digitsState(
  plan: DialPlan,
  directory: UserLookup,
  emergency: EmergencyNumbers,
  digits: string,
): DigitsState {
  // Nobody who calls for help waits for a longer number that begins alike.
  if (emergency.match(digits) !== undefined) return 'complete';
  const outside = plan.readDialled(digits);
  if (directory.byExtension(digits) !== undefined || plan.otherSite(digits) !== undefined)
    return plan.mayBeOutside(digits) ? 'possible' : 'complete';
  if (plan.ruleForDialled(digits) !== undefined) return 'possible';
  if (outside.kind === 'invalid') return 'more';
  if (!plan.isNorthAmerican) return 'possible';
  if (outside.kind === 'service') return outside.number.length === 3 ? 'complete' : 'possible';
  // 931 255 5999 is a number, and so is 9 312 555 9999, which begins alike.
  const whole = /^\+1\d{10}$/.test(outside.number) && plan.outsidePart(digits).length >= northAmericanDigits;
  return whole ? 'complete' : 'possible';
}
