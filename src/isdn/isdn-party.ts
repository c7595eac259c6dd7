/** Type of number (Q.931 §4.5.8, octet 3). */
export type NumberType = 'unknown' | 'international' | 'national' | 'network-specific' | 'subscriber' | 'abbreviated';

/** Numbering plan identification (Q.931 §4.5.8, octet 3). */
export type NumberPlan = 'unknown' | 'isdn' | 'data' | 'telex' | 'national-standard' | 'private';

/** Presentation indicator (Q.931 §4.5.10, octet 3a). */
export type Presentation = 'allowed' | 'restricted' | 'unavailable';

/** Screening indicator (Q.931 §4.5.10, octet 3a). */
export type Screening = 'user-not-screened' | 'user-passed' | 'user-failed' | 'network';

export interface IsdnNumber {
  /** `0`-`9`, `*`, `#`, `A`-`D`. */
  readonly digits: string;
  readonly type: NumberType;
  readonly plan: NumberPlan;
}

/** A caller, a called or a redirecting party. */
export interface IsdnParty {
  readonly number?: IsdnNumber;
  readonly presentation: Presentation;
  readonly screening: Screening;
  /** As text; switches write ISO 8859-1, QSIG names UTF-8. At most 50 characters (Q.932, ECMA-164). */
  readonly name?: string;
}

/** Reason for redirection (Q.931 with Q.952.7, ETS 300 207-1). */
export type RedirectionReason =
  | 'unknown'
  | 'busy'
  | 'no-reply'
  | 'deflection'
  | 'out-of-order'
  | 'by-equipment'
  | 'unconditional';

/** Who sent the call on, and why; `original` where it was sent on more than once. */
export interface IsdnRedirection {
  readonly from: IsdnParty;
  readonly reason: RedirectionReason;
  readonly original?: IsdnParty;
  readonly originalReason?: RedirectionReason;
  /** How often, 1 and more. */
  readonly count: number;
}

const numberTypes: readonly (NumberType | undefined)[] = [
  'unknown',
  'international',
  'national',
  'network-specific',
  'subscriber',
  undefined,
  'abbreviated',
];
const numberPlans: readonly (NumberPlan | undefined)[] = [
  ...(['unknown', 'isdn', undefined, 'data', 'telex', undefined, undefined, undefined] as const),
  ...(['national-standard', 'private'] as const),
];
const presentations: readonly Presentation[] = ['allowed', 'restricted', 'unavailable', 'unavailable'];
const screenings: readonly Screening[] = ['user-not-screened', 'user-passed', 'user-failed', 'network'];

/** Codes of redirection reasons in the order of their names. */
const reasonCodes: readonly (readonly [RedirectionReason, number])[] = [
  ['unknown', 0],
  ['busy', 1],
  ['no-reply', 2],
  ['deflection', 4],
  ['out-of-order', 9],
  ['by-equipment', 10],
  ['unconditional', 15],
];

/** Octet 3 of a number without its extension bit. */
export function encodeNumberPlan({ type, plan }: IsdnNumber): number {
  return (numberTypes.indexOf(type) << 4) | numberPlans.indexOf(plan);
}

/** Reserved values read as `unknown`: the digits still stand. */
export function decodeNumberPlan(octet: number): { readonly type: NumberType; readonly plan: NumberPlan } {
  return { type: numberTypes[(octet >> 4) & 7] ?? 'unknown', plan: numberPlans[octet & 15] ?? 'unknown' };
}

/** Octet 3a without its extension bit. */
export function encodePresentation(party: Pick<IsdnParty, 'presentation' | 'screening'>): number {
  return (presentations.indexOf(party.presentation) << 5) | screenings.indexOf(party.screening);
}

export function decodePresentation(octet: number): Pick<IsdnParty, 'presentation' | 'screening'> {
  return {
    presentation: presentations[(octet >> 5) & 3] ?? 'unavailable',
    screening: screenings[octet & 3] ?? 'user-not-screened',
  };
}

export function decodeRedirectionReason(code: number): RedirectionReason {
  return reasonCodes.find(([, each]) => each === code)?.[0] ?? 'unknown';
}

export function encodeRedirectionReason(reason: RedirectionReason): number {
  return reasonCodes.find(([each]) => each === reason)?.[1] ?? 0;
}
