import { Sipp, type SippResult } from '../system/branch/sipp.js';
import { type BenchGround, place, type Spent, type Subject, spentBy } from './bench-ground.js';

export interface Work {
  readonly name: string;
  readonly scenario: string;
  readonly users: string;
  /** The Request-URI, without `sip:`. */
  readonly digestUri: string;
  /** What one run of the scenario counts as: 2 when each registration is two REGISTERs. */
  readonly operations: number;
  /** Operations a second, rising. */
  readonly rates: readonly number[];
  /** At which processor time is measured. */
  readonly measuredAt: number;
}

export interface Throughput {
  /** The highest rate without a failure or a retransmission; 0: none of those tried. */
  readonly cleanPerSecond: number;
  readonly atMs: Spent;
  readonly meanResponseMs: number;
}

const secondsPerRate = 4;
const secondsMeasured = 8;
/** A branch runs for months: its code is compiled. */
const secondsWarming = 20;
let port = 6000;

/** Raises the rate until the subject no longer keeps up, then measures what one operation costs. */
export async function throughput(ground: BenchGround, subject: Subject, work: Work): Promise<Throughput> {
  await run(ground, subject, work, work.measuredAt, secondsWarming); // compiled code, filled tables
  const before = spentBy(subject);
  const measured = await run(ground, subject, work, work.measuredAt, secondsMeasured);
  const after = spentBy(subject);
  const operations = measured.successful * work.operations;
  let cleanPerSecond = 0;
  for (const rate of work.rates) {
    const done = await run(ground, subject, work, rate, secondsPerRate);
    if (!clean(done)) {
      const again = await run(ground, subject, work, rate, secondsPerRate); // one disturbance by others is forgiven
      if (!clean(again)) break;
    }
    cleanPerSecond = rate;
  }
  return {
    cleanPerSecond,
    atMs: {
      serverMs: (after.serverMs - before.serverMs) / operations,
      applicationMs: (after.applicationMs - before.applicationMs) / operations,
    },
    meanResponseMs: measured.meanResponseMs,
  };
}

function clean(result: SippResult): boolean {
  return result.exitCode === 0 && result.failed === 0 && result.retransmissions === 0;
}

export async function run(
  ground: BenchGround,
  subject: Subject,
  work: Pick<Work, 'name' | 'scenario' | 'users' | 'operations' | 'digestUri'>,
  perSecond: number,
  seconds: number,
): Promise<SippResult> {
  port = port >= 6900 ? 6000 : port + 2;
  const rate = Math.round(perSecond / work.operations);
  const load = new Sipp(ground.space, ground.folder, {
    name: work.name,
    scenario: work.scenario,
    target: subject.target,
    address: place.callers,
    port,
    calls: rate * seconds,
    rate,
    limit: 20_000,
    timeoutS: seconds + 15,
    users: work.users,
    digestUri: work.digestUri,
  });
  return load.finished();
}
