import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LegCommand, LegEvent } from '../../../src/call/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { CallBench, step } from './call-bench.js';
import { audio, FakeLeg, plainSetup } from './fake-leg.js';

const runs = 3000;

/** Something that a peer may do at any moment, fitting or not. */
function anyEvent(random: SeededRandom): LegEvent {
  const port = 2 * Math.floor(random.next() * 30_000);
  const maybe = random.next() < 0.8 ? { media: audio(port, random.next() < 0.3 ? 'sendonly' : 'sendrecv') } : {};
  const events: readonly LegEvent[] = [
    { kind: 'proceeding' },
    { kind: 'alerting' },
    { kind: 'progress', ...maybe },
    { kind: 'answered', ...maybe },
    { kind: 'answered', ...maybe },
    { kind: 'offered', ...maybe },
    { kind: 'offered', ...maybe },
    { kind: 'agreed', ...maybe },
    { kind: 'agreed', ...maybe },
    { kind: 'refused', cause: 65, sipStatus: 488 },
    { kind: 'digit', digit: '1', durationMs: 100 },
    { kind: 'transferRequested', target: { number: '203' } },
    { kind: 'released', cause: 16 },
    { kind: 'released', cause: 41, sipStatus: 503 },
    { kind: 'released', cause: 31, sipStatus: 302, redirectTo: ['204'] },
  ];
  return events[Math.floor(random.next() * events.length)] ?? { kind: 'proceeding' };
}

it(`survives ${runs} random stories`, async (t) => {
  for (let seed = 1; seed <= runs; seed++) {
    const random = new SeededRandom(seed);
    const legs: FakeLeg[] = [];
    const pending: (() => void)[] = [];
    const obey = (leg: FakeLeg, command: LegCommand): void => {
      if (command.kind === 'release') {
        const end = (): void => leg.end({ cause: command.cause });
        if (random.next() < 0.5) end();
        else pending.push(end);
      } else if (command.kind === 'offer' && random.next() < 0.5) {
        pending.push(() => {
          if (leg.released === 0) leg.emit({ kind: 'agreed', media: audio(1234) });
        });
      } else if (leg.released === 0 && random.next() < 0.05) leg.emit(anyEvent(random));
    };
    const makeStep = (name: string) => ({
      ...step(name, []),
      giveUpMs: random.next() < 0.5 ? 1000 : Number.POSITIVE_INFINITY,
      ringMs: 20_000,
      onNoAnswer: random.next() < 0.5 ? ('next' as const) : ('end' as const),
      open: () => {
        const made = Array.from({ length: Math.floor(random.next() * 4) }, (_, i) => new FakeLeg(`${name}.${i}`, obey));
        legs.push(...made);
        return made;
      },
    });
    const { offer, ...rest } = plainSetup;
    const bench = new CallBench(
      [makeStep('1'), makeStep('2'), makeStep('3')],
      { setup: random.next() < 0.8 ? { ...rest, offer: offer ?? audio(4000) } : rest },
      { routeTransfer: (target) => (random.next() < 0.8 ? [makeStep(target.number)] : { refuse: 52 }) },
    );
    bench.caller.onCommand = (command) => obey(bench.caller, command);
    legs.push(bench.caller);
    bench.call.start();
    for (let turn = 0; turn < 40; turn++) {
      const dice = random.next();
      const leg = legs[Math.floor(random.next() * legs.length)];
      if (dice < 0.15) pending.splice(Math.floor(random.next() * pending.length), 1)[0]?.();
      else if (dice < 0.25) await bench.clock.run(random.next() * 5000);
      else if (dice < 0.26) bench.call.release(31);
      else if (leg !== undefined && leg.released === 0) leg.emit(anyEvent(random));
      if (bench.call.state === 'talking') {
        const live = legs.filter((each) => each.released === 0 && !each.kinds().includes('release'));
        assert.ok(live.length >= 2, `seed ${seed}: talking with ${live.length} live legs`);
      }
    }
    bench.call.release(16);
    for (let round = 0; round < 20; round++) {
      for (const end of pending.splice(0)) end();
      await bench.clock.run(0);
    }
    await bench.clock.run(1);
    assert.equal(bench.call.state, 'done', `seed ${seed}: ${bench.call.state}`);
    for (const leg of legs) assert.equal(leg.released, 1, `seed ${seed}: ${leg.id}`);
    assert.equal(bench.closed.length, 1, `seed ${seed}: closed`);
    assert.equal(bench.ended.length, 1, `seed ${seed}: ended`);
    assert.equal(bench.clock.pending, 0, `seed ${seed}: timers`);
    assert.deepEqual(bench.errors, [], `seed ${seed}`);
  }
  t.diagnostic(`${runs} stories`);
});
