import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallSetup, Leg, LegCommand, LegEvent } from '../../../src/call/index.js';
import { SecondTry } from '../../../src/legs/second-try.js';

class FakeLeg implements Leg {
  readonly id: string;
  readonly can = { hold: true, transfer: true, digits: true };
  readonly done: LegCommand['kind'][] = [];
  emit: (event: LegEvent) => void = () => {};

  constructor(id: string) {
    this.id = id;
  }

  on(listener: (event: LegEvent) => void): void {
    this.emit = listener;
  }

  do(command: LegCommand): void {
    this.done.push(command.kind);
  }
}

const setup: CallSetup = {
  from: { number: '1001' },
  dialled: '1002',
  sessionId: '0'.repeat(32),
  hopsLeft: 70,
  privacy: [],
  carried: [],
};

function begun(): { first: FakeLeg; second: FakeLeg; leg: SecondTry; heard: LegEvent[]; made: () => number } {
  const [first, second] = [new FakeLeg('first'), new FakeLeg('second')];
  let made = 0;
  const leg = new SecondTry(first, () => {
    made++;
    return second;
  });
  const heard: LegEvent[] = [];
  leg.on((event) => heard.push(event));
  leg.do({ kind: 'setup', setup });
  return { first, second, leg, heard, made: () => made };
}

describe('a second try', () => {
  for (const sipStatus of [488, 606]) {
    it(`is made where the first is refused by ${sipStatus}, once`, () => {
      const { first, second, leg, heard } = begun();
      first.emit({ kind: 'proceeding' });
      first.emit({ kind: 'released', cause: 65, sipStatus });
      assert.deepEqual([first.done, second.done, leg.id], [['setup'], ['setup'], 'second']);
      second.emit({ kind: 'proceeding' });
      second.emit({ kind: 'released', cause: 65, sipStatus });
      assert.deepEqual(
        heard.map(({ kind }) => kind),
        ['proceeding', 'proceeding', 'released'],
      );
    });
  }

  it('is not made for another refusal, after ringing, or once the call is given up', () => {
    const busy = begun();
    busy.first.emit({ kind: 'released', cause: 17, sipStatus: 486 });
    const rung = begun();
    rung.first.emit({ kind: 'alerting' });
    rung.first.emit({ kind: 'released', cause: 65, sipStatus: 488 });
    const given = begun();
    given.leg.do({ kind: 'release', cause: 16 });
    given.first.emit({ kind: 'released', cause: 16, sipStatus: 488 });
    for (const { made, heard } of [busy, rung, given]) {
      assert.equal(made(), 0);
      assert.equal(heard.at(-1)?.kind, 'released');
    }
  });

  it('takes every later command', () => {
    const { first, second, leg } = begun();
    first.emit({ kind: 'released', cause: 65, sipStatus: 488 });
    leg.do({ kind: 'release', cause: 16 });
    assert.deepEqual([first.done, second.done], [['setup'], ['setup', 'release']]);
  });
});
