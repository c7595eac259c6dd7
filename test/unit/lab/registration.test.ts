import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proof } from '../../../appliance/lab/account.js';
import { Registration } from '../../../appliance/lab/registration.js';
import { silentLog } from '../../../src/base/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeApplication } from './fake-application.js';

const challenge = 'Digest realm="lab.holdfast.test", nonce="n", algorithm=MD5, qop="auth"';

function phone() {
  const clock = new VirtualClock();
  const application = new FakeApplication();
  const registration = new Registration({
    extension: '1001',
    password: () => 'holdfast-1001',
    contact: 'sip:1001@127.0.2.101:5060',
    proxy: 'sip:127.0.0.1:15060',
    application,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    onChange: () => undefined,
  });
  return { clock, application, registration };
}

describe('registration', () => {
  it('answers the challenge and registers again before it expires', () => {
    const { clock, application, registration } = phone();
    registration.start();
    application.last.answer(401, { headers: { 'WWW-Authenticate': challenge } });
    assert.match(application.last.options.headers?.Authorization ?? '', /^Digest username="1001"/);
    assert.equal(application.last.options.headers?.CSeq, '2 REGISTER');
    const other = '<sip:1001@127.0.2.9:1>;expires=9';
    application.last.answer(200, { headers: { Contact: `${other}, <sip:1001@127.0.2.101:5060>;expires=40` } });
    assert.equal(registration.state, 'registered');
    const first = application.asked[0]?.options.headers?.['Call-ID'];
    clock.advance(30_000);
    assert.equal(application.asked.length, 3);
    assert.equal(application.last.options.headers?.['Call-ID'], first);
  });

  it('says that its password is refused, and tries again later', () => {
    const { clock, application, registration } = phone();
    registration.start();
    for (let i = 0; i < 2; i++) application.last.answer(401, { headers: { 'WWW-Authenticate': challenge } });
    assert.equal(registration.state, 'refused');
    clock.advance(60_000);
    assert.ok(application.asked.length > 2);
  });

  it('heeds no answer to an earlier start', () => {
    const { application, registration } = phone();
    registration.start();
    const old = application.last;
    registration.start();
    old.answer(403);
    assert.equal(registration.state, 'registering');
    assert.notEqual(old.options.headers?.['Call-ID'], application.last.options.headers?.['Call-ID']);
  });

  it('takes its registration back when it stops, and is quiet then', () => {
    const { clock, application, registration } = phone();
    registration.start();
    application.last.answer(200);
    registration.stop();
    assert.equal(application.last.options.headers?.Expires, '0');
    application.last.answer(503);
    clock.advance(600_000);
    assert.equal(application.asked.length, 2);
    assert.equal(registration.state, 'off');
  });
});

describe('proof', () => {
  it('meets the first of several challenges that it can', () => {
    const both = `Digest realm="r", nonce="n", algorithm=SHA-512, qop="auth", ${challenge.replace('MD5', 'SHA-256')}, ${challenge}`;
    const response = { status: 407, get: (name: string) => (name === 'Proxy-Authenticate' ? both : undefined) };
    const account = { username: '1001', password: 'p' };
    const fields = proof(response, 'INVITE', 'sip:x', account, new SeededRandom(1));
    assert.match(fields?.['Proxy-Authorization'] ?? '', /algorithm=SHA-256/);
    assert.equal(
      proof({ status: 401, get: () => undefined }, 'INVITE', 'sip:x', account, new SeededRandom(1)),
      undefined,
    );
  });
});
