import { hexToken, type Random } from '../base/index.js';
import type { CallSetup, ConnectedParty, Party } from '../call/index.js';
import type { Bearer, IsdnParty, IsdnSetup, IsdnSide } from '../isdn/index.js';
import { callerHere, isdnNumber, type NumberRules, numberHere, unchanged } from './number-rules.js';
import { type RedirectionNumbers, redirectionFields, redirectionOf } from './redirection-fields.js';

export interface IsdnSetupRules {
  readonly side: IsdnSide;
  readonly numbers: NumberRules;
  /** Whether the caller's number may be shown at the far end: as the caller wishes it, or whatever the caller wishes. */
  readonly presentation: 'asCaller' | 'allowed' | 'restricted';
  readonly callerName: boolean;
  readonly redirecting: boolean;
  readonly bearer: Bearer;
  /** Host part of URIs in fields that are made here. */
  readonly domain: string;
}

/** What routing decided of a call that is placed, beside its setup. */
export interface PlacedAs {
  readonly emergency: boolean;
  /** A fax machine calls: the network must not treat it as speech. */
  readonly fax?: boolean;
  /** As the trunk wants it; undefined: the trunk sets its own. */
  readonly callingNumber?: string;
}

/** Most hops of a call that begins here (RFC 3261 §20.22). */
export const hops = 70;
/** Q.932 and ECMA-164. */
const longestName = 50;

/** The SETUP of a call that is placed, en bloc. */
export function isdnSetupOf(setup: CallSetup, placed: PlacedAs, rules: IsdnSetupRules): IsdnSetup {
  const { numbers, bearer, redirecting } = rules;
  const calling = partyOf(setup, placed, rules);
  const redirection = redirecting ? redirectionOf(setup.carried, redirectionNumbers(rules)) : undefined;
  return {
    called: isdnNumber(numbers, numbers.called, setup.dialled),
    complete: true,
    bearer: placed.fax === true ? '3.1-khz' : bearer,
    ...(calling === undefined ? {} : { calling }),
    ...(redirection === undefined ? {} : { redirection }),
  };
}

/** Somebody of this side, as the far end is to know them. */
function partyOf(
  setup: Pick<CallSetup, 'from' | 'asserted' | 'privacy'>,
  { emergency, callingNumber }: PlacedAs,
  { numbers, presentation, callerName, side }: IsdnSetupRules,
): IsdnParty | undefined {
  const wished = presentation === 'asCaller' ? isPrivate(setup.privacy) : presentation === 'restricted';
  // A call for help says who calls, whatever its caller hides from others.
  const hidden = !emergency && wished;
  const known = setup.asserted?.displayName ?? setup.from.displayName ?? '';
  const name = callerName ? known.slice(0, longestName) : '';
  if (callingNumber === undefined && !hidden && name === '') return undefined;
  return {
    ...(callingNumber === undefined ? {} : { number: isdnNumber(numbers, numbers.calling, callingNumber) }),
    ...(name === '' || hidden ? {} : { name }),
    presentation: hidden ? 'restricted' : callingNumber === undefined ? 'unavailable' : 'allowed',
    screening: side === 'network' ? 'network' : 'user-not-screened',
  };
}

/** Who answered here, as the far end is to know it; undefined: nothing is said of it. */
export function connectedLine(connected: ConnectedParty | undefined, rules: IsdnSetupRules): IsdnParty | undefined {
  if (connected === undefined) return undefined;
  const { number, privacy, displayName } = connected;
  const callingNumber = number === '' ? {} : { callingNumber: number };
  const from: Party = { number, ...(displayName === undefined ? {} : { displayName }) };
  return partyOf({ from, privacy }, { emergency: false, ...callingNumber }, rules);
}

/** Who answered there; undefined: the network says nothing of it. */
export function connectedHere(
  connected: IsdnParty | undefined,
  { numbers }: IsdnSetupRules,
): ConnectedParty | undefined {
  if (connected === undefined) return undefined;
  const number = callerHere(numbers, connected) ?? '';
  const name = connected.name ?? '';
  const restricted = connected.presentation === 'restricted';
  if (number === '' && name === '') return undefined;
  return { number, ...(name === '' ? {} : { displayName: name }), privacy: restricted ? ['id'] : [] };
}

/** RFC 3323 §4.2. */
function isPrivate(privacy: readonly string[]): boolean {
  return privacy.some((value) => value === 'id' || value === 'user' || value === 'header');
}

/** What is known of a call that comes in; `called`: all its digits. The offer is the leg's. */
export function callSetupOf(
  setup: IsdnSetup,
  called: string,
  rules: IsdnSetupRules,
  random: Random,
): Omit<CallSetup, 'offer'> {
  const { numbers } = rules;
  const { calling, redirection } = setup;
  const dialled = numberHere(numbers, numbers.calledHere, { ...setup.called, digits: called });
  const number = callerHere(numbers, calling);
  const named: Party = {
    number: number ?? '',
    ...(calling?.name === undefined || calling.name === '' ? {} : { displayName: calling.name }),
  };
  const hidden = calling?.presentation === 'restricted';
  return {
    from: hidden ? { number: 'anonymous', displayName: 'Anonymous' } : named,
    ...(number === undefined ? {} : { asserted: named }),
    dialled,
    sessionId: hexToken(random, 16),
    hopsLeft: hops,
    privacy: hidden ? ['id'] : [],
    carried: redirection === undefined ? [] : redirectionFields(redirection, dialled, redirectionNumbers(rules)),
  };
}

function redirectionNumbers({ numbers, domain }: IsdnSetupRules): RedirectionNumbers {
  return {
    domain,
    toField: ({ number }) => (number === undefined ? '' : numberHere(numbers, unchanged, number)),
    toIsdn: (number) => isdnNumber(numbers, unchanged, number),
  };
}
