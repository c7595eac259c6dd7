import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { NativeBench, opus, pcmu, plainSettings, rtpPacket, telephoneEvent } from './native-bench.js';

const bench = new NativeBench();
after(() => bench.stop());

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('ports that come and go', () => {
  it('leave no descriptor and no memory behind: 10,000 of them, bridged in pairs', async () => {
    const key = Buffer.alloc(30, 1).toString('base64');
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const peer = await bench.peer();
    const free = [await bench.port({}), await bench.port({})];
    for (const port of free) await port.close();
    const churn = async (pairs: number): Promise<void> => {
      const before = bench.of('closed').length;
      for (let index = 0; index < pairs; index += 1) {
        // Every tenth pair with all that a port can have: keys and codecs cost most of the time.
        const full = index % 10 === 0;
        for (const [side, { id, place }] of free.entries()) {
          bench.engine.apply({
            kind: 'open',
            port: id,
            place,
            settings: {
              ...plainSettings,
              remote: peer.remote,
              security:
                side === 0 || !full
                  ? { kind: 'plain' }
                  : { kind: 'sdes', send: { suite, keyAndSalt: key }, receive: { suite, keyAndSalt: key } },
              receives: side === 0 || !full ? [pcmu, telephoneEvent(101)] : [opus(96)],
              sends: side === 0 || !full ? [pcmu] : [opus(96)],
              detectDigits: side === 0 && full,
              hears: { kind: 'port', port: free[1 - side]?.id ?? id },
            },
          });
        }
        const [plain] = free;
        if (index % 50 === 0 && plain !== undefined) {
          peer.send(plain, rtpPacket({ sequence: index, timestamp: index * 160, ssrc: 1 }, new Uint8Array(160)));
          await plain.statistics();
        }
        for (const { id } of free) bench.engine.apply({ kind: 'close', port: id });
        if (index % 100 === 99) await bench.until(() => bench.of('closed').length >= before + 2 * (index + 1));
      }
      await bench.until(() => bench.of('closed').length === before + 2 * pairs);
      bench.events.length = 0;
    };
    await churn(500);
    const open = descriptors();
    const memory = process.memoryUsage().rss;
    await churn(5000);
    assert.equal(descriptors(), open);
    const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
    // A port with its codecs is some 50 KB: ten thousand of them would be 500 MB.
    assert.ok(grown < 60, `${grown} MB more`);
  });

  it('give their numbers back, and one that cannot open leaves nothing', async () => {
    const port = await bench.port({});
    const before = descriptors();
    const id = '00000000000000ff';
    bench.engine.apply({ kind: 'open', port: id, place: port.place, settings: plainSettings });
    await bench.until(() => bench.of('failed').length > 0);
    const failed = bench.of('failed').at(-1);
    assert.equal(failed?.port, id);
    assert.match(failed?.why ?? '', /in use/);
    assert.equal(descriptors(), before);
    await port.close();
    port.open({});
    assert.equal((await port.statistics()).received, 0);
    assert.equal(bench.of('failed').length, 1);
  });

  it('throw at a command that is malformed, and nothing is done', () => {
    const bad = (command: object): void => {
      assert.throws(() => bench.engine.apply(command as Parameters<typeof bench.engine.apply>[0]), TypeError);
    };
    bad({});
    bad({ kind: 'close', port: 'x' });
    bad({ kind: 'askStatistics', port: '00000000000000FF' });
    bad({ kind: 'configure', port: '0000000000000001', settings: { ...plainSettings, packetMs: 5 } });
    bad({ kind: 'configure', port: '0000000000000001', settings: { ...plainSettings, dscp: 64 } });
    bad({ kind: 'digit', port: '0000000000000001', digit: 'x', durationMs: 100 });
    bad({
      kind: 'send',
      port: '0000000000000001',
      component: 3,
      bytes: new Uint8Array(1),
      to: { host: '::1', port: 1 },
    });
    bad({
      kind: 'keys',
      port: '0000000000000001',
      keys: { suite: 'AES_CM_128_HMAC_SHA1_80', send: 'AAAA', receive: 'AAAA' },
    });
  });
});
