import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mediaMetrics } from '../../../appliance/web/media-metrics.js';
import { formatMetrics, statusMetrics } from '../../../appliance/web/metrics.js';
import { busyMedia, quietBranch } from './fake-branch.js';

const now = Date.UTC(2026, 0, 1);

describe('metrics', () => {
  it('name, type and explain every family once', () => {
    const media = mediaMetrics(busyMedia.health, busyMedia.totals);
    const text = formatMetrics([...statusMetrics(quietBranch(now)), ...media]);
    const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => match[1]);
    assert.equal(new Set(families).size, families.length);
    assert.equal([...text.matchAll(/^# HELP /gm)].length, families.length);
    for (const line of text.trim().split('\n')) {
      assert.match(
        line,
        /^(?:# (?:HELP|TYPE) |holdfast_[a-z0-9_]+(?:\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$)/,
      );
    }
    assert.ok(text.endsWith('\n'));
  });

  it('tell how sound is, and leave out what is not known', () => {
    const { health, totals } = busyMedia;
    const text = formatMetrics(mediaMetrics(health, totals));
    for (const line of [
      'holdfast_media_up 1',
      'holdfast_media_ports 4',
      'holdfast_media_load 0.25',
      'holdfast_media_packets_per_second 400',
      'holdfast_media_engine_replaced_total 1',
      'holdfast_media_packets_total{direction="received"} 990',
      'holdfast_media_lost_packets_total 10',
      'holdfast_media_concealed_seconds_total 0.24',
      'holdfast_media_refused_packets_total{reason="malformed"} 3',
      'holdfast_media_ports_by_path{path="transcoded"} 2',
      'holdfast_media_mos{of="least"} 3.1',
    ])
      assert.ok(text.includes(`\n${line}\n`), line);
    const { pulse, ...rest } = health;
    const { mos, ...counts } = totals;
    assert.ok(pulse !== undefined && mos !== undefined);
    const away = formatMetrics(mediaMetrics({ ...rest, connected: false }, counts));
    assert.match(away, /^holdfast_media_up 0$/m);
    assert.doesNotMatch(away, /media_load|media_mos/);
  });

  it('show the mode as one of a fixed set', () => {
    const text = formatMetrics(statusMetrics({ ...quietBranch(now), mode: 'survivable' }));
    assert.match(text, /^holdfast_mode\{mode="survivable"\} 1$/m);
    assert.match(text, /^holdfast_mode\{mode="inline"\} 0$/m);
  });

  it('make counters of the branch’s own counts', () => {
    const text = formatMetrics(statusMetrics({ ...quietBranch(now), counters: { callsRerouted: 7 } }));
    assert.match(text, /^# TYPE holdfast_calls_rerouted_total counter\n/m);
    assert.match(text, /^holdfast_calls_rerouted_total 7$/m);
  });

  it('never label by user, number or address', () => {
    const text = formatMetrics(statusMetrics(quietBranch(now)));
    assert.doesNotMatch(text, /1001|127\.0\.2/);
  });

  it('escape what a label may hold, and leave out what is no number', () => {
    const text = formatMetrics([
      { name: 'a', type: 'gauge', help: 'back\\slash', samples: [{ labels: { trunk: 'a"b\\c\nd' }, value: 1 }] },
      { name: 'b', type: 'gauge', help: 'x', samples: [{ value: Number.NaN }] },
    ]);
    assert.equal(
      text,
      '# HELP holdfast_a back\\\\slash\n# TYPE holdfast_a gauge\nholdfast_a{trunk="a\\"b\\\\c\\nd"} 1\n',
    );
  });
});
