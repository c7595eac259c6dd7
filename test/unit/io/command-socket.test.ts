import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CommandSocket, commandBytes } from '../../../appliance/io/index.js';
import { silentLog } from '../../../src/base/index.js';
import type { MediaEvent } from '../../../src/media/index.js';
import { ShellBench } from '../media-engine/shell-bench.js';

/** A controller that keeps what it is told. */
class Controller {
  readonly socket: Socket;
  #text = '';

  constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      this.#text += chunk.toString('utf8');
    });
  }

  get told(): readonly { readonly kind: string; readonly why?: string }[] {
    return this.#text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  async waitFor(kind: string, count = 1): Promise<void> {
    while (this.told.filter((event) => event.kind === kind).length < count) {
      assert.ok(!this.socket.destroyed, `closed before ${kind}`);
      await once(this.socket, 'data');
    }
  }
}

describe("the media engine's command socket", () => {
  let folder: string;
  let path: string;
  let bench: ShellBench;
  let server: CommandSocket<MediaEvent> | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-media-'));
    path = join(folder, 'media', 'control');
    bench = new ShellBench();
  });

  afterEach(async () => {
    await server?.close();
    server = undefined;
    bench.shell.stop();
    rmSync(folder, { recursive: true });
  });

  async function open(): Promise<void> {
    server = await CommandSocket.open<MediaEvent>({
      path,
      log: silentLog,
      onConnected: (tell) => bench.shell.connected(tell),
      onCommand: (value) => bench.shell.command(value),
      onGone: (tell) => bench.shell.disconnected(tell),
      unreadable: (why) => ({ kind: 'failed', command: '', why }),
    });
  }

  it('lies where nobody else gets in, and takes the place of a dead one', async () => {
    mkdirSync(dirname(path), { mode: 0o755 });
    chmodSync(dirname(path), 0o755);
    writeFileSync(path, 'left behind');
    await open();
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const controller = new Controller(path);
    await controller.waitFor('hello');
    controller.socket.destroy();
  });

  it('refuses a path that the system would cut', async () => {
    path = join(folder, 'x'.repeat(120));
    await assert.rejects(open(), /longer than 107 bytes/);
  });

  it('serves one controller at a time: the one that came last', async () => {
    await open();
    const first = new Controller(path);
    await first.waitFor('hello');
    const closed = once(first.socket, 'close');
    const second = new Controller(path);
    await second.waitFor('hello');
    await closed;
    second.socket.write('{"kind":"list"}\n');
    await second.waitFor('ports');
    second.socket.destroy();
  });

  it('answers what is malformed and goes on, in whatever pieces it comes', async () => {
    await open();
    const controller = new Controller(path);
    await controller.waitFor('hello');
    const bytes = Buffer.from('nonsense\n{"kind":"explode"}\n\n[]\n"\\ud800"\n{"kind":"list"}\n');
    for (const byte of bytes) controller.socket.write(Buffer.from([byte]));
    await controller.waitFor('ports');
    assert.deepEqual(
      controller.told.map(({ kind, why }) => (why === undefined ? kind : `${kind}: ${why}`)),
      [
        'hello',
        'failed: a line is not JSON',
        'failed: command.kind is unknown',
        'failed: a line is not JSON',
        'failed: command is not an object',
        'failed: command is not an object',
        'ports',
      ],
    );
    controller.socket.destroy();
  });

  it('cuts off a line that has no end, and serves the next controller', async () => {
    await open();
    const controller = new Controller(path);
    await controller.waitFor('hello');
    const closed = once(controller.socket, 'close');
    controller.socket.write(Buffer.alloc(commandBytes + 1, 'x'));
    await closed;
    assert.equal(controller.told.at(-1)?.why, `a line is longer than ${commandBytes} bytes`);
    const next = new Controller(path);
    await next.waitFor('hello');
    next.socket.destroy();
  });

  it('takes a line of the greatest length', async () => {
    await open();
    const controller = new Controller(path);
    await controller.waitFor('hello');
    const line = '{"kind":"list"}';
    controller.socket.write(`${line}${' '.repeat(commandBytes - line.length)}\n`);
    await controller.waitFor('ports');
    controller.socket.destroy();
  });

  it('stays when its controller vanishes within a word', async () => {
    await open();
    const controller = new Controller(path);
    await controller.waitFor('hello');
    controller.socket.write('{"kind":"li');
    controller.socket.destroy();
    const next = new Controller(path);
    await next.waitFor('hello');
    next.socket.destroy();
  });
});
