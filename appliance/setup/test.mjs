/**
 * Runs the suite over the compiled tree: format and lint, unit and simulation tests in parallel, then the system tests
 * one file after another, because they share the machine's two or so processors with real peers. Words on the command
 * line choose: `npm test -- unit`, `npm test -- build/test/unit/sip/parser.test.js`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const words = process.argv.slice(2);
const groups = [
  { name: 'lint', run: () => node('appliance/setup/biome.mjs', 'check', '.') },
  { name: 'unit', run: () => suite(['tidy.test.js', 'unit', 'vectors', 'sim', 'fuzz', 'scenarios'], 2) },
  { name: 'system', run: () => twice((...words) => suite(['system'], 1, ...words)) },
];

const files = words.filter((word) => word.endsWith('.js'));
if (files.length > 0) process.exit(node('--test', '--test-concurrency=1', ...files));

const chosen = groups.filter(({ name }) => words.length === 0 || words.includes(name));
if (chosen.length === 0) {
  process.stderr.write(
    `holdfast: no such part: ${words.join(' ')}; there are: ${groups.map((g) => g.name).join(', ')}\n`,
  );
  process.exit(2);
}
let failed = 0;
for (const group of chosen) {
  process.stdout.write(`\n== ${group.name} ==\n`);
  const status = group.run();
  if (status !== 0) failed = status;
}
process.exit(failed);

/**
 * Real peers in real time: a machine that stands still for a second can fail a test that is right. Files that failed run
 * once more, and both outcomes are printed; what fails twice fails. More than three files are no accident.
 * @param {(...words: string[]) => number} run
 */
function twice(run) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-suite-'));
  const list = join(folder, 'failed');
  try {
    const status = run(
      ...['--test-reporter-destination=stdout', '--test-reporter=./appliance/setup/failed-files.mjs'],
      `--test-reporter-destination=${list}`,
    );
    const files = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(existsSync) : [];
    if (status === 0 || files.length === 0 || files.length > 3) return status;
    process.stdout.write(`\n== once more: ${files.join(' ')} ==\n`);
    const again = node('--test', '--test-concurrency=1', '--test-reporter=spec', ...files);
    process.stdout.write(`\nFAILED AT FIRST, ${again === 0 ? 'PASSED' : 'FAILED'} ALONE: ${files.join(' ')}\n`);
    return again;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {readonly string[]} places below build/test @param {number} concurrency files at a time @param {readonly string[]} words for the runner */
function suite(places, concurrency, ...words) {
  const found = places
    .map((place) => join('build/test', place))
    .filter((path) => existsSync(path))
    .flatMap((path) => (path.endsWith('.js') ? [path] : testsBelow(path)));
  if (found.length === 0) {
    process.stderr.write('holdfast: no compiled test was found below build/test\n');
    return 1;
  }
  return node('--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec', ...words, ...found.sort());
}

/** @param {string} folder @returns {string[]} */
function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith('.test.js') ? [path] : [];
  });
}

/** @param {readonly string[]} words */
function node(...words) {
  return spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
}
