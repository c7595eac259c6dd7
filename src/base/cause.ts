/**
 * Q.850 cause values that the product uses by name (ITU-T Q.850 §2.2). Any value 1-127 may arrive from a peer and is
 * carried through unchanged; the names here are for the ones that our own decisions produce.
 */
export const cause = {
  unallocatedNumber: 1,
  noRouteToDestination: 3,
  channelUnacceptable: 6,
  preemption: 8,
  normalClearing: 16,
  userBusy: 17,
  noUserResponding: 18,
  noAnswer: 19,
  subscriberAbsent: 20,
  callRejected: 21,
  numberChanged: 22,
  nonSelectedUserClearing: 26,
  destinationOutOfOrder: 27,
  invalidNumberFormat: 28,
  facilityRejected: 29,
  normalUnspecified: 31,
  noCircuitAvailable: 34,
  networkOutOfOrder: 38,
  temporaryFailure: 41,
  switchingCongestion: 42,
  requestedChannelUnavailable: 44,
  resourceUnavailable: 47,
  serviceNotSubscribed: 50,
  outgoingCallsBarred: 52,
  bearerNotImplemented: 65,
  serviceNotImplemented: 79,
  incompatibleDestination: 88,
  invalidMessage: 95,
  recoveryOnTimerExpiry: 102,
  protocolError: 111,
  interworking: 127,
} as const;

/** A Q.850 cause value, 1-127. */
export type Cause = number;

/** The name of a cause as Q.850 prints it, for people. */
export function causeName(value: Cause): string {
  const entry = Object.entries(cause).find(([, v]) => v === value);
  return entry === undefined ? `cause ${value}` : entry[0].replace(/([A-Z])/g, (c) => ` ${c.toLowerCase()}`);
}
