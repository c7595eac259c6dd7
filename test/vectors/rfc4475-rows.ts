import assert from 'node:assert/strict';
import { type Headers, parseCSeq, type SipMessage, type SipRequest, type SipResponse } from '../../src/sip/index.js';

export interface Accepted {
  readonly clause: string;
  readonly verdict: 'accept';
  /** What a later layer does with it, or how we use the freedom that the RFC leaves. */
  readonly note?: string;
  readonly check: (message: SipMessage) => void;
}

export interface Rejected {
  readonly clause: string;
  readonly verdict: 'answer' | 'drop';
  readonly status: number;
  readonly reason: string;
  readonly note?: string;
}

export type Row = Accepted | Rejected;

export function request(message: SipMessage, method: string, uri: string): SipRequest {
  assert.equal(message.kind, 'request');
  assert.ok(message.kind === 'request');
  assert.equal(message.method, method);
  assert.equal(message.uri, uri);
  const cseq = value(parseCSeq(header(message.headers, 'CSeq')));
  assert.equal(cseq.method, method);
  return message;
}

export function response(message: SipMessage, status: number, reason: string): SipResponse {
  assert.ok(message.kind === 'response');
  assert.equal(message.status, status);
  assert.equal(message.reason, reason);
  return message;
}

export function header(headers: Headers, name: string): string {
  const found = headers.get(name);
  assert.ok(found !== undefined, `no ${name}`);
  return found;
}

export function value<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  assert.ok(result.ok, result.ok ? '' : String(result.error));
  return result.value;
}

export function headerEquals(message: SipMessage, wanted: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(wanted)) assert.equal(header(message.headers, name), text, name);
}

export function bodyOf(message: SipMessage, bytes: number): void {
  assert.equal(message.body.length, bytes);
  if (bytes > 0) assert.ok(message.body.toString('latin1').startsWith('v=0\r\no='));
}
