import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine, MachineBug } from '../../../src/base/index.js';
import {
  type ModeTrigger,
  modeDiagram,
  modePage,
  modeRows,
  modes,
  modeTable,
  postures,
} from '../../../src/survivability/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** Where each trigger leads from starting, inline, survivable, returning, forced-survivable and forced-inline. */
const S = 'survivable';
const R = 'returning';
const I = 'inline';
const FS = 'forced-survivable';
const FI = 'forced-inline';
const stays = '-';
const never = '!';
const expected: { readonly [trigger in ModeTrigger]: readonly string[] } = {
  pathUp: [I, stays, R, stays, stays, stays],
  pathDown: [S, S, stays, S, stays, stays],
  noVerdict: [S, never, never, never, never, never],
  probeGood: [stays, stays, stays, stays, stays, stays],
  holdDownOver: [never, never, never, stays, never, never],
  directoryHealthy: [stays, stays, stays, stays, stays, stays],
  settled: [stays, stays, stays, I, stays, stays],
  forceSurvivable: [FS, FS, FS, FS, stays, FS],
  forceInline: [FI, FI, FI, FI, FI, stays],
  forceNonePathUp: [stays, stays, stays, stays, R, I],
  forceNonePathDown: [stays, stays, stays, stays, S, S],
  forceNonePathUnknown: [stays, stays, stays, stays, 'starting', 'starting'],
};

const times = { startingMaxMs: () => 10_000, holdDownLeftMs: () => 120_000 };

const actions = {
  judge() {},
  noteFault() {},
  noteUp() {},
  noteForce() {},
  countFlap() {},
  countSoonLoss() {},
  cameBack() {},
  blameProbes() {},
};

for (const [i, mode] of modes.entries()) {
  for (const [trigger, row] of Object.entries(expected)) {
    const go = row[i];
    test(`${mode}: ${trigger} leads to ${go}`, () => {
      const machine = new Machine(
        { ...modeTable, initial: mode },
        { clock: new VirtualClock(), context: times, actions },
      );
      const name = Object.keys(expected).find((known): known is ModeTrigger => known === trigger);
      assert.ok(name !== undefined);
      if (go === never) {
        assert.throws(() => machine.handle(name), MachineBug);
        return;
      }
      machine.handle(name);
      assert.equal(machine.state, go === stays ? mode : go);
    });
  }
}

test('postures: the branch serves exactly when its mode says so', () => {
  const serving = modes.filter((mode) => postures[mode].registrar === 'serve');
  assert.deepEqual(serving, [S, R, FS]);
  for (const mode of modes) {
    const local = postures[mode].registrar === 'serve';
    assert.equal(postures[mode].calls, local ? 'local' : 'primary', mode);
    assert.equal(postures[mode].notice, local ? 'Limited service' : undefined, mode);
  }
  assert.deepEqual(
    modes.map((mode) => postures[mode].alarm),
    ['none', 'none', 'major', 'minor', 'minor', 'minor'],
  );
});

test('the page and the diagram are drawn from the table', () => {
  const page = modePage();
  const diagram = modeDiagram();
  for (const { mode, go, triggerName } of modeRows()) {
    assert.ok(page.includes(triggerName));
    if (go !== mode) assert.ok(diagram.includes(`${mode.replace('-', '_')} --> ${go.replace('-', '_')}: `));
  }
  assert.ok(page.includes(diagram));
  assert.ok(diagram.startsWith('stateDiagram-v2\n  [*] --> starting\n'));
  const columns = new Set(
    page
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').length),
  );
  assert.deepEqual([...columns], [8, 9]);
});
