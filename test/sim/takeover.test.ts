import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Checkers } from './checkers.js';
import { World } from './world.js';

async function registered(): Promise<World> {
  const world = new World(11);
  new Checkers(world);
  await world.boot();
  for (const phone of world.phones) phone.start();
  await world.clock.run(30_000);
  return world;
}

/** The two halves of a call from phone to phone by way of the centre. */
async function twins(): Promise<World> {
  const world = await registered();
  world.phones[0]?.place('1002');
  for (let i = 0; i < 60 && world.branch?.carried.some(({ state }) => state === 'talking') !== true; i++)
    await world.clock.run(100);
  await world.clock.run(200);
  assert.deepEqual(states(world), ['talking', 'talking']);
  return world;
}

const states = (world: World): readonly string[] => world.branch?.carried.map(({ state }) => state) ?? [];

describe('a branch that takes over its calls', () => {
  it('joins twins again: when one half ends and the centre is silent, the other one is released', async () => {
    const world = await twins();
    world.crash(200);
    await world.clock.run(1000);
    assert.deepEqual(states(world), ['talking', 'talking']);
    world.network.change((network) => {
      network.wanUp = false;
    });
    await world.clock.run(10_000);
    for (const call of world.branch?.carried ?? []) {
      world.branch?.releaseCall(call.id);
      break;
    }
    // Each half has a leg towards the silent centre, which confirms nothing.
    await world.clock.run(90_000);
    assert.deepEqual(states(world), []);
    assert.equal(world.legs.size, 0);
    assert.deepEqual([...world.disk.closings.values()], [1, 1]);
    assert.deepEqual(world.complaints, []);
  });

  it('counts a call where it began, its answer where it ended, and says what it took over', async () => {
    const world = await twins();
    assert.equal(world.branch?.status().counters.calls, 2, 'two halves; the challenge before is none');
    world.crash(200);
    await world.clock.run(1000);
    assert.equal(world.branch?.status().counters.calls, undefined);
    assert.equal(world.branch?.status().counters.callsResumed, 2);
    assert.match(world.disk.timeline.map(({ text }) => text).join('\n'), /2 go on, 0 were interrupted/);
    for (const { id } of world.branch?.carried ?? []) world.branch?.releaseCall(id);
    await world.clock.run(60_000);
    assert.equal(world.branch?.status().counters.callsAnswered, 2);
  });

  it('goes on through one process after another', async () => {
    const world = await registered();
    world.callFromOutside('+13125551003');
    await world.clock.run(6000);
    for (let i = 0; i < 3 && states(world).length > 0; i++) {
      world.crash(50);
      await world.clock.run(600);
    }
    await world.clock.run(90_000);
    assert.deepEqual(states(world), []);
    assert.deepEqual([...world.disk.closings.values()], [1]);
    assert.deepEqual(world.complaints, []);
  });

  it('releases the party that is left of a call that it cannot go on with, and closes its record', async () => {
    const world = await twins();
    world.crash(200);
    for (const [id, record] of world.disk.records) {
      const { resume } = record;
      if (resume === undefined) continue;
      world.disk.records.set(id, { ...record, resume: { ...resume, called: { leg: { id: 'nobody' } } } });
    }
    await world.clock.run(60_000);
    assert.deepEqual(states(world), []);
    assert.equal(world.legs.size, 0);
    for (const record of world.disk.records.values()) {
      assert.equal(record.cause, 41);
      assert.equal(record.releasedBy, 'holdfast');
      assert.equal(record.resume, undefined);
    }
  });

  it('boots with a full disk, and the calls go on', async () => {
    const world = await twins();
    world.disk.full = true;
    world.crash(200);
    await world.clock.run(1000);
    assert.deepEqual(states(world), ['talking', 'talking']);
  });
});
