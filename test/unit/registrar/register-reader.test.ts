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
    Contact: `<sip:alice@192.0.2.1:40000;transport=tcp>;q=0.7;expires=120;+sip.instance=${instance};reg-id=2, sip:alice@192.0.2.9;expires=0`,
    Expires: '3600',
    Authorization: 'Digest x',
    'User-Agent': 'Phone/1',
    Supported: 'gruu, Path, outbound',
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
      { uri: 'sip:alice@192.0.2.9', expires: 0, params: {} },
    ],
    expires: 3600,
    callId: 'abc',
    cseq: 7,
    flow,
    authorization: 'Digest x',
    userAgent: 'Phone/1',
    supportedPath: true,
    supportedGruu: true,
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

test('reg-id counts with an instance, from a phone that supports Outbound (RFC 5626 §6)', () => {
  const instance = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"';
  const regIds = (headers: Readonly<Record<string, string>>) => {
    const { contacts } = request(headers);
    assert.ok(contacts !== '*');
    return contacts.map(({ params }) => params['reg-id']);
  };
  const flow = `<sip:a@192.0.2.1>;+sip.instance=${instance};reg-id=1`;
  assert.deepEqual(regIds({ Contact: flow }), [undefined]);
  assert.deepEqual(regIds({ Contact: flow, Supported: 'path, Outbound' }), ['1']);
  assert.deepEqual(regIds({ Contact: flow, Require: 'outbound' }), ['1']);
  assert.deepEqual(regIds({ Contact: '<sip:a@192.0.2.1>;reg-id=1', Supported: 'outbound' }), [undefined]);
  for (const wrong of ['0', 'x', '2147483648', '-1', '99999999999999999999']) {
    const contact = `<sip:a@192.0.2.1>;+sip.instance=${instance};reg-id=${wrong}`;
    assert.equal(reason({ Contact: contact, Supported: 'outbound' }), '400 Malformed reg-id');
    assert.deepEqual(regIds({ Contact: contact }), [undefined]);
  }
  const two = `${flow}, <sip:b@192.0.2.1>`;
  assert.equal(reason({ Contact: two, Supported: 'outbound' }), '400 A reg-id Among Several Contacts');
  assert.deepEqual(regIds({ Contact: `${flow}, <sip:b@192.0.2.1>;expires=0`, Supported: 'outbound' }), [
    '1',
    undefined,
  ]);
});

test('what must be understood and is not, is refused (RFC 3261 §10.3 step 2)', () => {
  const result = read({ Require: 'path, pref, Outbound,gruu, x-none' });
  assert.ok(!result.ok);
  assert.deepEqual(result.error, { status: 420, reason: 'Bad Extension', unsupported: ['pref', 'x-none'] });
  assert.ok(read({ Require: 'path, outbound' }).ok);
});
