import { setTimeout as pause } from 'node:timers/promises';
import { channelEvents } from '../../../hw/dahdi/kernel-codes.js';
import type { Alarm, LineReport } from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { AnalogCard } from './analog-card.js';
import { Exchange, type LineBench, Subscriber } from './analog-party.js';
import { type CheckList, same } from './check-list.js';
import { spanId } from './holdfast-lines.js';
import type { TelephoneNetwork } from './telephone-network.js';
import { Pair } from './wire-pair.js';

/** A tie line of the T1, which minds nothing that happens elsewhere. */
const otherChannel = 20;
/** A, B, C and D as the kernel's numbers. */
const anyBits = 16;
const randomEvents = 150;

/** Cards and lines that do what they must not: an alarm, a line of the log, and no other span minds. */
export class BrokenLineChecks {
  readonly #bench: LineBench;
  readonly #card: AnalogCard;
  readonly #network: TelephoneNetwork;
  readonly #first: number;

  constructor(bench: LineBench, network: TelephoneNetwork, first: number) {
    this.#bench = bench;
    this.#card = bench.card;
    this.#network = network;
    this.#first = first;
  }

  async run(list: CheckList): Promise<void> {
    await list.check('T1: a tie line beside', () => this.beside());
    await list.check('T1: bits that mean nothing on lines of every kind, which are at rest afterwards', () =>
      this.illegalBits(),
    );
    await list.check('D-channel: all buffers full, and free again', () => this.full());
    await list.check('analog card: the media engine stands still in a call', () => this.engineStandsStill());
    await list.check('analog card: no samples any more in a call, and again', () => this.silent());
    await list.check('analog card: refuses what it is asked', () => this.refuses());
    await list.check('analog card: does not come back from a call of the driver', () => this.hangs());
    await list.check('analog card: random events on all lines, which are idle afterwards', () => this.random());
    await list.check('analog card: pulled out in a call, its driver removed, both put in again', () => this.pulled());
  }

  async beside(): Promise<void> {
    await this.#network.all(`set ${this.#far(otherChannel)} em`, `open ${this.#far(otherChannel)}`);
    this.#bench.lines.configure(otherChannel, 'em-wink');
    await pause(1000);
    await this.#othersWork();
  }

  async illegalBits(): Promise<void> {
    const kinds = ['fxs-loop', 'fxs-kewl', 'fxs-ground', 'fxo-loop', 'fxo-kewl', 'fxo-ground'] as const;
    const random = new SeededRandom(1);
    const lines = kinds.map((kind, place) => {
      const channel = `${spanId}:${11 + place}`;
      const isStation = kind === 'fxs-loop' || kind === 'fxs-kewl' || kind === 'fxs-ground';
      const party = isStation ? new Exchange(this.#bench, channel, kind) : new Subscriber(this.#bench, channel, kind);
      return { kind, party, far: this.#far(11 + place) };
    });
    for (const { far } of lines) await this.#network.all(`set ${far} cas`, `open ${far}`);
    for (let count = 0; count < 60; count++) {
      for (const { far } of lines) await this.#network.do(`bits ${far} ${Math.floor(random.next() * anyBits)}`);
      await pause(random.next() * 60);
    }
    await this.#othersWork();
    // At rest: an exchange sends 0 1 0 1, with ground start 1 1 1 1 (tip open), and so does a telephone with 0 1 0 1.
    for (const { far, kind } of lines) await this.#network.do(`bits ${far} ${kind === 'fxo-ground' ? 15 : 5}`);
    for (const { party } of lines) party.line.release();
    for (const { party } of lines) await party.untilIdle(40);
    // The kernel hears no ringing for two seconds after a hang-up.
    await pause(2500);
    // And they work: those that we feed are lifted, those of an exchange ring.
    for (const { party, far, kind } of lines) {
      party.said.forget();
      await this.#network.do(`bits ${far} ${kind.startsWith('fxs') ? 15 : 0}`);
      await party.expect(kind.startsWith('fxs') ? 'seized' : 'offered');
      await this.#network.do(`bits ${far} ${kind === 'fxo-ground' ? 15 : 5}`);
      party.line.release();
    }
    for (const { party } of lines) await party.untilIdle(40);
    for (const { party, far } of lines) {
      await party.stop();
      await this.#network.do(`close ${far}`);
    }
  }

  async full(): Promise<string> {
    const span = this.#bench.lines.hardware.spans.find(({ description }) => description.id === spanId);
    const channel = span?.channels.find(({ number }) => number === 24);
    if (channel === undefined) throw new Error('there is no channel 24');
    channel.configure({ signalling: 'dChannel', law: 'u' });
    await pause(1000);
    this.#bench.lines.reports.forget();
    const frame = Uint8Array.from({ length: 260 }, (_, place) => place & 0xff);
    for (let count = 0; count < 64; count++) channel.send(frame);
    const refused = (): number =>
      this.#bench.lines.reports.take((report) =>
        report.kind === 'line' && report.event.kind === 'fault' && report.event.why === 'all buffers are full'
          ? true
          : undefined,
      ).length;
    const most = refused();
    if (most === 0) throw new Error('the buffers take everything');
    await this.#othersWork();
    await pause(1000);
    channel.send(frame);
    same(refused(), 0, 'frames refused once the buffers are empty');
    return `${64 - most} of 64 frames taken`;
  }

  engineStandsStill(): Promise<void> {
    return this.#twoPairs('kewl', async (pair, other) => {
      const { pid } = this.#bench.sound.engine;
      await pair.callOut('12');
      process.kill(pid, 'SIGSTOP');
      try {
        await pause(2000);
        this.#card.say(other.fxs, 'lift');
        await other.exchange.expect('seized');
        this.#card.say(other.fxs, 'hang');
        await other.exchange.expect('released');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await pause(1000);
      pair.subscriber.press('7');
      same((await pair.exchange.expect('digit')).digit, '7', 'digit through the call');
      await pair.subscriberHangsUp();
    });
  }

  silent(): Promise<void> {
    return this.#twoPairs('ground', (pair, other) =>
      this.#broken('silent', async (mend) => {
        await pair.callOut('12');
        const logged = this.#logs();
        this.#card.fault('silent', true);
        await this.#spanAlarms(['card']);
        await Promise.all([pair.exchange.expect('released'), pair.subscriber.expect('released')]);
        await this.#othersWork();
        same(logged('a card does not answer'), 1, 'lines of the log');
        mend();
        await this.#spanAlarms([]);
        await Promise.all([pair.rest(), other.rest()]);
        await pair.callOut('34');
        await pair.exchangeHangsUp();
      }),
    );
  }

  refuses(): Promise<void> {
    return Pair.use(this.#bench, 1, 'kewl', {}, (pair) =>
      this.#broken('refuses', async (mend) => {
        this.#card.fault('refuses', true);
        pair.exchange.line.showMessageWaiting(true);
        same((await pair.exchange.expect('fault')).why, 'neon: the driver says EIO', 'fault');
        pair.exchange.configure();
        await pair.exchange.expectFault('configure: the driver says EIO');
        await pair.exchange.expectAlarms(['card']);
        await this.#othersWork();
        await pause(6000);
        mend();
        await pair.exchange.expectAlarms([]);
        if (pair.exchange.said.has((each) => each.kind === 'fault' && each.why.startsWith('configure')))
          throw new Error('told more than once');
        await pair.rest();
        await pair.callOut('56');
        await pair.subscriberHangsUp();
      }),
    );
  }

  hangs(): Promise<void> {
    return Pair.use(this.#bench, 1, 'kewl', {}, (pair) =>
      this.#broken('hangs', async (mend) => {
        const logged = this.#logs();
        this.#card.fault('hangs', true);
        pair.exchange.configure();
        await this.#spanAlarms(['card']);
        await this.#othersWork();
        same(logged('a card does not answer'), 1, 'lines of the log');
        mend();
        await this.#spanAlarms([]);
        await pair.rest();
        await pair.callOut('78');
        await pair.subscriberHangsUp();
      }),
    );
  }

  #twoPairs(kind: 'kewl' | 'ground', use: (pair: Pair, other: Pair) => Promise<void>): Promise<void> {
    return Pair.use(this.#bench, 1, 'kewl', {}, (pair) =>
      Pair.use(this.#bench, 3, kind, {}, (other) => use(pair, other)),
    );
  }

  /** The fault ends, whatever the check comes to. */
  async #broken(fault: 'silent' | 'refuses' | 'hangs', use: (mend: () => void) => Promise<void>): Promise<void> {
    const mend = () => this.#card.fault(fault, false);
    try {
      await use(mend);
    } finally {
      mend();
    }
  }

  /** Users, exchanges, wires and the driver do what they like; then everybody hangs up. */
  async random(): Promise<string> {
    const seed = 20_261;
    const random = new SeededRandom(seed);
    const pairs = (['loop', 'kewl', 'ground', 'kewl'] as const).map(
      (kind, place) => new Pair(this.#bench, place + 1, kind, { dialling: place === 3 ? 'pulse' : 'tone' }),
    );
    try {
      await Promise.all(pairs.map((pair) => pair.rest()));
      await this.#atRandom(pairs, random);
      await this.#calm(pairs);
      await this.#othersWork();
      for (const pair of pairs) for (const each of [pair.exchange, pair.subscriber]) await each.untilIdle(40);
      await Promise.all(pairs.map((pair) => pair.rest()));
      for (const pair of pairs) {
        await pair.callOut('246');
        await pair.subscriberHangsUp();
      }
    } finally {
      await Promise.all(pairs.map((pair) => pair.stop()));
    }
    return `seed ${seed}, ${randomEvents} events`;
  }

  async #atRandom(pairs: readonly Pair[], random: SeededRandom): Promise<void> {
    const pick = (most: number) => Math.floor(random.next() * most);
    for (let count = 0; count < randomEvents; count++) {
      const pair = pairs[pick(pairs.length)];
      if (pair === undefined) continue;
      const { exchange, subscriber, fxs, fxo } = pair;
      const acts: readonly (() => unknown)[] = [
        () => subscriber.line.idle && subscriber.line.setup('123'),
        () => exchange.line.idle && exchange.line.setup(),
        () => subscriber.line.answer(),
        () => exchange.line.answer(),
        () => exchange.line.complete(),
        () => subscriber.line.release(),
        () => exchange.line.release(),
        () => subscriber.line.flash(),
        () => exchange.line.showMessageWaiting(pick(2) === 0),
        () => this.#card.say(fxs, pick(2) === 0 ? 'lift' : 'hang'),
        () => this.#card.say(fxo, pick(2) === 0 ? 'cut' : 'mend'),
        () => this.#card.say(fxo, pick(2) === 0 ? 'ring' : 'quiet'),
        () => this.#card.say(fxo, pick(2) === 0 ? 'reverse' : 'straight'),
        () => this.#card.say(pick(2) === 0 ? fxs : fxo, `signal ${pick(7)}`),
        () => this.#card.say(pick(2) === 0 ? fxs : fxo, `event ${anyEvent(pick(30))}`),
      ];
      acts[pick(acts.length)]?.();
      await pause(random.next() * 150);
    }
  }

  /** The kernel's view of a line is what its card last told: each is told anew. */
  async #calm(pairs: readonly Pair[]): Promise<void> {
    for (const { fxs, fxo } of pairs) {
      for (const word of ['quiet', 'straight', 'cut']) this.#card.say(fxo, word);
      this.#card.say(fxs, 'lift');
    }
    await pause(400);
    for (const { fxs, fxo, exchange, subscriber } of pairs) {
      this.#card.say(fxs, 'hang');
      this.#card.say(fxo, 'mend');
      exchange.line.release();
      subscriber.line.release();
    }
    await pause(2500);
  }

  async pulled(): Promise<string> {
    await Pair.use(this.#bench, 1, 'kewl', {}, async (pair) => {
      await pair.callOut('12');
      const logged = this.#logs();
      const gone = this.#report(
        'unplugged',
        (report) => report.kind === 'unplugged' && report.span === AnalogCard.span,
      );
      await Promise.all([this.#card.pull(), gone]);
      same(logged('a span is gone'), 1, 'lines of the log');
      await this.#othersWork();
    });
    const plugged = () =>
      this.#report('plugged', (report) => report.kind === 'plugged' && report.span.id === AnalogCard.span);
    await Promise.all([this.#card.push(), plugged()]);
    await this.#card.pull();
    await this.#card.remove();
    this.#bench.lines.reports.forget();
    const since = performance.now();
    await Promise.all([this.#card.insert(), plugged()]);
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    await Pair.use(this.#bench, 1, 'kewl', {}, async (pair) => {
      await pair.callOut('34');
      await pair.subscriberHangsUp();
    });
    return `plugged ${seconds} s after its driver came`;
  }

  #far(channel: number): number {
    return this.#first + channel - 1;
  }

  async #othersWork(): Promise<void> {
    const far = this.#far(otherChannel);
    this.#bench.lines.order(otherChannel, { kind: 'hook', offHook: true });
    await this.#network.expect(`line ${far} offhook`);
    this.#bench.lines.order(otherChannel, { kind: 'hook', offHook: false });
    await this.#network.expect(`line ${far} onhook`);
  }

  /** Counts lines of the log from now on. */
  #logs(): (message: string) => number {
    const from = this.#bench.lines.logged.length;
    return (message) => this.#bench.lines.logged.slice(from).filter((line) => line.includes(message)).length;
  }

  #spanAlarms(alarms: readonly Alarm[]): Promise<unknown> {
    return this.#report(`alarms [${alarms}]`, (report) => {
      if (report.kind !== 'span' || report.span !== AnalogCard.span || report.event.kind !== 'alarms') return false;
      return report.event.alarms.join() === alarms.join();
    });
  }

  #report(what: string, meant: (report: LineReport) => boolean): Promise<LineReport> {
    return this.#bench.lines.reports.expect(what, 60, (report) => (meant(report) ? report : undefined));
  }
}

/** Whatever a card may tell of but its own end. */
function anyEvent(number: number): number {
  return number === channelEvents.removed ? channelEvents.none : number;
}
