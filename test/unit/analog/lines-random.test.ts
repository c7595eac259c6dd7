import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AnalogLine,
  analogCountry,
  analogCountryCodes,
  type LineNotice,
  type LineSignal,
  lineTimes,
  OfficeLine,
  StationLine,
  TrunkLine,
} from '../../../src/analog/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { LineBench } from './line-bench.js';

const seeds = 400;
const steps = 60;

/** Watches that each call has one end, and that nothing is told of a call that is over. */
class CallWatch {
  open = false;
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  begin(how: string): void {
    assert.equal(this.open, false, `${this.#where}: ${how} within a call`);
    this.open = true;
  }

  notice(notice: LineNotice): void {
    switch (notice.kind) {
      case 'seized':
      case 'offered':
        this.begin(notice.kind);
        return;
      case 'released':
        assert.equal(this.open, true, `${this.#where}: released twice`);
        this.open = false;
        return;
      case 'answered':
      case 'proceeding':
      case 'dialled':
      case 'flash':
        assert.equal(this.open, true, `${this.#where}: ${notice.kind} outside a call`);
        return;
      case 'idle':
        assert.equal(this.open, false, `${this.#where}: idle within a call`);
        return;
      default:
        return;
    }
  }
}

interface Subject {
  readonly line: AnalogLine;
  readonly moves: readonly (() => void)[];
  /** What a hang-up of everybody looks like on this line. */
  readonly hangUp: () => void;
  /** The longest way back to idle, ms. */
  readonly withinMs: number;
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const found = from[Math.floor(random.next() * from.length)];
  assert.ok(found !== undefined);
  return found;
}

function signals(line: AnalogLine, ...kinds: readonly LineSignal[]): (() => void)[] {
  return kinds.map((signal) => () => line.signal(signal));
}

/** A call of the owner's own, if the line takes it. */
function setup(watch: CallWatch, attempt: () => { readonly ok: boolean }): () => void {
  return () => {
    const before = watch.open;
    if (attempt().ok) {
      assert.equal(before, false);
      watch.open = true;
    }
  };
}

function run(seed: number, make: (made: LineBench, random: SeededRandom, watch: CallWatch) => Subject): void {
  const random = new SeededRandom(seed);
  const made = new LineBench();
  const watch = new CallWatch(`seed ${seed}`);
  made.onNotice = (notice) => watch.notice(notice);
  const { line, moves, hangUp, withinMs } = make(made, random, watch);
  for (let i = 0; i < steps; i++) {
    pick(random, moves)();
    // Mostly shorter than the timers, at times longer than most of them, and sometimes not at all.
    const scale = pick(random, [0, 50, 400, 3000, 40_000]);
    made.clock.advance(Math.floor(random.next() * scale));
  }
  const { state } = line;
  hangUp();
  made.clock.advance(withinMs);
  assert.equal(line.idle, true, `seed ${seed}: from ${state} only to ${line.state}`);
  assert.equal(watch.open, false, `seed ${seed}: a call without an end`);
  assert.equal(made.clock.pending, 0, `seed ${seed}: a timer outlives its call`);
}

test(`lines that we feed: random signals, users and owners, ${seeds} seeds`, () => {
  for (let seed = 1; seed <= seeds; seed++)
    run(seed, (made, random, watch) => {
      const line = new StationLine(
        {
          signalling: pick(random, ['fxs-loop', 'fxs-ground', 'fxs-kewl']),
          country: analogCountry(pick(random, analogCountryCodes)),
          hook: pick(random, ['raw', 'decoded']),
          reverseOnAnswer: random.next() < 0.5,
          lamp: (['none', 'data', 'neon', 'polarity'] as const)[Math.floor(random.next() * 4)] ?? 'none',
          ...(random.next() < 0.2 ? { warmLine: { number: '100', afterMs: pick(random, [0, 4000]) } } : {}),
        },
        made.ports,
      );
      const message = { kind: 'call', callerId: { number: '5551212' } } as const;
      return {
        line,
        moves: [
          ...signals(
            line,
            { kind: 'offHook' },
            { kind: 'offHook' },
            { kind: 'onHook' },
            { kind: 'flash' },
            { kind: 'pulses', count: 5 },
            { kind: 'pulses', count: 12 },
            { kind: 'ringOn' },
            { kind: 'ringOff' },
            { kind: 'ringGround' },
            { kind: 'wink' },
            { kind: 'tipGround' },
          ),
          () => line.digitHeard('5'),
          () => line.complete(),
          () => line.answer(),
          () => line.release(),
          () => line.showMessageWaiting(random.next() < 0.5),
          setup(watch, () => line.setup(message)),
          setup(watch, () => line.setup()),
          () => line.lost(),
          () => line.restored(),
        ],
        hangUp: () => {
          line.restored();
          line.signal({ kind: 'onHook' });
          // A loop that was open already says nothing: the owner gives up what rings.
          line.release();
        },
        withinMs:
          lineTimes.groundSeizureMs +
          lineTimes.openIntervalMs +
          lineTimes.hookSettleMs +
          lineTimes.stationGuardMs +
          10_000,
      };
    });
});

test(`lines of an exchange: random signals, tones and owners, ${seeds} seeds`, () => {
  for (let seed = 1; seed <= seeds; seed++)
    run(seed, (made, random, watch) => {
      const line = new OfficeLine(
        {
          signalling: pick(random, ['fxo-loop', 'fxo-ground', 'fxo-kewl']),
          country: analogCountry(pick(random, analogCountryCodes)),
          dialling: pick(random, ['tone', 'pulse']),
          pulseRate: pick(random, [10, 20]),
          cardPulses: random.next() < 0.5,
          cardCurrent: random.next() < 0.5,
          answerBy: pick(random, ['polarity', 'tone', 'dialled']),
          disconnectByPolarity: random.next() < 0.5,
          dialWithoutTone: random.next() < 0.5,
        },
        made.ports,
      );
      // Glare turns the owner's call into one of the exchange's: released, then offered.
      return {
        line,
        moves: [
          ...signals(
            line,
            { kind: 'ringOn' },
            { kind: 'ringOn' },
            { kind: 'ringOff' },
            { kind: 'current', flows: true },
            { kind: 'current', flows: true },
            { kind: 'current', flows: false },
            { kind: 'polarity', reversed: true },
            { kind: 'tipGround' },
            { kind: 'pulsesSent' },
            { kind: 'offHook' },
          ),
          () => line.toneHeard('dial'),
          () => line.toneHeard('busy'),
          () => line.toneHeard('ringback'),
          () => line.toneHeard('voice'),
          () => line.digitHeard('A'),
          () => line.digitHeard('#'),
          () => line.bitHeard(random.next() < 0.5 ? 0 : 1),
          () => line.digitsSent(),
          () => line.answer(),
          () => line.release(),
          () => line.flash(),
          setup(watch, () => line.setup('5551212')),
          setup(watch, () => line.setup('5551212')),
          () => line.lost(),
          () => line.restored(),
        ],
        hangUp: () => {
          line.restored();
          line.signal({ kind: 'ringOff' });
          line.release();
        },
        withinMs: lineTimes.ringGapMs + lineTimes.officeGuardMs,
      };
    });
});

test(`trunks: random signals, digits and owners, ${seeds} seeds`, () => {
  for (let seed = 1; seed <= seeds; seed++)
    run(seed, (made, random, watch) => {
      const line = new TrunkLine(
        {
          signalling: pick(random, ['em-immediate', 'em-wink', 'em-fgd', 'cama']),
          digits: pick(random, ['dtmf', 'mf']),
          onGlare: pick(random, ['yield', 'persist']),
        },
        made.ports,
      );
      return {
        line,
        moves: [
          ...signals(
            line,
            { kind: 'offHook' },
            { kind: 'offHook' },
            { kind: 'onHook' },
            { kind: 'wink' },
            { kind: 'pulses', count: 3 },
            { kind: 'pulses', count: 0 },
            { kind: 'ringOn' },
          ),
          () => line.digitHeard('KP'),
          () => line.digitHeard('4'),
          () => line.digitHeard('ST'),
          () => line.digitsSent(),
          () => line.digitsSent(),
          () => line.complete(),
          () => line.answer(),
          () => line.release(),
          setup(watch, () => line.setup('5551212', '2125550100')),
          setup(watch, () => line.setup('5551212')),
          () => line.lost(),
          () => line.restored(),
        ],
        hangUp: () => {
          // Either end may be the first, and nobody says twice that it is on hook.
          const ours = () => line.release();
          const theirs = () => line.signal({ kind: 'onHook' });
          line.restored();
          for (const end of random.next() < 0.5 ? [ours, theirs] : [theirs, ours]) end();
        },
        withinMs: lineTimes.trunkDisconnectMs + lineTimes.trunkGuardMs,
      };
    });
});

test('a user who hangs up needs no owner: from every state that a telephone reaches off hook the line comes back', () => {
  for (let seed = 1; seed <= seeds; seed++)
    run(seed, (made, random) => {
      const line = new StationLine(
        {
          signalling: 'fxs-kewl',
          country: analogCountry(pick(random, analogCountryCodes)),
          hook: 'decoded',
          reverseOnAnswer: true,
          lamp: 'data',
        },
        made.ports,
      );
      return {
        line,
        moves: [
          ...signals(line, { kind: 'offHook' }, { kind: 'flash' }, { kind: 'pulses', count: 1 }),
          () => line.digitHeard('9'),
          () => line.answer(),
          () => line.release(),
        ],
        hangUp: () => line.signal({ kind: 'onHook' }),
        withinMs: lineTimes.openIntervalMs + lineTimes.hookSettleMs + lineTimes.stationGuardMs,
      };
    });
});
