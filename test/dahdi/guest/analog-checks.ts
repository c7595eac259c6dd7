import { setTimeout as pause } from 'node:timers/promises';
import { analogCountry, ringCadence } from '../../../src/analog/index.js';
import { AnalogCard } from './analog-card.js';
import type { LineBench } from './analog-party.js';
import { type CheckList, same } from './check-list.js';
import { Pair } from './wire-pair.js';

/** Edges of ringing as the far end's card sees them. */
const edgeMs = 60;

/** Holdfast's lines on the jacks of an analog card, which is a module of this test, and both ends of its wires. */
export class AnalogChecks {
  readonly #bench: LineBench;
  readonly #card: AnalogCard;

  constructor(bench: LineBench) {
    this.#bench = bench;
    this.#card = bench.card;
  }

  async run(list: CheckList): Promise<void> {
    await list.check('analog card: put in while running, its jacks known for what they are', () => this.plugIn());
    // Each pair has a check of its own at a time; the first shows how long one takes that has the machine for itself.
    await list.check('pair 1, loop start: dialled by tones, answered by reversal, flash, hung up', () => this.tones());
    await Promise.all([
      list.check('pair 2, kewlstart: dialled by pulses, the exchange hangs up', () => this.pulses()),
      list.check('pair 3, ground start: called from either end, and hung up', () => this.ground()),
      list.check('pair 4, kewlstart: rung in its cadence, caller ID by FSK, answered', () => this.rung()),
    ]);
    await Promise.all([
      list.check('pair 1: caller ID ahead of ringing, after a reversal', () => this.reversed()),
      list.check('pair 2: the lamp for messages', () => this.lamp()),
      list.check('pair 3, ground start: a seizure that comes to nothing, and glare', () => this.glare()),
      list.check('pair 4: current interrupted in a call, and a line cut', () => this.cut()),
    ]);
  }

  async plugIn(): Promise<void> {
    await this.#card.insert();
    const { span, channels, alarms } = await this.#bench.lines.reports.expect('the card', 60, (report) =>
      report.kind === 'plugged' && report.span.id === AnalogCard.span ? report : undefined,
    );
    same([span.kind, span.name, span.location], ['analog', 'Holdfast Pairs of wires', 'PCI Bus 05 Slot 01'], 'card');
    same(alarms, [], 'alarms');
    const fxs = 'fxs-loop,fxs-ground,fxs-kewl,em-immediate,em-wink,em-fgd,cama';
    const kinds = channels.map(({ number, abilities }) => `${number} ${abilities.signalling}`);
    const wanted = [1, 2, 3, 4].map((each) => `${each} ${fxs}`);
    same(kinds, [...wanted, ...[5, 6, 7, 8].map((each) => `${each} fxo-loop,fxo-ground,fxo-kewl`)], 'jacks');
    this.#bench.lines.reports.forget();
  }

  tones(): Promise<void> {
    return Pair.use(this.#bench, 1, 'loop', {}, async (pair) => {
      await pair.callOut('5550142#');
      pair.subscriber.line.flash();
      await pair.exchange.expect('flash');
      await pause(1000);
      await pair.subscriberHangsUp();
    });
  }

  pulses(): Promise<void> {
    return Pair.use(this.#bench, 2, 'kewl', { dialling: 'pulse' }, async (pair) => {
      await pair.callOut('3091');
      await pair.exchangeHangsUp();
    });
  }

  ground(): Promise<void> {
    return Pair.use(this.#bench, 3, 'ground', {}, async (pair) => {
      const tip = (when: string) => same(this.#card.state(3).feed, 'tip-open', `tip ${when}`);
      tip('at rest');
      await pair.callOut('911');
      await pair.exchangeHangsUp();
      tip('after the call');
      // The kernel hears no ringing for two seconds after a hang-up: the first burst, and who calls, would be missed.
      await pause(2500);
      await pair.callIn();
      await pair.subscriberHangsUp();
      tip('after the second call');
    });
  }

  rung(): Promise<string> {
    return Pair.use(this.#bench, 4, 'kewl', {}, async (pair) => {
      await pair.callIn();
      await pair.subscriberHangsUp();
      this.#card.forget();
      if (!pair.exchange.line.setup(undefined, 3).ok) throw new Error('the exchange does not ring');
      await pair.subscriber.expect('offered');
      await pause(9000);
      pair.exchange.line.release();
      await pair.subscriber.expect('released');
      const rings = this.#card.log(pair.fxo).filter(({ what }) => what === 'rings' || what === 'quiet');
      const lengths = rings.slice(1).map(({ ms }, place) => ms - (rings[place]?.ms ?? 0));
      const wanted = ringCadence(analogCountry('1'), 3);
      const fits = wanted.every((ms, place) => Math.abs((lengths[place] ?? 0) - ms) <= edgeMs);
      if (!fits) throw new Error(`rung ${lengths}, and not ${wanted}`);
      await Promise.all([pair.exchange.untilIdle(), pair.subscriber.untilIdle()]);
      return `rung ${lengths.slice(0, wanted.length).join('/')} ms`;
    });
  }

  reversed(): Promise<void> {
    return Pair.use(this.#bench, 1, 'loop', { country: '44' }, async (pair) => {
      await pair.callIn();
      await pair.subscriberHangsUp();
    });
  }

  lamp(): Promise<void> {
    return Pair.use(this.#bench, 2, 'kewl', {}, async (pair) => {
      pair.exchange.line.showMessageWaiting(true);
      await this.#card.untilState(2, 'messages', '1');
      await this.#card.untilState(2, 'lamp', '1');
      pair.exchange.line.showMessageWaiting(false);
      await this.#card.untilState(2, 'lamp', '0');
    });
  }

  glare(): Promise<void> {
    return Pair.use(this.#bench, 3, 'ground', {}, async (pair) => {
      this.#card.say(pair.fxo, 'cut');
      pair.subscriber.call('911');
      await pair.subscriber.expect('released');
      await pause(2000);
      same(this.#card.state(pair.fxo).wants, '0', 'our hook after a seizure that nobody saw');
      this.#card.say(pair.fxo, 'mend');
      await pair.rest();
      // The exchange rings while we ground our ring lead.
      this.#card.say(pair.fxo, 'ring');
      pair.subscriber.call('911');
      await pair.subscriber.expect('released');
      await pair.subscriber.expect('offered');
      await pause(2000);
      same(pair.subscriber.line.state, 'ringing', 'glare is no answer');
      this.#card.say(pair.fxo, 'quiet');
      await pair.subscriber.expect('released');
      await pair.rest();
    });
  }

  cut(): Promise<void> {
    return Pair.use(this.#bench, 4, 'kewl', {}, async (pair) => {
      await pair.callOut('42');
      this.#card.forget();
      this.#card.say(pair.fxo, 'cut');
      await this.#card.until(pair.fxo, 'no-battery');
      this.#card.say(pair.fxo, 'mend');
      await this.#card.until(pair.fxo, 'battery');
      await pause(1500);
      same(pair.subscriber.line.state, 'talking', 'after a short interruption');
      this.#card.say(pair.fxo, 'cut');
      await pair.subscriber.expect('released');
      await pair.subscriber.expectAlarms(['noBattery']);
      this.#card.say(pair.fxo, 'mend');
      await pair.subscriber.expectAlarms([]);
      await pair.rest();
      await pair.callOut('43');
      await pair.exchangeHangsUp();
    });
  }
}
