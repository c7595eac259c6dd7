import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NamedProber } from '../../../appliance/controller/named-prober.js';
import type { ProbeOutcome } from '../../../src/wan/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const answered: ProbeOutcome = { kind: 'answered', status: 200, rttMs: 5 };

function scene(): { prober: NamedProber; clock: VirtualClock; asked: string[]; dns: { works: boolean } } {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const dns = { works: true };
  const prober = new NamedProber({
    prober: { probe: async () => answered },
    clock,
    intervalMs: () => 30_000,
    resolve: async (host, transport) => {
      asked.push(`${host} ${transport}`);
      if (!dns.works) throw new Error('no name server answers');
    },
  });
  return { prober, clock, asked, dns };
}

const target = 'sip:centre.example;transport=tcp';
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe('a prober that looks names up', () => {
  it('asks nobody about an address', async () => {
    const { prober, asked } = scene();
    assert.deepEqual(await prober.probe('sip:192.0.2.1:5060', 500), answered);
    assert.deepEqual(await prober.probe('sip:[2001:db8::1];transport=udp', 500), answered);
    assert.deepEqual(asked, []);
  });

  it('looks a name up once an interval', async () => {
    const { prober, clock, asked } = scene();
    await prober.probe(target, 500);
    await prober.probe(target, 500);
    assert.deepEqual(asked, ['centre.example tcp']);
    clock.advance(30_000);
    await prober.probe(target, 500);
    assert.equal(asked.length, 2);
  });

  it('tells from the start that a name does not resolve', async () => {
    const { prober, dns } = scene();
    dns.works = false;
    assert.deepEqual(await prober.probe(target, 500), { kind: 'unresolved', why: 'no name server answers' });
  });

  it('notices that the name servers died, and that they are back', async () => {
    const { prober, clock, dns } = scene();
    assert.deepEqual(await prober.probe(target, 500), answered);
    dns.works = false;
    clock.advance(30_000);
    assert.deepEqual(await prober.probe(target, 500), answered, 'a look-up never delays a probe');
    await turns();
    assert.equal((await prober.probe(target, 500)).kind, 'unresolved');
    dns.works = true;
    clock.advance(30_000);
    await turns();
    assert.deepEqual(await prober.probe(target, 500), answered);
  });
});
