import type { Headers } from './headers.js';

/** A request; `body` is bytes, whose meaning is not this folder's business. */
export interface SipRequest {
  readonly kind: 'request';
  /** Case-sensitive; an unknown one is legal (RFC 3261 §7.1). */
  method: string;
  /** The Request-URI as text; well-formed where the scheme is sip or sips. */
  uri: string;
  headers: Headers;
  body: Buffer;
  /** The whole message as it came, shared with what was received; none in a message that was made here. */
  wire?: Buffer;
}

export interface SipResponse {
  readonly kind: 'response';
  /** 100-699. */
  status: number;
  /** May be empty (RFC 4475 §3.1.1.13). */
  reason: string;
  headers: Headers;
  body: Buffer;
  wire?: Buffer;
}

export type SipMessage = SipRequest | SipResponse;

/** The statuses that a fault asks for: malformed, over a limit (414: the start line), unknown method or version. */
export type FaultStatus = 400 | 413 | 414 | 501 | 505;

/** What is wrong with received bytes, and what to do about it. */
export interface ParseFault {
  readonly kind: 'fault';
  /** The answer that the sender should get, unless {@link drop}. */
  readonly status: FaultStatus;
  /** Names what is wrong; fit to be the answer's reason phrase. */
  readonly reason: string;
  /** Start line and headers as far as they could be read; the body is empty. Missing when it is no SIP at all. */
  readonly salvaged?: SipMessage;
  /** True: no answer, because it is a response, an ACK, or nothing says where an answer would go. */
  readonly drop: boolean;
}

/** A body of no bytes, shared. */
export const emptyBody: Buffer = Buffer.alloc(0);
