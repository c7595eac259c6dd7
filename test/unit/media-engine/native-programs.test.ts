import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

/** The native test programs, built and run under AddressSanitizer and UndefinedBehaviorSanitizer. */

const root = resolve(import.meta.dirname, '../../../..');
const native = join(root, 'appliance/media-engine/native');
const out = join(root, 'build/appliance/media-engine/native');
/** A slow machine with other work; built once, afterwards only what changed. */
const buildMs = 9 * 60_000;
const runMs = 3 * 60_000;

const programs = readdirSync(join(native, 'test'))
  .filter((file) => /-(?:test|fuzz)\.cc$/.test(file))
  .map((file) => file.slice(0, -'.cc'.length));

function run(command: string, args: readonly string[], timeout: number): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout });
  assert.equal(status, 0, `${error?.message ?? ''}\n${stdout.slice(-8000)}\n${stderr.slice(-8000)}`);
}

describe('the native test programs', () => {
  it('are built without a warning', () => {
    assert.notEqual(programs.length, 0);
    run('make', ['--no-print-directory', '-s', '-j2', '-C', native, `OUT=${out}`, 'tests'], buildMs);
  });
  for (const program of programs) {
    // A fuzz program runs as long as it is told, from a seed; `npm run fuzz -- media-receive` is for long runs.
    const args = program.endsWith('-fuzz') ? ['3', '1'] : [];
    it(`pass: ${program}`, () => run(join(out, 'test', program), args, runMs));
  }
});
