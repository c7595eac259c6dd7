import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idleTdmSettings } from '../../src/media/index.js';
import { PeerProcess } from '../system/branch/peer-process.js';
import { newPortId } from '../system/media-engine-process.js';
import { HoldfastMedia, type Opening, openingOf } from './holdfast-subject.js';
import { tdmFloorProgram, tdmLoadProgram } from './native-programs.js';
import type { Row, Section } from './rows.js';
import { firstFarPort } from './voice-load.js';

const host = '127.0.0.1';
const firstOwnPort = 29_000;
const measuredSeconds = 8;
/** Jitter buffers follow slowly, and all calls begin at once. */
const warmSeconds = 14;

interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly count: number;
}

/** What native/tdm-load prints; delays in ms. */
interface Lines {
  readonly toNetwork: Delay;
  readonly toLine: Delay;
  readonly loop: Delay;
  /** How late the generator itself was. */
  readonly late: Delay;
  readonly packetsPerSecond: number;
  /** Of one processor, 0-1. */
  readonly load: number;
  readonly wakeUps: number;
  /** Of `toLine`: what was written before its slot came. */
  readonly inCard: Delay;
  /** Blocks that were not taken from the card. */
  readonly blocked: number;
  /** Of what is heard, 0-1: written when its slot was over. */
  readonly lost: number;
}

interface Case {
  readonly lines: number;
  readonly packetMs: 10 | 20;
  /** Samples a read and a write. */
  readonly block: number;
}

/** Four T1s, and what one call costs in time where little else is to be done. */
const cases: readonly Case[] = [
  { lines: 4, packetMs: 20, block: 8 },
  { lines: 4, packetMs: 10, block: 8 },
  { lines: 96, packetMs: 20, block: 8 },
  { lines: 96, packetMs: 20, block: 16 },
  { lines: 96, packetMs: 20, block: 40 },
  { lines: 96, packetMs: 10, block: 8 },
];

/** Lines with sound, each bridged to an RTP port whose peer sends back what it hears; beside the same reads and writes alone. */
export async function tdm(): Promise<Section> {
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const one of cases) {
    const [holdfast, floor] = [await measure(one, ours), await measure(one, floors)];
    const name = `${one.lines} lines, ${one.packetMs} ms packets, blocks of ${one.block / 8} ms`;
    const goal = one.packetMs === 20 ? '≤ 25' : '≤ 12';
    rows.push(
      { what: `${name}: there and back, p50`, unit: 'ms', holdfast: holdfast.loop.p50, peer: floor.loop.p50, goal },
      { what: `${name}: there and back, p99`, unit: 'ms', holdfast: holdfast.loop.p99, peer: floor.loop.p99 },
      { what: '– line to packet, p50', unit: 'ms', holdfast: holdfast.toNetwork.p50, peer: floor.toNetwork.p50 },
      { what: '– packet to line, p50', unit: 'ms', holdfast: holdfast.toLine.p50, peer: floor.toLine.p50 },
      { what: '– – of it in the card, p50', unit: 'ms', holdfast: holdfast.inCard.p50, peer: floor.inCard.p50 },
      { what: '– too late for the card', unit: '%', holdfast: holdfast.lost * 100, peer: floor.lost * 100 },
      { what: '– processor', unit: '%', holdfast: holdfast.load * 100, peer: floor.load * 100 },
      { what: '– wake-ups', unit: '1/s', holdfast: holdfast.wakeUps, peer: floor.wakeUps },
    );
    if (holdfast.blocked > 0) notes.push(`${name}: ${holdfast.blocked} blocks were not taken from the card.`);
    if (holdfast.late.p99 > 1) notes.push(`${name}: the generator itself was up to ${holdfast.late.p99} ms late.`);
  }
  return {
    title: 'Lines (TDM)',
    peer: 'floor',
    notes: [
      `Lines with sound, µ-law, clocked by a generator on the other processor through Unix sockets, each bridged to an RTP port (PCMU) whose far end sends every packet back at once.`,
      'There and back: from a sample on the line to the same sample on the line again. The time to fill a packet is in it, and so is a block on the way in: what is sampled first waits for the last.',
      'The card plays by its slots, which wait for nobody: an answer is played from so long after its tick on as 99 of 100 answers took before it counted, and what comes later is lost. No card plays an answer before its next tick: where that is counted too, it is a millisecond more, for the floor as well.',
      'The floor is a loop in C of the same reads and writes and nothing else (test/bench/native/tdm-floor.cc): no jitter buffer, no clocks fitted, nobody to command it.',
      ...notes,
    ],
    rows,
  };
}

type Subject = (folder: string, one: Case) => Promise<{ readonly pid: number; begin(): void; stop(): Promise<void> }>;

async function measure(one: Case, start: Subject): Promise<Lines> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tdm-bench-'));
  const subject = await start(folder, one);
  let said: Lines | undefined;
  const load = new PeerProcess(
    tdmLoadProgram(),
    [
      ...[
        '--folder',
        folder,
        '--lines',
        String(one.lines),
        '--block',
        String(one.block),
        '--port',
        String(firstFarPort),
      ],
      ...[
        '--seconds',
        String(measuredSeconds),
        '--warm',
        String(warmSeconds),
        '--pid',
        String(subject.pid),
        '--cpu',
        '1',
      ],
    ],
    {
      logFile: join(folder, 'tdm-load.log'),
      onLine: (line) => {
        if (line === 'ready') subject.begin();
        else if (line.startsWith('{')) said = JSON.parse(line);
      },
    },
  );
  const code = await load.ended;
  await subject.stop();
  if (said === undefined) throw new Error(`tdm-load ended with ${code}: ${load.output()}`);
  rmSync(folder, { recursive: true, force: true });
  return said;
}

const ours: Subject = async (folder, { lines, packetMs, block }) => {
  const subject = await HoldfastMedia.start({ folder, processor: 0, host });
  const begin = (): void => {
    for (let index = 0; index < lines; index += 1) {
      const [line, network] = [newPortId(), newPortId()];
      const side = { codec: 'PCMU', payloadType: 0 } as const;
      const [ownPort, farPort] = [firstOwnPort + 2 * index, firstFarPort + 2 * index];
      const opening: Opening = openingOf(network, line, side, { send: '', receive: '' }, host, ownPort, farPort);
      subject.engine.tell({ ...opening, settings: { ...opening.settings, packetMs } });
      subject.engine.tell({
        kind: 'openTdm',
        port: line,
        place: { path: join(folder, `line-${index}`), blockBytes: block },
        settings: { ...idleTdmSettings, hears: { kind: 'port', port: network } },
      });
    }
  };
  return { pid: subject.pid, begin, stop: () => subject.stop() };
};

/** It connects by itself once the sockets are there. */
const floors: Subject = async (folder, { lines, packetMs, block }) => {
  const words = [folder, String(lines), String(block), String(packetMs), String(firstFarPort)];
  const script = `until [ -S ${folder}/line-${lines - 1} ]; do sleep 0.1; done; sleep 0.2; exec taskset -c 0 chrt --rr 10 "$@"`;
  const floor = new PeerProcess('sh', ['-c', script, 'sh', tdmFloorProgram(), ...words], {
    logFile: join(folder, 'tdm-floor.log'),
  });
  return { pid: floor.pid, begin: () => undefined, stop: async () => void (await floor.stop()) };
};
