import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChildMessage } from '../../../appliance/netlink/child-message.js';
import { NetlinkWatch } from '../../../appliance/netlink/index.js';
import { silentLog } from '../../../src/base/index.js';
import type { LinkState } from '../../../src/wan/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const whole: LinkState = { interface: 'wan0', carrier: true, addresses: ['192.0.2.2'], defaultRoute: true };

/** A watch whose children are played by the test. */
class Parent {
  readonly clock = new VirtualClock();
  readonly children: {
    say: (message: unknown) => void;
    exit: (why: string) => void;
    killed: boolean;
    bornAt: number;
  }[] = [];
  readonly told: LinkState[] = [];
  readonly errors: string[] = [];
  readonly watch: NetlinkWatch;

  constructor(name: string | undefined = 'wan0') {
    this.watch = new NetlinkWatch({
      clock: this.clock,
      log: { ...silentLog, error: (message) => this.errors.push(message) },
      ...(name === '' ? {} : { interface: name }),
      spawn: (_name, say, exit) => {
        const child = { say, exit, killed: false, bornAt: this.clock.now() };
        this.children.push(child);
        return {
          pid: 1000 + this.children.length,
          kill: () => {
            child.killed = true;
            this.clock.after(5, () => exit('signal SIGKILL'));
          },
        };
      },
    });
    this.watch.on((state) => this.told.push(state));
    this.watch.start();
  }

  get child() {
    const child = this.children.at(-1);
    assert.ok(child !== undefined);
    return child;
  }

  /** A child that says each second that it lives. */
  live(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.clock.advance(1000);
      this.child.say({ kind: 'alive' });
    }
  }
}

test('states reach the listeners, each once, and a late listener at once', () => {
  const parent = new Parent();
  parent.child.say({ kind: 'state', state: whole });
  parent.child.say({ kind: 'state', state: whole });
  parent.child.say({ kind: 'state', state: { ...whole, carrier: false } });
  assert.deepEqual(
    parent.told.map(({ carrier }) => carrier),
    [true, false],
  );
  const late: LinkState[] = [];
  parent.watch.on((state) => late.push(state));
  assert.equal(late[0]?.carrier, false);
  assert.deepEqual(parent.watch.health, { state: 'running', why: 'events arrive', replaced: 0, pid: 1001 });
});

test('a child that exits is replaced: after 50 ms, then doubled up to 5 s', () => {
  const parent = new Parent();
  const gaps: number[] = [];
  for (let i = 0; i < 10; i++) {
    const goneAt = parent.clock.now();
    parent.child.exit('signal SIGKILL');
    parent.clock.advance(5000);
    gaps.push(parent.child.bornAt - goneAt);
  }
  assert.deepEqual(gaps, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  assert.equal(parent.watch.health.replaced, 10);
});

test('a child that lived ten seconds resets the back-off', () => {
  const parent = new Parent();
  for (let i = 0; i < 5; i++) {
    parent.child.exit('exit code 1');
    parent.clock.advance(5000);
  }
  parent.live(12);
  parent.child.exit('exit code 1');
  const goneAt = parent.clock.now();
  parent.clock.advance(5000);
  assert.equal(parent.child.bornAt - goneAt, 50);
});

test('a child that falls silent is killed and replaced; what it says afterwards does not count', () => {
  const parent = new Parent();
  parent.child.say({ kind: 'state', state: whole });
  parent.live(20);
  const old = parent.child;
  parent.clock.advance(6000);
  assert.equal(old.killed, true);
  assert.equal(parent.children.length, 2);
  old.say({ kind: 'state', state: { ...whole, carrier: false } });
  assert.equal(parent.watch.state?.carrier, true);
  parent.child.say({ kind: 'state', state: { ...whole, defaultRoute: false } });
  assert.equal(parent.told.length, 2);
});

test('a child that never speaks is replaced after ten seconds', () => {
  const parent = new Parent();
  parent.clock.advance(10_100);
  assert.equal(parent.children[0]?.killed, true);
  assert.equal(parent.children.length, 2);
});

test('without node-netlink: a clear error, and no more tries', () => {
  const parent = new Parent();
  parent.child.say({ kind: 'unusable', why: "Cannot find package 'node-netlink'" });
  parent.child.exit('exit code 1');
  parent.clock.advance(600_000);
  assert.equal(parent.children.length, 1);
  assert.deepEqual(parent.errors, ['link events unavailable, the probes decide alone: node-netlink cannot be used']);
  assert.equal(parent.watch.health.state, 'unusable');
  assert.equal(parent.watch.health.why, "Cannot find package 'node-netlink'");
});

test('without an interface nothing is started', async () => {
  const parent = new Parent('');
  parent.clock.advance(60_000);
  assert.equal(parent.children.length, 0);
  assert.equal(parent.watch.health.state, 'idle');
  await parent.watch.stop();
});

test('stop ends the child, and is done when it is gone', async () => {
  const parent = new Parent();
  parent.live(2);
  let stopped = false;
  const done = parent.watch.stop().then(() => {
    stopped = true;
  });
  assert.equal(parent.child.killed, true);
  await parent.clock.run(1);
  assert.equal(stopped, false);
  await parent.clock.run(10);
  await done;
  assert.equal(stopped, true);
  await parent.clock.run(60_000);
  assert.equal(parent.children.length, 1);
  assert.equal(parent.clock.pending, 0);
});

test('messages of the child are checked', () => {
  assert.deepEqual(parseChildMessage({ kind: 'alive', more: 1 }), { kind: 'alive' });
  assert.deepEqual(parseChildMessage({ kind: 'ending', why: 'x' }), { kind: 'ending', why: 'x' });
  assert.deepEqual(parseChildMessage({ kind: 'state', state: whole }), { kind: 'state', state: whole });
  for (const bad of [
    undefined,
    'alive',
    {},
    { kind: 'ending' },
    { kind: 'state' },
    { kind: 'state', state: { ...whole, carrier: 1 } },
    { kind: 'state', state: { ...whole, addresses: [1] } },
    { kind: 'state', state: { ...whole, gateways: 'x' } },
  ]) {
    assert.equal(parseChildMessage(bad), undefined);
  }
});
