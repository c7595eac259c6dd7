import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../../../appliance/sip-server/app.js';
import { CallEvents } from '../../../appliance/sip-server/cdr.js';
import { ProxiedLegs } from '../../../appliance/sip-server/proxied-legs.js';
import { emptyBody, Headers, type SipRequest } from '../../../src/sip/index.js';

function request(method: string, from: string, to: string): SipRequest {
  const headers = new Headers([
    ['From', `<sip:a@b>;tag=${from}`],
    ['To', `<sip:c@d>;tag=${to}`],
    ['Call-ID', 'one'],
    ['CSeq', `1 ${method}`],
  ]);
  return { kind: 'request', method, uri: 'sip:c@d', headers, body: emptyBody };
}

function fixture() {
  const told: string[] = [];
  const app = { send: (leader: string) => void told.push(leader) } satisfies Pick<App, 'send'>;
  const events = new CallEvents(
    () => app,
    () => 'now',
  );
  const legs = new ProxiedLegs();
  const invite = request('INVITE', 'caller', '');
  const call = legs.open('one');
  const uas = events.attempt('network', 'proxy-uas', invite);
  const uacs = ['x', 'y'].map((tag) => ({ tag, leg: events.attempt('application', 'proxy-uac', invite) }));
  legs.keep(call);
  call.uas = uas;
  for (const { tag, leg } of uacs) call.uacs.set(tag, leg);
  for (const leg of [uas, ...uacs.map((u) => u.leg)]) leg.start('network', invite);
  told.length = 0;
  return { told, legs, uas, uacs };
}

test('a call that forked into two answers: each BYE ends its own leg, the last one the caller too', () => {
  const { told, legs } = fixture();
  legs.hangUp(request('BYE', 'caller', 'x'));
  assert.deepEqual(told, ['cdr:stop|application|now|normal-release']);
  legs.hangUp(request('BYE', 'caller', 'x'));
  legs.hangUp(request('BYE', 'caller', 'z'));
  assert.equal(told.length, 1);
  // From the callee's side.
  legs.hangUp(request('BYE', 'y', 'caller'));
  assert.deepEqual(told.slice(1), ['cdr:stop|network|now|normal-release', 'cdr:stop|application|now|normal-release']);
  legs.stop();
  assert.equal(told.length, 3);
});

test('a server that closes stops what it has not seen the end of', () => {
  const { told, legs, uas } = fixture();
  legs.stop();
  assert.equal(told.length, 3);
  assert.ok(told.every((line) => line.endsWith('|system-initiated-termination')));
  assert.ok(uas.stopped);
  legs.hangUp(request('BYE', 'caller', 'x'));
  assert.equal(told.length, 3);
});
