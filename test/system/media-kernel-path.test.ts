import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MediaPort, PortStatistics } from '../../src/media/index.js';
import { Namespace } from './branch/namespace.js';
import { requireRootAndPeers } from './branch/requirements.js';
import { MediaController, MediaProcess, pause, until } from './media-process.js';
import { VoiceEndProcess } from './voice-end-process.js';

const table = ['list', 'table', 'ip', 'holdfast_media'];

describe('the kernel path, between two networks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kernel-'));
  let box: Namespace;
  let left: Namespace;
  let right: Namespace;
  let one: VoiceEndProcess;
  let other: VoiceEndProcess;

  before(async () => {
    requireRootAndPeers();
    [box, left, right] = [
      await Namespace.create('box'),
      await Namespace.create('left'),
      await Namespace.create('right'),
    ];
    for (const [space, net] of [
      [left, 1],
      [right, 2],
    ] as const) {
      await box.ip(`link add v${net} type veth peer name eth0 netns ${space.name}`, `link set v${net} up`);
      await box.ip(`addr add 10.77.${net}.1/24 dev v${net}`);
      await space.ip('link set eth0 up', `addr add 10.77.${net}.2/24 dev eth0`);
    }
    await forwarding(true);
    one = await VoiceEndProcess.start(left, '10.77.1.2', 500, join(folder, 'left.log'));
    other = await VoiceEndProcess.start(right, '10.77.2.2', 1200, join(folder, 'right.log'));
  });

  after(async () => {
    await Promise.all([left.destroy(), right.destroy()]);
    await box.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const forwarding = (on: boolean): Promise<string> => box.run('sysctl', ['-qw', `net.ipv4.ip_forward=${on ? 1 : 0}`]);

  /** Flows that the kernel forwards now; undefined: there is no table. */
  async function flows(): Promise<number | undefined> {
    const text = await box.run('nft', table).catch(() => undefined);
    return text === undefined ? undefined : (text.match(/ : goto in_\d+/g) ?? []).length;
  }

  async function untilFlows(count: number): Promise<void> {
    for (let i = 0; (await flows()) !== count; i++) {
      assert.ok(i < 200, `there are ${await flows()} flows, not ${count}`);
      await pause(50);
    }
  }

  interface Call {
    readonly engine: MediaProcess;
    readonly controller: MediaController;
    readonly ports: readonly [MediaPort, MediaPort];
  }

  async function call(words: readonly string[], enter: readonly string[] = []): Promise<Call> {
    const engine = new MediaProcess(words, ['ip', 'netns', 'exec', box.name, ...enter]);
    const outside = { name: 'outside', address: '10.77.2.1', ports: { first: 34_000, last: 34_999 } };
    const controller = await MediaController.start(engine.socket, '10.77.1.1', 34_000, [outside]);
    const ports = controller.bridge(one, other, 'outside');
    await one.speak(ports[0].place.rtp);
    await other.speak(ports[1].place.rtp);
    return { engine, controller, ports };
  }

  async function end({ engine, controller }: Call): Promise<void> {
    controller.vanish();
    assert.equal(await engine.stop(), 0, engine.words);
    assert.equal(await flows(), undefined, 'the table is gone');
  }

  /** Half a second of sound, judged by its tones. */
  async function assertSound(what: string): Promise<void> {
    await Promise.all([one.mark(), other.mark()]);
    await pause(600);
    const [heard, said] = await Promise.all([one.report(1200), other.report(500)]);
    for (const { packets, tone } of [heard, said]) {
      assert.ok(packets >= 10, `${what}: ${packets} packets`);
      assert.ok(tone > 0.95, `${what}: ${tone} of the sound is the tone`);
    }
  }

  function statistics(port: MediaPort): Promise<PortStatistics> {
    return new Promise((resolve) => {
      port.on((event) => {
        if (event.kind === 'statistics') resolve(event.statistics);
      });
      port.askStatistics();
    });
  }

  it('forwards both ways, counts, and gives back what changes', async () => {
    const talk = await call(['--kernel-path', 'yes']);
    const { ports } = talk;
    await untilFlows(2);
    await assertSound('forwarded');
    await pause(1200);
    const figures = await Promise.all(ports.map(statistics));
    for (const { path, received, receivedBytes, sent, lost } of figures) {
      assert.equal(path, 'kernel');
      assert.ok(received > 60 && sent > 60, `${received} received, ${sent} sent`);
      assert.ok(Math.abs(receivedBytes / received - 172) < 1, `${receivedBytes / received} bytes in a packet`);
      assert.ok(lost < 3, `${lost} lost`);
    }
    const { settings } = ports[0];
    const held = { ...settings, direction: { sends: true, receives: false } };
    ports[0].configure(held);
    ports[0].hear({ kind: 'nothing' });
    ports[1].hear({ kind: 'nothing' });
    await untilFlows(0);
    await Promise.all([one.mark(), other.mark()]);
    await pause(400);
    const quiet = await Promise.all([one.report(1200), other.report(500)]);
    assert.deepEqual(
      quiet.map(({ packets }) => packets),
      [0, 0],
      'nobody hears anybody on hold',
    );
    ports[0].configure(settings);
    ports[1].hear({ kind: 'port', port: ports[0].id });
    await assertSound('retrieved');
    await untilFlows(2);
    await assertSound('forwarded again');
    ports[1].configure({ ...ports[1].settings, detectDigits: true });
    await untilFlows(0);
    await assertSound('listened to');
    const [figure] = await Promise.all(ports.map(statistics));
    assert.equal(figure?.path, 'relay');
    assert.ok((figure?.lost ?? 99) < 5, `${figure?.lost} lost: what the kernel forwarded is not lost`);
    await end(talk);
  });

  it('survives SIGKILL: sound goes on, and the next engine makes the table anew', async () => {
    const talk = await call(['--kernel-path', 'yes']);
    await untilFlows(2);
    await assertSound('forwarded');
    await Promise.all([one.mark(), other.mark()]);
    talk.engine.kill();
    const { health } = talk.controller.ports;
    assert.equal(health.replaced, 0);
    await until('another engine', () => talk.controller.ports.health.replaced === 1);
    await untilFlows(2);
    const gap = (await one.report(1200)).gapMs;
    assert.ok(gap < 5000, `silent for ${gap} ms`);
    await assertSound('forwarded by the next engine');
    await end(talk);
  });

  it('stays off where the kernel may not forward, says so, and sound passes all the same', async () => {
    await forwarding(false);
    const unforwarded = await call(['--kernel-path', 'yes']);
    await assertSound('by the native thread');
    assert.match(unforwarded.engine.words, /the kernel path is off.*ip_forward is 0/);
    await end(unforwarded);
    await forwarding(true);
    const without = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'];
    const unprivileged = await call(['--kernel-path', 'yes'], without);
    await assertSound('by the native thread');
    assert.match(unprivileged.engine.words, /the kernel path is off.*NET_ADMIN.*not permitted/);
    await end(unprivileged);
  });
});
