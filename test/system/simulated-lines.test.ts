import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { decodeG711 } from '../../hw/simulator/samples/g711.js';
import { Voices } from '../../hw/simulator/samples/melody.js';
import { SoundDetector } from '../../hw/simulator/samples/sound-detector.js';
import type { DChannelSettings, LineCommand, LineReport, WorldCommand, WorldState } from '../../src/tdm/index.js';
import { until } from './branch/patience.js';

const program = join(import.meta.dirname, '../../appliance/line-server/main.js');

/** JSON lines at a Unix socket. */
class Lines<Told> {
  readonly told: Told[] = [];
  readonly #socket: Socket;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('error', () => undefined);
    createInterface({ input: this.#socket })
      .on('line', (line) => this.told.push(JSON.parse(line)))
      .on('error', () => undefined);
  }

  say(value: object): void {
    this.#socket.write(`${JSON.stringify(value)}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The line process with the simulated world in it: its controller is the test, and libpri speaks at both ends of the T1. */
describe('the line process and its simulated world', { timeout: 120_000 }, () => {
  let folder: string;
  let child: ChildProcess;
  let controller: Lines<LineReport>;
  let world: Lines<{ readonly state?: WorldState }>;

  const command = (value: LineCommand) => controller.say(value);
  const play = (value: WorldCommand) => world.say({ id: 1, command: value });
  const state = () => world.told.findLast((told) => told.state !== undefined)?.state;
  const events = () => controller.told.flatMap((told) => (told.kind === 'dChannel' ? [told.event] : []));
  const heard = (kind: string, ms = 30_000) =>
    until(`${kind} (heard: ${events().map((event) => event.kind)})`, ms, () =>
      events().findLast((event) => event.kind === kind),
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hf-lines-'));
    const paths = { socket: join(folder, 'lines'), world: join(folder, 'world') };
    const words = ['--socket', paths.socket, '--cards', 'simulator', '--world', paths.world, '--log', 'warn'];
    child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'inherit', 'inherit'] });
    const open = <Told>(path: string) =>
      until(path, 30_000, async () => {
        const lines = new Lines<Told>(path);
        try {
          await until('its first words', 500, () => lines.told.length > 0);
          return lines;
        } catch {
          lines.close();
          return undefined;
        }
      });
    controller = await open<LineReport>(paths.socket);
    world = await open(paths.world);
  });
  after(async () => {
    controller.close();
    world.close();
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  it('has two telephones and a T1, whose D-channel comes up by itself at both ends', async () => {
    await until('both spans', 10_000, () => controller.told.filter(({ kind }) => kind === 'plugged').length === 2);
    const settings: DChannelSettings = {
      ...{ name: 'pstn', switchType: 'ni2', side: 'user', e1: false, channels: ['sim/1:24'], nfas: false },
    };
    command({ kind: 'openDChannel', settings });
    await heard('up');
    await until('the network knows it, too', 10_000, () => state()?.spans[0]?.dChannel.up);
    for (const channel of ['sim/1:1', 'sim/1:23'])
      command({ kind: 'configure', channel, settings: { signalling: 'bearer', law: 'u' } });
    command({ kind: 'configure', channel: 'sim/0:1', settings: { signalling: 'fxs-kewl', law: 'u' } });
  });

  it('carries a call to the PSTN: set-up, ringing tone and a voice in the samples, hung up by the far end', async () => {
    const voices = new Voices();
    const sounds: string[] = [];
    const tell: ConstructorParameters<typeof SoundDetector>[0]['tell'] = (sound) => sounds.push(sound.kind);
    const detector = new SoundDetector({ voices, digits: 'dtmf', data: false, tell });
    // The process draws its melodies in the same order: its first voice is ours.
    voices.notesOf('the first voice');
    const samples = connect(join(folder, 'samples', 'sim-1-23'));
    samples.on('data', (codes) => detector.take(decodeG711('u', codes)));
    const channel = { interface: 0, slot: 23 };
    const called = { digits: '3125551234', type: 'national', plan: 'isdn' } as const;
    const setup = { called, complete: true, bearer: 'speech' } as const;
    command({
      kind: 'isdn',
      dChannel: 'pstn',
      command: { kind: 'setup', call: 'one', channel, exclusive: true, setup },
    });
    await heard('alerting');
    await until('ringing tone', 10_000, () => sounds.includes('tone'));
    await heard('connect');
    await until('a voice', 10_000, () => sounds.includes('voice'));
    await until('it is seen so', 5000, () => state()?.spans[0]?.slots[22]?.state === 'talking');
    play({ kind: 'networkHangUp', span: 'sim/1', slot: 23 });
    await heard('disconnect');
    command({ kind: 'isdn', dChannel: 'pstn', command: { kind: 'release', call: 'one', cause: 16 } });
    await heard('released');
    samples.destroy();
  });

  it('carries a call from the PSTN with name and number, and loses its D-channel when told to', async () => {
    const caller = { number: '3125550123', name: 'ANNA ADAMS', restricted: false };
    play({ kind: 'callIn', span: 'sim/1', called: '3125550205', ...caller });
    const setup = await heard('setup');
    assert.ok(setup.kind === 'setup');
    assert.deepEqual(
      [setup.channel.slot, setup.setup.called.digits, setup.setup.calling?.name, setup.setup.calling?.number?.digits],
      [1, '3125550205', 'ANNA ADAMS', '3125550123'],
    );
    command({ kind: 'isdn', dChannel: 'pstn', command: { kind: 'release', call: setup.call, cause: 17 } });
    await until('the caller is gone', 10_000, () => state()?.spans[0]?.slots[0]?.state === 'idle');
    play({ kind: 'plug', span: 'sim/1', plugged: false });
    await heard('gone', 10_000);
    const ups = () => events().filter(({ kind }) => kind === 'up').length;
    const before = ups();
    play({ kind: 'plug', span: 'sim/1', plugged: true });
    await until('the link is up again', 40_000, () => ups() > before);
  });

  it('tells of a telephone that is lifted', async () => {
    play({ kind: 'lift', channel: 'sim/0:1' });
    await until('off hook', 10_000, () =>
      controller.told.some(
        (told) => told.kind === 'line' && told.event.kind === 'signal' && told.event.signal.kind === 'offHook',
      ),
    );
    await until('it is seen so', 5000, () => state()?.telephones[0]?.lifted);
  });
});
