import { type Cause, cause } from '../base/index.js';

/**
 * SIP status to Q.850 cause (RFC 3398 §8.2.6.1 for the ones it lists, RFC 3261 §21 for the sense of the others).
 * Anything unlisted goes by its class.
 */
const statusToCause: ReadonlyMap<number, Cause> = new Map([
  [400, cause.temporaryFailure],
  [401, cause.callRejected],
  [402, cause.callRejected],
  [403, cause.callRejected],
  [404, cause.unallocatedNumber],
  [405, 63],
  [406, cause.serviceNotImplemented],
  [407, cause.callRejected],
  [408, cause.recoveryOnTimerExpiry],
  [410, cause.numberChanged],
  [413, cause.interworking],
  [414, cause.interworking],
  [415, cause.serviceNotImplemented],
  [416, cause.interworking],
  [420, cause.interworking],
  [421, cause.interworking],
  [423, cause.interworking],
  [480, cause.noUserResponding],
  [481, cause.temporaryFailure],
  [482, 25],
  [483, 25],
  [484, cause.invalidNumberFormat],
  [485, cause.unallocatedNumber],
  [486, cause.userBusy],
  [487, cause.normalClearing],
  [488, cause.bearerNotImplemented],
  [491, cause.temporaryFailure],
  [500, cause.temporaryFailure],
  [501, cause.serviceNotImplemented],
  [502, cause.networkOutOfOrder],
  [503, cause.temporaryFailure],
  [504, cause.recoveryOnTimerExpiry],
  [505, cause.interworking],
  [513, cause.interworking],
  [600, cause.userBusy],
  [603, cause.callRejected],
  [604, cause.unallocatedNumber],
  [606, cause.bearerNotImplemented],
]);

/** Q.850 cause to SIP status (RFC 3398 §7.2.6.1). Anything unlisted goes by its class in Q.850 §2.2.7. */
const causeToStatus: ReadonlyMap<Cause, number> = new Map([
  [1, 404],
  [2, 404],
  [3, 404],
  [16, 480],
  [17, 486],
  [18, 408],
  [19, 480],
  [20, 480],
  [21, 403],
  [22, 410],
  [23, 410],
  [25, 483],
  [26, 404],
  [27, 502],
  [28, 484],
  [29, 501],
  [31, 480],
  [34, 503],
  [38, 503],
  [41, 503],
  [42, 503],
  [47, 503],
  [50, 403],
  [52, 403],
  [55, 403],
  [57, 403],
  [58, 503],
  [63, 503],
  [65, 488],
  [66, 501],
  [69, 501],
  [70, 488],
  [79, 501],
  [87, 403],
  [88, 503],
  [102, 504],
  [111, 500],
  [127, 500],
]);

/** The cause that a final SIP status between 300 and 699 stands for. */
export function causeOfStatus(status: number): Cause {
  const listed = statusToCause.get(status);
  if (listed !== undefined) return listed;
  if (status < 400) return cause.normalUnspecified;
  if (status < 500) return cause.interworking;
  if (status < 600) return cause.temporaryFailure;
  return cause.callRejected;
}

/** The final SIP status (400-699) that tells a caller of a cause. */
export function statusOfCause(value: Cause): number {
  const listed = causeToStatus.get(value);
  if (listed !== undefined) return listed;
  if (value < 16) return 404;
  if (value < 32) return 480;
  if (value < 48) return 503;
  if (value < 64) return 403;
  if (value < 80) return 501;
  return 500;
}

/** The cause in a Reason header (RFC 3326); undefined where it names none of Q.850. */
export function causeOfReason(header: string | undefined): Cause | undefined {
  if (header === undefined) return undefined;
  const match = /(?:^|,)\s*Q\.850\s*;[^,]*?\bcause\s*=\s*(\d{1,3})/i.exec(header);
  const value = Number(match?.[1] ?? Number.NaN);
  return value >= 1 && value <= 127 ? value : undefined;
}

/** A Reason header for a cause (RFC 3326 §2). */
export function reasonOfCause(value: Cause): string {
  return `Q.850;cause=${value}`;
}

/** What a far end's final response means: its own Q.850 value where it gave one (RFC 6432). */
export function causeOfResponse(status: number, reason: string | undefined): Cause {
  return causeOfReason(reason) ?? causeOfStatus(status);
}
