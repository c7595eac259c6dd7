import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  parseContentLength,
  parseCSeq,
  parseDeltaSeconds,
  parseMaxForwards,
  parseRetryAfter,
  reasonPhrase,
} from '../../../src/sip/index.js';

describe('numbers in headers', () => {
  it('reads CSeq below 2^31', () => {
    assert.deepEqual(parseCSeq('0009 \t INVITE'), { ok: true, value: { number: 9, method: 'INVITE' } });
    assert.deepEqual(parseCSeq('2147483647 X'), { ok: true, value: { number: 2147483647, method: 'X' } });
    for (const bad of [
      '',
      '1',
      '1 ',
      ' 1 INVITE',
      'INVITE',
      '-1 INVITE',
      '2147483648 INVITE',
      '1INVITE',
      '1 IN VITE',
    ]) {
      assert.equal(parseCSeq(bad).ok, false, bad);
    }
    assert.equal(parseCSeq(`${'9'.repeat(8000)} INVITE`).ok, false);
  });

  it('reads Content-Length and Max-Forwards', () => {
    assert.deepEqual(parseContentLength('0150'), { ok: true, value: 150 });
    for (const bad of ['', '-1', '1.5', '1 2', 'x', '99999999999999999999'])
      assert.equal(parseContentLength(bad).ok, false);
    assert.deepEqual(parseMaxForwards('255'), { ok: true, value: 255 });
    assert.equal(parseMaxForwards('256').ok, false);
  });

  it('takes what is no number of seconds as the default', () => {
    assert.equal(parseDeltaSeconds('3600'), 3600);
    assert.equal(parseDeltaSeconds('1800 ;refresher=uac'), 1800);
    assert.equal(parseDeltaSeconds('4294967295'), 4294967295);
    for (const bad of ['', 'x', '-1', '4294967296', '1e3', ';60']) assert.equal(parseDeltaSeconds(bad), undefined, bad);
    assert.equal(parseRetryAfter('120 (in a meeting);duration=3600'), 120);
    assert.equal(parseRetryAfter('Fri'), undefined);
  });
});

describe('reasonPhrase', () => {
  it('names registered codes, and classes for the rest', () => {
    assert.equal(reasonPhrase(487), 'Request Terminated');
    assert.equal(reasonPhrase(505), 'Version Not Supported');
    assert.equal(reasonPhrase(499), 'Request Failure');
    assert.equal(reasonPhrase(199), 'Early Dialog Terminated');
    assert.equal(reasonPhrase(0), '');
  });
});
