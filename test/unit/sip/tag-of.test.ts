import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressParameter, contactUri, Headers, parseMessage, tagOf } from '../../../src/sip/index.js';

describe('tagOf', () => {
  it('says what a whole scan says, for every way to write an address', () => {
    const values = [
      '<sip:a@b>;tag=1',
      'sip:a@b;tag=1',
      'sip:a@b;tag=1;x="<>"',
      'sip:a@b;x="<>;tag=2";tag=1',
      '"<sip:x>;tag=2" <sip:a@b>;tag=1',
      '"a\\"<sip:x>;tag=2" <sip:a@b>;tag=1',
      'Bell <sip:a@b;tag=2>;x=y; TAG = 1',
      'Bell <sip:a@b;tag=2>;x=";tag=3";tag=1',
      '<sip:a@b>;tagged=2;tag=1',
      '<sip:a@b?tag=2>;tag=1',
    ];
    for (const value of values) {
      assert.equal(tagOf(value), '1', value);
      assert.equal(addressParameter(value, 'tag'), '1', value);
    }
    for (const value of ['<sip:a@b>', 'sip:a@b', '"tag=1" <sip:a@b;tag=1>', 'sip:a@b;x="<>"']) {
      assert.equal(tagOf(value), undefined, value);
    }
    assert.equal(tagOf('<sip:a@b>;tag'), '');
  });
});

describe('contactUri', () => {
  it('is the first of a well-formed list', () => {
    const of = (value: string) => contactUri(new Headers([['Contact', value]]));
    assert.equal(of('"A" <sip:a@b;x=y>;q=1, <sip:c@d>'), 'sip:a@b;x=y');
    assert.equal(of('sip:a@b;expires=5'), 'sip:a@b');
    assert.equal(of('<sip:a@b>, <sip:c@d'), undefined);
    assert.equal(of('*'), undefined);
  });
});

describe('a message with a letter beyond ASCII', () => {
  it('is decoded where the letter is, and read as ever elsewhere', () => {
    const text = [
      'MESSAGE sip:a@b SIP/2.0',
      'Via: SIP/2.0/UDP a;branch=z9hG4bKx',
      'From: "Müller" <sip:a@b>;tag=1',
      'To: <sip:a@b>',
      'Call-ID: 1',
      'Subject: plain,',
      ' Größe',
      'CSeq: 1 MESSAGE',
      'X-Last: ä',
      '',
      'Straße',
    ].join('\r\n');
    const read = parseMessage(Buffer.from(text));
    assert.ok(read.ok);
    const { headers, body } = read.value;
    assert.equal(headers.get('From'), '"Müller" <sip:a@b>;tag=1');
    assert.equal(headers.get('Subject'), 'plain, Größe');
    assert.equal(headers.get('X-Last'), 'ä');
    assert.equal(headers.get('CSeq'), '1 MESSAGE');
    assert.equal(body.toString(), 'Straße');
  });
});
