import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type MediaNetwork, PortAllocator, type PortPair, quarantineMs, refusedMs } from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

function allocator(networks: readonly MediaNetwork[], seed = 1): { ports: PortAllocator; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { ports: new PortAllocator(networks, clock, new SeededRandom(seed)), clock };
}

function taken(ports: PortAllocator, network = 'inside'): PortPair {
  const pair = ports.take(network);
  assert.ok(pair.ok, JSON.stringify(pair));
  return pair.value;
}

const inside = (first: number, last: number): MediaNetwork => ({
  name: 'inside',
  address: '10.1.1.1',
  ports: { first, last },
});

describe('the port allocator', () => {
  it('gives each even port of the range once, RTCP beside it, and then says that there is none', () => {
    const { ports } = allocator([inside(20_001, 20_010)]);
    const pairs = [1, 2, 3, 4].map(() => taken(ports));
    assert.deepEqual(pairs.map(({ rtp }) => rtp.port).sort(), [20_002, 20_004, 20_006, 20_008]);
    for (const { rtp, rtcp } of pairs) assert.deepEqual(rtcp, { host: '10.1.1.1', port: rtp.port + 1 });
    const none = ports.take('inside');
    assert.ok(!none.ok);
    assert.equal(none.error.kind, 'exhausted');
    assert.equal(none.error.cause, 47);
    assert.match(none.error.why, /all 4 media ports of network 'inside'/);
  });

  it('knows no other network', () => {
    const { ports } = allocator([inside(20_000, 20_009)]);
    const none = ports.take('outside');
    assert.ok(!none.ok && none.error.kind === 'unknownNetwork');
  });

  it('has nothing to give of a range without a whole pair', () => {
    const { ports } = allocator([inside(20_001, 20_002)]);
    const none = ports.take('inside');
    assert.ok(!none.ok && none.error.kind === 'exhausted');
  });

  it('rests a port after its use, and longer after it could not be opened', () => {
    const { ports, clock } = allocator([inside(20_000, 20_001)]);
    ports.release(taken(ports));
    clock.advance(quarantineMs - 1);
    assert.ok(!ports.take('inside').ok);
    clock.advance(1);
    ports.refuse(taken(ports));
    clock.advance(refusedMs - 1);
    assert.ok(!ports.take('inside').ok);
    clock.advance(1);
    assert.ok(ports.take('inside').ok);
  });

  it('does not give a port that an older engine has', () => {
    const { ports } = allocator([inside(20_000, 20_003)]);
    const claimed = { rtp: { host: '10.1.1.1', port: 20_000 }, rtcp: { host: '10.1.1.1', port: 20_001 } };
    ports.claim(claimed);
    assert.equal(ports.networkOf(claimed), 'inside');
    assert.equal(taken(ports).rtp.port, 20_002);
    assert.ok(!ports.take('inside').ok);
  });

  it('keeps what is in use when the networks change', () => {
    const { ports } = allocator([inside(20_000, 20_001)]);
    taken(ports);
    ports.reconfigure([inside(20_000, 20_003)]);
    assert.equal(taken(ports).rtp.port, 20_002);
    assert.equal(ports.used, 2);
  });

  it('does not give its ports in an order that can be guessed', () => {
    const first = allocator([inside(20_000, 29_999)], 1).ports;
    const second = allocator([inside(20_000, 29_999)], 2).ports;
    const drawn = (ports: PortAllocator) => Array.from({ length: 20 }, () => taken(ports).rtp.port);
    assert.notDeepEqual(drawn(first), drawn(second));
  });

  it('never gives one port to two, or one that rests, whatever happens', () => {
    const order = fc.oneof(
      fc.record({ do: fc.constant('take' as const), network: fc.constantFrom('inside', 'secure', 'sixth') }),
      fc.record({ do: fc.constantFrom('release' as const, 'refuse' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3 * quarantineMs }) }),
    );
    fc.assert(
      fc.property(fc.array(order, { maxLength: 120 }), fc.integer(), (orders, seed) => {
        const networks: readonly MediaNetwork[] = [
          inside(20_000, 20_011),
          // The same address, and a range that overlaps.
          { ...inside(20_006, 20_017), name: 'secure' },
          { name: 'sixth', address: 'fd00::1', ports: { first: 20_000, last: 20_003 } },
        ];
        const { ports, clock } = allocator(networks, seed);
        const live = new Map<string, PortPair>();
        const restsUntil = new Map<string, number>();
        const key = ({ rtp }: PortPair) => `${rtp.host} ${rtp.port}`;
        for (const one of orders) {
          if (one.do === 'wait') clock.advance(one.ms);
          else if (one.do === 'take') {
            const network = networks.find(({ name }) => name === one.network);
            const pair = ports.take(one.network);
            if (!pair.ok) {
              const { first, last } = network?.ports ?? { first: 0, last: 0 };
              for (let port = first; port < last; port += 2) {
                const at = `${network?.address} ${port}`;
                assert.ok(live.has(at) || (restsUntil.get(at) ?? 0) > clock.now(), `${at} was free`);
              }
              continue;
            }
            assert.ok(!live.has(key(pair.value)));
            assert.ok((restsUntil.get(key(pair.value)) ?? 0) <= clock.now());
            assert.equal(pair.value.rtp.port % 2, 0);
            assert.ok(pair.value.rtp.port >= (network?.ports.first ?? 0));
            assert.ok(pair.value.rtcp.port <= (network?.ports.last ?? 0));
            live.set(key(pair.value), pair.value);
          } else {
            const pair = [...live.values()][one.which % Math.max(1, live.size)];
            if (pair === undefined) continue;
            live.delete(key(pair));
            ports[one.do](pair);
            restsUntil.set(key(pair), clock.now() + (one.do === 'refuse' ? refusedMs : quarantineMs));
          }
          assert.equal(ports.used, live.size);
        }
      }),
      { numRuns: 300 },
    );
  });
});
