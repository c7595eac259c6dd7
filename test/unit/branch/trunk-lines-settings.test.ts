import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trunkLinesSettings, unnamedLines } from '../../../src/branch/trunk-lines-settings.js';
import { configurationOf } from '../config/sample.js';

const site = `site: { name: Chicago, areaCode: 312, mainNumber: +13125550100 }
centre: { domain: example.com, targets: ['sip:centre.example.com'] }
users: { file: users.yaml }
`;

test('without cards there are no trunks over lines', () => {
  assert.equal(trunkLinesSettings(configurationOf('', site)), undefined);
});

test('an NFAS group: one D-channel with its backup, and channels told by interface and slot', () => {
  const settings = trunkLinesSettings(
    configurationOf(
      `media: { path: anchored }
lines:
  cards: simulator
  spans:
    - { span: sim/1, group: pstn, groupRole: primary, interface: 0, restartChannels: false }
    - { span: sim/2, group: pstn, groupRole: backup, interface: 1, restartChannels: false, timing: 2 }
    - { span: sim/3, group: pstn, groupRole: none, interface: 2, restartChannels: false, timing: 3 }
trunks:
  - { name: big, channels: ['sim/1:1-23', 'sim/2:1-23', 'sim/3:1-24'], hunt: circular, reserve: 2, removeDigits: 1, numberType: national, presentation: restricted }
`,
      site,
    ),
  );
  assert.ok(settings !== undefined);
  assert.deepEqual(settings.groups, [
    {
      dChannel: {
        name: 'pstn',
        switchType: 'ni2',
        side: 'user',
        e1: false,
        channels: ['sim/1:24', 'sim/2:24'],
        nfas: true,
      },
      restarts: false,
      serviceMessages: false,
    },
  ]);
  const [trunk] = settings.trunks;
  assert.equal(trunk?.members.length, 70);
  assert.deepEqual(trunk?.members.at(-1), {
    kind: 'isdn',
    channel: 'sim/3:24',
    dChannel: 'pstn',
    at: { interface: 2, slot: 24 },
  });
  assert.deepEqual([trunk?.hunt, trunk?.reserve, trunk?.isdn.presentation], ['circular', 2, 'restricted']);
  assert.deepEqual([trunk?.numbers.called, trunk?.numbers.type], [{ strip: 1, prepend: '' }, 'national']);
  assert.deepEqual([...settings.spans.keys()], ['sim/1', 'sim/2', 'sim/3']);
});

test('exchange lines: those of a trunk, and those that only take calls; E&M and CAMA with their rules', () => {
  const settings = trunkLinesSettings(
    configurationOf(
      `media: { path: anchored }
dialPlan: { defaultExtension: '2000' }
lines:
  cards: simulator
  country: '44'
  spans:
    - { span: sim/1, signalling: em-wink }
    - { span: sim/2, signalling: cama, timing: 2 }
  officeLines:
    - { channel: 'sim/0:3', rings: '2002', pulsesPerSecond: '20', receiveGainDb: -3 }
    - { channel: 'sim/0:4', number: +13125550140, answerBy: polarity }
    - { channel: 'sim/0:5' }
trunks:
  - { name: office, channels: ['sim/0:3'] }
  - { name: tie, channels: ['sim/1:1-2'], digitSignals: mf, glare: persist }
  - { name: help, channels: ['sim/2:1'], direction: outgoing, camaAreaCodes: ['312', '773'] }
`,
      site,
    ),
  );
  assert.ok(settings !== undefined);
  const trunk = (name: string) => settings.trunks.find((each) => each.name === name);
  const [office] = trunk('office')?.members ?? [];
  assert.ok(office?.kind === 'office');
  assert.deepEqual([office.called, office.line.pulseRate, office.gains], ['2002', 20, { gainInDb: -3, gainOutDb: 0 }]);
  assert.equal(trunk('office')?.law, 'a');
  assert.equal(trunk('tie')?.law, 'u');
  assert.deepEqual(
    trunk('tie')?.members.map((each) => (each.kind === 'tie' ? each.line : undefined)),
    [1, 2].map(() => ({ signalling: 'em-wink', digits: 'mf', onGlare: 'persist', cama: { kind: 'ten' } })),
  );
  const [cama] = trunk('help')?.members ?? [];
  assert.ok(cama?.kind === 'tie');
  assert.deepEqual(cama.line.cama, { kind: 'npd', areaCodes: ['312', '773'] });
  const rest = trunk(unnamedLines);
  assert.equal(rest?.direction, 'incoming');
  assert.deepEqual(
    rest?.members.map((each) => (each.kind === 'office' ? [each.channel, each.called] : [])),
    [
      ['sim/0:4', '+13125550140'],
      ['sim/0:5', '+13125550100'],
    ],
  );
});
