import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { tonesOf } from '../../../src/media/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { answering, bearers, TrunkBench, trunkOf, wiredPair } from './trunk-bench.js';
import { WiredDChannels } from './wired-d-channels.js';

test('a call over a T1: set-up in the same turn, name and number, answer, digits in the sound, release', () => {
  const { user, network, wire, clock } = wiredPair();
  answering(network);
  const sentBefore = wire.ends[0].commands.length;
  const before = clock.now();
  const call = user.place(
    '+13125550123',
    { callingNumber: '+13125550199' },
    { from: { number: '201', displayName: 'Ada' } },
  );
  assert.equal(clock.now(), before);
  const [setup] = wire.ends[0].commands.slice(sentBefore);
  assert.ok(setup?.kind === 'setup', 'the SETUP is sent in the same turn');
  assert.deepEqual(setup.setup.called, { digits: '13125550123', type: 'international', plan: 'isdn' });
  assert.equal(setup.setup.calling?.number?.digits, '13125550199');
  assert.equal(setup.setup.calling?.name, 'Ada');
  clock.advance(50);
  assert.deepEqual(call.kinds, ['proceeding', 'alerting']);
  const [arrived] = network.arrivals;
  assert.equal(arrived?.setup.dialled, '+13125550123');
  assert.deepEqual(arrived?.setup.from, { number: '+13125550199', displayName: 'Ada' });
  assert.ok(arrived?.setup.offer !== undefined);
  clock.advance(200);
  assert.equal(call.kinds.at(-1), 'answered');
  assert.equal(user.lines.status('pstn')?.inUse, 1);
  assert.equal(network.lines.status('pstn')?.inUse, 1);
  user.engine.at('sim/1:4').press('5');
  assert.deepEqual(call.events.at(-1), { kind: 'digit', digit: '5', durationMs: 100, inSound: true });
  user.hangUp(call);
  clock.advance(100);
  assert.equal(call.released, cause.normalClearing);
  assert.equal(arrived?.leg.released, cause.normalClearing);
  user.assertRest();
  network.assertRest();
});

test('glare: the network keeps its call, the user takes another channel, and both are answered', () => {
  const { user, network, clock, wire } = wiredPair({ hunt: 'lowest' });
  answering(user);
  answering(network);
  const ours = user.place();
  const theirs = network.place('+13125550100');
  clock.advance(1000);
  assert.equal(ours.kinds.at(-1), 'answered');
  assert.equal(theirs.kinds.at(-1), 'answered');
  // Both wanted slot 1: the network's SETUP has it.
  assert.deepEqual([...wire.calls].map(({ from, channel }) => [from, channel.slot]).toSorted(), [
    [0, 2],
    [1, 1],
  ]);
  assert.equal(user.engine.open.size, 2);
  user.hangUp(ours);
  network.hangUp(theirs);
  clock.advance(1000);
  user.assertRest();
  network.assertRest();
});

test('glare on the last channel: the network’s call gets it, the user’s fails by cause 44 or finds another trunk', () => {
  const { user, network, clock } = wiredPair({}, 1);
  answering(user);
  answering(network);
  const ours = user.place();
  const theirs = network.place('+13125550100');
  clock.advance(1000);
  assert.equal(theirs.kinds.at(-1), 'answered');
  assert.equal(ours.released, cause.noCircuitAvailable);
  network.hangUp(theirs);
  clock.advance(1000);
  user.assertRest();
  network.assertRest();
});

test('opposite hunting meets only when the last channel is wanted', () => {
  const { user, network, clock, wire } = wiredPair({}, 4);
  answering(user);
  answering(network);
  const calls = [user.place(), network.place('+13125550100'), user.place(), network.place('+13125550100')];
  clock.advance(1000);
  assert.ok(calls.every(({ kinds }) => kinds.at(-1) === 'answered'));
  assert.deepEqual([...wire.calls].map(({ channel }) => channel.slot).toSorted(), [1, 2, 3, 4]);
  assert.equal(wire.ends[0].commands.filter(({ kind }) => kind === 'setup').length, 2, 'nobody tried twice');
});

test('an exclusive channel that is not free is refused; a preferred one is exchanged in the first answer', () => {
  const { user, network, clock, wire } = wiredPair({}, 2);
  answering(network);
  network.lines.setOutOfService('sim/1:2', true);
  clock.advance(100);
  // The service message went before: the user hunts elsewhere by itself.
  assert.equal(user.lines.status('pstn')?.free, 1);
  const call = user.place();
  clock.advance(1000);
  assert.equal(call.kinds.at(-1), 'answered');
  assert.equal([...wire.calls][0]?.channel.slot, 1);
  network.lines.setOutOfService('sim/1:2', false);
  clock.advance(100);
  assert.equal(user.lines.status('pstn')?.free, 1);

  const before = wire.ends[1].commands.length;
  wire.ends[1].say({
    kind: 'setup',
    call: 'forced',
    channel: { interface: 0, slot: 1 },
    exclusive: true,
    setup: { called: { digits: '5550100', type: 'unknown', plan: 'unknown' }, complete: true, bearer: 'speech' },
  });
  assert.deepEqual(wire.ends[1].commands.slice(before), [
    { kind: 'release', call: 'forced', cause: cause.requestedChannelUnavailable },
  ]);
  wire.ends[1].say({
    kind: 'setup',
    call: 'preferred',
    channel: { interface: 0, slot: 1 },
    exclusive: false,
    setup: { called: { digits: '5550100', type: 'unknown', plan: 'unknown' }, complete: true, bearer: 'speech' },
  });
  assert.deepEqual(wire.ends[1].commands.slice(before + 1)[0], {
    kind: 'proceeding',
    call: 'preferred',
    inBand: false,
    channel: { interface: 0, slot: 2 },
  });
});

test('data calls are refused by bearer, calls on channels that nobody has by channel', () => {
  const { network, wire } = wiredPair({}, 2);
  const setup = { called: { digits: '1', type: 'unknown', plan: 'unknown' }, complete: true } as const;
  const channel = { interface: 0, slot: 1 };
  wire.ends[1].say({ kind: 'setup', call: 'a', channel, exclusive: true, setup: { ...setup, bearer: 'unrestricted' } });
  assert.deepEqual(wire.ends[1].commands.at(-1), { kind: 'release', call: 'a', cause: cause.bearerNotImplemented });
  const nowhere = { interface: 3, slot: 9 };
  wire.ends[1].say({
    kind: 'setup',
    call: 'b',
    channel: nowhere,
    exclusive: false,
    setup: { ...setup, bearer: 'speech' },
  });
  assert.deepEqual(wire.ends[1].commands.at(-1), {
    kind: 'release',
    call: 'b',
    cause: cause.requestedChannelUnavailable,
  });
  assert.equal(network.arrivals.length, 0);
});

test('every cause of an unanswered call comes through as it is', () => {
  const { user, network, clock } = wiredPair();
  const causes = [1, 3, 17, 18, 19, 21, 22, 27, 28, 34, 38, 41, 42, 63, 88, 102, 127];
  for (const why of causes) {
    network.onArrival = ({ leg }) => leg.do({ kind: 'release', cause: why });
    const call = user.place();
    clock.advance(500);
    assert.equal(call.released, why);
  }
  user.assertRest();
  network.assertRest();
});

test('channels are restarted one after another when the link comes up, and calls wait for none of the others', () => {
  const { user, network, clock, wire } = wiredPair();
  for (const end of wire.ends) assert.equal(end.commands.filter(({ kind }) => kind === 'restart').length, 4);
  wire.fail();
  wire.ignoresRestart[1] = true;
  wire.establish();
  clock.advance(100);
  const restarting = user.lines.status('pstn');
  assert.equal(restarting?.free, 3, 'one is being restarted, three serve');
  answering(network);
  const call = user.place();
  clock.advance(500);
  assert.equal(call.kinds.at(-1), 'answered');
  user.hangUp(call);
  clock.advance(240_000);
  assert.equal(user.lines.status('pstn')?.why, 'the far end does not acknowledge restarts');
  wire.ignoresRestart[1] = false;
  clock.advance(1_000_000);
  assert.equal(user.lines.status('pstn')?.state, 'up');
  user.assertRest();
});

test('D-channel down: calls that talk stay, no new ones begin; it comes back with its channels restarted but for theirs', () => {
  const { user, network, clock, wire } = wiredPair();
  answering(network);
  const talking = user.place();
  clock.advance(500);
  const ringing = user.place();
  clock.advance(15);
  wire.fail();
  assert.equal(talking.kinds.at(-1), 'answered');
  assert.equal(ringing.released, cause.temporaryFailure);
  assert.deepEqual([user.lines.status('pstn')?.state, user.lines.status('pstn')?.free], ['down', 0]);
  assert.match(user.lines.status('pstn')?.why ?? '', /D-channel is down/);
  assert.equal(user.place().released, cause.noCircuitAvailable);
  const restartsBefore = wire.ends[0].commands.filter(({ kind }) => kind === 'restart').length;
  wire.establish();
  clock.advance(1000);
  assert.equal(user.lines.status('pstn')?.state, 'up');
  assert.equal(wire.ends[0].commands.filter(({ kind }) => kind === 'restart').length, restartsBefore + 3);
  user.hangUp(talking);
  clock.advance(1000);
  assert.equal(wire.ends[0].commands.filter(({ kind }) => kind === 'restart').length, restartsBefore + 4);
  user.assertRest();
  network.assertRest();
});

test('whoever speaks the protocol dies: every call ends, and the trunk says why', () => {
  const { user, network, clock, wire } = wiredPair();
  answering(network);
  const call = user.place();
  clock.advance(500);
  wire.kill(0);
  assert.equal(call.released, cause.temporaryFailure);
  assert.equal(user.lines.status('pstn')?.why, 'the process died');
  clock.advance(100);
  user.assertRest();
  network.assertRest();
  wire.establish();
  clock.advance(1000);
  assert.equal(user.lines.status('pstn')?.state, 'up');
});

test('alarms and cards that are pulled take their channels; calls that talk stay', () => {
  const { user, network, clock } = wiredPair({}, 2);
  answering(network);
  const call = user.place();
  clock.advance(500);
  user.hardware.channel('sim/1:1').alarm('red');
  assert.deepEqual([user.lines.status('pstn')?.state, user.lines.status('pstn')?.free], ['partly', 0]);
  user.hardware.channel('sim/1:2').alarm('red');
  assert.equal(call.kinds.at(-1), 'answered');
  user.hangUp(call);
  clock.advance(100);
  assert.equal(user.lines.status('pstn')?.state, 'down');
  user.hardware.unplug('sim/1');
  user.hardware.plug('sim/1', 24);
  assert.equal(user.hardware.channel('sim/1:1').settings?.signalling, 'bearer');
  assert.equal(user.lines.status('pstn')?.state, 'up');
  network.assertRest();
});

test('overlap receiving: digits are collected until the number is whole, ended by hand, or nobody dials on', () => {
  const isdn = { ...trunkOf([]).isdn, overlap: true };
  const { network, clock, wire } = wiredPair({ isdn });
  network.complete = (number) => number === '5550100';
  const begin = (call: string, digits: string) =>
    wire.ends[1].say({
      kind: 'setup',
      call,
      channel: { interface: 0, slot: 4 },
      exclusive: false,
      setup: { called: { digits, type: 'unknown', plan: 'unknown' }, complete: false, bearer: 'speech' },
    });
  begin('a', '555');
  assert.deepEqual(wire.ends[1].commands.at(-1)?.kind, 'setupAck');
  for (const digit of '010') wire.ends[1].say({ kind: 'digits', call: 'a', digits: digit });
  assert.equal(network.arrivals.length, 0);
  wire.ends[1].say({ kind: 'digits', call: 'a', digits: '0' });
  assert.equal(network.arrivals[0]?.setup.dialled, '5550100', 'in the turn of the last digit');
  assert.equal(wire.ends[1].commands.at(-1)?.kind, 'proceeding');
  begin('b', '');
  wire.ends[1].say({ kind: 'digits', call: 'b', digits: '411#' });
  assert.equal(network.arrivals[1]?.setup.dialled, '411');
  begin('c', '12');
  clock.advance(14_000);
  wire.ends[1].say({ kind: 'digits', call: 'c', digits: '3' });
  clock.advance(14_999);
  assert.equal(network.arrivals.length, 2);
  clock.advance(1);
  assert.equal(network.arrivals[2]?.setup.dialled, '123');
  begin('d', '5550100');
  assert.equal(network.arrivals.length, 4, 'en bloc all the same');
  begin('e', '9');
  wire.ends[1].say({ kind: 'released', call: 'e', cause: 16 });
  clock.advance(20_000);
  assert.equal(network.arrivals.length, 4, 'a caller who gave up is nobody’s call');
});

test('a PBX that has dialled nothing yet hears dial tone until its first digit, and says when its number is whole', () => {
  const isdn = { ...trunkOf([]).isdn, overlap: true };
  const { network, clock, wire } = wiredPair({ isdn });
  const end = wire.ends[1];
  network.complete = () => false;
  const begin = (call: string): void =>
    end.say({
      kind: 'setup',
      call,
      channel: { interface: 0, slot: 4 },
      exclusive: true,
      setup: { called: { digits: '', type: 'unknown', plan: 'unknown' }, complete: false, bearer: 'speech' },
    });
  const heard = (): string | undefined => network.engine.at('sim/1:4').settings.hears.kind;
  begin('a');
  const asked = end.commands.at(-1);
  assert.deepEqual(asked?.kind === 'setupAck' ? asked.inBand : undefined, true);
  const tone = network.engine.at('sim/1:4').settings.hears;
  assert.deepEqual(tone, { kind: 'tone', tone: tonesOf('1').dial });
  end.say({ kind: 'digits', call: 'a', digits: '4' });
  assert.equal(heard(), 'nothing');
  end.say({ kind: 'digits', call: 'a', digits: '1' });
  assert.equal(network.arrivals.length, 0);
  end.say({ kind: 'digits', call: 'a', digits: '1', complete: true });
  assert.equal(network.arrivals[0]?.setup.dialled, '411');
  network.arrivals[0]?.leg.do({ kind: 'release', cause: cause.userBusy });
  end.say({ kind: 'released', call: 'a', cause: cause.userBusy });
  clock.advance(1000);
  // Who hangs up at dial tone leaves no port.
  begin('b');
  assert.equal(heard(), 'tone');
  end.say({ kind: 'released', call: 'b', cause: 16 });
  clock.advance(1000);
  network.assertRest();
});

test('announcements of the network are heard where that is switched on, until the caller leaves or 30 s are over', () => {
  const isdn = { ...trunkOf([]).isdn, hearsAnnouncements: true };
  const { user, network, clock } = wiredPair({ isdn });
  network.onArrival = ({ leg }) => leg.do({ kind: 'release', cause: cause.unallocatedNumber });
  const patient = user.place();
  clock.advance(100);
  assert.ok(patient.events.at(-1)?.kind === 'progress');
  clock.advance(29_800);
  assert.equal(patient.released, undefined);
  clock.advance(400);
  assert.equal(patient.released, cause.unallocatedNumber);
  const hasty = user.place();
  clock.advance(100);
  user.hangUp(hasty);
  clock.advance(100);
  assert.equal(hasty.released, cause.unallocatedNumber);
  network.onArrival = ({ leg }) => leg.do({ kind: 'release', cause: cause.userBusy });
  const busy = user.place();
  clock.advance(100);
  assert.equal(busy.released, cause.userBusy, 'what needs no explanation ends at once');
  user.assertRest();
});

test('a port that the engine cannot open, or a line that it loses, ends the call', () => {
  const { user, network, clock } = wiredPair();
  answering(network);
  for (const why of ['opening', 'line'] as const) {
    const call = user.place();
    clock.advance(500);
    const port = user.engine.at('sim/1:4');
    if (why === 'line') port.say({ kind: 'lineLost', port: port.id, why: 'the card is gone' });
    else port.say({ kind: 'failed', port: port.id, opened: false, why: 'EBUSY' });
    clock.advance(100);
    assert.equal(call.released, cause.temporaryFailure, why);
  }
  user.assertRest();
  network.assertRest();
});

test('two calls of one interface that are joined leave for the network, where that is switched on', () => {
  for (const transfers of [true, false]) {
    const isdn = { ...trunkOf([]).isdn, transfers };
    const { user, network, clock, wire } = wiredPair({ isdn });
    answering(network);
    // What a Call does: the answer of one is what the other hears.
    const incoming = network.place('+13125550100');
    clock.advance(100);
    const [arrived] = user.arrivals;
    assert.ok(arrived !== undefined);
    const outgoing = user.place(
      '+13125550123',
      {},
      { ...(arrived.setup.offer === undefined ? {} : { offer: arrived.setup.offer }) },
    );
    clock.advance(500);
    const answer = outgoing.events.find((event) => event.kind === 'answered');
    assert.ok(answer?.kind === 'answered' && answer.media !== undefined);
    arrived.leg.do({ kind: 'answer', media: answer.media });
    clock.advance(1000);
    assert.equal(wire.transfers, 0);
    clock.advance(1500);
    assert.equal(wire.transfers, transfers ? 1 : 0);
    assert.equal(incoming.kinds.at(-1), transfers ? 'released' : 'answered');
    assert.equal(outgoing.kinds.at(-1), transfers ? 'released' : 'answered');
    if (transfers) user.assertRest();
  }
});

test('NFAS: one D-channel for two spans; an alarm on the second takes its channels alone, and its calls come by its number', () => {
  const clock = new VirtualClock();
  const settings = {
    name: 'pstn',
    switchType: 'ni2',
    e1: false,
    channels: ['sim/1:24', 'sim/2:24'],
    nfas: true,
  } as const;
  const wire = new WiredDChannels(clock, settings);
  const boxes = ([0, 1] as const).map((end) => {
    const members = [...bearers('sim/1', 2, 0), ...bearers('sim/2', 2, 1)];
    const box = new TrunkBench([trunkOf(members, { hunt: end === 0 ? 'lowest' : 'highest' })], {
      clock,
      groups: [{ dChannel: wire.ends[end].settings, restarts: true, serviceMessages: true }],
      dChannels: wire.ends[end],
    });
    box.hardware.plug('sim/1', 24);
    box.hardware.plug('sim/2', 24);
    answering(box);
    return box;
  });
  const [user, network] = boxes;
  assert.ok(user !== undefined && network !== undefined);
  wire.establish();
  clock.advance(1000);
  const calls = [user.place(), user.place(), user.place(), user.place()];
  clock.advance(500);
  assert.ok(calls.every(({ kinds }) => kinds.at(-1) === 'answered'));
  assert.deepEqual([...network.engine.open.keys()].toSorted(), ['sim/1:1', 'sim/1:2', 'sim/2:1', 'sim/2:2']);
  for (const call of calls) user.hangUp(call);
  clock.advance(500);
  for (const slot of [1, 2]) user.hardware.channel(`sim/2:${slot}`).alarm('blue');
  assert.deepEqual([user.lines.status('pstn')?.state, user.lines.status('pstn')?.free], ['partly', 2]);
  // The network does not see the alarm, and insists on its channels: refused by cause 44, it tries the first span.
  const theirs = network.place('+13125550100');
  clock.advance(500);
  assert.equal(theirs.kinds.at(-1), 'answered');
  assert.deepEqual([...user.engine.open.keys()], ['sim/1:2']);
  network.hangUp(theirs);
  clock.advance(500);
  user.assertRest();
  network.assertRest();
});
