import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Format, IceSettings, MediaEvent, RtpPlace, RtpSettings } from '../../src/media/index.js';
import { Namespace } from './branch/namespace.js';
import { sleep, until } from './branch/patience.js';
import { requireRootAndPeers } from './branch/requirements.js';
import { readWav, toneShare } from './branch/tone.js';
import { MediaEngineProcess, newPortId, usualSettings } from './media-engine-process.js';

/**
 * Two engines behind a NAT each, with coturn on the net between them:
 *
 *     engine 10.1.0.2 ── nat 203.0.113.2 ──┐
 *                                     net, coturn 203.0.113.9
 *     engine 10.2.0.2 ── nat 203.0.113.3 ──┘
 */
const server = { host: '203.0.113.9', port: 3478 };
const turn = { address: server, username: 'holdfast', password: 'relayed' };
const opus: Format = { payloadType: 96, codec: 'opus', clockRate: 48_000, channels: 2, parameters: 'useinbandfec=1' };

interface Site {
  readonly nat: Namespace;
  readonly space: Namespace;
  readonly engine: MediaEngineProcess;
  readonly host: string;
  readonly fingerprint: string;
}

const folder = mkdtempSync(join(tmpdir(), 'media-nat-'));
const spaces: Namespace[] = [];
const sites: Site[] = [];

async function space(role: string): Promise<Namespace> {
  const made = await Namespace.create(role);
  spaces.push(made);
  return made;
}

/** What comes unasked is dropped, as every firewall does; `random` gives each destination a port of its own. */
function natRules(random: boolean): string {
  return `
    flush ruleset
    table ip nat {
      chain in { type filter hook input priority 0; ct state established,related accept; iifname "wan" drop; }
      chain out { type nat hook postrouting priority 100; oifname "wan" masquerade${random ? ' fully-random' : ''}; }
    }`;
}

async function makeSite(index: 1 | 2, net: Namespace): Promise<Site> {
  const [nat, inside] = [await space(`nat${index}`), await space(`site${index}`)];
  const host = `10.${index}.0.2`;
  await net.ip(`link add nat${index} type veth peer name wan netns ${nat.name}`);
  await net.ip(`link set nat${index} master net`, `link set nat${index} up`);
  await nat.ip(
    `addr add 203.0.113.${index + 1}/24 dev wan`,
    'link set wan up',
    `link add lan type veth peer name lan netns ${inside.name}`,
    `addr add 10.${index}.0.1/24 dev lan`,
    'link set lan up',
  );
  await inside.ip(`addr add ${host}/24 dev lan`, 'link set lan up', `route add default via 10.${index}.0.1`);
  await nat.run('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1']);
  const engine = await MediaEngineProcess.start({
    folder: join(folder, `engine${index}`),
    prefix: ['ip', 'netns', 'exec', inside.name],
  });
  const hello = engine.events.find((event) => event.kind === 'hello');
  return { nat, space: inside, engine, host, fingerprint: hello?.kind === 'hello' ? hello.fingerprint : '' };
}

before(async () => {
  requireRootAndPeers();
  const net = await space('net');
  await net.ip('link add net type bridge', `addr add ${server.host}/24 dev net`, 'link set net up');
  // The net swallows what is sent to private addresses; without a route for them coturn gives up the allocation.
  await net.ip(
    'neigh add 203.0.113.1 lladdr 02:00:00:00:00:01 nud permanent dev net',
    'route add default via 203.0.113.1',
  );
  net.spawn(
    'turnserver',
    [
      ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--lt-cred-mech', '--realm', 'holdfast.test'],
      ...['--listening-ip', server.host, '--relay-ip', server.host, '--user', `${turn.username}:${turn.password}`],
      ...['--userdb', join(folder, 'turndb'), '--pidfile', join(folder, 'turn.pid'), '--log-file', 'stdout'],
      ...['--min-port', '50000', '--max-port', '50100', '--relay-threads', '1'],
    ],
    { logFile: join(folder, 'turn.log') },
  );
  for (const index of [1, 2] as const) sites.push(await makeSite(index, net));
  await until('coturn listens', 20_000, async () => (await net.run('ss', ['-Hlun'])).includes(':3478'));
});

after(async () => {
  for (const { engine } of sites) await engine.process.stop();
  for (const each of spaces.reverse()) await each.destroy();
  rmSync(folder, { recursive: true, force: true });
});

let calls = 0;

interface End {
  readonly site: Site;
  readonly id: string;
  readonly place: RtpPlace;
  readonly local: IceSettings['local'];
  readonly tone: number;
  settings: RtpSettings;
  candidates: NonNullable<IceSettings['remote']>['candidates'];
  pair: string;
}

/** Half a second is not always enough for this machine; then the port is opened once more. */
async function open(site: Site, index: number, rtcpMux: boolean): Promise<End> {
  const wanted = rtcpMux ? 3 : 6;
  let end = await openOnce(site, index, rtcpMux);
  for (let tries = 1; tries < 10 && end.candidates.length < wanted; tries++) {
    hangUp(end);
    calls++;
    end = await openOnce(site, index, rtcpMux);
  }
  return end;
}

async function openOnce(site: Site, index: number, rtcpMux: boolean): Promise<End> {
  const id = newPortId();
  const port = 35_000 + 2 * calls;
  const tone = index === 0 ? 500 : 1_200;
  const end: End = {
    site,
    id,
    tone,
    place: {
      rtp: { host: site.host, port },
      rtcp: { host: site.host, port: port + 1 },
      ice: { mode: 'full', stun: [server], turn: [turn] },
      ssrc: port + index,
      cname: `end${index}`,
    },
    local: { ufrag: `end${index}`, password: `password-of-the-end-${index}` },
    settings: {
      ...usualSettings,
      rtcpMux,
      receives: [opus],
      sends: [opus],
      hears: { kind: 'tone', tone: { steps: [{ frequencies: [tone], level: -10, durationMs: 0 }] } },
    },
    candidates: [],
    pair: '',
  };
  site.engine.listen((event: MediaEvent) => {
    if (event.kind === 'gathered' && event.port === id) end.candidates = event.candidates;
    if (event.kind === 'ice' && event.port === id) end.pair = event.pair ?? '';
  });
  const gathered = site.engine.next(
    'candidates',
    (event) => event.kind === 'gathered' && event.port === id && event.done,
  );
  const ice = { local: end.local, controlling: index === 0 };
  site.engine.tell({ kind: 'open', port: id, place: end.place, settings: { ...end.settings, ice } });
  await gathered;
  return end;
}

/** The end learns what the other one said. */
function answer(end: End, other: End, controlling: boolean): void {
  const { local, candidates } = other;
  const remote = { ufrag: local.ufrag, password: local.password, lite: false, candidates, trickle: false };
  end.settings = {
    ...end.settings,
    security: { kind: 'dtls', role: controlling ? 'server' : 'client', fingerprint: other.site.fingerprint },
    ice: { local: end.local, remote, controlling },
  };
  end.site.engine.tell({ kind: 'configure', port: end.id, settings: end.settings });
}

async function record(end: End): Promise<Int16Array> {
  const path = join(folder, `${end.id}-${calls}.wav`);
  const recording = `recording-${end.id}`;
  end.site.engine.tell({ kind: 'record', recording, ports: [end.id], path });
  await sleep(2_000);
  const recorded = end.site.engine.next('the recording', (event) => event.kind === 'recorded');
  end.site.engine.tell({ kind: 'stopRecording', recording });
  await recorded;
  return readWav(readFileSync(path)) ?? new Int16Array();
}

/** A call between the sites; both hear the other's tone. Returns the pairs that were agreed. */
async function call(rtcpMux: boolean): Promise<readonly [End, End]> {
  calls++;
  const [first, second] = sites;
  assert.ok(first !== undefined && second !== undefined);
  const [a, b] = [await open(first, 0, rtcpMux), await open(second, 1, rtcpMux)];
  const secured = [a, b].map((end) =>
    end.site.engine.next('keys', (event: MediaEvent) => event.kind === 'secured' && event.port === end.id, 20_000),
  );
  answer(b, a, false);
  await sleep(100);
  answer(a, b, true);
  await Promise.all(secured);
  await until('sound arrives', 20_000, async () => {
    const all = await Promise.all([a, b].map((end) => end.site.engine.statistics(end.id)));
    return all.every(({ received }) => received > 25);
  });
  const [atA, atB] = await Promise.all([record(a), record(b)]);
  for (const [samples, tone] of [
    [atA, b.tone],
    [atB, a.tone],
  ] as const) {
    const share = toneShare(samples, tone);
    assert.ok(samples.length > 8_000 && share > 0.9, `${share} of ${samples.length} samples is the tone`);
  }
  return [a, b];
}

function hangUp(...ends: readonly End[]): void {
  for (const { site, id } of ends) site.engine.tell({ kind: 'close', port: id });
}

describe('two engines behind a NAT each', () => {
  it('speak to each other straight where the NATs keep a port for all destinations', async () => {
    for (const { nat } of sites) await nat.nft(natRules(false));
    const ends = await call(true);
    for (const { pair, candidates } of ends) {
      assert.deepEqual(candidates.map(({ type }) => type).sort(), ['host', 'relay', 'srflx']);
      assert.match(pair, /^host .* (?:srflx|prflx) /);
    }
    hangUp(...ends);
  });

  it('speak through the relay where the NATs draw a port for each destination, RTP and RTCP apart', async () => {
    for (const { nat } of sites) await nat.nft(natRules(true));
    const ends = await call(false);
    for (const { pair } of ends) assert.match(pair, /relay/);
    hangUp(...ends);
  });
});
