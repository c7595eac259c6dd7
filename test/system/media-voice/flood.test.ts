import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { after, before, describe, it } from 'node:test';
import { sleep } from '../branch/patience.js';
import { hearTone, type ToneHeard } from './listening.js';
import { VoiceBench } from './voice-bench.js';
import { securityOf, talking, VoiceParty } from './voice-party.js';

const floodMs = 2000;
/** Each turn of 5 ms: some 8,000 a second in all, at twelve ports. */
const perTurn = 40;
/** A machine that holds this process up says nothing of the engine: then it is tried again. */
const [heldUpMs, attempts] = [40, 4] as const;
const host = '127.0.0.1';

/** What hostile senders throw at a port: noise, and what looks nearly right. */
function garbage(kind: number): Buffer {
  const noise = randomBytes(20 + (kind % 5) * 40);
  if (kind % 7 === 0) return noise.subarray(0, kind % 13);
  const first = noise[0] ?? 0;
  if (kind % 3 === 0) noise[0] = 0x80 | (first & 0x3f); // RTP of any flags
  if (kind % 5 === 0) noise.writeUInt16BE(0x80c8 + (kind % 5), 0); // RTCP
  if (kind % 11 === 0) noise.writeUInt32BE(0x00010008, 0); // STUN, without a fingerprint
  if (kind % 13 === 0) noise[0] = 22; // DTLS handshake
  return noise;
}

function isWhole(heard: ToneHeard | undefined): boolean {
  return heard !== undefined && heard.blocks > 70 && heard.gaps < heard.blocks / 20;
}

describe('floods of garbage at ports in use', () => {
  let bench: VoiceBench;

  before(async () => {
    bench = await VoiceBench.start('yes');
  });

  after(async () => {
    await bench.stop();
  });

  it('leave the sound of calls as it is, plain and secured', async () => {
    const parties: VoiceParty[] = [];
    const numbers: number[] = [];
    for (const suite of [undefined, 'AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_256_GCM'] as const) {
      const security = [securityOf(suite), securityOf(undefined)] as const;
      const one = await VoiceParty.open('PCMU', 20, security[0]);
      const other = await VoiceParty.open('PCMU', 20, security[1]);
      const ports = [
        bench.open(one, bench.settingsFor(one, security[0])),
        bench.open(other, bench.settingsFor(other, security[1])),
      ] as const;
      bench.bridge(...ports);
      one.sayTone(440);
      other.sayTone(1000);
      parties.push(one, other);
      numbers.push(...ports.flatMap(({ number }) => [number, number + 1]));
    }
    const hostile = createSocket('udp4');
    hostile.on('error', () => undefined);
    await new Promise<void>((resolve) => hostile.bind(0, host, resolve));
    let thrown = 0;
    const listen = async (): Promise<readonly ToneHeard[]> => {
      await talking(parties, async () => {
        await sleep(600);
        for (const party of parties) party.forget();
        const flood = setInterval(() => {
          for (let i = 0; i < perTurn; i += 1) {
            const number = numbers[thrown % numbers.length] ?? 0;
            hostile.send(garbage(thrown), number, host, () => undefined);
            thrown += 1;
          }
        }, 5);
        await sleep(floodMs);
        clearInterval(flood);
        await sleep(200);
      });
      return parties.map((party) => {
        const { samples, sampleRate } = party.sound();
        return hearTone(samples, sampleRate);
      });
    };
    let heard = await listen();
    let heldUp = parties.some(({ late }) => late > heldUpMs);
    for (let tries = 1; heldUp && tries < attempts && !heard.every(isWhole); tries += 1) {
      heard = await listen();
      heldUp = parties.some(({ late }) => late > heldUpMs);
    }
    hostile.close();
    for (const party of parties) party.close();
    assert.ok(thrown > 1000, `only ${thrown} were thrown`);
    heard.forEach(({ frequency, gaps, blocks }, i) => {
      assert.equal(frequency, i % 2 === 0 ? 1000 : 440, `party ${i}`);
      // Held up four times in a row: then the tone alone must be the right one.
      if (!heldUp) assert.ok(isWhole(heard[i]), `party ${i}: ${gaps} gaps in ${blocks} blocks`);
    });
    assert.deepEqual(bench.engine.failures, []);
    assert.equal(bench.engine.process.exitCode, undefined);
  });
});
