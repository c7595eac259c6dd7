import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfiguration } from '../../../src/config/index.js';
import { configurationOf, faultsOf, least } from './sample.js';

test('the least file has the initial values of everything else', () => {
  const c = configurationOf();
  assert.equal(c.site.countryCode, '1');
  assert.equal(c.site.extensionDigits, 4);
  assert.equal(c.site.areaCode, undefined);
  assert.equal('areaCode' in c.site, false);
  assert.deepEqual(c.sip.listen[0], { transport: 'udp', host: '0.0.0.0', port: 5060 });
  assert.equal(c.centre.contact, 'rewrite');
  assert.equal(c.phones.expiresSeconds, 300);
  assert.equal(c.phones.jitter, 0.15);
  assert.equal(c.wan.probeIntervalMs, 2000);
  assert.equal(c.survivability.holdDownSeconds, 120);
  assert.deepEqual(c.trunks, []);
  assert.equal(c.dialPlan.outsidePrefix, '9');
  assert.deepEqual(
    c.classesOfRestriction.map((k) => k.name),
    ['internal', 'local', 'national', 'international', 'unrestricted'],
  );
  assert.equal(c.web.port, 8080);
});

test('types are inferred from the schema', () => {
  const c = configurationOf();
  const contact: 'rewrite' | 'path' = c.centre.contact;
  const areaCode: string | undefined = c.site.areaCode;
  const order: number | undefined = c.trunks[0]?.order;
  assert.deepEqual([contact, areaCode, order], ['rewrite', undefined, undefined]);
});

test('numbers to dial stay as they were written, quoted or not', () => {
  const c = configurationOf(
    'dialPlan: { defaultExtension: 0101 }\n',
    least.replace('Test', 'Test, mainNumber: +15105550100'),
  );
  assert.equal(c.dialPlan.defaultExtension, '0101');
  assert.equal(c.site.mainNumber, '+15105550100');
});

test('an empty section has its initial values', () => {
  assert.equal(configurationOf('phones:\nweb: {}\n').phones.expiresSeconds, 300);
});

interface Wrong {
  readonly what: string;
  readonly text: string;
  readonly path: string;
  readonly at: readonly [line: number, column: number];
  readonly reason: RegExp;
  readonly remedy: RegExp;
}

const wrongs: readonly Wrong[] = [
  {
    what: 'an unknown section',
    text: `${least}trunk: []\n`,
    path: 'trunk',
    at: [4, 1],
    reason: /not known/,
    remedy: /did you mean "trunks"/,
  },
  {
    what: 'an unknown key',
    text: `${least}web: { prot: 80 }\n`,
    path: 'web.prot',
    at: [4, 8],
    reason: /"prot" is not known/,
    remedy: /did you mean "port"/,
  },
  {
    what: 'a key like no other',
    text: `${least}web:\n  colour: red\n`,
    path: 'web.colour',
    at: [5, 3],
    reason: /not known/,
    remedy: /write one of: address, port/,
  },
  {
    what: 'a key in the wrong place',
    text: `${least}domain: example.com\n`,
    path: 'domain',
    at: [4, 1],
    reason: /not known/,
    remedy: /did you mean "centre\.domain"/,
  },
  {
    what: 'a repeated key',
    text: `${least}web:\n  port: 80\n  port: 81\n`,
    path: 'web.port',
    at: [6, 3],
    reason: /written twice/,
    remedy: /remove one/,
  },
  {
    what: 'a repeated section',
    text: `${least}site: { name: Other }\n`,
    path: 'site',
    at: [4, 1],
    reason: /written twice/,
    remedy: /remove one/,
  },
  {
    what: 'a missing key',
    text: least.replace('name: Test', 'countryCode: 1'),
    path: 'site.name',
    at: [1, 7],
    reason: /"name" is missing/,
    remedy: /write text/,
  },
  {
    what: 'a missing section',
    text: 'site: { name: Test }\nusers: { file: u }\n',
    path: 'centre.domain',
    at: [1, 1],
    reason: /"domain" is missing/,
    remedy: /write a domain name/,
  },
  {
    what: 'an empty value',
    text: `${least}web:\n  port:\n`,
    path: 'web.port',
    at: [5, 8],
    reason: /nothing is written/,
    remedy: /port number/,
  },
  {
    what: 'a wrong value',
    text: `${least}web: { port: 70000 }\n`,
    path: 'web.port',
    at: [4, 14],
    reason: /"70000" is not a port/,
    remedy: /1 to 65535/,
  },
  {
    what: 'a list for a value',
    text: `${least}web: { port: [80] }\n`,
    path: 'web.port',
    at: [4, 14],
    reason: /single value/,
    remedy: /port number/,
  },
  {
    what: 'a value for a list',
    text: `${least}sip: { listen: udp/0.0.0.0:5060 }\n`,
    path: 'sip.listen',
    at: [4, 16],
    reason: /must be a list/,
    remedy: /brackets/,
  },
  {
    what: 'a wrong entry of a list',
    text: `${least}sip: { listen: [udp/0.0.0.0:5060, sctp/0.0.0.0:5061] }\n`,
    path: 'sip.listen[1]',
    at: [4, 35],
    reason: /does not begin with udp\/, tcp\/, tls\//,
    remedy: /transport\/address:port/,
  },
  {
    what: 'too few entries',
    text: least.replace("['sip:centre.example.com']", '[]'),
    path: 'centre.targets',
    at: [2, 41],
    reason: /0 entries/,
    remedy: /add/,
  },
  {
    what: 'too many entries',
    text: `${least}emergency: { numbers: [${'10,'.repeat(20)} 10] }\n`,
    path: 'emergency.numbers',
    at: [4, 23],
    reason: /21 entries/,
    remedy: /remove/,
  },
  {
    what: 'a value for a group',
    text: `${least}web: 80\n`,
    path: 'web',
    at: [4, 6],
    reason: /group of settings/,
    remedy: /key: value/,
  },
  {
    what: 'a value for a table',
    text: `${least}trunks: pstn\n`,
    path: 'trunks',
    at: [4, 9],
    reason: /must be a list/,
    remedy: /dash/,
  },
  {
    what: 'a value for a row',
    text: `${least}trunks:\n  - pstn\n`,
    path: 'trunks[0]',
    at: [5, 5],
    reason: /group of settings/,
    remedy: /key: value/,
  },
  {
    what: 'a fault in a row',
    text: `${least}trunks:\n  - name: a\n    uri: sip:a.example\n  - name: b\n    uri: b.example\n`,
    path: 'trunks[1].uri',
    at: [8, 10],
    reason: /does not begin with sip:/,
    remedy: /sip:b\.example/,
  },
  {
    what: 'a missing key of a row',
    text: `${least}trunks:\n  - uri: sip:a.example\n`,
    path: 'trunks[0].name',
    at: [5, 5],
    reason: /"name" is missing/,
    remedy: /letters, digits/,
  },
  {
    what: 'a repeated name',
    text: `${least}trunks:\n  - { name: a, uri: 'sip:a.example' }\n  - { name: a, uri: 'sip:b.example' }\n`,
    path: 'trunks[1].name',
    at: [6, 13],
    reason: /already the name of trunks\[0\]/,
    remedy: /name of its own/,
  },
  {
    what: 'a wrong choice',
    text: least.replace('domain:', 'contact: paht, domain:'),
    path: 'centre.contact',
    at: [2, 20],
    reason: /not one of/,
    remedy: /did you mean "path"/,
  },
  {
    what: 'a key that is no word',
    text: `${least}[a]: 1\n`,
    path: '',
    at: [4, 1],
    reason: /not a word/,
    remedy: /write one of: site/,
  },
  {
    what: 'an alias',
    text: `${least}web: { address: &a 127.0.0.1 }\nsip: { externalAddress: *a }\n`,
    path: '',
    at: [5, 25],
    reason: /aliases/,
    remedy: /value itself/,
  },
  {
    what: 'a tag',
    text: `${least}web: { port: !!int 80 }\n`,
    path: '',
    at: [4, 14],
    reason: /not YAML/,
    remedy: /indentation/,
  },
  {
    what: 'no YAML',
    text: `${least}web: { port: 80\n`,
    path: '',
    at: [5, 1],
    reason: /not YAML/,
    remedy: /indentation/,
  },
  {
    what: 'a tab as indentation',
    text: `${least}web:\n\tport: 80\n`,
    path: '',
    at: [5, 1],
    reason: /not YAML/,
    remedy: /indentation/,
  },
  { what: 'an empty file', text: '', path: 'site.name', at: [1, 1], reason: /missing/, remedy: /write/ },
  { what: 'a list as a file', text: '- a\n', path: '', at: [1, 1], reason: /group of settings/, remedy: /key: value/ },
  {
    what: 'a huge file',
    text: `${least}#${'x'.repeat(1024 * 1024)}`,
    path: '',
    at: [1, 1],
    reason: /larger than 1 MB/,
    remedy: /check/,
  },
  { what: 'two documents', text: `${least}---\nsite: {}\n`, path: '', at: [4, 1], reason: /not YAML/, remedy: /./ },
];

for (const wrong of wrongs) {
  test(`refuses ${wrong.what} with its place, reason and remedy`, () => {
    const [fault, ...others] = faultsOf(wrong.text);
    assert.ok(fault !== undefined);
    const where = { path: fault.path, at: [fault.line, fault.column] };
    assert.deepEqual(where, { path: wrong.path, at: [...wrong.at] }, JSON.stringify([fault, ...others]));
    assert.match(fault.reason, wrong.reason);
    assert.match(fault.remedy, wrong.remedy);
    assert.equal(fault.file, 'test.yaml');
  });
}

test('one file may have many faults, told in the order of the file', () => {
  const faults = faultsOf(`${least}web: { port: x, adress: 1 }\nwan: { probeJitter: 7 }\nsip: 5\n`);
  assert.deepEqual(
    faults.map((f) => f.path),
    ['web.port', 'web.adress', 'wan.probeJitter', 'sip'],
  );
});

test('no secret stands in a fault', () => {
  const text = `${least}trunks:\n  - { name: a, uri: 'sip:a.example', username: u, password: "hunter2\\n" }\n`;
  assert.equal(JSON.stringify(faultsOf(text)).includes('hunter2'), false);
});

test('a key that the schema does not know is never accepted', () => {
  const known = new Set(Object.keys(configurationOf()));
  const name = fc.string({ minLength: 1, maxLength: 20 }).filter((n) => !known.has(n));
  fc.assert(
    fc.property(name, (key) => {
      assert.equal(parseConfiguration(`${least}${JSON.stringify(key)}: 1\n`, 'test.yaml').ok, false);
      assert.equal(
        parseConfiguration(`${least}web: { ${JSON.stringify(key)}: 1 }\n`, 'test.yaml').ok,
        ['port'].includes(key),
      );
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('nothing that is fed to the parser makes it throw', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('site:', '  name: a', '- x', 'trunks: [', '*a', '&a b', '? ', '!!map'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      parseConfiguration(lines.join('\n'), 'test.yaml');
    }),
    { seed: 11, numRuns: 500 },
  );
});
