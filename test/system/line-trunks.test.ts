import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LineLink } from '../../appliance/controller/index.js';
import { systemClock } from '../../appliance/io/index.js';
import { silentLog } from '../../src/base/index.js';
import { answering, bearers, TrunkBench, trunkOf, type WatchedLeg } from '../unit/trunks/trunk-bench.js';
import { until } from './branch/patience.js';
import { dChannel, LineProcessBench } from './line-process-bench.js';

/** Trunks over the real line process: its cards simulated, libpri at both ends of the T1. Only the sound is not there. */
describe('trunks over the line process', () => {
  const bench = new LineProcessBench();
  const link = new LineLink({ path: bench.path, clock: systemClock, log: silentLog });
  let trunks: TrunkBench;

  before(() => {
    bench.start();
    trunks = new TrunkBench(
      [trunkOf(bearers('sim/1', 23), { numbers: { ...trunkOf([]).numbers, format: 'national' } })],
      {
        clock: systemClock,
        groups: [{ dChannel, restarts: true, serviceMessages: true }],
        hardware: link.lines,
        dChannels: link.lines,
      },
    );
    answering(trunks, 50);
    link.start();
  });
  after(async () => {
    trunks.lines.stop();
    link.stop();
    await bench.close();
  });

  const status = () => trunks.lines.status('pstn');
  const allFree = (): Promise<true> =>
    until(`all channels are free (${JSON.stringify(status())})`, 60_000, () =>
      status()?.free === 23 ? true : undefined,
    );
  /** Calls wait for no restart of others. */
  const someFree = (): Promise<true> =>
    until('a channel is free', 60_000, () => ((status()?.free ?? 0) > 0 ? true : undefined));
  const says = (leg: WatchedLeg, kind: string): Promise<true> =>
    until(`${kind}, and not only ${leg.kinds.join(' ')}`, 60_000, () => (leg.kinds.includes(kind) ? true : undefined));

  it('calls out: ringing, an answer, release', async () => {
    await someFree();
    const call = trunks.place(
      '3125551104',
      { callingNumber: '3125550199' },
      { from: { number: '1', displayName: 'Ada' } },
    );
    await says(call, 'answered');
    assert.deepEqual(call.kinds.slice(0, 2), ['proceeding', 'alerting'], call.kinds.join(' '));
    trunks.hangUp(call);
    await says(call, 'released');
    await allFree();
  });

  it('takes calls with name and number', async () => {
    await bench.play({
      kind: 'callIn',
      span: 'sim/1',
      called: '3125550100',
      number: '3125557777',
      name: 'Grace Hopper',
    });
    const arrived = await until('the call arrives', 30_000, () => trunks.arrivals[0]);
    assert.match(arrived.setup.dialled, /3125550100$/);
    assert.match(arrived.setup.from.number, /3125557777$/);
    assert.equal(arrived.setup.from.displayName, 'Grace Hopper');
    await until('it talks', 30_000, () => (trunks.engine.open.size === 1 ? true : undefined));
    trunks.hangUp(arrived.leg);
    await says(arrived.leg, 'released');
    await allFree();
  });

  it('has every channel back when a card is pulled and put in again, and when the process is killed', async () => {
    const ringing = trunks.place('3125551104');
    await says(ringing, 'alerting');
    await bench.play({ kind: 'plug', span: 'sim/1', plugged: false });
    await until('the trunk is down', 30_000, () => (status()?.state === 'down' ? true : undefined));
    await bench.play({ kind: 'plug', span: 'sim/1', plugged: true });
    trunks.hangUp(ringing);
    await says(ringing, 'released');
    await someFree();
    const second = trunks.place('3125551104');
    await says(second, 'alerting');
    await bench.kill(bench.pid);
    await says(second, 'released');
    await until('the trunk is down', 30_000, () => (status()?.state === 'down' ? true : undefined));
    await bench.ended();
    bench.start();
    await someFree();
    const third = trunks.place('3125551104');
    await says(third, 'alerting');
    trunks.hangUp(third);
    await says(third, 'released');
    await allFree();
    trunks.assertRest();
  });
});
