import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallSetup } from '../../../src/call/index.js';
import { parseDigit } from '../../../src/legs/digits.js';
import { connectedFields, identityFields, readConnected, readIdentity, userOf } from '../../../src/legs/identity.js';
import { readReferTo } from '../../../src/legs/referrals.js';
import { unreachableBecause } from '../../../src/legs/unreachable.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { fakeReceived } from './fake-application.js';

function read(fields: Readonly<Record<string, string>>, uri = 'sip:202@x'): Omit<CallSetup, 'offer'> {
  return readIdentity(fakeReceived('INVITE', uri, '', fields).request, new SeededRandom(1));
}

describe('readIdentity', () => {
  it('reads caller, asserted identity, number, privacy and what passes unchanged', () => {
    const setup = read(
      {
        From: '"Ann \\"A\\"" <sip:%2B4930123@x>;tag=1',
        'P-Asserted-Identity': '<sip:anonymous.example>, "Ann" <tel:+49-30-123>',
        'Session-ID': 'ABCDEF0123456789abcdef0123456789;remote=0',
        'Max-Forwards': '12',
        Privacy: 'id; Critical',
        Diversion: '<sip:300@x>;reason=no-answer',
        'Proxy-Authorization': 'Digest x',
      },
      'sip:+4930999;phone-context=de@x;user=phone',
    );
    assert.deepEqual(setup.from, { number: '+4930123', displayName: 'Ann "A"' });
    assert.deepEqual(setup.asserted, { number: '+4930123', displayName: 'Ann' });
    assert.equal(setup.dialled, '+4930999');
    assert.equal(setup.sessionId, 'abcdef0123456789abcdef0123456789');
    assert.equal(setup.hopsLeft, 11);
    assert.deepEqual(setup.privacy, ['id', 'critical']);
    assert.deepEqual(setup.carried, [['Diversion', '<sip:300@x>;reason=no-answer']]);
    assert.equal(setup.credentials, 'Digest x');
  });

  it('keeps a service URN whole (RFC 5031): it is a call for help', () => {
    assert.equal(read({}, 'urn:service:sos').dialled, 'urn:service:sos');
    assert.equal(read({}, 'URN:service:sos.fire').dialled, 'URN:service:sos.fire');
    assert.equal(read({}, 'urn:isbn:0451450523').dialled, '');
  });

  it('makes a session id where there is none that can be used', () => {
    for (const header of ['', 'xyz', '0'.repeat(32)]) {
      assert.match(read({ 'Session-ID': header }).sessionId, /^[0-9a-f]{32}$/);
    }
    assert.equal(read({}).hopsLeft, 70);
  });

  it('survives what cannot be read', () => {
    assert.deepEqual(read({ From: '<<<', 'P-Asserted-Identity': '"' }).from, { number: '' });
    assert.equal(userOf('urn:service:sos'), '');
  });
});

describe('identityFields', () => {
  const setup: CallSetup = { ...read({ From: '"Ann" <sip:201@x>' }), privacy: [] };

  it('asserts to those who are trusted', () => {
    assert.deepEqual(identityFields(setup, { domain: 'd', trusted: true }), [
      ['From', '"Ann" <sip:201@d>'],
      ['P-Asserted-Identity', '"Ann" <sip:201@d>'],
    ]);
    assert.deepEqual(identityFields(setup, { domain: 'd', trusted: false }), [['From', '"Ann" <sip:201@d>']]);
  });

  it('hides a caller who wants it from everybody else', () => {
    const hidden = { ...setup, privacy: ['id'] };
    assert.deepEqual(identityFields(hidden, { domain: 'd', trusted: false }), [
      ['From', '"Anonymous" <sip:anonymous@anonymous.invalid>'],
      ['Privacy', 'id'],
    ]);
    assert.equal(identityFields(hidden, { domain: 'd', trusted: true })[0]?.[1], '"Ann" <sip:201@d>');
  });
});

describe('who answered', () => {
  const bob = { number: '+13125550199', displayName: 'Bob', privacy: [] };

  it('is read from an answer, with its wish to stay hidden', () => {
    const answer = (fields: Readonly<Record<string, string>>) =>
      readConnected(fakeReceived('INVITE', 'sip:202@x', '', fields).request);
    assert.deepEqual(answer({ 'P-Asserted-Identity': '"Bob" <sip:+13125550199@x>' }), bob);
    assert.deepEqual(answer({ 'P-Asserted-Identity': '<tel:+1-312-555-0199>', Privacy: 'id' }), {
      number: '+13125550199',
      privacy: ['id'],
    });
    assert.equal(answer({ Privacy: 'id' }), undefined);
    assert.equal(answer({ 'P-Asserted-Identity': 'nonsense <' }), undefined);
  });

  it('is told to everybody, hidden to those alone who are trusted, and not at all without a number', () => {
    const fields = [['P-Asserted-Identity', '"Bob" <sip:+13125550199@d>']];
    for (const trusted of [true, false]) {
      assert.deepEqual(connectedFields(bob, { domain: 'd', trusted }), fields);
      assert.deepEqual(connectedFields({ ...bob, number: '' }, { domain: 'd', trusted }), []);
      assert.deepEqual(connectedFields(undefined, { domain: 'd', trusted }), []);
    }
    const hidden = { ...bob, privacy: ['id'] };
    assert.deepEqual(connectedFields(hidden, { domain: 'd', trusted: true }), [...fields, ['Privacy', 'id']]);
    assert.deepEqual(connectedFields(hidden, { domain: 'd', trusted: false }), []);
  });
});

describe('small readers', () => {
  it('reads digits in both forms', () => {
    const digit = (type: string, body: string) =>
      parseDigit(fakeReceived('INFO', '', body, { 'Content-Type': type }).request);
    assert.deepEqual(digit('application/dtmf-relay', 'Signal= 5\r\nDuration= 250\r\n'), {
      digit: '5',
      durationMs: 250,
    });
    assert.deepEqual(digit('application/dtmf-relay', 'Signal=#\r\n'), { digit: '#', durationMs: 160 });
    assert.deepEqual(digit('application/dtmf', 'd'), { digit: 'D', durationMs: 160 });
    assert.equal(digit('application/dtmf-relay', 'Signal=55\r\n'), undefined);
    assert.equal(digit('application/media_control+xml', '<x/>'), undefined);
  });

  it('reads where a Refer-To leads', () => {
    assert.deepEqual(readReferTo('<sip:203@x>'), { number: '203' });
    assert.deepEqual(readReferTo('<sip:203@x;gr=urn:uuid:1?Replaces=a>'), {
      number: '203',
      gruu: 'sip:203@x;gr=urn:uuid:1',
      replaces: 'a',
    });
    assert.deepEqual(readReferTo('<tel:+49-30-1>'), { number: '+49301' });
    assert.deepEqual(readReferTo('<sip:203@x?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>'), {
      number: '203',
      replaces: 'a@b;to-tag=1;from-tag=2',
    });
    for (const bad of [undefined, '', '<sip:x>', '<sip:203@x;method=BYE>', 'nonsense'])
      assert.equal(readReferTo(bad), undefined);
  });

  it('tells a dead name from a dead port and from silence', () => {
    assert.equal(unreachableBecause('DNS no address for x'), 'unresolved');
    assert.equal(unreachableBecause('getaddrinfo ENOTFOUND x'), 'unresolved');
    assert.equal(unreachableBecause('ECONNREFUSED 127.0.0.1:9'), 'refused');
    assert.equal(unreachableBecause('no answer from 127.0.0.1:9'), 'silent');
  });
});
