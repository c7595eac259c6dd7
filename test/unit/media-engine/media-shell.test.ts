import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hungMs, maxPorts } from '../../../appliance/media-engine/media-shell.js';
import { idleSettings, type ListedPort, type RtpSettings } from '../../../src/media/index.js';
import { noFigures } from '../../sim/simulated-media.js';
import { open, place, ShellBench } from './shell-bench.js';

const one = '00000000000000a1';
const two = '00000000000000a2';
const pulse = { kind: 'pulse', load: 0.1, ports: 0, packetsPerSecond: 0, complexity: 5 } as const;

function listed(bench: ShellBench): readonly ListedPort[] {
  bench.command({ kind: 'list' });
  const ports = bench.told.at(-1);
  assert.ok(ports?.kind === 'ports');
  return ports.ports;
}

describe("the media engine's shell", () => {
  it('greets each controller, and tells only the last one', () => {
    const bench = new ShellBench();
    const before: unknown[] = [];
    bench.shell.connected((event) => before.push(event));
    bench.shell.connected(bench.tell);
    bench.say(pulse);
    assert.equal(before.length, 1);
    assert.deepEqual(
      bench.told.map(({ kind }) => kind),
      ['hello', 'pulse'],
    );
    const [hello] = bench.told;
    assert.ok(hello?.kind === 'hello');
    assert.match(hello.instance, /^[0-9a-f]{16}$/);
    assert.equal(hello.fingerprint, 'sha-256 AA:BB');
    bench.shell.disconnected(() => undefined);
    bench.say(pulse);
    assert.equal(bench.told.length, 3, 'an old connection that ends does not cut off the new one');
    bench.shell.disconnected(bench.tell);
    bench.say(pulse);
    assert.equal(bench.told.length, 3);
  });

  it('shares commands out: first the native thread, and at the end the agent first', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    bench.command(
      open(one),
      { kind: 'configure', port: one, settings: { ...idleSettings, packetMs: 30 } },
      { kind: 'hear', port: one, source: { kind: 'port', port: two } },
      { kind: 'digit', port: one, digit: '#', durationMs: 100 },
      { kind: 'addCandidates', port: one, candidates: [] },
      { kind: 'close', port: one },
    );
    assert.deepEqual(
      bench.native.commands.map(({ kind }) => kind),
      ['open', 'configure', 'hear', 'digit', 'close'],
    );
    assert.deepEqual(bench.agent.said, [
      `open ${one} after open`,
      `configure ${one} after configure`,
      `addCandidates ${one} after digit`,
      `close ${one} after digit`,
    ]);
    assert.deepEqual(
      bench.told.map(({ kind }) => kind),
      ['hello'],
    );
    bench.say({ kind: 'closed', port: one, statistics: noFigures });
    assert.equal(bench.told.at(-1)?.kind, 'closed');
    assert.equal(bench.agent.said.length, 4, 'told once');
    assert.equal(bench.shell.ports.size, 0);
  });

  it('lists for a new controller what was wanted last and what became of it', () => {
    const bench = new ShellBench();
    const settings: RtpSettings = {
      ...idleSettings,
      security: { kind: 'dtls', role: 'server', fingerprint: 'sha-256 CC:DD' },
      ice: {
        local: { ufrag: 'u', password: 'p' },
        remote: { ufrag: 'v', password: 'q', lite: false, candidates: [], trickle: true },
        controlling: false,
      },
    };
    const candidate = {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 99,
      address: { host: '10.0.0.1', port: 5 },
      type: 'host',
    } as const;
    bench.command(open(one), { kind: 'configure', port: one, settings }, open(two));
    bench.command(
      { kind: 'addCandidates', port: one, candidates: [candidate] },
      { kind: 'hear', port: one, source: { kind: 'port', port: two } },
      { kind: 'close', port: two },
    );
    const latched = { host: '10.0.0.9', port: 4000 };
    bench.say(
      { kind: 'latched', port: one, address: latched },
      { kind: 'rolled', port: one, rollover: { ssrc: 5, roc: 1 } },
      { kind: 'rolled', port: one, rollover: { ssrc: 6, roc: 1 } },
      { kind: 'rolled', port: one, rollover: { ssrc: 5, roc: 2 } },
    );
    const keys = { suite: 'SRTP_AES128_CM_HMAC_SHA1_80', send: 'c2VuZA==', receive: 'cmVj' };
    bench.agent.world.toController({ kind: 'secured', port: one, keys });
    bench.shell.connected(bench.tell);
    const whole = {
      port: one,
      rtp: {
        place,
        settings: {
          ...settings,
          ice: { ...settings.ice, remote: { ...settings.ice?.remote, candidates: [candidate] } },
          hears: { kind: 'port', port: two },
        },
        received: [
          { ssrc: 6, roc: 1 },
          { ssrc: 5, roc: 2 },
        ],
        dtlsKeys: keys,
        latched,
      },
    };
    assert.deepEqual(listed(bench), [whole]);
    bench.command({ kind: 'configure', port: one, settings: { ...settings, latchEpoch: 1 } });
    assert.equal(listed(bench)[0]?.rtp?.latched, undefined, 'the peer may have moved');
  });

  it('lists what a dead engine’s port brought along', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    const keys = { suite: 'SRTP_AES128_CM_HMAC_SHA1_80', send: 'c2VuZA==', receive: 'cmVj' };
    const resumed = { received: [{ ssrc: 1, roc: 2 }], dtlsKeys: keys, latched: { host: '10.0.0.9', port: 4000 } };
    bench.command({ ...open(one), resumed });
    assert.deepEqual(listed(bench), [{ port: one, rtp: { place, settings: idleSettings, ...resumed } }]);
    assert.deepEqual(bench.agent.said, [`open ${one} ${keys.suite} after open`]);
  });

  it('keeps time slots of line cards as well', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    const settings = {
      law: 'u',
      echoCanceller: true,
      listens: { digits: true, mf: false, tones: [[350, 440]], fsk: 'bell202', fax: false },
      gainInDb: 0,
      gainOutDb: -3,
      jitter: { minMs: 10, maxMs: 100 },
      hears: { kind: 'nothing' },
    } as const;
    const tdm = { path: '/dev/dahdi/1', blockBytes: 80 };
    bench.command({ kind: 'openTdm', port: one, place: tdm, settings });
    bench.command({ kind: 'hear', port: one, source: { kind: 'port', port: two } });
    assert.deepEqual(listed(bench), [
      { port: one, tdm: { place: tdm, settings: { ...settings, hears: { kind: 'port', port: two } } } },
    ]);
    bench.command({ kind: 'configureTdm', port: one, settings });
    assert.deepEqual(listed(bench)[0]?.tdm?.settings, settings);
    assert.deepEqual(bench.agent.said, []);
  });

  it('forgets a port that the native thread could not open, and says so', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    bench.command(open(one));
    bench.say({ kind: 'failed', port: one, command: 'open', why: 'EADDRINUSE' });
    assert.deepEqual(bench.told.at(-1), { kind: 'failed', port: one, command: 'open', why: 'EADDRINUSE' });
    assert.deepEqual(listed(bench), []);
    assert.equal(bench.agent.said.at(-1), `close ${one} after open`);
    bench.say({ kind: 'failed', port: two, command: 'digit', why: 'no format' });
    assert.equal(bench.told.at(-1)?.kind, 'failed');
  });

  it('answers what it cannot do: twice the same port, none at all, what the thread refuses', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    bench.command(open(one), open(one));
    assert.deepEqual(bench.told.at(-1), {
      kind: 'failed',
      port: one,
      command: 'open',
      why: 'this port is open already',
    });
    bench.command({ kind: 'close', port: two });
    assert.deepEqual(bench.told.at(-1), { kind: 'failed', port: two, command: 'close', why: 'there is no such port' });
    bench.command({ kind: 'close', port: one }, { kind: 'hear', port: one, source: { kind: 'nothing' } });
    assert.deepEqual(bench.told.at(-1), { kind: 'failed', port: one, command: 'hear', why: 'there is no such port' });
    bench.native.refuses = () => 'no';
    bench.command(open(two));
    assert.deepEqual(bench.told.at(-1), { kind: 'failed', port: two, command: 'open', why: 'no' });
    assert.equal(bench.shell.ports.has(two), false);
  });

  it('has a limit of ports', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    for (let i = 0; i <= maxPorts; i++) bench.shell.command(open(i.toString(16).padStart(16, '0')));
    assert.equal(bench.shell.ports.size, maxPorts);
    const refused = bench.told.at(-1);
    assert.ok(refused?.kind === 'failed');
    assert.match(refused.why, /10000 ports/);
  });

  it('hands packets of ICE and DTLS to the agent, and never to the controller', () => {
    const bench = new ShellBench();
    bench.shell.connected(bench.tell);
    bench.command(open(one));
    bench.say({
      kind: 'packet',
      port: one,
      component: 1,
      bytes: new Uint8Array([1]),
      from: { host: '1.2.3.4', port: 5 },
    });
    assert.deepEqual(bench.agent.said.at(-1), `packet ${one} after open`);
    bench.agent.world.toNative({ kind: 'path', port: one, component: 1, remote: null });
    assert.equal(bench.native.commands.at(-1)?.kind, 'path');
    assert.deepEqual(
      bench.told.map(({ kind }) => kind),
      ['hello'],
    );
  });

  it('notices that the native thread hangs', () => {
    const bench = new ShellBench();
    bench.clock.advance(hungMs - 1);
    bench.say(pulse);
    bench.clock.advance(hungMs - 1);
    assert.equal(bench.hung, 0);
    bench.clock.advance(1);
    assert.equal(bench.hung, 1);
  });

  it('stops without leaving a timer', () => {
    const bench = new ShellBench();
    bench.shell.stop();
    assert.equal(bench.native.stopped, true);
    assert.equal(bench.clock.pending, 0);
  });
});
