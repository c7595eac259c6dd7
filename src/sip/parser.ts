import { err, limits, ok, type Result } from '../base/index.js';
import { type Head, type HeadFault, readHead } from './head.js';
import type { ParseFault, SipMessage } from './message.js';

export interface ParseOptions {
  /** The bytes came over a stream: Content-Length is mandatory (RFC 3261 §18.3). */
  readonly stream?: boolean;
}

/**
 * One message in `bytes`, which the result's body shares. In a datagram, bytes behind Content-Length are ignored and a
 * missing Content-Length means all of them (RFC 3261 §18.3). Line ends before the start line are skipped.
 */
export function parseMessage(bytes: Buffer, options?: ParseOptions): Result<SipMessage, ParseFault> {
  const large = bytes.length > limits.sipMessageBytes;
  const head = readHead(large ? bytes.subarray(0, limits.sipMessageBytes) : bytes);
  if (head === undefined) return err(notSip);
  const fault = (large ? messageTooLarge : undefined) ?? head.fault ?? bodyFault(head, bytes, options?.stream === true);
  if (fault !== undefined) return err(faultOf(head, fault));
  const { message, bodyFrom, contentLength } = head;
  const bodyTo = contentLength < 0 ? bytes.length : bodyFrom + contentLength;
  if (bodyTo > bodyFrom) message.body = bytes.subarray(bodyFrom, bodyTo);
  return ok(message);
}

const messageTooLarge: HeadFault = { status: 413, reason: 'Message Too Large' };

/** Bytes that speak of no SIP get no answer: a keep-alive, a STUN request, noise. */
export const notSip: ParseFault = { kind: 'fault', status: 400, reason: 'Not SIP', drop: true };

function bodyFault(head: Head, bytes: Buffer, stream: boolean): HeadFault | undefined {
  if (head.contentLength > bytes.length - head.bodyFrom) {
    return { status: 400, reason: 'Content-Length Larger Than Message' };
  }
  if (stream && head.contentLength < 0) return { status: 400, reason: 'Missing Content-Length' };
  return undefined;
}

/** The fault of a head that was read, with what a server needs to answer it. */
export function faultOf(head: Head, fault: HeadFault): ParseFault {
  const { message } = head;
  const drop = message.kind === 'response' || message.method === 'ACK' || !message.headers.has('Via');
  return { kind: 'fault', status: fault.status, reason: fault.reason, salvaged: message, drop };
}
