import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '../system/branch/patience.js';
import type { PeerProcess } from '../system/branch/peer-process.js';
import { Sipp } from '../system/branch/sipp.js';
import { answering } from '../system/branch/sipp-scenario.js';
import { Authority } from '../system/certificates.js';
import { BenchGround } from './bench-ground.js';
import { memoryMb, processorTimeMs } from './processor-time.js';
import type { Row, Section } from './rows.js';

/** Nobody here is trusted: addresses of the namespace that are not those of loopback. */
const place = { server: '10.99.0.1', called: '10.99.0.3', callers: '10.99.0.4' } as const;
const ports = { calls: 5060, garbage: 5070, nobody: 5079, tcp: 5080, tls: 5081 } as const;
const callsPerSecond = 50;
const seconds = 8;
const secret = 'bench';

interface SetUp {
  readonly p50: number;
  readonly p99: number;
  /** Calls without an answer, refused ones, and INVITEs sent again after 500 ms. */
  readonly failed: number;
  readonly refused: number;
  readonly again: number;
}

/** Sources of an attack: `10.99.1.1` and so on. */
function sources(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `10.99.${1 + (i >> 7)}.${1 + (i & 127)}`);
}

function program(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** What a hostile network costs those who only want to telephone. */
export async function safety(connections: number): Promise<Section> {
  const ground = await BenchGround.open();
  const authority = new Authority();
  try {
    await ground.space.ip(
      'addr add 10.99.0.1/16 dev lo',
      ...[place.called, place.callers, ...sources(256)].map((a) => `addr add ${a}/32 dev lo`),
    );
    const bench = await SafetyBench.start(ground, authority);
    const rows: Row[] = [];
    await bench.setUp(); // compiled code
    rows.push(...setUpRows('quiet', await bench.setUp()));
    // Before the garbage: its addresses are banned afterwards.
    rows.push(...(await bench.avalanche(5000)));
    rows.push(...(await bench.garbage('one source to nobody', sources(1), ports.nobody)));
    for (const [name, count] of [
      ['one source', 1],
      ['256 sources', 256],
    ] as const) {
      rows.push(...(await bench.garbage(name, sources(count))));
    }
    if (connections > 0)
      for (const kind of ['tcp', 'tls'] as const) rows.push(...(await bench.idle(kind, connections)));
    if (connections > 0) rows.push(...(await bench.loris(Math.min(2000, connections))));
    return {
      title: 'Safety',
      notes: [
        `Set-up is the time from INVITE to 200 through createB2BUA of a minimal application, ${callsPerSecond} calls a second for ${seconds} s, UDP, in one namespace. All share the machine's processors with the attacker.`,
        'Garbage: noise, broken SIP that is answered 400, and SIP that nobody can answer, sent by one process as fast as it can to another port of the same server. Its sources are not trusted; each is banned after its first hundred faults. The same to a port where nobody listens shows what the sender alone takes from everybody.',
        'The avalanche: each telephone has its own Call-ID and sends again by timer E; they stand on 256 addresses. The application is the smallest there is, and on the same machine.',
        'Idle connections say nothing; slow ones send one byte of a request a second and never its end, until the server closes them.',
      ],
      rows,
    };
  } finally {
    authority.close();
    await ground.close();
  }
}

class SafetyBench {
  readonly #ground: BenchGround;
  readonly #server: PeerProcess;
  readonly #folder: string;

  private constructor(ground: BenchGround, server: PeerProcess, folder: string) {
    this.#ground = ground;
    this.#server = server;
    this.#folder = folder;
  }

  static async start(ground: BenchGround, authority: Authority): Promise<SafetyBench> {
    const folder = mkdtempSync(join(ground.folder, 'safety-'));
    const { certificate, key } = authority.issue(['DNS:bench.test'], 'bench.test');
    const listen = [
      `udp/${place.server}:${ports.calls}`,
      `udp/${place.server}:${ports.garbage}`,
      `tcp/${place.server}:${ports.tcp}`,
      `tls/${place.server}:${ports.tls}`,
    ].flatMap((at) => ['--listen', at]);
    const words = ['--control', '127.0.0.1:9022', '--secret', secret, ...listen, '--log', 'error'];
    const server = ground.space.spawn(
      process.execPath,
      [
        program('../../appliance/sip-server/main.js'),
        ...words,
        '--tls-cert',
        certificate,
        '--tls-key',
        key,
        '--trusted',
        place.called,
      ],
      { logFile: join(folder, 'sip-server.log') },
    );
    await sleep(1000);
    await started(ground, folder, [
      program('./minimal-application-main.js'),
      '9022',
      secret,
      `sip:${place.called}:5060`,
    ]);
    new Sipp(ground.space, folder, {
      name: 'called',
      scenario: answering({ ringMs: 0 }),
      address: place.called,
      port: 5060,
      timeoutS: 3600,
    });
    await sleep(500);
    return new SafetyBench(ground, server, folder);
  }

  async setUp(): Promise<SetUp> {
    const words = [place.callers, place.server, String(ports.calls), String(callsPerSecond), String(seconds)];
    return this.#said('set-up', [program('./set-up-main.js'), ...words]);
  }

  async garbage(name: string, from: readonly string[], port: number = ports.garbage): Promise<readonly Row[]> {
    const words = [place.server, String(port), String(seconds + 1), ...from];
    const sending: Promise<{ sent: number }> = this.#said('garbage', [program('./garbage-main.js'), ...words]);
    await sleep(500);
    const before = processorTimeMs(this.#server.pid);
    const setUp = await this.setUp();
    const spentMs = processorTimeMs(this.#server.pid) - before;
    const { sent } = await sending;
    return [
      { what: `garbage from ${name}: sent`, unit: 'datagrams/s', holdfast: sent / (seconds + 1) },
      ...setUpRows(`garbage from ${name}`, setUp),
      {
        what: `garbage from ${name}: SIP server`,
        unit: '% of a processor',
        holdfast: spentMs / (10 * (seconds + 1.5)),
      },
    ];
  }

  async avalanche(phones: number): Promise<readonly Row[]> {
    const words = [place.server, String(ports.garbage), String(phones), '2', ...sources(256)];
    const coming: Promise<{ registered: number; refused: number; again: number; seconds: number }> = this.#said(
      'avalanche',
      [program('./avalanche-main.js'), ...words],
    );
    const rows = setUpRows(`${phones} telephones register within 2 s`, await this.setUp());
    const { registered, refused, again, seconds: took } = await coming;
    return [
      ...rows,
      { what: `${phones} telephones: registered`, unit: 'telephones', holdfast: registered },
      { what: `${phones} telephones: all registered after`, unit: 's', holdfast: took },
      { what: `${phones} telephones: told to come later`, unit: 'REGISTERs', holdfast: refused },
      { what: `${phones} telephones: REGISTERs sent again`, unit: 'REGISTERs', holdfast: again },
    ];
  }

  async idle(kind: 'tcp' | 'tls', count: number): Promise<readonly Row[]> {
    const before = memoryMb([this.#server.pid]);
    const held = await this.#holding(kind, count);
    const rows = setUpRows(`${count} idle ${kind.toUpperCase()} connections`, await this.setUp());
    const grownKb = (1024 * (memoryMb([this.#server.pid]) - before)) / count;
    await held.stop();
    await sleep(1500);
    return [
      { what: `${count} idle ${kind.toUpperCase()} connections: made`, unit: '1/s', holdfast: held.perSecond },
      ...rows,
      {
        what: `memory per idle ${kind.toUpperCase()} connection`,
        unit: 'KB',
        holdfast: grownKb,
        ...(kind === 'tls' ? { goal: '≤ 60' } : {}),
      },
    ];
  }

  async loris(count: number): Promise<readonly Row[]> {
    const held = await this.#holding('loris', count);
    const rows = setUpRows(`${count} slow senders`, await this.setUp());
    const from = performance.now();
    while (held.standing() > count / 20 && performance.now() - from < 30_000) await sleep(250);
    const row = {
      what: `${count} slow senders: all but 5 % closed after`,
      unit: 's',
      holdfast: (performance.now() - held.since) / 1000,
    };
    await held.stop();
    return [...rows, row];
  }

  async #holding(kind: string, count: number) {
    const since = performance.now();
    let state = { made: 0, standing: 0, closed: 0 };
    const words = [kind, place.server, String(kind === 'tls' ? ports.tls : ports.tcp), String(count), ...sources(256)];
    const holder = this.#ground.space.spawn(process.execPath, [program('./idle-main.js'), ...words], {
      logFile: join(this.#folder, `${kind}.log`),
      onLine: (line) => {
        state = JSON.parse(line);
      },
    });
    while (state.standing < count * 0.99 && performance.now() - since < 180_000) {
      await sleep(200);
      if (kind === 'loris' && state.made >= count) break;
    }
    if (kind !== 'loris' && state.standing < count * 0.99)
      throw new Error(`only ${state.standing} of ${count} ${kind} connections stand`);
    const perSecond = (1000 * count) / (performance.now() - since);
    return { since, perSecond, standing: () => state.standing, stop: () => holder.stop() };
  }

  /** What a program of this benchmark prints as its only line. */
  #said<T>(name: string, words: readonly string[]): Promise<T> {
    return new Promise((resolve, reject) => {
      const speaker = this.#ground.space.spawn(process.execPath, [...words], {
        logFile: join(this.#folder, `${name}.log`),
        onLine: (line) => resolve(JSON.parse(line)),
      });
      speaker.ended.then((code) => reject(new Error(`${name} ended with ${code}: ${speaker.output()}`)));
    });
  }
}

function started(ground: BenchGround, folder: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const application = ground.space.spawn(process.execPath, [...words], {
      logFile: join(folder, 'application.log'),
      onLine: (line) => line === 'ready' && resolve(),
    });
    application.ended.then((code) => reject(new Error(`the application ended with ${code}: ${application.output()}`)));
  });
}

function setUpRows(when: string, { p50, p99, ...counts }: SetUp): readonly Row[] {
  const named = { failed: 'calls that failed', refused: 'calls refused', again: 'INVITEs sent again' } as const;
  const unwell = (['failed', 'refused', 'again'] as const).filter((count) => counts[count] > 0);
  return [
    { what: `${when}: set-up, median`, unit: 'ms', holdfast: p50 },
    { what: `${when}: set-up, 99th percentile`, unit: 'ms', holdfast: p99 },
    ...unwell.map((count) => ({
      what: `${when}: ${named[count]}`,
      unit: `of ${callsPerSecond * seconds}`,
      holdfast: counts[count],
    })),
  ];
}
