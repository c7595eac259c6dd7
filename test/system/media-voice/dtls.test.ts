import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  idleSettings,
  type MediaEvent,
  type PortId,
  type PortSecurity,
  type RtpSettings,
} from '../../../src/media/index.js';
import { srtpSuites } from '../../../src/rtp/index.js';
import { until } from '../branch/patience.js';
import { hearTone } from './listening.js';
import { VoiceBench } from './voice-bench.js';
import { formats, type VoiceCodec, voiceCodecs } from './voice-codec.js';
import { securityOf, talking, VoiceParty } from './voice-party.js';

const idle: RtpSettings = { ...idleSettings, direction: { sends: true, receives: true } };

interface Call {
  readonly name: string;
  readonly one: VoiceParty;
  readonly other: VoiceParty;
  readonly ports: readonly PortId[];
}

/**
 * Keys by DTLS beside every other security: end, port, port secured by DTLS, another one, port, end. Both sides of the handshake are
 * ours here; strangers' are in dtls-openssl.test.ts and media-chromium.test.ts.
 */
describe('voice through ports secured by DTLS', () => {
  let bench: VoiceBench;

  before(async () => {
    bench = await VoiceBench.start();
  });

  after(async () => {
    await bench.stop();
  });

  it('passes between DTLS and every other security, with every codec inside', async () => {
    const secured = new Set<string>();
    bench.engine.listen((event: MediaEvent) => {
      if (event.kind === 'secured') secured.add(event.port);
    });
    const { fingerprint } = bench.engine;
    const calls: Call[] = [];
    for (const [i, suite] of [undefined, ...srtpSuites].entries()) {
      const security = securityOf(suite);
      const plain = securityOf(undefined);
      const inner: VoiceCodec = voiceCodecs[i % voiceCodecs.length] ?? 'PCMU';
      const one = await VoiceParty.open('PCMA', 20, security);
      const other = await VoiceParty.open('PCMU', 20, plain);
      const outer = [
        bench.open(one, bench.settingsFor(one, security)),
        bench.open(other, bench.settingsFor(other, plain)),
      ] as const;
      const dtls = (role: 'client' | 'server'): { readonly security: PortSecurity } => ({
        security: { kind: 'dtls', role, fingerprint },
      });
      // Their peer is not known yet: nothing is sent.
      const between = { receives: [formats[inner]], sends: [formats[inner]] };
      const server = bench.open(undefined, { ...idle, ...between, ...dtls('server') });
      const client = bench.open(undefined, { ...idle, ...between, ...dtls('client') });
      bench.configure(server, bench.towards(client));
      bench.configure(client, bench.towards(server));
      bench.bridge(outer[0], server);
      bench.bridge(client, outer[1]);
      one.sayTone(1000);
      other.sayTone(1900);
      calls.push({ name: `${suite ?? 'plain'}, ${inner}`, one, other, ports: [server.id, client.id] });
    }
    const parties = calls.flatMap(({ one, other }) => [one, other]);
    await talking(parties, async () => {
      await until('all handshakes are over', 20_000, () =>
        calls.every(({ ports }) => ports.every((id) => secured.has(id))),
      );
      for (const party of parties) party.heard.length = 0;
      await until('everybody hears enough', 10_000, () => parties.every(({ heardMs }) => heardMs >= 1600)).catch(
        () => undefined,
      );
    });
    const found = calls.map(({ name, one, other }) => {
      const [left, right] = [one.sound(), other.sound()].map(({ samples, sampleRate }) =>
        hearTone(samples.subarray(sampleRate * 0.4), sampleRate),
      );
      return [name, left?.frequency, right?.frequency, (left?.gaps ?? 99) <= 2 && (right?.gaps ?? 99) <= 2];
    });
    for (const party of parties) party.close();
    assert.deepEqual(
      found,
      calls.map(({ name }) => [name, 1900, 1000, true]),
    );
    assert.deepEqual(bench.engine.failures, []);
  });
});
