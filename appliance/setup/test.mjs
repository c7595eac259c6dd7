/**
 * Runs the suite over the compiled tree: format and lint, unit and simulation tests, then the system tests, which mostly wait for
 * real peers: two files at a time, and those in `alone` by themselves. Words on the command line choose: `npm test -- unit`,
 * `npm test -- build/test/unit/sip/parser.test.js`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const words = process.argv.slice(2);

/** System tests that keep both processors busy themselves, or judge sound and pace that a neighbour would disturb. */
const alone = /(?:branch\/(?:kill|return)|legs-crowd|media-engine-kill|media-kernel-path|media-voice\/\w+)\.test\.js$/;

const groups = [
  { name: 'lint', run: () => node('appliance/setup/biome.mjs', 'check', '.') },
  { name: 'unit', run: () => suite(found(['tidy.test.js', 'unit', 'vectors', 'sim', 'fuzz', 'scenarios']), 2) },
  { name: 'system', run: system },
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

/** @returns {number} status */
function system() {
  const files = found(['system']);
  const shared = files.filter((file) => !alone.test(file));
  const single = files.filter((file) => alone.test(file));
  const statuses = [twice((...words) => suite(shared, 2, ...words)), twice((...words) => suite(single, 1, ...words))];
  return statuses.find((status) => status !== 0) ?? 0;
}

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

/** @param {readonly string[]} places below build/test @returns {string[]} files */
function found(places) {
  return places
    .map((place) => join('build/test', place))
    .filter((path) => existsSync(path))
    .flatMap((path) => (path.endsWith('.js') ? [path] : testsBelow(path)))
    .sort();
}

/** @param {readonly string[]} files @param {number} concurrency files at a time @param {readonly string[]} words for the runner */
function suite(files, concurrency, ...words) {
  if (files.length === 0) {
    process.stderr.write('holdfast: no compiled test was found below build/test\n');
    return 1;
  }
  return node('--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec', ...words, ...files);
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
