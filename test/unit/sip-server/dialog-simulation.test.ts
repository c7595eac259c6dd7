import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, type Log, silentLog } from '../../../src/base/index.js';
import { LossyNetwork } from '../../sim/lossy-network.js';
import { enterWorld, installMemorySockets, type SocketWorld } from '../../sim/memory-sockets.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import type { CallView } from '../../sim/signalling-application.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

installMemorySockets();
const { startSipServer } = await import('../../../appliance/sip-server/index.js');
const { SignallingApplication } = await import('../../sim/signalling-application.js');
const { CallRecorder } = await import('../../sim/call-recorder.js');

const CALLS = 30;
const loss = 0.1;

interface Scene {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly network: LossyNetwork;
  readonly alice: InstanceType<typeof SignallingApplication>;
  readonly bob: InstanceType<typeof SignallingApplication>;
  /** What is left in both servers, what went wrong in them, and legs whose call events are not in order. */
  left(): string[];
  close(): Promise<void>;
}

/** Two whole SIP servers with an application each, and a bad line between them. */
async function open(
  seed: number,
  options: {
    readonly loss?: number;
    readonly loses?: SocketWorld['loses'];
    readonly sessionExpires?: () => string;
  } = {},
): Promise<Scene> {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const network = new LossyNetwork({ clock, random, loss: options.loss ?? loss, duplication: 0.05, delayMs: [5, 300] });
  enterWorld({ clock, network, ...(options.loses === undefined ? {} : { loses: options.loses }) });
  // Long enough that a refresh lives or dies by its own transaction, whatever the line loses.
  const refreshers = ['', ';refresher=uac', ';refresher=uas'];
  const sessionExpires =
    options.sessionExpires ??
    (() => (random.next() < 0.2 ? '' : `180${refreshers[Math.floor(random.next() * 3)] ?? ''}`));
  const bugs: string[] = [];
  const log: Log = { ...silentLog, error: (message, fields) => void bugs.push(`${message} ${String(fields?.error)}`) };
  const start = (address: string, port: number) =>
    startSipServer({
      clock,
      random,
      log,
      listen: [{ protocol: 'udp', address, port: 5060 }],
      control: { host: '127.0.0.1', port },
      secret: 'cymru',
      utilization: () => 0,
    });
  const servers = [await start('127.0.0.1', 9022), await start('127.0.0.2', 9023)];
  const application = (name: string, controlPort: number, peer: string) =>
    new SignallingApplication({ name, controlPort, clock, random, sessionExpires, target: `sip:x@${peer}:5060` });
  const alice = application('alice', 9022, '127.0.0.2');
  const bob = application('bob', 9023, '127.0.0.1');
  const recorders = [new CallRecorder(9022), new CallRecorder(9023)];
  clock.advance(100);
  return {
    ...{ clock, random, network, alice, bob },
    left: () => [
      ...bugs,
      ...servers.flatMap((server, n) => {
        const events = recorders[n]?.faults() ?? [];
        if (recorders[n]?.legs === 0) events.push(`server ${n} told nothing of its calls`);
        const { dialogs, transactions } = server.stats();
        const live = `${transactions.client} client and ${transactions.server} server transactions`;
        const count = dialogs + transactions.client + transactions.server;
        return count === 0 ? events : [...events, `server ${n} keeps ${dialogs} dialogs, ${live}`];
      }),
    ],
    close: async () => {
      for (const server of servers) await server.close();
      // What the servers still had to tell leaves at the end of the turn, which must not be the next scene's.
      clock.advance(1);
      assert.deepEqual(
        recorders.flatMap((recorder) => recorder.faults()),
        [],
      );
    },
  };
}

type Application = Scene['alice'];

/** Calls, changes and hang-ups at random. */
function live(scene: Scene, application: Application, view: CallView): void {
  const { clock, random } = scene;
  if (view.role === 'caller' && random.next() < 0.15)
    clock.after(between(random, 0, 5_000), () => application.cancel(view));
  for (let i = 0; i < 4; i++) {
    const chance = random.next();
    const method = chance < 0.4 ? 'INVITE' : chance < 0.8 ? 'UPDATE' : 'INFO';
    // Both parties at about the same time: their changes cross.
    clock.after((i + 1) * 30_000 - clock.now() + between(random, 0, 1_000), () =>
      application.change(view, method, method === 'INVITE' || (method === 'UPDATE' && random.next() < 0.5)),
    );
  }
  clock.after(between(random, 20_000, 400_000), () => application.bye(view));
}

/** Both parties of every call, and how it must have ended. */
function verdicts(scene: Scene): string[] {
  const faults = [...scene.alice.faults, ...scene.bob.faults, ...scene.left()];
  for (const application of [scene.alice, scene.bob]) {
    const other = application === scene.alice ? scene.bob : scene.alice;
    for (const view of application.calls.values()) {
      if (view.ends.length !== 1)
        faults.push(`${view.callId} ${view.role} ended ${view.ends.length} times: ${view.ends}`);
      // A refresh that meets a BYE on its way gets 481: that is no lost line.
      const left = other.calls.get(view.callId)?.ends[0] === 'own bye';
      if (!left && view.ends.some((how) => how.includes('timeout') || how.includes('expired'))) {
        faults.push(`${view.callId} ${view.role}: ${view.ends}`);
      }
      if (view.role !== 'caller') continue;
      const callee = other.calls.get(view.callId);
      if (callee === undefined) faults.push(`${view.callId} never arrived`);
      else if (view.rseqs.some((rseq) => !callee.rseqs.includes(rseq))) faults.push(`${view.callId}: a strange RSeq`);
    }
  }
  return faults;
}

/** One seed: calls both ways, all at once. */
async function run(seed: number): Promise<{ faults: string[]; scene: Scene }> {
  const scene = await open(seed);
  const { clock, random, alice, bob } = scene;
  for (let i = 0; i < CALLS; i++) {
    const caller = i % 2 === 0 ? alice : bob;
    const callee = i % 2 === 0 ? bob : alice;
    clock.after(between(random, 0, 20_000), () => live(scene, caller, caller.call(`call-${i}`)));
    // The callee's own changes, once it knows of the call: glare.
    clock.after(21_000, () => {
      const view = callee.calls.get(`call-${i}`);
      if (view !== undefined) live(scene, callee, view);
    });
  }
  clock.advance(700_000);
  const faults = verdicts(scene);
  await scene.close();
  if (clock.pending !== 0) {
    clock.advance(600_000);
    if (clock.pending !== 0) faults.push(`${clock.pending} timers survive`);
  }
  return { faults, scene };
}

test('two servers over a line that loses, reorders and duplicates: every call ends once, and nothing is left', async () => {
  const first = Number(process.env.FIRST_SEED ?? 1);
  const seeds = Number(process.env.SEEDS ?? 25);
  const totals = { reliable: 0, refreshes: 0, reinvites: 0, updates: 0, glares: 0, lost: 0 };
  for (let seed = first; seed < first + seeds; seed++) {
    const { faults, scene } = await run(seed);
    assert.deepEqual(faults, [], `seed ${seed}`);
    for (const { counts } of [scene.alice, scene.bob]) {
      for (const name of ['reliable', 'refreshes', 'reinvites', 'updates', 'glares'] as const)
        totals[name] += counts[name];
    }
    totals.lost += scene.network.lost;
  }
  for (const [name, count] of Object.entries(totals)) assert.ok(count >= seeds * 5, `enough ${name}: ${count}`);
});

test('a line that is cut: session timers end the calls on both sides, and nothing is left', async () => {
  for (let seed = 100; seed < 105; seed++) {
    const scene = await open(seed, { sessionExpires: () => '90' });
    const { clock, network, alice, bob } = scene;
    for (let i = 0; i < CALLS; i++) alice.call(`call-${i}`);
    clock.advance(45_000);
    const up = [...alice.calls.values(), ...bob.calls.values()].filter((view) => view.state === 'up');
    assert.ok(up.length > CALLS, 'most calls are up');
    network.cut = true;
    clock.advance(200_000);
    for (const view of up) assert.deepEqual(view.ends, ['SIP;cause=200;text="Session timer expired"'], view.callId);
    assert.deepEqual(scene.left(), []);
    await scene.close();
  }
});

test('no ACK arrives: the callee ends the calls, and the caller hears of it', async () => {
  const isAck = (bytes: Buffer) => bytes.subarray(0, 4).toString() === 'ACK ';
  for (let seed = 200; seed < 205; seed++) {
    const scene = await open(seed, { loses: isAck, sessionExpires: () => '' });
    const { clock, alice, bob } = scene;
    for (let i = 0; i < CALLS; i++) alice.call(`call-${i}`);
    clock.advance(300_000);
    for (const view of bob.calls.values()) {
      if (view.ends[0] === '486') continue;
      assert.deepEqual(view.ends, ['SIP;cause=200;text="ACK timeout"'], view.callId);
      assert.deepEqual(alice.calls.get(view.callId)?.ends, ['bye'], view.callId);
    }
    assert.deepEqual([...alice.faults, ...bob.faults, ...scene.left()], []);
    await scene.close();
  }
});

test('no PRACK arrives: calls whose progress was reliable end with 504, and the callee is told', async () => {
  const isPrack = (bytes: Buffer) => bytes.subarray(0, 6).toString() === 'PRACK ';
  let refused = 0;
  for (let seed = 300; seed < 305; seed++) {
    const scene = await open(seed, { loses: isPrack, sessionExpires: () => '' });
    const { clock, alice, bob } = scene;
    for (let i = 0; i < CALLS; i++) alice.call(`call-${i}`);
    clock.advance(200_000);
    for (const view of alice.calls.values()) {
      if (view.ends[0] !== '504') continue;
      refused++;
      assert.deepEqual(view.ends, ['504']);
      const ends = bob.calls.get(view.callId)?.ends ?? [];
      assert.match(ends[0] ?? '', /PRACK timeout/);
    }
    await scene.close();
  }
  assert.ok(refused > 20, `${refused} calls`);
});
