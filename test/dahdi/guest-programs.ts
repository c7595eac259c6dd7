import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { outputOf } from './vm-packages.js';

const folder = resolve(import.meta.dirname, '../../../test/dahdi');
const programs = [
  { name: 'dynamic-span', sources: ['dynamic-span.c'], libraries: [] },
  {
    name: 'pstn',
    sources: ['main.c', 'line.c', 'sound.c', 'isdn.c', 'hostility.c'].map((file) => `pstn/${file}`),
    libraries: ['-lpri', '-lm'],
  },
] as const;

/** Compiles the test's own programs in C into the tools' `bin`, where they changed. */
export function compilePrograms(tools: string): void {
  for (const program of programs) compileProgram(program, tools);
}

function compileProgram({ name, sources, libraries }: (typeof programs)[number], tools: string): void {
  const target = join(tools, 'bin', name);
  const stamp = join(tools, `.${name}`);
  const hash = createHash('sha256');
  for (const file of [...sources, 'pstn/pstn.h']) hash.update(readFileSync(join(folder, file)));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && existsSync(target) && readFileSync(stamp, 'utf8') === wanted) return;
  const strict = ['-std=gnu11', '-O2', '-g', '-Wall', '-Wextra', '-Werror', `-I${join(tools, 'include')}`];
  outputOf('gcc', [...strict, '-o', target, ...sources.map((file) => join(folder, file)), ...libraries]);
  writeFileSync(stamp, wanted);
}
