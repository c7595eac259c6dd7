/** Who calls, as it is shown on a telephone. */
export interface CallerId {
  /** Local time of the call; absent where the clock is not to be trusted. */
  readonly date?: { readonly month: number; readonly day: number; readonly hour: number; readonly minute: number };
  /** Digits, or why there are none. */
  readonly number?: string | Absence;
  readonly name?: string | Absence;
}

/** Private: the caller withheld it. Unavailable: the network does not know it. */
export type Absence = { readonly absent: 'private' | 'unavailable' };

export function isAbsent(value: string | Absence): value is Absence {
  return typeof value !== 'string';
}

/** What a data message says: a call, or a lamp for messages that wait. */
export type DataMessage =
  | { readonly kind: 'call'; readonly callerId: CallerId }
  | { readonly kind: 'messageWaiting'; readonly waiting: boolean };

/** Why bytes are no data message; the telephone then shows nothing. */
export type DataMessageFault = 'short' | 'length' | 'checksum' | 'unknownType' | 'parameter';
