import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JsonLineReader } from '../../../appliance/io/json-lines.js';

describe('lines of JSON', () => {
  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.array(fc.nat(20), { minLength: 1 }),
        (values, cuts) => {
          const reader = new JsonLineReader(100_000);
          const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''), 'utf8');
          const read: unknown[] = [];
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const next = at + 1 + (cuts[cut % cuts.length] ?? 0);
            const lines = reader.push(bytes.subarray(at, next));
            assert.ok(lines.ok);
            for (const line of lines.value) read.push(line.ok ? line.value : line.error);
            at = next;
          }
          assert.deepEqual(JSON.stringify(read), JSON.stringify(values));
        },
      ),
    );
  });

  it('that are no JSON are faults of their own', () => {
    const lines = new JsonLineReader(100).push(Buffer.from('{"a":\n1\n'));
    assert.deepEqual(lines, {
      ok: true,
      value: [
        { ok: false, error: 'a line is not JSON' },
        { ok: true, value: 1 },
      ],
    });
  });

  it('have a limit, whether they end or not', () => {
    for (const text of ['x'.repeat(11), `${'x'.repeat(11)}\n`, `1\n${'x'.repeat(11)}`]) {
      const lines = new JsonLineReader(10).push(Buffer.from(text));
      assert.deepEqual(lines, { ok: false, error: 'a line is longer than 10 bytes' });
    }
    assert.ok(new JsonLineReader(10).push(Buffer.from(`${'1'.repeat(10)}\n`)).ok);
  });
});
