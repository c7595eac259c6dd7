import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HandOver, LinuxKernel } from '../../../hw/dahdi/index.js';
import { NativeBench } from '../media-engine/native-bench.js';
import { quietTdm } from '../media-engine/tdm-line.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-hand-over-'));
const kernel = new LinuxKernel();
const bench = new NativeBench();
after(() => {
  bench.stop();
  kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** In the place of a card's channel: a descriptor, and the line at its other end. */
async function device(name: string): Promise<{ descriptor: number; line: Socket; heard: () => number }> {
  const path = join(folder, name);
  const listener = kernel.listen(path);
  const line = connect(path);
  let heard = 0;
  line.on('data', (bytes) => {
    heard += bytes.length;
  });
  line.on('error', () => {});
  const descriptor = await new Promise<number>((resolve) => {
    kernel.watch(listener, true, () => resolve(kernel.accept(listener)));
  });
  kernel.close(listener);
  return { descriptor, line, heard: () => heard };
}

const block = new Uint8Array(80).fill(0xff);
const port = '00000000000000aa';

test('the media engine gets a channel by its socket, answers each block, is silent when told, and lets go when the line does', async () => {
  const { descriptor, line, heard } = await device('device');
  const path = join(folder, 'slot');
  let flushed = 0;
  const handOver = new HandOver(kernel, path, descriptor, () => {
    flushed += 1;
  });
  assert.ok(handOver.result >= 0);
  assert.equal(handOver.taken, false);
  bench.engine.apply({ kind: 'openTdm', port, place: { path, blockBytes: 80 }, settings: quietTdm });
  await bench.until(() => handOver.taken);
  assert.equal(flushed, 1, 'what nobody took is dropped before, not heard late');
  // One block lies ahead, so that the card does not run dry.
  for (let blocks = 1; blocks <= 5; blocks++) {
    line.write(block);
    await bench.until(() => heard() === (blocks + 1) * 80);
  }

  handOver.silence(true);
  // What was said on the other socket may be read after this block: one may still be answered.
  line.write(block);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const quietFrom = heard();
  assert.ok(quietFrom <= 7 * 80);
  for (let blocks = 0; blocks < 5; blocks++) line.write(block);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(heard(), quietFrom, 'nothing is written while the card dials');
  handOver.silence(false);
  await new Promise((resolve) => setTimeout(resolve, 200));
  line.write(block);
  await bench.until(() => heard() === quietFrom + 80);

  handOver.close();
  await bench.until(() => bench.of('lineLost').some((event) => event.port === port));
  assert.match(bench.of('lineLost').find((event) => event.port === port)?.why ?? '', /the line was closed/);
  // Both copies of the descriptor are gone only when the line's end is.
  const ended = new Promise((resolve) => line.once('close', resolve));
  kernel.close(descriptor);
  await ended;
});

test('an engine that starts anew gets the channel again', async () => {
  const { descriptor, line, heard } = await device('device-2');
  const path = join(folder, 'slot-2');
  const handOver = new HandOver(kernel, path, descriptor, () => {});
  const other = new NativeBench();
  bench.engine.apply({
    kind: 'openTdm',
    port: '00000000000000ab',
    place: { path, blockBytes: 80 },
    settings: quietTdm,
  });
  await bench.until(() => handOver.taken);
  other.engine.apply({ kind: 'openTdm', port, place: { path, blockBytes: 80 }, settings: quietTdm });
  await bench.until(() => bench.of('lineLost').some((event) => event.port === '00000000000000ab'));
  line.write(block);
  await other.until(() => heard() === 160);
  other.stop();
  await bench.until(() => !handOver.taken);
  handOver.close();
  kernel.close(descriptor);
  line.destroy();
});
