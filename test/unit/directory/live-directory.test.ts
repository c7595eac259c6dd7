import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/index.js';
import { exampleUsersFile, LiveDirectory, type User } from '../../../src/directory/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const day = 86_400_000;

function people(count: number, from = 0): User[] {
  return Array.from({ length: count }, (_, i) => ({
    username: `user${from + i}`,
    extension: String(2000 + from + i),
    did: `+1312555${1000 + from + i}`,
    realm: 'example.com',
    ha1: { md5: new Secret('a'.repeat(32)) },
    classOfRestriction: 'national',
  }));
}

test('users are found by name, extension and number, and replaced as a whole', () => {
  const clock = new VirtualClock();
  const changes: unknown[] = [];
  const directory = new LiveDirectory({ clock, onChange: (change) => changes.push(change) });
  assert.equal(directory.loadedAtWall, 0);
  assert.deepEqual(directory.replace(people(3)), { kind: 'replaced', added: 3, removed: 0, changed: 0 });
  assert.equal(directory.byUsername('user1')?.extension, '2001');
  assert.equal(directory.byExtension('2002')?.username, 'user2');
  assert.equal(directory.byDid('+13125551000')?.username, 'user0');
  assert.equal(directory.loadedAtWall, clock.wall());
  clock.advance(1000);
  assert.deepEqual(directory.replace(people(3)), { kind: 'unchanged' });
  assert.equal(directory.loadedAtWall, clock.wall());
  assert.deepEqual(directory.replace(people(2, 1)), { kind: 'replaced', added: 0, removed: 1, changed: 0 });
  assert.equal(directory.byUsername('user0'), undefined);
  assert.equal(directory.byExtension('2000'), undefined);
  assert.equal(changes.length, 2);
  directory.stop();
  assert.equal(clock.pending, 0);
});

test('a bad file changes nothing', () => {
  const directory = new LiveDirectory({ clock: new VirtualClock() });
  assert.ok(directory.load(exampleUsersFile(), 'users.yaml').ok);
  const before = directory.loadedAtWall;
  const bad = directory.load(exampleUsersFile().replace('2002', '2001'), 'users.yaml');
  assert.ok(!bad.ok && bad.error[0]?.reason.includes('stands on line'));
  assert.equal(directory.all().length, 3);
  assert.equal(directory.loadedAtWall, before);
});

test('a deletion of more than a tenth and more than five waits for a person', () => {
  const directory = new LiveDirectory({ clock: new VirtualClock() });
  directory.replace(people(100));
  assert.equal(directory.replace(people(90)).kind, 'replaced', 'ten per cent are not more than ten per cent');
  const held = directory.replace(people(80));
  assert.equal(held.kind, 'held');
  assert.equal(directory.all().length, 90);
  assert.equal(directory.held?.vanishing.length, 10);
  assert.equal(directory.confirm('tester')?.kind, 'replaced');
  assert.equal(directory.all().length, 80);
  assert.equal(directory.held, undefined);
  assert.equal(directory.confirm('tester'), undefined);
  directory.replace([]);
  assert.equal(directory.discard('tester'), true);
  assert.equal(directory.discard('tester'), false);
  assert.equal(directory.all().length, 80);
});

test('a small site may lose five users at once, and a renaming of many is held too', () => {
  const directory = new LiveDirectory({ clock: new VirtualClock() });
  directory.replace(people(6));
  assert.equal(directory.replace(people(1)).kind, 'replaced');
  directory.replace(people(20));
  assert.equal(directory.replace(people(20, 100)).kind, 'held');
  assert.equal(directory.replace(people(20)).kind, 'unchanged', 'the source came to its senses');
  assert.equal(directory.held, undefined);
});

test('users that nobody confirmed for seven days are stale, and served', () => {
  const clock = new VirtualClock();
  const told: boolean[] = [];
  const directory = new LiveDirectory({ clock, onStale: (stale) => told.push(stale) });
  directory.replace(people(2));
  clock.advance(7 * day - 1);
  assert.equal(directory.stale, false);
  clock.advance(1);
  assert.equal(directory.stale, true);
  assert.equal(directory.all().length, 2);
  directory.replace(people(2));
  assert.equal(directory.stale, false);
  directory.replace(people(2), clock.wall() - 8 * day);
  assert.equal(directory.stale, true, 'confirmed long before it was read');
  assert.deepEqual(told, [true, false, true]);
});
