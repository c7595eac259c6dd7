import type { SessionDescription } from '../sdp/index.js';
import type { Bridge } from './bridge.js';
import type { CallOptions } from './call-options.js';
import type { CallRecord, CallResume, LegResume } from './call-record.js';
import type { CallSetup, Leg } from './leg.js';

/** A leg of another process, ready to go on. */
export interface ResumedEnd {
  readonly leg: Leg;
  /** What its peer last said of its media. */
  readonly described?: SessionDescription;
}

/** A call of another process, ready to go on. */
export interface Resumption {
  readonly record: CallRecord;
  readonly caller: ResumedEnd;
  readonly called: ResumedEnd;
}

/** What another process needs to go on with a call; undefined where one of its legs does not allow it. */
export function resumeOf(
  { caller, called }: Bridge,
  via: ReadonlyMap<Leg, string>,
  { from, asserted, hopsLeft, privacy }: CallSetup,
  answer: SessionDescription | undefined,
): CallResume | undefined {
  const first = caller.continuation?.(answer);
  const second = called?.continuation?.();
  if (called === undefined || first === undefined || second === undefined) return undefined;
  return {
    from,
    ...(asserted === undefined ? {} : { asserted }),
    hopsLeft,
    privacy,
    caller: { ...viaOf(via.get(caller)), leg: first },
    called: { ...viaOf(via.get(called)), leg: second },
  };
}

/** A resumed call as if it had begun here. */
export function optionsOf({ record, caller }: Resumption): CallOptions {
  const { resume } = record;
  return {
    id: record.id,
    incoming: caller.leg,
    steps: [],
    setup: {
      from: resume?.from ?? record.from,
      ...(resume?.asserted === undefined ? {} : { asserted: resume.asserted }),
      dialled: record.dialled,
      sessionId: record.sessionId,
      hopsLeft: resume?.hopsLeft ?? 0,
      privacy: resume?.privacy ?? [],
      carried: [],
    },
  };
}

/** Whether something read from outside is what {@link CallRecord.resume} holds. */
export function isCallResume(value: unknown): value is CallResume {
  if (!isObject(value)) return false;
  const { from, asserted, hopsLeft, privacy, caller, called } = value;
  return (
    isParty(from) &&
    (asserted === undefined || isParty(asserted)) &&
    typeof hopsLeft === 'number' &&
    Array.isArray(privacy) &&
    privacy.every((each) => typeof each === 'string') &&
    isLegResume(caller) &&
    isLegResume(called)
  );
}

function isLegResume(value: unknown): value is LegResume {
  if (!isObject(value) || !isObject(value.leg)) return false;
  if (value.via !== undefined && typeof value.via !== 'string') return false;
  return Object.values(value.leg).every((each) => typeof each === 'string');
}

function isParty(value: unknown): boolean {
  return isObject(value) && typeof value.number === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function viaOf(via: string | undefined): Pick<LegResume, 'via'> {
  return via === undefined ? {} : { via };
}
