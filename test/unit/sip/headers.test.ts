import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalName, Headers, splitList } from '../../../src/sip/index.js';

describe('Headers', () => {
  const make = (): Headers =>
    new Headers([
      ['via', 'a'],
      ['X-One', '1'],
      ['v', 'b'],
      ['i', 'id'],
      ['x-one', '2'],
    ]);

  it('finds by any spelling', () => {
    const headers = make();
    assert.equal(headers.get('VIA'), 'a');
    assert.equal(headers.get('V'), 'a');
    assert.deepEqual(headers.all('Via'), ['a', 'b']);
    assert.equal(headers.get('call-id'), 'id');
    assert.deepEqual(headers.all('X-ONE'), ['1', '2']);
    assert.equal(headers.get('X-Two'), undefined);
    assert.equal(headers.has('i'), true);
    assert.equal(headers.count, 5);
  });

  it('gives long names in their order', () => {
    assert.deepEqual(
      [...make().entries()].map(([name]) => name),
      ['Via', 'X-One', 'Via', 'Call-ID', 'x-one'],
    );
  });

  it('sets in place, and alone', () => {
    const headers = make();
    headers.set('v', 'c');
    headers.set('Event', 'talk');
    assert.deepEqual(
      [...headers.entries()].map(([name, value]) => `${name}=${value}`),
      ['Via=c', 'X-One=1', 'Call-ID=id', 'x-one=2', 'Event=talk'],
    );
  });

  it('adds before and behind, and takes away', () => {
    const headers = make();
    headers.prepend('Via', 'z');
    headers.prepend('Route', 'r');
    headers.append('Via', 'e');
    assert.deepEqual(headers.all('Via'), ['z', 'a', 'b', 'e']);
    assert.equal([...headers.entries()][0]?.[0], 'Route');
    assert.equal(headers.removeFirst('via'), 'z');
    assert.equal(headers.replaceFirst('via', 'A'), true);
    assert.deepEqual(headers.all('Via'), ['A', 'b', 'e']);
    headers.remove('Via');
    assert.equal(headers.has('Via'), false);
    assert.equal(headers.removeFirst('Via'), undefined);
    assert.equal(headers.replaceFirst('Via', 'x'), false);
    headers.remove('X-ONE');
    assert.equal(headers.has('x-one'), false);
  });

  it('clones', () => {
    const headers = make();
    const copy = headers.clone();
    copy.set('Via', 'changed');
    assert.equal(headers.get('Via'), 'a');
  });

  it('splits lists at commas outside quotes and brackets', () => {
    const headers = new Headers([
      ['Contact', '"a, \\", b" <sip:x,y@z>, <sip:q@r>;p="1,2"'],
      ['m', 'sip:c@d'],
      ['Allow', ''],
    ]);
    assert.deepEqual(headers.list('Contact'), ['"a, \\", b" <sip:x,y@z>', '<sip:q@r>;p="1,2"', 'sip:c@d']);
    assert.deepEqual(headers.list('Allow'), []);
    assert.deepEqual(headers.list('Route'), []);
    assert.deepEqual(splitList('a,, b ,'), ['a', 'b']);
    assert.deepEqual(splitList('"a, b'), ['"a, b']);
    assert.deepEqual(splitList('<a, b'), ['<a, b']);
  });

  it('takes no line end from its owner', () => {
    const headers = make();
    assert.throws(() => headers.set('Subject', 'a\r\nEvil: b'));
    assert.throws(() => headers.append('Evil: b\r\nSubject', 'a'));
    assert.throws(() => headers.prepend('Subject', 'a\n'));
  });
});

describe('canonicalName', () => {
  it('knows the standards and keeps what it does not know', () => {
    assert.equal(canonicalName('cseq'), 'CSeq');
    assert.equal(canonicalName('WWW-AUTHENTICATE'), 'WWW-Authenticate');
    assert.equal(canonicalName('e'), 'Content-Encoding');
    assert.equal(canonicalName('Y'), 'Identity');
    assert.equal(canonicalName('X-Foo'), 'X-Foo');
    assert.equal(canonicalName('constructor'), 'constructor');
    assert.equal(canonicalName(''), '');
  });
});
