import type { IsdnNumber, IsdnParty, NumberPlan, NumberType } from '../isdn/index.js';

/** Changes the digits of a number: so many off the front, then these put there. */
export interface DigitRule {
  readonly strip: number;
  readonly prepend: string;
}

export const unchanged: DigitRule = { strip: 0, prepend: '' };

/** How a trunk wants numbers, and what it means by those that it gives. */
export interface NumberRules {
  /** How routing writes numbers for this trunk. */
  readonly format: 'e164' | 'e164WithoutPlus' | 'national' | 'asDialled';
  /** E.164, without the plus. */
  readonly countryCode: string;
  /** What people dial before a number abroad. */
  readonly internationalPrefix: string;
  /** To the trunk. */
  readonly called: DigitRule;
  readonly calling: DigitRule;
  /** From the trunk. */
  readonly calledHere: DigitRule;
  readonly callingHere: DigitRule;
  /** ISDN: said of every number that goes out; `auto`: what the number shows itself to be. */
  readonly type: NumberType | 'auto';
  readonly plan: NumberPlan | 'auto';
}

/** A plus sign in front is no digit: it stays in front of what is left. */
export function apply({ strip, prepend }: DigitRule, number: string): string {
  const plus = number.startsWith('+') && strip === 0 && prepend === '' ? '+' : '';
  const digits = number.startsWith('+') ? number.slice(1) : number;
  return plus + prepend + digits.slice(strip);
}

/** What a trunk without types of numbers is told: digits alone. */
export function plainDigits(rule: DigitRule, number: string): string {
  return apply(rule, number).replace(/^\+/, '');
}

/** A number for an ISDN: digits, and what they are. The rule sees the digits, and a number that it changed is of an unknown type. */
export function isdnNumber(rules: NumberRules, rule: DigitRule, number: string): IsdnNumber {
  const seen = typed(rules, number);
  const digits = rule.prepend + seen.digits.slice(rule.strip);
  const changed = digits !== seen.digits;
  const type = rules.type === 'auto' ? (changed ? 'unknown' : seen.type) : rules.type;
  const usual: NumberPlan = type === 'unknown' ? 'unknown' : 'isdn';
  return { digits, type, plan: rules.plan === 'auto' ? usual : rules.plan };
}

/** What a number in the trunk's format is. Short numbers of the country (411, 112) have no type. */
function typed({ format, internationalPrefix }: NumberRules, number: string): Pick<IsdnNumber, 'digits' | 'type'> {
  if (number.startsWith('+')) return { digits: number.slice(1), type: 'international' };
  if (number.length < shortestNumber) return { digits: number, type: 'unknown' };
  if (format === 'e164WithoutPlus') return { digits: number, type: 'international' };
  if (format !== 'national') return { digits: number, type: 'unknown' };
  return number.startsWith(internationalPrefix)
    ? { digits: number.slice(internationalPrefix.length), type: 'international' }
    : { digits: number, type: 'national' };
}

/** Shorter ones are services, of no plan that crosses a border (E.164 §6.1 counts from three digits of an area on). */
const shortestNumber = 7;

/** A number of an ISDN as routing reads it: with a plus where its type says enough, else its digits. */
export function numberHere(rules: NumberRules, rule: DigitRule, { digits, type }: IsdnNumber): string {
  const changed = rule.prepend + digits.slice(rule.strip);
  if (changed !== digits || digits === '') return changed;
  if (type === 'international') return `+${digits}`;
  return type === 'national' ? `+${rules.countryCode}${digits}` : digits;
}

/** The caller's number as routing reads it; undefined: it was withheld, or is not known. */
export function callerHere(rules: NumberRules, party: IsdnParty | undefined): string | undefined {
  if (party?.number === undefined || party.number.digits === '') return undefined;
  return numberHere(rules, rules.callingHere, party.number);
}
