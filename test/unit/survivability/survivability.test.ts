import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import {
  defaultSurvivabilitySettings,
  type Mode,
  type Posture,
  Survivability,
  type TimelineEntry,
} from '../../../src/survivability/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

class Branch {
  readonly clock = new VirtualClock();
  readonly entries: TimelineEntry[] = [];
  readonly told: { mode: Mode; posture: Posture; why: string }[] = [];
  readonly machine = new Survivability({
    clock: this.clock,
    settings: defaultSurvivabilitySettings,
    onMode: (mode, posture, why) => this.told.push({ mode, posture, why }),
    timeline: { append: (entry) => this.entries.push(entry), recent: (count) => this.entries.slice(-count).reverse() },
    log: silentLog,
  });

  get mode(): Mode {
    return this.machine.mode;
  }

  get texts(): string[] {
    return this.entries.map((entry) => entry.text);
  }

  /** Good probes every 2 s. */
  probes(seconds: number): void {
    for (let i = 0; i < seconds; i += 2) {
      this.clock.advance(2000);
      this.machine.probeGood();
    }
  }

  down(): void {
    this.machine.pathDown('wan-link', 'WAN link eth1 lost carrier');
  }

  inline(): this {
    this.machine.pathUp();
    return this;
  }

  survivable(): this {
    this.inline();
    this.clock.advance(60_000);
    this.down();
    return this;
  }
}

test('at boot phones are relayed until the probes have spoken', () => {
  const branch = new Branch();
  assert.equal(branch.mode, 'starting');
  assert.equal(branch.machine.posture.registrar, 'relay');
  branch.machine.pathUp('sip:centre.example answers');
  assert.equal(branch.mode, 'inline');
  assert.deepEqual(branch.texts, ['sip:centre.example answers; the centre serves']);
});

test('a box that boots in an outage serves', () => {
  const branch = new Branch();
  branch.machine.pathDown('wan-path', 'the centre is silent');
  assert.equal(branch.mode, 'survivable');
});

test('probes that never speak leave the branch to itself after 10 s', () => {
  const branch = new Branch();
  branch.clock.advance(9_999);
  assert.equal(branch.mode, 'starting');
  branch.clock.advance(1);
  assert.equal(branch.mode, 'survivable');
  assert.deepEqual(branch.texts, ['The probes said nothing for 10 s; calls go over local lines']);
});

test('the loss of the path switches at once and says so in words', () => {
  const branch = new Branch().survivable();
  assert.equal(branch.mode, 'survivable');
  assert.equal(branch.machine.why, 'WAN link eth1 lost carrier');
  assert.equal(branch.machine.sinceWall, branch.clock.wall());
  const last = branch.entries.at(-1);
  assert.equal(last?.text, 'WAN link eth1 lost carrier; calls go over local lines');
  assert.equal(last?.kind, 'mode');
  assert.deepEqual(last?.fields, { from: 'inline', mode: 'survivable', fault: 'wan-link' });
  assert.equal(branch.told.at(-1)?.posture.calls, 'local');
});

test('another fault in the same outage is told without a change of mode', () => {
  const branch = new Branch().survivable();
  branch.down();
  branch.machine.pathDown('central-application', 'the centre answers 503');
  assert.equal(branch.told.length, 2);
  assert.equal(branch.entries.length, 3);
  assert.deepEqual(branch.entries.at(-1), {
    atWall: branch.clock.wall(),
    kind: 'fault',
    text: 'The centre answers 503; calls go over local lines',
    fields: { fault: 'central-application' },
  });
});

test('the return waits for 120 s of a stable path', () => {
  const branch = new Branch().survivable();
  branch.machine.pathUp();
  assert.equal(branch.mode, 'returning');
  assert.equal(branch.machine.posture.registrar, 'serve');
  branch.probes(118);
  assert.equal(branch.mode, 'returning');
  assert.deepEqual(branch.machine.holdDown, {
    remainingMs: 2000,
    totalMs: 120_000,
    waitingFor: ['2 s more of a stable path'],
  });
  branch.clock.advance(2000);
  assert.equal(branch.mode, 'inline');
  assert.equal(branch.machine.holdDown, undefined);
  assert.equal(branch.entries.at(-1)?.text, 'The path held for 2 min; the centre serves');
});

test('the return waits for ten good probes in a row', () => {
  const branch = new Branch().survivable();
  branch.machine.pathUp();
  branch.probes(110);
  branch.machine.probeBad();
  branch.probes(10);
  assert.equal(branch.mode, 'returning');
  assert.deepEqual(branch.machine.holdDown?.waitingFor, ['5 more good probes in a row']);
  branch.probes(8);
  assert.equal(branch.mode, 'returning');
  branch.probes(2);
  assert.equal(branch.mode, 'inline');
});

test('the return waits for a healthy directory', () => {
  const branch = new Branch().survivable();
  branch.machine.directoryHealthy(false);
  branch.machine.pathUp();
  branch.probes(300);
  assert.equal(branch.mode, 'returning');
  assert.deepEqual(branch.machine.holdDown?.waitingFor, ['a healthy directory']);
  branch.machine.directoryHealthy(true);
  assert.equal(branch.mode, 'inline');
});

test('good probes from before a loss do not count after it', () => {
  const branch = new Branch().inline();
  branch.probes(60);
  branch.down();
  branch.machine.pathUp();
  branch.clock.advance(200_000);
  assert.equal(branch.mode, 'returning');
  assert.deepEqual(branch.machine.holdDown?.waitingFor, ['10 more good probes in a row']);
});

test('three flaps within a minute double the hold-down each, up to 15 min', () => {
  const branch = new Branch().survivable();
  const holdDowns: number[] = [];
  for (let i = 0; i < 4; i++) {
    branch.machine.pathUp();
    holdDowns.push(branch.machine.holdDown?.totalMs ?? 0);
    branch.probes(10);
    branch.down();
    branch.clock.advance(8000);
  }
  branch.machine.pathUp();
  holdDowns.push(branch.machine.holdDown?.totalMs ?? 0);
  assert.deepEqual(holdDowns, [120_000, 240_000, 480_000, 900_000, 900_000]);
  branch.probes(898);
  assert.equal(branch.mode, 'returning');
  branch.probes(2);
  assert.equal(branch.mode, 'inline');
  assert.equal(branch.texts.filter((text) => text.endsWith('calls go over local lines')).length, 5);
});

test('a loss within ten minutes after the return is a flap, a later one is not', () => {
  for (const [afterS, holdDownMs] of [
    [600, 240_000],
    [602, 120_000],
  ] as const) {
    const branch = new Branch().survivable();
    branch.machine.pathUp();
    branch.probes(120);
    assert.equal(branch.mode, 'inline');
    branch.probes(afterS);
    branch.down();
    branch.machine.pathUp();
    assert.equal(branch.machine.holdDownMs, holdDownMs, `${afterS} s`);
  }
});

test('a first loss after the start is no flap', () => {
  const branch = new Branch().inline();
  branch.clock.advance(1000);
  branch.down();
  assert.equal(branch.machine.holdDownMs, 120_000);
});

test('each half hour of an unbroken path halves the hold-down', () => {
  const branch = new Branch().survivable();
  for (let i = 0; i < 3; i++) {
    branch.machine.pathUp();
    branch.clock.advance(1000);
    branch.down();
  }
  branch.clock.advance(7_200_000);
  assert.equal(branch.machine.holdDownMs, 900_000, 'an outage earns nothing back');
  branch.machine.pathUp();
  branch.probes(1798);
  assert.equal(branch.machine.holdDownMs, 900_000);
  branch.probes(2);
  assert.equal(branch.machine.holdDownMs, 480_000);
  branch.probes(1800);
  assert.equal(branch.machine.holdDownMs, 240_000);
  branch.down();
  assert.equal(branch.machine.holdDownMs, 240_000);
  branch.machine.pathUp();
  branch.probes(3600);
  assert.equal(branch.machine.holdDownMs, 120_000);
});

test('by hand: limited service holds while the path comes and goes, and a release returns through the hold-down', () => {
  const branch = new Branch().inline();
  branch.probes(10);
  branch.machine.force('survivable', 'anna');
  assert.equal(branch.mode, 'forced-survivable');
  assert.deepEqual(branch.machine.forced, { to: 'survivable', who: 'anna', sinceWall: branch.clock.wall() });
  assert.equal(branch.entries.at(-1)?.text, 'Switched by hand by anna; calls go over local lines until released');
  assert.equal(branch.entries.at(-1)?.kind, 'force');
  branch.down();
  assert.equal(branch.entries.at(-1)?.kind, 'fault');
  branch.machine.pathUp();
  assert.equal(branch.mode, 'forced-survivable');
  branch.machine.force('none', 'bert');
  assert.equal(branch.mode, 'returning');
  assert.equal(branch.entries.at(-1)?.fields.who, 'bert');
  branch.probes(120);
  assert.equal(branch.mode, 'inline');
  assert.equal(branch.machine.forced, undefined);
});

test('by hand: a release over a path that has long been stable goes straight back', () => {
  const branch = new Branch().inline();
  branch.machine.force('survivable', 'anna');
  branch.probes(120);
  branch.machine.force('none', 'anna');
  assert.equal(branch.mode, 'inline');
  assert.deepEqual(
    branch.told.map(({ mode }) => mode),
    ['inline', 'forced-survivable', 'returning', 'inline'],
  );
});

test('by hand: normal service holds in an outage, with an alarm, and a release sees the outage', () => {
  const branch = new Branch().survivable();
  branch.machine.force('inline', 'anna');
  assert.equal(branch.mode, 'forced-inline');
  assert.equal(branch.machine.posture.calls, 'primary');
  assert.equal(branch.machine.posture.alarm, 'minor');
  branch.machine.force('inline', 'bert');
  assert.equal(branch.machine.forced?.who, 'bert');
  branch.machine.force('none', 'bert');
  assert.equal(branch.mode, 'survivable');
  assert.equal(branch.machine.why, 'Released by bert: the WAN link of this box is down');
});

test('by hand: a release before anything is known asks the probes', () => {
  const branch = new Branch();
  branch.machine.force('survivable', 'anna');
  branch.machine.force('none', 'anna');
  assert.equal(branch.mode, 'starting');
  branch.clock.advance(10_000);
  assert.equal(branch.mode, 'survivable');
  assert.equal(branch.machine.why, 'The probes said nothing for 10 s');
  branch.machine.force('none', 'anna');
  assert.equal(branch.mode, 'survivable');
});

test('a fault that leaves the path up is told and changes nothing', () => {
  const branch = new Branch().inline();
  branch.machine.faultNoted('dns', "the centre's name does not resolve");
  branch.machine.faultOver('dns', "the centre's name resolves again");
  assert.equal(branch.mode, 'inline');
  assert.deepEqual(branch.texts.slice(1), [
    "The centre's name does not resolve; service goes on",
    "The centre's name resolves again",
  ]);
});

test('stop leaves no timer behind', () => {
  const branch = new Branch().survivable();
  branch.machine.pathUp();
  branch.machine.stop();
  assert.equal(branch.clock.pending, 0);
});
