import { err, ok, type Result } from '../base/index.js';
import { isMfSignal, type MfSignal } from './digits.js';

/** Who is called, and by whom, as trunks say it in MF. */
export interface MfAddress {
  readonly called: string;
  /** Digits of the calling number; '' where it is not known. */
  readonly calling: string;
  /** Information digits: kind of line, `00` an ordinary one, `23` coin or not is unknown (NANPA ANI II). */
  readonly informationDigits: string;
}

/** KP digits ST: a field between registers (Q.320 §4). Characters that are no digits are dropped. */
export function mfField(digits: string): readonly MfSignal[] {
  const signals: MfSignal[] = ['KP'];
  for (const digit of digits) if (isMfSignal(digit)) signals.push(digit);
  return [...signals, 'ST'];
}

/** Feature group D, equal access: KP II calling ST, KP called ST (GR-690-CORE §6.13). */
export function featureGroupD({ called, calling, informationDigits }: MfAddress): readonly MfSignal[] {
  return [...mfField(informationDigits + nanpNumber(calling)), ...mfField(called)];
}

/** Why a received field is none; the trunk then gets reorder. */
export type MfFault = 'noStart' | 'noEnd' | 'signal' | 'digits';

/** The fields of a received string: between each KP and ST. */
export function readMfFields(signals: readonly string[]): Result<readonly string[], MfFault> {
  const fields: string[] = [];
  let open: string | undefined;
  for (const signal of signals) {
    if (!isMfSignal(signal)) return err('signal');
    if (signal === 'KP') {
      // A second KP starts the field again: the sender saw its own error (GR-506-CORE §6.3).
      open = '';
    } else if (open === undefined) return err('noStart');
    else if (signal.startsWith('ST')) {
      fields.push(open);
      open = undefined;
    } else open += signal;
  }
  return open === undefined ? ok(fields) : err('noEnd');
}

/** Feature group D as received. A calling field of two digits has no number. */
export function readFeatureGroupD(signals: readonly string[]): Result<MfAddress, MfFault> {
  const fields = readMfFields(signals);
  if (!fields.ok) return fields;
  const [identity, called] = fields.value;
  if (identity === undefined || called === undefined || fields.value.length !== 2) return err('digits');
  if (identity !== '' && identity.length < 2) return err('digits');
  return ok({ called, calling: identity.slice(2), informationDigits: identity.slice(0, 2) });
}

/** How an emergency tandem wants the calling number. */
export type CamaForm =
  /** One digit for the area code (the tandem's table), then seven digits (TR-TSY-000350). */
  | { readonly kind: 'npd'; readonly areaCodes: readonly string[] }
  /** Information digits and ten digits (enhanced MF, NENA 03-002; from memory). */
  | { readonly kind: 'ten' };

/** What is sent after the wink. `digits` is what the tandem wants for the service: 911, 11 or 1. */
export function camaCalled(digits: string): readonly MfSignal[] {
  return mfField(digits);
}

/**
 * What is sent when the tandem asks for it. A number that cannot be said (unknown, or of an area code that the tandem's table
 * lacks) is sent as zeros: the tandem then routes by the trunk group that the call came on.
 */
export function camaCalling(calling: string, informationDigits: string, form: CamaForm): readonly MfSignal[] {
  const number = nanpNumber(calling);
  if (form.kind === 'ten') return mfField(informationDigits + (number === '' ? '0'.repeat(10) : number));
  const npd = form.areaCodes.indexOf(number.slice(0, 3));
  // Four area codes at most: NPD 4-7 mean the same with the display flashing.
  return mfField(number === '' || npd < 0 || npd > 3 ? '0'.repeat(8) : `${npd}${number.slice(3)}`);
}

/** Ten digits of the North American plan, '' for anything else. */
function nanpNumber(number: string): string {
  const digits = number.replace(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
  return digits.length === 10 ? digits : '';
}
