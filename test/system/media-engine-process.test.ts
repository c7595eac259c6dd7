import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../appliance/io/index.js';
import { idleSettings } from '../../src/media/index.js';
import { g711To, MediaController, MediaProcess, until } from './media-process.js';
import { VoiceEnd } from './voice-end.js';

const script = resolve(import.meta.dirname, '../../appliance/media-engine/main.js');
const host = '127.0.0.1';
const first = 32_000;

describe('the media engine’s command line', () => {
  const refused = (...words: readonly string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' });
    return { status, said: stderr.split('\n')[0] };
  };

  it('says what is wrong with arguments', () => {
    assert.deepEqual(refused('--state', '/tmp'), { status: 2, said: 'media-engine: --socket PATH is missing' });
    const whole = ['--socket', '/tmp/s', '--state', '/tmp'];
    const complexity = refused(...whole, '--complexity', '11');
    assert.equal(complexity.said, 'media-engine: --complexity 11: write a whole number from 0 to 10');
    assert.equal(refused(...whole, '--unknown').status, 2);
  });

  it('says why it cannot start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-media-'));
    try {
      const long = refused('--socket', join(folder, 'x'.repeat(120)), '--state', folder);
      assert.equal(long.status, 1);
      assert.match(long.said ?? '', /the path of the socket is longer than 107 bytes/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the media engine’s process', () => {
  it('survives whatever is written to its socket, and serves on', async () => {
    const engine = new MediaProcess();
    const [one, other] = [await VoiceEnd.open(host, 500), await VoiceEnd.open(host, 1200)];
    let controller = await MediaController.start(engine.socket, host, first);
    const ports = controller.bridge(one, other);
    one.speak(ports[0].place.rtp);
    other.speak(ports[1].place.rtp);
    await until('sound both ways', () => one.packetsSince(0) > 10 && other.packetsSince(0) > 10);
    controller.vanish();
    const lines = [
      'nonsense',
      '{"kind":"open"}',
      JSON.stringify({ kind: 'open', port: ports[0].id, place: ports[0].place, settings: idleSettings }),
      JSON.stringify({ kind: 'hear', port: '00000000000000ff', source: { kind: 'nothing' } }),
      JSON.stringify({
        kind: 'open',
        port: '00000000000000ff',
        place: {
          ...ports[0].place,
          rtp: { host: '192.0.2.1', port: 33_000 },
          rtcp: { host: '192.0.2.1', port: 33_001 },
        },
        settings: idleSettings,
      }),
    ];
    const heard: string[] = [];
    for (const end of ['\n{"kind":"list"}\n', 'x'.repeat(300_000)]) {
      const socket = createConnection(engine.socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => heard.push(String(chunk)));
      socket.write(`${lines.join('\n')}${end}`);
      const whole = (): string => heard.join('');
      await until('an answer', () => whole().includes(end.startsWith('x') ? 'is longer than' : '"ports"'));
      socket.destroy();
    }
    // Each line twice; the last one is an address that this machine does not have.
    await until('every complaint', () => (heard.join('').match(/"failed"/g) ?? []).length >= 2 * lines.length);
    controller = await MediaController.start(engine.socket, host, first);
    const since = systemClock.now();
    await until('sound both ways', () => one.packetsSince(since) > 20 && other.packetsSince(since) > 20);
    assert.ok(one.toneSince(since, 1200) > 0.95 && other.toneSince(since, 500) > 0.95);
    assert.ok(ports.every(({ id }) => controller.ports.claim(id) !== undefined));
    controller.vanish();
    one.close();
    other.close();
    assert.equal(await engine.stop(), 0, engine.words);
  });

  it('tells why a port could not be opened, and the next one is another', async () => {
    const engine = new MediaProcess();
    const end = await VoiceEnd.open(host, 500);
    // A pair that is free now, and then taken by the end's own socket.
    const first = end.address.port - (end.address.port % 2);
    const controller = await MediaController.start(engine.socket, host, first);
    const failures: string[] = [];
    for (let i = 0; i < 2000 && failures.length === 0; i++) {
      const opened = controller.ports.open({ network: 'inside' });
      if (!opened.ok) break;
      const { value: port } = opened;
      port.on((event) => {
        if (event.kind === 'failed') failures.push(event.why);
      });
    }
    await until('a failure', () => failures.length > 0);
    assert.match(failures[0] ?? '', /in use|EADDRINUSE/i);
    controller.vanish();
    end.close();
    assert.equal(await engine.stop(), 0, engine.words);
  });

  it('keeps its state where nobody else reads it, and its fingerprint over a restart', async () => {
    const engine = new MediaProcess();
    const controller = await MediaController.start(engine.socket, host, first);
    const { fingerprint } = controller.ports;
    assert.equal(statSync(join(engine.folder, 'state', 'dtls-key.pem')).mode & 0o777, 0o600);
    const end = await VoiceEnd.open(host, 500);
    const port = controller.open(g711To(end));
    engine.kill();
    await until('another engine', () => controller.ports.health.replaced === 1 && controller.ports.health.connected);
    assert.equal(controller.ports.fingerprint, fingerprint);
    assert.equal(controller.ports.health.ports, 1);
    port.close();
    await until('a pulse', () => controller.ports.health.pulse !== undefined);
    controller.vanish();
    end.close();
    assert.equal(await engine.stop(), 0, engine.words);
  });
});
