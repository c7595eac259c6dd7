import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAppHeaders, readAppMessage, withContactHost, withHost } from '../../../appliance/sip-server/app-message.js';
import { Headers } from '../../../src/sip/index.js';

function read(text: string) {
  const message = readAppMessage(text);
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

test('loose text of an application is read: lower-case names, folded and broken lines, any body', () => {
  const message = read(
    'OPTIONS sip:a@b SIP/2.0\r\nfrom: sip:x@localhost\r\ncontent-length: 3\r\nX-Long: one\r\n two\r\n\r\nGrüße\r\n\r\nmore',
  );
  assert.ok(message.kind === 'request');
  assert.equal(message.method, 'OPTIONS');
  assert.equal(message.headers.get('From'), 'sip:x@localhost');
  assert.equal(message.headers.get('X-Long'), 'one two');
  assert.equal(message.body.toString(), 'Grüße\r\n\r\nmore');
  const response = read('SIP/2.0 180 Ringing\r\n\r\n');
  assert.ok(response.kind === 'response');
  assert.equal(response.status, 180);
  assert.equal(response.reason, 'Ringing');
});

test('several lines in one value become several headers', () => {
  const message = read('SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest a\r\nWWW-Authenticate: Digest b\r\n\r\n');
  assert.deepEqual(message.headers.all('WWW-Authenticate'), ['Digest a', 'Digest b']);
});

test('what cannot be a message is refused with the reason', () => {
  for (const text of [
    '',
    'HELLO',
    'OPTIONS sip:a SIP/3.0',
    'SIP/2.0 999 No',
    'OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n',
    'OPTIONS sip:a SIP/2.0\r\nbad name: x\r\n\r\n',
  ]) {
    assert.equal(readAppMessage(text).ok, false, text);
  }
});

test("headers that are the server's are not taken over", () => {
  const message = read(
    'INVITE sip:a@b SIP/2.0\r\nVia: x\r\nRoute: y\r\nMax-Forwards: 3\r\nRSeq: 7\r\nContent-Length: 99\r\nSupported: 100rel, path, timer\r\n' +
      'Session-Expires: 1800\r\nRequire: 100rel\r\nP-Asserted-Identity: <sip:1@localhost>\r\nX-Own: 1\r\n\r\nv=0\r\n',
  );
  const headers = new Headers();
  assert.equal(addAppHeaders(headers, message, '192.0.2.1:5060').ok, true);
  assert.deepEqual(
    [...headers.entries()],
    [
      ['Supported', '100rel, path, timer'],
      ['Session-Expires', '1800'],
      ['Require', '100rel'],
      ['P-Asserted-Identity', '<sip:1@192.0.2.1:5060>'],
      ['X-Own', '1'],
      ['Content-Type', 'application/sdp'],
    ],
  );
});

test('a body of unknown type is refused, an absent one leaves no type', () => {
  const refused = addAppHeaders(new Headers(), read('INFO sip:a SIP/2.0\r\n\r\nhello'), 'h');
  assert.equal(refused.ok, false);
  const headers = new Headers();
  addAppHeaders(headers, read('INFO sip:a SIP/2.0\r\nContent-Type: text/plain\r\n\r\n'), 'h');
  assert.equal(headers.has('Content-Type'), false);
});

test("localhost becomes the server's own address, and only as a host", () => {
  const host = '10.0.0.1:5060';
  assert.equal(withHost('"N" <sip:1@localhost>;tag=x', host), `"N" <sip:1@${host}>;tag=x`);
  assert.equal(withHost('sip:1@localhost:5080', host), `sip:1@${host}`);
  assert.equal(withHost('<sip:localhost;lr>', host), `<sip:${host};lr>`);
  assert.equal(withHost('<sip:localhost@example.com>', host), '<sip:localhost@example.com>');
  assert.equal(withHost('<sip:1@localhost.example.com>', host), '<sip:1@localhost.example.com>');
  assert.equal(withContactHost('sip:1@localhost', host, 'tcp'), `<sip:1@${host};transport=tcp>`);
  assert.equal(withContactHost('<sip:1@localhost;transport=tcp>', host, 'tcp'), `<sip:1@${host};transport=tcp>`);
  assert.equal(withContactHost('<sip:1@other>', host, 'udp'), '<sip:1@other>');
});

test('a header without a name is refused, whatever space stands for it', () => {
  for (const name of ['', ' \t', '\r\v', '\u00a0']) {
    const read = readAppMessage(`SIP/2.0 200 OK\r\nX-A: b\r\n${name}: <sip:x@localhost>\r\n\r\n`);
    assert.ok(!read.ok || name === ' \t', JSON.stringify(name));
  }
});
