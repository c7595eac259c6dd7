import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOutboundRoute } from '../../../appliance/sip-server/index.js';
import { readApplicationAddress, readInstruction } from '../../../appliance/sip-server/outbound-instruction.js';

function read(answer: unknown): unknown {
  const result = readInstruction(JSON.stringify(answer));
  return result.ok ? result.value : result.error;
}

test('instructions of a web server, in the forms that drachtio-server takes', () => {
  assert.deepEqual(read({ action: 'reject', data: { status: 486, reason: 'Busy' } }), {
    action: 'reject',
    status: 486,
    reason: 'Busy',
  });
  assert.deepEqual(read({ action: 'reject', data: { status: 486 } }), {
    action: 'reject',
    status: 486,
    reason: undefined,
  });
  assert.deepEqual(read({ action: 'redirect', data: { contact: 'sip:a@b' } }), {
    action: 'redirect',
    contacts: ['sip:a@b'],
  });
  assert.deepEqual(read({ action: 'redirect', data: { contact: ['sip:a@b', '<sip:c@d>;q=0.5'] } }), {
    action: 'redirect',
    contacts: ['sip:a@b', '<sip:c@d>;q=0.5'],
  });
  assert.deepEqual(read({ action: 'route', data: { uri: '10.0.0.1:3000' } }), {
    action: 'connect',
    to: { host: '10.0.0.1', port: 3000, tls: false },
  });
  assert.deepEqual(read({ action: 'route', data: { tag: 'sales' } }), { action: 'tag', tag: 'sales' });
  assert.deepEqual(read({ action: 'proxy', data: { destination: 'sip:a@b', recordRoute: true } }), {
    action: 'proxy',
    destinations: ['sip:a@b'],
    recordRoute: true,
    followRedirects: true,
    simultaneous: false,
    provisionalTimeout: '5s',
    finalTimeout: '60s',
  });
});

test('what cannot be followed is refused with its reason', () => {
  const wrong = readInstruction('not json');
  assert.ok(!wrong.ok && /no JSON/.test(wrong.error));
  assert.match(String(read(null)), /'data' is missing/);
  assert.match(String(read({ action: 'dance', data: {} })), /'action' is not/);
  for (const status of [undefined, '486', 200, 302, 700, 486.5])
    assert.match(String(read({ action: 'reject', data: { status } })), /'status'/);
  for (const contact of [undefined, [], [1], '', 'sip:a@b\r\nEvil: yes', Array(40).fill('sip:a@b')])
    assert.match(String(read({ action: 'redirect', data: { contact } })), /'contact'/);
  assert.match(String(read({ action: 'proxy', data: {} })), /'destination'/);
  assert.match(String(read({ action: 'route', data: {} })), /'uri' is missing/);
  assert.match(String(read({ action: 'route', data: { uri: 'not a place' } })), /'uri' is not/);
});

test('addresses of listening applications', () => {
  assert.deepEqual(readApplicationAddress('host'), { host: 'host', port: 9021, tls: false });
  assert.deepEqual(readApplicationAddress('tls://host:1'), { host: 'host', port: 1, tls: true });
  assert.deepEqual(readApplicationAddress('host:1;transport=tls'), { host: 'host', port: 1, tls: true });
  assert.deepEqual(readApplicationAddress('tcp://[::1]:65535'), { host: '::1', port: 65535, tls: false });
  for (const bad of ['', 'a b', 'host:0', 'host:65536', 'http://host:1', 'host:1;transport=udp'])
    assert.equal(readApplicationAddress(bad), undefined, bad);
});

test('--outbound VERB=URL', () => {
  const ok = (text: string) => {
    const parsed = parseOutboundRoute(text);
    return parsed.ok ? parsed.value : parsed.error;
  };
  assert.deepEqual(ok('invite=tcp://127.0.0.1:3000'), {
    method: 'INVITE',
    target: { kind: 'application', address: { host: '127.0.0.1', port: 3000, tls: false } },
  });
  assert.deepEqual(ok('*=http://host/path?x=1'), {
    method: '*',
    target: { kind: 'web', ask: 'GET', url: new URL('http://host/path?x=1') },
  });
  assert.deepEqual(ok('register=POST,https://host/'), {
    method: 'REGISTER',
    target: { kind: 'web', ask: 'POST', url: new URL('https://host/') },
  });
  for (const bad of ['invite', 'invite=', 'invite=ftp://host/', 'in vite=http://host/', 'invite=tls://'])
    assert.equal(typeof ok(bad), 'string', bad);
});
