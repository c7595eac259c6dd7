import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { until } from './branch/patience.js';
import { LineProcessBench, rings } from './line-process-bench.js';

const channel = (slot: number) => ({ interface: 0, slot });

/** Real processes: the line process, libpri's at both ends of a simulated T1, and a controller's end of the socket. */
describe('the line process', () => {
  const bench = new LineProcessBench();
  let calls = 0;

  before(() => {
    bench.start();
    bench.connect();
  });
  after(() => bench.close());

  async function ringing(slot = 1): Promise<string> {
    const call = `out-${++calls}`;
    bench.port.do({ kind: 'setup', call, channel: channel(slot), exclusive: true, setup: rings });
    await bench.next('alerting', call);
    return call;
  }

  async function released(call: string): Promise<void> {
    bench.port.do({ kind: 'release', call, cause: 16 });
    await bench.next('released', call);
  }

  /** As trunks do: the other end still has the call, under a reference that the new process will use again (Q.931 §5.5). */
  async function restarted(slot: number): Promise<void> {
    bench.port.do({ kind: 'restart', channel: channel(slot) });
    await bench.next('restartAcknowledged');
  }

  it('carries calls both ways over a PRI', async () => {
    await bench.up();
    const spans = bench.link.lines.spans.map(({ description }) => description.id);
    assert.deepEqual(spans, ['sim/0', 'sim/1']);
    await released(await ringing());
    await bench.play({
      kind: 'callIn',
      span: 'sim/1',
      called: '3125550100',
      number: '3125557777',
      name: 'Grace Hopper',
    });
    const arrived = await bench.next('setup');
    assert.equal(arrived.setup.called.digits, '3125550100');
    assert.equal(arrived.setup.calling?.name, 'Grace Hopper');
    bench.port.do({ kind: 'proceeding', call: arrived.call, inBand: false });
    bench.port.do({ kind: 'connect', call: arrived.call });
    await released(arrived.call);
  });

  it('loses no more than its calls when a libpri process is killed', async () => {
    await bench.up();
    const call = await ringing(1);
    const [network, speaker] = bench.speakers();
    assert.ok(network !== undefined && speaker !== undefined);
    await bench.kill(speaker);
    assert.equal((await bench.next('released', call)).cause, 38);
    assert.match((await bench.next('gone')).why, /SIGKILL/);
    await bench.next('up');
    assert.equal(bench.speakers().includes(network), true);
    await restarted(1);
    await released(await ringing(2));
    await released(await ringing(1));
  });

  it('takes a span that is unplugged and plugged in again', async () => {
    await bench.up();
    const call = await ringing(3);
    await bench.play({ kind: 'plug', span: 'sim/1', plugged: false });
    await bench.next('released', call);
    await bench.next('gone');
    assert.equal(bench.link.lines.spans.length, 1);
    await bench.play({ kind: 'plug', span: 'sim/1', plugged: true });
    await bench.next('up');
    await restarted(3);
    await released(await ringing(3));
  });

  it('takes the D-channel down with an alarm of its span, and up again', async () => {
    await bench.up();
    await bench.play({ kind: 'alarm', span: 'sim/1', alarm: 'red', stands: true });
    await bench.next('down');
    await until('the alarm is seen', 10_000, () => bench.link.lines.spans[1]?.alarms.includes('red'));
    await bench.play({ kind: 'alarm', span: 'sim/1', alarm: 'red', stands: false });
    await bench.next('up');
    await released(await ringing(4));
  });

  it('releases calls and keeps the link when the controller goes; the next one calls at once', async () => {
    await bench.up();
    await ringing(5);
    const speakers = bench.speakers();
    bench.disconnect();
    bench.events.length = 0;
    bench.connect();
    await bench.up();
    assert.deepEqual(bench.speakers(), speakers);
    // The same slot: the network must let go of it.
    const call = await until('a call on the slot of the one before', 20_000, async () => {
      const tried = `again-${++calls}`;
      bench.port.do({ kind: 'setup', call: tried, channel: channel(5), exclusive: true, setup: rings });
      const ended = (kind: string) => bench.events.some((event) => event.kind === kind && event.call === tried);
      await until('alerting, or an end', 20_000, () => ended('alerting') || ended('released'));
      return ended('alerting') ? tried : undefined;
    });
    await released(call);
  });

  it('answers nonsense on its socket, cuts off what has no end, and serves the next controller', async () => {
    await bench.up();
    // Else it comes back at once, and takes the place of whoever is there.
    bench.disconnect();
    bench.events.length = 0;
    const stranger = createConnection(bench.path);
    stranger.on('error', () => undefined);
    let said = '';
    stranger.on('data', (chunk) => {
      said += chunk.toString('utf8');
    });
    const closed = new Promise<void>((resolve) => stranger.on('close', () => resolve()));
    stranger.write('nonsense\n{"kind":"explode"}\n{"kind":"order","channel":"sim/0:1","order":{"kind":"hook"}}\n');
    await until('three refusals', 10_000, () => said.split('"kind":"failed"').length >= 4);
    stranger.write(Buffer.alloc(1024 * 1024, 'x'));
    await closed;
    bench.connect();
    await bench.up();
    await released(await ringing(8));
  });

  it('is replaced when it is killed, and everything is configured and opened anew', async () => {
    await bench.up();
    const call = await ringing(6);
    const speakers = bench.speakers();
    bench.ups.length = 0;
    await bench.kill(bench.pid);
    await bench.next('released', call);
    assert.match((await bench.next('gone')).why, /line process is gone/);
    assert.deepEqual(bench.link.lines.spans, []);
    await bench.ended();
    // Nobody is left behind who would hold the card.
    await until('the libpri processes end with it', 10_000, () => speakers.every((pid) => !alive(pid)));
    bench.start();
    await bench.next('up');
    assert.deepEqual(bench.ups, [false, true]);
    assert.equal(bench.link.lines.spans.length, 2);
    await released(await ringing(6));
  });

  it('ends in order: calls are released before the link goes', async () => {
    await bench.up();
    const call = await ringing(7);
    await bench.ended();
    await bench.next('released', call);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
