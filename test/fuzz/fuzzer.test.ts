import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInThisContext } from 'node:vm';
import { counting, instrumentModules } from './coverage.js';
import { Fuzzer, type FuzzReport } from './fuzzer.js';
import { instrument } from './instrumentation.js';
import type { FuzzTarget } from './target.js';

instrumentModules([]);

/** What the text returns, with counters in it. */
function counted<T>(text: string): T {
  const wrapped: (module: { exports: unknown }) => void = runInThisContext(
    `(function (module) {${counting(`module.exports = ${text}`, 'script')}})`,
  );
  const module: { exports: T | undefined } = { exports: undefined };
  wrapped(module);
  if (module.exports === undefined) throw new Error('the text gives nothing');
  return module.exports;
}

function fuzz(work: FuzzTarget['work'], seconds: number): Promise<FuzzReport> {
  const seeds = () => [Buffer.from('hello, world')];
  const target = { name: 'planted', work, seeds, words: [], mostBytes: 100, corpusFiles: 10 };
  return new Fuzzer({ target, corpus: [], seconds, seed: 5, progress: () => undefined }).run();
}

describe('the fuzzer', () => {
  it('finds by coverage what chance alone would not: four right bytes, one after another', async () => {
    const work = counted<FuzzTarget['work']>(`(input) => {
      if (input[0] === 1) if (input[1] === 200) if (input[2] === 30) if (input[3] === 4) throw new Error('here');
      return undefined;
    }`);
    const { failure, reached, edges } = await fuzz(work, 60);
    assert.equal(failure?.kind, 'crash');
    assert.match(failure?.what ?? '', /here/);
    assert.deepEqual([...(failure?.input.subarray(0, 4) ?? [])], [1, 200, 30, 4]);
    assert.ok(reached > 0 && reached <= edges);
  });

  it('finds a hang', async () => {
    const { failure } = await fuzz((input) => {
      const start = process.cpuUsage();
      while (input.includes('ww') && process.cpuUsage(start).user < 80_000);
      return undefined;
    }, 60);
    assert.equal(failure?.kind, 'hang');
  });

  it('finds a leak', async () => {
    const kept: Buffer[] = [];
    const { failure } = await fuzz(() => {
      kept.push(Buffer.alloc(1_000));
      return undefined;
    }, 3);
    assert.equal(failure?.kind, 'leak');
  });

  it('finds nothing where nothing is', async () => {
    assert.equal((await fuzz(() => undefined, 2)).failure, undefined);
  });
});

describe('the instrumentation', () => {
  it('counts every branch, and changes nothing else', () => {
    const text = [
      'const out = [];',
      'for (const i of [1, 2, 3]) if (i > 1) out.push(i); else out.push(-i);',
      'const pick = (x) => x ? { a: x } : x ?? 0;',
      'switch (out.length) { case 3: out.push(pick(1).a); break; default: out.push(9) }',
      'try { null.x } catch { out.push(7) }',
      'do out.push(5); while (out.length < 7)',
      'const f = async () => await 1, g = function* () { yield 2; };',
      'label: for (;;) { break label; }',
      'out',
    ].join('\n');
    const { source, edges, words } = instrument(text, 'script');
    assert.equal(source.split('\n').length, text.split('\n').length);
    assert.ok(edges >= 13, String(edges));
    assert.deepEqual(words, []);
    Object.assign(globalThis, { $edges: new Uint8Array(edges) });
    assert.deepEqual(runInThisContext(`{${source}}`), [-1, 2, 3, 1, 7, 5, 5]);
  });

  it('collects what the code compares with', () => {
    const { words } = instrument("export const a = (x) => x === 'Via' || x.startsWith('sip:');", 'module');
    assert.deepEqual([...words].sort(), ['Via', 'sip:']);
  });
});
