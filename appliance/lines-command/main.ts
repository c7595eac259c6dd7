import { FileSysfs, LinuxKernel, lineProblems, lineReport, readLineState } from '../../hw/dahdi/index.js';
import { systemClock } from '../io/index.js';

/**
 * `holdfast-lines`: what cards there are, how their lines are, and what is to be done. It only looks, and may run beside everything else.
 *   --check       prints only what needs a person; the exit status is 1 when there is something
 *   --root PATH   reads a recorded tree of sysfs in place of this machine's
 */
const usage = 'usage: holdfast-lines [--check] [--root PATH]\n';

const words = process.argv.slice(2);
const check = words.includes('--check');
const rootAt = words.indexOf('--root');
const root = rootAt < 0 ? undefined : words[rootAt + 1];
const rest = words.filter(
  (word, place) => word !== '--check' && (rootAt < 0 || (place !== rootAt && place !== rootAt + 1)),
);

if (rest.length > 0 || (rootAt >= 0 && root === undefined)) {
  process.stderr.write(usage);
  process.exit(2);
}

const kernel = root === undefined ? new LinuxKernel() : undefined;
const state = await readLineState(new FileSysfs(root ?? '/'), kernel, systemClock);
const problems = lineProblems(state);
const text = check ? problems.map((problem) => `${problem}\n`).join('') : lineReport(state);
// A card that hangs keeps a thread: only an exit ends this.
process.stdout.write(text, () => process.exit(check && problems.length > 0 ? 1 : 0));
