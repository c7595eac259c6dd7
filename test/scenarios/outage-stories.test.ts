import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Phone } from '../sim/phone.js';
import { World } from '../sim/world.js';

/** Stories of one branch, told on the virtual clock; the random schedules of `test/sim` cover what no story tells. */

async function branchAtWork(): Promise<{ world: World; anna: Phone; ben: Phone }> {
  // Who does what is told here, and not left to chance.
  const world = new World(11, 'anchored', false);
  await world.boot();
  for (const phone of world.phones) phone.start();
  await world.clock.run(30_000);
  const [anna, ben] = world.phones;
  assert.ok(anna !== undefined && ben !== undefined);
  assert.equal(modeOf(world), 'inline');
  return { world, anna, ben };
}

function modeOf(world: World): string | undefined {
  return world.branch?.survivability.mode;
}

function blackHole(world: World): void {
  world.network.change((network) => {
    network.wanUp = false;
  });
}

describe('the WAN is lost in mid-call', () => {
  it('a call through the centre talks on, and both ends are free when one hangs up', async () => {
    const { world, anna, ben } = await branchAtWork();
    const attempt = anna.place('1002');
    await world.clock.run(6000);
    assert.ok(attempt.answeredAt !== undefined, 'answered through the centre');
    assert.deepEqual(
      world.branch?.status().calls.map(({ via }) => via),
      ['centre'],
      'out to the centre and back is one call for people',
    );
    blackHole(world);
    await world.clock.run(8000);
    assert.equal(modeOf(world), 'survivable');
    if (attempt.endedAt === undefined) {
      assert.ok(anna.busy && ben.busy, 'the mode change touches nobody');
      await world.clock.run(200_000);
    }
    assert.ok(attempt.endedAt !== undefined);
    assert.equal(attempt.hungUpBy, 'caller');
    await world.clock.run(40_000);
    assert.ok(!anna.busy && !ben.busy, 'nobody is left on a dead line');
    assert.deepEqual(world.branch?.status().calls, []);
  });

  it('a call through the centre outlives the session interval, which nobody there refreshes', async () => {
    const { world, anna, ben } = await branchAtWork();
    const attempt = anna.place('1002', 3_000_000);
    await world.clock.run(6000);
    assert.ok(attempt.answeredAt !== undefined, 'answered through the centre');
    blackHole(world);
    await world.clock.run(2_000_000);
    assert.equal(attempt.endedAt, undefined, 'the session interval ends no call that the outage did not end');
    assert.ok(anna.busy && ben.busy);
    // The centre is back, and knows nothing of the call; it ends when somebody hangs up, on both sides.
    world.network.change((network) => {
      network.wanUp = true;
    });
    await world.clock.run(300_000);
    assert.equal(modeOf(world), 'inline');
    assert.equal(attempt.endedAt, undefined);
    await world.clock.run(3_000_000);
    assert.equal(attempt.hungUpBy, 'caller');
    assert.ok(!anna.busy && !ben.busy, 'nobody is left on a dead line');
    assert.deepEqual(world.branch?.status().calls, []);
  });

  it('a call placed 100 ms after the cut finds its way by itself, before the mode changes', async () => {
    const { world, anna } = await branchAtWork();
    blackHole(world);
    await world.clock.run(100);
    const attempt = anna.place('1002');
    await world.clock.run(700);
    assert.notEqual(modeOf(world), 'survivable', 'no mode was waited for');
    assert.ok(attempt.ringingAt !== undefined, 'it rings');
    assert.ok(attempt.ringingAt - attempt.placedAt < 1000);
    await world.clock.run(6000);
    assert.ok(attempt.answeredAt !== undefined);
    assert.equal(world.branch?.status().counters.callsRerouted, 1);
  });

  it('pulling the cable switches at once', async () => {
    const { world } = await branchAtWork();
    world.cable(false);
    await world.clock.run(1);
    assert.equal(modeOf(world), 'survivable');
    assert.match(world.branch?.status().why ?? '', /carrier/);
  });
});

describe('a call that waits for a lost centre', () => {
  it('goes on at once when the loss is known', async () => {
    const { world, anna } = await branchAtWork();
    blackHole(world);
    const attempt = anna.place('1002');
    await world.clock.run(50);
    assert.equal(attempt.ringingAt, undefined);
    world.cable(false);
    await world.clock.run(50);
    assert.ok(attempt.ringingAt !== undefined, 'without waiting for its own timeout');
  });
});

describe('an outage', () => {
  it('takes an emergency call from a phone that never registered, and no other call of it', async () => {
    const { world } = await branchAtWork();
    world.cable(false);
    const stranger = world.impostor;
    stranger.on = true;
    const help = stranger.place('911');
    const chat = stranger.place('1002');
    await world.clock.run(10_000);
    assert.ok(help.answeredAt !== undefined);
    assert.equal(chat.answeredAt, undefined);
    assert.equal(world.branch?.status().counters.emergencyCalls, 1);
  });

  it('registers a phone that restarts with its password, and refuses a guessed one', async () => {
    const { world, anna } = await branchAtWork();
    world.cable(false);
    anna.stop();
    anna.start();
    world.impostor.start();
    await world.clock.run(60_000);
    const contacts = world.branch?.registrar.bindingsOf('1001').map((binding) => binding.contact) ?? [];
    assert.ok(contacts.includes(anna.contact));
    assert.ok(!contacts.includes(world.impostor.contact));
    assert.deepEqual(world.complaints, []);
  });

  it('survives a power loss of the whole branch', async () => {
    const { world, anna, ben } = await branchAtWork();
    world.cable(false);
    for (const phone of world.phones) phone.stop();
    world.crash(20_000);
    await world.clock.run(25_000);
    for (const phone of world.phones) phone.start();
    await world.clock.run(15_000);
    for (const phone of world.phones) {
      const contacts = world.branch?.registrar.bindingsOf(phone.options.username).map(({ contact }) => contact);
      assert.ok(contacts?.includes(phone.contact), `${phone.options.username} is registered`);
    }
    const attempt = anna.place(ben.options.username);
    await world.clock.run(6000);
    assert.ok(attempt.answeredAt !== undefined);
  });
});

describe('the centre', () => {
  it('that answers 503 is told apart from a lost path, and calls go on', async () => {
    const { world, anna } = await branchAtWork();
    world.network.change((network) => {
      network.centre = 'failing';
    });
    await world.clock.run(10_000);
    assert.equal(world.branch?.status().path.fault, 'central-application');
    const attempt = anna.place('914155550123');
    await world.clock.run(6000);
    assert.ok(attempt.answeredAt !== undefined);
  });

  it('that comes and goes is trusted later each time', async () => {
    const { world } = await branchAtWork();
    const holdDowns: number[] = [];
    for (let flap = 0; flap < 3; flap++) {
      world.cable(false);
      await world.clock.run(3000);
      world.cable(true);
      await world.clock.run(5000);
      assert.equal(modeOf(world), 'returning');
      holdDowns.push(world.branch?.survivability.holdDownMs ?? 0);
    }
    assert.deepEqual(holdDowns, [30_000, 60_000, 60_000], 'doubled, up to the longest of this branch');
    await world.clock.run(90_000);
    assert.equal(modeOf(world), 'inline');
  });

  it('knows every phone again after the outage, and was not flooded', async () => {
    const { world } = await branchAtWork();
    world.cable(false);
    await world.clock.run(700_000);
    for (const phone of world.phones) assert.deepEqual(world.centre.tokensOf(phone.options.username), []);
    world.centre.registersAt.length = 0;
    world.cable(true);
    await world.clock.run(120_000);
    assert.equal(modeOf(world), 'inline');
    for (const phone of world.phones) assert.equal(world.centre.tokensOf(phone.options.username).length, 1);
    const busiest = Math.max(
      ...world.centre.registersAt.map((at) => world.centre.registersAt.filter((t) => t >= at && t < at + 1000).length),
    );
    assert.ok(busiest <= 5, `${busiest} REGISTERs within a second`);
  });
});
