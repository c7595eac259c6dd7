import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ScheduleReport } from './schedule.js';

export interface SchedulesReport {
  readonly failed: readonly ScheduleReport[];
  readonly figures: ScheduleReport['figures'];
}

/** Schedules that one worker takes at a time: enough to hide the way there and back. */
const batchSize = 20;

/** Runs the schedules of `runs` consecutive seeds, one worker per processor. */
export async function runSchedules(
  seed: number,
  runs: number,
  progress: (done: number) => void = () => undefined,
): Promise<SchedulesReport> {
  const failed: ScheduleReport[] = [];
  const figures = { calls: 0, answered: 0, emergencies: 0, crashes: 0, survived: 0 };
  let next = seed;
  let done = 0;
  const end = seed + runs;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./schedule-worker.js', import.meta.url));
      const give = (): void => {
        const from = next;
        next = Math.min(end, from + batchSize);
        if (from === end) {
          void worker.terminate().then(() => resolve());
          return;
        }
        worker.postMessage({ from, to: next });
      };
      worker.on('error', reject);
      worker.on('message', (reports: readonly ScheduleReport[]) => {
        for (const report of reports) {
          done++;
          if (report.complaints.length > 0) failed.push(report);
          figures.calls += report.figures.calls;
          figures.answered += report.figures.answered;
          figures.emergencies += report.figures.emergencies;
          figures.crashes += report.figures.crashes;
          figures.survived += report.figures.survived;
        }
        progress(done);
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), Math.ceil(runs / batchSize)) }, work));
  failed.sort((a, b) => a.seed - b.seed);
  return { failed, figures };
}

/** A failure for the person who mends it. */
export function storyOf(report: ScheduleReport): string {
  return [
    `seed ${report.seed} (again: npm run sim -- --seed ${report.seed} --runs 1)`,
    ...report.story.map((line) => `    ${line}`),
    ...report.complaints.slice(0, 5).map((line) => `  * ${line}`),
  ].join('\n');
}
