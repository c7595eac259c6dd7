import type { IceSettings, TransportAddress } from '../../../src/media/index.js';
import { encodeStun, type ReceivedStun, type StunAttributes, stunMethod } from './stun-message.js';

/** A connectivity check that proved to know our password. */
export interface Check {
  readonly priority: number;
  readonly useCandidate: boolean;
  /** What the peer takes itself for. */
  readonly controlling: boolean;
  readonly tieBreaker: bigint;
  /** Whose it says it is; to be compared when the peer has spoken. */
  readonly remoteUfrag: string;
}

export type CheckVerdict =
  | { readonly kind: 'check'; readonly check: Check }
  | { readonly kind: 'refused'; readonly answer: Buffer };

/** Judges a Binding request by RFC 8445 §7.3 and RFC 8489 §9.1.3. `remoteUfrag` is unknown until the peer has spoken. */
export function judgeCheck(
  message: ReceivedStun,
  local: IceSettings['local'],
  remoteUfrag: string | undefined,
): CheckVerdict {
  const { username, priority, useCandidate, iceControlled, iceControlling } = message.attributes;
  if (username === undefined || !message.hasIntegrity) return refuse(message, 400, 'Bad Request');
  const wanted = `${local.ufrag}:${remoteUfrag ?? ''}`;
  const named = remoteUfrag === undefined ? username.startsWith(wanted) : username === wanted;
  const key = Buffer.from(local.password, 'utf8');
  if (!named || !message.provenBy(key)) return refuse(message, 401, 'Unauthorized');
  if (message.unknown.length > 0) {
    return refuse(message, 420, 'Unknown Attribute', local, { unknownAttributes: message.unknown });
  }
  const tieBreaker = iceControlling ?? iceControlled;
  if (priority === undefined || tieBreaker === undefined) return refuse(message, 400, 'Bad Request', local);
  const controlling = iceControlling !== undefined;
  const claimed = username.slice(username.indexOf(':') + 1);
  const check = { priority, useCandidate: useCandidate === true, controlling, tieBreaker, remoteUfrag: claimed };
  return { kind: 'check', check };
}

/** RFC 8445 §7.3.1.1. */
export function refuseRole(message: ReceivedStun, local: IceSettings['local']): Buffer {
  return refuse(message, 487, 'Role Conflict', local).answer;
}

export function acceptCheck(message: ReceivedStun, local: IceSettings['local'], from: TransportAddress): Buffer {
  return answer(message, 'success', { xorMappedAddress: from }, local);
}

/** RFC 8489 §9.1.3: who has not proved anything gets no proof either. */
function refuse(
  message: ReceivedStun,
  code: number,
  reason: string,
  local?: IceSettings['local'],
  more: StunAttributes = {},
): Extract<CheckVerdict, { kind: 'refused' }> {
  return { kind: 'refused', answer: answer(message, 'error', { errorCode: { code, reason }, ...more }, local) };
}

function answer(
  { transaction }: ReceivedStun,
  kind: 'success' | 'error',
  attributes: StunAttributes,
  local: IceSettings['local'] | undefined,
): Buffer {
  const proof = local === undefined ? undefined : { key: Buffer.from(local.password, 'utf8'), hash: 'sha1' as const };
  return encodeStun({ class: kind, method: stunMethod.binding, transaction, attributes }, proof);
}
