import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import { DChannel, loadLibpri } from '../../../hw/pri/index.js';
import { type PublicNetwork, TelephoneWorld } from '../../../hw/simulator/index.js';
import { cause, silentLog } from '../../../src/base/index.js';
import type { IsdnEvent } from '../../../src/isdn/index.js';
import type { Channel, DChannelEvent } from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { until } from '../../system/branch/patience.js';

/** The public network with Q.921 and Q.931 in between: libpri at both ends of a simulated T1, in real time. */
const libpri = loadLibpri(() => undefined);
const channels: DChannel[] = [];
const events: IsdnEvent[] = [];
let world: TelephoneWorld;
let network: PublicNetwork;
let user: DChannel;

function speak(side: 'network' | 'user', channel: Channel, emit: (event: IsdnEvent) => void): DChannel {
  const made = new DChannel({
    ...{ switchType: 'ni2', side, e1: false, nfas: false, libpri, clock: systemClock, log: silentLog, emit },
    ports: [{ send: (frame) => channel.send(frame) }],
  });
  channel.configure({ signalling: 'dChannel', law: 'u' });
  channel.on((event) => {
    if (event.kind === 'frame') made.receive(0, event.frame);
  });
  channels.push(made);
  return made;
}

function next<K extends IsdnEvent['kind']>(kind: K): Promise<Extract<IsdnEvent, { readonly kind: K }>> {
  return until(`the user hears ${kind} (heard: ${events.map((event) => event.kind).join(' ')})`, 20_000, () => {
    const at = events.findIndex((event) => event.kind === kind);
    if (at < 0) return undefined;
    return events.splice(0, at + 1).at(-1) as Extract<IsdnEvent, { readonly kind: K }>;
  });
}

before(async () => {
  world = new TelephoneWorld({
    clock: systemClock,
    random: new SeededRandom(1),
    cards: [{ kind: 't1', id: 'sim/1', to: 'pstn' }],
    plan: () => ({ kind: 'answers', afterMs: 100, says: 'hello' }),
  });
  const [span, far] = [world.span('sim/1'), world.publicNetwork('sim/1')];
  const d = span?.channel(24);
  assert.ok(far !== undefined && d !== undefined);
  network = far;
  let listener: (event: DChannelEvent) => void = () => undefined;
  const there = speak('network', network.dChannel, (event) => listener(event));
  network.join({ do: (command) => there.do(command), on: (heard) => (listener = heard) });
  user = speak('user', d, (event) => events.push(event));
  await next('up');
});

after(() => {
  for (const each of channels) each.stop();
});

test('we call, and are answered; we hang up, and the channel is free', async () => {
  user.do({
    kind: 'setup',
    call: 'one',
    channel: { interface: 0, slot: 23 },
    exclusive: false,
    setup: { called: { digits: '3125551234', type: 'national', plan: 'isdn' }, complete: true, bearer: 'speech' },
  });
  assert.equal((await next('alerting')).inBand, true);
  await next('connect');
  assert.deepEqual(network.dialled, ['3125551234']);
  await until('the network is told', 5000, () => (network.slots[22]?.state === 'talking' ? true : undefined));
  user.do({ kind: 'release', call: 'one', cause: cause.normalClearing });
  await next('released');
  await until('the channel is free', 5000, () => (network.slots[22]?.state === 'idle' ? true : undefined));
});

test('we are called with name and number, by a caller whom another number sent on; they hang up', async () => {
  const made = network.call('3125550204', {
    ...{ number: '3125550123', name: 'ANNA ADAMS', presentation: 'allowed' },
    redirectedFrom: { number: '3125550200', reason: 'no-reply' },
  });
  assert.ok('call' in made);
  const { call, channel, setup } = await next('setup');
  assert.deepEqual([channel.slot, setup.called.digits], [1, '3125550204']);
  assert.deepEqual([setup.calling?.number?.digits, setup.calling?.name], ['3125550123', 'ANNA ADAMS']);
  assert.deepEqual([setup.redirection?.from.number?.digits, setup.redirection?.reason], ['3125550200', 'no-reply']);
  user.do({ kind: 'alerting', call, inBand: false });
  user.do({ kind: 'connect', call });
  await until('the network talks', 5000, () => (network.slots[0]?.state === 'talking' ? true : undefined));
  network.hangUp(1);
  assert.equal((await next('disconnect')).cause, cause.normalClearing);
  user.do({ kind: 'release', call, cause: cause.normalClearing });
  await next('released');
});
