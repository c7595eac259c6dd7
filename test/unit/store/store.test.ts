import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Level } from 'level';
import { Store } from '../../../appliance/store/index.js';
import type { CallRecord } from '../../../src/call/index.js';
import type { Binding } from '../../../src/registrar/index.js';
import type { TimelineEntry } from '../../../src/survivability/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const day = 86_400_000;

async function directoryOf(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-store-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'db');
}

function binding(token: string, more: Partial<Binding> = {}): Binding {
  return {
    token,
    username: 'alice',
    contact: 'sip:alice@192.0.2.1:5060',
    flow: { transport: 'udp', address: '192.0.2.1', port: 5060 },
    callId: 'c',
    cseq: 1,
    expiresAtWall: 1,
    origin: 'served',
    ...more,
  };
}

function call(id: string, startedWall: number): CallRecord {
  return {
    id,
    sessionId: id,
    from: { number: '2001' },
    to: '2002',
    dialled: '2002',
    steps: [],
    emergency: false,
    startedWall,
  };
}

test('bindings come back as they went, and removed ones do not', async (t) => {
  const directory = await directoryOf(t);
  const clock = new VirtualClock();
  let store = await Store.open({ directory, clock });
  assert.equal(store.health().opening.kind, 'created');
  const rich = binding('b', {
    aor: '2001',
    instance: 'urn:uuid:1',
    regId: '1',
    q: 0.5,
    userAgent: 'x',
    upstreamExpiresAtWall: 9,
  });
  await Promise.all([
    store.bindings.save({ put: [binding('a'), rich, binding('c')], remove: [] }),
    store.bindings.save({ put: [], remove: ['a', 'nobody'] }),
    store.bindings.save({ put: [binding('c', { cseq: 2 })], remove: [] }),
  ]);
  await store.close();
  store = await Store.open({ directory, clock });
  assert.equal(store.health().opening.kind, 'opened');
  assert.deepEqual(await store.bindings.load(), [rich, binding('c', { cseq: 2 })]);
  await store.close();
});

test('what is no binding is left alone and logged', async (t) => {
  const directory = await directoryOf(t);
  const level = new Level<string, string>(directory);
  await level.put('binding/x', 'no json');
  await level.put('binding/y', '{"token":"y","flow":{}}');
  await level.put('binding/z', JSON.stringify(binding('z')));
  await level.put('binding0', JSON.stringify(binding('foreign')));
  await level.close();
  const store = await Store.open({ directory, clock: new VirtualClock() });
  assert.deepEqual(
    (await store.bindings.load()).map(({ token }) => token),
    ['z'],
  );
  await store.close();
});

test('call records: open ones survive a crash, closed ones are kept once, newest first', async (t) => {
  const directory = await directoryOf(t);
  const clock = new VirtualClock();
  let store = await Store.open({ directory, clock });
  for (const [id, at] of [
    ['one', 1000],
    ['two', 3000],
    ['three', 2000],
  ] as const)
    await store.callRecords.open(call(id, at));
  await store.callRecords.close(call('one', 1000));
  await store.callRecords.close({ ...call('one', 1000), endedWall: 5 });
  await store.callRecords.close(call('two', 3000));
  await store.close();
  store = await Store.open({ directory, clock });
  assert.deepEqual(await store.callRecords.unfinished(), [call('three', 2000)]);
  assert.deepEqual(await store.callRecords.recent(5), [call('two', 3000), { ...call('one', 1000), endedWall: 5 }]);
  assert.equal((await store.callRecords.recent(1)).length, 1);
  await store.close();
});

test('call records leave after ninety days, but not because the clock jumped', async (t) => {
  const directory = await directoryOf(t);
  const began = Date.UTC(2026, 0, 1);
  const ids = async (clock: VirtualClock): Promise<string[]> => {
    const store = await Store.open({ directory, clock });
    const found = await store.callRecords.recent(9);
    await store.close();
    return found.map(({ id }) => id);
  };
  const store = await Store.open({ directory, clock: new VirtualClock(began) });
  await store.callRecords.close(call('old', began));
  await store.callRecords.close(call('new', began + 60 * day));
  await store.close();
  assert.deepEqual(await ids(new VirtualClock(began + 3000 * day)), ['new', 'old']);
  const reopened = await Store.open({ directory, clock: new VirtualClock(began + 90 * day) });
  await reopened.callRecords.close(call('newer', began + 90 * day));
  await reopened.close();
  assert.deepEqual(await ids(new VirtualClock(began + 90 * day)), ['newer', 'new', 'old']);
  assert.deepEqual(await ids(new VirtualClock(began + 90 * day + 1)), ['newer', 'new']);
});

test('the timeline comes back newest first and stays bounded', async (t) => {
  const directory = await directoryOf(t);
  const clock = new VirtualClock();
  const entry = (n: number): TimelineEntry => ({ atWall: n, kind: 'mode', text: `entry ${n}`, fields: { n } });
  let store = await Store.open({ directory, clock });
  for (let n = 1; n <= 11_500; n++) store.timeline.append(entry(n));
  assert.deepEqual(store.timeline.recent(2), [entry(11_500), entry(11_499)]);
  assert.equal(store.timeline.recent(20_000).length, 10_000);
  assert.deepEqual(store.timeline.recent(0), []);
  await store.close();
  store = await Store.open({ directory, clock });
  assert.deepEqual(store.timeline.recent(1), [entry(11_500)]);
  assert.ok(store.timeline.recent(20_000).length === 10_000);
  store.timeline.append(entry(11_501));
  assert.deepEqual(store.timeline.recent(2), [entry(11_501), entry(11_500)]);
  await store.close();
});

test('a second controller on the same directory is told what to do', async (t) => {
  const directory = await directoryOf(t);
  const clock = new VirtualClock();
  const store = await Store.open({ directory, clock });
  await assert.rejects(Store.open({ directory, clock }), { code: 'locked', message: /in use.*stop that one/ });
  await store.close();
  await (await Store.open({ directory, clock })).close();
});

test('a closed store and an unusable directory say so', async (t) => {
  const directory = await directoryOf(t);
  const clock = new VirtualClock();
  const store = await Store.open({ directory, clock });
  await store.close();
  await assert.rejects(store.bindings.save({ put: [binding('a')], remove: [] }), { code: 'closed' });
  await writeFile(`${directory}-file`, 'x');
  await assert.rejects(Store.open({ directory: `${directory}-file`, clock }), { name: 'StoreError', code: 'io' });
});

test('a database of a newer release is not touched', async (t) => {
  const directory = await directoryOf(t);
  const level = new Level<string, string>(directory);
  await level.put('meta/schema', '7');
  await level.close();
  await assert.rejects(Store.open({ directory, clock: new VirtualClock() }), {
    code: 'newer',
    message: /newer release/,
  });
});

/** Damages that happen to disks, and whether the rest can be saved. */
const damages: readonly (readonly [string, (directory: string) => Promise<void>])[] = [
  ['CURRENT is gone', (directory) => unlink(join(directory, 'CURRENT'))],
  ['CURRENT is empty', (directory) => truncate(join(directory, 'CURRENT'))],
  ['the manifest is gone', async (directory) => unlink(join(directory, await fileLike(directory, 'MANIFEST')))],
  ['the manifest is cut', async (directory) => truncate(join(directory, await fileLike(directory, 'MANIFEST')), 10)],
];

for (const [name, damage] of damages) {
  test(`repaired, with a copy kept: ${name}`, async (t) => {
    const directory = await directoryOf(t);
    const clock = new VirtualClock();
    const store = await Store.open({ directory, clock });
    const all = Array.from({ length: 500 }, (_, i) => binding(`token${1000 + i}`));
    await store.bindings.save({ put: all, remove: [] });
    await store.close();
    await damage(directory);
    const reopened = await Store.open({ directory, clock });
    const { opening } = reopened.health();
    assert.ok(opening.kind === 'repaired', opening.kind);
    assert.ok((await readdir(opening.aside)).length > 0);
    assert.deepEqual(await reopened.bindings.load(), all);
    await reopened.bindings.save({ put: [binding('after')], remove: [] });
    await reopened.close();
  });
}

async function fileLike(directory: string, prefix: string): Promise<string> {
  return (await readdir(directory)).find((name) => name.startsWith(prefix)) ?? prefix;
}

test('what users set at their telephones comes back, and what they unset does not', async (t) => {
  const directory = await directoryOf(t);
  const clock = new VirtualClock();
  let store = await Store.open({ directory, clock });
  assert.deepEqual(store.features.get('alice'), {});
  await store.outOfService.set(['sim/1:1', 'sim/1:2'], 7000);
  await store.outOfService.set(['sim/1:1'], undefined);
  await store.features.set('alice', { forward: '2002', doNotDisturb: true, messagesWait: true });
  await store.features.set('bob', { forwardBusy: '2003' });
  await store.features.set('bob', {});
  await store.close();
  const raw = new Level<string, string>(directory);
  await raw.put('feature/carol', '{"forward":7}');
  await raw.put('out-of-service/sim/1:9', 'long ago');
  await raw.close();
  store = await Store.open({ directory, clock });
  assert.deepEqual(store.features.get('alice'), { forward: '2002', doNotDisturb: true, messagesWait: true });
  assert.deepEqual(store.features.get('bob'), {});
  assert.deepEqual(store.features.get('carol'), {}, 'what cannot be read is nothing');
  assert.deepEqual([...store.outOfService.channels], [['sim/1:2', 7000]]);
  await store.close();
});
