import { address, BranchNetwork } from '../system/branch/branch-network.js';
import { BranchOffice, domain } from '../system/branch/branch-office.js';
import { type Capture, headerOf, type SipSeen } from '../system/branch/capture.js';
import { Kamailio } from '../system/branch/kamailio.js';
import { median, sleep, until, wallNow } from '../system/branch/patience.js';
import { Sipp } from '../system/branch/sipp.js';
import { answering, calling, injection } from '../system/branch/sipp-scenario.js';
import { EdgeProxy } from './edge-proxy.js';
import type { Row, Section } from './rows.js';

type Cut = 'carrier' | 'black hole';

interface Round {
  /** From the first INVITE of the phone, sent about 100 ms after the cut, to its 200. */
  readonly callMs: number;
  /** From the cut to the state that sends every new call to the local route. */
  readonly stateMs: number;
}

/** Failover times: carrier loss and black hole, median and worst. */
export async function failover(rounds = 20): Promise<Section> {
  const own = { carrier: await ofHoldfast('carrier', rounds), blackHole: await ofHoldfast('black hole', rounds) };
  const peer = { carrier: await ofKamailio('carrier', rounds), blackHole: await ofKamailio('black hole', rounds) };
  return {
    title: 'Failover',
    notes: [
      `${rounds} cuts of each kind; round trip to the centre 10 ms. The call is placed by sipp about 100 ms after the cut, from one phone of the branch to another; its time runs from its first INVITE to its 200. The state's time runs from the cut.`,
      'Kamailio has no survivable branch; the nearest thing is measured: a Kamailio proxy in the place of Holdfast, with its dispatcher probing at its fastest (every second, one miss is enough: a single lost packet switches it, where Holdfast wants three misses and 1.5 s of silence), a 500 ms timer for a call without any answer, and the local phone as the fall-back. It does not authenticate, does not register phones, and calls only the one phone it was told of.',
      'Both are at their shortest patience for a call, 500 ms: T1 of SIP.',
    ],
    rows: [
      ...rowsOf('carrier loss', own.carrier, peer.carrier, { state: '≤ 200' }),
      ...rowsOf('black hole', own.blackHole, peer.blackHole, { call: '≤ 1000' }),
    ],
  };
}

function rowsOf(
  cut: string,
  own: readonly Round[],
  peer: readonly Round[],
  goals: { readonly call?: string; readonly state?: string },
): readonly Row[] {
  const lines: readonly [string, (values: readonly number[]) => number][] = [
    ['median', median],
    ['worst', (values) => Math.max(...values)],
  ];
  return lines.flatMap(([name, of]) => [
    {
      what: `${cut}: the call is answered, ${name}`,
      unit: 'ms',
      holdfast: of(own.map((one) => one.callMs)),
      peer: of(peer.map((one) => one.callMs)),
      ...(goals.call === undefined ? {} : { goal: goals.call }),
    },
    {
      what: `${cut}: the state has changed, ${name}`,
      unit: 'ms',
      holdfast: of(own.map((one) => one.stateMs)),
      peer: of(peer.map((one) => one.stateMs)),
      ...(goals.state === undefined ? {} : { goal: goals.state }),
    },
  ]);
}

export async function ofHoldfast(cut: Cut, rounds: number): Promise<readonly Round[]> {
  const survivability = { goodProbes: 1, holdDownSeconds: 1, holdDownMaxSeconds: 1 };
  // The figures are of signalling, and comparable with those before there was a media engine.
  const media = { path: 'direct' };
  const office = await BranchOffice.open({ phones: 3, voices: 2, configuration: { survivability, media } });
  const { network, holdfast } = office;
  const results: Round[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await holdfast.reaches('inline', 20_000, ({ mode }) => mode === 'inline');
      await sleep(500 + 97 * round); // at every phase of the probes
      const at = await cutWan(network, cut);
      const call = placeCall(network, 'u1003', office.user(2).password, true);
      const { sinceWall } = await holdfast.reaches('survivable', 8000, ({ mode }) => mode === 'survivable');
      await call.finished();
      results.push({ callMs: await callTime(network.lanCapture, at), stateMs: sinceWall - at });
      await mend(network);
    }
  } finally {
    await office.close();
  }
  return results;
}

export async function ofKamailio(cut: Cut, rounds: number): Promise<readonly Round[]> {
  const network = await BranchNetwork.create({ phones: 3 });
  const results: Round[] = [];
  try {
    const local = `${address.phone(1)}:5060`;
    await Kamailio.start(network.centre, network.folder, {
      domain,
      listen: [`udp:${address.centre}:5060`],
      users: [],
      desks: { 1002: `sip:${local}` },
      authenticate: false,
      workers: 2,
    });
    new Sipp(network.phone(1), network.folder, {
      name: 'local',
      scenario: answering({ ringMs: 0 }),
      address: address.phone(1),
      port: 5060,
      timeoutS: 3600,
    });
    const edge = await EdgeProxy.start(network.holdfast, network.folder, {
      listen: [`${address.holdfast}:5060`, `${address.holdfastWan}:5060`],
      centre: `${address.centre}:5060`,
      local,
    });
    for (let round = 0; round < rounds; round += 1) {
      await until('the centre is up again', 15_000, () => edge.centreIsUp());
      await sleep(500 + 97 * round);
      const at = await cutWan(network, cut);
      const call = placeCall(network, 'u1003', '', false);
      await until('the proxy gives the centre up', 8000, async () => !(await edge.centreIsUp()), 10);
      const stateMs = wallNow() - at;
      await call.finished();
      results.push({ callMs: await callTime(network.lanCapture, at), stateMs });
      await mend(network);
    }
  } finally {
    await network.close(false);
  }
  return results;
}

/** Returns the time of the cut; the phone program needs about 100 ms more to begin. */
async function cutWan(network: BranchNetwork, cut: Cut): Promise<number> {
  const at = wallNow();
  await (cut === 'carrier' ? network.cutCarrier() : network.blackHole());
  await sleep(60);
  return at;
}

async function mend(network: BranchNetwork): Promise<void> {
  await network.heal();
  await network.restoreCarrier();
}

function placeCall(network: BranchNetwork, username: string, password: string, authenticate: boolean): Sipp {
  return new Sipp(network.phone(2), network.folder, {
    name: 'caller',
    scenario: calling({ domain, called: '1002', talkMs: 100, authenticate }),
    target: `${address.holdfast}:5060`,
    address: address.phone(2),
    port: 5080,
    calls: 1,
    timeoutS: 15,
    users: injection([{ username, password }]),
    digestUri: `1002@${domain}`,
  });
}

/** Milliseconds from the caller's first INVITE after `since` to its 200; infinite when there was none. */
async function callTime(lan: Capture, since: number): Promise<number> {
  const caller = `${address.phone(2)}:5080`;
  const isAnswer = (one: SipSeen): boolean =>
    one.to === caller && headerOf(one.text, 'CSeq')?.endsWith('INVITE') === true;
  for (let waited = 0; waited < 2000; waited += 100) {
    const first = lan.sipSince(since, /^INVITE /).find((one) => one.from === caller);
    const answer = lan.sipSince(since, /^SIP\/2.0 200/).find(isAnswer);
    if (first !== undefined && answer !== undefined) return answer.at - first.at;
    await sleep(100); // the capture may lag behind
  }
  return Number.POSITIVE_INFINITY;
}
