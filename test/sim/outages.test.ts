import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Checkers } from './checkers.js';
import { runSchedule } from './schedule.js';
import { runSchedules, storyOf } from './schedules.js';
import { World } from './world.js';

/** Enough that each pair of disturbances meets each state of a call many times over; `npm run sim` runs as many more as one likes. */
const schedules = 2_000;

describe('random outage schedules', () => {
  it(`${schedules} of them break no rule`, async (t) => {
    const { failed, figures } = await runSchedules(1, schedules);
    t.diagnostic(
      `${figures.calls} calls, ${figures.answered} answered, ${figures.emergencies} for help, ${figures.crashes} kills survived by ${figures.survived} calls`,
    );
    assert.equal(failed.length, 0, failed.slice(0, 2).map(storyOf).join('\n'));
    assert.ok(figures.answered > figures.calls / 2, 'most calls are answered, or the schedules test nothing');
    assert.ok(figures.survived > figures.crashes, 'calls are up when the process is killed');
  });

  it('follow from their seed alone', async () => {
    assert.deepEqual(await runSchedule(77), await runSchedule(77));
  });
});

describe('the checkers', () => {
  it('see a binding that was promised and is gone', async () => {
    const { world } = await registered();
    world.disk.bindings.clear();
    world.crash(100);
    await world.clock.run(3000);
    assert.match(world.complaints.join('\n'), /an acknowledged binding is lost/);
  });

  it('see an emergency call that fails with a line up', async () => {
    const { world, checkers } = await registered();
    const phone = world.phones[0];
    assert.ok(phone);
    // The branch believes in lines that the network does not have.
    for (const trunk of world.network.trunks.keys()) world.network.trunks.set(trunk, 'silent');
    world.network.wanUp = false;
    const attempt = phone.place('911');
    for (const trunk of world.network.trunks.keys()) world.network.trunks.set(trunk, 'up');
    checkers.watchEmergency(phone, attempt);
    for (const trunk of world.network.trunks.keys()) world.network.trunks.set(trunk, 'silent');
    await world.clock.run(200_000);
    assert.match(world.complaints.join('\n'), /an emergency call of 1001 failed/);
  });

  it('see an answered call that does not survive its process, and its record', async () => {
    for (const kept of [true, false]) {
      const { world } = await registered();
      world.phones[0]?.place('911');
      await world.clock.run(4000);
      assert.equal(world.branch?.status().calls[0]?.state, 'talking');
      world.crash(300);
      if (!kept) {
        for (const [id, { resume: _resume, ...record }] of world.disk.records) world.disk.records.set(id, record);
      }
      await world.clock.run(1000);
      assert.equal(world.branch?.status().calls.length, kept ? 1 : 0);
      assert.equal(world.branch?.status().trunks[0]?.callsUp, kept ? 1 : 0);
      assert.equal(/did not survive/.test(world.complaints.join()), !kept);
      await world.clock.run(200_000);
      assert.deepEqual([...world.disk.closings.values()], [1]);
    }
  });

  it('see a registrar that does not follow the mode', async () => {
    const { world } = await registered();
    world.branch?.registrar.setPosture('serve');
    await world.clock.run(2000);
    assert.match(world.complaints.join('\n'), /the registrar is in serve, the mode is inline/);
  });

  it('see a flood of registrations at the centre', async () => {
    const { world, checkers } = await registered();
    for (let i = 0; i < 30; i++) world.centre.registersAt.push(world.clock.now());
    checkers.atRest();
    assert.match(world.complaints.join('\n'), /more REGISTERs than the bucket gives/);
  });

  it('see a leg and a timer that outlive their owner', async () => {
    const { world, checkers } = await registered();
    world.phones[0]?.place('1002');
    await world.clock.run(100);
    checkers.atEnd();
    assert.match(world.complaints.join('\n'), /legs outlive their calls/);
    assert.match(world.complaints.join('\n'), /timers outlive their owners/);
  });
});

async function registered(): Promise<{ world: World; checkers: Checkers }> {
  const world = new World(5);
  const checkers = new Checkers(world);
  await world.boot();
  for (const phone of world.phones) phone.start();
  await world.clock.run(30_000);
  assert.deepEqual(world.complaints, []);
  return { world, checkers };
}
