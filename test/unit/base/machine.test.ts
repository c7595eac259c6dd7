import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine, type MachineTable } from '../../../src/base/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const table: MachineTable<'off' | 'on', 'press' | 'late', 'light' | 'halt', undefined> = {
  name: 'lamp',
  initial: 'off',
  states: {
    off: { on: { press: { go: 'on', do: ['light'] }, late: { go: 'on', do: ['halt'] } } },
    on: { timers: { late: { clause: 'none', ms: () => 1000 } }, on: { press: 'ignore', late: { go: 'off' } } },
  },
};

function lamp(clock: VirtualClock) {
  const seen: string[] = [];
  const machine: Machine<'off' | 'on', 'press' | 'late', 'light' | 'halt', undefined> = new Machine(table, {
    clock,
    context: undefined,
    actions: { light: () => seen.push('light'), halt: () => machine.stop() },
  });
  return { machine, seen };
}

test('a stopped machine is over: what happens afterwards has no effect, and no timer begins', () => {
  const clock = new VirtualClock();
  const { machine, seen } = lamp(clock);
  machine.handle('press');
  assert.equal(clock.pending, 1);
  machine.stop();
  assert.equal(clock.pending, 0);
  machine.handle('late');
  machine.handle('press');
  assert.equal(machine.state, 'on');
  assert.deepEqual(seen, ['light']);
  assert.equal(clock.pending, 0);
});

test('a machine that its own action stops begins no timer', () => {
  const clock = new VirtualClock();
  const { machine } = lamp(clock);
  machine.handle('late');
  assert.equal(clock.pending, 0);
});
