import { domain, subscriber } from '../system/branch/branch-office.js';
import { calling, injection } from '../system/branch/sipp-scenario.js';
import { BenchGround, benchUsers, type Subject } from './bench-ground.js';
import type { Section } from './rows.js';
import { type Throughput, throughput, type Work } from './throughput.js';

/** Calls a second through a stateful proxy that records its route, and what each costs. */
export async function proxying(): Promise<Section> {
  const ground = await BenchGround.open();
  const work: Work = {
    name: 'proxied-call',
    scenario: calling({ domain, called: subscriber.dialled, talkMs: 200, authenticate: false }),
    users: injection(benchUsers),
    digestUri: `${subscriber.dialled}@${domain}`,
    operations: 1,
    rates: [100, 200, 300, 400, 500],
    measuredAt: 200,
  };
  try {
    const callee = ground.callee();
    const measure = async (subject: Subject): Promise<Throughput> => {
      const result = await throughput(ground, subject, work);
      await subject.stop();
      return result;
    };
    const own = await measure(await ground.minimal('proxy'));
    const peer = await measure(await ground.kamailio({ authenticate: false }));
    await callee.stop();
    const unit = 'ms per call';
    return {
      title: 'Proxied calls',
      notes: [
        'The calls of the section above, without authentication: INVITE, 180, 200, ACK, 200 ms of talk, BYE, 200. Both sides are stateful proxies with record-routing. Holdfast asks its application about every INVITE (proxyRequest of drachtio-srf) and forwards the rest by itself; Kamailio decides by its script.',
      ],
      rows: [
        { what: 'clean rate', unit: 'calls/s', holdfast: own.cleanPerSecond, peer: peer.cleanPerSecond },
        {
          what: 'processor time, together',
          unit,
          holdfast: own.atMs.serverMs + own.atMs.applicationMs,
          peer: peer.atMs.serverMs + peer.atMs.applicationMs,
        },
        { what: '– of which SIP server', unit, holdfast: own.atMs.serverMs },
        { what: '– of which application', unit, holdfast: own.atMs.applicationMs },
        { what: 'mean time to answer', unit: 'ms', holdfast: own.meanResponseMs, peer: peer.meanResponseMs },
      ],
    };
  } finally {
    await ground.close();
  }
}
