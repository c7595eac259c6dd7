/**
 * Runs test files by node:test, so many at a time, each in a process of its own. Each file's outcome is printed in one piece when the file
 * is done; at the end stand the totals and the slowest files. (The runner's own command line tells of a failure where a test was
 * defined, which need not be the file that ran.)
 */
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** No file needs longer; who hangs is told, ms. */
const longestMs = 600_000;
const slowestShown = 8;
const summary = /^(tests|suites|pass|fail|cancelled|skipped|todo) (\d+)$/;

/**
 * @typedef {object} Outcome
 * @property {string} file
 * @property {boolean} failed
 * @property {number} seconds
 * @property {Readonly<Record<string, number>>} counts tests, suites, pass, fail, cancelled, skipped, todo
 * @property {string} text
 */

/** @param {readonly string[]} files @param {number} concurrency files at a time @returns {Promise<readonly string[]>} those in which a test failed */
export async function suite(files, concurrency) {
  const started = performance.now();
  const waiting = [...files];
  /** @type {Outcome[]} */
  const outcomes = [];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outcome = await runFile(file);
      outcomes.push(outcome);
      process.stdout.write(outcome.text);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  printTotals(outcomes, performance.now() - started);
  return outcomes.filter(({ failed }) => failed).map(({ file }) => file);
}

/** @param {string} file @returns {Promise<Outcome>} */
async function runFile(file) {
  const started = performance.now();
  /** @type {Record<string, number>} */
  const counts = {};
  let failed = false;
  /** @param {AsyncIterable<any>} events */
  async function* withoutSummary(events) {
    for await (const event of events) {
      const { type, data } = event;
      if (type === 'test:fail') failed = true;
      const counted = type === 'test:diagnostic' && data.nesting === 0 ? summary.exec(data.message) : null;
      if (counted !== null) counts[String(counted[1])] = Number(counted[2]);
      else if (type !== 'test:diagnostic' || !data.message.startsWith('duration_ms ')) yield event;
    }
  }
  let text = '';
  const stream = run({ files: [file], concurrency: 1, timeout: longestMs });
  for await (const part of stream.compose(withoutSummary).compose(new spec())) text += part;
  const seconds = (performance.now() - started) / 1000;
  return { file, failed: failed || counts.tests === undefined, seconds, counts, text };
}

/** In the words of node:test. @param {readonly Outcome[]} outcomes @param {number} tookMs */
function printTotals(outcomes, tookMs) {
  for (const kind of ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo']) {
    const total = outcomes.reduce((sum, { counts }) => sum + (counts[kind] ?? 0), 0);
    process.stdout.write(`ℹ ${kind} ${total}\n`);
  }
  process.stdout.write(`ℹ duration_ms ${Math.round(tookMs)}\n`);
  if (outcomes.length <= slowestShown) return;
  process.stdout.write('\nslowest files:\n');
  for (const { file, seconds } of outcomes.toSorted((a, b) => b.seconds - a.seconds).slice(0, slowestShown)) {
    process.stdout.write(`${seconds.toFixed(1).padStart(7)} s  ${file}\n`);
  }
  const failed = outcomes.filter((outcome) => outcome.failed);
  if (failed.length > 0) process.stdout.write(`\nfailed files:\n${failed.map(({ file }) => `  ${file}\n`).join('')}`);
}
