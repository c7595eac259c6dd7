import { setTimeout as pause } from 'node:timers/promises';
import type { CheckList } from './check-list.js';
import type { HoldfastLines } from './holdfast-lines.js';
import type { SoundBench } from './sound-bench.js';
import type { TelephoneNetwork } from './telephone-network.js';

const [one, other] = [15, 16];
/** 8,000 octets a second; the first seconds are not judged: both ends begin at their own time. */
const settleMs = 4000;

interface Heard {
  readonly received: number;
  readonly errors: number;
  readonly slips: number;
}

/** Samples: from the network by the driver, through Holdfast's media engine, to the network again. */
export class SoundChecks {
  readonly #lines: HoldfastLines;
  readonly #network: TelephoneNetwork;
  readonly #sound: SoundBench | undefined;
  readonly #first: number;

  constructor(lines: HoldfastLines, network: TelephoneNetwork, sound: SoundBench | undefined, first: number) {
    this.#lines = lines;
    this.#network = network;
    this.#sound = sound;
    this.#first = first;
  }

  async run(list: CheckList, minutes: number): Promise<void> {
    await list.check('sound: octet by octet from slot to slot, both ways', () => this.#pattern(5000));
    await list.check('sound: tones at their level, and digits both ways', () => this.#tones());
    if (minutes > 0) {
      await list.check(`sound: ${minutes} minutes without a slip`, () => this.#pattern(minutes * 60_000));
    }
  }

  async #pattern(ms: number): Promise<string> {
    const { sound, far } = await this.#ready();
    const ports = [await sound.open(one), await sound.open(other)] as const;
    sound.join(...ports);
    for (const channel of far) await this.#network.all(`open ${channel}`, `pattern ${channel} on`);
    await pause(settleMs);
    const before = await this.#reports(far);
    const slipsBefore = [await sound.slips(ports[0]), await sound.slips(ports[1])];
    const started = performance.now();
    await pause(ms);
    const after = await this.#reports(far);
    const seconds = (performance.now() - started) / 1000;
    const slips = [await sound.slips(ports[0]), await sound.slips(ports[1])].map(
      (count, place) => count - (slipsBefore[place] ?? 0),
    );
    for (const channel of far) await this.#network.do(`close ${channel}`);
    await sound.close(...ports);
    const figures = after.map((each, place) => ({
      octets: each.received - (before[place]?.received ?? 0),
      errors: each.errors - (before[place]?.errors ?? 0),
    }));
    const text = `${figures.map(({ octets, errors }) => `${octets} octets, ${errors} wrong`).join('; ')}; engine's slips ${slips.join(' and ')}, in ${seconds.toFixed(0)} s`;
    // The driver's clock is the machine's own, which emulation holds up: what counts is that all came that was sent.
    if (figures.some(({ octets, errors }) => errors > 0 || octets < ms * 4) || slips.some((count) => count > 0))
      throw new Error(text);
    return text;
  }

  async #tones(): Promise<string> {
    const { sound, far } = await this.#ready();
    const [channel = 0] = far;
    const port = await sound.open(one);
    await this.#network.all(`open ${channel}`, `listen ${channel} on 1004`);
    sound.hear(port, {
      kind: 'tone',
      tone: { steps: [{ frequencies: [1004], level: -13, durationMs: 0 }], repeatFrom: 0 },
    });
    await pause(settleMs);
    const level = Number(/level=(\S+)/.exec(await this.#network.do(`report ${channel}`))?.[1]);
    if (!(Math.abs(level + 13) < 1)) throw new Error(`a tone of -13 dBm0 came as ${level}`);
    sound.hear(port, { kind: 'nothing' });
    for (const digit of '147*') {
      sound.digits(port, digit);
      await this.#network.expect(`line ${channel} tone ${digit}`);
    }
    for (const digit of '2580') {
      const heard = sound.expectDigit(port, digit);
      await this.#network.do(`tones ${channel} ${digit} 120`);
      await heard;
    }
    await this.#network.do(`close ${channel}`);
    await sound.close(port);
    return `${level.toFixed(1)} dBm0`;
  }

  async #ready(): Promise<{ readonly sound: SoundBench; readonly far: readonly number[] }> {
    if (this.#sound === undefined) throw new Error('there is no media engine');
    for (const channel of [one, other]) this.#lines.configure(channel, 'bearer');
    await pause(settleMs);
    return { sound: this.#sound, far: [one, other].map((slot) => this.#first + slot - 1) };
  }

  async #reports(channels: readonly number[]): Promise<readonly Heard[]> {
    const heard: Heard[] = [];
    for (const channel of channels) {
      const text = await this.#network.do(`report ${channel}`);
      const field = (name: string) => Number(new RegExp(`${name}=(\\d+)`).exec(text)?.[1]);
      heard.push({ received: field('received'), errors: field('errors'), slips: field('slips') });
    }
    return heard;
  }
}
