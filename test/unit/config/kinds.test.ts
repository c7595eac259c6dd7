import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/base/index.js';
import {
  type ChannelRange,
  channelId,
  channelRange,
  channelsOf,
  decibels,
  slotRange,
  spanId,
  splitChannel,
} from '../../../src/config/line-kinds.js';
import {
  cidr,
  hostName,
  hostPort,
  interfaceName,
  ipAddress,
  ipPort,
  port,
  portRange,
  sipListener,
  sipUri,
} from '../../../src/config/network-kinds.js';
import {
  dialString,
  digits,
  e164,
  e164Start,
  extensionPattern,
  numberPattern,
} from '../../../src/config/number-kinds.js';
import {
  boolean,
  choice,
  count,
  filePath,
  identifier,
  milliseconds,
  ratio,
  seconds,
  secret,
  text,
} from '../../../src/config/plain-kinds.js';
import type { Kind } from '../../../src/config/shape.js';

interface Row<T> {
  readonly kind: Kind<T>;
  readonly good: readonly (readonly [text: string, value: T])[];
  readonly bad: readonly (readonly [text: string, remedy: RegExp])[];
}

/** Keeps the value's type while rows of many types stand in one list. */
function row<T>(kind: Kind<T>, good: Row<T>['good'], bad: Row<T>['bad']): Row<unknown> {
  return { kind, good, bad };
}

const rows: readonly Row<unknown>[] = [
  row(
    text,
    [
      ['Oak Street', 'Oak Street'],
      ['Zürich', 'Zürich'],
    ],
    [
      ['', /text/],
      ['a\nb', /one line/],
      ['x'.repeat(201), /shorten/],
    ],
  ),
  row(
    identifier,
    [
      ['pstn-1', 'pstn-1'],
      ['a', 'a'],
    ],
    [
      ['', /letters/],
      ['a b', /letters/],
      ['-a', /letters/],
      ['x'.repeat(65), /letters/],
    ],
  ),
  row(
    boolean,
    [
      ['true', true],
      ['false', false],
    ],
    [
      ['yes', /true or false/],
      ['True', /true or false/],
      ['1', /true or false/],
    ],
  ),
  row(
    choice(['rewrite', 'path']),
    [['path', 'path']],
    [
      ['rewrit', /did you mean "rewrite"/],
      ['x', /one of: rewrite, path/],
    ],
  ),
  row(
    count(1, 10),
    [
      ['1', 1],
      ['10', 10],
      ['07', 7],
    ],
    [
      ['0', /1 to 10/],
      ['11', /1 to 10/],
      ['1.5', /whole/],
      ['-1', /whole/],
      ['1e1', /whole/],
    ],
  ),
  row(
    seconds(1, 600),
    [['600', 600]],
    [
      ['10 s', /number alone/],
      ['2min', /number alone/],
      ['601', /1 to 600/],
    ],
  ),
  row(
    milliseconds(0, 2000),
    [['0', 0]],
    [
      ['500ms', /number alone/],
      ['0x10', /whole/],
    ],
  ),
  row(
    ratio(0, 0.5),
    [
      ['0.15', 0.15],
      ['0', 0],
      ['0.5', 0.5],
    ],
    [
      ['15 %', /write 0\.15/],
      ['15%', /write 0\.15/],
      ['0,15', /decimal point/],
      ['0.51', /0 to 0\.5/],
    ],
  ),
  row(
    filePath,
    [
      ['users.yaml', 'users.yaml'],
      ['/var/lib/x y', '/var/lib/x y'],
    ],
    [
      ['', /path/],
      ['~/users', /in full/],
      ['a\u0000b', /path/],
    ],
  ),
  row(
    port,
    [
      ['1', 1],
      ['65535', 65535],
    ],
    [
      ['0', /1 to 65535/],
      ['65536', /1 to 65535/],
      ['sip', /1 to 65535/],
    ],
  ),
  row(
    ipAddress,
    [
      ['192.0.2.1', '192.0.2.1'],
      ['2001:db8::1', '2001:db8::1'],
      ['::', '::'],
    ],
    [
      ['192.0.2', /192\.0\.2\.10/],
      ['192.0.2.01', /./],
      ['fe80::1%eth0', /./],
      ['example.com', /./],
    ],
  ),
  row(
    cidr,
    [
      ['10.0.0.0/8', '10.0.0.0/8'],
      ['fc00::/7', 'fc00::/7'],
      ['0.0.0.0/0', '0.0.0.0/0'],
    ],
    [
      ['10.0.0.1/8', /write 10\.0\.0\.0\/8/],
      ['2001:db8::1/64', /write 2001:db8::\/64/],
      ['10.0.0.0', /192\.168/],
      ['10.0.0.0/33', /192\.168/],
    ],
  ),
  row(
    hostName,
    [
      ['Voip.Example.com', 'voip.example.com'],
      ['10.0.0.1', '10.0.0.1'],
      ['::1', '::1'],
    ],
    [
      ['exa mple', /host|voip/],
      ['a..b', /voip/],
      ['-a.example', /voip/],
      ['256.1.1.1', /voip/],
    ],
  ),
  row(
    hostPort,
    [
      ['127.0.0.1:9022', { host: '127.0.0.1', port: 9022 }],
      ['[::1]:5060', { host: '::1', port: 5060 }],
    ],
    [
      ['127.0.0.1', /host:port/],
      ['::1:5060', /brackets/],
      ['a:0', /1 to 65535/],
      [':5060', /host:port/],
      ['[x]:5060', /domain name/],
    ],
  ),
  row(
    ipPort,
    [
      ['192.0.2.1:3478', { host: '192.0.2.1', port: 3478 }],
      ['[::1]:3478', { host: '::1', port: 3478 }],
    ],
    [
      ['turn.example.com:3478', /not the name/],
      ['192.0.2.1', /host:port/],
    ],
  ),
  row(
    portRange,
    [
      ['20000-29999', { first: 20000, last: 29999 }],
      ['1 - 2', { first: 1, last: 2 }],
    ],
    [
      ['20000', /20000-29999/],
      ['3-2', /20000-29999/],
      ['1-2-3', /20000-29999/],
      ['0-2', /1 to 65535/],
    ],
  ),
  row(
    spanId,
    [
      ['sim/1', 'sim/1'],
      ['pci:0000:01:00.0/2', 'pci:0000:01:00.0/2'],
    ],
    [
      ['', /as the page lists it/],
      ['a b', /as the page lists it/],
      ['/dev/dahdi', /as the page lists it/],
    ],
  ),
  row(
    channelId,
    [
      ['sim/1:5', 'sim/1:5'],
      ['sim/1:05', 'sim/1:5'],
      ['pci:0000:01:00.0/2:31', 'pci:0000:01:00.0/2:31'],
    ],
    [
      ['sim/1', /span:number/],
      ['sim/1:x', /a number/],
      ['sim/1:0', /from 1 to 31/],
      ['sim/1:32', /from 1 to 31/],
      ['sim/1:1-2', /write one/],
      [':1', /span:number/],
    ],
  ),
  row(
    channelRange,
    [
      ['sim/1:1-23', { span: 'sim/1', first: 1, last: 23 }],
      ['sim/1:4', { span: 'sim/1', first: 4, last: 4 }],
    ],
    [
      ['1-23', /span:number/],
      ['sim/1:23-1', /write 1-23/],
      ['sim/1:1-32', /from 1 to 31/],
      ['sim/1:1-2-3', /number or a range/],
    ],
  ),
  row(
    slotRange,
    [
      ['1-15', { first: 1, last: 15 }],
      ['7', { first: 7, last: 7 }],
    ],
    [
      ['0-3', /from 1 to 31/],
      ['all', /range such as/],
    ],
  ),
  row(
    decibels(-12, 12),
    [
      ['-3', -3],
      ['+6', 6],
      ['-0', 0],
    ],
    [
      ['13', /-12 to 12/],
      ['3 dB', /number alone/],
      ['1.5', /whole/],
    ],
  ),
  row(
    sipListener,
    [
      ['udp/0.0.0.0:5060', { transport: 'udp', host: '0.0.0.0', port: 5060 }],
      ['TCP/[::]:5062', { transport: 'tcp', host: '::', port: 5062 }],
      ['tls/0.0.0.0:5061', { transport: 'tls', host: '0.0.0.0', port: 5061 }],
      ['wss/192.0.2.1:443', { transport: 'wss', host: '192.0.2.1', port: 443 }],
    ],
    [
      ['sctp/0.0.0.0:5061', /transport\/address/],
      ['0.0.0.0:5060', /transport\/address/],
      ['udp/localhost:5060', /0\.0\.0\.0/],
    ],
  ),
  row(
    sipUri,
    [
      'sip:192.0.2.1',
      'sip:centre.example.com:5062;transport=tcp',
      'sip:gw@[2001:db8::1]:5060',
      'SIP:a.example',
      'sips:a.example',
      'sip:a.example;transport=tls',
    ].map((u) => [u, u] as const),
    [
      ['192.0.2.1', /write sip:192/],
      ['sips:a.example;transport=udp', /write sip:/],
      ['sip:a.example;transport=ws', /;transport=/],
      ['sip:a.example;transport=sctp', /;transport=/],
      ['sip:u:p@a.example', /username and password/],
      ['sip:a.example:99999', /./],
      ['sip:a.example?x=y', /remove/],
      ['sip:', /./],
      ['sip:a b', /./],
      ['<sip:a>', /./],
      ['sip:999.1.1.1', /./],
    ],
  ),
  row(
    interfaceName,
    [
      ['eth0', 'eth0'],
      ['eth0.17', 'eth0.17'],
      ['enp3s0f1', 'enp3s0f1'],
    ],
    [
      ['eth 0', /ip link/],
      ['a-name-too-long-x', /ip link/],
      ['a/b', /ip link/],
      ['..', /ip link/],
    ],
  ),
  row(
    e164,
    [
      ['+14155550100', '+14155550100'],
      ['+4930123456', '+4930123456'],
    ],
    [
      ['+1 (415) 555-0100', /write \+14155550100/],
      ['14155550100', /country code first/],
      ['+0123456789', /international|digits/],
      ['+123456', /7 to 15/],
      ['+1234567890123456', /7 to 15/],
    ],
  ),
  row(
    e164Start,
    [
      ['+1312555', '+1312555'],
      ['+4', '+4'],
    ],
    [
      ['1312', /country code first/],
      ['+', /country code first/],
    ],
  ),
  row(
    digits(0, 2),
    [
      ['', ''],
      ['9', '9'],
    ],
    [
      ['123', /"" for none/],
      ['a', /digits/],
    ],
  ),
  row(digits(3, 3), [['911', '911']], [['91', /3 digits/]]),
  row(
    dialString,
    [
      ['', ''],
      ['+1800', '+1800'],
      ['*67', '*67'],
    ],
    [
      ['1-800', /alone/],
      ['1+', /alone/],
    ],
  ),
  row(
    numberPattern,
    [
      ['9NXXXXXX', '9NXXXXXX'],
      ['+44.', '+44.'],
    ],
    [
      ['_9XXX', /digits, X/],
      ['', /digits, X/],
      ['9.X', /digits, X/],
    ],
  ),
  row(
    extensionPattern,
    [
      ['3XXX', '3XXX'],
      ['[23]XX', '[23]XX'],
    ],
    [
      ['3.', /X for each digit/],
      ['+3XX', /digits, X/],
      ['*1', /digits, X/],
    ],
  ),
];

for (const { kind, good, bad } of rows) {
  test(`${kind.kindName} (${kind.says})`, () => {
    for (const [word, value] of good) {
      const read = kind.readText(word);
      assert.ok(read.ok, `"${word}" was refused`);
      assert.deepEqual(read.value, value);
      const again = kind.readText(String(kind.plain(read.value, 'shown')));
      assert.ok(again.ok, `what is written for "${word}" cannot be read`);
      assert.deepEqual(again.value, value);
    }
    for (const [word, remedy] of bad) {
      const read = kind.readText(word);
      assert.ok(!read.ok, `"${word}" was accepted`);
      assert.match(read.error.remedy, remedy);
      assert.notEqual(read.error.reason, '');
    }
  });
}

test('a secret reads as a Secret and is hidden when printed', () => {
  const read = secret.readText('hunter2');
  assert.ok(read.ok);
  assert.ok(read.value instanceof Secret);
  assert.equal(secret.plain(read.value, 'hidden'), '[secret]');
  assert.equal(secret.plain(read.value, 'shown'), 'hunter2');
  assert.equal(secret.readText('').ok, false);
  assert.equal(secret.readText('a\tb').ok, false);
});

test('ranges of channels are their channels, whatever a span is called', () => {
  const ranges: readonly ChannelRange[] = [
    { span: 'a:b/1', first: 1, last: 3 },
    { span: 'c', first: 9, last: 9 },
  ];
  assert.deepEqual(channelsOf(ranges), ['a:b/1:1', 'a:b/1:2', 'a:b/1:3', 'c:9']);
  assert.deepEqual(splitChannel('a:b/1:3'), { span: 'a:b/1', slot: 3 });
});
