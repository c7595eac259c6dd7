import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../../../src/base/index.js';
import {
  closedWithinMs,
  figuresEveryMs,
  idleSettings,
  type MediaPort,
  MediaPorts,
  orphanGraceMs,
  type PortEvent,
  type RtpSettings,
} from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { noFigures, SimulatedMediaEngine } from '../../sim/simulated-media.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const networks = [{ name: 'inside', address: '10.1.1.1', ports: { first: 20_000, last: 20_063 } }];
const key = (text: string) => ({ suite: 'AES_CM_128_HMAC_SHA1_80', keyAndSalt: text }) as const;
const secured: RtpSettings = {
  ...idleSettings,
  security: { kind: 'sdes', send: key('ours'), receive: key('theirs') },
  direction: { sends: true, receives: true },
};

class Bench {
  readonly clock = new VirtualClock();
  readonly complaints: string[] = [];
  readonly engine: SimulatedMediaEngine;
  ports: MediaPorts;
  synced = 0;

  constructor(seed = 1) {
    this.engine = new SimulatedMediaEngine(this.clock, new SeededRandom(seed), (text) => this.complaints.push(text));
    this.ports = this.controller(seed + 1);
  }

  /** Another process of the controller. */
  controller(seed: number): MediaPorts {
    return new MediaPorts({
      networks,
      clock: this.clock,
      random: new SeededRandom(seed),
      log: silentLog,
      onSynced: () => this.synced++,
    });
  }

  connect(): void {
    this.engine.connect(this.ports);
    this.clock.advance(1);
  }

  open(settings = idleSettings): { port: MediaPort; events: PortEvent[] } {
    const opened = this.ports.open({ network: 'inside' });
    assert.ok(opened.ok);
    const events: PortEvent[] = [];
    opened.value.on((event) => events.push(event));
    opened.value.configure(settings);
    return { port: opened.value, events };
  }

  wants(): readonly string[] {
    return this.engine.commands.map((command) =>
      'port' in command ? `${command.kind} ${command.port}` : command.kind,
    );
  }
}

describe('ports of the media engine', () => {
  it('are usable before there is an engine, and are made in the one that comes', () => {
    const bench = new Bench();
    const { port } = bench.open(secured);
    port.hear({ kind: 'port', port: '00000000000000aa' });
    const silent = bench.open();
    silent.port.close();
    bench.clock.advance(1);
    bench.connect();
    assert.deepEqual([...bench.engine.ports.keys()], [port.id]);
    assert.deepEqual(bench.engine.heardBy(port.id), { kind: 'port', port: '00000000000000aa' });
    assert.deepEqual(bench.wants(), ['list', `open ${port.id}`]);
    assert.equal(bench.synced, 1);
    assert.deepEqual(silent.events, [{ kind: 'closed', port: silent.port.id }]);
  });

  it('tell the engine at once what changes', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open();
    port.digit('5', 100);
    port.askStatistics();
    port.close();
    port.configure(secured);
    port.digit('6', 100);
    bench.clock.advance(1);
    const words = ['open', 'configure', 'digit', 'askStatistics', 'close'].map((kind) => `${kind} ${port.id}`);
    assert.deepEqual(bench.wants(), ['list', ...words]);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['statistics', 'closed'],
    );
    assert.deepEqual(events[1], { kind: 'closed', port: port.id, statistics: noFigures });
  });

  it('are made again in an engine that replaces a dead one: same addresses and keys, another SSRC', () => {
    const bench = new Bench();
    bench.connect();
    const { port } = bench.open({ ...secured, latchEpoch: 2 });
    const before = port.place;
    const latched = { host: '10.1.1.9', port: 4000 };
    bench.clock.advance(1);
    bench.engine.say({ kind: 'rolled', port: port.id, rollover: { ssrc: 7, roc: 1 } });
    bench.engine.say({ kind: 'rolled', port: port.id, rollover: { ssrc: 7, roc: 2 } });
    bench.engine.say({ kind: 'latched', port: port.id, address: latched });
    bench.clock.advance(1);
    bench.engine.die();
    assert.equal(bench.ports.health.connected, false);
    port.hear({ kind: 'mix', mix: 'm', speaks: true });
    port.digit('1', 100);
    bench.connect();
    const again = bench.engine.commands.at(-1);
    assert.ok(again?.kind === 'open');
    assert.deepEqual(again.resumed, { received: [{ ssrc: 7, roc: 2 }], latched });
    assert.deepEqual(again.settings, { ...secured, latchEpoch: 2, hears: { kind: 'mix', mix: 'm', speaks: true } });
    assert.notEqual(again.place.ssrc, before.ssrc);
    assert.deepEqual({ ...again.place, ssrc: before.ssrc }, before);
    assert.deepEqual(port.place, again.place);
    assert.equal(bench.ports.health.replaced, 1);
    assert.deepEqual(bench.complaints, []);
  });

  it('are not taken for silent when the engine that said so is dead', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open();
    const silent = (silentMs: number) => ({ kind: 'silent', port: port.id, silentMs }) as const;
    bench.clock.advance(1);
    bench.engine.die();
    bench.connect();
    assert.deepEqual(events, []);
    bench.engine.say(silent(5000));
    bench.clock.advance(1);
    bench.engine.die();
    bench.connect();
    assert.deepEqual(events, [silent(5000), silent(0)]);
  });

  it('bring the keys of a DTLS handshake to the next engine, until the peer has another certificate', () => {
    const bench = new Bench();
    bench.connect();
    const dtls = (fingerprint: string): RtpSettings => ({
      ...idleSettings,
      security: { kind: 'dtls', role: 'server', fingerprint },
    });
    const { port, events } = bench.open(dtls('sha-256 AA'));
    const keys = { suite: 'SRTP_AEAD_AES_128_GCM', send: 'c2VuZA==', receive: 'cmVjZWl2ZQ==' };
    bench.clock.advance(1);
    bench.engine.say({ kind: 'secured', port: port.id, keys });
    bench.clock.advance(1);
    assert.equal(events.at(-1)?.kind, 'secured');
    const resumedKeys = (): unknown => {
      bench.engine.die();
      bench.connect();
      const again = bench.engine.commands.at(-1);
      assert.ok(again?.kind === 'open');
      return again.resumed?.dtlsKeys;
    };
    assert.deepEqual(resumedKeys(), keys);
    port.configure({ ...dtls('sha-256 AA'), packetMs: 30 });
    assert.deepEqual(resumedKeys(), keys);
    port.configure(dtls('sha-256 BB'));
    assert.equal(resumedKeys(), undefined);
  });

  it('bring along the candidates that trickled in, as long as the peer has the same credentials', () => {
    const bench = new Bench();
    const ice = (ufrag: string): RtpSettings => ({
      ...idleSettings,
      ice: {
        local: { ufrag: 'us', password: 'p' },
        remote: { ufrag, password: 'q', lite: false, candidates: [], trickle: true },
        controlling: false,
      },
    });
    const { port } = bench.open(ice('them'));
    const candidate = {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 1,
      address: { host: '10.9.9.9', port: 9 },
      type: 'host',
    } as const;
    port.addCandidates([candidate]);
    port.configure(ice('them'));
    bench.connect();
    assert.deepEqual(bench.engine.ports.get(port.id)?.settings.ice?.remote?.candidates, [candidate]);
    port.configure(ice('renewed'));
    assert.deepEqual(bench.engine.ports.get(port.id)?.settings.ice?.remote?.candidates, []);
  });

  it('are put right with an engine that lived on while the connection was gone', () => {
    const bench = new Bench();
    bench.connect();
    const [kept, changed, gone] = [bench.open(), bench.open(), bench.open()];
    bench.clock.advance(1);
    bench.engine.disconnect();
    const ssrc = kept.port.place.ssrc;
    changed.port.hear({ kind: 'port', port: kept.port.id });
    gone.port.close();
    const fresh = bench.open();
    bench.clock.advance(1);
    const said = bench.engine.commands.length;
    bench.connect();
    assert.deepEqual(
      bench.wants().slice(said).sort(),
      [`close ${gone.port.id}`, `configure ${changed.port.id}`, 'list', `open ${fresh.port.id}`].sort(),
    );
    assert.equal(kept.port.place.ssrc, ssrc);
    assert.deepEqual(
      gone.events.map(({ kind }) => kind),
      ['closed'],
    );
    assert.deepEqual(bench.complaints, []);
  });

  it('are taken over by the calls of the next controller; what none claims is closed after a grace', () => {
    const bench = new Bench();
    bench.connect();
    const [talks, orphan] = [bench.open(secured), bench.open()];
    talks.port.hear({ kind: 'port', port: orphan.port.id });
    bench.clock.advance(1);
    const before = { place: talks.port.place, settings: talks.port.settings };
    bench.ports.stop();
    bench.ports = bench.controller(77);
    const said = bench.engine.commands.length;
    bench.connect();
    const claimed = bench.ports.claim(talks.port.id);
    assert.ok(claimed !== undefined);
    assert.equal(bench.ports.claim(talks.port.id), undefined, 'only once');
    assert.equal(bench.ports.claim('0123456789abcdef'), undefined);
    assert.deepEqual(
      { place: claimed.place, settings: claimed.settings, network: claimed.network },
      {
        ...before,
        network: 'inside',
      },
    );
    assert.deepEqual(bench.wants().slice(said), ['list'], 'sound goes on untouched');
    bench.clock.advance(orphanGraceMs - 100);
    assert.equal(bench.engine.ports.size, 2);
    bench.clock.advance(200);
    assert.deepEqual([...bench.engine.ports.keys()], [talks.port.id]);
    claimed.close();
    bench.clock.advance(1);
    assert.equal(bench.engine.ports.size, 0);
  });

  it('of a claimed call are made again as well, by yet another SSRC', () => {
    const bench = new Bench();
    bench.connect();
    const { port } = bench.open(secured);
    bench.clock.advance(1);
    bench.ports.stop();
    bench.ports = bench.controller(77);
    bench.connect();
    const claimed = bench.ports.claim(port.id);
    bench.engine.die();
    bench.connect();
    const again = bench.engine.ports.get(port.id);
    assert.notEqual(again?.place.ssrc, port.place.ssrc);
    assert.equal(again?.place.rtp.port, claimed?.place.rtp.port);
    assert.deepEqual(bench.complaints, []);
  });

  it('that cannot be opened are told of, once, and their numbers rest', () => {
    const bench = new Bench();
    bench.connect();
    bench.engine.refuses = () => 'EADDRINUSE';
    const { port, events } = bench.open();
    bench.clock.advance(1);
    assert.deepEqual(events, [
      { kind: 'failed', port: port.id, opened: false, why: 'EADDRINUSE' },
      { kind: 'closed', port: port.id },
    ]);
    port.close();
    bench.clock.advance(closedWithinMs);
    assert.equal(events.length, 2);
    bench.engine.refuses = () => undefined;
    for (let i = 0; i < 31; i++) assert.notEqual(bench.open().port.place.rtp.port, port.place.rtp.port);
    const none = bench.ports.open({ network: 'inside' });
    assert.ok(!none.ok && none.error.kind === 'exhausted');
  });

  it('end for their legs in bounded time, though the engine never says so', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open();
    bench.clock.advance(1);
    bench.engine.say({ kind: 'statistics', port: port.id, statistics: { ...noFigures, received: 5 } });
    bench.clock.advance(1);
    port.close();
    bench.engine.die();
    bench.clock.advance(closedWithinMs);
    assert.deepEqual(events.at(-1), { kind: 'closed', port: port.id, statistics: { ...noFigures, received: 5 } });
    assert.equal(bench.ports.health.ports, 0);
  });

  it('add up to figures that never go back, over closed ports and dead engines', () => {
    const bench = new Bench();
    bench.connect();
    const { port } = bench.open();
    const heard = (received: number) => {
      bench.engine.say({ kind: 'statistics', port: port.id, statistics: { ...noFigures, received, mos: 4 } });
      bench.clock.advance(1);
      return bench.ports.totals.received;
    };
    assert.equal(heard(10), 10);
    assert.deepEqual(bench.ports.totals.mos, { mean: 4, least: 4 });
    bench.engine.die();
    bench.connect();
    assert.equal(bench.ports.totals.received, 10);
    assert.equal(heard(3), 13);
    bench.engine.say({ kind: 'closed', port: port.id, statistics: { ...noFigures, received: 4 } });
    bench.clock.advance(1);
    assert.equal(bench.ports.totals.received, 14);
    assert.equal(bench.ports.totals.mos, undefined);
  });

  it('keep their figures fresh without being asked', () => {
    const bench = new Bench();
    bench.connect();
    const { port } = bench.open();
    bench.clock.advance(figuresEveryMs);
    assert.equal(bench.wants().filter((word) => word === `askStatistics ${port.id}`).length, 1);
  });

  it('leave no timer behind', () => {
    const bench = new Bench();
    bench.connect();
    bench.open().port.close();
    bench.ports.stop();
    // What the engine had to say.
    bench.clock.advance(1);
    assert.equal(bench.clock.pending, 0);
  });

  it('are in the engine exactly as wanted once it is connected, whatever happened before', () => {
    const step = fc.record({
      do: fc.constantFrom('open', 'close', 'configure', 'hear', 'wait', 'die', 'cut', 'connect', 'restart'),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 1000 }), (steps, seed) => {
        const bench = new Bench(seed);
        let live: { port: MediaPort; settings: RtpSettings }[] = [];
        let connected = false;
        const connect = (): void => {
          if (!connected) bench.engine.connect(bench.ports);
          connected = true;
          bench.clock.advance(1);
        };
        const leave = (how: 'die' | 'disconnect'): void => {
          if (connected || how === 'die') bench.engine[how]();
          connected = false;
        };
        for (const { do: what, which } of steps) {
          const at = live[which % Math.max(1, live.length)];
          if (what === 'open') {
            const opened = bench.ports.open({ network: 'inside' });
            if (!opened.ok) continue;
            const settings = { ...secured, latchEpoch: live.length };
            opened.value.configure(settings);
            live.push({ port: opened.value, settings });
          } else if (what === 'wait') bench.clock.advance(which % 7000);
          else if (what === 'die') leave('die');
          else if (what === 'cut') leave('disconnect');
          else if (what === 'connect') connect();
          else if (what === 'restart') {
            // An orderly one: a controller that takes over finds what the last one wanted.
            connect();
            bench.ports.stop();
            bench.ports = bench.controller(which);
            leave('disconnect');
            connect();
            live = live.flatMap(({ port, settings }) => {
              const claimed = bench.ports.claim(port.id);
              return claimed === undefined ? [] : [{ port: claimed, settings }];
            });
          } else if (at !== undefined && what === 'close') {
            at.port.close();
            live = live.filter((one) => one !== at);
          } else if (at !== undefined && what === 'hear') {
            const hears = { kind: 'port', port: String(which) } as const;
            at.port.hear(hears);
            at.settings = { ...at.settings, hears };
          } else if (at !== undefined && what === 'configure') {
            at.settings = { ...at.settings, packetMs: 10 * (1 + (which % 6)) };
            at.port.configure(at.settings);
          }
        }
        connect();
        bench.clock.advance(orphanGraceMs + closedWithinMs);
        const wanted = live.map(({ port, settings }) => [port.id, settings] as const).sort();
        const there = [...bench.engine.ports].map(([id, { settings }]) => [id, settings] as const).sort();
        assert.deepEqual(there, wanted);
        assert.deepEqual(bench.complaints, []);
      }),
      { numRuns: 300 },
    );
  });
});
