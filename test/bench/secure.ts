import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { domain, subscriber } from '../system/branch/branch-office.js';
import { sleep } from '../system/branch/patience.js';
import { Sipp } from '../system/branch/sipp.js';
import { calling, injection } from '../system/branch/sipp-scenario.js';
import { Authority } from '../system/certificates.js';
import { BenchGround, benchUsers, memoryOf, place, type Subject, spentBy } from './bench-ground.js';
import type { Section } from './rows.js';

const handshakes = 4000;
const abreast = 32;
const idle = 2000;
const held = 2000;
const heldPerSecond = 200;
const talkMs = 25_000;
/** No source may hold more than its share. */
const sources = Array.from({ length: 50 }, (_, i) => `127.0.9.${i + 1}`);

interface Measured {
  readonly perSecond: number;
  readonly handshakeMs: number;
  readonly idleKb: number;
  readonly callKb: number;
}

/** What a secure connection and a call that talks cost: handshakes a second, processor time, memory. */
export async function secure(): Promise<Section> {
  const ground = await BenchGround.open();
  const authority = new Authority();
  try {
    const tls = authority.issue([`DNS:${domain}`], domain);
    const callee = ground.callee();
    const own = await measured(ground, await ground.minimal('bridge', tls), place.holdfast);
    const peer = await measured(ground, await ground.kamailio({ authenticate: false, tls }), place.kamailio);
    await callee.stop();
    return {
      title: 'Secure connections and memory',
      notes: [
        `Whole handshakes of TLS 1.3 (ECDSA P-256, no session resumed), ${abreast} at a time from one Node.js process, which is a limit of its own: both sides had the same one. Processor time is that of the server alone.`,
        `Memory is the growth of the proportional set size of all the server's processes: by ${idle} idle TLS connections, and by ${held} calls that talk, ${heldPerSecond} begun a second.`,
        'Holdfast: the SIP server with createB2BUA of a minimal application, both processes counted for the calls (two dialogs each). Kamailio: a stateful proxy with two workers for UDP and one for TCP and TLS (with two, its OpenSSL 3 crashes under handshakes), which keeps nothing of an answered call but its transactions for a while.',
      ],
      rows: [
        { what: 'TLS handshakes', unit: '1/s', holdfast: own.perSecond, peer: peer.perSecond },
        { what: 'processor time', unit: 'ms per handshake', holdfast: own.handshakeMs, peer: peer.handshakeMs },
        {
          what: 'memory per idle TLS connection',
          unit: 'KB',
          holdfast: own.idleKb,
          peer: peer.idleKb,
          goal: '≤ 60',
        },
        { what: 'memory per call that talks', unit: 'KB', holdfast: own.callKb, peer: peer.callKb },
      ],
    };
  } finally {
    authority.close();
    await ground.close();
  }
}

async function measured(ground: BenchGround, subject: Subject, address: string): Promise<Measured> {
  await shake(ground, address, 1000); // compiled code
  const before = spentBy(subject).serverMs;
  const { made, ms } = await shake(ground, address, handshakes);
  const handshakeMs = (spentBy(subject).serverMs - before) / made;
  await sleep(3000);
  const idleKb = await grownKb(subject, idle, async () => {
    const stop = await hold(ground, address);
    await sleep(2000);
    return stop;
  });
  const callKb = await grownKb(subject, held, async () => {
    const load = calls(ground, subject);
    await sleep((1000 * held) / heldPerSecond + 4000);
    return () => load.finished();
  });
  await subject.stop();
  return { perSecond: (1000 * made) / ms, handshakeMs, idleKb, callKb };
}

/** Kilobytes that the subject grew by for each of `count` things while they stand. */
async function grownKb(subject: Subject, count: number, begin: () => Promise<() => Promise<unknown>>): Promise<number> {
  const before = memoryOf(subject);
  const end = await begin();
  const grown = memoryOf(subject) - before;
  await end();
  await sleep(2000);
  return (1024 * grown) / count;
}

function shake(ground: BenchGround, address: string, count: number): Promise<{ made: number; ms: number }> {
  const program = fileURLToPath(new URL('./handshake-main.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const words = [program, address, '5061', String(count), String(abreast)];
    const shaker = ground.space.spawn(process.execPath, words, {
      logFile: join(ground.folder, 'handshakes.log'),
      onLine: (line) => resolve(JSON.parse(line)),
    });
    shaker.ended.then((code) => reject(new Error(`the handshakes ended with ${code}: ${shaker.output()}`)));
  });
}

/** Holds idle connections; returns how to let them go. */
async function hold(ground: BenchGround, address: string): Promise<() => Promise<unknown>> {
  const program = fileURLToPath(new URL('./idle-main.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const words = [program, 'tls', address, '5061', String(idle), ...sources];
    const holder = ground.space.spawn(process.execPath, words, {
      logFile: join(ground.folder, 'idle.log'),
      onLine: (line) => {
        const { standing }: { standing: number } = JSON.parse(line);
        if (standing >= idle) resolve(() => holder.stop());
      },
    });
    holder.ended.then((code) => reject(new Error(`the connections ended with ${code}: ${holder.output()}`)));
  });
}

function calls(ground: BenchGround, subject: Subject): Sipp {
  return new Sipp(ground.space, ground.folder, {
    name: `held-${subject.name.slice(0, 3)}`,
    scenario: calling({ domain, called: subscriber.dialled, talkMs, authenticate: false }),
    target: subject.target,
    address: place.callers,
    port: 6990,
    calls: held,
    rate: heldPerSecond,
    limit: held,
    timeoutS: 60,
    users: injection(benchUsers),
    digestUri: `${subscriber.dialled}@${domain}`,
  });
}
