import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cause, silentLog } from '../../../src/base/index.js';
import { Branch } from '../../../src/branch/index.js';
import { LiveDirectory } from '../../../src/directory/index.js';
import { Disk } from '../../sim/disk.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { WorldSound } from '../../sim/world-sound.js';
import { configurationOf } from '../config/sample.js';
import { FakeLineEngine } from '../lines/fake-line-engine.js';
import { PlainHardware } from '../trunks/plain-hardware.js';
import { bearers, TrunkBench, trunkOf } from '../trunks/trunk-bench.js';
import { WiredDChannels } from '../trunks/wired-d-channels.js';

const site = `site: { name: Chicago, areaCode: 312, mainNumber: +13125550100 }
centre: { domain: example.com, targets: ['sip:centre.example.com'] }
users: { file: users.yaml }
`;
const lines = `media: { path: anchored }
lines:
  cards: simulator
  spans:
    - { span: sim/1, signalling: pri, serviceMessages: true }
    - { span: sim/2, signalling: pri, side: network, timing: 0 }
trunks:
  - { name: pstn, channels: ['sim/1:1-2'], numberFormat: national }
  - { name: pbx, channels: ['sim/2:1-23'], order: 2, classOfRestriction: national, overlapReceiving: true }
dialPlan: { patterns: [ { pattern: '+13125557XXX', trunks: [pbx] } ] }
`;

/** A branch with a T1 to the telephone network and one to a PBX, at whose other ends are boxes of our own. */
async function branchOfLines() {
  const clock = new VirtualClock();
  const random = new SeededRandom(5);
  const configuration = configurationOf(lines, site);
  const wires = {
    'sim/1': new WiredDChannels(clock, {
      name: 'sim/1',
      switchType: 'ni2',
      e1: false,
      channels: ['sim/1:24'],
      nfas: false,
    }),
    'sim/2': new WiredDChannels(clock, {
      name: 'sim/2',
      switchType: 'ni2',
      e1: false,
      channels: ['sim/2:24'],
      nfas: false,
    }),
  };
  const hardware = new PlainHardware();
  const engine = new FakeLineEngine(clock);
  const disk = new Disk(clock);
  const sound = new WorldSound({
    clock,
    random,
    settings: configuration.media,
    complain: (text) => assert.fail(text),
    legs: () => new Set(),
  });
  const none = (): never => assert.fail('nobody is reached by SIP');
  const branch = new Branch(
    {
      ...{ clock, random, log: silentLog, gruuKey: new Uint8Array(32) },
      directory: new LiveDirectory({ clock }),
      ...disk.stores(),
      upstream: { register: () => Promise.resolve({ kind: 'silent' }) },
      prober: { probe: () => Promise.resolve({ kind: 'silent' }) },
      legs: { toPhone: none, toCentre: none, toTrunk: none },
      anchors: sound.attach().anchors,
      lines: {
        hardware,
        engine,
        dChannels: {
          open: (settings) => {
            const wire = settings.name === 'sim/1' ? wires['sim/1'] : wires['sim/2'];
            return wire.ends[settings.side === 'user' ? 0 : 1];
          },
        },
      },
    },
    { configuration, contactAddress: { host: '192.0.2.1', port: 5060, transport: 'udp' } },
  );
  const far = (span: 'sim/1' | 'sim/2', end: 0 | 1): TrunkBench => {
    const side = wires[span].ends[end];
    const count = span === 'sim/1' ? 2 : 23;
    const bench = new TrunkBench([trunkOf(bearers(span, count, 0, span), { hunt: 'lowest' })], {
      clock,
      groups: [{ dChannel: side.settings, restarts: true, serviceMessages: true }],
      dChannels: side,
    });
    bench.hardware.plug(span, 24);
    return bench;
  };
  const network = far('sim/1', 1);
  const exchange = far('sim/2', 0);
  hardware.plug('sim/1', 24);
  hardware.plug('sim/2', 24);
  for (const wire of Object.values(wires)) wire.establish();
  branch.force('survivable', 'test');
  await clock.run(2000);
  return { branch, clock, engine, disk, network, exchange, wires, hardware };
}

test('a PBX dials out through a branch: digit by digit, over the other T1, and both hear one another', async () => {
  const { branch, clock, engine, network, wires, hardware, disk } = await branchOfLines();
  assert.equal(hardware.channel('sim/1:1').settings?.signalling, 'bearer');
  const said = branch.status().trunks;
  assert.deepEqual(
    said.map(({ name, state, channels }) => [name, state, channels?.free]),
    [
      ['pstn', 'up', 2],
      ['pbx', 'up', 23],
    ],
  );
  // This PBX is a script.
  wires['sim/2'].ends[0].on(() => undefined);
  const end = wires['sim/2'].ends[1];
  wires['sim/2'].take(0, {
    kind: 'setup',
    call: 'ours',
    channel: { interface: 0, slot: 23 },
    exclusive: false,
    setup: {
      called: { digits: '', type: 'unknown', plan: 'unknown' },
      complete: false,
      bearer: 'speech',
      calling: {
        number: { digits: '13125557001', type: 'international', plan: 'isdn' },
        presentation: 'allowed',
        screening: 'user-not-screened',
      },
    },
  });
  for (const digit of '9312555999') wires['sim/2'].take(0, { kind: 'digits', call: 'ours', digits: digit });
  await clock.run(500);
  assert.equal(network.arrivals.length, 0);
  wires['sim/2'].take(0, { kind: 'digits', call: 'ours', digits: '9' });
  clock.advance(10);
  const before = clock.now();
  await clock.run(0);
  const setup = wires['sim/1'].ends[0].commands.at(-1);
  assert.ok(setup?.kind === 'setup', 'the SETUP leaves with the last digit');
  assert.equal(clock.now(), before);
  assert.deepEqual(setup.setup.called, { digits: '3125559999', type: 'national', plan: 'isdn' });
  assert.equal(setup.setup.calling?.number?.digits, '3125557001');
  await clock.run(100);
  const [arrived] = network.arrivals;
  assert.equal(arrived?.setup.dialled, '+13125559999');
  arrived?.leg.do({ kind: 'alert' });
  await clock.run(100);
  assert.ok(end.commands.some(({ kind }) => kind === 'alerting'));
  arrived?.leg.do({ kind: 'answer' });
  await clock.run(2000);
  assert.ok(end.commands.some(({ kind }) => kind === 'connect'));
  const [pbx, pstn] = [engine.at('sim/2:23'), engine.at('sim/1:2')];
  assert.deepEqual(
    [pbx.settings.hears, pstn.settings.hears],
    [
      { kind: 'port', port: pstn.id },
      { kind: 'port', port: pbx.id },
    ],
  );
  assert.equal(branch.status().calls.length, 1);
  assert.equal(branch.status().trunks[0]?.channels?.inUse, 1);
  wires['sim/2'].take(0, { kind: 'release', call: 'ours', cause: cause.normalClearing });
  await clock.run(2000);
  assert.equal(engine.open.size, 0);
  assert.equal(branch.status().calls.length, 0);
  const [record] = [...disk.records.values()];
  assert.deepEqual([record?.via, record?.origin, record?.to], ['trunk pstn', 'trunk pbx', '+13125559999']);
  assert.equal(branch.status().trunks[0]?.channels?.free, 2);
  branch.stop();
});

test('a call for help from the PBX finds the T1 full, and gets its channel from the youngest ordinary call', async () => {
  const { branch, clock, network, exchange, wires, disk } = await branchOfLines();
  network.onArrival = ({ leg }) => leg.do({ kind: 'answer' });
  const calls = [exchange.place('93125559999'), exchange.place('93125559998')];
  await clock.run(3000);
  assert.ok(calls.every(({ kinds }) => kinds.at(-1) === 'answered'));
  assert.equal(exchange.place('93125559997').released, undefined);
  await clock.run(500);
  assert.equal(exchange.placed.at(-1)?.released, cause.noCircuitAvailable, 'no channel for ordinary calls');
  const help = exchange.place('911', { emergency: true });
  await clock.run(3000);
  assert.equal(help.kinds.at(-1), 'answered');
  assert.deepEqual(
    calls.map(({ released }) => released),
    [undefined, cause.preemption],
  );
  assert.equal(network.arrivals.at(-1)?.setup.dialled, '911');
  assert.equal(
    [...disk.records.values()].find(({ to }) => to === '+13125559998')?.cause,
    cause.preemption,
    'its record',
  );
  assert.ok(wires['sim/1'].ends[0].commands.some((each) => each.kind === 'release' && each.cause === cause.preemption));
  branch.stop();
});

test('the telephone network reaches the PBX’s direct numbers, and nothing beyond', async () => {
  const { branch, clock, network, exchange } = await branchOfLines();
  const direct = network.place('+13125557001');
  await clock.run(500);
  assert.equal(exchange.arrivals[0]?.setup.dialled, '+13125557001');
  exchange.arrivals[0]?.leg.do({ kind: 'answer' });
  await clock.run(2000);
  assert.equal(direct.kinds.at(-1), 'answered');
  const fraud = network.place('+442079460000');
  await clock.run(500);
  assert.equal(fraud.released, cause.unallocatedNumber);
  branch.stop();
});
