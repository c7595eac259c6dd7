import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMessageSummary } from '../../../src/sip/index.js';

/** RFC 3842 §6.1, the body of its F9 (with the headers of the newest messages). */
const published = [
  'Messages-Waiting: yes',
  'Message-Account: sip:alice@vmail.example.com',
  'Voice-Message: 4/8 (1/2)',
  '',
  'To: <alice@atlanta.example.com>',
  'From: <bob@biloxi.example.com>',
  'Subject: carpool tomorrow?',
  '',
].join('\r\n');

test('published message summaries are read, and those of other senders', () => {
  const cases = [
    [published, true],
    ['Messages-Waiting: no\r\n', false],
    ['Messages-Waiting: no', false],
    ['messages-waiting:YES\nVoice-Message: 1/0\n', true],
    ['Messages-Waiting \t: yes \r\n', true],
  ] as const;
  for (const [body, waiting] of cases)
    assert.deepEqual(parseMessageSummary(body), { ok: true, value: { waiting } }, body);
});

test('what is no message summary is refused with a reason', () => {
  const cases = [
    ['', /Messages-Waiting/],
    ['Voice-Message: 1/0\r\nMessages-Waiting: yes', /Messages-Waiting/],
    ['Messages-Waiting: maybe', /Messages-Waiting/],
    ['Messages-Waiting: yes, no', /Messages-Waiting/],
    [`Messages-Waiting: yes\r\n${'a'.repeat(20_000)}`, /too long/],
  ] as const;
  for (const [body, reason] of cases) {
    const read = parseMessageSummary(body);
    assert.match(read.ok ? 'it was read' : read.error, reason, body.slice(0, 40));
  }
});

test('no body throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (body) => {
      assert.equal(typeof parseMessageSummary(body).ok, 'boolean');
    }),
  );
});
