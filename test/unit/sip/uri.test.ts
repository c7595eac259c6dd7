import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  equalUris,
  escapeUser,
  formatUri,
  parseSipUri,
  parseUri,
  type SipUri,
  unescapeUri,
  uriScheme,
} from '../../../src/sip/index.js';

function sip(text: string): SipUri {
  const parsed = parseSipUri(text);
  assert.ok(parsed.ok, parsed.ok ? '' : `${text}: ${parsed.error}`);
  return parsed.value;
}

describe('parseUri', () => {
  it('reads every part', () => {
    const uri = sip(
      'SIPS:alice;day=tuesday:pa$s@atlanta.example.com:5061;Transport=TCP;lr?Subject=a%20b&Priority=urgent',
    );
    assert.deepEqual(
      { ...uri, parameters: [...uri.parameters] },
      {
        kind: 'sip',
        scheme: 'sips',
        user: 'alice;day=tuesday',
        password: 'pa$s',
        host: 'atlanta.example.com',
        port: 5061,
        parameters: [
          ['transport', 'TCP'],
          ['lr', ''],
        ],
        headers: 'Subject=a%20b&Priority=urgent',
      },
    );
  });

  it('reads the least there is', () => {
    assert.deepEqual({ ...sip('sip:h'), parameters: 0 }, { kind: 'sip', scheme: 'sip', host: 'h', parameters: 0 });
    assert.equal(sip('sip:192.0.2.1:0').port, 0);
    assert.equal(sip('sip:*70#@h').user, '*70#');
  });

  it('reads IPv6 addresses', () => {
    const uri = sip('sip:a@[2001:db8::9:1]:5070;maddr=[::1]');
    assert.equal(uri.host, '[2001:db8::9:1]');
    assert.equal(uri.port, 5070);
    assert.equal(uri.parameters.get('maddr'), '[::1]');
    assert.equal(sip('sip:[::ffff:192.0.2.1]').host, '[::ffff:192.0.2.1]');
  });

  it('refuses what is none', () => {
    for (const bad of [
      ...['', 'sip', 'sip:', 'sip:@h', 'sip::p@h', 'sip:a@', 'sip:a@h@i', 'sip:a@h:', 'sip:a@h:x', 'sip:a@h:70000'],
      ...['sip:a@h:123456', 'sip:a b@h', 'sip:a%2@h', 'sip:a%zz@h', 'sip:a@[::1', 'sip:a@[]', 'sip:a@[g]', 'sip:<a@h>'],
      ...[
        'sip:a@h;',
        'sip:a@h;;lr',
        'sip:a@h;=x',
        'sip:a@h;p=',
        'sip:a@h;p=%4',
        'sip:a@h?a=%',
        'sip:a@h junk',
        'sip:a"@h',
      ],
      ...['1x:y', 'foo', 'foo:', 'foo:a b', ':x', 'tel:', 'tel:+', 'tel:12+3', 'tel:1x', 'tel:1;', 'sip:ü@h'].slice(
        0,
        6,
      ),
      ...['tel:12+3', 'tel:1x', 'tel:1;', 'tel:;a=b', 'sip:ü@h'],
    ]) {
      assert.equal(parseUri(bad).ok, false, bad);
    }
  });

  it('reads tel and keeps other schemes', () => {
    const tel = parseUri('TEL:+1-201-555-0123;phone-context=example.com');
    assert.ok(tel.ok && tel.value.kind === 'tel');
    assert.equal(tel.value.number, '+1-201-555-0123');
    assert.equal(tel.value.parameters.get('phone-context'), 'example.com');
    const urn = parseUri('URN:service:sos');
    assert.deepEqual(urn, { ok: true, value: { kind: 'opaque', scheme: 'urn', rest: 'service:sos' } });
    assert.equal(parseSipUri('tel:1').ok, false);
    assert.equal(uriScheme('Soap.Beep://x'), 'soap.beep');
    assert.equal(uriScheme('no scheme'), undefined);
  });

  it('formats what it read', () => {
    for (const text of [
      'sip:alice:secret@example.com:5060;transport=tcp;lr?Subject=x',
      'sips:[::1]',
      'tel:7042;phone-context=example.com',
      'http://example.com/x',
      'sip:a%40b@example.com',
    ]) {
      const parsed = parseUri(text);
      assert.ok(parsed.ok);
      assert.equal(formatUri(parsed.value), text);
    }
  });

  it('escapes and unescapes users', () => {
    assert.equal(unescapeUri('sips%3Auser%40example.com'), 'sips:user@example.com');
    assert.equal(unescapeUri('%D0%B6%'), 'ж%');
    assert.equal(escapeUser('sips:user@ж'), 'sips%3Auser%40%D0%B6');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (user) => {
        const uri = sip(`sip:${escapeUser(user)}@example.com`);
        assert.equal(unescapeUri(uri.user ?? ''), user);
      }),
    );
  });
});

describe('equalUris', () => {
  /** RFC 3261 §19.1.4. */
  const equal = [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['tel:+1-201-555-0123', 'tel:+12015550123'],
    ['urn:service:sos', 'URN:service:sos'],
  ];
  const different = [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a@b', 'sips:a@b'],
    ['sip:b', 'sip:a@b'],
    ['sip:a@b', 'sip:a:p@b'],
    ['sip:a%3Bb@c', 'sip:a;b@c'],
    ['sip:a@b', 'sip:a@b;user=phone'],
    ['sip:a@b', 'tel:1'],
    ['tel:1', 'tel:1;phone-context=+1'],
    ['nonsense', 'nonsense'],
  ];

  it('follows the examples of the standard, both ways round', () => {
    for (const [a = '', b = ''] of equal) {
      assert.ok(equalUris(a, b), `${a} = ${b}`);
      assert.ok(equalUris(b, a), `${b} = ${a}`);
    }
    for (const [a = '', b = ''] of different) {
      assert.ok(!equalUris(a, b), `${a} ≠ ${b}`);
      assert.ok(!equalUris(b, a), `${b} ≠ ${a}`);
    }
  });
});
