import type { Clock } from '../../../src/base/index.js';
import type { Configuration } from '../../../src/config/index.js';
import { EmergencyNumbers } from '../../../src/emergency/index.js';
import { DialPlan, type RoutedUser, Router, TrunkPool, type UserLookup } from '../../../src/routing/index.js';
import type { ProbeOutcome, Prober } from '../../../src/wan/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { configurationOf } from '../config/sample.js';

export const alice: RoutedUser = {
  username: 'alice',
  extension: '2001',
  did: '+13125550101',
  classOfRestriction: 'international',
};
export const bob: RoutedUser = {
  username: 'bob',
  extension: '2002',
  did: '+13125550102',
  classOfRestriction: 'national',
};
export const carol: RoutedUser = { username: 'carol', extension: '2003', classOfRestriction: 'internal' };
export const dora: RoutedUser = { username: 'dora', extension: '2004', classOfRestriction: 'nonsense' };

const people = [alice, bob, carol, dora];

export const directory: UserLookup = {
  byUsername: (username) => people.find((p) => p.username === username),
  byExtension: (extension) => people.find((p) => p.extension === extension),
  byDid: (e164) => people.find((p) => p.did === e164),
};

export const base = `site: { name: Chicago, areaCode: 312, mainNumber: +13125550100 }
centre: { domain: example.com, targets: ['sip:centre.example.com'] }
users: { file: users.yaml }
`;

export const twoTrunks = `trunks:
  - { name: gateway, uri: 'sip:192.0.2.5:5060', order: 1, numberFormat: asDialled }
  - { name: provider, uri: 'sip:192.0.2.6:5060', order: 2, callerId: mainNumber, giveUpMs: 3000 }
`;

/** Answers every probe as it is told to. */
export class ScriptedProber implements Prober {
  readonly probes: string[] = [];
  outcome: ProbeOutcome = { kind: 'answered', status: 200, rttMs: 5 };

  probe(target: string): Promise<ProbeOutcome> {
    this.probes.push(target);
    return Promise.resolve(this.outcome);
  }
}

export interface Branch {
  readonly configuration: Configuration;
  readonly clock: VirtualClock;
  readonly prober: ScriptedProber;
  readonly pool: TrunkPool;
  readonly plan: DialPlan;
  readonly emergency: EmergencyNumbers;
  readonly router: Router;
}

export function branchOf(more = twoTrunks, from = base, users: UserLookup = directory): Branch {
  const configuration = configurationOf(more, from);
  const clock = new VirtualClock();
  const prober = new ScriptedProber();
  const pool = poolOf(configuration, clock, prober);
  const plan = new DialPlan(configuration);
  const emergency = new EmergencyNumbers(configuration);
  const router = new Router({ dialPlan: plan, trunks: pool, directory: users, emergency });
  return { configuration, clock, prober, pool, plan, emergency, router };
}

function poolOf({ trunks }: Configuration, clock: Clock, prober: Prober): TrunkPool {
  const pool = new TrunkPool({ trunks, clock, prober, random: new SeededRandom(1) });
  pool.start();
  return pool;
}
