import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KernelPort } from '../../../appliance/media-engine/kernel-flows.js';
import { faxMs, KernelPath } from '../../../appliance/media-engine/kernel-path.js';
import type { NativeCommand } from '../../../appliance/media-engine/native-engine.js';
import { readCounters } from '../../../appliance/media-engine/nft-script.js';
import { silentLog } from '../../../src/base/index.js';
import { idleSettings, type RtpSettings } from '../../../src/media/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const pcmu = { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' } as const;
const [a, b] = ['00000000000000aa', '00000000000000bb'];

function port(id: string, peer: string, number: number, more: Partial<RtpSettings> = {}): KernelPort {
  const rtp = { host: '10.0.0.1', port: 20_000 + 2 * number };
  return {
    id,
    recorded: false,
    rtp: {
      place: { rtp, rtcp: { ...rtp, port: rtp.port + 1 }, ssrc: 1, cname: 'c' },
      settings: {
        ...idleSettings,
        receives: [pcmu],
        sends: [pcmu],
        direction: { sends: true, receives: true },
        hears: { kind: 'port', port: peer },
        ...more,
      },
      received: [],
      latched: { host: '10.0.0.9', port: 4000 + number },
    },
  };
}

/** A kernel that counts what the test says. */
class Bench {
  readonly clock = new VirtualClock();
  readonly ports = new Map<string, KernelPort>();
  readonly scripts: string[] = [];
  readonly told: NativeCommand[] = [];
  readonly counters = new Map<string, { packets: number; bytes: number }>();
  refuses: string | undefined;
  readonly path = new KernelPath({
    clock: this.clock,
    log: silentLog,
    ports: () => this.ports,
    isLocal: (host) => host === '10.0.0.1',
    toNative: (command) => this.told.push(command),
    nft: async (words, script) => {
      if (this.refuses !== undefined) throw new Error(this.refuses);
      if (words[0] === '-j') {
        const listed = [...this.counters].map(([name, counts]) => ({ counter: { name, ...counts } }));
        return JSON.stringify({ nftables: [{ metainfo: {} }, ...listed] });
      }
      this.scripts.push(script);
      return '';
    },
  });

  put(...ports: readonly KernelPort[]): void {
    for (const one of ports) this.ports.set(one.id, one);
    for (const { id } of ports) this.path.changed(id);
  }

  async talking(): Promise<void> {
    assert.equal(await this.path.start(), undefined);
    this.put(port(a, b, 1), port(b, a, 2));
    await this.clock.run(1000);
    assert.equal(this.path.forwarded, 2);
  }

  count(name: string, packets: number): void {
    this.counters.set(name, { packets, bytes: packets * 200 });
  }

  kinds(): readonly string[] {
    return this.told.map((command) =>
      command.kind === 'kernel' ? `${command.port} ${command.forwards}` : `${command.kind}`,
    );
  }
}

describe('the kernel path', () => {
  it('takes over what settled for a moment, and tells the native thread', async () => {
    const bench = new Bench();
    assert.equal(await bench.path.start(), undefined);
    bench.put(port(a, b, 1), port(b, a, 2));
    await bench.clock.run(999);
    assert.equal(bench.scripts.length, 1, 'the empty table');
    await bench.clock.run(1);
    assert.match(bench.scripts[1] ?? '', /arriving \{ 10\.0\.0\.9 \. 4001 \. 10\.0\.0\.1 \. 20002 : goto in_1 \}/);
    assert.match(bench.scripts[1] ?? '', /in_1 @th,73,7 \{ 0 \} .* ip daddr set 10\.0\.0\.9 udp dport set 4002 accept/);
    assert.match(bench.scripts[1] ?? '', /out_1 .* ip saddr set 10\.0\.0\.1 udp sport set 20004 ip dscp set 46 accept/);
    assert.deepEqual(bench.kinds(), [`${a} true`, `${b} true`]);
  });

  it('gives back at once what changes, and counts to the end', async () => {
    const bench = new Bench();
    await bench.talking();
    bench.count('in_1', 100);
    bench.count('out_1', 100);
    bench.count('in_2', 90);
    bench.count('out_2', 90);
    await bench.clock.run(1000);
    const counts = (id: string) => bench.told.findLast((one) => one.kind === 'kernelCounts' && one.port === id);
    const ofA = { kind: 'kernelCounts', port: a, packets: 100, bytes: 17_200, sentPackets: 90, sentBytes: 15_480 };
    assert.deepEqual(counts(a), ofA);
    bench.put(port(a, b, 1, { direction: { sends: true, receives: false } }));
    assert.deepEqual(bench.kinds().slice(-2), [`${a} false`, `${b} false`]);
    await bench.clock.run(0);
    assert.match(bench.scripts.at(-1) ?? '', /^delete element ip holdfast_media arriving/);
    bench.count('in_1', 110);
    bench.count('out_1', 110);
    await bench.clock.run(1000);
    assert.deepEqual(counts(a), { ...ofA, packets: 110, bytes: 18_920 });
    assert.match(bench.scripts.at(-1) ?? '', /delete counter ip holdfast_media out_1\n/);
    bench.put(port(a, b, 1));
    bench.counters.clear();
    await bench.clock.run(1000);
    bench.count('in_3', 10);
    bench.count('out_3', 10);
    await bench.clock.run(1000);
    assert.deepEqual(counts(a), { ...ofA, packets: 120, bytes: 20_640 }, 'over both times');
  });

  it('gives back what a third port begins to hear, what moves, and what closes', async () => {
    for (const change of [
      (bench: Bench) => bench.put(port('00000000000000cc', a, 3)),
      (bench: Bench) => {
        const moved = port(a, b, 1);
        bench.ports.set(a, { ...moved, rtp: { ...moved.rtp, latched: { host: '10.0.0.9', port: 4999 } } });
        bench.path.heard({ kind: 'latched', port: a, address: { host: '10.0.0.9', port: 4999 } });
      },
      (bench: Bench) => {
        bench.ports.delete(a);
        bench.path.changed(a);
      },
      (bench: Bench) => bench.put({ ...port(a, b, 1), recorded: true }),
    ]) {
      const bench = new Bench();
      await bench.talking();
      change(bench);
      assert.equal(bench.path.forwarded, 0);
      assert.equal(bench.kinds().at(-1), `${b} false`);
    }
  });

  it('leaves a call alone that changes nothing', async () => {
    const bench = new Bench();
    await bench.talking();
    bench.put(port(a, b, 1), port(b, a, 2));
    bench.path.heard({ kind: 'latched', port: a, address: { host: '10.0.0.9', port: 4001 } });
    assert.equal(bench.path.forwarded, 2);
  });

  it('waits for fax tones where they are looked for, and again when they begin to be', async () => {
    const bench = new Bench();
    assert.equal(await bench.path.start(), undefined);
    bench.put(port(a, b, 1, { detectFax: true }), port(b, a, 2));
    await bench.clock.run(faxMs);
    assert.equal(bench.path.forwarded, 0);
    await bench.clock.run(1000);
    assert.equal(bench.path.forwarded, 2);
    bench.put(port(a, b, 1));
    assert.equal(bench.path.forwarded, 0, 'something changed');
    await bench.clock.run(1000);
    assert.equal(bench.path.forwarded, 2);
    bench.put(port(b, a, 2, { detectFax: true }));
    await bench.clock.run(faxMs);
    assert.equal(bench.path.forwarded, 0);
    await bench.clock.run(2000);
    assert.equal(bench.path.forwarded, 2);
  });

  it('gives up where what goes in does not come out', async () => {
    const bench = new Bench();
    await bench.talking();
    for (const id of [1, 2]) {
      bench.count(`in_${id}`, 60);
      bench.count(`out_${id}`, 0);
    }
    await bench.clock.run(1000);
    assert.equal(bench.path.forwarded, 0);
    assert.match(bench.scripts.at(-1) ?? '', /delete table ip holdfast_media/);
    assert.deepEqual(bench.kinds().slice(-2), [`${a} false`, `${b} false`]);
    assert.equal(bench.clock.pending, 0);
  });

  it('says why it cannot begin, and gives up when nft fails later', async () => {
    const bench = new Bench();
    bench.refuses = 'Operation not permitted';
    assert.equal(await bench.path.start(), 'Operation not permitted');
    assert.equal(bench.clock.pending, 0);
    const later = new Bench();
    await later.talking();
    later.refuses = 'no memory';
    later.put(port(a, b, 1, { detectDigits: true }), port('00000000000000cc', '00000000000000dd', 3));
    await later.clock.run(3000);
    assert.equal(later.path.forwarded, 0);
    assert.equal(later.clock.pending, 0);
  });

  it('removes its table at the end', async () => {
    const bench = new Bench();
    await bench.talking();
    await bench.path.stop();
    assert.match(bench.scripts.at(-1) ?? '', /delete table ip holdfast_media/);
    assert.deepEqual(bench.kinds().slice(-2), [`${a} false`, `${b} false`]);
    assert.equal(bench.clock.pending, 0);
  });

  it('does not take two calls between the same two sockets', async () => {
    const bench = new Bench();
    assert.equal(await bench.path.start(), undefined);
    const [c, d] = ['00000000000000cc', '00000000000000dd'];
    const again = (whole: KernelPort, like: KernelPort): KernelPort => ({
      ...whole,
      rtp: { ...whole.rtp, ...(like.rtp.latched === undefined ? {} : { latched: like.rtp.latched }) },
    });
    const first = [port(a, b, 1), port(b, a, 2)] as const;
    bench.put(...first, again(port(c, d, 3), first[0]), again(port(d, c, 4), first[1]));
    await bench.clock.run(1000);
    assert.equal(bench.path.forwarded, 2);
  });

  it('reads only counters', () => {
    assert.equal(readCounters('').size, 0);
    assert.equal(readCounters('{"nftables":[1,null,{"counter":{"name":"x"}},{"counter":null}]}').size, 0);
    assert.equal(readCounters('{"nftables":{}}').size, 0);
  });
});
