import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { answering, wiredPair } from './trunk-bench.js';

test('a call over a T1: set-up in the same turn, name and number, answer, digits in the sound, release', () => {
  const { user, network, wire, clock } = wiredPair();
  answering(network);
  const sentBefore = wire.ends[0].commands.length;
  const before = clock.now();
  const call = user.place(
    '+13125550123',
    { callingNumber: '+13125550199' },
    { from: { number: '201', displayName: 'Ada' } },
  );
  assert.equal(clock.now(), before);
  const [setup] = wire.ends[0].commands.slice(sentBefore);
  assert.ok(setup?.kind === 'setup', 'the SETUP is sent in the same turn');
  assert.deepEqual(setup.setup.called, { digits: '13125550123', type: 'international', plan: 'isdn' });
  assert.equal(setup.setup.calling?.number?.digits, '13125550199');
  assert.equal(setup.setup.calling?.name, 'Ada');
  clock.advance(50);
  assert.deepEqual(call.kinds, ['proceeding', 'alerting']);
  const [arrived] = network.arrivals;
  assert.equal(arrived?.setup.dialled, '+13125550123');
  assert.deepEqual(arrived?.setup.from, { number: '+13125550199', displayName: 'Ada' });
  assert.ok(arrived?.setup.offer !== undefined);
  clock.advance(200);
  assert.equal(call.kinds.at(-1), 'answered');
  assert.equal(user.lines.status('pstn')?.inUse, 1);
  assert.equal(network.lines.status('pstn')?.inUse, 1);
  user.engine.at('sim/1:4').press('5');
  assert.deepEqual(call.events.at(-1), { kind: 'digit', digit: '5', durationMs: 100, inSound: true });
  user.hangUp(call);
  clock.advance(100);
  assert.equal(call.released, cause.normalClearing);
  assert.equal(arrived?.leg.released, cause.normalClearing);
  user.assertRest();
  network.assertRest();
});
