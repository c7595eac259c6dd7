import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { telephoneTable } from '../../../src/lines/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { settingsOf, TelephoneBench } from './telephone-bench.js';

const stories = 200;
const eventsInStory = 60;

/** One random deed of a user, a far end, or a card. */
async function deed(bench: TelephoneBench, random: SeededRandom): Promise<void> {
  const pick = <T>(...all: readonly T[]): T | undefined => all[Math.floor(random.next() * all.length)];
  const number = 1 + Math.floor(random.next() * bench.jacks.length);
  const jack = bench.jack(number);
  const far = pick(...bench.farEnds.values());
  switch (Math.floor(random.next() * 15)) {
    case 0:
    case 1:
      jack.lift();
      break;
    case 2:
      jack.hangUp();
      break;
    case 3:
    case 4:
    case 5:
      jack.flash();
      break;
    case 6:
    case 7:
      await bench.press(number, pick('301', '302', '201', '202', '203', '999', '1', '2', '3', '0', '4') ?? '');
      break;
    case 8:
      await bench.press(
        number,
        pick(
          '*88#',
          '*68#',
          '*94',
          '*95',
          '*9',
          '*94',
          '*95',
          '*68201',
          '*72203',
          '*73',
          '*78',
          '*79',
          '*69',
          '*4',
          '*67302',
        ) ?? '',
      );
      break;
    case 9:
      bench.callTo(number, pick('301', '302', '303', '5551234'));
      break;
    case 10:
      if (far?.released === 0) far.ring();
      break;
    case 11:
      if (far?.released === 0 && far.commands.some(({ kind }) => kind === 'setup')) far.answer();
      break;
    case 12:
      if (far !== undefined && random.next() < 0.5) far.refusesOffers = random.next() < 0.3;
      else
        far?.end({
          cause:
            pick(cause.normalClearing, cause.userBusy, cause.noCircuitAvailable, cause.preemption) ??
            cause.normalClearing,
        });
      break;
    case 13:
      bench.telephones.showMessageWaiting(`u${number}`, random.next() < 0.5);
      break;
    default:
      if (random.next() < 0.2) {
        jack.alarm('red');
        await bench.clock.run(random.next() * 500);
        jack.alarm();
      } else jack.say(pick({ kind: 'pulses', count: 3 }, { kind: 'ringOff' }, { kind: 'wink' }) ?? { kind: 'ringOff' });
  }
  await bench.clock.run(random.next() < 0.3 ? random.next() * 30_000 : random.next() * 400);
}

/** Where nobody is spoken to, nobody listens. */
const unheard = new Set(['resting', 'dialling', 'recall', 'alone', 'reminding', 'served']);

function assertPrivate(bench: TelephoneBench): void {
  bench.jacks.forEach((jack, at) => {
    const port = bench.engine.open.get(jack.id)?.id;
    if (port === undefined || !unheard.has(bench.state(at + 1))) return;
    for (const far of bench.farEnds.values()) {
      const { hears } = far;
      const listens = far.released === 0 && hears.kind === 'port' && hears.port === port;
      assert.ok(!listens, `${far.id} hears ${jack.id}, which is ${bench.state(at + 1)}`);
    }
  });
}

/** At rest a lamp says what the user's mailbox said last. */
function assertLamps(bench: TelephoneBench, lamp: 'none' | 'data' | 'neon' | 'polarity'): void {
  bench.jacks.forEach(({ orders }, at) => {
    const waits = bench.features.get(`u${at + 1}`).messagesWait === true;
    const neon = orders.findLast((order) => order.kind === 'neon');
    const polarity = orders.findLast((order) => order.kind === 'polarity');
    if (lamp === 'neon') assert.equal(neon?.kind === 'neon' && neon.on, waits, 'neon');
    if (lamp === 'polarity') assert.equal(polarity?.kind === 'polarity' && polarity.reversed, waits, 'polarity');
  });
}

test(`telephones survive ${stories} random stories, each call with one record and no port left`, async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= stories; seed++) {
    const random = new SeededRandom(seed);
    const flash = (['threeWay', 'swap', 'digits'] as const)[seed % 3] ?? 'threeWay';
    const lamp = (['none', 'data', 'neon', 'polarity'] as const)[seed % 4] ?? 'none';
    const more = { flash, lamp, signalling: seed % 2 === 0 ? 'fxs-kewl' : 'fxs-loop' } as const;
    const bench = new TelephoneBench([settingsOf(1, more), settingsOf(2, more), settingsOf(3, more)], seed);
    try {
      // Two calls at once are rare by chance, and the most that can go wrong is there.
      if (seed % 4 < 2) {
        await bench.talk(1, '301');
        bench.jack(1).flash();
        await bench.clock.run(10);
        await bench.talk(1, '302');
        if (seed % 8 < 4) {
          bench.jack(1).flash();
          await bench.press(1, flash === 'digits' ? '3' : '*95');
        }
      }
      for (let at = 0; at < eventsInStory; at++) {
        await deed(bench, random);
        if (![...bench.farEnds.values()].some(({ refused }) => refused)) assertPrivate(bench);
      }
      for (const far of bench.farEnds.values()) far.refusesOffers = false;
      await bench.assertQuiet();
      await bench.assertOver();
      assertLamps(bench, lamp);
      for (const transition of bench.transitions) seen.add(transition);
    } catch (error) {
      assert.fail(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  const left = new Set([...seen].map((transition) => transition.split(' ')[0]));
  assert.deepEqual([...left].toSorted(), Object.keys(telephoneTable.states).toSorted(), 'the stories went everywhere');
});
