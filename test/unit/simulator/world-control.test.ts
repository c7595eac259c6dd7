import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { systemClock } from '../../../appliance/io/index.js';
import {
  openSimulator,
  parseWorldCommand,
  simulatedCards,
  TelephoneWorld,
  WorldControl,
} from '../../../hw/simulator/index.js';
import { lineTimes } from '../../../src/analog/index.js';
import { silentLog } from '../../../src/base/index.js';
import type { WorldCommand, WorldState } from '../../../src/tdm/index.js';
import { IsdnLine } from '../../sim/isdn-line.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { worldBench } from './world-bench.js';

test('a telephone is lifted, dialled on, flashed and hung up, and its state is told in words', () => {
  const { clock, world, station } = worldBench();
  const control = new WorldControl(world, clock);
  const phone = station(1, { lamp: 'data' });
  const channel = 'sim/0:1';
  const view = () => control.state().telephones[0];
  assert.equal(control.command({ kind: 'dial', channel, digits: '1', by: 'tone' }), 'Lift the handset first.');
  assert.equal(control.command({ kind: 'lift', channel, says: 'front desk' }), undefined);
  clock.advance(200);
  assert.deepEqual(view(), {
    ...{ channel, plugged: true, lifted: true, ringing: false, hears: 'dial tone', lamp: false },
    shown: { number: '', name: '' },
  });
  control.command({ kind: 'dial', channel, digits: '47', by: 'pulse' });
  clock.advance(4000);
  control.command({ kind: 'dial', channel, digits: '11', by: 'tone' });
  // Nobody dials on: the number is whole.
  clock.advance(lineTimes.interDigitMs + 1000);
  const digits = phone.driver.notices.flatMap((notice) => (notice.kind === 'digit' ? [notice.digit] : []));
  assert.equal(digits.join(''), '4711');
  phone.line.answer();
  // Whoever hears somebody speaks; a tone of the exchange ends it.
  phone.driver.speak('hello');
  clock.advance(500);
  assert.equal(view()?.hears, '“hello”');
  assert.deepEqual(phone.driver.voices, ['front desk']);
  control.command({ kind: 'flash', channel });
  clock.advance(1500);
  assert.ok(phone.driver.words.includes('flash'));
  assert.equal(control.command({ kind: 'hangUp', channel }), undefined);
  clock.advance(1500);
  assert.equal(view()?.lifted, false);
  assert.equal(phone.line.idle, true);
});

test('a person who lifts a ringing telephone, also between two rings, speaks at once; one who was not rung waits', () => {
  const { clock, world, station } = worldBench();
  const control = new WorldControl(world, clock);
  const phones = [station(1), station(2)] as const;
  assert.ok(phones[0].line.setup().ok);
  clock.advance(3500);
  assert.equal(control.state().telephones[0]?.ringing, false);
  for (const channel of ['sim/0:1', 'sim/0:2']) control.command({ kind: 'lift', channel, says: 'hello' });
  clock.advance(1000);
  assert.deepEqual(
    phones.map(({ driver }) => driver.voices),
    [['hello'], []],
  );
});

test('whoever has hung up speaks again in the next call', () => {
  const { clock, world, station } = worldBench();
  const control = new WorldControl(world, clock);
  const phone = station(1);
  const channel = 'sim/0:1';
  for (const call of [1, 2]) {
    phone.line.setup();
    clock.advance(1000);
    control.command({ kind: 'lift', channel, says: 'hello' });
    phone.driver.speak('good morning');
    clock.advance(1000);
    assert.equal(phone.driver.voices.length, call);
    control.command({ kind: 'hangUp', channel });
    clock.advance(3000);
  }
});

test('the T1: alarms, a lost D-channel, a card pulled out, callers and whoever hangs up', () => {
  const clock = new VirtualClock();
  const world = new TelephoneWorld({ clock, random: new SeededRandom(1), cards: simulatedCards });
  const control = new WorldControl(world, clock);
  const network = world.publicNetwork('sim/1');
  assert.ok(network !== undefined);
  const line = new IsdnLine(clock, 'sim/1:24');
  network.join(line.network);
  const span = () => control.state().spans[0];
  assert.equal(
    control.command({ kind: 'callIn', span: 'sim/1', called: '104', restricted: false }),
    'The D-channel is down.',
  );
  line.link(true);
  clock.advance(10);
  assert.deepEqual(span()?.dChannel, { up: true, lost: false });
  const caller = { number: '3125550123', name: 'ANNA', restricted: false };
  assert.equal(control.command({ kind: 'callIn', span: 'sim/1', called: '104', ...caller }), undefined);
  assert.equal(span()?.slots[0]?.state, 'dialling');
  assert.equal(control.command({ kind: 'networkHangUp', span: 'sim/1', slot: 1 }), undefined);
  assert.equal(control.command({ kind: 'networkHangUp', span: 'sim/1', slot: 2 }), 'Nobody is on channel 2.');
  control.command({ kind: 'alarm', span: 'sim/1', alarm: 'red', stands: true });
  control.command({ kind: 'dChannel', span: 'sim/1', lost: true });
  assert.deepEqual([span()?.alarms, span()?.dChannel.lost], [['red'], true]);
  control.command({ kind: 'plug', span: 'sim/1', plugged: false });
  assert.equal(span()?.plugged, false);
  assert.match(control.command({ kind: 'alarm', span: 'sim/1', alarm: 'red', stands: false }) ?? '', /not plugged in/);
  control.command({ kind: 'plug', span: 'sim/1', plugged: true });
  assert.equal(span()?.plugged, true);
  control.command({ kind: 'plug', span: 'sim/0', plugged: false });
  assert.equal(control.state().telephones[0]?.plugged, false);
  assert.match(control.command({ kind: 'lift', channel: 'sim/0:1' }) ?? '', /no telephone/);
});

test('what comes over the socket is read with care', () => {
  const good: readonly WorldCommand[] = [
    { kind: 'lift', channel: 'sim/0:1', says: 'Reception' },
    { kind: 'hangUp', channel: 'sim/0:1' },
    { kind: 'flash', channel: 'sim/0:1' },
    { kind: 'dial', channel: 'sim/0:1', digits: '*72#', by: 'tone' },
    { kind: 'dial', channel: 'sim/0:1', digits: '110', by: 'pulse' },
    { kind: 'callIn', span: 'sim/1', called: '104', restricted: true },
    {
      ...{ kind: 'callIn', span: 'sim/1', called: '104', number: '3125550123', name: 'ZOË', restricted: false },
      redirectedFrom: { number: '3125550200', reason: 'busy' },
    },
    { kind: 'networkHangUp', span: 'sim/1', slot: 3 },
    { kind: 'alarm', span: 'sim/1', alarm: 'blue', stands: true },
    { kind: 'dChannel', span: 'sim/1', lost: true },
    { kind: 'plug', span: 'sim/1', plugged: false },
  ];
  for (const command of good) assert.deepEqual(parseWorldCommand(JSON.parse(JSON.stringify(command))), command);
  const bad: readonly unknown[] = [
    ...[undefined, null, 1, 'lift', [], {}, { kind: 'lift' }],
    ...[
      { kind: 'lift', channel: '../x y' },
      { kind: 'shout', channel: 'sim/0:1' },
      { kind: 'shout', span: 'sim/1' },
    ],
    ...[
      { kind: 'dial', channel: 'sim/0:1', digits: '*', by: 'pulse' },
      { kind: 'dial', channel: 'sim/0:1', by: 'tone' },
    ],
    ...[
      { kind: 'alarm', span: 'sim/1', alarm: 'card', stands: true },
      { kind: 'alarm', span: 'sim/1', alarm: 'red' },
    ],
    ...[
      { kind: 'callIn', span: 'sim/1', called: 'x' },
      { kind: 'plug', span: 'sim/1' },
    ],
    ...[
      { kind: 'networkHangUp', span: 'sim/1' },
      { kind: 'dChannel', span: 'sim/1', lost: 1 },
    ],
  ];
  for (const command of bad) assert.equal(parseWorldCommand(command), undefined, JSON.stringify(command));
});

test('the socket tells the state at first and after changes, and answers commands', { timeout: 20_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-world-'));
  const control = join(folder, 'control');
  const cards = simulatedCards;
  const simulator = openSimulator({
    ...{ clock: systemClock, random: new SeededRandom(1), log: silentLog, cards, folder, control },
  });
  const socket = connect(control);
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async (): Promise<{ state?: WorldState; id?: number; refused?: string }> =>
    JSON.parse((await lines.next()).value ?? '{}');
  assert.equal((await next()).state?.telephones.length, 2);
  socket.write('{"id": 1, "command": {"kind": "lift", "channel": "sim/0:1"}}\n');
  assert.deepEqual(await next(), { id: 1 });
  simulator.world.span('sim/0')?.channel(1)?.configure({ signalling: 'fxs-kewl', law: 'u' });
  assert.equal((await next()).state?.telephones[0]?.lifted, true);
  socket.write('not JSON\n{"id": 2, "command": {"kind": "dance"}}\n');
  assert.deepEqual(await next(), { id: null, refused: 'This is not JSON.' });
  assert.deepEqual(await next(), { id: 2, refused: 'The simulated world does not know this command.' });
  const samples = connect(join(folder, 'sim-0-1'));
  const [block] = await once(samples, 'data');
  assert.ok(Buffer.isBuffer(block) && block.length > 0 && block.length % 80 === 0);
  simulator.close();
  await once(samples, 'close');
  rmSync(folder, { recursive: true, force: true });
});
