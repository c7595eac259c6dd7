import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dChannelSettings, lineCountry, lineLaw, spanSettings, spanUses } from '../../../src/config/index.js';
import { configurationOf, least } from './sample.js';

const nfas = configurationOf(`lines:
  cards: simulator
  spans:
    - { span: s/1, group: pstn, groupRole: backup, interface: 1, dChannel: 24, switchType: dms100 }
    - { span: s/2, group: pstn, interface: 0, timing: 2, switchType: dms100 }
    - { span: s/3, group: pstn, interface: 2, timing: 3, groupRole: none, switchType: dms100 }
    - { span: s/4, kind: e1, switchType: euroisdn, side: network, timing: 0, buildOut: 3 }
    - { span: s/5, kind: e1, signalling: em-wink, timing: 4, channels: [1-3, 15-17] }
`);

test('a span is set to what its kind and signalling ask for, and to what is written', () => {
  const [backup, , , pri, trunks] = nfas.lines.spans.map(spanSettings);
  assert.deepEqual(backup, { kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 1, buildOut: 0 });
  assert.deepEqual(pri, { kind: 'e1', framing: 'ccs', coding: 'hdb3', crc4: true, timing: 0, buildOut: 0 });
  assert.equal(trunks?.framing, 'cas');
});

test('spans of a group have one D-channel, the primary’s first; others have their own', () => {
  assert.deepEqual(dChannelSettings(nfas.lines), [
    { name: 'pstn', switchType: 'dms100', side: 'user', e1: false, channels: ['s/2:24', 's/1:24'], nfas: true },
    { name: 's/4', switchType: 'euroisdn', side: 'network', e1: true, channels: ['s/4:16'], nfas: false },
  ]);
});

test('each time slot has its use: for calls, for the D-channel, or none', () => {
  const [backup, , bearers, pri, trunks] = spanUses(nfas.lines);
  assert.equal(backup?.slots.get(23), 'bearer');
  assert.equal(backup?.slots.get(24), 'dChannel');
  assert.deepEqual(backup?.isdn, { dChannel: 'pstn', interface: 1 });
  assert.equal(bearers?.slots.get(24), 'bearer');
  assert.deepEqual(
    [pri?.slots.get(16), pri?.slots.size, pri?.isdn],
    ['dChannel', 31, { dChannel: 's/4', interface: 0 }],
  );
  assert.deepEqual([...(trunks?.slots.keys() ?? [])], [1, 2, 3, 15, 17]);
  assert.equal(trunks?.isdn, undefined);
});

test('samples are companded as span, country or configuration say', () => {
  const german = least.replace('name: Test', 'name: Test, countryCode: 49');
  const [here, there] = [configurationOf(), configurationOf('', german)];
  assert.deepEqual([lineLaw(here, 'x:1'), lineLaw(there, 'x:1')], ['u', 'a']);
  assert.equal(lineLaw(configurationOf('lines: { law: a }\n'), 'x:1'), 'a');
  assert.deepEqual([lineLaw(nfas, 's/1:1'), lineLaw(nfas, 's/4:1')], ['u', 'a']);
  assert.deepEqual([lineCountry(there), lineCountry(configurationOf("lines: { country: '44' }\n"))], ['49', '44']);
});
