import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OverloadControl, type RequestClass } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** What the simulated server spends on a request, ms of one processor, and on saying 503. */
const costMs: { readonly [of in RequestClass]: number } = {
  emergency: 2,
  'in-dialog': 1,
  register: 1,
  'new-call': 2,
};
const refusalMs = 0.05;
const phones = 5000;
const phoneTimeoutMs = 500;

interface Outcome {
  readonly served: { [of in RequestClass]: number };
  readonly refused: { [of in RequestClass]: number };
  /** The longest that a served request of a class waited, ms. */
  readonly waitedMs: { [of in RequestClass]: number };
  readonly registeredAtMs: number;
  readonly registered: number;
  readonly busiestLevel: number;
  readonly levelAfterwards: number;
}

/**
 * One server that handles a request after the other: 5,000 phones register within two seconds after a power failure, each
 * sending again what stays unanswered for T1 and coming back when Retry-After says, while 20 new calls a second begin, 50
 * requests a second in dialogs keep calls going, and one person calls for help in the middle.
 */
function avalanche(seed: number, controlled: boolean): Outcome {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const overload = new OverloadControl(clock, random);
  const zero = () => ({ emergency: 0, 'in-dialog': 0, register: 0, 'new-call': 0 });
  const outcome = { served: zero(), refused: zero(), waitedMs: zero() };
  let freeAt = 0;
  let givenMs = 0;
  let doneMs = 0;
  const work = (ms: number) => {
    givenMs += ms;
    freeAt = Math.max(freeAt, clock.now()) + ms;
  };
  let waiting = 0;
  let registered = 0;
  let registeredAtMs = 0;
  let busiestLevel = 0;
  const ask = (of: RequestClass, answer: (accepted: boolean, retryAfterS: number) => void) => {
    const now = clock.now();
    const sheds = controlled && overload.sheds(of);
    work(sheds ? refusalMs : costMs[of]);
    if (!sheds) waiting++;
    const takenMs = freeAt - now;
    clock.after(takenMs, () => {
      if (!sheds) waiting--;
      outcome[sheds ? 'refused' : 'served'][of]++;
      if (!sheds) outcome.waitedMs[of] = Math.max(outcome.waitedMs[of], takenMs);
      answer(!sheds, overload.retryAfterS());
    });
  };
  const phone = () => {
    let done = false;
    const register = () => {
      let answered = false;
      ask('register', (accepted, retryAfterS) => {
        if (answered || done) return;
        answered = true;
        if (!accepted) {
          clock.after(retryAfterS * 1000, register);
          return;
        }
        done = true;
        registered++;
        registeredAtMs = clock.now();
      });
      const again = (inMs: number) =>
        clock.after(inMs, () => {
          if (answered || done) return;
          // A retransmission is absorbed, but not for nothing.
          work(refusalMs);
          again(Math.min(4000, inMs * 2));
        });
      again(phoneTimeoutMs);
    };
    register();
  };
  for (let i = 0; i < phones; i++) clock.after(random.next() * 2000, phone);
  for (let ms = 0; ms < 60_000; ms += 50) clock.after(ms, () => ask('new-call', () => undefined));
  for (let ms = 10; ms < 60_000; ms += 20) clock.after(ms, () => ask('in-dialog', () => undefined));
  clock.after(2100, () => ask('emergency', () => undefined));
  const look = () => {
    const lagMs = Math.max(0, freeAt - clock.now());
    const before = doneMs;
    doneMs = givenMs - lagMs;
    overload.look({ lagMs, utilization: (doneMs - before) / 100, queued: waiting, transactions: 0 });
    busiestLevel = Math.max(busiestLevel, overload.level);
    clock.after(100, look);
  };
  clock.after(100, look);
  clock.advance(120_000);
  return { ...outcome, registered, registeredAtMs, busiestLevel, levelAfterwards: overload.level };
}

describe('5,000 telephones register at once', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`emergency calls and calls in progress pass, everybody is registered in the end (seed ${seed})`, () => {
      const result = avalanche(seed, true);
      assert.deepEqual([result.served.emergency, result.refused.emergency], [1, 0]);
      assert.deepEqual([result.served['in-dialog'], result.refused['in-dialog']], [3000, 0]);
      assert.ok(result.waitedMs.emergency < 2000, `the call for help waited ${result.waitedMs.emergency} ms`);
      assert.ok(result.waitedMs['in-dialog'] < 2500, `a call in progress waited ${result.waitedMs['in-dialog']} ms`);
      assert.equal(result.registered, phones);
      assert.ok(result.registeredAtMs < 90_000, `the last was registered after ${result.registeredAtMs} ms`);
      assert.ok(result.refused.register > 0 && result.refused['new-call'] > 0, 'nothing was shed: no avalanche');
      assert.equal(result.levelAfterwards, 0);
    });
  }

  it('without control the call for help would have waited longer', () => {
    const without = avalanche(1, false);
    const controlled = avalanche(1, true);
    assert.ok(without.waitedMs['in-dialog'] > 1.3 * controlled.waitedMs['in-dialog']);
    assert.ok(without.waitedMs.emergency > 1.3 * controlled.waitedMs.emergency);
  });
});
