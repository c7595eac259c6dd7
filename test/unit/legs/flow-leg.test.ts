import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import type { CallSetup, Leg, LegCommand, LegEvent } from '../../../src/call/index.js';
import { FlowLeg } from '../../../src/legs/flow-leg.js';

const setup: CallSetup = {
  from: { number: '1001' },
  dialled: '1002',
  sessionId: '0'.repeat(32),
  hopsLeft: 70,
  privacy: [],
  carried: [],
};

/** A leg that does what the test says. */
class ScriptedLeg implements Leg {
  readonly can = { hold: true, transfer: true, digits: true };
  readonly commands: LegCommand[] = [];
  emit: (event: LegEvent) => void = () => undefined;

  constructor(readonly id: string) {}

  on(listener: (event: LegEvent) => void): void {
    this.emit = listener;
  }

  do(command: LegCommand): void {
    this.commands.push(command);
  }

  continuation(): { readonly id: string } {
    return { id: this.id };
  }
}

function telephone(flows: number) {
  const legs = Array.from({ length: flows }, (_, i) => new ScriptedLeg(`flow ${i}`));
  const [first = new ScriptedLeg('none'), ...others] = legs;
  const leg = new FlowLeg(
    first,
    others.map((other) => () => other),
  );
  const events: LegEvent[] = [];
  leg.on((event) => events.push(event));
  leg.do({ kind: 'setup', setup });
  const asked = () => legs.map(({ commands }) => commands.map(({ kind }) => kind).join(' '));
  return { leg, legs, events, asked };
}

const gone: LegEvent = { kind: 'released', cause: cause.networkOutOfOrder, unreachable: 'refused' };

describe('a telephone with several flows', () => {
  it('is called by the newest, and by the next where that is gone', () => {
    const { legs, events, asked, leg } = telephone(3);
    assert.deepEqual(asked(), ['setup', '', '']);
    legs[0]?.emit(gone);
    assert.deepEqual(asked(), ['setup', 'setup', '']);
    legs[1]?.emit({ kind: 'released', cause: cause.networkOutOfOrder, sipStatus: 430 });
    legs[2]?.emit({ kind: 'alerting' });
    legs[2]?.emit({ kind: 'answered' });
    leg.do({ kind: 'digit', digit: '5', durationMs: 100 });
    assert.deepEqual(asked(), ['setup', 'setup', 'setup digit']);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['alerting', 'answered'],
    );
    assert.deepEqual(leg.continuation(), { id: 'flow 2' });
  });

  it('is lost when all are gone: one released, the last one’s', () => {
    const { legs, events } = telephone(2);
    legs[0]?.emit(gone);
    legs[1]?.emit(gone);
    legs[0]?.emit(gone);
    assert.deepEqual(events, [gone]);
  });

  it('is asked once: any answer of its own stands (RFC 5626 §7)', () => {
    for (const sipStatus of [486, 503, 408, 600]) {
      const { legs, events, asked } = telephone(2);
      const refused: LegEvent = { kind: 'released', cause: cause.userBusy, sipStatus };
      legs[0]?.emit(refused);
      assert.deepEqual(asked(), ['setup', '']);
      assert.deepEqual(events, [refused]);
    }
  });

  it('is not tried again once it was heard, or once nobody wants it', () => {
    const heard = telephone(2);
    heard.legs[0]?.emit({ kind: 'proceeding' });
    heard.legs[0]?.emit(gone);
    assert.deepEqual(heard.asked(), ['setup', '']);
    const left = telephone(2);
    left.leg.do({ kind: 'release', cause: cause.normalClearing });
    left.legs[0]?.emit(gone);
    assert.deepEqual(left.asked(), ['setup release', '']);
    assert.deepEqual(left.events, [gone]);
  });
});
