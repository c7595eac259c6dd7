import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateNames, namesPeer } from '../../../src/sip/index.js';

const names = (extension: string | undefined, common?: string) => certificateNames(extension, common);

test('URIs before DNS names, DNS names before the common name (RFC 5922 §7.1)', () => {
  const cases: readonly [string | undefined, string | undefined, string, boolean][] = [
    ['URI:sip:example.com, DNS:other.example.com', 'third.example.com', 'example.com', true],
    ['URI:sip:example.com, DNS:other.example.com', undefined, 'other.example.com', false],
    ['URI:sips:example.com', undefined, 'example.com', true],
    // A URI of a user names the user, not the domain; one of another scheme says nothing about SIP.
    ['URI:sip:alice@example.com, DNS:host.example.com', undefined, 'example.com', false],
    ['URI:sip:alice@example.com, DNS:host.example.com', undefined, 'host.example.com', true],
    ['URI:https://example.com/, DNS:host.example.com', undefined, 'host.example.com', true],
    ['DNS:one.example.com, DNS:Two.Example.COM', undefined, 'two.example.com', true],
    ['DNS:one.example.com', 'two.example.com', 'two.example.com', false],
    [undefined, 'two.example.com', 'two.example.com', true],
    [undefined, undefined, 'two.example.com', false],
    ['IP Address:192.0.2.1', 'two.example.com', 'two.example.com', true],
    // A value that Node.js had to quote is no domain.
    ['DNS:"good.example.com, DNS:evil.example.com"', undefined, 'good.example.com', false],
  ];
  for (const [extension, common, peer, expected] of cases) {
    assert.equal(namesPeer(names(extension, common), peer), expected, `${extension} / ${common} for ${peer}`);
  }
});

test('the whole name, and no wildcards (RFC 5922 §7.2)', () => {
  const wild = names('DNS:*.example.com');
  assert.equal(namesPeer(wild, 'sbc.example.com'), false);
  assert.equal(namesPeer(names('DNS:example.com'), 'sbc.example.com'), false);
  assert.equal(namesPeer(names('DNS:sbc.example.com'), 'example.com'), false);
  assert.equal(namesPeer(names('DNS:sbc.example.com'), 'SBC.example.com.'), true);
});

test('an address must be among the addresses', () => {
  const both = names('DNS:192.0.2.9, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1', '192.0.2.8');
  assert.equal(namesPeer(both, '192.0.2.1'), true);
  assert.equal(namesPeer(both, '192.0.2.9'), false);
  assert.equal(namesPeer(both, '192.0.2.8'), false);
  assert.equal(namesPeer(both, '2001:db8::1'), true);
  assert.equal(namesPeer(both, '2001:db8::2'), false);
});
