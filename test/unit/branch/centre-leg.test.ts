import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { CentreLeg } from '../../../src/branch/centre-leg.js';
import type { Leg, LegCommand, LegEvent } from '../../../src/call/index.js';

const silent: LegEvent = {
  kind: 'released',
  cause: cause.recoveryOnTimerExpiry,
  lost: true,
  unreachable: 'silent',
};

function bench(centreAnswers: boolean) {
  const commands: LegCommand[] = [];
  const events: LegEvent[] = [];
  const heard: LegEvent[] = [];
  let tell: (event: LegEvent) => void = () => {};
  const inner: Leg = {
    id: 'centre-1',
    can: { hold: true, transfer: true, digits: true },
    on: (listener) => {
      tell = listener;
    },
    do: (command) => void commands.push(command),
  };
  const leg = new CentreLeg(inner, {
    hear: (event) => void heard.push(event),
    centreAnswers: () => centreAnswers,
  });
  leg.on((event) => void events.push(event));
  return { leg, commands, events, heard, tell: (event: LegEvent) => tell(event) };
}

describe('CentreLeg', () => {
  it('passes everything on while its dialog lives', () => {
    const b = bench(true);
    b.leg.do({ kind: 'digit', digit: '1', durationMs: 100 });
    b.tell({ kind: 'alerting' });
    b.tell({ kind: 'released', cause: 16 });
    b.leg.do({ kind: 'release', cause: 16 });
    assert.equal(b.commands.length, 1);
    assert.deepEqual(b.events, [{ kind: 'alerting' }, { kind: 'released', cause: 16 }]);
    assert.deepEqual(b.heard, b.events);
  });

  it('ends with its dialog while the centre answers, whatever ended it', () => {
    const b = bench(true);
    b.tell(silent);
    assert.deepEqual(b.events, [silent]);
  });

  it('stays in the call when the centre is lost, refuses changes, and is released once', () => {
    const b = bench(false);
    b.tell(silent);
    assert.deepEqual(b.events, [{ kind: 'adrift' }]);
    b.leg.do({ kind: 'digit', digit: '1', durationMs: 100 });
    b.leg.do({ kind: 'offer' });
    b.leg.do({ kind: 'release', cause: 16 });
    b.leg.do({ kind: 'release', cause: 16 });
    b.leg.do({ kind: 'offer' });
    assert.deepEqual(b.events, [
      { kind: 'adrift' },
      { kind: 'refused', cause: cause.recoveryOnTimerExpiry },
      { kind: 'released', cause: 16 },
    ]);
    assert.deepEqual(b.commands, []);
  });

  it('ends when somebody hung up, outage or not', () => {
    const b = bench(false);
    b.tell({ kind: 'released', cause: 16 });
    assert.deepEqual(b.events, [{ kind: 'released', cause: 16 }]);
  });
});
