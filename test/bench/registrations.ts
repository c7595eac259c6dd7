import { domain } from '../system/branch/branch-office.js';
import { injection, registering } from '../system/branch/sipp-scenario.js';
import { BenchGround, benchUsers, type Subject } from './bench-ground.js';
import type { Section } from './rows.js';
import { type Throughput, throughput, type Work } from './throughput.js';

/** The relay is kept below the rate that Holdfast may send to a centre at most. */
const relayed = { rates: [200, 400, 600, 800, 950], measuredAt: 600 };

function work(authenticate: boolean): Work {
  return {
    name: authenticate ? 'register-authenticated' : 'register',
    scenario: registering({ domain, authenticate, expires: 300 }),
    users: injection(benchUsers),
    digestUri: domain,
    operations: authenticate ? 2 : 1,
    rates: [1000, 2000, 3000, 4000],
    measuredAt: 2000,
  };
}

/** REGISTERs a second and what each costs. */
export async function registrations(): Promise<Section> {
  const ground = await BenchGround.open();
  try {
    const measure = async (subject: Subject, authenticate: boolean, limits = {}): Promise<Throughput> => {
      const result = await throughput(ground, subject, { ...work(authenticate), ...limits });
      await subject.stop();
      return result;
    };
    const ownAuthenticated = await measure(await ground.holdfast({ mode: 'serve' }), true);
    const peerAuthenticated = await measure(await ground.kamailio({ authenticate: true }), true);
    const centre = await ground.kamailio({ authenticate: false });
    const ownRelayed = await measure(await ground.holdfast({ mode: 'relay' }), false, relayed);
    const peerOpen = await throughput(ground, centre, work(false));
    await centre.stop();
    const minimal = await measure(await ground.minimal(), false);
    return {
      title: 'Registrations',
      notes: [
        'A REGISTER is one request and its answer; with authentication a registration is two of them (401, then 200). sipp 3.6, UDP, 2,000 users on the loopback of one namespace; "clean" is the highest of 1000, 2000, 3000, 4000 a second that ran 4 s without a retransmission or a failure; processor time is measured over 8 s at 2,000 a second, the rate of the goal, after 20 s of the same.',
        'With authentication: Holdfast is forced to be the registrar (as in an outage) and answers 200 only when the binding is on disk; Kamailio is a registrar in memory with two workers.',
        'Without authentication: Holdfast never serves without it, so its row is the relay of a centre that does not challenge (that same Kamailio, whose own time is not counted), measured at 600 a second and tried at 200, 400, 600, 800 and 950: Holdfast is configured for the most that it may send to a centre, 1,000 a second (20 as delivered, so that a centre is never flooded). Kamailio registers without asking.',
        'The minimal application answers every REGISTER by 200 and keeps nothing: what the SIP server and drachtio-srf cost by themselves.',
      ],
      rows: [
        ...rowsOf('with authentication', ownAuthenticated, peerAuthenticated),
        ...rowsOf('without authentication', ownRelayed, peerOpen),
        {
          what: 'SIP server with a minimal application: clean rate',
          unit: 'REGISTER/s',
          holdfast: minimal.cleanPerSecond,
          peer: peerOpen.cleanPerSecond,
        },
        {
          what: 'SIP server with a minimal application: processor time',
          unit: 'ms per REGISTER',
          holdfast: total(minimal),
          peer: total(peerOpen),
        },
        { what: '– of which SIP server', unit: 'ms per REGISTER', holdfast: minimal.atMs.serverMs, goal: '≤ 0.1' },
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
  const unit = 'ms per REGISTER';
  return [
    {
      what: `${title}: clean rate`,
      unit: 'REGISTER/s',
      holdfast: own.cleanPerSecond,
      peer: peer.cleanPerSecond,
      goal: '≥ 2000',
    },
    { what: `${title}: processor time, together`, unit, holdfast: total(own), peer: total(peer), goal: '≤ 0.25' },
    { what: '– of which SIP server', unit, holdfast: own.atMs.serverMs },
    { what: '– of which application', unit, holdfast: own.atMs.applicationMs },
    { what: `${title}: mean answer time`, unit: 'ms', holdfast: own.meanResponseMs, peer: peer.meanResponseMs },
  ];
}
