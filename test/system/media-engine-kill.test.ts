import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../appliance/io/index.js';
import { SrtpByHand } from '../unit/media-engine/srtp-by-hand.js';
import { g711To, MediaController, MediaProcess, pause, until } from './media-process.js';
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

  it('opens SRTP as before after SIGKILL, though the sequence numbers had wrapped', async () => {
    const key = (fill: number) => Buffer.alloc(30, fill).toString('base64');
    const [ours, theirs] = [key(1), key(2)];
    const keys = { send: new SrtpByHand(theirs, 80), receive: new SrtpByHand(ours, 80) };
    // Some packets before the wrap: whoever begins anew behind it cannot know how often it happened.
    const secret = await VoiceEnd.open(host, 700, keys, 65_516);
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const send = { suite, keyAndSalt: ours } as const;
    const receive = { suite, keyAndSalt: theirs } as const;
    const ports = [
      controller.open({ ...g711To(secret), security: { kind: 'sdes', send, receive } }),
      controller.open(g711To(other)),
    ] as const;
    ports[0].hear({ kind: 'port', port: ports[1].id });
    ports[1].hear({ kind: 'port', port: ports[0].id });
    secret.speak(ports[0].place.rtp);
    other.speak(ports[1].place.rtp);
    await until('a wrap', () => keys.send.roc === 1 && secret.sent > 40);
    await until('sound both ways', () => secret.packetsSince(0) > 10 && other.packetsSince(0) > 10);
    engine.kill();
    await until('another engine', () => controller.ports.health.replaced === 1 && controller.ports.health.connected);
    const backAt = systemClock.now();
    await until('sound again', () => secret.packetsSince(backAt) > 20 && other.packetsSince(backAt) > 20);
    assert.ok(secret.toneSince(backAt, 1200) > 0.95 && other.toneSince(backAt, 700) > 0.95);
    assert.equal(secret.streamsSince(0).length, 2, 'another SSRC: no keystream comes twice');
    secret.close();
  });

  it('never stops the sound when the controller is gone, and the next one goes on with the ports', async (context) => {
    const ids = await talking();
    const goneAt = systemClock.now();
    controller.vanish();
    await pause(2500);
    controller = await MediaController.start(engine.socket, host, first);
    const claimed = ids.map((id) => controller.ports.claim(id));
    assert.ok(claimed.every((port) => port !== undefined));
    await pause(300);
    assertSound(goneAt);
    assert.equal(one.streamsSince(0).length, 1, 'the stream went on');
    const gap = Math.max(one.gapSince(goneAt), other.gapSince(goneAt));
    context.diagnostic(`longest silence over the controller's restart: ${Math.round(gap)} ms`);
    assert.ok(gap < 2000, `silent for ${gap} ms`);
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
