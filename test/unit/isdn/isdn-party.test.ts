import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeNumberPlan,
  decodePresentation,
  decodeRedirectionReason,
  encodeNumberPlan,
  encodePresentation,
  encodeRedirectionReason,
} from '../../../src/isdn/index.js';

test('types and plans of numbers (Q.931 §4.5.8)', () => {
  assert.equal(encodeNumberPlan({ digits: '1', type: 'international', plan: 'isdn' }), 0x11);
  assert.equal(encodeNumberPlan({ digits: '1', type: 'national', plan: 'isdn' }), 0x21);
  assert.equal(encodeNumberPlan({ digits: '1', type: 'subscriber', plan: 'isdn' }), 0x41);
  assert.equal(encodeNumberPlan({ digits: '1', type: 'subscriber', plan: 'private' }), 0x49);
  for (let octet = 0; octet < 0x80; octet++) {
    const read = decodeNumberPlan(octet);
    const again = decodeNumberPlan(encodeNumberPlan({ digits: '', ...read }));
    assert.deepEqual(again, read);
  }
  assert.deepEqual(decodeNumberPlan(0x52), { type: 'unknown', plan: 'unknown' });
});

test('presentation and screening (Q.931 §4.5.10)', () => {
  assert.equal(encodePresentation({ presentation: 'restricted', screening: 'network' }), 0x23);
  for (const presentation of ['allowed', 'restricted', 'unavailable'] as const) {
    for (const screening of ['user-not-screened', 'user-passed', 'user-failed', 'network'] as const) {
      assert.deepEqual(decodePresentation(encodePresentation({ presentation, screening })), {
        presentation,
        screening,
      });
    }
  }
});

test('reasons for redirection', () => {
  assert.equal(encodeRedirectionReason('unconditional'), 15);
  assert.equal(decodeRedirectionReason(2), 'no-reply');
  assert.equal(decodeRedirectionReason(7), 'unknown');
});
