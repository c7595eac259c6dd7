import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import { Call, type CallPorts, type CallRecord, isCallResume } from '../../../src/call/index.js';
import { settle, VirtualClock } from '../../sim/virtual-clock.js';
import { CallBench, step } from './call-bench.js';
import { audio, FakeLeg, plainSetup } from './fake-leg.js';

const description = { caller: audio(4000), called: audio(5000) };

/** A call that talks, all of whose legs can be gone on with. */
async function talking(offer: 'early' | 'late' = 'early') {
  const called = keptLeg('called');
  const found = keptLeg('found');
  const { offer: _offer, ...late } = plainSetup;
  const bench = new CallBench(
    [step('extension 202', [called])],
    { origin: 'phone', user: '201', ...(offer === 'late' ? { setup: late } : {}) },
    { routeTransfer: () => [step('trunk t', [found])] },
  );
  bench.caller.kept = { id: 'caller', dialog: 'd-caller' };
  bench.call.start();
  called.emit({ kind: 'answered', media: description.called });
  await settle();
  return { bench, called, found, caller: bench.caller, call: bench.call, opened: bench.opened };
}

function keptLeg(id: string): FakeLeg {
  const leg = new FakeLeg(id);
  leg.kept = { id, dialog: `d-${id}` };
  return leg;
}

/** The call of a record in the next process. */
function resumed(record: CallRecord | undefined, more: Partial<CallPorts> = {}) {
  assert.ok(record?.resume !== undefined);
  const text = JSON.stringify(record);
  const read: CallRecord = JSON.parse(text);
  assert.ok(isCallResume(read.resume));
  const [caller, called] = [keptLeg(read.resume.caller.leg.id ?? ''), keptLeg(read.resume.called.leg.id ?? '')];
  const opened: CallRecord[] = [];
  const closed: CallRecord[] = [];
  const call = Call.resume(
    {
      clock: new VirtualClock(),
      log: silentLog,
      store: { open: async (each) => void opened.push(each), close: async (each) => void closed.push(each) },
      ...more,
    },
    {
      record: read,
      caller: { leg: caller, described: description.caller },
      called: { leg: called, described: description.called },
    },
  );
  return { call, caller, called, opened, closed };
}

describe('what is kept of a call', () => {
  it('is written with the answer, and leaves with the end', async () => {
    const { bench, caller, opened } = await talking();
    assert.equal(opened.length, 1);
    assert.deepEqual(opened[0]?.resume, {
      from: { number: '201' },
      hopsLeft: 70,
      privacy: [],
      caller: { leg: { id: 'caller', dialog: 'd-caller' } },
      called: { via: 'extension 202', leg: { id: 'called', dialog: 'd-called' } },
    });
    assert.deepEqual(caller.continued, [description.called], 'as if the answer had been given');
    caller.end({ cause: 16 });
    await settle();
    assert.equal(bench.closed.length, 1);
    assert.equal(bench.closed[0]?.resume, undefined);
    assert.equal(bench.closed[0]?.origin, 'phone');
  });

  it('is nothing where a leg cannot be gone on with', async () => {
    const called = keptLeg('called');
    const bench = new CallBench([step('s', [called])]);
    bench.call.start();
    called.emit({ kind: 'answered', media: description.called });
    await settle();
    assert.equal(bench.opened.length, 1);
    assert.equal(bench.opened[0]?.resume, undefined);
  });

  it('waits for the answer to an offer that came late', async () => {
    const { caller, opened } = await talking('late');
    assert.equal(opened[0]?.resume, undefined);
    caller.emit({ kind: 'agreed', media: description.caller });
    await settle();
    assert.equal(opened.length, 2);
    assert.ok(opened[1]?.resume !== undefined);
  });

  it('follows a leg that settles, and what was negotiated, but not what is being negotiated', async () => {
    const { caller, called, opened } = await talking();
    caller.kept = { id: 'caller', dialog: 'another' };
    caller.emit({ kind: 'settled' });
    await settle();
    assert.equal(opened.at(-1)?.resume?.caller.leg.dialog, 'another');
    caller.emit({ kind: 'settled' });
    await settle();
    assert.equal(opened.length, 2, 'nothing new');
    caller.emit({ kind: 'offered', media: audio(4000, 'sendonly') });
    called.kept = { id: 'called', dialog: 'd-called', sent: 'hold' };
    caller.emit({ kind: 'settled' });
    await settle();
    assert.equal(opened.length, 2, 'not while it is under way');
    called.emit({ kind: 'agreed', media: audio(5000, 'recvonly') });
    await settle();
    assert.equal(opened.at(-1)?.resume?.called.leg.sent, 'hold');
  });

  it('is that of the two who talk, in every state of a transfer', async () => {
    const { bench, caller, called, found, opened, call } = await talking();
    const talkers = (): readonly unknown[] =>
      [opened.at(-1)?.resume?.caller, opened.at(-1)?.resume?.called].map((end) => [end?.leg.id, end?.via]);
    const before = [
      ['caller', undefined],
      ['called', 'extension 202'],
    ];
    called.emit({ kind: 'transferRequested', target: { number: '203' } });
    await settle();
    assert.equal(call.state, 'transferring');
    assert.deepEqual(talkers(), before);
    found.emit({ kind: 'answered', media: audio(6000) });
    await settle();
    assert.equal(call.state, 'rejoining');
    assert.deepEqual(talkers(), before);
    caller.emit({ kind: 'agreed', media: audio(4002) });
    await settle();
    assert.equal(call.state, 'realigning');
    assert.deepEqual(talkers(), [
      ['caller', undefined],
      ['found', 'trunk t'],
    ]);
    assert.deepEqual(opened.at(-1)?.transferredTo, ['203']);
    assert.deepEqual(bench.closed, []);
  });

  it('does not get in the way of the end', async () => {
    const { bench, caller, called } = await talking();
    const order: string[] = [];
    caller.kept = { id: 'caller', dialog: 'another' };
    caller.emit({ kind: 'settled' });
    called.end({ cause: 16 });
    await settle();
    order.push(...bench.opened.map((record) => (record.resume === undefined ? 'plain' : 'kept')));
    assert.deepEqual(order, ['kept'], 'a call that ends is not written open again');
    assert.equal(bench.closed.length, 1);
  });
});

describe('a call that goes on', () => {
  for (const [who, by] of [
    ['caller', 'caller'],
    ['called', 'called'],
  ] as const) {
    it(`ends by the ${who}, with one record`, async () => {
      const { opened } = await talking();
      const next = resumed(opened[0]);
      assert.equal(next.call.state, 'talking');
      assert.equal(next.call.summary.state, 'talking');
      assert.equal(next.call.summary.via, 'extension 202');
      next[who].end({ cause: 16 });
      await settle();
      assert.equal(next.caller.released + next.called.released, 2);
      assert.deepEqual(next.opened, []);
      assert.equal(next.closed.length, 1);
      const [record] = next.closed;
      assert.equal(record?.releasedBy, by);
      assert.equal(record?.cause, 16);
      assert.equal(record?.resume, undefined);
      assert.equal(record?.startedWall, opened[0]?.startedWall);
      assert.equal(record?.answeredWall, opened[0]?.answeredWall);
    });
  }

  it('ends as interrupted when the dialogs are gone', async () => {
    const { opened } = await talking();
    const next = resumed(opened[0]);
    next.caller.end({ cause: 41, lost: true });
    await settle();
    assert.equal(next.called.last('release').cause, 41);
    assert.equal(next.closed[0]?.releasedBy, 'holdfast');
    assert.equal(next.closed[0]?.cause, 41);
  });

  it('holds, passes digits, and is written again when that changed something', async () => {
    const { opened } = await talking();
    const { call, caller, called, opened: written } = resumed(opened[0]);
    caller.emit({ kind: 'digit', digit: '5', durationMs: 100 });
    assert.equal(called.last('digit').digit, '5');
    called.emit({ kind: 'offered', media: audio(5000, 'sendonly') });
    caller.kept = { id: 'caller', dialog: 'd-caller', sent: 'held' };
    caller.emit({ kind: 'agreed', media: audio(4000, 'recvonly') });
    await settle();
    assert.equal(called.last('agree').media?.media[0]?.port, 4000);
    assert.equal(call.summary.state, 'held');
    assert.equal(written.length, 1);
    assert.equal(written[0]?.resume?.caller.leg.sent, 'held');
    assert.equal(written[0]?.resume?.called.via, 'extension 202');
  });

  it('asks for an offer and passes it', async () => {
    const { opened } = await talking();
    const { call, caller, called } = resumed(opened[0]);
    caller.emit({ kind: 'offered' });
    called.emit({ kind: 'agreed', media: audio(5004) });
    assert.equal(caller.last('agree').media?.media[0]?.port, 5004);
    caller.emit({ kind: 'agreed', media: audio(4004) });
    assert.equal(called.last('agree').media?.media[0]?.port, 4004);
    assert.equal(call.state, 'talking');
  });

  it('transfers with what the one who stays last said of its media', async () => {
    const { opened } = await talking();
    const found = keptLeg('found');
    const sides: string[] = [];
    const { call, caller, called, closed } = resumed(opened[0], {
      routeTransfer: (_, by) => {
        sides.push(by);
        return [step('trunk t', [found])];
      },
    });
    called.emit({ kind: 'transferRequested', target: { number: '203' } });
    assert.deepEqual(sides, ['called']);
    assert.equal(found.last('setup').setup.offer?.media[0]?.port, 4000);
    assert.equal(found.last('setup').setup.sessionId, plainSetup.sessionId);
    assert.deepEqual(found.last('setup').setup.from, { number: '201' });
    found.emit({ kind: 'answered', media: audio(6000) });
    caller.emit({ kind: 'agreed', media: audio(4000) });
    assert.equal(call.state, 'talking');
    assert.equal(called.released, 1);
    found.end({ cause: 16 });
    await settle();
    assert.equal(closed[0]?.releasedBy, 'called');
    assert.deepEqual(closed[0]?.transferredTo, ['203']);
  });

  it('is released from outside', async () => {
    const { opened } = await talking();
    const next = resumed(opened[0]);
    next.call.release(16);
    await settle();
    assert.equal(next.closed.length, 1);
    assert.equal(next.call.state, 'done');
  });
});

describe('isCallResume', () => {
  it('takes what was written, and nothing else', async () => {
    const { opened } = await talking();
    const good = opened[0]?.resume;
    assert.ok(isCallResume(good));
    for (const bad of [
      null,
      [],
      'x',
      {},
      { ...good, from: '201' },
      { ...good, asserted: {} },
      { ...good, hopsLeft: '70' },
      { ...good, privacy: [1] },
      { ...good, caller: { leg: { id: 1 } } },
      { ...good, called: { via: 1, leg: {} } },
      { ...good, called: undefined },
    ])
      assert.equal(isCallResume(bad), false, JSON.stringify(bad));
  });
});
