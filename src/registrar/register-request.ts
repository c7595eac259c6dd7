import type { Flow } from './binding.js';

/** One Contact of a REGISTER. */
export interface RegisterContact {
  /** Without angle brackets. */
  readonly uri: string;
  /** Seconds. */
  readonly expires?: number;
  readonly q?: number;
  /**
   * All other parameters by lower-case name, unquoted; a parameter without value is ''. `reg-id` is there only where it
   * counts: with an instance, from a phone that supports Outbound (RFC 5626 §6).
   */
  readonly params: Readonly<Record<string, string>>;
}

/** A REGISTER as the registrar sees it. */
export interface RegisterRequest {
  /** User part of To. */
  readonly username: string;
  /** User part of From; a third party may not register for another (absent: same as {@link username}). */
  readonly fromUsername?: string;
  /** Host of To. */
  readonly domain: string;
  readonly requestUri: string;
  /** Empty: a query. */
  readonly contacts: readonly RegisterContact[] | '*';
  /** The Expires header, seconds. */
  readonly expires?: number;
  readonly callId: string;
  readonly cseq: number;
  readonly flow: Flow;
  /** Authorization as it came. */
  readonly authorization?: string;
  /** Proxy-Authorization as it came. */
  readonly proxyAuthorization?: string;
  readonly userAgent?: string;
  /** The phone said `Supported: path` (RFC 3327). */
  readonly supportedPath: boolean;
  /** The phone said `Supported: gruu` (RFC 5627). */
  readonly supportedGruu: boolean;
}

/** What to answer. Headers in order; names in their long form. */
export interface RegisterAnswer {
  readonly status: number;
  readonly reason?: string;
  readonly headers: readonly (readonly [string, string])[];
}
