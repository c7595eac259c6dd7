import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channel, ServerBench, settings, setup } from './server-bench.js';

const configure = (id: string) =>
  ({ kind: 'configure', channel: id, settings: { signalling: 'fxs-kewl', law: 'u' } }) as const;

describe('the line process', () => {
  it('tells a controller what is plugged in, and passes signals and orders', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    assert.deepEqual(controller.kinds(), ['plugged', 'plugged', 'ready']);
    const [jacks] = controller.reports;
    assert.ok(jacks?.kind === 'plugged');
    assert.deepEqual([jacks.span.id, jacks.channels.length, jacks.channels[0]?.abilities.hook], ['sim/0', 2, 'raw']);
    assert.equal(JSON.stringify(JSON.parse(JSON.stringify(jacks))), JSON.stringify(jacks));
    controller.do(configure('sim/0:1'));
    bench.world.telephone('sim/0:1')?.lift();
    bench.clock.advance(10);
    assert.deepEqual(controller.reports.at(-1), {
      kind: 'line',
      channel: 'sim/0:1',
      event: { kind: 'signal', signal: { kind: 'offHook' } },
    });
    controller.do(configure('sim/0:2'));
    controller.do({ kind: 'order', channel: 'sim/0:2', order: { kind: 'ring', cadence: [2000, 4000] } });
    bench.clock.advance(100);
    assert.equal(bench.world.telephone('sim/0:2')?.ringing, true);
  });

  it('puts lines to rest when the controller goes, and has nothing configured for the next one', () => {
    const bench = new ServerBench();
    const first = bench.controller();
    first.do(configure('sim/0:2'));
    first.do({ kind: 'order', channel: 'sim/0:2', order: { kind: 'ring', cadence: [2000, 4000] } });
    bench.clock.advance(100);
    first.go();
    assert.equal(bench.world.telephone('sim/0:2')?.ringing, false);
    const told = first.reports.length;
    const second = bench.controller();
    bench.clock.advance(100);
    assert.equal(first.reports.length, told);
    assert.deepEqual(second.kinds().slice(0, 3), ['plugged', 'plugged', 'ready']);
  });

  it('gives the lines to a controller that comes before the other is gone', () => {
    const bench = new ServerBench();
    const first = bench.controller();
    first.do(configure('sim/0:2'));
    first.do({ kind: 'order', channel: 'sim/0:2', order: { kind: 'ring', cadence: [2000, 4000] } });
    const second = bench.controller();
    assert.equal(bench.world.telephone('sim/0:2')?.ringing, false);
    first.go();
    second.do({ kind: 'order', channel: 'sim/0:2', order: { kind: 'ring', cadence: [2000, 4000] } });
    bench.clock.advance(100);
    assert.equal(bench.world.telephone('sim/0:2')?.ringing, true);
    assert.ok(second.kinds().includes('alive') === false && bench.clock.pending > 0);
    bench.clock.advance(3000);
    assert.equal(second.kinds().filter((kind) => kind === 'alive').length, 3);
  });

  it('says what it cannot do, and goes on', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    for (const value of [
      undefined,
      7,
      [],
      {},
      { kind: 'explode' },
      { kind: 'order', channel: 'sim/0:1' },
      { kind: 'order', channel: 'sim/0:1', order: { kind: 'ring', cadence: [-1] } },
      { kind: 'order', channel: 'sim/0:1', order: { kind: 'ring', cadence: [1], volts: 90 } },
      {
        kind: 'order',
        channel: 'sim/0:1',
        order: { kind: 'pulses', counts: [11], breakMs: 60, makeMs: 40, interDigitMs: 700 },
      },
      { kind: 'openDChannel', settings: { ...settings, channels: ['a', 'b', 'c'] } },
      { kind: 'isdn', dChannel: 'pstn', command: { kind: 'release', call: 'x', cause: 300 } },
      { kind: 'order', channel: 'sim/9:1', order: { kind: 'stopRing' } },
      {
        kind: 'configureSpan',
        span: 'sim/9',
        settings: { kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 1, buildOut: 0 },
      },
      { kind: 'isdn', dChannel: 'pstn', command: { kind: 'release', call: 'x', cause: 16 } },
    ])
      bench.server.command(value);
    const failures = controller.reports.filter((report) => report.kind === 'failed');
    assert.equal(failures.length, 14);
    assert.deepEqual(
      failures.slice(-3).map((failure) => failure.kind === 'failed' && failure.why),
      ['there is no channel sim/9:1', 'there is no span sim/9', 'there is no D-channel pstn'],
    );
    controller.do(configure('sim/0:1'));
    bench.world.telephone('sim/0:1')?.lift();
    bench.clock.advance(10);
    assert.equal(controller.kinds().at(-1), 'line');
  });

  it('tells of cards that come and go, and of alarms', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    bench.world.span('sim/1')?.alarm('red', true);
    bench.clock.advance(10);
    assert.ok(
      controller.reports.some((r) => r.kind === 'span' && r.event.kind === 'alarms' && r.event.alarms[0] === 'red'),
    );
    bench.world.unplug('sim/1');
    assert.deepEqual(controller.reports.at(-1), { kind: 'unplugged', span: 'sim/1' });
    bench.world.plug('sim/1');
    const again = controller.reports.at(-1);
    assert.ok(again?.kind === 'plugged' && again.span.id === 'sim/1' && again.alarms.length === 0);
    assert.deepEqual(bench.controller().kinds(), ['plugged', 'plugged', 'ready']);
  });
});

describe('a D-channel of the line process', () => {
  it('has a process once its card is there; frames go between them, and never to the controller', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    bench.world.unplug('sim/1');
    controller.do({ kind: 'openDChannel', settings });
    assert.equal(bench.processes.length, 0);
    bench.world.plug('sim/1');
    assert.deepEqual(bench.process.heard[0], { kind: 'open', settings, run: 0 });
    const told = controller.reports.length;
    const network: string[] = [];
    bench.world.publicNetwork('sim/1')?.dChannel.on((event) => {
      if (event.kind === 'frame') network.push(Buffer.from(event.frame).toString('hex'));
    });
    bench.process.hear({ kind: 'frame', port: 0, frame: Uint8Array.from([0, 1, 0x7f]) });
    bench.clock.advance(50);
    assert.deepEqual(network, ['00017f']);
    bench.world.publicNetwork('sim/1')?.dChannel.send(Uint8Array.from([0, 1, 0x73]));
    bench.clock.advance(50);
    assert.deepEqual(bench.process.heard.at(-1), { kind: 'frame', port: 0, frame: Uint8Array.from([0, 1, 0x73]) });
    assert.equal(controller.reports.length, told);
  });

  it('passes calls, and releases them all when its process dies; another is there at once', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    bench.process.say({ kind: 'up' });
    controller.do({
      kind: 'isdn',
      dChannel: 'pstn',
      command: { kind: 'setup', call: 'a', channel, exclusive: true, setup },
    });
    const [sent] = bench.process.commands();
    assert.match(sent ?? '', /^setup .*a$/);
    bench.process.say({ kind: 'setup', call: 'in-0-1', channel: { interface: 0, slot: 4 }, exclusive: true, setup });
    bench.process.say({ kind: 'alerting', call: sent?.slice(6) ?? '', inBand: false });
    assert.deepEqual(
      controller.dChannel().map((event) => ('call' in event ? `${event.kind} ${event.call}` : event.kind)),
      ['up', 'setup in-0-1', 'alerting a'],
    );
    bench.process.end('signal SIGSEGV');
    assert.deepEqual(controller.dChannel().slice(3), [
      { kind: 'released', call: 'a', cause: 38 },
      { kind: 'released', call: 'in-0-1', cause: 38 },
      { kind: 'gone', why: 'signal SIGSEGV' },
    ]);
    controller.do({
      kind: 'isdn',
      dChannel: 'pstn',
      command: { kind: 'setup', call: 'b', channel, exclusive: true, setup },
    });
    assert.deepEqual(controller.dChannel().at(-1), { kind: 'released', call: 'b', cause: 38 });
    bench.clock.advance(100);
    assert.equal(bench.processes.length, 2);
    assert.deepEqual(bench.process.heard[0], { kind: 'open', settings, run: 1 });
    bench.process.say({ kind: 'up' });
    assert.deepEqual(controller.dChannel().at(-1), { kind: 'up' });
  });

  it('is restarted ever more slowly, at most once a second, and once in half a minute where the library is missing', () => {
    const bench = new ServerBench();
    bench.controller().do({ kind: 'openDChannel', settings });
    for (let ended = 0, i = 0; i < 200; i++) {
      if (bench.processes.length > ended) bench.processes[ended++]?.end('exit code 1');
      bench.clock.advance(100);
    }
    bench.clock.advance(1100);
    const within20s = bench.processes.length;
    assert.ok(within20s > 15 && within20s < 30, String(within20s));
    bench.process.hear({ kind: 'unusable', install: 'libpri is not installed' });
    bench.process.end('exit code 3');
    bench.clock.advance(29_000);
    assert.equal(bench.processes.length, within20s);
    bench.clock.advance(2000);
    assert.equal(bench.processes.length, within20s + 1);
  });

  it('ends a process that hangs', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    const first = bench.process;
    bench.clock.advance(60_000);
    assert.equal(bench.processes.length, 1);
    first.hangs = true;
    bench.clock.advance(13_000);
    assert.equal(first.killed, true);
    assert.deepEqual(controller.dChannel(), [{ kind: 'gone', why: 'it hangs' }]);
    assert.ok(bench.processes.length > 1);
  });

  it('is told of alarms of its line, and ends with its card', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    const [first] = bench.processes;
    first?.say({ kind: 'setup', call: 'in-0-1', channel, exclusive: true, setup });
    bench.world.span('sim/1')?.alarm('los', true);
    bench.clock.advance(5);
    assert.deepEqual(first?.heard.at(-1), { kind: 'alarm', port: 0, stands: true });
    bench.world.span('sim/1')?.alarm('los', false);
    bench.clock.advance(5);
    assert.deepEqual(first?.heard.at(-1), { kind: 'alarm', port: 0, stands: false });
    bench.world.unplug('sim/1');
    assert.equal(first?.killed, true);
    assert.deepEqual(controller.dChannel().slice(-2), [
      { kind: 'released', call: 'in-0-1', cause: 38 },
      { kind: 'gone', why: 'its card is gone' },
    ]);
    first?.end('signal SIGKILL');
    first?.say({ kind: 'up' });
    assert.equal(controller.dChannel().length, 3);
    const spare = bench.process;
    assert.equal(bench.processes.length, 2);
    assert.deepEqual(spare.heard, []);
    bench.world.plug('sim/1');
    assert.equal(bench.processes.length, 2);
    assert.deepEqual(spare.heard[0], { kind: 'open', settings, run: 1 });
    assert.equal(spare.killed, false);
  });

  it('starts another when the one that waits for a card dies, and leaves none behind', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    bench.world.unplug('sim/1');
    bench.process.end('signal SIGKILL');
    bench.world.plug('sim/1');
    assert.equal(bench.processes.length, 3);
    assert.equal(bench.process.heard[0]?.kind, 'open');
    bench.world.unplug('sim/1');
    controller.do({ kind: 'closeDChannel', dChannel: 'pstn' });
    assert.deepEqual(
      bench.processes.map(({ killed }) => killed),
      [true, false, true, true],
    );
  });

  it('keeps its link over a change of controllers, releases calls, refuses new ones, and mixes up no names', () => {
    const bench = new ServerBench();
    const first = bench.controller();
    first.do({ kind: 'openDChannel', settings });
    const { process } = bench;
    process.say({ kind: 'up' });
    first.do({
      kind: 'isdn',
      dChannel: 'pstn',
      command: { kind: 'setup', call: 'a', channel, exclusive: true, setup },
    });
    const old = process.commands()[0]?.slice(6) ?? '';
    process.say({ kind: 'setup', call: 'in-0-1', channel: { interface: 0, slot: 4 }, exclusive: true, setup });
    first.go();
    assert.deepEqual(process.commands().slice(1), [`release ${old}`, 'release in-0-1']);
    process.say({ kind: 'setup', call: 'in-0-2', channel: { interface: 0, slot: 5 }, exclusive: true, setup });
    assert.equal(process.commands().at(-1), 'release in-0-2');
    const second = bench.controller();
    second.do({ kind: 'isdn', dChannel: 'pstn', command: { kind: 'release', call: 'in-0-1', cause: 16 } });
    assert.equal(second.kinds().at(-1), 'failed');
    second.do({ kind: 'openDChannel', settings });
    assert.deepEqual(second.dChannel(), [{ kind: 'up' }]);
    second.do({
      kind: 'isdn',
      dChannel: 'pstn',
      command: { kind: 'setup', call: 'a', channel, exclusive: true, setup },
    });
    const fresh =
      process
        .commands()
        .findLast((command) => command.startsWith('setup'))
        ?.slice(6) ?? '';
    assert.notEqual(fresh, old);
    process.say({ kind: 'released', call: old, cause: 41 });
    process.say({ kind: 'alerting', call: fresh, inBand: false });
    assert.deepEqual(second.dChannel().slice(1), [{ kind: 'alerting', call: 'a', inBand: false }]);
    assert.equal(bench.processes.length, 1);
  });

  it('is closed where the next controller does not want it', () => {
    const bench = new ServerBench();
    const first = bench.controller();
    first.do({ kind: 'openDChannel', settings });
    first.go();
    bench.controller();
    bench.clock.advance(59_000);
    assert.equal(bench.processes[0]?.killed, false);
    bench.clock.advance(2000);
    assert.equal(bench.processes.at(-1)?.killed, true);
  });

  it('does not share its channels, and opens anew with other settings', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    controller.do({ kind: 'openDChannel', settings: { ...settings, name: 'other' } });
    assert.deepEqual(controller.reports.at(-1), {
      kind: 'failed',
      command: 'openDChannel',
      why: 'sim/1:24 belongs to another D-channel',
    });
    controller.do({ kind: 'configure', channel: 'sim/1:24', settings: { signalling: 'clear', law: 'u' } });
    assert.equal(controller.kinds().at(-1), 'failed');
    controller.do({ kind: 'openDChannel', settings: { ...settings, switchType: 'dms100' } });
    assert.equal(bench.processes.length, 2);
    assert.equal(bench.processes[0]?.killed, true);
    controller.do({ kind: 'closeDChannel', dChannel: 'pstn' });
    assert.equal(bench.process.killed, true);
  });

  it('shows its frames in words where that is asked for, and goes on to after a death', () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    controller.do({ kind: 'trace', dChannel: 'pstn', on: true });
    bench.process.hear({ kind: 'traced', port: 0, sent: true, text: 'SABME' });
    assert.deepEqual(controller.dChannel(), [{ kind: 'traced', channel: 'sim/1:24', sent: true, text: 'SABME' }]);
    bench.process.end('exit code 1');
    bench.clock.advance(100);
    assert.deepEqual(bench.process.heard.at(-1), { kind: 'trace', on: true });
  });

  it('lets an orderly end wait for the calls, and not for ever', async () => {
    const bench = new ServerBench();
    const controller = bench.controller();
    controller.do({ kind: 'openDChannel', settings });
    bench.process.say({ kind: 'setup', call: 'in-0-1', channel, exclusive: true, setup });
    let over = false;
    const stopped = bench.server.stop().then(() => {
      over = true;
    });
    await bench.clock.run(100);
    assert.deepEqual([over, bench.process.commands()], [false, ['release in-0-1']]);
    bench.process.say({ kind: 'released', call: 'in-0-1', cause: 41 });
    await bench.clock.run(100);
    assert.deepEqual([over, bench.process.killed], [true, true]);
    await stopped;
  });
});
