import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkedLines } from '../../../appliance/controller/index.js';
import { silentLog } from '../../../src/base/index.js';
import type { DChannelEvent, HardwareEvent, LineEvent, LineReport, SpanEvent } from '../../../src/tdm/index.js';
import { channel, ServerBench, settings, setup } from '../line-server/server-bench.js';

/** What JSON makes of it. */
const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** The controller's end, the line process's, and what lies between as it would be on a socket. */
class LinkBench extends ServerBench {
  readonly lines = new LinkedLines({ clock: this.clock, log: silentLog });
  #tell: ((report: LineReport) => void) | undefined;

  connect(): this {
    let waiting: LineReport[] | undefined = [];
    const tell = (report: LineReport): void => {
      if (this.#tell !== tell) return;
      if (waiting === undefined) this.lines.heard(wire(report));
      else waiting.push(report);
    };
    this.#tell = tell;
    this.server.connected(tell);
    this.lines.attached((command) => {
      if (this.#tell === tell) this.server.command(wire(command));
    });
    // What the server said at once comes after the news of the connection.
    const early = waiting;
    waiting = undefined;
    for (const report of early) tell(report);
    return this;
  }

  disconnect(): void {
    const tell = this.#tell;
    this.#tell = undefined;
    this.lines.detached();
    if (tell !== undefined) this.server.disconnected(tell);
  }

  channel(id: string): LinkBench['lines']['spans'][number]['channels'][number] {
    const found = this.lines.spans.flatMap(({ channels }) => channels).find((each) => each.id === id);
    assert.ok(found !== undefined, id);
    return found;
  }
}

describe('lines of another process', () => {
  it('are those of the cards: described, configured, ordered and heard', () => {
    const bench = new LinkBench();
    const told: string[] = [];
    bench.lines.on((event) =>
      told.push(event.kind === 'plugged' ? `plugged ${event.span.description.id}` : event.kind),
    );
    bench.connect();
    assert.deepEqual(told, ['plugged sim/0', 'plugged sim/1']);
    const [jacks] = bench.lines.spans;
    assert.deepEqual(jacks?.description, bench.world.span('sim/0')?.description);
    const heard: LineEvent[] = [];
    const jack = bench.channel('sim/0:1');
    assert.deepEqual(jack.abilities, bench.world.span('sim/0')?.channel(1)?.abilities);
    jack.on((event) => heard.push(event));
    jack.configure({ signalling: 'fxs-kewl', law: 'u' });
    bench.clock.advance(10);
    bench.world.telephone('sim/0:1')?.lift();
    bench.clock.advance(10);
    assert.deepEqual(heard.at(-1), { kind: 'signal', signal: { kind: 'offHook' } });
    jack.order({ kind: 'neon', on: true });
    jack.order({ kind: 'pulses', counts: [3], breakMs: 60, makeMs: 40, interDigitMs: 700 });
    bench.world.span('sim/0')?.channel(1)?.alarm('noBattery', true);
    bench.clock.advance(10);
    assert.deepEqual(jack.alarms, ['noBattery']);
    jack.send();
    bench.clock.advance(10);
    assert.ok(heard.some((event) => event.kind === 'fault' && event.order === 'frame'));
  });

  it('are recorded for one at a time, until it stops or the card goes', () => {
    const bench = new LinkBench().connect();
    const heard: string[] = [];
    let ended = 0;
    const recording = { hear: (line: string) => heard.push(line), ended: () => ended++ };
    assert.equal(bench.lines.record('sim/9', recording), undefined);
    const stop = bench.lines.record('sim/0', recording);
    assert.ok(stop !== undefined);
    assert.equal(bench.lines.record('sim/0', recording), undefined, 'one at a time');
    bench.channel('sim/0:1').configure({ signalling: 'fxs-kewl', law: 'u' });
    bench.clock.advance(10);
    assert.match(heard[0] ?? '', /^\{"recording":1,/);
    assert.ok(heard.some((line) => line.includes('"signalling":"fxs-kewl"')));
    stop();
    const count = heard.length;
    bench.world.telephone('sim/0:1')?.lift();
    bench.clock.advance(10);
    assert.equal(heard.length, count);
    assert.ok(bench.lines.record('sim/0', recording) !== undefined);
    bench.world.unplug('sim/0');
    assert.equal(ended, 1);
  });

  it('are gone with the process, and others when it is back', () => {
    const bench = new LinkBench().connect();
    const jack = bench.channel('sim/0:1');
    const heard: LineEvent[] = [];
    const spanHeard: SpanEvent[] = [];
    const hardware: HardwareEvent[] = [];
    jack.on((event) => heard.push(event));
    bench.lines.spans[0]?.on((event) => spanHeard.push(event));
    bench.lines.on((event) => hardware.push(event));
    hardware.length = 0;
    bench.disconnect();
    assert.deepEqual([heard, spanHeard], [[{ kind: 'unplugged' }], [{ kind: 'unplugged' }]]);
    assert.deepEqual(
      hardware.map(({ kind }) => kind),
      ['unplugged', 'unplugged'],
    );
    assert.deepEqual(bench.lines.spans, []);
    bench.connect();
    const again = bench.channel('sim/0:1');
    assert.notEqual(again, jack);
    again.configure({ signalling: 'fxs-kewl', law: 'u' });
    jack.order({ kind: 'ring', cadence: [2000, 4000] });
    bench.clock.advance(100);
    assert.equal(bench.world.telephone('sim/0:1')?.ringing, false);
    again.order({ kind: 'ring', cadence: [2000, 4000] });
    bench.clock.advance(100);
    assert.equal(bench.world.telephone('sim/0:1')?.ringing, true);
  });

  it('follow a card that is taken out and put back', () => {
    const bench = new LinkBench().connect();
    const before = bench.lines.spans[1];
    bench.world.span('sim/1')?.alarm('red', true);
    bench.world.span('sim/1')?.count({ slips: 2 });
    before?.configure({ kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 1, buildOut: 0 });
    bench.clock.advance(10);
    assert.deepEqual([before?.alarms, before?.counters.slips, before?.clockSource], [['red'], 2, true]);
    bench.world.unplug('sim/1');
    assert.equal(bench.lines.spans.length, 1);
    bench.world.plug('sim/1');
    assert.deepEqual([bench.lines.spans[1]?.alarms, bench.lines.spans[1]?.counters.slips], [[], 0]);
  });
});

describe('a D-channel of another process', () => {
  function opened(bench: LinkBench) {
    const events: DChannelEvent[] = [];
    const port = bench.lines.open(settings);
    port.on((event) => events.push(event));
    return { port, events };
  }

  it('is opened whenever the process is there, and says what it says', () => {
    const bench = new LinkBench();
    const { port, events } = opened(bench);
    assert.equal(bench.processes.length, 0);
    bench.connect();
    bench.process.say({ kind: 'up' });
    assert.equal(port.up, true);
    port.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
    const inside = bench.process.commands()[0]?.slice('setup '.length) ?? '';
    bench.process.say({ kind: 'proceeding', call: inside, inBand: true });
    bench.process.say({ kind: 'setup', call: 'in-0-1', channel: { interface: 0, slot: 4 }, exclusive: false, setup });
    port.do({ kind: 'proceeding', call: 'in-0-1', inBand: false });
    assert.equal(bench.process.commands().at(-1), 'proceeding in-0-1');
    assert.deepEqual(
      events.map((event) => ('call' in event ? `${event.kind} ${event.call}` : event.kind)),
      ['up', 'proceeding a', 'setup in-0-1'],
    );
  });

  it('has no call and is down once the process is gone; it is opened anew', () => {
    const bench = new LinkBench().connect();
    const { port, events } = opened(bench);
    bench.process.say({ kind: 'up' });
    port.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
    bench.process.say({ kind: 'setup', call: 'in-0-1', channel: { interface: 0, slot: 4 }, exclusive: false, setup });
    events.length = 0;
    bench.disconnect();
    assert.deepEqual(events, [
      { kind: 'released', call: 'a', cause: 38 },
      { kind: 'released', call: 'in-0-1', cause: 38 },
      { kind: 'gone', why: 'the line process is gone' },
    ]);
    assert.equal(port.up, false);
    port.do({ kind: 'setup', call: 'b', channel, exclusive: true, setup });
    port.do({ kind: 'release', call: 'a', cause: 16 });
    bench.clock.advance(10);
    assert.deepEqual(events.slice(3), [{ kind: 'released', call: 'b', cause: 38 }]);
    bench.connect();
    // The link stood all the while.
    assert.deepEqual(events.at(-1), { kind: 'up' });
    assert.equal(port.up, true);
  });

  it('says gone once, whoever died first', () => {
    const bench = new LinkBench().connect();
    const { port, events } = opened(bench);
    port.do({ kind: 'setup', call: 'a', channel, exclusive: true, setup });
    bench.process.end('signal SIGKILL');
    bench.disconnect();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['released', 'gone'],
    );
    assert.deepEqual(bench.lines.dChannels[0]?.busy, []);
    port.close();
    assert.equal(bench.lines.dChannels.length, 0);
  });

  it('is traced after the process was away, as before', () => {
    const bench = new LinkBench().connect();
    const { port, events } = opened(bench);
    port.trace(true);
    bench.disconnect();
    bench.connect();
    assert.deepEqual(bench.process.heard.at(-1), { kind: 'trace', on: true });
    bench.process.hear({ kind: 'traced', port: 0, sent: false, text: 'UA' });
    assert.deepEqual(events.at(-1), { kind: 'traced', channel: 'sim/1:24', sent: false, text: 'UA' });
  });
});
