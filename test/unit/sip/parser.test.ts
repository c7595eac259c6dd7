import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMessage, parseMessage } from '../../../src/sip/index.js';
import { accepted, acceptedRequest, refused, requestText, responseText } from './messages.js';

function refusedFor(lines: Readonly<Record<string, string | undefined>>, startLine?: string): string {
  const fault = refused(requestText(lines, '', startLine));
  assert.equal(fault.drop, false);
  return `${fault.status} ${fault.reason}`;
}

describe('parseMessage', () => {
  it('reads a request', () => {
    const message = acceptedRequest(requestText({ 'Content-Length': '5' }, 'hello'));
    assert.equal(message.method, 'INVITE');
    assert.equal(message.uri, 'sip:bob@example.com');
    assert.equal(message.headers.get('call-id'), 'a84b4c76e66710@192.0.2.1');
    assert.equal(message.body.toString(), 'hello');
  });

  it('reads a response', () => {
    const message = accepted(responseText());
    assert.ok(message.kind === 'response');
    assert.equal(message.status, 200);
    assert.equal(message.reason, 'OK');
  });

  it('expands compact forms, in either case, with space before the colon', () => {
    const text = 'i : a\r\nM: <sip:a@b>\r\nx:1800\r\nO:  talk\r\n';
    const message = accepted(requestText({ 'Call-ID': undefined }).replace('\r\n\r\n', `\r\n${text}\r\n`));
    const names = [...message.headers.entries()].map(([name]) => name).slice(-4);
    assert.deepEqual(names, ['Call-ID', 'Contact', 'Session-Expires', 'Event']);
  });

  it('names headers as the standards do, in whatever case they come', () => {
    const message = accepted(requestText({ 'WWW-AUTHENTICATE': 'Digest a=b', 'session-id': 'ab', 'X-oDd': '1' }));
    const names = [...message.headers.entries()].map(([name]) => name).slice(-3);
    assert.deepEqual(names, ['WWW-Authenticate', 'Session-ID', 'X-oDd']);
    assert.equal(message.headers.get('x-odd'), '1');
  });

  it('unfolds with one space and trims', () => {
    const message = accepted(requestText({ Subject: ' \t I know\r\n  \t  you are\r\n \t \r\n there \t' }));
    assert.equal(message.headers.get('Subject'), 'I know you are there');
  });

  it('gives every hop a line of its own', () => {
    const message = accepted(
      requestText({ Via: 'SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/TCP b:5 ,SIP/2.0/TLS [::1]:7' }),
    );
    assert.deepEqual(message.headers.all('v'), [
      'SIP/2.0/UDP a;branch=z9hG4bK1',
      'SIP/2.0/TCP b:5',
      'SIP/2.0/TLS [::1]:7',
    ]);
  });

  it('keeps UTF-8 as it is, in headers and bodies', () => {
    const name = '"Жанна 大停電 ☎ 👋" <sip:a@b>;tag=1';
    const text = requestText({ From: name, 'X-Schön': 'no' });
    assert.equal(refused(text).reason, 'Malformed Header Line', 'a header name is a token');
    const message = accepted(requestText({ From: name, Subject: 'é' }, 'ß👋'));
    assert.equal(message.headers.get('From'), name);
    assert.equal(message.body.toString(), 'ß👋');
    const bytes = formatMessage(message);
    assert.ok(bytes.includes(Buffer.from(`From: ${name}\r\n`)));
    assert.ok(bytes.includes(Buffer.from('Content-Length: 6\r\n\r\nß👋')));
  });

  it('reads text that is no UTF-8 as ISO 8859-1', () => {
    const message = accepted(Buffer.from(requestText({ From: '"Müller" <sip:a@b>;tag=1' }), 'latin1'));
    assert.equal(message.headers.get('From'), '"Müller" <sip:a@b>;tag=1');
  });

  it('skips line ends before the start line', () => {
    acceptedRequest(`\r\n\r\n${requestText()}`);
  });

  it('forgives a datagram that ends behind its last header', () => {
    acceptedRequest(requestText().slice(0, -2));
    assert.equal(refused(requestText().slice(0, -3)).reason, 'Header Not Ended');
    assert.equal(refused(requestText().slice(0, -5)).reason, 'Header Not Ended');
  });

  it('takes the body by Content-Length, in a datagram without it all the rest', () => {
    assert.equal(accepted(requestText({ 'Content-Length': '3' }, 'hello')).body.toString(), 'hel');
    assert.equal(accepted(requestText({}, 'hello')).body.toString(), 'hello');
    assert.equal(accepted(requestText({ l: '3', 'Content-Length': '03' }, 'hello')).body.toString(), 'hel');
  });

  it('needs Content-Length on a stream', () => {
    const fault = refused(requestText({}, 'hello'), true);
    assert.deepEqual([fault.status, fault.reason], [400, 'Missing Content-Length']);
    assert.ok(parseMessage(Buffer.from(requestText({ l: '0' })), { stream: true }).ok);
  });

  it('says what is wrong with a request', () => {
    assert.equal(refusedFor({ 'Content-Length': '-1' }), '400 Malformed Content-Length');
    assert.equal(refusedFor({ 'Content-Length': '1' }), '400 Content-Length Larger Than Message');
    assert.equal(refusedFor({ 'Content-Length': '0', l: '1' }), '400 Content-Lengths That Differ');
    assert.equal(refusedFor({ 'Max-Forwards': '256' }), '400 Malformed Max-Forwards');
    assert.equal(refusedFor({ 'Max-Forwards': 'x' }), '400 Malformed Max-Forwards');
    assert.equal(refusedFor({ CSeq: '2147483648 INVITE' }), '400 CSeq Number Too Large');
    assert.equal(refusedFor({ CSeq: '1' }), '400 Malformed CSeq');
    assert.equal(refusedFor({ CSeq: '1 BYE' }), '400 CSeq Method Does Not Match');
    assert.equal(refusedFor({ CSeq: '1 REINVITE' }), '400 CSeq Method Does Not Match');
    assert.equal(refusedFor({ CSeq: '1 BYE' }, 'NEW sip:a@b SIP/2.0'), '501 Not Implemented');
    assert.equal(refusedFor({ From: undefined }), '400 Missing From');
    assert.equal(refusedFor({ To: undefined }), '400 Missing To');
    assert.equal(refusedFor({ 'Call-ID': undefined }), '400 Missing Call-ID');
    assert.equal(refusedFor({ CSeq: undefined }), '400 Missing CSeq');
    assert.equal(refusedFor({ From: '<sip:a@b>;tag=' }), '400 Malformed From');
    assert.equal(refusedFor({ From: '<sip:a@b>;tag' }), '400 Malformed Tag in From');
    assert.equal(refusedFor({ To: '"Bob <sip:a@b>' }), '400 Malformed To');
    assert.equal(refusedFor({ t: '<sip:a@b>' }), '400 More Than One To');
    assert.equal(refusedFor({ 'Call-ID': 'a b' }), '400 Malformed Call-ID');
    assert.equal(refusedFor({ 'Call-ID': '' }), '400 Malformed Call-ID');
    assert.equal(refusedFor({ Contact: '' }), '400 Malformed Contact');
    assert.equal(refusedFor({ Route: 'sip:a@b,' }), '400 Malformed Route');
    assert.equal(refusedFor({ 'Record-Route': '<sip:a@b' }), '400 Malformed Record-Route');
    assert.equal(refusedFor({ Via: 'SIP/2.0/UDP' }), '400 Malformed Via');
    assert.equal(refusedFor({ Via: 'SIP/2.0/UDP a,' }), '400 Malformed Via');
    assert.equal(refusedFor({ 'Bad Name': 'x' }), '400 Malformed Header Line');
    assert.equal(refusedFor({}, 'INVITE sip:a@b SIP/3.0'), '505 Version Not Supported');
    assert.equal(refusedFor({}, 'INVITE sip:a@b SIP/2.00'), '505 Version Not Supported');
    assert.equal(refusedFor({}, 'INVITE  SIP/2.0'), '400 Malformed Request-URI');
    assert.equal(refusedFor({}, 'INVITE sip:@b SIP/2.0'), '400 Malformed Request-URI');
    assert.equal(refusedFor({}, 'INVITE sip:a@b?X=y SIP/2.0'), '400 Headers in the Request-URI');
    assert.equal(refusedFor({}, 'IN(VITE sip:a@b SIP/2.0'), '400 Malformed Method');
  });

  it('salvages what an answer needs', () => {
    const fault = refused(requestText({ 'Max-Forwards': '999' }));
    assert.ok(fault.salvaged?.kind === 'request');
    assert.equal(fault.salvaged.method, 'INVITE');
    assert.equal(fault.salvaged.headers.get('CSeq'), '314159 INVITE');
    assert.equal(fault.salvaged.headers.get('Call-ID'), 'a84b4c76e66710@192.0.2.1');
    assert.equal(fault.salvaged.body.length, 0);
  });

  it('gives no answer to responses, ACKs, requests without Via, and noise', () => {
    assert.equal(refused(responseText({ CSeq: 'x' })).drop, true);
    assert.equal(refused(responseText().replace('200', '99')).drop, true);
    assert.equal(refused(responseText().replace('200', '700')).drop, true);
    assert.equal(refused(responseText().replace('SIP/2.0 200', 'SIP/3.0 200')).drop, true);
    assert.equal(refused(requestText({ CSeq: 'x' }, '', 'ACK sip:a@b SIP/2.0')).drop, true);
    assert.equal(refused(requestText({ Via: undefined })).drop, true);
    for (const noise of [
      '',
      '\r\n\r\n',
      'jaK',
      'GET / HTTP/1.1\r\n\r\n',
      '\0\x01\0\0!\x12\xa4B',
      'INVITE sip:a@b\r\n\r\n',
    ]) {
      assert.deepEqual(refused(noise), { kind: 'fault', status: 400, reason: 'Not SIP', drop: true });
    }
  });

  it('lets no line end hide in a value', () => {
    assert.equal(refusedFor({ Subject: 'a\nEvil: b' }), '400 Line Not Ended by CRLF');
    assert.equal(refusedFor({ Subject: 'a\rEvil: b' }), '400 Line Not Ended by CRLF');
    assert.equal(refused(requestText().replaceAll('\r\n', '\n')).reason, 'Line Not Ended by CRLF');
  });

  it('answers 413 or 414 beyond the limits', () => {
    assert.equal(refusedFor({ Subject: 'x'.repeat(8192) }), '413 Header Line Too Long');
    assert.equal(refusedFor({ Subject: `x${'\r\n x'.repeat(3000)}` }), '413 Header Line Too Long');
    assert.equal(refusedFor({}, `INVITE sip:${'a'.repeat(9000)}@b SIP/2.0`), '414 Request-URI Too Long');
    const many: Record<string, string> = {};
    for (let i = 0; i < 250; i++) many[`X-${i}`] = '';
    accepted(requestText(many));
    for (let i = 250; i < 260; i++) many[`X-${i}`] = '';
    assert.equal(refusedFor(many), '413 Too Many Header Lines');
    assert.equal(refusedFor({ Via: `${'SIP/2.0/UDP a,'.repeat(300)}SIP/2.0/UDP a` }), '413 Too Many Header Lines');
    assert.equal(refused(requestText({}, 'x'.repeat(65536))).reason, 'Message Too Large');
    accepted(requestText({}, 'x'.repeat(64_000)));
  });

  it('salvages no header line that is too long', () => {
    const fault = refused(requestText({ From: `<sip:${'a'.repeat(60_000)}@b>` }));
    assert.equal(fault.salvaged?.headers.has('From'), false);
    assert.equal(fault.salvaged?.headers.has('Call-ID'), true);
  });
});
