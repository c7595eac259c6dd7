import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TelephoneSettings } from '../../../src/lines/index.js';
import { type FarEnd, settingsOf, TelephoneBench } from './telephone-bench.js';

interface Story {
  readonly bench: TelephoneBench;
  readonly first: FarEnd;
  readonly second: FarEnd;
  /** Who is heard: `both`, or one alone. */
  readonly heard: () => string;
  readonly flash: (code?: string) => Promise<void>;
}

/** The user has called two parties, and talks with the second. */
async function twoCalls(flash: TelephoneSettings['flash'], more: Partial<TelephoneSettings> = {}): Promise<Story> {
  const bench = new TelephoneBench([settingsOf(1, { flash, ...more })]);
  const first = await bench.talk(1, '301');
  bench.jack(1).flash();
  await bench.clock.run(10);
  const second = await bench.talk(1, '302');
  const heard = (): string => {
    const hears = bench.hears(1);
    if (hears.kind === 'mix') return first.hears.kind === 'mix' && second.hears.kind === 'mix' ? 'both' : 'half';
    if (hears.kind !== 'port') return hears.kind;
    return hears.port === first.port ? 'first' : hears.port === second.port ? 'second' : 'somebody';
  };
  return {
    bench,
    first,
    second,
    heard,
    flash: async (code = '') => {
      bench.jack(1).flash();
      await bench.press(1, code);
      await bench.clock.run(10);
    },
  };
}

describe('a flash with two calls', () => {
  it('joins them, and drops the second, where three-way calling is meant', async () => {
    const { bench, second, heard, flash } = await twoCalls('threeWay');
    assert.equal(heard(), 'second');
    await flash();
    assert.equal(heard(), 'both');
    await flash();
    assert.equal(heard(), 'first');
    assert.equal(second.released, 1);
    await bench.assertOver();
  });

  it('swaps them at the user’s code where three-way calling is meant', async () => {
    const { bench, first, second, heard, flash } = await twoCalls('threeWay');
    await flash('*94');
    assert.equal(heard(), 'first');
    assert.ok(second.isHeld);
    await flash('*94');
    assert.equal(heard(), 'second');
    assert.ok(first.isHeld);
    await flash();
    assert.equal(heard(), 'both', 'the next flash joins as ever');
    await bench.assertOver();
  });

  it('swaps them where that is meant, and the code joins; another flash parts them', async () => {
    const { bench, first, second, heard, flash } = await twoCalls('swap');
    await flash();
    assert.equal(heard(), 'first');
    assert.ok(second.isHeld);
    await flash();
    assert.equal(heard(), 'second');
    assert.ok(first.isHeld);
    await flash('*95');
    assert.equal(heard(), 'both');
    await flash();
    assert.notEqual(heard(), 'both');
    assert.equal(first.released + second.released, 0, 'nobody is dropped');
    await bench.assertOver();
  });

  it('takes a call that knocks, and swaps, whichever is meant', async () => {
    for (const meaning of ['threeWay', 'swap'] as const) {
      const bench = new TelephoneBench([settingsOf(1, { flash: meaning })]);
      const first = await bench.talk(1, '301');
      const second = bench.callTo(1, '302');
      await bench.clock.run(500);
      for (const heard of [second, first, second]) {
        bench.jack(1).flash();
        await bench.clock.run(10);
        assert.deepEqual(bench.hears(1), { kind: 'port', port: heard.port }, meaning);
      }
      bench.jack(1).flash();
      await bench.press(1, '*95');
      await bench.clock.run(10);
      assert.equal(bench.hears(1).kind, 'mix', meaning);
      await bench.assertOver();
    }
  });

  it('keeps a code from the calls, and gives them what is none', async () => {
    const { bench, first, second, heard, flash } = await twoCalls('swap');
    const digitsOf = (far: FarEnd): string =>
      far.commands.flatMap((command) => (command.kind === 'digit' ? [command.digit] : [])).join('');
    await flash('*93');
    assert.equal(heard(), 'first');
    assert.equal(digitsOf(first), '*93');
    await flash('*9');
    assert.equal(digitsOf(second), '', 'more could come');
    await bench.clock.run(6000);
    assert.equal(digitsOf(second), '*9');
    await bench.press(1, '*94');
    assert.equal(digitsOf(second), '*9*94', 'no flash before it, no code');
    assert.equal(heard(), 'second');
    await bench.assertOver();
  });

  it('joins both and leaves when the user hangs up, whichever is meant', async () => {
    for (const meaning of ['threeWay', 'swap', 'digits'] as const) {
      const { bench, first, second } = await twoCalls(meaning);
      bench.jack(1).hangUp();
      await bench.clock.run(1000);
      assert.deepEqual(first.hears, { kind: 'port', port: second.port }, meaning);
      assert.deepEqual(second.hears, { kind: 'port', port: first.port }, meaning);
      await bench.assertOver();
    }
  });

  it('means nothing to a fax machine', async () => {
    const bench = new TelephoneBench([settingsOf(1, { flash: 'none' })]);
    const far = await bench.talk(1, '301');
    bench.jack(1).flash();
    await bench.clock.run(10);
    assert.deepEqual(bench.hears(1), { kind: 'port', port: far.port });
    await bench.assertOver();
  });
});
