import assert from 'node:assert/strict';
import { analogCountry } from '../../../src/analog/index.js';
import { type Cause, type Clock, cause, silentLog } from '../../../src/base/index.js';
import type { CallSetup, ConnectedParty, Leg, LegCommand, LegEvent } from '../../../src/call/index.js';
import { formatBridge, type LineEngine, tonesOf } from '../../../src/media/index.js';
import type { DChannels, LineHardware } from '../../../src/tdm/index.js';
import {
  type IsdnGroupSettings,
  type LineTrunkSettingsOf,
  type NumberRules,
  type PlacedAs,
  TrunkLines,
  type TrunkMemberSettings,
  unchanged,
} from '../../../src/trunks/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { plainSetup } from '../call/fake-leg.js';
import { FakeLineEngine } from '../lines/fake-line-engine.js';
import { PlainHardware } from './plain-hardware.js';
import { WiredDChannels } from './wired-d-channels.js';

export const numbers: NumberRules = {
  format: 'e164',
  countryCode: '1',
  internationalPrefix: '011',
  called: unchanged,
  calling: unchanged,
  calledHere: unchanged,
  callingHere: unchanged,
  type: 'auto',
  plan: 'auto',
};

/** Members on the time slots of one span, all of one D-channel. */
export function bearers(span: string, count: number, number = 0, dChannel = 'pstn'): readonly TrunkMemberSettings[] {
  return Array.from({ length: count }, (_, at) => ({
    kind: 'isdn',
    channel: `${span}:${at + 1}`,
    dChannel,
    at: { interface: number, slot: at + 1 },
  }));
}

export function trunkOf(
  members: readonly TrunkMemberSettings[],
  settings: Partial<LineTrunkSettingsOf> = {},
): LineTrunkSettingsOf {
  return {
    name: 'pstn',
    hunt: 'highest',
    reserve: 0,
    preempt: true,
    direction: 'both',
    emergencyOnly: false,
    law: 'u',
    numbers,
    members,
    isdn: {
      presentation: 'asCaller',
      callerName: true,
      redirecting: true,
      bearer: 'speech',
      overlap: false,
      hearsAnnouncements: false,
      transfers: false,
    },
    ...settings,
  };
}

/** What one leg was told, and said. */
export class WatchedLeg {
  readonly leg: Leg;
  readonly events: LegEvent[] = [];
  onEvent: (event: LegEvent) => void = () => undefined;

  constructor(leg: Leg) {
    this.leg = leg;
    leg.on((event) => {
      assert.notEqual(this.events.at(-1)?.kind, 'released', 'nothing comes after released');
      this.events.push(event);
      this.onEvent(event);
    });
  }

  do(command: LegCommand): void {
    this.leg.do(command);
  }

  get kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }

  get released(): Cause | undefined {
    const last = this.events.at(-1);
    return last?.kind === 'released' ? last.cause : undefined;
  }
}

/** A bridge description of somebody else's port. */
export const somebody = formatBridge({
  port: 'abcdefabcdefabcd',
  media: 'audio',
  formats: [{ payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' }],
  direction: 'sendrecv',
  image: [],
});

export interface Arrived {
  readonly trunk: string;
  readonly leg: WatchedLeg;
  readonly setup: CallSetup;
}

/** Trunks of one box over cards without a world. */
export class TrunkBench {
  readonly clock: Clock;
  readonly hardware = new PlainHardware();
  /** With cards without a world. */
  readonly engine: FakeLineEngine;
  readonly lines: TrunkLines;
  readonly arrivals: Arrived[] = [];
  readonly placed: WatchedLeg[] = [];
  onArrival: (arrived: Arrived) => void = () => undefined;
  complete: (number: string) => boolean = () => true;

  constructor(
    trunks: readonly LineTrunkSettingsOf[],
    options: {
      readonly clock?: Clock;
      readonly groups?: readonly IsdnGroupSettings[];
      readonly dChannels?: DChannels;
      readonly seed?: number;
      readonly country?: string;
      readonly echoTailMs?: number;
      /** A world's, in place of the plain ones. */
      readonly hardware?: LineHardware;
      readonly lineEngine?: LineEngine;
    } = {},
  ) {
    this.clock = options.clock ?? new VirtualClock();
    this.engine = new FakeLineEngine(this.clock);
    const country = options.country ?? '1';
    this.lines = new TrunkLines(
      {
        spans: new Map(),
        echoTailMs: options.echoTailMs ?? 0,
        groups: options.groups ?? [],
        trunks,
        country: analogCountry(country),
        tones: tonesOf(country),
        domain: 'branch.example',
      },
      {
        clock: this.clock,
        random: new SeededRandom(options.seed ?? 1),
        log: silentLog,
        hardware: options.hardware ?? this.hardware,
        dChannels: options.dChannels ?? { open: () => assert.fail('no D-channel') },
        engine: options.lineEngine ?? this.engine,
        music: () => undefined,
        isComplete: (_trunk, number) => this.complete(number),
        isEmergency: (number) => number === '911',
        arrived: ({ trunk, leg, setup }) => {
          const arrived = { trunk, leg: new WatchedLeg(leg), setup };
          this.arrivals.push(arrived);
          this.onArrival(arrived);
        },
        onChange: () => undefined,
      },
    );
  }

  place(dialled = '+13125550123', placed: Partial<PlacedAs> = {}, setup: Partial<CallSetup> = {}): WatchedLeg {
    const trunk = [...['pstn', 'lines']].find((name) => this.lines.has(name)) ?? 'pstn';
    const leg = this.lines.place(trunk, { emergency: false, ...placed });
    assert.ok(leg !== undefined);
    const watched = new WatchedLeg(leg);
    this.placed.push(watched);
    watched.do({ kind: 'setup', setup: { ...plainSetup, offer: somebody, dialled, ...setup } });
    return watched;
  }

  hangUp(leg: WatchedLeg, why: Cause = cause.normalClearing): void {
    leg.do({ kind: 'release', cause: why });
  }

  /** No call is left anywhere, and no port. */
  assertRest(trunk = 'pstn'): void {
    for (const leg of this.placed)
      assert.equal(leg.events.filter(({ kind }) => kind === 'released').length, 1, leg.leg.id);
    for (const { leg } of this.arrivals) assert.equal(leg.events.filter(({ kind }) => kind === 'released').length, 1);
    assert.equal(this.engine.open.size, 0, 'no port is left');
    assert.equal(this.lines.status(trunk)?.inUse, 0, 'every channel is free');
  }
}

/** Two boxes wired to one another by one T1: the first is the user's side. */
export function wiredPair(
  settings: Partial<LineTrunkSettingsOf> = {},
  count = 4,
  group: Partial<IsdnGroupSettings> = {},
): {
  readonly user: TrunkBench;
  readonly network: TrunkBench;
  readonly wire: WiredDChannels;
  readonly clock: VirtualClock;
} {
  const clock = new VirtualClock();
  const dChannel = { name: 'pstn', switchType: 'ni2', e1: false, channels: ['sim/1:24'], nfas: false } as const;
  const wire = new WiredDChannels(clock, dChannel);
  const box = (end: 0 | 1, hunt: 'highest' | 'lowest'): TrunkBench => {
    const bench = new TrunkBench([trunkOf(bearers('sim/1', count), { hunt, ...settings })], {
      clock,
      groups: [{ dChannel: wire.ends[end].settings, restarts: true, serviceMessages: true, ...group }],
      dChannels: wire.ends[end],
      seed: end + 1,
    });
    bench.hardware.plug('sim/1', 24);
    return bench;
  };
  const pair = { user: box(0, 'highest'), network: box(1, 'lowest'), wire, clock };
  wire.establish();
  clock.advance(1000);
  return pair;
}

/** Takes every call that arrives, after a while. */
export function answering(bench: TrunkBench, afterMs = 100, connected?: ConnectedParty): void {
  bench.onArrival = ({ leg }) => {
    leg.do({ kind: 'alert' });
    bench.clock.after(afterMs, () => leg.do({ kind: 'answer', media: somebody, ...(connected && { connected }) }));
  };
}
