import type { UpstreamAnswer } from './upstream-register.js';

/** A SUBSCRIBE for the mailbox of a user (RFC 3842). */
export interface SubscribeRequest {
  /** User part of the mailbox's address, and of From. */
  readonly username: string;
  readonly domain: string;
  /** Where NOTIFYs go. */
  readonly contactUri: string;
  /** Seconds; 0 ends it. */
  readonly expires: number;
  /** The dialog to refresh; absent: a new subscription. */
  readonly dialog?: string;
  readonly authorization?: string;
  readonly proxyAuthorization?: string;
}

/** `uri`: as it left, for the digest; `dialog`: the subscription's, of a 2xx. */
export type SubscribeAnswer = UpstreamAnswer & { readonly uri?: string; readonly dialog?: string };

/** The way to the centre's notifier. Never rejects: the world's failures are answers. */
export interface UpstreamSubscribe {
  subscribe(request: SubscribeRequest): Promise<SubscribeAnswer>;
}

/** A NOTIFY from the centre, asked for or not. */
export interface MessageNotice {
  readonly uri: string;
  /** Without parameters, lower case. */
  readonly event: string;
  /** Of Subscription-State; absent with a NOTIFY that nobody asked for. */
  readonly state?: { readonly value: string; readonly reason?: string; readonly retryAfterS?: number };
  /** The SIP server's dialog; absent outside of one. */
  readonly dialog?: string;
  readonly contentType: string;
  readonly body: string;
}
