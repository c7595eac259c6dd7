import assert from 'node:assert/strict';
import { type ParseFault, parseMessage, type SipMessage, type SipRequest } from '../../../src/sip/index.js';

/** The header lines of a plain request, by name, so that a test changes just the one it is about. */
export const plainHeaders: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds',
  'Max-Forwards': '70',
  From: '<sip:alice@example.com>;tag=1928301774',
  To: '<sip:bob@example.com>',
  'Call-ID': 'a84b4c76e66710@192.0.2.1',
  CSeq: '314159 INVITE',
};

/** The text of a request: `lines` replace, add, or with undefined remove, header lines of {@link plainHeaders}. */
export function requestText(
  lines: Readonly<Record<string, string | undefined>> = {},
  body = '',
  startLine = 'INVITE sip:bob@example.com SIP/2.0',
): string {
  const merged: Record<string, string | undefined> = { ...plainHeaders, ...lines };
  let text = `${startLine}\r\n`;
  for (const [name, value] of Object.entries(merged)) if (value !== undefined) text += `${name}: ${value}\r\n`;
  return `${text}\r\n${body}`;
}

export function responseText(lines: Readonly<Record<string, string | undefined>> = {}, body = ''): string {
  return requestText(lines, body, 'SIP/2.0 200 OK');
}

export function accepted(text: string | Buffer): SipMessage {
  const result = parseMessage(Buffer.from(text));
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value;
}

export function acceptedRequest(text: string | Buffer): SipRequest {
  const message = accepted(text);
  assert.ok(message.kind === 'request');
  return message;
}

export function refused(text: string | Buffer, stream = false): ParseFault {
  const result = parseMessage(Buffer.from(text), { stream });
  assert.ok(!result.ok, 'must not be accepted');
  return result.error;
}
