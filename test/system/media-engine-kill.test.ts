import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../appliance/io/index.js';
import { MediaController, MediaProcess, pause, until } from './media-process.js';
import { VoiceEnd } from './voice-end.js';

const host = '127.0.0.1';
const first = 31_000;

describe('the media engine’s process, with two ends that say a tone to each other', () => {
  let engine: MediaProcess;
  let controller: MediaController;
  let one: VoiceEnd;
  let other: VoiceEnd;

  beforeEach(async () => {
    engine = new MediaProcess();
    one = await VoiceEnd.open(host, 500);
    other = await VoiceEnd.open(host, 1200);
    controller = await MediaController.start(engine.socket, host, first);
  });

  afterEach(async () => {
    one.close();
    other.close();
    controller.vanish();
    assert.equal(await engine.stop(), 0, engine.words);
  });

  async function talking(): Promise<readonly [string, string]> {
    const ports = controller.bridge(one, other);
    one.speak(ports[0].place.rtp);
    other.speak(ports[1].place.rtp);
    await until('sound both ways', () => one.packetsSince(0) > 10 && other.packetsSince(0) > 10);
    return [ports[0].id, ports[1].id];
  }

  function assertSound(since: number): void {
    assert.ok(one.toneSince(since, 1200) > 0.95, `one hears ${one.toneSince(since, 1200)} of the other's tone`);
    assert.ok(other.toneSince(since, 500) > 0.95, `the other hears ${other.toneSince(since, 500)} of one's tone`);
  }

  it('has sound again after SIGKILL, on the same ports, by another SSRC', async (context) => {
    await talking();
    const killedAt = systemClock.now();
    engine.kill();
    await until('another engine', () => controller.ports.health.replaced === 1 && controller.ports.health.connected);
    const backAt = systemClock.now();
    await until('sound again', () => one.packetsSince(backAt) > 20 && other.packetsSince(backAt) > 20);
    assertSound(backAt);
    assert.equal(one.streamsSince(0).length, 2);
    const gap = Math.max(one.gapSince(killedAt), other.gapSince(killedAt));
    context.diagnostic(`silence after SIGKILL of the engine: ${Math.round(gap)} ms`);
    assert.ok(gap < 5000, `silent for ${gap} ms`);
  });

  it('never stops the sound when the controller is gone, and the next one goes on with the ports', async (context) => {
    const ids = await talking();
    const goneAt = systemClock.now();
    controller.vanish();
    await pause(1500);
    controller = await MediaController.start(engine.socket, host, first);
    const claimed = ids.map((id) => controller.ports.claim(id));
    assert.ok(claimed.every((port) => port !== undefined));
    await pause(300);
    assertSound(goneAt);
    assert.equal(one.streamsSince(0).length, 1, 'the stream went on');
    const gap = Math.max(one.gapSince(goneAt), other.gapSince(goneAt));
    context.diagnostic(`longest silence over the controller's restart: ${Math.round(gap)} ms`);
    assert.ok(gap < 1000, `silent for ${gap} ms`);
    const closed = claimed.map(
      (port) =>
        new Promise<number>((resolve) =>
          port?.on((event) => {
            if (event.kind === 'closed') resolve(event.statistics?.received ?? -1);
          }),
        ),
    );
    for (const port of claimed) port?.close();
    for (const received of await Promise.all(closed)) assert.ok(received > 50, `${received} packets received`);
    const quietAt = systemClock.now() + 100;
    await pause(400);
    assert.equal(one.packetsSince(quietAt), 0);
  });
});
