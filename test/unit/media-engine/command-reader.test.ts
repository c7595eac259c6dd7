import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readCommand } from '../../../appliance/media-engine/command-reader.js';
import { idleSettings, type MediaCommand, type RtpSettings } from '../../../src/media/index.js';
import { open, place, ShellBench } from './shell-bench.js';

const port = '00000000000000a1';
const address = { host: 'fd00::1', port: 4000 };
const key = {
  suite: 'AEAD_AES_256_GCM',
  keyAndSalt: 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXI=',
} as const;
const format = {
  payloadType: 111,
  codec: 'opus',
  clockRate: 48_000,
  channels: 2,
  parameters: 'useinbandfec=1',
} as const;
const settings: RtpSettings = {
  ...idleSettings,
  remote: { rtp: address, rtcp: address },
  security: { kind: 'sdes', send: key, receive: key },
  receives: [format],
  sends: [format],
  hears: { kind: 'tone', tone: { steps: [{ frequencies: [350, 440], level: -13, durationMs: 0 }], repeatFrom: 0 } },
};

const commands: readonly MediaCommand[] = [
  open(port),
  {
    kind: 'open',
    port,
    place: {
      ...place,
      ice: { mode: 'full', stun: [address], turn: [{ address, username: 'u', password: 'p' }] },
    },
    settings,
    resumed: {
      received: [{ ssrc: 4_294_967_295, roc: 1 }],
      latched: address,
      dtlsKeys: {
        suite: 'SRTP_AEAD_AES_128_GCM',
        send: 'QQ==',
        receive: 'QQ==',
        rtcp: { send: 'QQ==', receive: 'QQ==' },
      },
    },
  },
  { kind: 'hear', port, source: { kind: 'file', path: '/var/music on hold.wav', loop: true, shared: true } },
  { kind: 'hear', port, source: { kind: 'mix', mix: 'conference-1', speaks: false } },
  { kind: 'digit', port, digit: 'D', durationMs: 120 },
  { kind: 'record', recording: 'r1', ports: [port], path: '/var/r.wav' },
  { kind: 'stopRecording', recording: 'r1' },
  { kind: 'askStatistics', port },
  { kind: 'list' },
];

/** `value` with one thing changed at a random depth. */
function damaged(value: unknown, pick: () => number): unknown {
  const junk = [null, -1, 1e99, '', '\0', 'x'.repeat(5000), [], {}, true, Number.NaN, ['a'], { kind: 'port' }];
  if (typeof value !== 'object' || value === null || pick() % 4 === 0) return junk[pick() % junk.length];
  const entries = Object.entries(value);
  if (entries.length === 0 || pick() % 5 === 0) return { ...value, surplus: 1 };
  const at = pick() % entries.length;
  if (pick() % 4 === 0) return Object.fromEntries(entries.filter((_, index) => index !== at));
  const changed = entries.map(([name, each], index) => [name, index === at ? damaged(each, pick) : each] as const);
  return Array.isArray(value) ? changed.map(([, each]) => each) : Object.fromEntries(changed);
}

describe("the reader of the media engine's commands", () => {
  it('takes every command as the controller writes it', () => {
    for (const command of commands) {
      const read = readCommand(JSON.parse(JSON.stringify(command)));
      assert.ok(read.ok, JSON.stringify(read));
      assert.deepEqual(read.value, command);
    }
  });

  it('says what is wrong, and where, without repeating it', () => {
    const wrong = (value: unknown): string => {
      const read = readCommand(value);
      assert.ok(!read.ok, JSON.stringify(value));
      return `${read.error.command}: ${read.error.why}`;
    };
    assert.equal(wrong(7), ': command is not an object');
    assert.equal(wrong({ kind: 'explode' }), 'explode: command.kind is unknown');
    assert.equal(wrong({ kind: 'close' }), 'close: command.port is missing');
    assert.equal(wrong({ kind: 'close', port: 'A1' }), 'close: command.port is not of its form');
    assert.equal(wrong({ kind: 'close', port, and: 1 }), 'close: command has an unknown field');
    assert.equal(
      wrong({
        kind: 'configure',
        port,
        settings: { ...settings, security: { kind: 'sdes', send: key, receive: { ...key, suite: 'NULL' } } },
      }),
      'configure: command.settings.security.receive.suite is not one of AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32, AES_256_CM_HMAC_SHA1_80, AES_256_CM_HMAC_SHA1_32, AEAD_AES_128_GCM, AEAD_AES_256_GCM',
    );
    assert.equal(
      wrong({ kind: 'open', port, place: { ...place, rtp: { host: 'example.com', port: 1 } }, settings }),
      'open: command.place.rtp.host is not an IP address',
    );
    assert.equal(
      wrong({ kind: 'hear', port, source: { kind: 'file', path: '../etc', loop: true, shared: false } }),
      'hear: command.source.path is not of its form',
    );
    assert.equal(
      wrong({ kind: 'digit', port, digit: '12', durationMs: 100 }),
      'digit: command.digit is longer than 1 characters',
    );
  });

  it('names the port of a bad command, for the leg that waits', () => {
    const read = readCommand({ kind: 'hear', port, source: {} });
    assert.ok(!read.ok);
    assert.equal(read.error.port, port);
  });

  it('never throws and never lets damage through to the native thread, whatever comes', () => {
    fc.assert(
      fc.property(fc.nat(commands.length - 1), fc.array(fc.nat(), { minLength: 8, maxLength: 40 }), (which, dice) => {
        let thrown = 0;
        const pick = (): number => dice[thrown++ % dice.length] ?? 0;
        const bench = new ShellBench();
        bench.shell.connected(bench.tell);
        const value: unknown = JSON.parse(JSON.stringify(damaged(commands[which], pick)) ?? 'null');
        bench.shell.command(value);
        const read = readCommand(value);
        if (!read.ok) {
          assert.deepEqual(bench.native.commands, []);
          assert.equal(bench.told.at(-1)?.kind, 'failed');
        }
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.ok(!readCommand(value).ok || JSON.stringify(value) === '{"kind":"list"}');
      }),
    );
  });
});
