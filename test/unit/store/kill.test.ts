import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../appliance/io/index.js';
import { Store } from '../../../appliance/store/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

const kills = 10;
const writer = fileURLToPath(new URL('./store-writer.js', import.meta.url));

/** Runs the writer until it has acknowledged `enough` and a moment more, then kills it; what it acknowledged. */
async function writeAndKill(
  directory: string,
  run: number,
  enough: number,
  momentMs: number,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, directory, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let killed = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (killed || said.split('\n').length <= enough) return;
    killed = true;
    setTimeout(() => child.kill('SIGKILL'), momentMs);
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  return said.split('\n').slice(0, -1);
}

test('nothing that was acknowledged is lost when the process is killed at a random moment', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-kill-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const directory = join(parent, 'db');
  const random = new SeededRandom(7);
  const acknowledged: string[] = [];
  for (let run = 0; run < kills; run++) {
    acknowledged.push(...(await writeAndKill(directory, run, 5 + random.next() * 200, random.next() * 20)));
    const store = await Store.open({ directory, clock: systemClock });
    const kept = new Set((await store.bindings.load()).map(({ token }) => `binding ${token}`));
    for (const record of await store.callRecords.unfinished()) kept.add(`open ${record.id}`);
    await store.close();
    assert.deepEqual(
      acknowledged.filter((name) => !kept.has(name)),
      [],
      `run ${run}`,
    );
  }
  assert.ok(acknowledged.length > kills * 5);
});
