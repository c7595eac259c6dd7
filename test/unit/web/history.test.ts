import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { historyOf } from '../../../appliance/web/history.js';
import { recordRows } from '../../../appliance/web/record-row.js';
import { quietBranch } from './fake-branch.js';
import { outageScene } from './outage-scene.js';

const now = Date.UTC(2026, 0, 1);
const minute = 60_000;

describe('history', () => {
  it('puts the modes end to end, the present one open', () => {
    const { present } = outageScene(now);
    const { stretches } = historyOf(present, present.timeline, [], 60 * minute);
    assert.deepEqual(
      stretches.map(({ mode, fromWall, toWall }) => [
        mode,
        now - fromWall,
        toWall === undefined ? undefined : now - toWall,
      ]),
      [
        ['inline', 240_000, 63_000],
        ['survivable', 63_000, undefined],
      ],
    );
  });

  it('leaves out modes that were over before the span', () => {
    const { present } = outageScene(now);
    const { stretches } = historyOf(present, present.timeline, [], minute);
    assert.deepEqual(
      stretches.map(({ mode }) => mode),
      ['survivable'],
    );
  });

  it('shows a call that began before the outage as one bar through it', () => {
    const { present, recordList } = outageScene(now);
    const { calls } = historyOf(present, present.timeline, recordRows(recordList), 5 * minute);
    const through = calls.find(({ id }) => id === 'a');
    assert.equal(through?.toWall, undefined);
    assert.ok((through?.fromWall ?? now) < present.sinceWall);
    assert.deepEqual(
      calls.map(({ id }) => id),
      ['r3', 'r2', 'a', 'r1', 'b', 'c'],
    );
  });

  it('takes the end of a forced mode from any kind of entry', () => {
    const status = quietBranch(now);
    const forced = { atWall: now - minute, kind: 'force', text: '', fields: { mode: 'forced-inline' } } as const;
    const { stretches } = historyOf({ ...status, sinceWall: now - 1000 }, [forced], [], 5 * minute);
    assert.deepEqual(
      stretches.map(({ mode }) => mode),
      ['forced-inline', 'inline'],
    );
  });
});

describe('record rows', () => {
  it('tell how a call ended, and leave out calls that are up', () => {
    const { recordList } = outageScene(now);
    const [first, , third] = recordRows(recordList);
    assert.equal(first?.ending, 'normal clearing by caller');
    assert.equal(third?.ending, 'unallocated number');
    const [open] = recordList;
    assert.ok(open !== undefined);
    const { endedWall: _, ...up } = open;
    assert.deepEqual(recordRows([up]), []);
  });

  it('tell the worst sound of either side, where sound passed here', () => {
    const [record] = outageScene(now).recordList;
    assert.ok(record !== undefined);
    const side = { codec: 'PCMU', security: 'plain', path: 'relay', received: 500, loss: 0, jitterMs: 1 };
    const quality = [
      { ...side, side: 'caller', mos: 4.31 },
      { ...side, side: 'called', mos: 3.42 },
      { ...side, side: 'called', mos: 1, received: 0 },
    ] as const;
    assert.equal(recordRows([{ ...record, quality }])[0]?.ending, 'normal clearing by caller, sound 3.4 of 4.5');
  });
});
