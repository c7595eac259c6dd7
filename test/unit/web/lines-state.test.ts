import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineMetrics } from '../../../appliance/web/line-metrics.js';
import { linesState } from '../../../appliance/web/lines-state.js';
import { formatMetrics } from '../../../appliance/web/metrics.js';
import { busyLines } from './fake-branch.js';

test('spans are shown with framing, alarms, clock, errors, and the channels that have calls', () => {
  const state = linesState(busyLines);
  assert.ok(state !== undefined);
  const [first, second, jacks] = state.spans;
  assert.deepEqual(
    [first?.framing, first?.clock, first?.channels, first?.dChannel],
    ['ESF, B8ZS', 'source', { all: 23, inUse: 2, out: 2 }, 'pstn'],
  );
  assert.deepEqual(
    [second?.framing, second?.clock, second?.alarms, second?.channels],
    ['CCS, HDB3, CRC-4', 'gives', ['red'], { all: 30, inUse: 0, out: 0 }],
  );
  assert.deepEqual([jacks?.framing, jacks?.clock, jacks?.channels], ['', 'none', { all: 2, inUse: 1, out: 0 }]);
  assert.deepEqual(
    [1, 3, 5, 23, 24].map((number) => first?.slots[number - 1]),
    [
      { number: 1, signalling: 'bearer', trunk: 'pstn', state: 'idle' },
      // Its call goes on.
      { ...{ number: 3, signalling: 'bearer', trunk: 'pstn', state: 'inUse', takenOut: true }, outSinceWall: 7000 },
      {
        ...{ number: 5, signalling: 'bearer', trunk: 'pstn', state: 'outByUs', takenOut: true, outSinceWall: 7000 },
        why: 'taken out of service here',
      },
      { number: 23, signalling: 'bearer', trunk: 'pstn', state: 'inUse' },
      { number: 24, signalling: 'dChannel', state: 'up' },
    ],
  );
  assert.deepEqual(jacks?.slots[2], { number: 3, signalling: '', state: 'unused' });
  assert.deepEqual(
    state.dChannels.map(({ name, up, calls }) => [name, up, calls]),
    [
      ['pstn', true, 2],
      ['dahdi/2', false, 0],
    ],
  );
  assert.equal(linesState(undefined), undefined);
  assert.equal(JSON.stringify(JSON.parse(JSON.stringify(state))), JSON.stringify(state));
});

test('metrics of lines have the names of spans and D-channels, and none of users', () => {
  const state = linesState(busyLines);
  assert.ok(state !== undefined);
  const text = formatMetrics(lineMetrics(state));
  for (const line of [
    'holdfast_lines_up 1',
    'holdfast_lines_span_alarm{span="dahdi/2",alarm="red"} 1',
    'holdfast_lines_span_alarm{span="dahdi/1",alarm="red"} 0',
    'holdfast_lines_span_clock_source{span="dahdi/1"} 1',
    'holdfast_lines_channels{span="dahdi/1"} 23',
    'holdfast_lines_channels_in_use{span="dahdi/1"} 2',
    'holdfast_lines_channels_in_use{span="dahdi/3"} 1',
    'holdfast_lines_channels_taken_out{span="dahdi/1"} 2',
    'holdfast_lines_channels_out_of_service{span="dahdi/1",reason="out_by_us"} 1',
    'holdfast_lines_channels_out_of_service{span="dahdi/2",reason="out_by_alarm"} 30',
    'holdfast_lines_span_errors_total{span="dahdi/1",kind="bipolar_violations"} 7',
    'holdfast_lines_d_channel_up{d_channel="pstn"} 1',
    'holdfast_lines_d_channel_up{d_channel="dahdi/2"} 0',
    'holdfast_lines_d_channel_calls{d_channel="pstn"} 2',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
});
