import type {
  ChannelView,
  LabCommand,
  LabControl,
  LabState,
  LinesView,
  MediaView,
  WebPorts,
} from '../../../appliance/web/index.js';
import type { BranchStatus, TimelineEntry } from '../../../appliance/web/status.js';
import { err } from '../../../src/base/index.js';
import type { CallRecord } from '../../../src/call/index.js';
import { postures } from '../../../src/survivability/index.js';
import { noCounts } from '../../../src/tdm/index.js';

/** A status source that a test moves by hand. */
export class FakeBranch implements WebPorts {
  readonly forced: string[] = [];
  readonly #listeners = new Set<() => void>();
  recordList: CallRecord[] = [];
  present: BranchStatus;
  lab?: FakeLab;
  media?: MediaView;
  lines?: LinesView;

  constructor(nowWall: number, present: Partial<BranchStatus> = {}) {
    this.present = { ...quietBranch(nowWall), ...present };
  }

  /** Becomes `change`, and tells whoever listens. */
  become(change: Partial<BranchStatus>): void {
    this.present = { ...this.present, ...change };
    for (const listener of this.#listeners) listener();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  status(): BranchStatus {
    return this.present;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  force(mode: string, who: string): void {
    this.forced.push(`${mode} by ${who}`);
  }

  records(count: number): readonly CallRecord[] {
    return this.recordList.slice(0, count);
  }

  timeline(): readonly TimelineEntry[] {
    return this.present.timeline;
  }
}

export class FakeLab implements LabControl {
  readonly commands: LabCommand[] = [];
  refusal: string | undefined;
  present: LabState;
  readonly #listeners = new Set<() => void>();

  constructor(nowWall: number) {
    this.present = quietLab(nowWall);
  }

  become(change: Partial<LabState>): void {
    this.present = { ...this.present, ...change };
    for (const listener of this.#listeners) listener();
  }

  state(): LabState {
    return this.present;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async command(command: LabCommand): Promise<{ done: true } | { refused: string }> {
    this.commands.push(command);
    return this.refusal === undefined ? { done: true } : { refused: this.refusal };
  }
}

/** A media engine with two calls. */
export const busyMedia: MediaView = {
  health: {
    connected: true,
    instance: '0011223344556677',
    realTime: true,
    codecs: ['PCMU', 'opus'],
    replaced: 1,
    pulse: { kind: 'pulse', load: 0.25, ports: 4, packetsPerSecond: 400, complexity: 5 },
    ports: 4,
  },
  totals: {
    received: 990,
    receivedBytes: 170_000,
    sent: 1000,
    sentBytes: 172_000,
    lost: 10,
    late: 2,
    concealedMs: 240,
    refused: { source: 1, authentication: 2, replayed: 0, malformed: 3, payloadType: 0 },
    mos: { mean: 4.2, least: 3.1 },
    paths: { relay: 2, transcoded: 2 },
  },
};

export function quietBranch(nowWall: number): BranchStatus {
  return {
    site: 'Lab branch',
    mode: 'inline',
    sinceWall: nowWall - 240_000,
    why: 'the centre answers',
    posture: postures.inline,
    forced: false,
    path: {
      state: 'up',
      sinceWall: nowWall - 240_000,
      why: 'The centre answers.',
      rttP99Ms: 3.2,
      lastAnswerWall: nowWall - 900,
      targets: [],
    },
    phones: ['1001', '1002', '1003'].map((extension, i) => ({
      username: extension,
      extension,
      displayName: ['Reception', 'Workshop', 'Lift car'][i] ?? '',
      contact: `sip:${extension}@127.0.2.${101 + i}:15060`,
      transport: 'udp',
      address: `127.0.2.${101 + i}:15060`,
      expiresInS: 200 + i * 13,
      origin: 'relayed',
    })),
    users: 4,
    calls: [],
    telephones: [],
    trunks: [{ name: 'pstn', state: 'up', why: 'answered 200', callsUp: 0 }],
    timeline: [
      {
        atWall: nowWall - 240_000,
        kind: 'mode',
        text: 'Starting → Normal: the centre answers',
        fields: { from: 'starting', mode: 'inline' },
      },
      { atWall: nowWall - 244_000, kind: 'restart', text: 'Holdfast started', fields: {} },
    ],
    upstreamQueue: 0,
    counters: { callsPlaced: 3, registrationsServed: 0 },
    startedWall: nowWall - 244_000,
    nowWall,
  };
}

export function quietLab(nowWall: number): LabState {
  return {
    wan: { up: true, sinceWall: nowWall - 240_000 },
    centre: { address: '127.0.2.10:15060', registered: 3, calls: 0 },
    pstn: { address: '127.0.2.20:15060', calls: 0, numbers: ['+13125550123'] },
    phones: ['1001', '1002', '1003'].map((extension, i) => ({
      extension,
      did: `+1312555020${i + 1}`,
      name: ['Reception', 'Workshop', 'Lift car'][i] ?? '',
      address: `127.0.2.${101 + i}:15060`,
      registration: 'registered',
      why: '',
    })),
    calls: [],
    spare: {
      username: '1004',
      password: 'correct-horse',
      registrar: 'lab.holdfast.test',
      proxy: 'sip:127.0.0.1:15060;lr',
    },
  };
}

const calls = (slots: readonly number[], kind: 'bearer' | 'fxs-kewl', offHook: readonly number[] = []) =>
  slots.map((number) => ({
    number,
    settings: { signalling: kind, law: 'u' } as const,
    offHook: offHook.includes(number),
  }));
const numbered = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

/** 3 and 5 are out of service by hand; 3 still has its call. */
function pstnChannel(number: number): ChannelView {
  const plain = { id: `dahdi/1:${number}`, trunk: 'pstn', takenOut: false, why: '' };
  const out = { takenOut: true, outSinceWall: 7000 };
  if (number === 3) return { ...plain, state: 'inUse', ...out };
  if (number === 5) return { ...plain, state: 'outByUs', ...out, why: 'taken out of service here' };
  return { ...plain, state: number === 23 ? 'inUse' : 'idle' };
}

/** A T1 to the network with two calls, an E1 to a PBX that is out of order, and two telephones, one of them lifted. */
export const busyLines: LinesView = {
  up: true,
  spans: [
    {
      description: { id: 'dahdi/1', kind: 't1', name: 'TE132', location: '0000:01:00.0', kinds: ['t1', 'e1'] },
      alarms: [],
      counters: { ...noCounts, slips: 1, bipolarViolations: 7, erroredSeconds: 3 },
      alarmsSinceWall: Date.UTC(2026, 0, 1),
      settings: { kind: 't1', framing: 'esf', coding: 'b8zs', crc4: false, timing: 1, buildOut: 0 },
      clockSource: true,
      channels: calls(numbered(24), 'bearer'),
    },
    {
      description: { id: 'dahdi/2', kind: 'e1', name: 'TE132', location: '0000:01:00.0', kinds: ['t1', 'e1'] },
      alarms: ['red'],
      counters: noCounts,
      alarmsSinceWall: Date.UTC(2026, 0, 1),
      settings: { kind: 'e1', framing: 'ccs', coding: 'hdb3', crc4: true, timing: 0, buildOut: 0 },
      clockSource: false,
      channels: calls(numbered(31), 'bearer'),
    },
    {
      description: { id: 'dahdi/3', kind: 'analog', name: 'A4B', location: '0000:02:00.0', kinds: [] },
      alarms: [],
      counters: noCounts,
      alarmsSinceWall: Date.UTC(2026, 0, 1),
      settings: undefined,
      clockSource: false,
      channels: [...calls([1, 2], 'fxs-kewl', [2]), { number: 3, settings: undefined, offHook: false }],
    },
  ],
  dChannels: [
    {
      settings: {
        ...({ name: 'pstn', switchType: 'ni2', side: 'user', e1: false, nfas: false } as const),
        channels: ['dahdi/1:24'],
      },
      up: true,
      sinceWall: Date.UTC(2026, 0, 1),
      busy: [
        { interface: 0, slot: 3 },
        { interface: 0, slot: 23 },
      ],
    },
    {
      settings: {
        ...({ name: 'dahdi/2', switchType: 'qsig', side: 'network', e1: true, nfas: false } as const),
        channels: ['dahdi/2:16'],
      },
      up: false,
      sinceWall: Date.UTC(2026, 0, 1),
      busy: [],
    },
  ],
  unusable: [{ card: '0000:03:00.0', lacks: 'firmware', install: 'sudo apt-get install dahdi-firmware-nonfree' }],
  uses: [
    { span: 'dahdi/1', slots: new Map(), isdn: { dChannel: 'pstn', interface: 0 } },
    { span: 'dahdi/2', slots: new Map(), isdn: { dChannel: 'dahdi/2', interface: 0 } },
  ],
  channels: [
    ...numbered(23).map((number) => pstnChannel(number)),
    ...numbered(31)
      .filter((number) => number !== 16)
      .map((number) => ({
        ...({ id: `dahdi/2:${number}`, trunk: 'pbx', state: 'outByAlarm', takenOut: false } as const),
        why: 'an alarm, or its card is not there',
      })),
  ],
  serve: async () => err('nobody serves these lines'),
  traces: { watch: () => () => undefined },
  record: () => undefined,
};
