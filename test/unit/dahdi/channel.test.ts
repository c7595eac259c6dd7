import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { errno } from '../../../hw/dahdi/index.js';
import { channelEvents, hookValues, requests, signallingBits, structs } from '../../../hw/dahdi/kernel-codes.js';
import type { LineOrder } from '../../../src/tdm/index.js';
import { analogPlan, card, e1Plan, span, t1Plan } from './card-trees.js';
import { DahdiBench, faults, signals } from './dahdi-bench.js';

const analogId = 'dahdi/1A4A123456789/1';
const t1Id = 'dahdi/1TE133F-A1234567/1';
const analog = () => new DahdiBench({ ...card(analogPlan.card), ...span(analogPlan.span) });
const t1 = (before?: (bench: DahdiBench) => void) =>
  new DahdiBench({ ...card(t1Plan.card), ...span(t1Plan.span) }, {}, before);

function int(argument: Uint8Array | undefined, offset: number): number {
  assert.ok(argument !== undefined);
  return new DataView(argument.buffer).getInt32(offset, true);
}

describe('configuring a channel', () => {
  it('names it as DAHDI does, by its far end, and opens it', () => {
    const bench = analog();
    const cases = [
      [1, 'fxs-loop', signallingBits.fxols],
      [1, 'fxs-ground', signallingBits.fxogs],
      [1, 'fxs-kewl', signallingBits.fxoks],
      [3, 'fxo-loop', signallingBits.fxsls],
      [3, 'fxo-kewl', signallingBits.fxsks],
      [1, 'em-wink', signallingBits.em],
    ] as const;
    for (const [place, signalling, bits] of cases) {
      const line = bench.line(analogId, place, signalling, 'a');
      const told = bench.kernel.told.filter(({ request }) => request === requests.channelConfig).at(-1)?.argument;
      assert.equal(int(told, structs.chanconfig.sigtype), bits, signalling);
      assert.equal(int(told, structs.chanconfig.chan), place);
      assert.equal(int(told, structs.chanconfig.deflaw), 2, 'A-law');
      assert.deepEqual(faults(line), []);
      assert.ok(bench.kernel.channel(place).open);
    }
  });

  it('takes E1’s own E&M, HDLC with check sequence for a D-channel, and audio for a bearer channel', () => {
    const bench = new DahdiBench({ ...card(e1Plan.card), ...span(e1Plan.span) });
    const sig = () =>
      int(
        bench.kernel.told.filter(({ request }) => request === requests.channelConfig).at(-1)?.argument,
        structs.chanconfig.sigtype,
      );
    bench.line('dahdi/Board-ID-Switch-0/2', 1, 'em-wink');
    assert.equal(sig(), signallingBits.emE1);
    bench.line('dahdi/Board-ID-Switch-0/2', 16, 'dChannel');
    assert.equal(sig(), signallingBits.hdlcFcs);
    bench.line('dahdi/Board-ID-Switch-0/2', 17, 'bearer');
    assert.equal(sig(), signallingBits.clear);
    assert.deepEqual(bench.kernel.channel(48).of(requests.audioMode), [1]);
    const buffers = bench.kernel.channel(47).told.find(({ request }) => request === requests.setBuffers)?.argument;
    assert.ok(int(buffers, structs.bufferinfo.numbufs) >= 16);
    assert.ok(int(buffers, structs.bufferinfo.bufsize) >= 302, 'a whole frame with its check sequence');
  });

  it('says how the line stands, and refuses what it cannot be', () => {
    const bench = analog();
    assert.deepEqual(signals(bench.line(analogId, 1, 'fxs-kewl')), ['onHook']);
    bench.kernel.channel(2).offHook = true;
    assert.deepEqual(signals(bench.line(analogId, 2, 'fxs-kewl')), ['offHook']);
    assert.deepEqual(faults(bench.line(analogId, 3, 'fxs-kewl')), ['configure: this line can be fxo-loop, fxo-kewl']);
  });

  it('waits for the media engine to let go of it, but not for ever', () => {
    const bench = t1();
    bench.kernel.channel(5).open = true;
    const line = bench.line(t1Id, 5, 'bearer');
    bench.clock.advance(500);
    assert.equal(bench.kernel.channel(5).told.length, 0);
    bench.kernel.channel(5).open = false;
    bench.clock.advance(100);
    assert.ok(bench.kernel.channel(5).open);
    bench.kernel.channel(6).open = true;
    const other = bench.line(t1Id, 6, 'bearer');
    bench.clock.advance(3000);
    assert.deepEqual(faults(line), []);
    assert.deepEqual(faults(other), ['configure: somebody else has the channel, or it is busy']);
    assert.equal(other.channel.settings, undefined);
  });

  it('says once that the card refuses it, and tries again until it can be had', () => {
    const bench = analog();
    bench.kernel.answers.set(requests.channelConfig, -errno.EIO);
    const line = bench.line(analogId, 1, 'fxs-kewl');
    bench.clock.advance(20_000);
    assert.deepEqual(line.events, [
      { kind: 'fault', order: 'configure', why: 'the driver says EIO' },
      { kind: 'alarms', alarms: ['card'] },
    ]);
    bench.kernel.answers.delete(requests.channelConfig);
    bench.clock.advance(6000);
    assert.deepEqual(signals(line), ['onHook']);
    assert.deepEqual(line.events.at(-1), { kind: 'alarms', alarms: [] });
    line.channel.order({ kind: 'hook', offHook: true });
    assert.equal(bench.kernel.channel(1).of(requests.hook).at(-1), hookValues.offHook);
    assert.equal(faults(line).length, 1);
  });

  it('drops what the driver answers to an older configuration', () => {
    const bench = t1();
    const channel = bench.span(t1Id).channels[6];
    channel?.configure({ signalling: 'em-wink', law: 'u' });
    channel?.configure({ signalling: 'bearer', law: 'u' });
    bench.clock.advance(100);
    assert.deepEqual(bench.kernel.channel(7).of(requests.audioMode), [1]);
    const files = bench.kernel.openFiles;
    channel?.configure({ signalling: 'bearer', law: 'u' });
    bench.clock.advance(100);
    assert.equal(bench.kernel.openFiles, files, 'no descriptor is lost');
  });

  it('finds what the card cannot', () => {
    const bench = analog();
    bench.kernel.channel(1).answers.set(requests.messageWaitingKind, [-errno.ENOTTY]);
    const line = bench.line(analogId, 1, 'fxs-kewl');
    assert.deepEqual([line.channel.abilities.neon, line.channel.abilities.polarity], [false, true]);
    line.channel.order({ kind: 'neon', on: true });
    assert.deepEqual(faults(line), ['neon: the card has no voltage for a neon lamp']);
  });
});

describe('what the kernel tells of a line', () => {
  it('that we feed', () => {
    const bench = analog();
    const line = bench.line(analogId, 1, 'fxs-kewl');
    line.events.length = 0;
    const digit = (character: string) => channelEvents.pulseDigit | character.charCodeAt(0);
    bench.kernel.event(
      1,
      channelEvents.ringOffHook,
      channelEvents.pulseStart,
      digit('3'),
      digit('0'),
      digit('*'),
      channelEvents.winkFlash,
      channelEvents.onHook,
      channelEvents.ringerOff,
      channelEvents.ringerOn,
      // Of no kind that is known.
      9999,
    );
    assert.deepEqual(signals(line), ['offHook', 'pulses 3', 'pulses 10', 'flash', 'onHook', 'ringOff', 'ringOn']);
    assert.deepEqual(faults(line), []);
  });

  it('of an exchange', () => {
    const bench = analog();
    const line = bench.line(analogId, 3, 'fxo-kewl');
    bench.kernel.event(
      3,
      channelEvents.polarity,
      channelEvents.ringBegin,
      channelEvents.ringOffHook,
      channelEvents.polarity,
      channelEvents.onHook,
      channelEvents.dialComplete,
    );
    assert.deepEqual(signals(line), [
      'polarity true',
      'ringOn',
      'ringOff',
      'polarity false',
      'current false',
      'pulsesSent',
    ]);
  });

  it('of a trunk', () => {
    const bench = t1();
    const line = bench.line(t1Id, 2, 'em-wink');
    bench.kernel.event(2, channelEvents.ringOffHook, channelEvents.winkFlash, channelEvents.onHook);
    assert.deepEqual(signals(line), ['onHook', 'offHook', 'wink', 'onHook']);
  });

  it('of ground start, whose second step only the bits tell', () => {
    const bench = t1();
    const line = bench.line(t1Id, 3, 'fxs-ground');
    bench.kernel.channel(3).received = 2;
    bench.kernel.event(3, channelEvents.ringOffHook);
    bench.clock.advance(100);
    assert.deepEqual(signals(line), ['onHook', 'ringGround']);
    bench.kernel.channel(3).received = 1;
    bench.clock.advance(100);
    assert.deepEqual(signals(line), ['onHook', 'ringGround', 'offHook']);
    const office = bench.line(t1Id, 4, 'fxo-ground');
    office.channel.order({ kind: 'ringGround', on: true });
    bench.clock.advance(100);
    assert.deepEqual(signals(office), []);
    bench.kernel.channel(4).received = 1;
    bench.clock.advance(100);
    assert.deepEqual(signals(office), ['tipGround']);
  });

  it('of a line that is lifted while the kernel still waits for the end of a flash', () => {
    const bench = t1();
    for (const [place, event] of [channelEvents.winkFlash, channelEvents.pulseDigit | 0x31].entries()) {
      const line = bench.line(t1Id, place + 1, 'fxs-kewl');
      bench.kernel.event(place + 1, event, event);
      assert.deepEqual(signals(line), ['onHook', 'offHook', place === 0 ? 'flash' : 'pulses 1']);
    }
  });

  it('of current that is interrupted: that it flows again, only its state tells', () => {
    const bench = analog();
    const line = bench.line(analogId, 3, 'fxo-kewl');
    bench.kernel.channel(3).received = 0;
    bench.kernel.event(3, channelEvents.onHook);
    bench.clock.advance(200);
    assert.deepEqual(signals(line), ['current false']);
    bench.kernel.channel(3).received = 1;
    bench.clock.advance(40);
    assert.deepEqual(signals(line), ['current false', 'current true']);
  });

  it('of its exchange’s battery', () => {
    const bench = analog();
    const line = bench.line(analogId, 3, 'fxo-kewl');
    bench.kernel.channel(3).alarms = 1 << 3;
    bench.kernel.event(3, channelEvents.alarm);
    assert.deepEqual(line.events.at(-1), { kind: 'alarms', alarms: ['noBattery'] });
    bench.kernel.channel(3).alarms = 0;
    bench.kernel.event(3, channelEvents.noAlarm);
    assert.deepEqual(line.events.at(-1), { kind: 'alarms', alarms: [] });
  });
});

describe('orders', () => {
  const told = (bench: DahdiBench, place: number) =>
    bench.kernel
      .channel(place)
      .told.filter(({ request }) => request !== requests.getParameters && request !== requests.setParameters);

  it('are ioctls, in order; ring, wink and flash go on in the kernel', () => {
    const bench = analog();
    const line = bench.line(analogId, 1, 'fxs-kewl');
    const channel = bench.kernel.channel(1);
    channel.told.length = 0;
    channel.answers.set(requests.hook, [-errno.EINPROGRESS]);
    const orders: readonly LineOrder[] = [
      { kind: 'ring', cadence: [800, 400, 800, 2000] },
      { kind: 'stopRing' },
      { kind: 'hook', offHook: true },
      { kind: 'polarity', reversed: true },
      { kind: 'battery', on: false },
      { kind: 'battery', on: true },
      { kind: 'onHookTransmission', durationMs: 1500 },
      { kind: 'neon', on: true },
    ];
    for (const order of orders) line.channel.order(order);
    assert.deepEqual(
      told(bench, 1).map(({ request, value }) => [request, value]),
      [
        [requests.setCadence, 800],
        [requests.hook, hookValues.ring],
        [requests.hook, hookValues.ringOff],
        [requests.hook, hookValues.offHook],
        [requests.setPolarity, 1],
        [requests.hook, hookValues.onHook],
        [requests.onHookTransfer, 2000],
        [requests.messageWaiting, 1],
      ],
    );
    assert.deepEqual(signals(line), ['onHook', 'ringOn']);
    assert.deepEqual(faults(line), []);
  });

  it('ring a ground-start line from rest, whose tip may be grounded for it', () => {
    const bench = analog();
    const line = bench.line(analogId, 1, 'fxs-ground');
    line.channel.order({ kind: 'tipGround', on: true });
    line.channel.order({ kind: 'ring', cadence: [2000, 4000] });
    const { offHook, onHook, ring, ringOff } = hookValues;
    const toRest = [offHook, ringOff];
    assert.deepEqual(bench.kernel.channel(1).of(requests.hook), [...toRest, offHook, onHook, ring]);
  });

  it('end a ground-start seizure that is given up, and leave the loop of one that was answered', () => {
    const bench = t1();
    const line = bench.line(t1Id, 4, 'fxo-ground');
    const { start, onHook, offHook } = hookValues;
    line.channel.order({ kind: 'ringGround', on: true });
    line.channel.order({ kind: 'ringGround', on: false });
    assert.deepEqual(bench.kernel.channel(4).of(requests.hook), [start, onHook]);
    line.channel.order({ kind: 'ringGround', on: true });
    line.channel.order({ kind: 'hook', offHook: true });
    line.channel.order({ kind: 'ringGround', on: false });
    assert.deepEqual(bench.kernel.channel(4).of(requests.hook), [start, onHook, start, offHook]);
  });

  it('have their times: wink, flash and pulses', () => {
    const bench = t1();
    const line = bench.line(t1Id, 2, 'em-wink');
    const channel = bench.kernel.channel(2);
    channel.told.length = 0;
    line.channel.order({ kind: 'wink', durationMs: 180 });
    line.channel.order({ kind: 'flash', durationMs: 600 });
    line.channel.order({ kind: 'pulses', counts: [1, 10, 9], breakMs: 60, makeMs: 40, interDigitMs: 800 });
    const set = channel.told
      .filter(({ request }) => request === requests.setParameters)
      .map(({ argument }) => argument);
    assert.equal(int(set[0], structs.params.winktime), 180);
    assert.equal(int(set[1], structs.params.flashtime), 600);
    assert.equal(int(set[2], structs.params.pulsebreaktime), 60);
    assert.equal(int(set[2], structs.params.pulsemaketime), 40);
    assert.equal(int(set[2], structs.params.pulseaftertime), 800);
    const dial = channel.told.find(({ request }) => request === requests.dial)?.argument;
    const text = Buffer.from(dial?.subarray(structs.dialoperation.dialstr) ?? []).toString('latin1');
    assert.match(text, /^P109\0/);
  });

  it('wait while the kernel keeps the line for itself, then fail', () => {
    const bench = analog();
    const line = bench.line(analogId, 1, 'fxs-kewl');
    const channel = bench.kernel.channel(1);
    channel.told.length = 0;
    channel.answers.set(requests.hook, [...Array.from({ length: 9 }, () => -errno.EBUSY), 0]);
    line.channel.order({ kind: 'hook', offHook: true });
    line.channel.order({ kind: 'polarity', reversed: true });
    bench.clock.advance(300);
    assert.equal(channel.of(requests.setPolarity).length, 0, 'what follows waits too');
    bench.clock.advance(300);
    assert.deepEqual(channel.of(requests.setPolarity), [1]);
    assert.deepEqual(faults(line), []);
    channel.answers.set(requests.hook, [-errno.EBUSY]);
    line.channel.order({ kind: 'hook', offHook: false });
    bench.clock.advance(3000);
    assert.deepEqual(faults(line), ['hook: somebody else has the channel, or it is busy']);
  });

  it('that come before the channel is open are carried out then; those of an older configuration are not', () => {
    const bench = t1();
    const channel = bench.span(t1Id).channels[3];
    channel?.configure({ signalling: 'em-wink', law: 'u' });
    channel?.order({ kind: 'wink', durationMs: 100 });
    channel?.configure({ signalling: 'em-wink', law: 'u' });
    channel?.order({ kind: 'hook', offHook: true });
    bench.clock.advance(50);
    assert.deepEqual(bench.kernel.channel(4).of(requests.hook), [hookValues.offHook]);
  });

  it('that make no sense are refused', () => {
    const bench = t1();
    const line = bench.line(t1Id, 2, 'fxs-kewl');
    line.channel.order({ kind: 'ring', cadence: [] });
    line.channel.order({ kind: 'ring', cadence: [1000, 0] });
    line.channel.order({ kind: 'pulses', counts: [11], breakMs: 60, makeMs: 40, interDigitMs: 700 });
    line.channel.order({ kind: 'polarity', reversed: true });
    line.channel.order({ kind: 'echoCanceller', tailMs: 500 });
    assert.equal(faults(line).length, 5);
    for (let orders = 0; orders < 10; orders++) line.channel.order({ kind: 'hook', offHook: true });
    assert.equal(faults(line).length, 5);
  });

  it('to the echo canceller choose its length', () => {
    const bench = t1();
    const line = bench.line(t1Id, 9, 'bearer');
    for (const tailMs of [0, 5, 128]) line.channel.order({ kind: 'echoCanceller', tailMs });
    bench.clock.advance(20);
    assert.deepEqual(bench.kernel.channel(9).of(requests.echoCanceller), [0, 64, 1024]);
  });
});

describe('a D-channel', () => {
  const frame = Uint8Array.of(0x02, 0x01, 0x7f);

  it('gives and takes frames without their check sequence', () => {
    const bench = t1();
    const line = bench.line(t1Id, 24, 'dChannel');
    bench.kernel.frame(24, frame);
    assert.deepEqual(line.events, [{ kind: 'frame', frame }]);
    line.channel.send(frame);
    assert.deepEqual(bench.kernel.channel(24).written, [Uint8Array.of(0x02, 0x01, 0x7f, 0, 0)]);
  });

  it('reads an event that stands in the way, and sends then', () => {
    const bench = t1();
    const line = bench.line(t1Id, 24, 'dChannel');
    bench.kernel.channel(24).events.push(channelEvents.badFcs);
    line.channel.send(frame);
    assert.equal(bench.kernel.channel(24).written.length, 1);
    assert.deepEqual(faults(line), []);
  });

  it('says that its buffers are full, that a frame is none, and logs a bad line once a second', () => {
    const bench = t1();
    const line = bench.line(t1Id, 24, 'dChannel');
    bench.kernel.channel(24).full = true;
    line.channel.send(frame);
    bench.kernel.channel(24).full = false;
    line.channel.send(Uint8Array.of(1, 2));
    line.channel.send(new Uint8Array(301));
    assert.deepEqual(faults(line), [
      'frame: all buffers are full',
      'frame: no frame is as long',
      'frame: no frame is as long',
    ]);
    for (let second = 0; second < 3; second++) {
      bench.kernel.event(24, ...Array.from({ length: 60 }, () => channelEvents.abort));
      bench.clock.advance(1000);
    }
    assert.equal(bench.logged.filter((each) => each.startsWith('frames are spoilt')).length, 3);
    const bearer = bench.line(t1Id, 1, 'bearer');
    bearer.channel.send(frame);
    assert.deepEqual(faults(bearer), ['frame: this line carries no frames']);
  });
});

describe('samples', () => {
  it('are handed to whoever connects, after what nobody took is flushed; those of a D-channel are not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-samples-'));
    try {
      const bench = new DahdiBench({ ...card(t1Plan.card), ...span(t1Plan.span) }, { socketFolder: folder });
      const line = bench.line(t1Id, 1, 'bearer');
      assert.deepEqual(line.channel.samples, { path: `${folder}/channel-1`, blockBytes: 16 });
      bench.kernel.connect(`${folder}/channel-1`);
      assert.deepEqual(bench.kernel.channel(1).of(requests.flush), [3]);
      assert.equal(bench.span(t1Id).channels[0]?.drain(), undefined, 'they are somebody else’s now');
      assert.equal(bench.kernel.handed.length, 1);
      bench.line(t1Id, 24, 'dChannel');
      assert.throws(() => bench.kernel.connect(`${folder}/channel-24`), /nobody listens/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are not written while the card dials', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-samples-'));
    try {
      const bench = new DahdiBench({ ...card(t1Plan.card), ...span(t1Plan.span) }, { socketFolder: folder });
      const line = bench.line(t1Id, 1, 'fxo-kewl');
      bench.kernel.connect(`${folder}/channel-1`);
      line.channel.order({ kind: 'pulses', counts: [4], breakMs: 60, makeMs: 40, interDigitMs: 700 });
      assert.deepEqual(bench.kernel.said, ['0']);
      bench.kernel.event(1, channelEvents.dialComplete);
      assert.deepEqual(bench.kernel.said, ['0', '1']);
      bench.kernel.channel(1).answers.set(requests.dial, [-errno.ENODATA]);
      line.channel.order({ kind: 'pulses', counts: [4], breakMs: 60, makeMs: 40, interDigitMs: 700 });
      assert.deepEqual(bench.kernel.said, ['0', '1', '0', '1'], 'nor for ever, where it does not');
      assert.deepEqual(faults(line), ['pulses: the driver says ENODATA']);
      line.channel.order({ kind: 'pulses', counts: [4], breakMs: 60, makeMs: 40, interDigitMs: 700 });
      line.channel.order({ kind: 'hook', offHook: false });
      assert.equal(bench.kernel.said.at(-1), '1', 'a hang-up ends the dialling');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
