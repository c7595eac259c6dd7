/**
 * Runs the suite over the compiled tree: format and lint, unit and simulation tests, then the system tests, which mostly wait for
 * real peers: two files at a time, and those in `alone` by themselves. Words on the command line choose: `npm test -- unit`,
 * `npm test -- build/test/unit/sip/parser.test.js`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from './suite.mjs';

/** System tests that keep both processors busy themselves, or judge sound and pace that a neighbour would disturb. */
const alone =
  /(?:branch\/(?:kill|media-kill|return)|legs-crowd|media-engine-kill|media-kernel-path|takeover-calls|media-voice\/\w+)\.test\.js$/;

/** More files that fail together are no accident, and are not run again. */
const mostAgain = 5;

const lint = ['appliance/setup/biome.mjs', 'check', '.'];

const groups = [
  { name: 'lint', passes: () => spawnSync(process.execPath, lint, { stdio: 'inherit' }).status === 0 },
  { name: 'unit', passes: () => passes(found('tidy.test.js', 'unit', 'vectors', 'sim', 'fuzz', 'scenarios'), 2) },
  { name: 'system', passes: system },
];

const words = process.argv.slice(2);
const files = words.filter((word) => word.endsWith('.js'));
const chosen = groups.filter(({ name }) => words.length === 0 || words.includes(name));
if (files.length > 0) process.exitCode = (await passes(files, 1)) ? 0 : 1;
else if (chosen.length === 0) {
  const names = groups.map(({ name }) => name).join(', ');
  process.stderr.write(`holdfast: no such part: ${words.join(' ')}; there are: ${names}\n`);
  process.exitCode = 2;
} else {
  for (const { name, passes } of chosen) {
    process.stdout.write(`\n== ${name} ==\n`);
    if (!(await passes())) process.exitCode = 1;
  }
}

/** @param {readonly string[]} files @param {number} concurrency @returns {Promise<boolean>} */
async function passes(files, concurrency) {
  if (files.length === 0) {
    process.stderr.write('holdfast: no compiled test was found below build/test\n');
    return false;
  }
  return (await suite(files, concurrency)).length === 0;
}

/**
 * Real peers in real time: a machine that stands still for a second can fail a test that is right. Files that failed run
 * once more, alone, and both outcomes are printed; what fails twice fails.
 * @returns {Promise<boolean>}
 */
async function system() {
  const files = found('system');
  if (files.length === 0) return passes(files, 1);
  const beside = await suite(
    files.filter((file) => !alone.test(file)),
    2,
  );
  const single = await suite(
    files.filter((file) => alone.test(file)),
    1,
  );
  const failed = [...beside, ...single];
  if (failed.length === 0 || failed.length > mostAgain) return failed.length === 0;
  process.stdout.write(`\n== once more: ${failed.join(' ')} ==\n`);
  const again = await suite(failed, 1);
  for (const file of failed) {
    process.stdout.write(`FAILED AT FIRST, ${again.includes(file) ? 'FAILED' : 'PASSED'} ALONE: ${file}\n`);
  }
  return again.length === 0;
}

/** @param {readonly string[]} places below build/test @returns {readonly string[]} files */
function found(...places) {
  return places
    .map((place) => join('build/test', place))
    .filter((path) => existsSync(path))
    .flatMap((path) => (path.endsWith('.js') ? [path] : testsBelow(path)))
    .sort();
}

/** @param {string} folder @returns {string[]} */
function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith('.test.js') ? [path] : [];
  });
}
