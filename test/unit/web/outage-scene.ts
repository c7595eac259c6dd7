import type { BranchStatus } from '../../../appliance/web/status.js';
import type { CallRecord } from '../../../src/call/index.js';
import { postures } from '../../../src/survivability/index.js';
import { FakeBranch, FakeLab, quietBranch } from './fake-branch.js';

/** A branch one minute into an outage, with calls that began before it and an emergency call: for the page's tests. */
export function outageScene(nowWall: number, mode: BranchStatus['mode'] = 'survivable'): FakeBranch {
  const quiet = quietBranch(nowWall);
  const at = (agoS: number) => nowWall - agoS * 1000;
  const branch = new FakeBranch(nowWall, {
    mode,
    sinceWall: at(63),
    why: '3 probes in a row without an answer',
    forced: mode.startsWith('forced'),
    posture: postures[mode],
    path: {
      ...quiet.path,
      ...(mode === 'returning'
        ? { why: 'The centre answers again.' }
        : {
            state: 'down',
            fault: 'wan-path',
            why: 'The link is up but nothing comes back from the centre.',
            lastAnswerWall: at(66),
          }),
    },
    ...(mode === 'returning' ? { holdDown: { remainingMs: 72_000, totalMs: 120_000 } } : {}),
    phones: quiet.phones.map((phone, i) => ({ ...phone, origin: i === 1 ? 'served' : 'relayed' })),
    calls: [
      {
        id: 'a',
        state: 'talking',
        from: '1001',
        to: '1002',
        via: 'centre',
        emergency: false,
        sinceWall: at(96),
        answeredWall: at(94),
      },
      {
        id: 'b',
        state: 'talking',
        from: '1003',
        to: '911',
        via: 'trunk pstn',
        emergency: true,
        sinceWall: at(21),
        answeredWall: at(19),
      },
      {
        id: 'c',
        state: 'ringing',
        from: '+13125550123',
        to: '1002',
        via: 'extension 1002',
        emergency: false,
        sinceWall: at(2),
      },
    ],
    trunks: [
      { name: 'pstn', state: 'up', why: 'answered 200', callsUp: 2 },
      { name: 'spare', state: 'down', why: 'no answer to OPTIONS for 2 min', callsUp: 0 },
    ],
    timeline: [
      { atWall: at(244), kind: 'restart', text: 'Holdfast started', fields: {} },
      {
        atWall: at(240),
        kind: 'mode',
        text: 'Starting → Normal: the centre answers',
        fields: { from: 'starting', mode: 'inline' },
      },
      { atWall: at(120), kind: 'trunk', text: 'Line spare went out of order: no answer to OPTIONS', fields: {} },
      {
        atWall: at(64),
        kind: 'fault',
        text: 'The path to the centre is lost: 3 probes without an answer',
        fields: { fault: 'wan-path' },
      },
      {
        atWall: at(63),
        kind: 'mode',
        text: 'Normal → Limited service: 3 probes in a row without an answer',
        fields: { from: 'inline', mode },
      },
    ],
  });
  branch.recordList = [
    record('r1', '1002', '+13125550123', 'trunk pstn', [at(55), at(52), at(30)]),
    record('r2', '1003', '1001', 'centre', [at(200), at(196), at(140)]),
    { ...record('r3', '1001', '1009', undefined, [at(210), undefined, at(209)]), cause: 1 },
  ];
  const lab = new FakeLab(nowWall);
  lab.become({
    wan: { up: mode === 'returning', sinceWall: at(66) },
    calls: [
      labCall('1', '1001', '1002', 'out', at(94), false, 4700),
      labCall('2', '1002', '1001', 'in', at(94), false, 4698),
      labCall('3', '1003', '911', 'out', at(19), true, 950),
      labCall('4', 'pstn', '1003', 'in', at(19), true, 949),
    ],
  });
  branch.lab = lab;
  return branch;
}

function labCall(
  id: string,
  party: string,
  peer: string,
  direction: 'in' | 'out',
  sinceWall: number,
  emergency: boolean,
  packets: number,
) {
  return {
    id,
    party,
    peer,
    direction,
    state: 'talking',
    emergency,
    sinceWall,
    sentPackets: packets,
    receivedPackets: packets - 3,
    toneHz: 400,
  } as const;
}

function record(
  id: string,
  from: string,
  to: string,
  via: string | undefined,
  [startedWall, answeredWall, endedWall]: readonly [number, number | undefined, number],
): CallRecord {
  return {
    id,
    sessionId: id,
    from: { number: from },
    to,
    dialled: to,
    steps: [],
    ...(via === undefined ? {} : { via }),
    emergency: false,
    startedWall,
    ...(answeredWall === undefined ? {} : { answeredWall }),
    endedWall,
    cause: 16,
    releasedBy: 'caller',
  };
}
