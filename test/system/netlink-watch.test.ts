import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LinkState } from '../../src/wan/index.js';

/** The kernel's own delays apart, a change is told within milliseconds; this is what a loaded test machine may add. */
const TOLD_WITHIN_MS = 1000;
const namespace = `holdfast-nl-${process.pid}`;

interface Health {
  readonly state: string;
  readonly why: string;
  readonly replaced: number;
  readonly pid?: number;
}
interface Line {
  readonly at: number;
  readonly state?: LinkState;
  readonly health?: Health;
  readonly stopped?: boolean;
}

function ip(...words: string[]): void {
  execFileSync('ip', ['-n', namespace, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function batch(lines: readonly string[]): void {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n`, stdio: 'pipe' });
}

/** The harness inside the namespace, and what it printed. */
class Watcher {
  readonly lines: Line[] = [];
  readonly process: ChildProcess;
  #wake: (() => void) | undefined;

  constructor() {
    const harness = fileURLToPath(new URL('netlink-harness.js', import.meta.url));
    this.process = spawn('ip', ['netns', 'exec', namespace, process.execPath, harness, 'wan0'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    assert.ok(this.process.stdout !== null);
    createInterface(this.process.stdout).on('line', (text) => {
      const line: Line = JSON.parse(text);
      this.lines.push(line);
      this.#wake?.();
    });
  }

  get state(): LinkState | undefined {
    return this.lines.findLast((line) => line.state !== undefined)?.state;
  }

  get health(): Health | undefined {
    return this.lines.findLast((line) => line.health !== undefined)?.health;
  }

  /** The first line from `since` on for which `holds`; waits for it. */
  async until(what: string, holds: (line: Line) => boolean, since = 0, withinMs = 10_000): Promise<Line> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.lines.slice(since).find(holds);
      if (found !== undefined) return found;
      const leftMs = deadline - Date.now();
      assert.ok(leftMs > 0, `${what}: not seen; last ${JSON.stringify(this.lines.slice(-3))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Does `change`, waits for the state that shows it, and prints how long that took. */
  async sees(what: string, change: () => void, holds: (state: LinkState) => boolean): Promise<void> {
    const since = this.lines.length;
    const from = Date.now();
    change();
    const line = await this.until(what, ({ state }) => state !== undefined && holds(state), since);
    console.log(`${what}: seen ${line.at - from} ms after the command started`);
    assert.ok(line.at - from < TOLD_WITHIN_MS, `${what}: ${line.at - from} ms`);
  }
}

let watcher: Watcher;

function configure(): void {
  ip('link', 'set', 'wan0', 'up');
  ip('link', 'set', 'far0', 'up');
  ip('addr', 'add', '192.0.2.2/24', 'dev', 'wan0');
  ip('route', 'add', 'default', 'via', '192.0.2.1');
}

before(async () => {
  assert.equal(process.getuid?.(), 0, 'this test makes a network namespace: run it as root');
  execFileSync('ip', ['netns', 'add', namespace]);
  ip('link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'far0');
  ip('link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'far1');
  configure();
  watcher = new Watcher();
  await watcher.until('the whole link', ({ state }) => state?.carrier === true && state.defaultRoute);
});

after(async () => {
  const { process: harness } = watcher;
  if (harness.exitCode === null && harness.signalCode === null) {
    const gone = new Promise((resolve) => harness.once('exit', resolve));
    harness.kill('SIGKILL');
    await gone;
  }
  execFileSync('ip', ['netns', 'del', namespace]);
});

test('the first state is the whole truth', () => {
  assert.deepEqual(watcher.state, {
    interface: 'wan0',
    carrier: true,
    addresses: ['192.0.2.2'],
    defaultRoute: true,
    gateways: ['192.0.2.1'],
  });
});

test('carrier lost and found', async () => {
  await watcher.sees(
    'carrier lost',
    () => ip('link', 'set', 'far0', 'down'),
    (state) => !state.carrier,
  );
  await watcher.sees(
    'carrier found',
    () => ip('link', 'set', 'far0', 'up'),
    (state) => state.carrier && state.defaultRoute,
  );
});

test('cuts at every phase of the self-probe are told, and cost no child its life', async () => {
  const replaced = watcher.health?.replaced;
  for (let cut = 0; cut < 30; cut++) {
    const since = watcher.lines.length;
    ip('link', 'set', 'far0', 'down');
    await watcher.until(`cut ${cut}`, ({ state }) => state?.carrier === false, since, TOLD_WITHIN_MS);
    const mended = watcher.lines.length;
    await new Promise((resolve) => setTimeout(resolve, (cut * 7) % 100));
    ip('link', 'set', 'far0', 'up');
    await watcher.until(`cut ${cut} mended`, ({ state }) => state?.carrier === true, mended, 3000);
  }
  assert.equal(watcher.health?.replaced, replaced);
});

test('link set down: the routes go with it, though the kernel announces no route', async () => {
  await watcher.sees(
    'link down',
    () => ip('link', 'set', 'wan0', 'down'),
    (state) => !state.carrier && !state.defaultRoute,
  );
  await watcher.sees(
    'link up',
    () => ip('link', 'set', 'wan0', 'up'),
    (state) => state.carrier,
  );
  await watcher.sees(
    'route back',
    () => ip('route', 'add', 'default', 'via', '192.0.2.1'),
    (state) => state.defaultRoute,
  );
});

test('default route removed, replaced, and moved to another interface', async () => {
  await watcher.sees(
    'default route removed',
    () => ip('route', 'del', 'default'),
    (state) => !state.defaultRoute,
  );
  await watcher.sees(
    'default route back',
    () => ip('route', 'add', 'default', 'via', '192.0.2.1'),
    (state) => state.defaultRoute,
  );
  await watcher.sees(
    'another gateway',
    () => ip('route', 'replace', 'default', 'via', '192.0.2.9'),
    (state) => state.gateways?.join() === '192.0.2.9',
  );
  ip('link', 'set', 'lan0', 'up');
  ip('link', 'set', 'far1', 'up');
  ip('addr', 'add', '198.51.100.2/24', 'dev', 'lan0');
  await watcher.sees(
    'default route moved away',
    () => ip('route', 'replace', 'default', 'via', '198.51.100.1'),
    (state) => !state.defaultRoute,
  );
  await watcher.sees(
    'default route moved back',
    () => ip('route', 'replace', 'default', 'via', '192.0.2.1'),
    (state) => state.defaultRoute,
  );
});

test('address removed and added, IPv6 too', async () => {
  await watcher.sees(
    'address removed',
    () => ip('addr', 'del', '192.0.2.2/24', 'dev', 'wan0'),
    (state) => state.addresses.length === 0 && !state.defaultRoute,
  );
  await watcher.sees(
    'IPv6 address added',
    () => ip('addr', 'add', '2001:db8:0:0:1::2/64', 'dev', 'wan0', 'nodad'),
    (state) => state.addresses.join() === '2001:db8:0:0:1::2' || state.addresses.join() === '2001:db8::1:0:0:2',
  );
  await watcher.sees(
    'IPv6 default route',
    () => ip('route', 'add', 'default', 'via', '2001:db8::1:0:0:1', 'dev', 'wan0'),
    (state) => state.defaultRoute,
  );
  ip('-6', 'route', 'flush', 'default');
  ip('addr', 'flush', 'dev', 'wan0');
  const since = watcher.lines.length;
  configure();
  await watcher.until('the link as before', ({ state }) => state?.gateways?.join() === '192.0.2.1', since);
});

test('a child that is killed is replaced, and what it missed is read', async () => {
  await watcher.until('a child that speaks', ({ health }) => health?.why === 'events arrive');
  const pid = watcher.health?.pid;
  assert.ok(pid !== undefined);
  const since = watcher.lines.length;
  const from = Date.now();
  process.kill(pid, 'SIGKILL');
  ip('route', 'del', 'default');
  const line = await watcher.until('the missed change', ({ state }) => state?.defaultRoute === false, since);
  console.log(`child killed: what it missed was known after ${line.at - from} ms`);
  await watcher.until('the new child', ({ health }) => health?.pid !== pid && health?.state === 'running', since);
  ip('route', 'add', 'default', 'via', '192.0.2.1');
  await watcher.until('events from the new child', ({ state }) => state?.defaultRoute === true, since);
});

test('an overrun of the socket (ENOBUFS) ends the child, and its successor knows the truth', async () => {
  const pid = watcher.health?.pid;
  assert.ok(pid !== undefined);
  const since = watcher.lines.length;
  const burst: string[] = [];
  for (let i = 0; i < 800; i++) {
    const address = `10.9.${i >> 8}.${i & 255}/32`;
    burst.push(`addr add ${address} dev wan0`, `addr del ${address} dev wan0`);
  }
  burst.push('addr add 203.0.113.7/32 dev wan0', 'route replace default via 192.0.2.9');
  // Stopped, it cannot read along: the overrun is certain.
  process.kill(pid, 'SIGSTOP');
  try {
    batch(burst);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const from = Date.now();
  const line = await watcher.until(
    'the state after the burst',
    ({ state }) => state?.addresses.join() === '192.0.2.2,203.0.113.7' && state.gateways?.join() === '192.0.2.9',
    since,
  );
  console.log(`overrun: the truth was known ${line.at - from} ms after the burst`);
  await watcher.until('another child', ({ health }) => health?.pid !== undefined && health.pid !== pid, since);
  await watcher.sees(
    'an event after the overrun',
    () => ip('addr', 'del', '203.0.113.7/32', 'dev', 'wan0'),
    (state) => state.addresses.length === 1,
  );
});

test('a burst that the child can read along leaves the right state', async () => {
  const since = watcher.lines.length;
  const burst: string[] = [];
  for (let i = 0; i < 300; i++) burst.push('link set far0 down', 'link set far0 up');
  burst.push('addr add 203.0.113.8/32 dev wan0');
  batch(burst);
  const from = Date.now();
  const line = await watcher.until(
    'the state after the burst',
    ({ state }) => state?.carrier === true && state.addresses.length === 2,
    since,
    20_000,
  );
  console.log(
    `burst: the truth was known ${line.at - from} ms after it; ${watcher.health?.replaced} children replaced`,
  );
});

test('the child ends with its parent', async () => {
  const latest = watcher.lines.findLast(({ health }) => health?.pid !== undefined)?.health?.pid;
  assert.ok(latest !== undefined);
  const gone = new Promise((resolve) => watcher.process.once('exit', resolve));
  watcher.process.kill('SIGKILL');
  await gone;
  const from = Date.now();
  while (alive(latest)) {
    assert.ok(Date.now() - from < 5000, 'the child outlives its parent');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(`parent killed: the child was gone after ${Date.now() - from} ms`);
});

/** Neither gone nor a zombie that nobody has collected yet. */
function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
