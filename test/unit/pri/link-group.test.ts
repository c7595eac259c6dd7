import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Link, LinkGroup } from '../../../hw/pri/link-group.js';

const link = (pri: bigint): Link => ({ pri, frames: [], up: false, alarmed: false, standsBy: false });

test('the D-channel that serves: where the other side speaks, else the first without a fault', () => {
  const [primary, backup] = [link(1n), link(2n)];
  const switches: string[] = [];
  const name = (of: Link | undefined): string => (of === undefined ? 'none' : of === primary ? 'primary' : 'backup');
  const group = new LinkGroup([primary, backup], (now, before) => switches.push(`${name(before)} > ${name(now)}`));
  const step = (change: () => void): string => {
    change();
    return name(group.active);
  };
  assert.equal(
    step(() => group.heardOn(backup)),
    'none',
    'a word alone makes no link',
  );
  assert.equal(
    step(() => group.linkIs(backup, true)),
    'backup',
  );
  assert.equal(
    step(() => group.linkIs(primary, true)),
    'backup',
    'it does not go back by itself',
  );
  assert.equal(
    step(() => group.heardOn(primary)),
    'primary',
  );
  assert.equal(
    step(() => group.standsBy(primary)),
    'backup',
  );
  assert.equal(
    step(() => group.linkIs(primary, true)),
    'primary',
    'in service again, where it was heard last',
  );
  assert.equal(
    step(() => group.alarm(primary, true)),
    'backup',
  );
  assert.equal(
    step(() => group.linkIs(backup, false)),
    'none',
  );
  assert.equal(
    step(() => group.alarm(primary, false)),
    'primary',
  );
  assert.deepEqual(switches, [
    'none > backup',
    'backup > primary',
    'primary > backup',
    'backup > primary',
    'primary > backup',
    'backup > none',
    'none > primary',
  ]);
});
