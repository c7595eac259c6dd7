import { createRequire, register } from 'node:module';
import { instrument } from './instrumentation.js';

/** Room for the edges of everything that a target loads. */
const capacity = 1 << 16;

/** What the modules under test count into while they run. */
export const counters = new Uint8Array(capacity);
const counterWords = new Uint32Array(counters.buffer);
/** Which magnitudes of each counter were seen, as bits. */
const seen = new Uint8Array(capacity);
const dictionary = new Set<string>();
let used = 0;

/** Counts come in magnitudes: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more. */
const magnitude = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count === 0) return 0;
  if (count < 4) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
});

/** Gives a module that is being loaded its counters; called by the text that the instrumentation puts before it. */
function claim(edges: number, words: readonly string[]): Uint8Array {
  if (used + edges > capacity) throw new Error('more edges than counters: raise the capacity');
  const claimed = counters.subarray(used, used + edges);
  used += edges;
  for (const word of words) dictionary.add(word);
  return claimed;
}

/**
 * From here on every module of the product that is loaded counts its edges, and so do those of the packages named:
 * load the target afterwards, by a dynamic import.
 */
export function instrumentModules(packages: readonly string[]): void {
  Object.assign(globalThis, { holdfastCoverage: claim });
  register('./module-hooks.js', import.meta.url);
  const { Module } = createRequire(import.meta.url)('node:module') as { Module: CommonJsModule };
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (this: unknown, source: string, file: string): unknown {
    const ours = packages.some((name) => file.includes(`/node_modules/${name}/`));
    return compile.call(this, ours ? counting(source, 'script') : source, file);
  };
}

interface CommonJsModule {
  readonly prototype: { _compile: (this: unknown, source: string, file: string) => unknown };
}

/** The module's text with counters in it. */
export function counting(source: string, module: 'module' | 'script'): string {
  const { source: text, edges, words } = instrument(source, module);
  const strict = module === 'script' ? "'use strict';" : '';
  return `${strict}var $edges=globalThis.holdfastCoverage(${edges},${JSON.stringify(words)});${text}`;
}

/** Strings that the loaded modules compare with. */
export function words(): readonly string[] {
  return [...dictionary];
}

/** Forgets what was counted since the last input. */
export function clearCounters(): void {
  counterWords.fill(0, 0, (used + 3) >> 2);
}

/** Takes note of what the last input reached; true when it reached something, or some magnitude, for the first time. */
export function noteCoverage(): boolean {
  let fresh = false;
  for (let word = 0; word < (used + 3) >> 2; word++) {
    if (counterWords[word] === 0) continue;
    for (let i = word << 2; i < (word << 2) + 4; i++) {
      const bit = magnitude[counters[i] ?? 0] ?? 0;
      const before = seen[i] ?? 0;
      if ((before | bit) === before) continue;
      seen[i] = before | bit;
      fresh = true;
    }
  }
  return fresh;
}

/** The edges that the last input reached. */
export function reachedEdges(): readonly number[] {
  const found: number[] = [];
  for (let i = 0; i < used; i++) if (counters[i] !== 0) found.push(i);
  return found;
}

/** Edges ever reached, of those there are. */
export function coverage(): { readonly reached: number; readonly edges: number } {
  return { reached: seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0), edges: used };
}
