import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OutsideCaller, TelephoneWorld } from '../../../hw/simulator/index.js';
import { cause } from '../../../src/base/index.js';
import type { IsdnEvent, IsdnSetup } from '../../../src/isdn/index.js';
import type { DChannelEvent } from '../../../src/tdm/index.js';
import { IsdnLine } from '../../sim/isdn-line.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const anna: OutsideCaller = { number: '3125550123', name: 'ANNA ADAMS', presentation: 'allowed' };

function bench(seed = 1) {
  const clock = new VirtualClock();
  const world = new TelephoneWorld({
    clock,
    random: new SeededRandom(seed),
    cards: [{ kind: 't1', id: 'sim/1', to: 'pstn' }],
  });
  const network = world.publicNetwork('sim/1');
  assert.ok(network !== undefined);
  const line = new IsdnLine(clock, 'sim/1:24');
  network.join(line.network);
  const events: DChannelEvent[] = [];
  line.user.on((event) => events.push(event));
  line.link(true);
  clock.advance(10);
  const channel = (slot: number) => {
    const found = world.span('sim/1')?.channel(slot);
    assert.ok(found !== undefined);
    return found;
  };
  for (let slot = 1; slot <= 23; slot++) channel(slot).configure({ signalling: 'bearer', law: 'u' });
  const words = () =>
    events.map((event) =>
      'cause' in event && event.cause !== undefined ? `${event.kind} ${event.cause}` : event.kind,
    );
  const dial = (digits: string, slot = 23, complete = true) => {
    const setup: IsdnSetup = { called: { digits, type: 'national', plan: 'isdn' }, complete, bearer: 'speech' };
    line.user.do({ kind: 'setup', call: `out-${slot}`, channel: { interface: 0, slot }, exclusive: true, setup });
  };
  const heardOn = (slot: number) => {
    const heard: string[] = [];
    channel(slot).onSound((sound) => {
      if (sound.kind === 'tone') heard.push(sound.frequencies.join('+'));
      else if (sound.kind === 'voice') heard.push(sound.says);
    });
    return heard;
  };
  const find = <K extends IsdnEvent['kind']>(kind: K) =>
    events.find((event): event is Extract<IsdnEvent, { readonly kind: K }> => event.kind === kind);
  return { clock, world, network, line, events, words, dial, channel, heardOn, find };
}

describe('the public network on a PRI', () => {
  test('a number answers: proceeding, ringing tone in the channel, connect, voices both ways, hung up by us', () => {
    const { clock, network, line, dial, words, channel, heardOn } = bench();
    const heard = heardOn(23);
    dial('3125551234');
    clock.advance(1000);
    assert.deepEqual(words(), ['up', 'proceeding', 'alerting']);
    assert.deepEqual(heard, ['440+480']);
    clock.advance(4000);
    assert.deepEqual(words().slice(3), ['connect']);
    assert.equal(heard.at(-1), 'this is 3125551234');
    channel(23).play({ kind: 'voice', says: 'good morning' });
    assert.deepEqual(network.bearerEnd(23)?.heard, [{ kind: 'voice', says: 'good morning' }]);
    assert.deepEqual(network.slots[22], {
      ...{ slot: 23, state: 'talking', number: '3125551234', direction: 'out', hears: '“good morning”' },
    });
    line.user.do({ kind: 'release', call: 'out-23', cause: cause.normalClearing });
    clock.advance(100);
    assert.deepEqual(words().slice(4), ['released 16']);
    assert.equal(network.slots[22]?.state, 'idle');
    assert.equal(clock.pending, 0);
  });

  test('each outcome has its cause, with tones or words in the channel where a network has them', () => {
    const outcomes = [
      ['3125551200', 'released 17', []],
      ['3125551201', 'progress 34', ['480+620']],
      ['3125551202', 'alerting', ['440+480']],
      ['3125551203', 'progress 1', ['3125551203 is not in service']],
    ] as const;
    for (const [number, word, sounds] of outcomes) {
      const { clock, dial, words, heardOn } = bench();
      const heard = heardOn(23);
      dial(number);
      clock.advance(1000);
      assert.equal(words().at(-1), word, number);
      assert.deepEqual([...new Set(heard)], sounds, number);
      clock.advance(200_000);
      const last = { '00': 'released 17', '01': 'released 34', '02': 'released 19', '03': 'released 1' }[
        number.slice(-2)
      ];
      assert.equal(words().at(-1), last, number);
      assert.equal(clock.pending, 0);
    }
  });

  test('911 is answered at once, and whoever hangs up first, it ends', () => {
    const { clock, dial, words, heardOn, network } = bench();
    const heard = heardOn(23);
    dial('911');
    clock.advance(2000);
    assert.equal(heard.at(-1), 'what is your emergency');
    assert.equal(network.hangUp(23), true);
    clock.advance(100);
    assert.deepEqual(words().slice(-2), ['disconnect 16', 'released 16']);
    assert.equal(network.hangUp(23), false);
  });

  test('digits one by one: dial tone, and the number is over when no more come', () => {
    const { clock, line, dial, words, heardOn, network } = bench();
    const heard = heardOn(23);
    dial('', 23, false);
    clock.advance(100);
    assert.equal(words().at(-1), 'setupAck');
    assert.deepEqual(heard, ['350+440']);
    for (const digits of '5551234') {
      line.user.do({ kind: 'digits', call: 'out-23', digits });
      clock.advance(500);
    }
    assert.deepEqual(network.dialled, []);
    clock.advance(3500);
    assert.deepEqual(network.dialled, ['5551234']);
    assert.ok(words().includes('alerting'));
  });

  test('somebody calls us, with name, number and who sent the call on; we answer, they speak, they hang up', () => {
    const { clock, network, line, words, find, heardOn } = bench();
    const made = network.call('3125550204', { ...anna, redirectedFrom: { number: '3125550200', reason: 'busy' } });
    assert.ok('call' in made);
    clock.advance(10);
    const setup = find('setup');
    assert.deepEqual(setup?.channel, { interface: 0, slot: 1 });
    assert.deepEqual(setup?.setup, {
      called: { digits: '3125550204', type: 'national', plan: 'isdn' },
      complete: true,
      calling: {
        number: { digits: '3125550123', type: 'national', plan: 'isdn' },
        name: 'ANNA ADAMS',
        presentation: 'allowed',
        screening: 'network',
      },
      redirection: {
        from: {
          number: { digits: '3125550200', type: 'national', plan: 'isdn' },
          presentation: 'allowed',
          screening: 'network',
        },
        reason: 'busy',
        count: 1,
      },
      bearer: 'speech',
    });
    const heard = heardOn(1);
    line.user.do({ kind: 'alerting', call: 'in-1', inBand: false });
    clock.advance(10);
    assert.equal(network.slots[0]?.state, 'ringing');
    line.user.do({ kind: 'connect', call: 'in-1' });
    clock.advance(10);
    assert.deepEqual(heard, ['ANNA ADAMS speaking']);
    clock.advance(100_000);
    assert.equal(network.slots[0]?.state, 'talking', 'a caller gives up only while it rings');
    network.hangUp(1);
    clock.advance(10);
    assert.deepEqual(words().slice(-2), ['disconnect 16', 'released 16']);
    assert.equal(clock.pending, 0);
  });

  test('a caller gives up after a minute; one who withholds the number has it marked so', () => {
    const { clock, network, words, find } = bench();
    network.call('204', { number: '3125550123', presentation: 'restricted' });
    clock.advance(10);
    assert.equal(find('setup')?.setup.calling?.presentation, 'restricted');
    clock.advance(60_000);
    assert.deepEqual(words().slice(-2), ['disconnect 19', 'released 19']);
  });

  test('a channel in use, one out of service, and a full span', () => {
    const { clock, network, line, dial, words } = bench();
    dial('3125551202', 1);
    clock.advance(1000);
    line.user.do({ kind: 'service', channel: { interface: 0, slot: 2 }, inService: false });
    clock.advance(10);
    assert.equal(network.slots[1]?.state, 'outOfService');
    network.call('204', anna);
    clock.advance(10);
    assert.equal(network.slots[2]?.state, 'dialling');
    dial('3125551234', 3);
    clock.advance(100);
    assert.equal(words().at(-1), 'released 44', 'glare: the network keeps its channel');
    for (let i = 0; i < 20; i++) assert.ok('call' in network.call('204', anna));
    assert.deepEqual(network.call('204', anna), { refused: 'All channels are in use.' });
    line.user.do({ kind: 'restart', channel: { interface: 0, slot: 2 } });
    clock.advance(10);
    assert.equal(network.slots[1]?.state, 'idle');
  });

  test('without the link nobody can call us; calls that talk stay', () => {
    const { clock, network, line, dial } = bench();
    dial('3125551234');
    clock.advance(6000);
    line.link(false);
    clock.advance(10);
    assert.deepEqual(network.call('204', anna), { refused: 'The D-channel is down.' });
    assert.equal(network.slots[22]?.state, 'talking');
  });

  test('frames go both ways between the card and the network, but not over a span in alarm or a lost D-channel', () => {
    const { clock, world, network, channel } = bench();
    const d = channel(24);
    const [here, there]: [number[][], number[][]] = [[], []];
    d.on((event) => event.kind === 'frame' && here.push([...event.frame]));
    network.dChannel.on((event) => event.kind === 'frame' && there.push([...event.frame]));
    const both = (mark: number) => {
      d.send(Uint8Array.of(2, 1, mark));
      network.dChannel.send(Uint8Array.of(0, 1, mark));
      clock.advance(5);
    };
    both(1);
    assert.deepEqual([here, there], [[], []], 'nothing before the channel is configured');
    d.configure({ signalling: 'dChannel', law: 'u' });
    both(2);
    assert.deepEqual([here, there], [[[0, 1, 2]], [[2, 1, 2]]]);
    const span = world.span('sim/1');
    for (const alarm of ['red', 'yellow', 'blue'] as const) {
      span?.alarm(alarm, true);
      both(3);
      span?.alarm(alarm, false);
    }
    network.dChannel.lost = true;
    both(4);
    network.dChannel.lost = false;
    assert.deepEqual([here.length, there.length], [1, 1]);
    world.unplug('sim/1');
    both(5);
    world.plug('sim/1');
    const again = channel(24);
    again.on((event) => event.kind === 'frame' && here.push([...event.frame]));
    again.configure({ signalling: 'dChannel', law: 'u' });
    network.dChannel.send(Uint8Array.of(0, 1, 6));
    again.send(Uint8Array.of(2, 1, 6));
    clock.advance(5);
    assert.deepEqual(
      [here.at(-1), there.at(-1)],
      [
        [0, 1, 6],
        [2, 1, 6],
      ],
    );
    assert.deepEqual([here.length, there.length], [2, 2]);
  });

  test('a card that is pulled out ends the calls on it, and they can be made again when it is back', () => {
    const { clock, world, dial, words } = bench();
    dial('3125551234');
    clock.advance(6000);
    world.unplug('sim/1');
    clock.advance(10);
    assert.deepEqual(words().slice(-2), ['disconnect 27', 'released 27']);
    assert.equal(clock.pending, 0);
    world.plug('sim/1');
    dial('3125551234');
    clock.advance(6000);
    assert.equal(words().at(-1), 'connect');
  });

  for (const seed of [1, 2, 3, 4]) {
    test(`a busy hour, seed ${seed}: calls both ways, and no channel and no timer outlives its call`, () => {
      const { clock, network, line, events, dial } = bench(seed);
      const random = new SeededRandom(seed);
      const mine = new Set<string>();
      line.user.on((event) => {
        events.push(event);
        if (event.kind === 'setup') {
          mine.add(event.call);
          const { call } = event;
          if (random.next() < 0.7)
            clock.after(2000 * random.next(), () => {
              if (mine.has(call)) line.user.do({ kind: 'connect', call });
            });
        } else if (event.kind === 'released') mine.delete(event.call);
      });
      for (let minute = 0; minute < 60; minute++) {
        for (let slot = 23; slot > 0; slot--) {
          const chance = random.next();
          if (chance < 0.2 && !mine.has(`out-${slot}`)) {
            mine.add(`out-${slot}`);
            dial(`312555${String(Math.floor(random.next() * 10_000)).padStart(4, '0')}`, slot);
          } else if (chance < 0.25) network.call('204', anna);
          else if (chance < 0.4) network.hangUp(slot);
          clock.advance(2500 * random.next());
        }
        for (const call of mine)
          if (random.next() < 0.5) line.user.do({ kind: 'release', call, cause: cause.normalClearing });
      }
      for (const call of mine) line.user.do({ kind: 'release', call, cause: cause.normalClearing });
      clock.advance(200_000);
      assert.deepEqual(
        network.slots.filter(({ state }) => state !== 'idle'),
        [],
      );
      assert.equal(mine.size, 0);
      assert.equal(clock.pending, 0);
    });
  }
});
