import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RegisterRequest, readRegister } from '../../../src/registrar/index.js';

const flow = { transport: 'tcp', address: '192.0.2.1', port: 40000 } as const;
const good: Readonly<Record<string, string>> = {
  To: '"Alice" <sip:alice@Centre.Example>',
  From: '<sip:alice@centre.example>;tag=1',
  'Call-ID': 'abc',
  CSeq: '7 REGISTER',
};

function read(headers: Readonly<Record<string, string>>, uri = 'sip:centre.example'): ReturnType<typeof readRegister> {
  return readRegister(uri, (name) => ({ ...good, ...headers })[name], flow);
}

function request(headers: Readonly<Record<string, string>>): RegisterRequest {
  const result = read(headers);
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value;
}

function reason(headers: Readonly<Record<string, string>>, uri?: string): string {
  const result = read(headers, uri);
  assert.ok(!result.ok);
  return `${result.error.status} ${result.error.reason}`;
}

test('a REGISTER with everything', () => {
  const instance = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';
  const read = request({
    Contact: `<sip:alice@192.0.2.1:40000;transport=tcp>;q=0.7;expires=120;+sip.instance=${instance};reg-id=2, sip:alice@192.0.2.9;expires=x`,
    Expires: '3600',
    Authorization: 'Digest x',
    'User-Agent': 'Phone/1',
    Supported: 'gruu, Path',
  });
  assert.deepEqual(read, {
    username: 'alice',
    fromUsername: 'alice',
    domain: 'Centre.Example',
    requestUri: 'sip:centre.example',
    contacts: [
      {
        uri: 'sip:alice@192.0.2.1:40000;transport=tcp',
        expires: 120,
        q: 0.7,
        params: { '+sip.instance': '<urn:uuid:00000000-0000-1000-8000-000A95A0E128>', 'reg-id': '2' },
      },
      { uri: 'sip:alice@192.0.2.9', params: {} },
    ],
    expires: 3600,
    callId: 'abc',
    cseq: 7,
    flow,
    authorization: 'Digest x',
    userAgent: 'Phone/1',
    supportedPath: true,
  });
});

test('a query, and a removal of everything', () => {
  assert.deepEqual(request({}).contacts, []);
  assert.equal(request({ Contact: '*', Expires: '0' }).contacts, '*');
});

test('escaped user names are read as they are meant', () => {
  assert.equal(request({ To: '<sip:%61lice@centre.example>' }).username, 'alice');
});

test('what is wrong is answered with its reason', () => {
  assert.equal(reason({ To: 'nonsense' }), '400 Malformed To');
  assert.equal(reason({ To: '<sip:centre.example>' }), '400 Malformed To');
  assert.equal(reason({ From: '' }), '400 Malformed From');
  assert.equal(reason({ 'Call-ID': '' }), '400 Missing Call-ID');
  assert.equal(reason({ CSeq: 'x REGISTER' }), '400 Malformed CSeq');
  assert.equal(reason({ Contact: '*' }), '400 Contact * Needs Expires: 0');
  assert.equal(reason({ Contact: '*', Expires: '60' }), '400 Contact * Needs Expires: 0');
  assert.equal(reason({ Contact: '<sip:alice@h>, *', Expires: '0' }), '400 Malformed Contact');
  assert.equal(reason({ Contact: '<mailto:alice@h>' }), '400 Contact Is Not a SIP URI');
  assert.equal(
    reason({ Contact: Array.from({ length: 17 }, (_, i) => `<sip:a@h${i}>`).join() }),
    '400 Too Many Contacts',
  );
  assert.equal(reason({}, 'mailto:x@y'), '416 Unsupported URI Scheme');
});
