import assert from 'node:assert/strict';
import { analogCountry } from '../../../src/analog/index.js';
import { cause, type Log, silentLog } from '../../../src/base/index.js';
import {
  Call,
  type CallRecord,
  type CallSetup,
  type HuntStep,
  type Leg,
  type LegCommand,
} from '../../../src/call/index.js';
import { type NumberState, type TelephoneSettings, Telephones, UnkeptFeatures } from '../../../src/lines/index.js';
import { formatBridge, readBridge, type Source, silentPort, soundOf, tonesOf } from '../../../src/media/index.js';
import { answeringDirection, type SessionDescription } from '../../../src/sdp/index.js';
import type {
  Alarm,
  Channel,
  ChannelAbilities,
  ChannelSettings,
  HardwareEvent,
  LineEvent,
  LineHardware,
  LineOrder,
  LineSignal,
  Span,
} from '../../../src/tdm/index.js';
import { noCounts } from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeLeg, plainSetup } from '../call/fake-leg.js';
import { configurationOf } from '../config/sample.js';
import { FakeLineEngine, type FakeTdmPort } from './fake-line-engine.js';

/** As the configuration has them where nothing is written. */
export const initialCodes = configurationOf().lines.featureCodes;

export const tones = tonesOf('1');

/** A jack whose telephone is a script; its card decodes the hook. */
export class FakeJack implements Channel {
  readonly id: string;
  readonly number: number;
  readonly abilities: ChannelAbilities = {
    signalling: ['fxs-loop', 'fxs-kewl'],
    hook: 'decoded',
    pulses: false,
    polarity: true,
    current: true,
    neon: true,
    echoTailMs: 64,
  };
  readonly samples: { readonly path: string; readonly blockBytes: number };
  alarms: readonly Alarm[] = [];
  settings: ChannelSettings | undefined;
  readonly orders: LineOrder[] = [];
  lifted = false;
  ringing = false;
  #battery = true;
  #listener: (event: LineEvent) => void = () => undefined;

  constructor(number: number) {
    this.number = number;
    this.id = `card:${number}`;
    this.samples = { path: this.id, blockBytes: 8 };
  }

  configure(settings: ChannelSettings): void {
    this.settings = settings;
  }

  order(order: LineOrder): void {
    this.orders.push(order);
    if (order.kind === 'ring') this.ringing = true;
    if (order.kind === 'stopRing') this.ringing = false;
    if (order.kind === 'battery') this.#battery = order.on;
  }

  send(): void {}

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }

  say(signal: LineSignal): void {
    this.#listener({ kind: 'signal', signal });
  }

  lift(): void {
    if (this.lifted) return;
    this.lifted = true;
    this.ringing = false;
    this.say({ kind: 'offHook' });
  }

  hangUp(): void {
    if (!this.lifted) return;
    this.lifted = false;
    this.say({ kind: 'onHook' });
  }

  flash(): void {
    if (this.lifted && this.#battery) this.say({ kind: 'flash' });
  }

  alarm(...alarms: readonly Alarm[]): void {
    this.alarms = alarms;
    this.#listener({ kind: 'alarms', alarms });
  }
}

/** The far end of a call: a leg that agrees to everything, and knows what it hears. */
export class FarEnd extends FakeLeg {
  readonly port: string;
  /** What the other side last said. */
  #other: SessionDescription | undefined;
  refusesOffers = false;
  refused = false;

  constructor(name: string, port: number) {
    super(name, (_, command) => this.#take(command));
    this.port = port.toString(16).padStart(16, 'a');
  }

  get hears(): Source {
    const other = this.#other === undefined ? undefined : readBridge(this.#other);
    return other === undefined ? { kind: 'nothing' } : soundOf(other, undefined);
  }

  get isHeld(): boolean {
    const other = this.#other === undefined ? undefined : readBridge(this.#other);
    return other?.direction === 'sendonly' && other.port === silentPort;
  }

  describe(direction: 'sendrecv' | 'recvonly' | 'sendonly' | 'inactive' = 'sendrecv'): SessionDescription {
    return formatBridge({ port: this.port, media: 'audio', formats: [], direction, image: [] });
  }

  ring(): void {
    this.emit({ kind: 'alerting' });
  }

  answer(): void {
    this.emit({ kind: 'answered', media: this.describe() });
  }

  #take(command: LegCommand): void {
    switch (command.kind) {
      case 'setup':
        this.#other = command.setup.offer;
        break;
      case 'answer':
        this.#other = command.media ?? this.#other;
        break;
      case 'offer': {
        if (this.refusesOffers) {
          this.refused = true;
          this.emit({ kind: 'refused', cause: cause.temporaryFailure, sipStatus: 491 });
          break;
        }
        this.#other = command.media ?? this.#other;
        const other = command.media === undefined ? undefined : readBridge(command.media);
        this.emit({ kind: 'agreed', media: this.describe(answeringDirection(other?.direction ?? 'sendrecv')) });
        break;
      }
      case 'agree':
        this.#other = command.media ?? this.#other;
        break;
      case 'release':
        this.end({ cause: command.cause });
        break;
      default:
        break;
    }
  }
}

export function settingsOf(channel: number, more: Partial<TelephoneSettings> = {}): TelephoneSettings {
  return {
    channel: `card:${channel}`,
    username: `u${channel}`,
    use: 'telephone',
    signalling: 'fxs-loop',
    country: analogCountry('1'),
    law: 'u',
    reroute: [],
    answerMs: Number.POSITIVE_INFINITY,
    callWaiting: true,
    callerId: 'nameAndNumber',
    flash: 'threeWay',
    lamp: 'data',
    rings: { inside: undefined, outside: 2 },
    reverseOnAnswer: true,
    echoTailMs: 64,
    gainInDb: 0,
    gainOutDb: 0,
    codes: initialCodes,
    noAnswerMs: 20_000,
    firstDigitMs: 20_000,
    interDigitMs: 5000,
    ...more,
  };
}

/** Telephones on a card, calls between them and far ends, and a branch that is a script. */
export class TelephoneBench {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly engine = new FakeLineEngine(this.clock);
  readonly features = new UnkeptFeatures();
  readonly notes: string[] = [];
  /** State and event of each change of a telephone's state. */
  readonly transitions: string[] = [];
  readonly errors: string[] = [];
  readonly jacks: readonly FakeJack[];
  readonly telephones: Telephones;
  readonly farEnds = new Map<string, FarEnd>();
  readonly calls = new Set<Call>();
  readonly begun: { readonly setup: CallSetup; readonly username: string }[] = [];
  readonly closed: CallRecord[] = [];
  music: string | undefined;
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];
  readonly #span: Span;
  #count = 0;

  constructor(settings: readonly TelephoneSettings[], seed = 1, untilTestMs = 1e9) {
    this.random = new SeededRandom(seed);
    this.jacks = settings.map((_, at) => new FakeJack(at + 1));
    this.#span = {
      description: { id: 'card', kind: 'analog', name: 'card', location: '', kinds: [] },
      channels: this.jacks,
      alarms: [],
      counters: noCounts,
      configure: () => undefined,
      on: () => undefined,
    };
    const hardware: LineHardware = {
      spans: [this.#span],
      on: (listener) => {
        this.#listeners.push(listener);
        listener({ kind: 'plugged', span: this.#span });
      },
    };
    const log: Log = {
      ...silentLog,
      error: (message) => this.errors.push(message),
      debug: (_, fields) => {
        if (fields?.machine === 'telephone') this.transitions.push(`${String(fields.from)} ${String(fields.event)}`);
      },
      child: () => log,
    };
    this.telephones = new Telephones({
      hardware,
      telephones: settings,
      parkPatienceMs: 60_000,
      untilTestMs: () => untilTestMs,
      host: {
        clock: this.clock,
        random: this.random,
        log,
        engine: this.engine,
        tones,
        music: () => this.music,
        features: this.features,
        user: (username) => (username.startsWith('u') ? { username, extension: `20${username.slice(1)}` } : undefined),
        place: (leg, setup, username) => this.place(leg, setup, username),
        numberState: (digits) => numberState(digits),
        extensionOf: (number) => (number.length <= 4 ? number : undefined),
        isEmergency: (number) => number === '311',
        pickUp: (extension, leg) => this.#pickUp(extension, leg),
        localTime: () => undefined,
        note: (_, text) => this.notes.push(text),
      },
    });
  }

  jack(number: number): FakeJack {
    const jack = this.jacks[number - 1];
    assert.ok(jack !== undefined);
    return jack;
  }

  port(number: number): FakeTdmPort {
    return this.engine.at(`card:${number}`);
  }

  hears(number: number): Source {
    return this.engine.open.get(`card:${number}`)?.settings.hears ?? { kind: 'nothing' };
  }

  state(number: number): string {
    return this.telephones.status[number - 1]?.state ?? '';
  }

  async press(number: number, digits: string): Promise<void> {
    for (const digit of digits) {
      this.engine.open.get(`card:${number}`)?.press(digit);
      await this.clock.run(100);
    }
  }

  /** Numbers 3xx are far ends; 20n are telephones here; others fail. */
  place(leg: Leg, setup: CallSetup, username: string): void {
    this.begun.push({ setup, username });
    const steps = this.#stepsTo(setup.dialled);
    if (steps === undefined) leg.do({ kind: 'release', cause: cause.unallocatedNumber });
    else this.#start(leg, setup, steps);
  }

  /** A far end calls a telephone. */
  callTo(number: number, from = '301', more: Partial<CallSetup> = {}): FarEnd {
    const far = this.#farEnd(from);
    const setup: CallSetup = {
      ...plainSetup,
      from: { number: from },
      dialled: `20${number}`,
      offer: far.describe(),
      ...more,
    };
    this.#start(far, setup, this.#stepsTo(`20${number}`) ?? []);
    return far;
  }

  far(number: string): FarEnd {
    const far = this.farEnds.get(number);
    assert.ok(far !== undefined, `nobody called ${number}`);
    return far;
  }

  /** A telephone calls a far end, who answers. */
  async talk(number: number, far: string): Promise<FarEnd> {
    const jack = this.jack(number);
    if (!jack.lifted) jack.lift();
    await this.clock.run(10);
    await this.press(number, far);
    await this.clock.run(10);
    this.far(far).ring();
    this.far(far).answer();
    await this.clock.run(10);
    return this.far(far);
  }

  unplug(): void {
    for (const listener of this.#listeners) listener({ kind: 'unplugged', id: 'card' });
  }

  /** Everybody here hangs up, and nobody else does: whatever rings for them gives up in time, and nothing is left of them. */
  async assertQuiet(): Promise<void> {
    for (const jack of this.jacks) jack.hangUp();
    await this.clock.run(1_200_000);
    for (const { channel, state, line, calls } of this.telephones.status)
      assert.deepEqual([state, line, calls], ['resting', 'idle', 0], channel);
    assert.equal(this.engine.open.size, 0, 'no port is left');
    assert.deepEqual(this.telephones.parked, []);
  }

  /** Everybody hangs up; then nothing is left of anything. */
  async assertOver(): Promise<void> {
    for (const jack of this.jacks) jack.hangUp();
    for (const far of this.farEnds.values()) far.end({ cause: cause.normalClearing });
    await this.clock.run(200_000);
    for (const { channel, state, line } of this.telephones.status)
      assert.deepEqual([state, line], ['resting', 'idle'], channel);
    assert.equal(this.engine.open.size, 0, 'no port is left');
    assert.equal(this.calls.size, 0, 'no call is left');
    assert.equal(this.closed.length, this.#count, 'each call has one record');
    assert.equal(new Set(this.closed.map(({ id }) => id)).size, this.#count);
    assert.deepEqual(this.errors, []);
  }

  #farEnd(number: string): FarEnd {
    const far = new FarEnd(number, this.farEnds.size + 1);
    this.farEnds.get(number)?.end({ cause: cause.normalClearing });
    this.farEnds.set(number, far);
    return far;
  }

  #stepsTo(number: string): readonly HuntStep[] | undefined {
    if (/^3\d\d$/.test(number))
      return [{ name: `far ${number}`, open: () => [this.#farEnd(number)], giveUpMs: 60_000 }];
    if (!/^20\d$/.test(number)) return undefined;
    const username = `u${number.slice(2)}`;
    return [{ name: `extension ${username}`, open: () => this.telephones.legsTo(username), giveUpMs: 60_000 }];
  }

  #start(incoming: Leg, setup: CallSetup, steps: readonly HuntStep[]): void {
    const id = `call-${++this.#count}`;
    const call: Call = new Call(
      {
        clock: this.clock,
        log: {
          ...silentLog,
          error: (message, fields) => this.errors.push(`${message} ${String(fields?.error)}`),
          child: () => ({
            ...silentLog,
            error: (message, fields) => this.errors.push(`${message} ${String(fields?.error)}`),
          }),
        },
        store: {
          open: () => Promise.resolve(),
          close: (record) => {
            this.closed.push(record);
            return Promise.resolve();
          },
        },
        routeTransfer: ({ number }) => this.#stepsTo(number) ?? { refuse: cause.unallocatedNumber },
        takeOver: (keeper, to) => {
          for (const each of this.calls) {
            const taken = each.surrender(keeper, to);
            if (taken !== undefined) return taken;
          }
          return undefined;
        },
        onEnd: () => this.calls.delete(call),
      },
      { id, incoming, setup, steps, called: setup.dialled },
    );
    this.calls.add(call);
    call.start();
  }

  #pickUp(extension: string | undefined, leg: Leg): boolean {
    return [...this.calls].some(
      (call) => (extension === undefined || call.summary.to === extension) && call.pickUp(leg),
    );
  }
}

function numberState(digits: string): NumberState {
  if (/^[23]\d\d$/.test(digits)) return 'complete';
  return digits.length < 3 ? 'more' : 'complete';
}
