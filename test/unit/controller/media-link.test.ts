import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MediaLink } from '../../../appliance/controller/media-link.js';
import { CommandSocket, systemClock, systemRandom } from '../../../appliance/io/index.js';
import { silentLog } from '../../../src/base/index.js';
import { idleSettings, type MediaEvent, type MediaPort, type MediaPorts } from '../../../src/media/index.js';
import { ShellBench } from '../media-engine/shell-bench.js';

const networks = [{ name: 'inside', address: '127.0.0.1', ports: { first: 20_000, last: 20_099 } }];
const settings = { ...idleSettings, direction: { sends: true, receives: true } };

/** An engine's process, but for its native thread. */
class Engine {
  readonly bench = new ShellBench({ random: systemRandom });
  readonly #path: string;
  #socket: CommandSocket<MediaEvent> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async start(): Promise<this> {
    this.#socket = await CommandSocket.open<MediaEvent>({
      path: this.#path,
      log: silentLog,
      onConnected: (tell) => this.bench.shell.connected(tell),
      onCommand: (value) => this.bench.shell.command(value),
      onGone: (tell) => this.bench.shell.disconnected(tell),
      unreadable: (why) => ({ kind: 'failed', command: '', why }),
    });
    return this;
  }

  get listed(): readonly string[] {
    return [...this.bench.shell.ports.keys()];
  }

  async die(): Promise<void> {
    await this.#socket?.close();
    this.bench.shell.stop();
  }
}

/** A controller's process, as far as media goes. */
class Controller {
  readonly ports: MediaPorts;
  readonly started: Promise<void>;
  readonly #link: MediaLink;

  constructor(path: string, withinMs = 20_000) {
    this.#link = new MediaLink({ path, networks, clock: systemClock, random: systemRandom, log: silentLog });
    this.ports = this.#link.ports;
    this.started = this.#link.start(withinMs);
  }

  open(): MediaPort {
    const opened = this.ports.open({ network: 'inside' });
    assert.ok(opened.ok);
    opened.value.configure(settings);
    return opened.value;
  }

  onState(listener: (up: boolean) => void): void {
    this.#link.on(listener);
  }

  stop(): void {
    this.#link.stop();
  }
}

async function until(holds: () => boolean): Promise<void> {
  const limit = systemClock.now() + 20_000;
  while (!holds()) {
    assert.ok(systemClock.now() < limit, 'it never came to that');
    await new Promise<void>((resolve) => systemClock.after(5, () => resolve()));
  }
}

describe("the controller's end of the media engine", () => {
  let folder: string;
  let path: string;
  let engine: Engine;
  let controller: Controller;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-link-'));
    path = join(folder, 'control');
    engine = new Engine(path);
    controller = new Controller(path);
  });

  afterEach(async () => {
    controller.stop();
    await engine.die();
    rmSync(folder, { recursive: true });
  });

  it('waits for an engine that is not there yet, and gives it the ports', async () => {
    const port = controller.open();
    await engine.start();
    await controller.started;
    await until(() => engine.listed.includes(port.id));
    assert.equal(controller.ports.fingerprint, 'sha-256 AA:BB');
    assert.equal(controller.ports.health.connected, true);
  });

  it('does not wait for ever at its start', async () => {
    const alone = new Controller(path, 10);
    await alone.started;
    assert.equal(alone.ports.health.connected, false);
    alone.stop();
  });

  it('makes the ports again in the engine after one that died', async () => {
    await engine.start();
    await controller.started;
    const port = controller.open();
    await until(() => engine.listed.includes(port.id));
    const states: boolean[] = [];
    controller.onState((up) => states.push(up));
    await engine.die();
    engine = await new Engine(path).start();
    await until(() => engine.listed.includes(port.id));
    assert.deepEqual(states, [false, true]);
    const again = engine.bench.native.commands[0];
    assert.ok(again?.kind === 'open');
    assert.deepEqual(again.place.rtp, port.place.rtp);
    assert.deepEqual(again.settings, settings);
    assert.equal(controller.ports.health.replaced, 1);
  });

  it('leaves the ports as they are at its end, and its successor claims them', async () => {
    await engine.start();
    await controller.started;
    const port = controller.open();
    await until(() => engine.bench.native.commands.length === 2);
    controller.stop();
    controller = new Controller(path);
    await controller.started;
    const claimed = controller.ports.claim(port.id);
    assert.deepEqual(claimed?.settings, settings);
    assert.deepEqual(
      engine.bench.native.commands.map(({ kind }) => kind),
      ['open', 'configure'],
    );
    claimed?.close();
    await until(() => engine.bench.native.commands.some(({ kind }) => kind === 'close'));
  });

  it('still says at its end what it said last', async () => {
    await engine.start();
    await controller.started;
    const port = controller.open();
    port.close();
    controller.stop();
    await until(() => engine.bench.native.commands.some(({ kind }) => kind === 'close'));
  });
});
