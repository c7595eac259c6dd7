import { parentPort } from 'node:worker_threads';
import { runSchedule } from './schedule.js';

parentPort?.on('message', async ({ from, to }: { from: number; to: number }) => {
  const reports = [];
  for (let seed = from; seed < to; seed++) {
    const report = await runSchedule(seed);
    // A story that nobody will read need not travel.
    reports.push(report.complaints.length > 0 ? report : { ...report, story: [] });
  }
  parentPort?.postMessage(reports);
});
