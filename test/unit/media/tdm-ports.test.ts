import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../../../src/base/index.js';
import {
  closedWithinMs,
  figuresEveryMs,
  idleTdmSettings,
  MediaPorts,
  orphanGraceMs,
  type PlayedSound,
  type TdmPort,
  type TdmPortEvent,
  type TdmSettings,
} from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { noFigures, SimulatedMediaEngine } from '../../sim/simulated-media.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const networks = [{ name: 'inside', address: '10.1.1.1', ports: { first: 20_000, last: 20_063 } }];
const place = (slot: number) => ({ path: `/dev/dahdi/${slot}`, blockBytes: 80 });
const listening: TdmSettings = {
  ...idleTdmSettings,
  law: 'a',
  listens: { digits: true, mf: false, tones: [[350, 440]], fsk: 'off', fax: true },
};
const beep: PlayedSound = { kind: 'tone', frequencies: [440], level: -13, durationMs: 300 };

class Bench {
  readonly clock = new VirtualClock();
  readonly complaints: string[] = [];
  readonly engine: SimulatedMediaEngine;
  ports: MediaPorts;

  constructor(seed = 1) {
    this.engine = new SimulatedMediaEngine(this.clock, new SeededRandom(seed), (text) => this.complaints.push(text));
    this.ports = this.controller(seed + 1);
  }

  /** Another process of the controller. */
  controller(seed: number): MediaPorts {
    return new MediaPorts({ networks, clock: this.clock, random: new SeededRandom(seed), log: silentLog });
  }

  connect(): void {
    this.engine.connect(this.ports);
    this.clock.advance(1);
  }

  restart(seed: number): void {
    this.ports.stop();
    this.engine.disconnect();
    this.ports = this.controller(seed);
  }

  open(slot: number): { port: TdmPort; events: TdmPortEvent[] } {
    const port = this.ports.openTdm(place(slot));
    const events: TdmPortEvent[] = [];
    port.on((event) => events.push(event));
    return { port, events };
  }

  wants(): readonly string[] {
    return this.engine.commands.map((command) =>
      'port' in command ? `${command.kind} ${command.port}` : command.kind,
    );
  }
}

describe('ports on lines', () => {
  it('are usable before there is an engine, and are made in the one that comes', () => {
    const bench = new Bench();
    const { port } = bench.open(5);
    port.configure(listening);
    port.hear({ kind: 'port', port: '00000000000000aa' });
    const silent = bench.open(6);
    silent.port.close();
    bench.clock.advance(1);
    assert.deepEqual(silent.events, [{ kind: 'closed', port: silent.port.id }]);
    bench.connect();
    assert.deepEqual(bench.wants(), ['list', `openTdm ${port.id}`]);
    assert.deepEqual(bench.engine.lines.get(port.id), {
      place: place(5),
      settings: { ...listening, hears: { kind: 'port', port: '00000000000000aa' } },
    });
    assert.deepEqual(bench.complaints, []);
  });

  it('tell the engine at once what changes', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open(5);
    port.configure(listening);
    port.digit('5', 100);
    port.askStatistics();
    port.close();
    port.configure(idleTdmSettings);
    port.digit('6', 100);
    port.play([beep]);
    bench.clock.advance(1000);
    const words = ['openTdm', 'configureTdm', 'digit', 'askStatistics', 'close'].map((kind) => `${kind} ${port.id}`);
    assert.deepEqual(bench.wants(), ['list', ...words]);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['statistics', 'closed'],
    );
    assert.deepEqual(events[1], { kind: 'closed', port: port.id, statistics: noFigures });
  });

  it('say when what was played is out, by the number of the last play', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open(5);
    const first = port.play([beep, beep]);
    bench.clock.advance(599);
    assert.deepEqual(events, []);
    const second = port.play([beep]);
    assert.notEqual(second, first);
    bench.clock.advance(302);
    assert.deepEqual(events, [{ kind: 'played', port: port.id, play: second }]);
    port.play([beep]);
    port.play([]);
    bench.clock.advance(1000);
    assert.equal(events.length, 1);
  });

  it('pass on what is found on a line, and that it is lost', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open(5);
    const said = [
      { kind: 'digit', port: port.id, digit: '7', durationMs: 80, by: 'sound' },
      { kind: 'mf', port: port.id, signal: 'KP' },
      { kind: 'tone', port: port.id, frequencies: [350, 440] },
      { kind: 'fsk', port: port.id, bits: '0101' },
      { kind: 'fax', port: port.id, tone: 'cng' },
      { kind: 'lineLost', port: port.id, why: 'the line was closed' },
    ] as const;
    for (const event of said) bench.engine.say(event);
    bench.clock.advance(1);
    assert.deepEqual(events, said);
  });

  it('are made again in an engine that replaces a dead one; what sounded once does not sound again', () => {
    const bench = new Bench();
    bench.connect();
    const { port, events } = bench.open(5);
    port.configure(listening);
    port.play([beep]);
    bench.clock.advance(1);
    bench.engine.die();
    port.hear({ kind: 'mix', mix: 'm', speaks: true });
    port.play([beep]);
    bench.connect();
    assert.deepEqual(bench.engine.lines.get(port.id), {
      place: place(5),
      settings: { ...listening, hears: { kind: 'mix', mix: 'm', speaks: true } },
    });
    bench.clock.advance(1000);
    assert.equal(bench.wants().filter((word) => word === `play ${port.id}`).length, 1);
    assert.deepEqual(events, []);
  });

  it('are claimed once after a restart of the controller; what nobody claims is closed after a grace', () => {
    const bench = new Bench();
    bench.connect();
    const [kept, orphan] = [bench.open(5), bench.open(6)];
    kept.port.configure(listening);
    bench.clock.advance(1);
    bench.restart(77);
    const said = bench.engine.commands.length;
    bench.connect();
    assert.equal(bench.ports.claim(kept.port.id), undefined, 'no RTP port');
    const claimed = bench.ports.claimTdm(kept.port.id);
    assert.ok(claimed !== undefined);
    assert.equal(bench.ports.claimTdm(kept.port.id), undefined, 'only once');
    assert.equal(bench.ports.claimTdm('0123456789abcdef'), undefined);
    assert.deepEqual([claimed.place, claimed.settings], [place(5), listening]);
    assert.deepEqual(bench.wants().slice(said), ['list'], 'sound goes on untouched');
    const played = kept.port.play([beep]);
    assert.notEqual(claimed.play([beep]), played);
    bench.clock.advance(orphanGraceMs + 1);
    assert.deepEqual([...bench.engine.lines.keys()], [kept.port.id]);
    assert.ok(!bench.engine.lines.has(orphan.port.id));
  });

  it('take over the line of an unclaimed one, whether the engine is there or comes later', () => {
    for (const connectedFirst of [true, false]) {
      const bench = new Bench();
      bench.connect();
      const before = bench.open(5).port;
      bench.clock.advance(1);
      bench.restart(77);
      if (connectedFirst) bench.connect();
      const { port, events } = bench.open(5);
      if (!connectedFirst) bench.connect();
      bench.clock.advance(1);
      assert.deepEqual([...bench.engine.lines.keys()], [port.id]);
      assert.equal(bench.ports.claimTdm(before.id), undefined);
      assert.deepEqual(events, []);
      assert.deepEqual(bench.complaints, []);
    }
  });

  it('that cannot be opened are told of, once', () => {
    const bench = new Bench();
    bench.connect();
    bench.open(5);
    const second = bench.open(5);
    bench.clock.advance(1);
    assert.deepEqual(
      second.events.map((event) => (event.kind === 'failed' ? { ...event, why: '' } : event)),
      [
        { kind: 'failed', port: second.port.id, opened: false, why: '' },
        { kind: 'closed', port: second.port.id },
      ],
    );
    second.port.close();
    bench.clock.advance(closedWithinMs);
    assert.equal(second.events.length, 2);
    assert.equal(bench.ports.health.ports, 1);
  });

  it('count in the totals, with their last figures once they are closed', () => {
    const bench = new Bench();
    bench.connect();
    const { port } = bench.open(5);
    bench.engine.say({ kind: 'statistics', port: port.id, statistics: { ...noFigures, received: 7 } });
    bench.clock.advance(1);
    assert.equal(bench.ports.totals.received, 7);
    bench.clock.advance(figuresEveryMs);
    assert.equal(bench.wants().filter((word) => word === `askStatistics ${port.id}`).length, 1);
    bench.engine.say({ kind: 'closed', port: port.id, statistics: { ...noFigures, received: 9 } });
    bench.clock.advance(1);
    assert.equal(bench.ports.totals.received, 9);
    assert.equal(bench.ports.health.ports, 0);
  });

  it('are in the engine exactly as wanted once it is connected, whatever happened before', () => {
    const step = fc.record({
      do: fc.constantFrom('open', 'close', 'configure', 'hear', 'play', 'wait', 'die', 'cut', 'connect', 'restart'),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 1000 }), (steps, seed) => {
        const bench = new Bench(seed);
        let live: TdmPort[] = [];
        let connected = false;
        const leave = (how: 'die' | 'disconnect'): void => {
          if (connected || how === 'die') bench.engine[how]();
          connected = false;
        };
        const connect = (): void => {
          if (!connected) bench.engine.connect(bench.ports);
          connected = true;
          bench.clock.advance(1);
        };
        for (const { do: what, which } of steps) {
          const at = live[which % Math.max(1, live.length)];
          // One port a line: what is closed is gone from the engine before its slot is opened again.
          if (what === 'open') {
            const slot = 1 + (which % 24);
            if (live.every((port) => port.place.path !== place(slot).path)) live.push(bench.open(slot).port);
          } else if (what === 'wait') bench.clock.advance(which % 7000);
          else if (what === 'die') leave('die');
          else if (what === 'cut') leave('disconnect');
          else if (what === 'connect') connect();
          else if (what === 'restart') {
            connect();
            bench.ports.stop();
            bench.ports = bench.controller(which);
            leave('disconnect');
            // Some are claimed, and some opened anew.
            const before = live;
            connect();
            live = before.map((port, index) => {
              const claimed = index % 2 === 0 ? bench.ports.claimTdm(port.id) : undefined;
              const next = claimed ?? bench.ports.openTdm(port.place);
              next.configure(port.settings);
              return next;
            });
          } else if (at !== undefined && what === 'close') {
            at.close();
            live = live.filter((one) => one !== at);
          } else if (at !== undefined && what === 'hear') at.hear({ kind: 'port', port: String(which) });
          else if (at !== undefined && what === 'play') at.play([beep]);
          else if (at !== undefined && what === 'configure')
            at.configure({ ...listening, gainInDb: which % 6, hears: at.settings.hears });
        }
        connect();
        bench.clock.advance(orphanGraceMs + closedWithinMs);
        const wanted = live.map((port) => [port.id, { place: port.place, settings: port.settings }] as const).sort();
        assert.deepEqual([...bench.engine.lines].sort(), wanted);
        assert.deepEqual(bench.complaints, []);
        assert.equal(bench.ports.health.ports, live.length);
      }),
      { numRuns: 300 },
    );
  });
});
