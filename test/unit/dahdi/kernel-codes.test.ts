import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const home = resolve(import.meta.dirname, '../../../../hw/dahdi');

test("the table of DAHDI's numbers and structures is what its header says", () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-dahdi-'));
  try {
    const program = join(folder, 'kernel-codes');
    execFileSync('cc', ['-Wall', '-Werror', '-o', program, join(home, 'kernel-codes.c')]);
    const printed = execFileSync(program, { encoding: 'utf8' });
    assert.equal(readFileSync(join(home, 'kernel-codes.ts'), 'utf8'), printed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
