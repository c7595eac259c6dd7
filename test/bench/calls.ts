import { domain, subscriber } from '../system/branch/branch-office.js';
import { calling, injection } from '../system/branch/sipp-scenario.js';
import { BenchGround, benchUsers, type Subject } from './bench-ground.js';
import type { Section } from './rows.js';
import { type Throughput, throughput, type Work } from './throughput.js';

const rates = [100, 200, 300, 400, 500];
/** The rate that is asked for. */
const measuredAt = 300;

export function callWork(called: string, authenticate: boolean): Work {
  return {
    name: authenticate ? 'call-authenticated' : 'call',
    scenario: calling({ domain, called, talkMs: 200, authenticate }),
    users: injection(benchUsers),
    digestUri: `${called}@${domain}`,
    operations: 1,
    rates,
    measuredAt,
  };
}

/** Calls a second through the B2BUA and what each costs. */
export async function calls(): Promise<Section> {
  const ground = await BenchGround.open();
  try {
    const callee = ground.callee();
    const measure = async (subject: Subject, work: Work): Promise<Throughput> => {
      const result = await throughput(ground, subject, work);
      await subject.stop();
      return result;
    };
    const own = await measure(await ground.holdfast({ mode: 'serve' }), callWork(subscriber.dialled, true));
    const peer = await measure(await ground.kamailio({ authenticate: true }), callWork(subscriber.dialled, true));
    const ownOpen = await measure(await ground.holdfast({ mode: 'serve' }), callWork('911', false));
    const peerOpen = await measure(await ground.kamailio({ authenticate: false }), callWork(subscriber.dialled, false));
    const minimal = await measure(await ground.minimal(), callWork(subscriber.dialled, false));
    await callee.stop();
    return {
      title: 'Calls',
      notes: [
        'A call is INVITE, 180, 200, ACK, 200 ms of talk, BYE, 200; with authentication one more INVITE, its 407 and ACK. sipp 3.6, UDP, on the loopback of one namespace; "clean" is the highest of 100, 200, 300, 400, 500 a second that ran 4 s without a retransmission or a failure; processor time is measured over 8 s at 300 a second, the rate of the goal, after 20 s of the same.',
        'Holdfast is a back-to-back user agent: two dialogs, descriptions read, and a record of each call on disk. Kamailio is a stateful proxy with record-routing and two workers: one dialog, of which it keeps nothing. The two do not do the same work; the ratio is what the difference costs.',
        'With authentication: a phone calls an outside number over the trunk. Without: Holdfast asks nobody but for emergency calls, so its row is 911; Kamailio relays without asking.',
        'The minimal application is createB2BUA of drachtio-srf and nothing else.',
      ],
      rows: [
        ...rowsOf('with authentication', own, peer),
        ...rowsOf('without authentication', ownOpen, peerOpen),
        {
          what: 'SIP server with a minimal application: clean rate',
          unit: 'calls/s',
          holdfast: minimal.cleanPerSecond,
          peer: peerOpen.cleanPerSecond,
        },
        {
          what: 'SIP server with a minimal application: processor time',
          unit: 'ms per call',
          holdfast: total(minimal),
          peer: total(peerOpen),
        },
        { what: '– of which SIP server', unit: 'ms per call', holdfast: minimal.atMs.serverMs, goal: '≤ 0.8' },
      ],
    };
  } finally {
    await ground.close();
  }
}

function total({ atMs }: Throughput): number {
  return atMs.serverMs + atMs.applicationMs;
}

function rowsOf(title: string, own: Throughput, peer: Throughput): Section['rows'] {
  const unit = 'ms per call';
  return [
    {
      what: `${title}: clean rate`,
      unit: 'calls/s',
      holdfast: own.cleanPerSecond,
      peer: peer.cleanPerSecond,
      goal: '≥ 300',
    },
    { what: `${title}: processor time, together`, unit, holdfast: total(own), peer: total(peer), goal: '≤ 2' },
    { what: '– of which SIP server', unit, holdfast: own.atMs.serverMs },
    { what: '– of which application', unit, holdfast: own.atMs.applicationMs },
    { what: `${title}: mean time to answer`, unit: 'ms', holdfast: own.meanResponseMs, peer: peer.meanResponseMs },
  ];
}
