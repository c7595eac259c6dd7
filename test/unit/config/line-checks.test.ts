import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationOf, faultsOf, least, warningsOf } from './sample.js';

const span = '{ span: sim/1 }';
const lines = (inside: string): string => `lines: { cards: simulator, ${inside} }\n`;
const trunk = (more: string): string => `trunks: [{ name: pri, ${more} }]\n`;
const t1 = lines(`spans: [${span}]`);
const jacks = `${lines('telephones: [{ channel: sim/0:1, user: ada }], officeLines: [{ channel: sim/0:3 }]')}`;
const group = (a: string, b: string): string => lines(`spans: [{ span: sim/1, ${a} }, { span: sim/2, ${b} }]`);
const two = 'group: g, interface: 1, groupRole: none';

const faults: readonly (readonly [what: string, more: string, path: string, reason: RegExp, remedy: RegExp])[] = [
  ['a trunk that leads nowhere', trunk('order: 1'), 'trunks[0]', /neither uri nor channels/, /write uri/],
  [
    'a trunk of two kinds',
    t1 + trunk("uri: 'sip:a.example', channels: ['sim/1:1']"),
    'trunks[0]',
    /both uri and channels/,
    /write uri/,
  ],
  [
    'a code that begins like another',
    lines("featureCodes: { pickUp: '*8' }"),
    'lines.featureCodes.pickUp',
    /\*82, which is showCallerId, begins like it/,
    /another code/,
  ],
  [
    'one code for two things',
    lines("featureCodes: { pickUp: '*68' }"),
    'lines.featureCodes.pickUp',
    /\*68, which is park/,
    /another code/,
  ],
  [
    'an emergency number behind a sign',
    lines("featureCodes: { park: '*911' }"),
    'lines.featureCodes.park',
    /911 is an emergency number/,
    /another code/,
  ],
  [
    '112 at any site',
    lines("featureCodes: { callReturn: '#112' }"),
    'lines.featureCodes.callReturn',
    /112 is an emergency number/,
    /another code/,
  ],
  [
    'a code without a sign',
    lines("featureCodes: { callReturn: '911' }"),
    'lines.featureCodes.callReturn',
    /not a feature code/,
    /\* or #/,
  ],
  [
    'a flash that ends before it begins',
    lines('flashMinMs: 400, flashMaxMs: 300'),
    'lines.flashMaxMs',
    /400 ms/,
    /more/,
  ],
  [
    'the same at one telephone',
    lines('flashMinMs: 400, telephones: [{ channel: sim/0:1, user: ada, flashMaxMs: 300 }]'),
    'lines.telephones[0].flashMaxMs',
    /400 ms/,
    /more/,
  ],
  ['lines beside a direct path', `${t1}media: { path: direct }\n`, 'media.path', /media engine/, /anchored/],
  ['the framing of an E1 on a T1', lines('spans: [{ span: a, framing: ccs }]'), 'lines.spans[0].framing', /T1/, /esf/],
  [
    'the coding of a T1 on an E1',
    lines('spans: [{ span: a, kind: e1, coding: b8zs }]'),
    'lines.spans[0].coding',
    /E1/,
    /hdb3/,
  ],
  [
    'a D-channel outside of the span',
    lines('spans: [{ span: a, dChannel: 25 }]'),
    'lines.spans[0].dChannel',
    /24 time slots/,
    /1 to 24/,
  ],
  [
    'time slots outside of the span',
    lines('spans: [{ span: a, signalling: em-wink, channels: [20-25] }]'),
    'lines.spans[0].channels[0]',
    /24 time slots/,
    /end at 24/,
  ],
  [
    'the D-channel among those for calls',
    lines('spans: [{ span: a, kind: e1, channels: [1-31] }]'),
    'lines.spans[0].channels[0]',
    /16 is the D-channel/,
    /leave it out/,
  ],
  [
    'E&M on an E1 without signalling bits',
    lines('spans: [{ span: a, kind: e1, framing: ccs, signalling: em-wink }]'),
    'lines.spans[0].framing',
    /signalling bits/,
    /cas/,
  ],
  [
    'signalling bits where the D-channel is',
    lines('spans: [{ span: a, kind: e1, framing: cas }]'),
    'lines.spans[0].framing',
    /D-channel/,
    /ccs/,
  ],
  [
    'a D-channel without ISDN',
    lines('spans: [{ span: a, signalling: em-wink, dChannel: 24 }]'),
    'lines.spans[0].dChannel',
    /no D-channel/,
    /pri/,
  ],
  [
    'a group without a primary',
    group('group: g, groupRole: backup', two),
    'lines.spans[0].groupRole',
    /no primary/,
    /primary/,
  ],
  [
    'a group with two primaries',
    group('group: g', 'group: g, interface: 1'),
    'lines.spans[1].groupRole',
    /a primary already/,
    /backup or none/,
  ],
  [
    'two spans of a group with one number',
    group('group: g', 'group: g, groupRole: none'),
    'lines.spans[1].interface',
    /same number/,
    /its own/,
  ],
  [
    'a group of two switch types',
    group('group: g, switchType: 5ess', two),
    'lines.spans[1].switchType',
    /has 5ess/,
    /the same/,
  ],
  ['a group of E1 spans', group('kind: e1, group: g', `kind: e1, ${two}`), 'lines.spans[0].group', /only T1/, /remove/],
  [
    'a group called as a span is',
    group('group: sim/2', 'timing: 2'),
    'lines.spans[0].group',
    /that name|not a name/,
    /./,
  ],
  [
    'two telephones on one jack',
    lines('telephones: [{ channel: sim/0:1, user: a }, { channel: sim/0:1, user: b }]'),
    'lines.telephones[1].channel',
    /already/,
    /own/,
  ],
  [
    'a telephone and a line on one jack',
    lines('telephones: [{ channel: sim/0:1, user: a }], officeLines: [{ channel: sim/0:1 }]'),
    'lines.officeLines[0].channel',
    /telephones\[0\] is on it/,
    /another/,
  ],
  [
    'a telephone on a trunk’s span',
    lines(`spans: [${span}], telephones: [{ channel: sim/1:1, user: a }]`),
    'lines.telephones[0].signalling',
    /has pri, not fxs-kewl/,
    /the same/,
  ],
  [
    'a telephone outside of its channel bank',
    lines('spans: [{ span: b, signalling: fxs-kewl, channels: [1-8] }], telephones: [{ channel: b:9, user: a }]'),
    'lines.telephones[0].channel',
    /no such time slot/,
    /channels/,
  ],
  [
    'a channel in two trunks',
    `${t1}trunks: [{ name: a, channels: ['sim/1:1-12'] }, { name: b, channels: ['sim/1:12-23'] }]\n`,
    'trunks[1].channels[0]',
    /sim\/1:12 is in trunks\[0\]/,
    /one trunk/,
  ],
  [
    'a trunk of nothing that is there',
    t1 + trunk("channels: ['sim/9:1']"),
    'trunks[0].channels[0]',
    /no span that is listed/,
    /lines\.spans/,
  ],
  ['a trunk over the D-channel', t1 + trunk("channels: ['sim/1:24']"), 'trunks[0].channels[0]', /D-channel/, /leave/],
  ['a trunk over a telephone', jacks + trunk("channels: ['sim/0:1']"), 'trunks[0].channels[0]', /telephone/, /spans/],
  [
    'a trunk of two signallings',
    lines('spans: [{ span: a }], officeLines: [{ channel: b:1 }]') + trunk("channels: ['a:1', 'b:1']"),
    'trunks[0].channels',
    /differently: pri, fxo/,
    /each kind/,
  ],
  [
    'a trunk with all channels reserved',
    t1 + trunk("channels: ['sim/1:1-4'], reserve: 4"),
    'trunks[0].reserve',
    /4 channels/,
    /fewer/,
  ],
  [
    'an emergency trunk for calls that arrive',
    lines('spans: [{ span: a, signalling: cama }]') + trunk("channels: ['a:1'], direction: incoming"),
    'trunks[0].direction',
    /only go out/,
    /outgoing/,
  ],
];

for (const [what, more, path, reason, remedy] of faults) {
  test(`refuses ${what}`, () => {
    const found = faultsOf(least + more);
    const fault = found.find((each) => each.path === path);
    assert.ok(fault !== undefined, JSON.stringify(found));
    assert.match(fault.reason, reason);
    assert.match(fault.remedy, remedy);
  });
}

const warnings: readonly (readonly [what: string, more: string, path: string, reason: RegExp])[] = [
  ['lines without cards', `lines: { spans: [${span}] }\n`, 'lines', /no line cards/],
  [
    'two first sources of the clock',
    lines(`spans: [${span}, { span: sim/2 }]`),
    'lines.spans[1].timing',
    /same source/,
  ],
  [
    'an elevator that calls nobody',
    lines('telephones: [{ channel: a:1, user: lift, use: elevator }]'),
    'lines.telephones[0]',
    /no keys/,
  ],
  ['a line that rings nobody', jacks, 'lines.officeLines[0]', /nobody is rung/],
  ['AMI under a D-channel', lines('spans: [{ span: a, coding: ami }]'), 'lines.spans[0].coding', /ones/],
  [
    'a password for a line',
    t1 + trunk("channels: ['sim/1:1'], username: u, password: p"),
    'trunks[0].username',
    /no password/,
  ],
];

for (const [what, more, path, reason] of warnings) {
  test(`warns of ${what}`, () => {
    const found = warningsOf(least + more);
    assert.ok(
      found.some((each) => each.path === path && reason.test(each.reason)),
      JSON.stringify(found),
    );
  });
}

test('a branch with a PRI, an NFAS group, telephones, exchange lines and an emergency trunk is taken as it is', () => {
  const c = configurationOf(`lines:
  cards: dahdi
  spans:
    - { span: dahdi/1, group: pstn }
    - { span: dahdi/2, group: pstn, interface: 1, groupRole: backup, timing: 2 }
    - { span: dahdi/3, group: pstn, interface: 2, groupRole: none, timing: 3 }
    - { span: dahdi/4, signalling: cama, timing: 4, channels: [1-2] }
    - { span: dahdi/5, kind: e1, side: network, switchType: qsig, timing: 0, channels: [1-15, '17'] }
  telephones:
    - { channel: dahdi/6:1, user: ada, callWaiting: false, receiveGainDb: -3 }
    - { channel: dahdi/6:2, user: lift, use: elevator, hotline: '2000' }
  officeLines:
    - { channel: dahdi/6:5, rings: '2000' }
trunks:
  - { name: pstn, channels: ['dahdi/1:1-23', 'dahdi/2:1-23', 'dahdi/3:1-24'], hunt: lowest, reserve: 2 }
  - { name: pots, channels: ['dahdi/6:5'], order: 2 }
  - { name: help, channels: ['dahdi/4:1-2'] }
  - { name: pbx, channels: ['dahdi/5:1-15', 'dahdi/5:17'], order: 3 }
`);
  assert.equal(c.trunks[0]?.channels?.[2]?.last, 24);
  assert.equal(c.lines.telephones[0]?.receiveGainDb, -3);
});
