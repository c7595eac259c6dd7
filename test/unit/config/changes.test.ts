import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, planChanges } from '../../../src/config/index.js';
import { configurationOf, least } from './sample.js';

const trunks = (rows: string): string => `trunks: [${rows}]\n`;
const a = "{ name: a, uri: 'sip:192.0.2.1' }";
const b = "{ name: b, uri: 'sip:192.0.2.2' }";

function plan(before: string, after: string, base = least): readonly Change[] {
  return planChanges(configurationOf(before), configurationOf(after, base));
}

test('the same configuration changes nothing, however it is written', () => {
  assert.deepEqual(plan('', 'phones: { expiresSeconds: 300 }\nweb:\n'), []);
});

test('each changed setting is told with its values and when it takes effect', () => {
  const renamed = least.replace('Test', 'Other');
  assert.deepEqual(plan('', 'web: { port: 81 }\nemergency: { giveUpMs: 3000 }\n', renamed), [
    { path: 'site.name', title: 'Name of the site', takesEffect: 'at once', from: 'Test', to: 'Other' },
    { path: 'emergency.giveUpMs', title: 'Patience', takesEffect: 'new calls', from: 4000, to: 3000 },
    { path: 'web.port', title: 'Port', takesEffect: 'restart', from: 8080, to: 81 },
  ]);
});

test('an optional value may come and go', () => {
  const [change] = plan('', 'wan: { interface: eth1 }\n');
  assert.deepEqual(change, { path: 'wan.interface', title: 'Interface', takesEffect: 'at once', to: 'eth1' });
  assert.equal(plan('wan: { interface: eth1 }\n', '')[0]?.from, 'eth1');
});

test('rows are told apart by their names, not by their places', () => {
  assert.deepEqual(
    plan(trunks(a), trunks(`${a}, ${b}`)).map((c) => [c.path, c.from === undefined, c.to === undefined]),
    [['trunks[b]', true, false]],
  );
  assert.deepEqual(
    plan(trunks(`${a}, ${b}`), trunks(b)).map((c) => [c.path, c.to === undefined]),
    [['trunks[a]', true]],
  );
  const weighted = "{ name: b, uri: 'sip:192.0.2.2', weight: 5 }";
  assert.deepEqual(
    plan(trunks(`${a}, ${b}`), trunks(`${weighted}, ${a}`)).map((c) => [c.path, c.from, c.to]),
    [
      ['trunks[b].weight', 1, 5],
      ['trunks', ['trunks[a]', 'trunks[b]'], ['trunks[b]', 'trunks[a]']],
    ],
  );
});

test('a changed secret is noticed and not shown', () => {
  const with_ = (password: string): string =>
    trunks(`{ name: a, uri: 'sip:192.0.2.1', username: u, password: ${password} }`);
  const changes = plan(with_('old'), with_('new'));
  assert.deepEqual(
    changes.map((c) => [c.path, c.from, c.to]),
    [['trunks[a].password', '[secret]', '[secret]']],
  );
});
