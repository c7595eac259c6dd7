/**
 * What a SIP server takes on at most. Each says why, what is answered beyond it, and the name under which the refusals
 * are counted. Limits of a single message (its size, a header line, the number of lines) are in `src/base/limits.ts`.
 */
export interface ServerLimits {
  /**
   * Requests that wait for their final answer. An application that answers 1,000 a second has 20 s of work with these:
   * nobody waits longer. Beyond: 503, `pending-requests`.
   */
  readonly pendingRequests: number;
  /**
   * The same of one source that is not trusted: as many calls as a large branch behind one address may have ringing.
   * Beyond: 503, `pending-requests-of-source`.
   */
  readonly pendingRequestsOfSource: number;
  /**
   * Server transactions, the answered ones too, which live 32 s over UDP (timers H and J): 5,000 requests a second.
   * Beyond: 503, `server-transactions`.
   */
  readonly serverTransactions: number;
  /** Client transactions, for the same time and rate. Beyond: the application gets 503, `client-transactions`. */
  readonly clientTransactions: number;
  /**
   * The same to one address: a destination that answers nothing holds each for 32 s, and must leave room for others.
   * Beyond: the application gets 503, `client-transactions-of-destination`.
   */
  readonly clientTransactionsOfDestination: number;
  /** Dialogs: a few kilobytes each, two to a call. Beyond: INVITE, SUBSCRIBE and REFER get 503, `dialogs`. */
  readonly dialogs: number;
  /** Bytes that wait to be read by one application: some 10,000 messages. Beyond: 503, `application-queue`. */
  readonly applicationQueueBytes: number;
  /**
   * Requests of dialogs that wait for an application to come back, 3 s at most. Beyond: 503, `held-requests`.
   */
  readonly heldRequests: number;
  /** Sources whose conduct is remembered: some 300 bytes each. Beyond: the one of longest standing is forgotten. */
  readonly sources: number;
}

export const serverLimits: ServerLimits = {
  pendingRequests: 20_000,
  pendingRequestsOfSource: 2_000,
  serverTransactions: 160_000,
  clientTransactions: 160_000,
  clientTransactionsOfDestination: 40_000,
  dialogs: 40_000,
  applicationQueueBytes: 8 * 1024 * 1024,
  heldRequests: 1_000,
  sources: 20_000,
};

/** What an emergency call may go beyond a limit of the whole server, so that it is the last to be refused. */
export const emergencyReserve = 1.1;

/**
 * What one source may do that is not trusted. A source is an IPv4 address or an IPv6 /64, so it may be a whole branch
 * behind an address translator: a burst lets 2,000 phones register at once after a power failure, each by two REGISTERs.
 */
export interface SourceLimits {
  /** Messages a second in the long run; beyond the burst they are dropped unanswered, `rate`. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /** Malformed messages, unknown methods, scanners. Beyond the burst: dropped unanswered, `malformed`, and a ban. */
  readonly faultsPerSecond: number;
  readonly faultBurst: number;
  /**
   * Requests with credentials that were refused (401, 407, 403; a stale nonce is none): 20 telephones with an old password that try
   * every minute stay below the rate; guessing passwords at it takes a day for 17,000. Beyond the burst: a ban.
   */
  readonly failuresPerSecond: number;
  readonly failureBurst: number;
  /**
   * Challenges that no success followed: phones that wait for their turn, or somebody who tries out names. Each success
   * gives one back. Beyond the burst: a ban.
   */
  readonly challengesPerSecond: number;
  readonly challengeBurst: number;
  /** The first ban; each further one is twice as long, up to the longest. */
  readonly firstBanMs: number;
  /** A forged source address can get somebody else banned: so even the longest ban ends within the hour. */
  readonly longestBanMs: number;
  /** After so long without one, the next ban is a step shorter. */
  readonly banDecayMs: number;
  /** A source that registered or called with right credentials in this time is slowed down but never banned. */
  readonly provenMs: number;
  /** A source that calls for help may go on, whatever it did before: the call, and being called back. */
  readonly emergencyGraceMs: number;
  /** Calls for help of one source that pass a ban or its rate, at once and a second: more are no calls for help. */
  readonly emergencyBurst: number;
  readonly emergenciesPerSecond: number;
}

export const sourceLimits: SourceLimits = {
  messagesPerSecond: 500,
  messageBurst: 6_000,
  faultsPerSecond: 1,
  faultBurst: 100,
  failuresPerSecond: 0.2,
  failureBurst: 60,
  challengesPerSecond: 5,
  challengeBurst: 3_000,
  firstBanMs: 60_000,
  longestBanMs: 3_600_000,
  banDecayMs: 3_600_000,
  provenMs: 3_600_000,
  emergencyGraceMs: 3_600_000,
  emergencyBurst: 20,
  emergenciesPerSecond: 1,
};
