import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { hunted, type LineTrunkSettingsOf } from '../../../src/trunks/index.js';
import { answering, type WatchedLeg, wiredPair } from './trunk-bench.js';

describe('hunting', () => {
  const members = [{ calls: 3 }, { calls: 1 }, { calls: 1 }, { calls: 2 }];
  const places = (order: Parameters<typeof hunted>[0], last: number) =>
    hunted(order, members, last).map((member) => members.indexOf(member));

  it('goes by each order', () => {
    assert.deepEqual(places('lowest', 2), [0, 1, 2, 3]);
    assert.deepEqual(places('highest', 2), [3, 2, 1, 0]);
    assert.deepEqual(places('circular', 1), [2, 3, 0, 1]);
    assert.deepEqual(places('circular', -1), [0, 1, 2, 3]);
    assert.deepEqual(places('leastUsed', 0), [1, 2, 3, 0]);
  });

  const slots = (hunt: LineTrunkSettingsOf['hunt'], calls: number) => {
    const { user, network, clock, wire } = wiredPair({ hunt });
    answering(network, 10);
    for (let at = 0; at < calls; at++) {
      const call = user.place();
      clock.advance(200);
      user.hangUp(call);
      clock.advance(200);
    }
    user.assertRest();
    return wire.ends[0].commands.flatMap((each) => (each.kind === 'setup' ? [each.channel.slot] : []));
  };

  it('takes channels by it, call by call', () => {
    assert.deepEqual(slots('lowest', 3), [1, 1, 1]);
    assert.deepEqual(slots('highest', 3), [4, 4, 4]);
    assert.deepEqual(slots('circular', 5), [1, 2, 3, 4, 1]);
    assert.deepEqual(slots('leastUsed', 5), [1, 2, 3, 4, 1]);
  });
});

describe('a trunk group', () => {
  const talking = (settings: Partial<LineTrunkSettingsOf>, count: number) => {
    const pair = wiredPair(settings, count);
    answering(pair.network);
    answering(pair.user);
    return { ...pair, talk: (call: WatchedLeg) => assert.equal(call.kinds.at(-1), 'answered') };
  };

  it('keeps channels for calls that arrive and for help', () => {
    const { user, network, clock, talk } = talking({ reserve: 2 }, 4);
    const first = [user.place(), user.place()];
    clock.advance(500);
    first.forEach(talk);
    assert.equal(user.place().released, cause.noCircuitAvailable);
    assert.deepEqual([user.lines.status('pstn')?.free, user.lines.status('pstn')?.forHelp], [0, 'free']);
    const help = user.place('911', { emergency: true });
    clock.advance(500);
    talk(help);
    assert.ok(
      first.every(({ kinds }) => kinds.at(-1) === 'answered'),
      'nobody had to go',
    );
    const theirs = network.place('+13125550100', { emergency: true });
    clock.advance(500);
    talk(theirs);
  });

  it('ends the youngest ordinary call for help, by cause 8, and never a call for help', () => {
    const { user, network, clock, wire, talk } = talking({}, 3);
    const old = user.place();
    clock.advance(500);
    const arrived = network.place('+13125550100');
    clock.advance(500);
    const young = user.place();
    clock.advance(500);
    assert.deepEqual([user.lines.status('pstn')?.free, user.lines.status('pstn')?.forHelp], [0, 'byPreemption']);
    const help = user.place('911', { emergency: true });
    assert.equal(young.released, cause.preemption);
    assert.deepEqual(help.kinds, ['proceeding'], 'who waits for a channel is not silent');
    assert.ok(wire.ends[0].commands.some((each) => each.kind === 'release' && each.cause === cause.preemption));
    clock.advance(500);
    talk(help);
    talk(old);
    talk(arrived);
    const second = user.place('911', { emergency: true });
    clock.advance(500);
    talk(second);
    assert.equal(
      arrived.released,
      cause.preemption,
      'a call that came in later is younger than the first that went out',
    );
    const third = user.place('911', { emergency: true });
    clock.advance(500);
    talk(third);
    assert.equal(old.released, cause.preemption);
    const fourth = user.place('911', { emergency: true });
    assert.equal(fourth.released, cause.noCircuitAvailable, 'only calls for help are left');
    for (const call of [help, second, third]) {
      talk(call);
      user.hangUp(call);
    }
    clock.advance(500);
    user.assertRest();
    network.assertRest();
  });

  it('two calls for help at once end two others, and each gets a channel', () => {
    const { user, clock, talk } = talking({}, 2);
    const ordinary = [user.place(), user.place()];
    clock.advance(500);
    const help = [user.place('911', { emergency: true }), user.place('911', { emergency: true })];
    assert.ok(ordinary.every(({ released }) => released === cause.preemption));
    assert.equal(user.place().released, cause.noCircuitAvailable, 'what is being freed is promised');
    clock.advance(500);
    help.forEach(talk);
  });

  it('a call for help that gives up leaves its channel to others; one that gets none in time is told', () => {
    const { user, network, clock, wire } = talking({}, 1);
    const ordinary = user.place();
    clock.advance(500);
    const help = user.place('911', { emergency: true });
    user.hangUp(help);
    clock.advance(500);
    assert.equal(ordinary.released, cause.preemption);
    user.assertRest();
    const next = user.place();
    clock.advance(500);
    // The release is lost on its way: the channel does not come back.
    wire.calls.clear();
    const late = user.place('911', { emergency: true });
    clock.advance(5000);
    assert.equal(next.released, cause.preemption);
    assert.equal(late.released, cause.noCircuitAvailable);
    assert.ok(network.arrivals.length > 0);
  });

  it('does not pre-empt where it may not, and takes no call against its direction', () => {
    const strict = talking({ preempt: false }, 1);
    const ordinary = strict.user.place();
    strict.clock.advance(500);
    assert.equal(strict.user.place('911', { emergency: true }).released, cause.noCircuitAvailable);
    strict.talk(ordinary);
    const incoming = talking({ direction: 'incoming' }, 1);
    assert.equal(incoming.user.place().released, cause.noCircuitAvailable);
    assert.equal(incoming.user.place('911', { emergency: true }).released, cause.noCircuitAvailable);
    const outgoing = talking({ direction: 'outgoing' }, 1);
    const refused = outgoing.network.place('+13125550100');
    outgoing.clock.advance(500);
    assert.equal(refused.released, cause.outgoingCallsBarred);
    const forHelp = talking({ emergencyOnly: true }, 1);
    assert.equal(forHelp.user.place().released, cause.noCircuitAvailable);
    const help = forHelp.user.place('911', { emergency: true });
    forHelp.clock.advance(500);
    forHelp.talk(help);
  });

  it('channels taken out by hand are told to the far end and take no call until they are back', () => {
    const { user, network, clock } = talking({}, 2);
    user.lines.setOutOfService('sim/1:2', true);
    clock.advance(100);
    assert.deepEqual([user.lines.status('pstn')?.state, user.lines.status('pstn')?.free], ['partly', 1]);
    assert.match(user.lines.status('pstn')?.why ?? '', /taken out of service here/);
    assert.equal(network.lines.status('pstn')?.free, 1);
    assert.match(network.lines.status('pstn')?.why ?? '', /by the far end/);
    user.lines.setOutOfService('sim/1:2', false);
    clock.advance(100);
    assert.deepEqual([user.lines.status('pstn')?.state, network.lines.status('pstn')?.free], ['up', 2]);
  });
});
