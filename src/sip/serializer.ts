import type { SipMessage } from './message.js';

/**
 * The message as bytes in its normal form: long header names, nothing folded, single spaces in the start line, and
 * Content-Length counted in bytes whatever the headers said.
 */
export function formatMessage(message: SipMessage): Buffer {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  const body = message.body;
  const head = `${start}${message.headers.format(body.length)}\r\n`;
  const size = Buffer.byteLength(head);
  const bytes = Buffer.allocUnsafe(size + body.length);
  bytes.write(head, 0, size === head.length ? 'latin1' : 'utf8');
  if (body.length > 0) bytes.set(body, size);
  return bytes;
}
