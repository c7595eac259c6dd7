import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import {
  defaultSurvivabilitySettings,
  type Mode,
  Survivability,
  type TimelineEntry,
} from '../../../src/survivability/index.js';
import type { PathEvent } from '../../../src/wan/index.js';
import { CentrePath } from '../wan/centre-path.js';

const whole = { interface: 'eth1', carrier: true, addresses: ['192.0.2.9'], defaultRoute: true };

/** The monitor and the modes joined, as the branch joins them. */
class Story {
  readonly path: CentrePath;
  readonly modes: { readonly mode: Mode; readonly atMs: number }[] = [];
  readonly timeline: TimelineEntry[] = [];
  readonly survivability: Survivability;

  constructor(seed = 1) {
    this.path = new CentrePath(seed, undefined, {}, (event) => this.#hear(event));
    this.survivability = new Survivability({
      clock: this.path.clock,
      settings: defaultSurvivabilitySettings,
      onMode: (mode) => this.modes.push({ mode, atMs: this.path.clock.now() }),
      timeline: { append: (entry) => this.timeline.push(entry), recent: () => [] },
      log: silentLog,
    });
  }

  async started(): Promise<this> {
    await this.path.up();
    this.path.monitor.link(whole);
    await this.path.clock.run(40_000);
    return this;
  }

  run(seconds: number): Promise<void> {
    return this.path.clock.run(seconds * 1000);
  }

  get names(): Mode[] {
    return this.modes.map(({ mode }) => mode);
  }

  #hear(event: PathEvent): void {
    const { survivability } = this;
    if (event.kind === 'up') survivability.pathUp(event.why);
    else if (event.kind === 'down') survivability.pathDown(event.fault, event.why);
    else if (event.kind === 'probe' && event.good) survivability.probeGood();
    else if (event.kind === 'probe') survivability.probeBad();
  }
}

test('carrier loss: the very same moment; back after 120 s of a stable path', async () => {
  const story = await new Story().started();
  const cutAt = story.path.clock.now();
  story.path.way().fate = 'dropped';
  story.path.monitor.link({ ...whole, carrier: false });
  assert.deepEqual(story.modes.at(-1), { mode: 'survivable', atMs: cutAt });
  assert.equal(story.timeline.at(-1)?.text, 'WAN link eth1 lost carrier; calls go over local lines');
  await story.run(300);
  story.path.way().fate = 'carried';
  story.path.monitor.link(whole);
  const mendedAt = story.path.clock.now();
  await story.run(125);
  assert.deepEqual(story.names, ['inline', 'survivable', 'returning', 'inline']);
  assert.ok((story.modes.at(-1)?.atMs ?? 0) - mendedAt >= 120_000);
});

test('black hole: survivable within 2.5 s of the first missed probe, 4.9 s of the cut', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const story = await new Story(seed).started();
    const cutAt = story.path.clock.now();
    story.path.way().fate = 'dropped';
    await story.run(8);
    const missed = story.path.sent.find(({ atMs }) => atMs > cutAt - 10);
    const last = story.modes.at(-1);
    assert.ok(last?.mode === 'survivable' && missed !== undefined);
    assert.ok(last.atMs - missed.atMs <= 2500);
    assert.ok(last.atMs - cutAt <= 4900);
  }
});

test('black hole with a call in it: survivable within 2.5 s of the call', async () => {
  const story = await new Story().started();
  story.path.way().fate = 'dropped';
  const calledAt = story.path.clock.now() + 100;
  await story.run((100 + story.path.monitor.giveUpMs()) / 1000);
  story.path.monitor.callSilent();
  await story.run(3);
  const last = story.modes.at(-1);
  assert.equal(last?.mode, 'survivable');
  assert.ok((last?.atMs ?? 0) - calledAt <= 2500);
});

test('refusal, 503 and silence in one outage: three faults told, one change of mode', async () => {
  const story = await new Story().started();
  story.path.way().fate = 'refused';
  await story.run(3);
  story.path.way().fate = 'carried';
  story.path.way().status = 503;
  await story.run(10);
  story.path.way().fate = 'dropped';
  await story.run(10);
  assert.deepEqual(story.names, ['inline', 'survivable']);
  assert.deepEqual(
    story.timeline.slice(1).map(({ fields }) => fields.fault),
    ['central-refused', 'central-application', 'wan-path'],
  );
});

test('three flaps in a minute: one return, after a doubled hold-down, and no flutter', async () => {
  const story = await new Story().started();
  for (let i = 0; i < 4; i++) {
    story.path.way().fate = 'dropped';
    await story.run(8);
    story.path.way().fate = 'carried';
    await story.run(8);
  }
  const settledAt = story.path.clock.now();
  assert.equal(story.survivability.holdDown?.totalMs, 900_000);
  await story.run(880);
  assert.equal(story.survivability.mode, 'returning');
  await story.run(30);
  assert.equal(story.survivability.mode, 'inline');
  assert.ok((story.modes.at(-1)?.atMs ?? 0) - settledAt >= 880_000);
  assert.equal(story.names.filter((mode) => mode === 'inline').length, 2);
});

test('a link that loses 5 % each way comes back from an outage all the same', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const story = await new Story(seed).started();
    story.path.way().fate = 'dropped';
    await story.run(10);
    story.path.way().fate = 'carried';
    story.path.way().loss = 0.05;
    await story.run(480);
    assert.equal(story.survivability.mode, 'inline', `seed ${seed}`);
  }
});
