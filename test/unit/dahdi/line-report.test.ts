import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errno, lineProblems, lineReport, readLineState } from '../../../hw/dahdi/index.js';
import { requests } from '../../../hw/dahdi/kernel-codes.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { analogPlan, card, driverAlone, pciCard, span, t1Plan } from './card-trees.js';
import { FakeKernel } from './fake-kernel.js';
import { type Files, MemorySysfs } from './memory-sysfs.js';

async function stateOf(files: Files, prepare: (kernel: FakeKernel) => void = () => {}, ms = 1000) {
  const clock = new VirtualClock();
  const kernel = new FakeKernel(clock);
  prepare(kernel);
  const reading = readLineState(new MemorySysfs(files), kernel, clock);
  await clock.run(ms);
  return reading;
}

const both = {
  ...card(t1Plan.card),
  ...span(t1Plan.span),
  ...card(analogPlan.card),
  ...span({ ...analogPlan.span, number: 2, firstChannel: 25 }),
};

test('cards, spans and channels as tables, neighbours that are alike in one line', async () => {
  const state = await stateOf(both, (kernel) => {
    kernel.status.set('lineconfig', (1 << 5) | (1 << 7));
    kernel.status.set('bpvcount', 12);
  });
  assert.deepEqual(lineProblems(state), []);
  const lines = lineReport(state).split('\n');
  const find = (text: string) => lines.find((line) => line.includes(text)) ?? '';
  assert.match(find('TE131F'), /^ {2}Digium Wildcard TE131F +1TE133F-A1234567 +PCI Bus 03 Slot 01 +1:T1$/);
  assert.match(find('dahdi/1TE133F-A1234567/1  T1'), /B8ZS\/ESF +own +none +0 +12 +0 +0 +0$/);
  assert.match(find('1-24'), /Unconfigured +none +fxs-loop .* bearer clear dChannel$/);
  assert.match(find('1-2 '), /fxs-kewl/);
  assert.match(find(' 4 '), /nothing is plugged in here$/);
  assert.equal(lines.at(-2), 'All is well.');
  assert.ok(lines.every((line) => line === line.trimEnd()));
});

test('alarms, cards without lines and what lacks are things to do', async () => {
  const alarmed = await stateOf(both, (kernel) => kernel.status.set('alarms', 1 << 3));
  assert.deepEqual(lineProblems(alarmed), [
    'dahdi/1TE133F-A1234567/1 has alarm red',
    'dahdi/1A4A123456789/1 has alarm red',
  ]);
  assert.match(lineProblems(await stateOf(card(t1Plan.card)))[0] ?? '', /^dahdi\/1TE133F-A1234567\/1 has no number/);
  assert.deepEqual(lineProblems(await stateOf(driverAlone)), ['there is no line card']);
  assert.match(
    lineProblems(await stateOf(pciCard('0000:03:00.0', 'd161', '2400')))[0] ?? '',
    /^Digium TDM2400P at PCI 0000:03:00.0 lacks driver: .*modprobe wctdm24xxp$/,
  );
  const rights = await stateOf(both, (kernel) => {
    kernel.controlFault = -errno.EACCES;
  });
  assert.match(lineProblems(rights)[0] ?? '', /lacks rights/);
});

test('a card that hangs does not hang who looks at it', async () => {
  const state = await stateOf(
    both,
    (kernel) => {
      kernel.hangs = true;
    },
    30_000,
  );
  assert.ok(lineProblems(state).includes('dahdi/1TE133F-A1234567/1: the card does not answer'));
});

test('a driver that refuses says why, and a recorded tree is read without a kernel', async () => {
  const refused = await stateOf(both, (kernel) => kernel.answers.set(requests.spanStatus, -errno.EINVAL));
  assert.ok(lineProblems(refused).includes('dahdi/1A4A123456789/1: the driver says EINVAL'));
  const recorded = await readLineState(new MemorySysfs(both), undefined, new VirtualClock());
  assert.deepEqual(lineProblems(recorded), []);
  assert.match(lineReport(recorded), /dahdi\/1TE133F-A1234567\/1 +T1 +- +own +none +0 +- +- +- +-/);
});
