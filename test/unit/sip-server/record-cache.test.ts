import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DnsAnswer, RecordCache } from '../../../appliance/sip-server/record-cache.js';
import { settle, VirtualClock } from '../../sim/virtual-clock.js';

function bench(first: (name: string) => Promise<DnsAnswer<string>>, optional = false) {
  const clock = new VirtualClock();
  let query = first;
  const asked: number[] = [];
  const cache = new RecordCache<string>(
    clock,
    (name) => {
      asked.push(clock.now());
      return query(name);
    },
    optional,
  );
  /** What `find` says at once; `later` when it does not. */
  const find = (name = 'x.test'): string => {
    let told = 'later';
    cache.find(name, (records, why) => {
      told = why === '' ? records.join(',') : `! ${why}`;
    });
    return told;
  };
  return { clock, cache, asked, find, answers: (next: typeof first) => (query = next) };
}

const answer =
  (ttlS: number, ...records: readonly string[]) =>
  () =>
    Promise.resolve({ records, ttlS });
const dead = () => Promise.reject(new Error('SERVFAIL'));

test('an answer holds for its lifetime, and one question serves all who wait', async () => {
  const b = bench(answer(60, '1'));
  const told: string[] = [];
  for (let i = 0; i < 3; i++) b.cache.find('X.test', ([record = '']) => told.push(record));
  await settle();
  assert.deepEqual(told, ['1', '1', '1']);
  assert.equal(b.asked.length, 1);
  b.clock.advance(47_000);
  assert.equal(b.find(), '1');
  assert.equal(b.asked.length, 1);
});

test('a name in use is asked for again before its time is over, an idle one is not', async () => {
  const b = bench(answer(100, '1'));
  b.find();
  await settle();
  b.answers(answer(100, '2'));
  await b.clock.run(80_000);
  assert.deepEqual(b.asked, [0, 80_000], 'who waited for it uses it');
  assert.equal(b.find(), '2');
  await b.clock.run(80_000);
  assert.equal(b.asked.length, 3);
  await b.clock.run(1_000_000);
  assert.equal(b.asked.length, 3, 'nobody has used it since');
  assert.equal(b.clock.pending, 0);
});

test('an old answer is served at once while a new one is asked for (RFC 8767), and not for ever', async () => {
  const b = bench(answer(1, '1'));
  b.find();
  await settle();
  b.answers(dead);
  await b.clock.run(3_600_000);
  const before = b.asked.length;
  assert.equal(b.find(), '1');
  assert.equal(b.asked.length, before + 1);
  await settle();
  assert.equal(b.find(), '1');
  assert.equal(b.asked.length, before + 1, 'a dead name server is left alone for a while');
  await b.clock.run(5_001);
  assert.ok(b.asked.length > before + 1);
  b.clock.advance(25 * 3_600_000);
  assert.equal(b.find(), 'later');
  await settle();
  assert.equal(b.find(), '! SERVFAIL');
});

test('"there is none" replaces what was known, and is believed for a short time', async () => {
  const b = bench(answer(1, '1'));
  b.find();
  await settle();
  b.answers(answer(15));
  b.clock.advance(2_000);
  assert.equal(b.find(), '1');
  await settle();
  assert.equal(b.find(), '');
  b.clock.advance(15_000);
  assert.equal(b.find(), 'later');
});

test('a failure is remembered for two seconds, so that a burst of calls asks once', async () => {
  const b = bench(dead);
  b.find();
  await settle();
  assert.equal(b.find(), '! SERVFAIL');
  b.clock.advance(2_000);
  assert.equal(b.find(), 'later');
  assert.equal(b.asked.length, 2);
});

test('silence is a failure after 2.5 seconds', async () => {
  const b = bench(() => new Promise(() => undefined));
  let told = '';
  b.cache.find('x.test', (_records, why) => {
    told = why;
  });
  await b.clock.run(2_499);
  assert.equal(told, '');
  await b.clock.run(1);
  assert.equal(told, 'no answer');
});

test('lifetimes of nothing and of years are bounded', async () => {
  const b = bench(answer(0, '1'));
  b.find();
  await settle();
  b.clock.advance(999);
  const before = b.asked.length;
  assert.equal(b.find(), '1');
  assert.equal(b.asked.length, before);
  const c = bench(answer(1e9, '1'));
  c.find();
  await settle();
  c.clock.advance(8 * 24 * 3_600_000);
  c.find();
  assert.ok(c.asked.length >= 2);
});

test('what a request can do without is waited for once: neither its absence nor a dead name server costs time again', async () => {
  const b = bench(answer(15), true);
  assert.equal(b.find(), 'later');
  await settle();
  b.answers(dead);
  await b.clock.run(3_600_000);
  assert.equal(b.find(), '', 'there was none an hour ago');
  await settle();
  assert.equal(b.find(), '');
  b.answers(answer(60, '1'));
  await b.clock.run(5_000);
  assert.equal(b.find(), '');
  await settle();
  assert.equal(b.find(), '1');
  const never = bench(dead, true);
  assert.equal(never.find(), 'later');
  await settle();
  await never.clock.run(600_000);
  assert.equal(never.find(), '! SERVFAIL');
});
