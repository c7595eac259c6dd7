import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCommit, type Write } from '../../../appliance/store/group-commit.js';
import { settle, VirtualClock } from '../../sim/virtual-clock.js';

/** A disk whose batches finish when told. */
class SlowDisk {
  readonly batches: (readonly Write[])[] = [];
  readonly clock = new VirtualClock();
  readonly #pending: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  write(batch: readonly Write[]): Promise<void> {
    this.batches.push(batch);
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }

  async finish(error?: Error): Promise<void> {
    const pending = this.#pending.shift();
    if (error === undefined) pending?.resolve();
    else pending?.reject(error);
    await this.clock.run(4);
    await settle();
  }
}

function put(key: string): Write {
  return { type: 'put', key, value: key };
}

test('writes of one turn, and those that come while a batch is written, go together and in order', async () => {
  const disk = new SlowDisk();
  const commits = new GroupCommit(disk, disk.clock);
  const done: string[] = [];
  for (const key of ['a', 'b']) void commits.commit([put(key)]).then(() => done.push(key));
  await settle();
  assert.deepEqual(
    disk.batches.map((batch) => batch.map(({ key }) => key)),
    [['a', 'b']],
  );
  for (const key of ['c', 'd', 'e']) void commits.commit([put(key)]).then(() => done.push(key));
  await settle();
  assert.equal(disk.batches.length, 1, 'one batch at a time');
  assert.equal(commits.figures().waiting, 3);
  assert.deepEqual(done, []);
  await disk.finish();
  assert.deepEqual(done, ['a', 'b']);
  assert.deepEqual(
    disk.batches[1]?.map(({ key }) => key),
    ['c', 'd', 'e'],
  );
  await disk.finish();
  assert.deepEqual(done, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual({ ...commits.figures() }, { batches: 2, writes: 5, waiting: 0, slowestMs: 0 });
});

test('a batch that fails rejects its own writers and nobody else', async () => {
  const disk = new SlowDisk();
  const commits = new GroupCommit(disk, disk.clock);
  const failed = assert.rejects(commits.commit([put('a')]), /full/);
  await settle();
  const later = commits.commit([put('b')]);
  await disk.finish(new Error('full'));
  await failed;
  await disk.finish();
  await later;
});

test('settled() waits for what is being written and for what waits', async () => {
  const disk = new SlowDisk();
  const commits = new GroupCommit(disk, disk.clock);
  await commits.settled();
  void commits.commit([put('a')]);
  await settle();
  void commits.commit([put('b')]);
  let settled = false;
  void commits.settled().then(() => {
    settled = true;
  });
  await disk.finish();
  assert.equal(settled, false);
  await disk.finish();
  assert.equal(settled, true);
});

test('a lone write goes to the disk at once; batches under load begin 4 ms apart', async () => {
  const disk = new SlowDisk();
  const instant: number[] = [];
  const quick = new GroupCommit({ write: async () => void instant.push(disk.clock.now()) }, disk.clock);
  await disk.clock.run(100);
  for (let i = 0; i < 20; i++) {
    void quick.commit([put(String(i))]);
    await settle();
    await disk.clock.run(1);
  }
  assert.deepEqual(instant, [100, 104, 108, 112, 116, 120]);
});
