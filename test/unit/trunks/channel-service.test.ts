import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cause } from '../../../src/base/index.js';
import { ChannelService, UnkeptOutOfService } from '../../../src/trunks/index.js';
import { answering, type TrunkBench, wiredPair } from './trunk-bench.js';

const ids = (text: string) => text.split(' ').map((slot) => `sim/1:${slot}`);
const serviceOf = (bench: TrunkBench, store = new UnkeptOutOfService()) =>
  new ChannelService(bench.lines, store, () => 1000);
const told = (commands: readonly { readonly kind: string }[]) =>
  commands.flatMap((each) => (each.kind === 'service' ? [each] : []));

test('channels go out of service and come back, and the other end is told; they are out again after a restart', async () => {
  const { user, network, wire, clock } = wiredPair();
  const store = new UnkeptOutOfService();
  const service = serviceOf(user, store);
  const before = wire.ends[0].commands.length;
  const out = await service.order({ channels: 'sim/1:1-2, sim/1:4', out: true, now: false });
  assert.deepEqual(out, { ok: true, value: { channels: ids('1 2 4'), ended: [], busy: [] } });
  assert.deepEqual(told(wire.ends[0].commands.slice(before)), [
    { kind: 'service', channel: { interface: 0, slot: 1 }, inService: false },
    { kind: 'service', channel: { interface: 0, slot: 2 }, inService: false },
    { kind: 'service', channel: { interface: 0, slot: 4 }, inService: false },
  ]);
  clock.advance(100);
  assert.deepEqual(
    service.channels.map(({ state, outSinceWall }) => [state, outSinceWall]),
    [
      ['outByUs', 1000],
      ['outByUs', 1000],
      ['idle', undefined],
      ['outByUs', 1000],
    ],
  );
  assert.equal(network.lines.channels.filter(({ state }) => state === 'outByThem').length, 3);
  const { state, why, free } = user.lines.status('pstn') ?? {};
  assert.deepEqual([state, why, free], ['partly', 'taken out of service here', 1]);
  const after = wiredPair();
  serviceOf(after.user, store);
  assert.deepEqual(
    after.user.lines.channels.filter(({ takenOut }) => takenOut).map(({ id }) => id),
    ids('1 2 4'),
  );
  const back = await service.order({ channels: 'pstn', out: false, now: false });
  assert.deepEqual(back.ok && back.value.channels, ids('1 2 3 4'));
  clock.advance(100);
  assert.equal(network.lines.channels.filter(({ state }) => state === 'idle').length, 4);
  assert.equal(store.channels.size, 0);
});

test('a whole trunk out of service is down, takes no call either way, and says why', async () => {
  const { user, network, clock } = wiredPair({}, 2);
  await serviceOf(user).order({ channels: 'sim/1', out: true, now: false });
  clock.advance(100);
  assert.equal(user.lines.status('pstn')?.state, 'down');
  assert.equal(user.place().released, cause.noCircuitAvailable);
  const theirs = network.place('+13125550100');
  clock.advance(100);
  assert.equal(theirs.released, cause.noCircuitAvailable);
  assert.equal(user.arrivals.length, 0);
});

test('a channel with a call goes out after it, and only then is the other end told', async () => {
  const { user, network, wire, clock } = wiredPair({ hunt: 'lowest' });
  answering(network);
  const call = user.place();
  clock.advance(500);
  assert.equal(call.kinds.at(-1), 'answered');
  const before = wire.ends[0].commands.length;
  const answer = await serviceOf(user).order({ channels: 'sim/1:1', out: true, now: false });
  assert.deepEqual(answer, { ok: true, value: { channels: ids('1'), ended: [], busy: ids('1') } });
  clock.advance(5000);
  assert.equal(call.released, undefined);
  assert.deepEqual(told(wire.ends[0].commands.slice(before)), []);
  user.hangUp(call);
  clock.advance(500);
  assert.equal(told(wire.ends[0].commands.slice(before)).length, 1);
  assert.equal(user.lines.channels[0]?.state, 'outByUs');
});

test('at once: calls end, but calls for help, whoever makes them', async () => {
  const { user, network, clock } = wiredPair({ hunt: 'lowest' }, 3);
  answering(network);
  answering(user);
  const ordinary = user.place();
  const help = user.place('911', { emergency: true });
  // A PBX behind us would call so.
  const theirs = network.place('911');
  clock.advance(500);
  assert.deepEqual(
    [ordinary, help, theirs].map(({ kinds }) => kinds.at(-1)),
    ['answered', 'answered', 'answered'],
  );
  const answer = await serviceOf(user).order({ channels: 'pstn', out: true, now: true });
  assert.deepEqual(answer.ok && [answer.value.ended.length, answer.value.busy.length], [1, 2]);
  clock.advance(500);
  assert.deepEqual(
    [ordinary, help, theirs].map(({ released }) => released),
    [cause.temporaryFailure, undefined, undefined],
  );
  user.hangUp(help);
  network.hangUp(theirs);
  clock.advance(500);
  assert.ok(user.lines.channels.every(({ state }) => state === 'outByUs'));
});

test('what nobody knows changes nothing, and neither does a disk that refuses', async () => {
  const { user } = wiredPair();
  const service = serviceOf(user);
  for (const channels of ['', 'sim/9', 'sim/1:9', 'sim/1:1, nonsense', 'sim/1:x']) {
    const answer = await service.order({ channels, out: true, now: false });
    assert.ok(!answer.ok, channels);
  }
  const full = serviceOf(user, {
    channels: new Map(),
    set: () => Promise.reject(new Error('the disk is full')),
  });
  const answer = await full.order({ channels: 'pstn', out: true, now: false });
  assert.deepEqual(answer, { ok: false, error: 'it cannot be kept: the disk is full' });
  assert.ok(user.lines.channels.every(({ takenOut }) => !takenOut));
});
