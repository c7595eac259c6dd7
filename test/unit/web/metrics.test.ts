import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMetrics, statusMetrics } from '../../../appliance/web/metrics.js';
import { quietBranch } from './fake-branch.js';

const now = Date.UTC(2026, 0, 1);

describe('metrics', () => {
  it('name, type and explain every family once', () => {
    const text = formatMetrics(statusMetrics(quietBranch(now)));
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
