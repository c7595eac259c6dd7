import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import { Database } from '../../../appliance/store/database.js';
import { GroupCommit } from '../../../appliance/store/group-commit.js';
import { WaitingLines } from '../../../appliance/store/waiting-lines.js';
import { silentLog } from '../../../src/base/index.js';

async function opened(directory: string, limit?: number) {
  const database = await Database.open({ directory, clock: systemClock, log: silentLog });
  const lines = new WaitingLines(database, new GroupCommit(database, systemClock), silentLog, limit);
  await lines.load();
  return { database, lines };
}

describe('lines of call accounting on disk', () => {
  it('are there after a restart, in order, and gone when they were read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-lines-'));
    try {
      const before = await opened(directory);
      await Promise.all(['one', 'two', 'three'].map((text) => before.lines.append(text)));
      const first = await before.lines.first();
      assert.equal(first?.text, 'one');
      await before.lines.remove(first?.key ?? '');
      await before.database.close();
      const after = await opened(directory);
      assert.equal(after.lines.waiting, 2);
      await after.lines.append('four');
      const read: string[] = [];
      for (let next = await after.lines.first(); next !== undefined; next = await after.lines.first()) {
        read.push(next.text);
        await after.lines.remove(next.key);
      }
      assert.deepEqual([read, after.lines.waiting, after.lines.lost], [['two', 'three', 'four'], 0, 0]);
      await after.database.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('are so many at most: the oldest go, and are counted', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-lines-'));
    try {
      const { database, lines } = await opened(directory, 3);
      for (const text of ['a', 'b', 'c', 'd', 'e']) await lines.append(text);
      assert.deepEqual([(await lines.first())?.text, lines.waiting, lines.lost], ['c', 3, 2]);
      await database.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
