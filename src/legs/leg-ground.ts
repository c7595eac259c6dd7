import type { Log, Random } from '../base/index.js';
import type { Reply, SipApplication, SipView } from './application.js';
import { headerFields } from './application.js';
import type { LegOutlet } from './leg-outlet.js';

/** What every leg stands on. */
export interface LegGround {
  readonly application: SipApplication;
  readonly random: Random;
  readonly log: Log;
  /** User-Agent and Server of what this product sends, e.g. `Holdfast/0.1.0`. */
  readonly userAgent: string;
  /** Legs that are not released. */
  readonly live: Set<LegOutlet>;
}

/** Methods that a leg understands (RFC 3261 §20.5). */
export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, MESSAGE';

type Fields = readonly (readonly [name: string, value: string])[];

/** Fields of an INVITE or of its 2xx. */
export function ownFields(ground: LegGround): Fields {
  return [
    ['User-Agent', ground.userAgent],
    ['Allow', allowedMethods],
    ['Supported', 'norefersub, timer'],
  ];
}

/** How long a session lives without a refresh, and the shortest that we take (RFC 4028 §4, §5), seconds. */
export const sessionIntervalS = 1_800;
export const leastSessionIntervalS = 90;

/**
 * The session timer that an INVITE of ours asks for. We refresh, and the SIP server does it: so a telephone that is gone
 * keeps no call, whatever it knows of session timers itself. A far end that challenges refreshes itself: the SIP server
 * has no credentials for an answer.
 */
export function askedInterval(
  challenged: boolean,
  intervalS = sessionIntervalS,
  leastS = leastSessionIntervalS,
): Fields {
  return [
    ['Session-Expires', `${intervalS};refresher=${challenged ? 'uas' : 'uac'}`],
    ['Min-SE', String(leastS)],
  ];
}

/** The same in an answer of ours. */
export const answeredInterval: Fields = [['Session-Expires', `${sessionIntervalS};refresher=uas`]];

/** Answers a request. A SIP server that is gone meanwhile is told by `sent`, and never throws from here. */
export function answer(
  ground: LegGround,
  reply: Reply,
  status: number,
  fields: Fields = [],
  body?: string,
  sent?: (error: unknown, message?: SipView) => void,
): void {
  const options = { headers: headerFields(fields), ...(body === undefined ? {} : { body }) };
  try {
    reply.send(status, '', options, sent);
  } catch (error) {
    ground.log.warn('response not sent', { status, error: String(error) });
    sent?.(error);
  }
}

/** Runs what the SIP server caused. A bug of ours ends the leg that it is in, by `ended`, and nothing else. */
export function guarded(ground: LegGround, work: () => void, ended: () => void): void {
  try {
    work();
  } catch (bug) {
    ground.log.error('bug in a leg', { error: bug instanceof Error ? (bug.stack ?? bug.message) : String(bug) });
    ended();
  }
}

/** `o=` session ids: 48 random bits in decimal digits. */
export function newSdpSessionId(random: Random): string {
  return String(Buffer.from(random.bytes(6)).readUIntBE(0, 6));
}
