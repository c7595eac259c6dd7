import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMessage, Headers, parseMessage } from '../../../src/sip/index.js';
import { accepted, requestText } from './messages.js';

describe('formatMessage', () => {
  it('writes the normal form', () => {
    const text =
      'INVITE   sip:b@c   SIP/2.0 \r\nv: SIP/2.0/UDP a\r\nf: <sip:a@b>\r\n ;tag=1\r\nt: <sip:b@c>\r\ni:x\r\nCSEQ : 1\r\n\tINVITE\r\nl: 1\r\n\r\nab';
    assert.equal(
      formatMessage(accepted(text)).toString(),
      'INVITE sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@b> ;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 1\r\n\r\na',
    );
  });

  it('counts Content-Length in bytes, once, whatever was said', () => {
    const headers = new Headers([
      ['Content-Length', '1'],
      ['Subject', 'ж'],
      ['l', '1'],
    ]);
    const bytes = formatMessage({ kind: 'response', status: 200, reason: 'OK', headers, body: Buffer.from('жж') });
    assert.equal(bytes.toString(), 'SIP/2.0 200 OK\r\nContent-Length: 4\r\nSubject: ж\r\n\r\nжж');
  });

  it('adds Content-Length where it is missing', () => {
    const message = accepted(requestText());
    const again = parseMessage(formatMessage(message), { stream: true });
    assert.ok(again.ok);
    assert.equal(again.value.headers.get('l'), '0');
  });

  it('carries binary bodies', () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const message = accepted(Buffer.concat([Buffer.from(requestText({ 'X-A': 'ü' })), body]));
    assert.deepEqual(accepted(formatMessage(message)).body, body);
  });
});
