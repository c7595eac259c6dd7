import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationOf, faultsOf, least, warningsOf } from './sample.js';

const trunk = "trunks: [{ name: pstn, uri: 'sip:192.0.2.5' }]\n";
const german = least.replace('name: Test', 'name: Test, countryCode: 49');

const faults: readonly (readonly [what: string, text: string, path: string, reason: RegExp, remedy: RegExp])[] = [
  [
    'listeners on one port',
    `${least}sip: { listen: [udp/0.0.0.0:5060, udp/127.0.0.1:5060] }\n`,
    'sip.listen[1]',
    /already taken by sip\.listen\[0\]/,
    /another port/,
  ],
  [
    'two protocols of TCP on one port',
    `${least}sip: { listen: [tcp/0.0.0.0:5060, ws/127.0.0.1:5060] }\n`,
    'sip.listen[1]',
    /already taken by sip\.listen\[0\]/,
    /another port/,
  ],
  [
    'TLS without a certificate',
    `${least}sip: { listen: [udp/0.0.0.0:5060, tls/0.0.0.0:5061] }\n`,
    'sip.listen[1]',
    /tls needs a certificate/,
    /sip\.tls\.certificate/,
  ],
  [
    'a certificate without its key',
    `${least}sip: { tls: { certificate: cert.pem } }\n`,
    'sip.tls',
    /belong together/,
    /both/,
  ],
  [
    'a trunk over TLS, and nothing that speaks it',
    `${least}trunks: [{ name: pstn, uri: 'sips:192.0.2.5' }]\n`,
    'trunks[0].uri',
    /no listener speaks TLS/,
    /tls\/0/,
  ],
  [
    'the control port on a listener',
    `${least}sip: { listen: [tcp/127.0.0.1:9022] }\n`,
    'sip.control',
    /SIP listener/,
    /another port/,
  ],
  ['the page on a listener', `${least}web: { port: 5060 }\n`, 'web.port', /taken by sip\.listen\[1\]/, /another port/],
  [
    'the page on the control port',
    `${least}web: { port: 9022 }\n`,
    'web.port',
    /taken by sip\.control/,
    /another port/,
  ],
  [
    'timeouts the wrong way round',
    `${least}wan: { timeoutFloorMs: 3000 }\n`,
    'wan.timeoutFloorMs',
    /longer than timeoutCeilingMs/,
    /lower it/,
  ],
  [
    'hold-downs the wrong way round',
    `${least}survivability: { holdDownMaxSeconds: 60 }\n`,
    'survivability.holdDownSeconds',
    /longer than/,
    /lower it/,
  ],
  [
    'registrations the wrong way round',
    `${least}phones: { expiresSeconds: 30 }\n`,
    'phones.minExpiresSeconds',
    /longer than/,
    /lower it/,
  ],
  [
    'a user name without password',
    `${least}trunks: [{ name: a, uri: 'sip:a.example', username: u }]\n`,
    'trunks[0]',
    /no password/,
    /write password/,
  ],
  [
    'a password without user name',
    `${least}trunks: [{ name: a, uri: 'sip:a.example', password: p }]\n`,
    'trunks[0]',
    /no username/,
    /write username/,
  ],
  [
    'main number as caller ID, without one',
    `${least}trunks: [{ name: a, uri: 'sip:a.example', callerId: mainNumber }]\n`,
    'trunks[0].callerId',
    /no main number/,
    /site\.mainNumber/,
  ],
  [
    'a trunk that does not exist',
    `${least}${trunk}dialPlan: { patterns: [{ pattern: 9XXX, trunks: [pstm] }] }\n`,
    'dialPlan.patterns[0].trunks[0]',
    /no trunk "pstm"/,
    /did you mean "pstn"/,
  ],
  [
    'a trunk where there is none',
    `${least}dialPlan: { patterns: [{ pattern: 9XXX, trunks: [a] }] }\n`,
    'dialPlan.patterns[0].trunks[0]',
    /no trunk "a"/,
    /add it/,
  ],
  [
    'more digits removed than dialled',
    `${least}dialPlan: { patterns: [{ pattern: 8XX, strip: 4 }] }\n`,
    'dialPlan.patterns[0].strip',
    /4 digits are removed/,
    /fewer/,
  ],
  [
    'a rewriting international pattern',
    `${least}dialPlan: { patterns: [{ pattern: +44., prepend: 1 }] }\n`,
    'dialPlan.patterns[0]',
    /does not rewrite/,
    /numberFormat/,
  ],
  [
    'a pattern that is written twice',
    `${least}dialPlan: { patterns: [{ pattern: 8XX }] }\n`.replace('}] }', "}, { pattern: '8[0-9]x' }] }"),
    'dialPlan.patterns[1].pattern',
    /same numbers as dialPlan\.patterns\[0\]/,
    /remove one/,
  ],
  [
    'more digits kept than there are',
    `${least}dialPlan: { sites: [{ name: A, extensions: 3XX, didPrefix: +1312555, keepDigits: 4 }] }\n`,
    'dialPlan.sites[0].keepDigits',
    /has 3 digits/,
    /at most 3/,
  ],
  [
    'a direct number that is too long',
    `${least}dialPlan: { sites: [{ name: A, extensions: 3XXX, didPrefix: +131255501000 }] }\n`,
    'dialPlan.sites[0].didPrefix',
    /16 digits/,
    /7 to 15/,
  ],
  [
    'sites that share extensions',
    `${least}dialPlan: { sites: [{ name: A, extensions: 3XXX, didPrefix: +1312555 }, { name: B, extensions: '[23]0XX', didPrefix: +1312556 }] }\n`,
    'dialPlan.sites[1].extensions',
    /also belong to dialPlan\.sites\[0\]/,
    /own range/,
  ],
  [
    'an entry for an emergency number',
    `${least}dialPlan: { patterns: [{ pattern: 911, prepend: 2000 }] }\n`,
    'dialPlan.patterns[0].pattern',
    /emergency number 911/,
    /remove or narrow/,
  ],
  [
    'an entry for an emergency number behind the prefix',
    `${least}dialPlan: { patterns: [{ pattern: 9911, strip: 1 }] }\n`,
    'dialPlan.patterns[0].pattern',
    /emergency number 9911/,
    /remove or narrow/,
  ],
  [
    'an entry for 112',
    `${least}dialPlan: { patterns: [{ pattern: 112 }] }\n`,
    'dialPlan.patterns[0].pattern',
    /emergency number 112/,
    /narrow/,
  ],
  [
    'an entry that bars an emergency number',
    `${least}dialPlan: { patterns: [{ pattern: 9!, action: refuse }] }\n`,
    'dialPlan.patterns[0].pattern',
    /emergency number/,
    /narrow/,
  ],
  [
    'an entry for a configured emergency number',
    `${least}emergency: { numbers: [5555] }\ndialPlan: { patterns: [{ pattern: 5555 }] }\n`,
    'dialPlan.patterns[0].pattern',
    /5555/,
    /narrow/,
  ],
  [
    'an entry for the country’s own number',
    `${german}dialPlan: { patterns: [{ pattern: 110 }] }\n`,
    'dialPlan.patterns[0].pattern',
    /110/,
    /narrow/,
  ],
  [
    'a site that claims an emergency number',
    `${least}dialPlan: { sites: [{ name: A, extensions: 9XXX, didPrefix: +1312555 }] }\n`,
    'dialPlan.sites[0].extensions',
    /extension 9911/,
    /narrow/,
  ],
  [
    'an emergency number as default extension',
    `${least}dialPlan: { defaultExtension: 9911 }\n`,
    'dialPlan.defaultExtension',
    /emergency number/,
    /another/,
  ],
  [
    'an emergency number as outside prefix',
    `${least}emergency: { numbers: [99] }\ndialPlan: { outsidePrefix: 99 }\n`,
    'dialPlan.outsidePrefix',
    /emergency number/,
    /another/,
  ],
  ['a packet time between the steps', `${least}media: { packetMs: 25 }\n`, 'media.packetMs', /no multiple of 10/, /20/],
  [
    'delays the wrong way round',
    `${least}media: { jitter: { minMs: 150, maxMs: 100 } }\n`,
    'media.jitter.minMs',
    /longer than maxMs/,
    /lower it/,
  ],
  [
    'a SIP listener among the ports for sound',
    `${least}media: { ports: 5000-6000 }\n`,
    'media.ports',
    /sip\.listen\[0\]/,
    /other ports/,
  ],
  [
    'a secure side that may not be secure',
    `${least}media: { trunks: { secure: true, srtp: never } }\n`,
    'media.trunks.srtp',
    /never plain/,
    /required/,
  ],
  [
    'security where nothing is seen of it',
    `${least}media: { path: direct, phones: { srtp: required } }\n`,
    'media.phones',
    /does not see/,
    /anchored/,
  ],
];

for (const [what, text, path, reason, remedy] of faults) {
  test(`refuses ${what}`, () => {
    const fault = faultsOf(text).find((f) => f.path === path);
    assert.ok(fault !== undefined, JSON.stringify(faultsOf(text)));
    assert.match(fault.reason, reason);
    assert.match(fault.remedy, remedy);
    assert.ok(fault.line >= 1 && fault.column >= 1);
  });
}

const warnings: readonly (readonly [what: string, text: string, path: string, reason: RegExp])[] = [
  ['a control port for everybody', `${least}sip: { control: 192.0.2.1:9022 }\n`, 'sip.control', /outside this box/],
  ['a page for everybody', `${least}web: { address: 0.0.0.0 }\n`, 'web.address', /no sign-in/],
  [
    'a short upstream registration',
    `${least}phones: { expiresSeconds: 900 }\n`,
    'centre.expiresSeconds',
    /forget phones/,
  ],
  ['a slow retry', `${least}wan: { retryMs: 5000 }\n`, 'wan.retryMs', /more rarely/],
  ['no trunk', least, 'trunks', /no trunk/],
  [
    'two trunks at one address',
    `${least}trunks: [{ name: a, uri: 'sip:192.0.2.5' }, { name: b, uri: 'sip:192.0.2.5' }]\n`,
    'trunks[1].uri',
    /same address/,
  ],
  [
    'settings of a refused pattern',
    `${least}dialPlan: { patterns: [{ pattern: 8XX, action: refuse, strip: 1 }] }\n`,
    'dialPlan.patterns[0]',
    /no effect/,
  ],
  [
    'a wide pattern over an emergency number',
    `${least}dialPlan: { patterns: [{ pattern: 9., strip: 1 }] }\n`,
    'dialPlan.patterns[0].pattern',
    /emergency number/,
  ],
  [
    'an emergency number that is built in',
    `${least}emergency: { numbers: [911] }\n`,
    'emergency.numbers[0]',
    /built in/,
  ],
  ['no main number', `${least}${trunk}`, 'site', /call back/],
  [
    'a main number abroad',
    least.replace('name: Test', 'name: Test, mainNumber: +4930123456'),
    'site.mainNumber',
    /not a number of the country/,
  ],
  [
    'a default extension of another length',
    `${least}dialPlan: { defaultExtension: 200 }\n`,
    'dialPlan.defaultExtension',
    /4 digits/,
  ],
  ['a full ICE agent that knows nobody', `${least}media: { phones: { ice: full } }\n`, 'media.phones.ice', /STUN/],
  ['phones everywhere', `${least}phones: { networks: [0.0.0.0/0] }\n`, 'phones.networks[0]', /Internet/],
];

for (const [what, text, path, reason] of warnings) {
  test(`warns of ${what}, and accepts it`, () => {
    const warning = warningsOf(text).find((w) => w.path === path && reason.test(w.reason));
    assert.ok(warning !== undefined, JSON.stringify(warningsOf(text)));
    configurationOf('', text);
  });
}

test('a fault of a value that is not written is placed where its section stands', () => {
  const [fault] = faultsOf(`${least}survivability:\n  holdDownMaxSeconds: 60\n`);
  assert.deepEqual([fault?.path, fault?.line], ['survivability.holdDownSeconds', 5]);
});
