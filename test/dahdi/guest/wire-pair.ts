import { setTimeout as pause } from 'node:timers/promises';
import { AnalogCard } from './analog-card.js';
import { Exchange, type LineBench, Subscriber } from './analog-party.js';
import { same } from './check-list.js';

const callerId = { number: '6135550199', name: 'HAND SAW' } as const;

/** A pair of wires with Holdfast at both ends: as the exchange on an FXS, as the telephone on an FXO. */
export class Pair {
  readonly exchange: Exchange;
  readonly subscriber: Subscriber;
  readonly fxs: number;
  readonly fxo: number;

  constructor(
    bench: LineBench,
    number: number,
    kind: 'loop' | 'kewl' | 'ground',
    options: { readonly dialling?: 'tone' | 'pulse'; readonly country?: string },
  ) {
    this.fxs = number;
    this.fxo = number + 4;
    this.exchange = new Exchange(bench, AnalogCard.channel(this.fxs), `fxs-${kind}`, options.country);
    this.subscriber = new Subscriber(bench, AnalogCard.channel(this.fxo), `fxo-${kind}`, options);
  }

  /** At rest first; no timer and no port is left afterwards, whatever `use` comes to. */
  static async use<R>(
    ...args: readonly [...ConstructorParameters<typeof Pair>, (pair: Pair) => Promise<R>]
  ): Promise<R> {
    const [bench, number, kind, options, use] = args;
    const pair = new Pair(bench, number, kind, options);
    try {
      await pair.rest();
      return await use(pair);
    } catch (error) {
      const wires = [pair.fxs, pair.fxo].flatMap((port) => bench.card.log(port).slice(-40));
      const seen = wires.map(({ ms, port, what }) => `${port} ${what} at ${ms}`).join(', ');
      throw new Error(`${String(error)}\n    exchange: ${pair.exchange.said.evidence()}\n    wires: ${seen}`);
    } finally {
      await pair.stop();
    }
  }

  /** Both are open, and the card has told how the line stands. */
  async rest(): Promise<void> {
    await pause(2500);
    await Promise.all([this.exchange.untilIdle(), this.subscriber.untilIdle()]);
    for (const each of [this.exchange, this.subscriber]) each.said.forget();
  }

  async stop(): Promise<void> {
    await Promise.all([this.exchange.stop(), this.subscriber.stop()]);
  }

  /** The subscriber dials, the exchange answers by reversing the line. */
  async callOut(number: string): Promise<void> {
    const { exchange, subscriber } = this;
    subscriber.call(number);
    await exchange.expect('seized');
    for (const digit of number) same((await exchange.expect('digit')).digit, digit, 'digit');
    await subscriber.expect('proceeding');
    exchange.line.complete();
    same((await exchange.expect('dialled')).number, number, 'number');
    exchange.line.answer();
    await subscriber.expect('answered');
  }

  /** The exchange rings, the subscriber answers. */
  async callIn(): Promise<void> {
    const { exchange, subscriber } = this;
    if (!exchange.line.setup({ kind: 'call', callerId }).ok) throw new Error(`the exchange is ${exchange.line.state}`);
    const told = (await subscriber.expect('callerId')).callerId;
    same([told.number, told.name], [callerId.number, callerId.name], 'caller ID');
    await subscriber.expect('offered');
    subscriber.line.answer();
    await exchange.expect('answered');
    await subscriber.expect('answered');
  }

  async subscriberHangsUp(): Promise<void> {
    this.subscriber.line.release();
    await this.exchange.expect('released');
    await Promise.all([this.exchange.untilIdle(), this.subscriber.untilIdle()]);
  }

  /** Told by an open loop, or an open tip. */
  async exchangeHangsUp(): Promise<void> {
    this.exchange.line.release();
    await this.subscriber.expect('released');
    await Promise.all([this.exchange.untilIdle(), this.subscriber.untilIdle()]);
  }
}
