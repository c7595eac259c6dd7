import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentText, RecordedHardware, RecordedSpan, ReplayedSpan, readRecording } from '../../../hw/recorder/index.js';
import { TelephoneWorld } from '../../../hw/simulator/index.js';
import { analogCountry, type LineNotice, type LineOrder, OfficeLine, StationLine } from '../../../src/analog/index.js';
import type { Clock } from '../../../src/base/index.js';
import type { Channel, Span, SpanEvent } from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** Our side, over whatever span: a telephone and an exchange's line, with all that they were told. */
function ours(span: Span, clock: Clock) {
  const notices: string[] = [];
  const orders: LineOrder[][] = [[], []];
  const spanEvents: SpanEvent[] = [];
  const join = (at: number) => {
    const channel = span.channels[at];
    assert.ok(channel !== undefined);
    return {
      channel,
      ports: {
        clock,
        order: (order: LineOrder) => {
          orders[at]?.push(order);
          channel.order(order);
        },
        tell: (notice: LineNotice) => notices.push(`${clock.now()} ${at} ${JSON.stringify(notice)}`),
      },
    };
  };
  const [jack, wire] = [join(0), join(1)];
  const country = analogCountry('1');
  const station = new StationLine(
    { signalling: 'fxs-kewl', country, hook: 'raw', reverseOnAnswer: false, lamp: 'data' },
    jack.ports,
  );
  const office = new OfficeLine(
    {
      signalling: 'fxo-kewl',
      country,
      dialling: 'tone',
      pulseRate: 10,
      cardPulses: true,
      cardCurrent: true,
      answerBy: 'polarity',
      disconnectByPolarity: false,
      dialWithoutTone: false,
    },
    wire.ports,
  );
  const follow = (channel: Channel, line: StationLine | OfficeLine) => {
    channel.on((event) => {
      if (event.kind === 'signal') line.signal(event.signal);
      else if (event.kind === 'alarms') event.alarms.length > 0 ? line.lost() : line.restored();
    });
    channel.configure({ signalling: line === station ? 'fxs-kewl' : 'fxo-kewl', law: 'u' });
  };
  follow(jack.channel, station);
  follow(wire.channel, office);
  span.on((event) => spanEvents.push(event));
  return { station, office, notices, orders, spanEvents };
}

function record() {
  const clock = new VirtualClock();
  const world = new TelephoneWorld({
    clock,
    random: new SeededRandom(3),
    cards: [
      {
        kind: 'analog',
        id: 'sim/0',
        telephones: 1,
        hook: 'raw',
        officeLines: [
          { start: 'loop', disconnect: 'openLoop', answerByPolarity: true, callerId: 'dataAfterRing', numberLength: 7 },
        ],
      },
    ],
  });
  const [card] = world.spans;
  assert.ok(card !== undefined);
  const lines: string[] = [];
  const span = new RecordedSpan(card, clock);
  span.record((line) => lines.push(line));
  const side = ours(span, clock);
  const telephone = world.telephone('sim/0:1');
  const exchange = world.officeLine('sim/0:2');
  assert.ok(telephone !== undefined && exchange !== undefined);
  telephone.lift();
  clock.advance(1000);
  telephone.dial('42');
  exchange.ring('2125550100');
  clock.advance(9000);
  telephone.hangUp();
  card.alarm('card', true);
  clock.advance(1000);
  card.alarm('card', false);
  card.count({ slips: 2 });
  clock.advance(5000);
  return { clock, lines, span, side, card };
}

test('a recorded span is the span, and its recording replayed makes the same lines do the same', () => {
  const { lines, span, side, card } = record();
  assert.deepEqual(span.description, card.description);
  assert.equal(span.channels.length, 2);
  assert.equal(span.counters.slips, 2);
  assert.ok(side.notices.some((notice) => notice.includes('"number":"42"')));
  const recording = readRecording(lines);
  assert.ok(recording.ok);
  const clock = new VirtualClock();
  const replay = new ReplayedSpan(recording.value, clock);
  const again = ours(replay, clock);
  let ended = false;
  replay.start(() => {
    ended = true;
  });
  clock.advance(16_000);
  assert.equal(ended, true);
  assert.deepEqual(again.notices, side.notices);
  assert.deepEqual(again.orders, side.orders);
  assert.deepEqual(again.spanEvents, side.spanEvents);
  assert.deepEqual(
    replay.channels.map(({ ordered }) => ordered),
    side.orders,
  );
  assert.equal(replay.counters.slips, 2);
});

test('settings and orders are in the recording, each with its time', () => {
  const { lines } = record();
  const moments = lines.slice(1).map((line): unknown => JSON.parse(line));
  assert.deepEqual(moments[0], { atMs: 0, channel: 'sim/0:1', settings: { signalling: 'fxs-kewl', law: 'u' } });
  const order = { kind: 'hook', offHook: true };
  assert.ok(
    moments.some((moment) => JSON.stringify(moment) === JSON.stringify({ atMs: 21, channel: 'sim/0:1', order })),
  );
});

test('a replay that is stopped says no more', () => {
  const { lines } = record();
  const recording = readRecording(lines);
  assert.ok(recording.ok);
  const clock = new VirtualClock();
  const replay = new ReplayedSpan(recording.value, clock);
  const { notices } = ours(replay, clock);
  replay.start();
  clock.advance(1000);
  const before = notices.length;
  replay.stop();
  clock.advance(5000);
  assert.ok(before > 0);
  assert.equal(notices.filter((notice) => Number(notice.split(' ')[0]) > 1000 && notice.includes('digit')).length, 0);
});

test('what is no recording is refused, with its line', () => {
  const { lines } = record();
  const [head = '', ...rest] = lines;
  const fault = (...text: readonly string[]) => {
    const read = readRecording(text);
    return read.ok ? 'read' : `${read.error.line} ${read.error.why}`;
  };
  assert.equal(fault(head, '', ...rest), 'read');
  assert.equal(fault(), '0 empty');
  assert.equal(fault('x'), '1 no JSON object');
  assert.equal(fault('[]'), '1 no JSON object');
  assert.equal(fault('{"recording":2}'), '1 not the head of a recording of this version');
  assert.equal(fault(head, '{"atMs":0}'), '2 neither an event nor an order of this span');
  const moment = (channel: string, event: object, atMs: number | string = 1) =>
    JSON.stringify({ atMs, channel, event });
  const good = moment('sim/0:1', { kind: 'signal', signal: { kind: 'offHook' } });
  assert.equal(fault(head, good), 'read');
  assert.equal(fault(head, good, good.replace('"atMs":1', '"atMs":0')), '3 earlier than the line before');
  for (const bad of [
    moment('sim/0:9', { kind: 'signal', signal: { kind: 'offHook' } }),
    moment('sim/0:1', { kind: 'signal', signal: { kind: 'explodes' } }),
    moment('sim/0:1', { kind: 'signal', signal: { kind: 'pulses', count: 'x' } }),
    moment('sim/0:1', { kind: 'signal', signal: { kind: 'current' } }),
    moment('sim/0:1', { kind: 'alarms', alarms: [1] }),
    moment('sim/0:1', { kind: 'other' }),
    moment('sim/0:1', { kind: 'unplugged' }, 'soon'),
    moment('sim/0:1', { kind: 'unplugged' }, -1),
    JSON.stringify({ atMs: 1, spanEvent: { kind: 'clockSource', here: 1 } }),
  ])
    assert.equal(fault(head, bad), '2 neither an event nor an order of this span', bad);
});

test('frames of a D-channel are recorded both ways, of a span that runs already, and are there again in a replay', () => {
  const clock = new VirtualClock();
  const world = new TelephoneWorld({
    clock,
    random: new SeededRandom(3),
    cards: [{ kind: 't1', id: 'sim/1', to: 'pstn' }],
  });
  const hardware = new RecordedHardware(world, clock);
  let seen: Span | undefined;
  hardware.on((event) => {
    if (event.kind === 'plugged') seen = event.span;
  });
  const dChannel = seen?.channels[23];
  assert.ok(dChannel !== undefined);
  dChannel.configure({ signalling: 'dChannel', law: 'u' });
  clock.advance(10);
  const lines: string[] = [];
  assert.equal(
    hardware.record('sim/9', () => undefined),
    false,
  );
  assert.equal(
    hardware.record('sim/1', (line) => lines.push(line)),
    true,
  );
  const network = world.publicNetwork('sim/1')?.dChannel;
  const sabme = Uint8Array.of(0, 1, 0x7f);
  const release = Buffer.from('00010000080280015a', 'hex');
  dChannel.send(sabme);
  network?.send(release);
  clock.advance(100);
  hardware.record('sim/1', undefined);
  dChannel.send(sabme);
  const recording = readRecording(lines);
  assert.ok(recording.ok, JSON.stringify(recording));
  const words = recording.value.moments.map((moment) => momentText(moment).join('\n'));
  assert.equal(words[0], '    0.000 s  ->  sim/1:24  configured: signalling dChannel law u');
  assert.match(words[1] ?? '', /-> {2}sim\/1:24 {2}SABME SAPI 0 TEI 0 P\/F$/);
  assert.match(words[2] ?? '', /<- {2}sim\/1:24 {2}I SAPI 0 TEI 0.*\n +RELEASE COMPLETE call 1 from the called side$/);
  assert.equal(words.length, 3, 'nothing after its end');
  const again: string[] = [];
  const replay = new ReplayedSpan(recording.value, clock);
  replay.channels[23]?.on((event) =>
    again.push(event.kind === 'frame' ? Buffer.from(event.frame).toString('hex') : event.kind),
  );
  replay.start();
  clock.advance(200);
  assert.deepEqual(again, [release.toString('hex')]);
  const [head = ''] = lines;
  for (const frame of ['', 'f', 'zz', '0'.repeat(602)])
    assert.equal(readRecording([head, JSON.stringify({ atMs: 0, channel: 'sim/1:24', frame })]).ok, false, frame);
});
