import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addressParameter,
  formatNameAddr,
  type NameAddr,
  parseNameAddr,
  parseNameAddrList,
  quote,
  tagOf,
  unquote,
} from '../../../src/sip/index.js';

function read(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  assert.ok(parsed.ok, parsed.ok ? '' : `${text}: ${parsed.error}`);
  return parsed.value;
}

describe('parseNameAddr', () => {
  it('reads the forms that the standard shows', () => {
    assert.equal(read('"A. G. Bell" <sip:agb@bell-telephone.com> ;tag=a48s').displayName, 'A. G. Bell');
    assert.equal(read('Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8').displayName, 'Anonymous');
    assert.equal(read('sip:+12125551212@server.phone2net.com;tag=887s').uri, 'sip:+12125551212@server.phone2net.com');
    assert.equal(read('"" <sip:a@b>').displayName, '');
    assert.equal(read('<sip:a@b>').displayName, undefined);
  });

  it('knows whose parameters they are', () => {
    assert.deepEqual([...read('sip:a@b;x=1').parameters], [['x', '1']]);
    const bracketed = read('<sip:a@b;x=1>;y');
    assert.equal(bracketed.uri, 'sip:a@b;x=1');
    assert.deepEqual([...bracketed.parameters], [['y', '']]);
  });

  it('keeps quotes of values and any script in names', () => {
    const contact = read('Jürgen <sip:a@b>;+sip.instance="<urn:uuid:0-1>";q=0.5;reg-id=1');
    assert.equal(contact.displayName, 'Jürgen');
    assert.equal(contact.parameters.get('+sip.instance'), '"<urn:uuid:0-1>"');
    assert.equal(unquote(contact.parameters.get('+sip.instance') ?? ''), '<urn:uuid:0-1>');
    assert.equal(read('"大停電 \\" \\\\" <sip:a@b>').displayName, '大停電 " \\');
  });

  it('refuses what is malformed', () => {
    for (const bad of [
      ...['', ' ', 'a', '"a <sip:a@b>', '"a" sip:a@b', 'a, b <sip:a@b>', '<sip:a@b', '< sip:a@b>', '<sip:a@b >', '<>'],
      ...[
        'sip:a@b?x=y',
        'sip:a@b,sip:c@d',
        '<sip:a@b>x',
        '<sip:a@b>;',
        '<sip:a@b>;;x',
        '<sip:a@b>;x=',
        '<sip:a@b>;x="1',
      ],
      ...['<sip:a"@b>', '<a@b>', 'sip:a@b c', '<sip:a@b>;a b', '<sip:ü@b>', 'a@b <sip:a@b>'],
    ]) {
      assert.equal(parseNameAddr(bad).ok, false, bad);
    }
  });

  it('reads lists', () => {
    const list = parseNameAddrList('"Bell, A" <sip:a,b@c>;q=0.7, sip:d@e ,<sip:f@g>');
    assert.ok(list.ok);
    assert.deepEqual(
      list.value.map(({ uri }) => uri),
      ['sip:a,b@c', 'sip:d@e', 'sip:f@g'],
    );
    for (const bad of ['', '<sip:a@b>,', ',<sip:a@b>', '<sip:a@b>,,<sip:a@b>']) {
      assert.equal(parseNameAddrList(bad).ok, false, bad);
    }
  });

  it('formats so that it reads the same again', () => {
    for (const text of ['"A \\"B\\" C" <sip:a@b;x>;tag=1;y="z z"', 'sip:a@b;tag=2', '"" <tel:1>']) {
      const once = read(text);
      assert.deepEqual(read(formatNameAddr(once)), once);
    }
    assert.equal(quote('a"\\'), '"a\\"\\\\"');
  });
});

describe('tagOf', () => {
  it('finds the tag and nothing like it', () => {
    assert.equal(tagOf('"x;tag=no" <sip:a@b;tag=no>;atag=no;TAG = yes;tag=later'), 'yes');
    assert.equal(tagOf('sip:a@b;tag=1'), '1');
    assert.equal(tagOf('<sip:a@b>;x=";tag=2"'), undefined);
    assert.equal(tagOf('<sip:a@b>'), undefined);
    assert.equal(tagOf('nonsense'), undefined);
    assert.equal(addressParameter('<sip:a@b>;expires=60;q=1', 'expires'), '60');
  });
});
