import { parseArgs } from 'node:util';
import { runSchedules, storyOf } from './schedules.js';

/** `npm run sim -- --seed N --runs M`: random outage schedules; exit code 1 when one breaks a rule, with its story. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    story: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const runs = Number(values.runs);
if (!Number.isInteger(seed) || seed < 0 || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write('holdfast sim: --seed takes a whole number from 0, --runs one from 1\n');
  process.exit(2);
}

const { failed, figures } = await runSchedules(seed, runs, (done) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs} schedules`);
});
if (process.stderr.isTTY) process.stderr.write('\n');
for (const report of failed.slice(0, 3)) process.stdout.write(`${storyOf(report)}\n`);
if (values.story && failed.length === 0 && runs === 1) {
  const { runSchedule } = await import('./schedule.js');
  process.stdout.write(`${storyOf(await runSchedule(seed))}\n`);
}
process.stdout.write(
  `${runs} schedules from seed ${seed}: ${failed.length} broke a rule; ${figures.calls} calls, ${figures.answered} answered, ` +
    `${figures.emergencies} for help, ${figures.crashes} kills survived by ${figures.survived} calls\n`,
);
process.exit(failed.length === 0 ? 0 : 1);
