import { type CallerId, isAbsent } from './caller-id.js';

/**
 * Caller ID as DTMF digits (EN 300 659-1 Annex B). `a-hash`: Denmark, A number #. `d-c`: Sweden, Finland, the Netherlands:
 * D number C. `a-c`: the Annex itself, with B for the reason of absence.
 */
export type DtmfCallerIdForm = 'a-hash' | 'd-c' | 'a-c';

/** Digits for the absence of a number. From memory of the operators' papers; the Annex has B00 and B10. */
const absences: { readonly [form in DtmfCallerIdForm]: { readonly private: string; readonly unavailable: string } } = {
  'a-hash': { private: 'D1#', unavailable: 'D2#' },
  'd-c': { private: 'D01C', unavailable: 'D00C' },
  'a-c': { private: 'B10C', unavailable: 'B00C' },
};

/** The digits in order. A number that is not known is `unavailable`. */
export function encodeDtmfCallerId({ number }: CallerId, form: DtmfCallerIdForm): string {
  const digits = number === undefined || isAbsent(number) ? '' : number.replace(/\D/g, '');
  if (digits === '') {
    const why = number !== undefined && isAbsent(number) ? number.absent : 'unavailable';
    return absences[form][why];
  }
  if (form === 'a-hash') return `A${digits}#`;
  return form === 'd-c' ? `D${digits}C` : `A${digits}C`;
}

/** What the digits say; undefined until the closing one was heard, or where they make no sense. Reads every form. */
export function decodeDtmfCallerId(digits: string): CallerId | undefined {
  for (const { private: hidden, unavailable } of Object.values(absences)) {
    if (digits === hidden) return { number: { absent: 'private' } };
    if (digits === unavailable) return { number: { absent: 'unavailable' } };
  }
  const match = /^(?:[AD])(\d{1,20})[C#]$/.exec(digits);
  return match?.[1] === undefined ? undefined : { number: match[1] };
}
