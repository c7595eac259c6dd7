import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cause } from '../../../src/base/index.js';
import type { LineTrunkState, RoutePlan } from '../../../src/routing/index.js';
import { type Branch, branchOf } from './branch-sample.js';

const mixed = `media: { path: anchored }
lines:
  cards: simulator
  spans:
    - { span: sim/1, signalling: pri }
    - { span: sim/2, signalling: cama }
    - { span: sim/3, signalling: pri, side: network }
trunks:
  - { name: gateway, uri: 'sip:192.0.2.5:5060', order: 1 }
  - { name: pstn, channels: ['sim/1:1-23'], order: 3, numberFormat: national }
  - { name: help, channels: ['sim/2:1-2'], order: 9, direction: outgoing, emergencyOnly: true }
  - { name: pbx, channels: ['sim/3:1-23'], order: 7, classOfRestriction: national }
dialPlan:
  patterns:
    - { pattern: '+13125557XXX', trunks: [pbx] }
    - { pattern: '+13125558XXX', trunks: [pbx, gateway] }
`;

const quiet: LineTrunkState = { state: 'up', why: '', channels: 23, inUse: 0, free: 23, forHelp: 'free' };

function branch(): Branch {
  const made = branchOf(mixed);
  for (const name of ['pstn', 'help', 'pbx']) made.pool.linesAre(name, quiet);
  return made;
}

function trunks(plan: RoutePlan): string {
  if (plan.kind === 'refuse') return `refused ${plan.cause}`;
  return plan.steps.map((step) => (step.via === 'trunk' ? step.trunk : step.via)).join(' ');
}

const emergency = { emergency: true };
const ordinary = { emergency: false };

test('calls for help go to lines first, those for help alone at their head; ordinary calls never to these', () => {
  const { pool } = branch();
  assert.deepEqual(pool.pick(emergency), ['help', 'pstn', 'pbx', 'gateway']);
  assert.deepEqual(pool.pick(ordinary), ['gateway', 'pstn', 'pbx']);
});

test('a full span that makes way comes before gateways; one that does not, last of all', () => {
  const { pool } = branch();
  pool.linesAre('help', { ...quiet, state: 'down', why: 'alarm', free: 0, forHelp: 'none' });
  pool.linesAre('pstn', { ...quiet, inUse: 23, free: 0, forHelp: 'byPreemption' });
  assert.deepEqual(pool.pick(emergency), ['pbx', 'pstn', 'gateway', 'help']);
  assert.deepEqual(pool.pick(ordinary), ['gateway', 'pbx'], 'a full trunk is passed over');
  pool.linesAre('pbx', { ...quiet, free: 0, forHelp: 'none' });
  assert.deepEqual(pool.pick(emergency), ['pstn', 'gateway', 'pbx', 'help']);
});

test('lines tell of themselves: up, partly, down, why, and their channels; calls and probes say nothing', () => {
  const { pool, prober, clock } = branchOf(mixed);
  const status = () => pool.status().find(({ name }) => name === 'pstn');
  assert.equal(status()?.state, 'unknown');
  assert.deepEqual(pool.pick(ordinary), ['gateway'], 'what nobody has spoken of has no channel');
  pool.linesAre('pstn', { ...quiet, state: 'partly', why: 'alarm: red', inUse: 2, free: 3 });
  assert.deepEqual([status()?.state, status()?.why], ['partly', 'alarm: red']);
  assert.deepEqual(status()?.channels, { all: 23, inUse: 2, free: 3 });
  pool.reportFailure('pstn', 'does not answer', 'refused');
  assert.equal(status()?.state, 'partly');
  pool.linesAre('pstn', { ...quiet, state: 'down', why: 'the D-channel is down', free: 0, forHelp: 'none' });
  assert.equal(status()?.state, 'down');
  pool.reportSuccess('pstn');
  assert.equal(status()?.state, 'down');
  clock.advance(60_000);
  assert.ok(
    prober.probes.every((uri) => uri.includes('192.0.2.5')),
    'lines are not probed',
  );
});

test('new settings keep what the lines said', () => {
  const { pool, configuration } = branch();
  pool.replace(configuration.trunks.map((each) => ({ ...each, giveUpMs: 1234 })));
  assert.equal(pool.status().find(({ name }) => name === 'pstn')?.state, 'up');
  assert.equal(pool.settings('pstn')?.giveUpMs, 1234);
});

test('a PBX dials like a user of its class; the telephone network only reaches users', () => {
  const { router } = branch();
  const from = (trunk: string, dialled: string, calls: 'local' | 'primary' = 'local') =>
    router.route({ origin: { kind: 'trunk', trunk }, dialled, calls, calling: '+13125550101' });
  assert.equal(trunks(from('pbx', '2002')), 'extension');
  assert.equal(trunks(from('pbx', '2002', 'primary')), 'centre extension');
  assert.equal(trunks(from('pbx', '93125559999')), 'gateway pstn', 'out, and not back to where it came from');
  const plan = from('pbx', '93125559999');
  assert.ok(plan.kind === 'route' && plan.steps[1]?.via === 'trunk');
  assert.deepEqual([plan.steps[1].number, plan.steps[1].callingNumber], ['3125559999', '3125550101']);
  assert.equal(trunks(from('pbx', '9011493012345678')), `refused ${cause.outgoingCallsBarred}`);
  assert.equal(trunks(from('pbx', '2999')), `refused ${cause.unallocatedNumber}`);
  assert.equal(trunks(from('pbx', '911')), 'help pstn gateway centre');
  assert.equal(trunks(from('pstn', '93125559999')), `refused ${cause.unallocatedNumber}`, 'no toll fraud');
  assert.equal(trunks(from('pstn', '911')), `refused ${cause.unallocatedNumber}`);
  assert.equal(trunks(from('pstn', '3125550102')), 'extension');
});

test('direct numbers that the dial plan gives to a PBX alone reach it from the telephone network', () => {
  const { router } = branch();
  const plan = router.route({
    origin: { kind: 'trunk', trunk: 'pstn' },
    dialled: '3125557123',
    calls: 'local',
    calling: '3125559999',
  });
  assert.equal(trunks(plan), 'pbx');
  assert.ok(plan.kind === 'route' && plan.steps[0]?.via === 'trunk');
  assert.deepEqual([plan.steps[0].number, plan.steps[0].callingNumber], ['+13125557123', '+13125559999']);
  const mixedUp = router.route({ origin: { kind: 'trunk', trunk: 'pstn' }, dialled: '3125558123', calls: 'local' });
  assert.equal(trunks(mixedUp), `refused ${cause.unallocatedNumber}`, 'a way out is no way in');
});

test('digits that arrive one by one are whole when none could follow', () => {
  const { router } = branch();
  const whole = (trunk: string, number: string): number | undefined => {
    for (let length = 1; length <= number.length; length++)
      if (router.isWhole(trunk, number.slice(0, length))) return length;
    return undefined;
  };
  assert.equal(whole('pstn', '3125550102'), 10);
  assert.equal(whole('pstn', '5559999'), undefined);
  assert.equal(whole('pbx', '2002'), 4);
  assert.equal(whole('pbx', '93125559999'), 11);
  assert.equal(whole('pbx', '913125559999'), 12);
  assert.equal(whole('pbx', '911'), 3);
  assert.equal(whole('pbx', '9911'), 4);
  assert.equal(whole('pbx', '9011493012345678'), undefined, 'a number abroad ends with a pause');
});
