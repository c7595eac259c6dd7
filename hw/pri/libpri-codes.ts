import {
  type BChannel,
  type Bearer,
  decodeRedirectionReason,
  encodeNumberPlan,
  encodePresentation,
  encodeRedirectionReason,
  type IsdnParty,
  type IsdnRedirection,
  type IsdnSide,
  type RedirectionReason,
  type SwitchType,
} from '../../src/isdn/index.js';

import { userNode } from './libpri.js';

/** Numbers of libpri.h, in the words of src/isdn. */

export const nodeOf: { readonly [side in IsdnSide]: number } = { network: 1, user: userNode };

/** EuroISDN differs by the span: 5 on E1, 6 on T1. */
export function switchCode(switchType: SwitchType, e1: boolean): number {
  if (switchType === 'euroisdn') return e1 ? 5 : 6;
  return { ni2: 1, dms100: 2, '5ess': 3, '4ess': 4, qsig: 10 }[switchType];
}

/** `PRI_EVENT_*`. */
export const eventCode = {
  up: 1,
  down: 2,
  restart: 3,
  configurationError: 4,
  ring: 5,
  hangup: 6,
  ringing: 7,
  answer: 8,
  hangupAck: 9,
  restartAck: 10,
  information: 12,
  proceeding: 13,
  setupAck: 14,
  hangupRequest: 15,
  progress: 17,
  keypadDigit: 18,
  service: 19,
  serviceAck: 20,
} as const;

/** `PRI_PROG_INBAND_AVAILABLE`, in a progress mask. */
export const inBandMask = 1 << 3;
/** `PRI_SUBCMD_*`. */
export const subcommandCode = { redirecting: 1, connectedLine: 2 } as const;

const explicitInterface = 1 << 16;
/** Of E1; 255 means any. */
const lastSlot = 31;

/** `nfas`: the interface is said, not only the slot. */
export function encodeChannel(channel: BChannel | undefined, nfas: boolean): number {
  if (channel === undefined) return 0;
  return channel.slot | (nfas ? (channel.interface << 8) | explicitInterface : 0);
}

/** Undefined: no channel, or any, or one that no span has. */
export function decodeChannel(code: number): BChannel | undefined {
  const slot = code & 0xff;
  return code < 0 || slot === 0 || slot > lastSlot ? undefined : { interface: (code >> 8) & 0x7f, slot };
}

/** `PRI_TRANS_CAP_*`. */
export const bearerCode: { readonly [bearer in Bearer]: number } = { speech: 0, '3.1-khz': 0x10, unrestricted: 8 };

export function decodeBearer(code: number): Bearer {
  if (code === bearerCode.speech) return 'speech';
  return code === bearerCode['3.1-khz'] ? '3.1-khz' : 'unrestricted';
}

/** `PRI_LAYER_1_ULAW`, `PRI_LAYER_1_ALAW`. */
export const layer1Code = { u: 0x22, a: 0x23 } as const;

/** libpri numbers deflection 3 (QSIG does too), Q.952 numbers it 4. */
const deflection = 3;

export function decodeReason(code: number): RedirectionReason {
  return code === deflection ? 'deflection' : decodeRedirectionReason(code);
}

function encodeReason(reason: RedirectionReason): number {
  return reason === 'deflection' ? deflection : encodeRedirectionReason(reason);
}

/** ISO 8859-1; `pri_party_name.char_set`. */
const latin1 = 1;

/** A `pri_party_id`; undefined is one without name and number. */
export function encodeParty(party: IsdnParty | undefined): object {
  const presentation = party === undefined ? 0 : encodePresentation(party);
  const number = party?.number;
  return {
    name: {
      valid: party?.name === undefined ? 0 : 1,
      presentation: presentation & 0x60,
      char_set: latin1,
      str: latin1Only(party?.name ?? ''),
    },
    number: {
      valid: number === undefined && (presentation & 0x60) === 0 ? 0 : 1,
      presentation,
      plan: number === undefined ? 0 : encodeNumberPlan(number),
      str: number?.digits ?? '',
    },
    subaddress: { valid: 0, type: 0, odd_even_indicator: 0, length: 0, data: new Array(32).fill(0) },
  };
}

/** A `pri_party_redirecting`. */
export function encodeRedirection(redirection: IsdnRedirection): object {
  return {
    from: encodeParty(redirection.from),
    to: encodeParty(undefined),
    orig_called: encodeParty(redirection.original),
    count: redirection.count,
    orig_reason: encodeReason(redirection.originalReason ?? 'unknown'),
    reason: encodeReason(redirection.reason),
  };
}

/** Names of at most 50 characters (ECMA-164 §6.5); what switches cannot show becomes a question mark. */
function latin1Only(name: string): string {
  return [...name]
    .slice(0, 50)
    .map((each) => ((each.codePointAt(0) ?? 0) < 0x80 && each >= ' ' ? each : '?'))
    .join('');
}
