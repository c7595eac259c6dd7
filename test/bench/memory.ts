import { domain, subscriber } from '../system/branch/branch-office.js';
import { sleep } from '../system/branch/patience.js';
import { calling, injection, registering } from '../system/branch/sipp-scenario.js';
import { BenchGround, benchUsers, memoryOf, type Subject } from './bench-ground.js';
import type { Section } from './rows.js';
import { run } from './throughput.js';

const registers = 50_000;
const callCount = 5000;
const registersPerSecond = 2000;
const callsPerSecond = 250;
/** What SIP itself keeps of a transaction for 64·T1 (RFC 3261 §17.2.2, timer J) is gone after this. */
const restMs = 36_000;

interface Measured {
  readonly atStart: number;
  readonly afterEach: readonly number[];
}

/** Memory after 50,000 REGISTERs and 5,000 calls, three times over: it must not grow. */
export async function memory(): Promise<Section> {
  const ground = await BenchGround.open();
  try {
    const callee = ground.callee();
    const own = await measured(ground, await ground.holdfast({ mode: 'serve' }));
    const peer = await measured(ground, await ground.kamailio({ authenticate: true }));
    await callee.stop();
    const [first = 0, second = 0, third = 0] = own.afterEach;
    const [peerFirst = 0, peerSecond = 0, peerThird = 0] = peer.afterEach;
    return {
      title: 'Memory',
      notes: [
        `Proportional set size of all processes together, 36 s (timer J and a little) after ${registers} REGISTERs (2,000 users, authenticated) and ${callCount} authenticated calls; then the same again, twice. Flat: the third is not above the second by more than a tenth.`,
        'Kamailio reserves its shared memory at the start and shows what it has touched of it.',
      ],
      rows: [
        { what: 'at the start', unit: 'MB', holdfast: own.atStart, peer: peer.atStart },
        { what: 'after the first round', unit: 'MB', holdfast: first, peer: peerFirst },
        { what: 'after the second', unit: 'MB', holdfast: second, peer: peerSecond },
        { what: 'after the third', unit: 'MB', holdfast: third, peer: peerThird },
        { what: 'third ÷ second', unit: '', holdfast: third / second, peer: peerThird / peerSecond, goal: '≤ 1.1' },
      ],
    };
  } finally {
    await ground.close();
  }
}

async function measured(ground: BenchGround, subject: Subject): Promise<Measured> {
  const users = injection(benchUsers);
  const register = {
    name: 'register',
    scenario: registering({ domain, authenticate: true, expires: 300 }),
    users,
    digestUri: domain,
    operations: 2,
  };
  const call = {
    name: 'call',
    scenario: calling({ domain, called: subscriber.dialled, talkMs: 200, authenticate: true }),
    users,
    digestUri: `${subscriber.dialled}@${domain}`,
    operations: 1,
  };
  const atStart = memoryOf(subject);
  const afterEach: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await run(ground, subject, register, registersPerSecond, registers / registersPerSecond);
    await run(ground, subject, call, callsPerSecond, callCount / callsPerSecond);
    await sleep(restMs);
    afterEach.push(memoryOf(subject));
  }
  await subject.stop();
  return { atStart, afterEach };
}
