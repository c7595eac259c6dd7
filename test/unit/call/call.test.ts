import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { directionOf } from '../../../src/sdp/index.js';
import { CallBench, step } from './call-bench.js';
import { audio, FakeLeg, plainSetup } from './fake-leg.js';

/** A call that talks: caller and the called leg `b`. */
async function talking(ports: ConstructorParameters<typeof CallBench>[2] = {}) {
  const b = new FakeLeg('b');
  const bench = new CallBench([step('extension 202', [b])], {}, ports);
  bench.call.start();
  b.emit({ kind: 'alerting' });
  b.emit({ kind: 'answered', media: audio(5000) });
  await bench.clock.run(0);
  assert.equal(bench.call.state, 'talking');
  return { bench, b, a: bench.caller };
}

async function assertOver(bench: CallBench, ...legs: FakeLeg[]): Promise<void> {
  await bench.clock.run(0);
  assert.equal(bench.call.state, 'done');
  for (const leg of [bench.caller, ...legs]) assert.equal(leg.released, 1, leg.id);
  assert.equal(bench.closed.length, 1);
  assert.equal(bench.ended.length, 1);
  assert.equal(bench.clock.pending, 0);
  assert.deepEqual(bench.errors, []);
}

describe('Call: setting up', () => {
  it('connects, writes the record before the caller hears the answer, and closes it once', async () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('extension 202', [b])], { user: 'u201' });
    let release = (): void => {};
    bench.openDelay = new Promise((resolve) => {
      release = resolve;
    });
    bench.call.start();
    assert.equal(b.last('setup').setup.offer?.media[0]?.port, 4000);
    b.emit({ kind: 'proceeding' });
    b.emit({ kind: 'alerting' });
    assert.deepEqual(bench.caller.kinds(), ['alert']);
    assert.equal(bench.call.summary.state, 'ringing');
    b.emit({ kind: 'answered', media: audio(5000) });
    await bench.clock.run(10);
    assert.deepEqual(bench.caller.kinds(), ['alert']);
    release();
    await bench.clock.run(0);
    assert.equal(bench.opened[0]?.via, 'extension 202');
    assert.equal(bench.caller.last('answer').media?.media[0]?.port, 5000);
    assert.equal(bench.call.summary.state, 'talking');
    bench.caller.end({ cause: cause.normalClearing });
    await assertOver(bench, b);
    assert.equal(bench.closed[0]?.releasedBy, 'caller');
    assert.equal(bench.closed[0]?.user, 'u201');
    assert.deepEqual(bench.closed[0]?.steps, [{ name: 'extension 202', outcome: 'answered' }]);
  });

  it('answers the caller even when the disk hangs or fails', async () => {
    const delays = [() => new Promise<void>(() => {}), () => Promise.reject(new Error('disk full'))];
    for (const delay of delays) {
      const b = new FakeLeg('b');
      const bench = new CallBench([step('s', [b])]);
      bench.openDelay = delay();
      bench.call.start();
      b.emit({ kind: 'answered', media: audio(5000) });
      await bench.clock.run(500);
      assert.deepEqual(bench.caller.kinds(), ['answer']);
    }
  });

  it('passes early media, and answers with it where the answer has none', async () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('s', [b])]);
    bench.call.start();
    b.emit({ kind: 'progress', media: audio(5000) });
    assert.equal(bench.caller.last('progress').media?.media[0]?.port, 5000);
    b.emit({ kind: 'answered' });
    await bench.clock.run(0);
    assert.equal(bench.caller.last('answer').media?.media[0]?.port, 5000);
  });

  it('leaves a silent step within its time, and takes no late answer from it', async () => {
    const dead = new FakeLeg('dead', () => {});
    const trunk = new FakeLeg('trunk');
    const bench = new CallBench([step('centre', [dead], { giveUpMs: 700 }), step('trunk', [trunk])]);
    bench.call.start();
    await bench.clock.run(699);
    assert.deepEqual(trunk.kinds(), []);
    await bench.clock.run(1);
    assert.deepEqual(dead.kinds(), ['setup', 'release']);
    assert.deepEqual(trunk.kinds(), ['setup']);
    assert.deepEqual(bench.failures, ['centre silent 102']);
    dead.emit({ kind: 'alerting' });
    dead.emit({ kind: 'answered', media: audio(6000) });
    assert.deepEqual(bench.caller.kinds(), []);
    trunk.emit({ kind: 'answered', media: audio(5000) });
    await bench.clock.run(0);
    assert.equal(bench.caller.last('answer').media?.media[0]?.port, 5000);
    bench.call.release(cause.normalClearing);
    await bench.clock.run(0);
    assert.equal(bench.call.state, 'releasing', 'the silent leg is still owed');
    dead.end({ cause: cause.normalClearing });
    await assertOver(bench, dead, trunk);
  });

  it('does not give up after a 100, and rings as long as the step may', async () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('s', [b], { ringMs: 20_000 })]);
    bench.call.start();
    b.emit({ kind: 'proceeding' });
    await bench.clock.run(19_999);
    assert.equal(bench.call.state, 'hunting');
    await bench.clock.run(1);
    assert.equal(bench.caller.last('release').cause, cause.noAnswer);
    await assertOver(bench, b);
  });

  it('goes on after no answer only where the step says so', async () => {
    const b = new FakeLeg('b');
    const mailbox = new FakeLeg('mailbox');
    const bench = new CallBench([step('s', [b], { ringMs: 5000, onNoAnswer: 'next' }), step('mailbox', [mailbox])]);
    bench.call.start();
    b.emit({ kind: 'alerting' });
    await bench.clock.run(5000);
    assert.deepEqual(mailbox.kinds(), ['setup']);
  });

  for (const [name, released] of [
    ['503', { cause: cause.temporaryFailure, sipStatus: 503 }],
    ['refused', { cause: cause.networkOutOfOrder, unreachable: 'refused' as const }],
    ['408', { cause: cause.recoveryOnTimerExpiry, sipStatus: 408 }],
    ['no circuit', { cause: cause.noCircuitAvailable }],
  ] as const) {
    it(`tries the next step after ${name}`, () => {
      const first = new FakeLeg('first');
      const second = new FakeLeg('second');
      const bench = new CallBench([step('1', [first]), step('2', [second])]);
      bench.call.start();
      first.end(released);
      assert.deepEqual(second.kinds(), ['setup']);
    });
  }

  for (const [name, value, sipStatus] of [
    ['busy', cause.userBusy, 486],
    ['unallocated', cause.unallocatedNumber, 404],
    ['rejected', cause.callRejected, 603],
  ] as const) {
    it(`ends at once when the person or number is ${name}`, async () => {
      const first = new FakeLeg('first');
      const second = new FakeLeg('second');
      const bench = new CallBench([step('1', [first]), step('2', [second])]);
      bench.call.start();
      first.end({ cause: value, sipStatus });
      assert.deepEqual(second.kinds(), []);
      assert.deepEqual(bench.caller.last('release'), { kind: 'release', cause: value, sipStatus });
      await assertOver(bench, first);
      assert.equal(bench.closed[0]?.cause, value);
      assert.equal(bench.opened.length, 0);
    });
  }

  it('tells the most telling of several failures', async () => {
    const first = new FakeLeg('first');
    const second = new FakeLeg('second');
    const bench = new CallBench([step('1', [first]), step('2', [second])]);
    bench.call.start();
    first.end({ cause: cause.temporaryFailure, sipStatus: 503 });
    second.end({ cause: cause.networkOutOfOrder, unreachable: 'refused' });
    assert.equal(bench.caller.last('release').cause, cause.temporaryFailure);
    assert.equal(bench.caller.last('release').sipStatus, 503);
    await assertOver(bench, first, second);
  });

  it('rings all bindings, connects the first, and tells the others why', async () => {
    const legs = [new FakeLeg('b1'), new FakeLeg('b2'), new FakeLeg('b3')] as const;
    const bench = new CallBench([step('s', legs)]);
    bench.call.start();
    for (const leg of legs) leg.emit({ kind: 'alerting', media: audio(7000) });
    assert.equal(bench.caller.last('alert').media, undefined, 'early media of several cannot be joined');
    legs[2].end({ cause: cause.userBusy, sipStatus: 486 });
    legs[1].emit({ kind: 'answered', media: audio(5000) });
    assert.equal(legs[0].last('release').cause, cause.nonSelectedUserClearing);
    await bench.clock.run(0);
    bench.caller.end({ cause: 16 });
    await assertOver(bench, ...legs);
  });

  it('takes a 6xx of one binding for all of them', async () => {
    const legs = [new FakeLeg('b1'), new FakeLeg('b2')] as const;
    const bench = new CallBench([step('s', legs)]);
    bench.call.start();
    legs[0].end({ cause: cause.callRejected, sipStatus: 603 });
    assert.deepEqual(legs[1].kinds().slice(0, 2), ['setup', 'release']);
    await assertOver(bench, ...legs);
  });

  it('says that nobody is there when a step has no legs', async () => {
    const bench = new CallBench([step('extension 202', [])]);
    bench.call.start();
    assert.equal(bench.caller.last('release').cause, cause.subscriberAbsent);
    await assertOver(bench);
  });

  it('hunts on where a redirection leads, and no further than five times', () => {
    const legs: FakeLeg[] = [];
    const next = (): FakeLeg => {
      const leg = new FakeLeg(`b${legs.length}`);
      legs.push(leg);
      return leg;
    };
    const bench = new CallBench([step('s', [next()])], {}, { routeTransfer: (t) => [step(t.number, [next()])] });
    bench.call.start();
    for (let i = 0; i < 6; i++) legs.at(-1)?.end({ cause: 31, sipStatus: 302, redirectTo: ['203'] });
    assert.equal(legs.length, 6);
    assert.equal(bench.caller.kinds().at(-1), 'release');
  });

  it('passes a challenge that nobody here can answer to the caller', () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('centre', [b])]);
    bench.call.start();
    const challenge = [['Proxy-Authenticate', 'Digest realm="x"']] as const;
    b.end({ cause: cause.callRejected, sipStatus: 407, challenge });
    assert.deepEqual(bench.caller.last('release').challenge, challenge);
  });

  it('brings a late offer and its answer across', async () => {
    const b = new FakeLeg('b');
    const { offer: _, ...setup } = plainSetup;
    const bench = new CallBench([step('s', [b])], { setup });
    bench.call.start();
    assert.equal(b.last('setup').setup.offer, undefined);
    b.emit({ kind: 'answered', media: audio(5000) });
    await bench.clock.run(0);
    assert.equal(bench.caller.last('answer').media?.media[0]?.port, 5000);
    assert.deepEqual(b.kinds(), ['setup']);
    bench.caller.emit({ kind: 'agreed', media: audio(4000) });
    assert.equal(b.last('agree').media?.media[0]?.port, 4000);
    assert.equal(bench.call.state, 'talking');
  });
});

describe('Call: races before the answer', () => {
  it('cancels everything when the caller leaves, in every state', async () => {
    for (const script of [[], ['proceeding'], ['alerting'], ['alerting', 'answered']] as const) {
      const b = new FakeLeg('b');
      const bench = new CallBench([step('s', [b])]);
      bench.call.start();
      for (const kind of script) b.emit({ kind });
      bench.caller.end({ cause: cause.normalClearing });
      await assertOver(bench, b);
      assert.equal(bench.closed[0]?.releasedBy, 'caller');
    }
  });

  it('ends before it began', async () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('s', [b])]);
    bench.caller.end({ cause: cause.normalClearing });
    bench.call.start();
    await assertOver(bench);
    assert.deepEqual(b.kinds(), []);
  });

  it('releases an answer that crosses the cancel', async () => {
    const b = new FakeLeg('b', (leg, command) => {
      if (command.kind !== 'release') return;
      if (leg.commands.filter((each) => each.kind === 'release').length === 1) {
        leg.emit({ kind: 'answered', media: audio(5000) });
        leg.end({ cause: cause.normalClearing });
      }
    });
    const bench = new CallBench([step('s', [b])]);
    bench.call.start();
    b.emit({ kind: 'alerting' });
    bench.caller.end({ cause: cause.normalClearing });
    await assertOver(bench, b);
    assert.ok(!bench.caller.kinds().includes('answer'));
  });

  it('releases the caller when the called party hangs up while the record is written', async () => {
    const b = new FakeLeg('b');
    const bench = new CallBench([step('s', [b])]);
    bench.call.start();
    b.emit({ kind: 'answered', media: audio(5000) });
    b.end({ cause: cause.normalClearing });
    await assertOver(bench, b);
    assert.equal(bench.closed[0]?.releasedBy, 'called');
    assert.deepEqual(bench.caller.kinds(), ['release']);
  });
});

describe('Call: talking', () => {
  it('passes hold and retrieve end to end, both ways', async () => {
    const { bench, a, b } = await talking();
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      x.emit({ kind: 'offered', media: audio(4000, 'sendonly') });
      assert.equal(directionOf(y.last('offer').media ?? audio(1)), 'sendonly');
      assert.equal(bench.call.summary.state, 'talking');
      y.emit({ kind: 'agreed', media: audio(5000, 'recvonly') });
      assert.equal(directionOf(x.last('agree').media ?? audio(1)), 'recvonly');
      assert.equal(bench.call.summary.state, 'held');
      x.emit({ kind: 'offered', media: audio(4000) });
      y.emit({ kind: 'agreed', media: audio(5000) });
      assert.equal(bench.call.summary.state, 'talking');
    }
  });

  it('refuses the second of two crossing offers with 491', async () => {
    const { bench, a, b } = await talking();
    a.emit({ kind: 'offered', media: audio(4000, 'sendonly') });
    b.emit({ kind: 'offered', media: audio(5000, 'sendonly') });
    assert.equal(b.last('refuse').sipStatus, 491);
    b.emit({ kind: 'refused', cause: 41, sipStatus: 491 });
    assert.equal(a.last('refuse').sipStatus, 491);
    assert.equal(bench.call.state, 'talking');
  });

  it('passes a refusal of new media and talks on', async () => {
    const { bench, a, b } = await talking();
    a.emit({ kind: 'offered', media: audio(4000) });
    b.emit({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
    assert.deepEqual(a.last('refuse'), { kind: 'refuse', cause: cause.bearerNotImplemented, sipStatus: 488 });
    assert.equal(bench.call.state, 'talking');
  });

  it('refuses for a leg that cannot be re-negotiated', async () => {
    const { bench, a, b } = await talking();
    b.can = { hold: false, transfer: false, digits: false };
    a.emit({ kind: 'offered', media: audio(4000, 'sendonly') });
    assert.equal(a.last('refuse').sipStatus, 488);
    assert.ok(!b.kinds().includes('offer'));
    a.emit({ kind: 'digit', digit: '5', durationMs: 100 });
    assert.ok(!b.kinds().includes('digit'));
    assert.equal(bench.call.state, 'talking');
  });

  it('brings a late offer in a re-negotiation across', async () => {
    const { bench, a, b } = await talking();
    a.emit({ kind: 'offered' });
    assert.equal(b.last('offer').media, undefined);
    b.emit({ kind: 'agreed', media: audio(5002) });
    assert.equal(a.last('agree').media?.media[0]?.port, 5002);
    a.emit({ kind: 'agreed', media: audio(4002) });
    assert.equal(b.last('agree').media?.media[0]?.port, 4002);
    assert.equal(bench.call.state, 'talking');
  });

  it('does not wait for ever for an answer to an offer', async () => {
    const { bench, a } = await talking();
    a.emit({ kind: 'offered', media: audio(4000) });
    await bench.clock.run(40_000);
    assert.equal(a.kinds().at(-1), 'refuse');
    assert.equal(bench.call.state, 'talking');
  });

  it('releases while it re-negotiates', async () => {
    const { bench, a, b } = await talking();
    a.emit({ kind: 'offered', media: audio(4000) });
    b.end({ cause: cause.normalClearing });
    await assertOver(bench, b);
    assert.equal(bench.closed[0]?.releasedBy, 'called');
  });

  it('ends once when both hang up at once', async () => {
    const { bench, a, b } = await talking();
    b.onCommand = () => {};
    a.onCommand = () => {};
    a.end({ cause: cause.normalClearing });
    b.end({ cause: cause.normalClearing });
    await assertOver(bench, b);
  });

  it('passes digits', async () => {
    const { a, b } = await talking();
    a.emit({ kind: 'digit', digit: '#', durationMs: 160 });
    assert.deepEqual(b.last('digit'), { kind: 'digit', digit: '#', durationMs: 160 });
  });

  it('ends a call whose leg is never released', async () => {
    const { bench, a, b } = await talking();
    b.onCommand = () => {};
    a.end({ cause: cause.normalClearing });
    await bench.clock.run(40_000);
    assert.equal(bench.call.state, 'done');
    assert.equal(bench.closed.length, 1);
    assert.equal(bench.clock.pending, 0);
  });

  it('takes a bug of its own down alone, with its record', async () => {
    const { bench, a, b } = await talking();
    b.onCommand = (command) => {
      if (command.kind === 'digit') throw new Error('a bug');
      if (command.kind === 'release') b.end({ cause: command.cause });
    };
    a.emit({ kind: 'digit', digit: '1', durationMs: 100 });
    await bench.clock.run(0);
    assert.deepEqual(bench.errors, ['bug in a call Error: a bug']);
    assert.equal(bench.call.state, 'done');
    assert.deepEqual([a.released, b.released], [1, 1]);
    assert.equal(bench.closed[0]?.cause, cause.temporaryFailure);
    assert.equal(bench.ended.length, 1);
    assert.equal(bench.clock.pending, 0);
  });
});
