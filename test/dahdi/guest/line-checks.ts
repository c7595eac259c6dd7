import { setTimeout as pause } from 'node:timers/promises';
import type { LineSignal, Signalling } from '../../../src/tdm/index.js';
import type { CheckList } from './check-list.js';
import type { HoldfastLines } from './holdfast-lines.js';
import type { SoundBench } from './sound-bench.js';
import type { TelephoneNetwork } from './telephone-network.js';

const offHook: LineSignal = { kind: 'offHook' };
const onHook: LineSignal = { kind: 'onHook' };
/** The driver debounces a line that was hung up. */
const restMs = 1200;
/** And takes what a fresh line says within its longest flash for one. */
const freshMs = 3000;
const pulseTimes = { breakMs: 60, makeMs: 40, interDigitMs: 700 } as const;

/** Lines with hook, ring and pulses: robbed bits of a T1, as a channel bank has them. `first` is the network's channel 1. */
export class LineChecks {
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

  async run(list: CheckList): Promise<void> {
    await list.check('exchange line, loop start: rung, answered, hung up', () => this.rung(1, 'fxo-loop', 'fxols'));
    await list.check('exchange line, loop start: seized, dialled by pulses and tones, flashed, hung up', () =>
      this.dialled(2, 'fxo-loop', 'fxols'),
    );
    await list.check('exchange line, kewlstart: rung, answered, the exchange disconnects', () =>
      this.disconnected(3, 'fxo-kewl', 'fxoks'),
    );
    await list.check('exchange line, kewlstart: seized, dialled by pulses and tones, flashed, hung up', () =>
      this.dialled(4, 'fxo-kewl', 'fxoks'),
    );
    await list.check('telephone, loop start: lifts, dials by pulses and tones, flashes, hangs up', () =>
      this.lifted(5, 'fxs-loop', 'fxsls'),
    );
    await list.check('telephone, kewlstart: lifts, dials by pulses and tones, flashes, hangs up', () =>
      this.lifted(6, 'fxs-kewl', 'fxsks'),
    );
    await list.check('telephone, kewlstart: rung, answers, we open the loop', () =>
      this.telephoneRung(7, 'fxs-kewl', 'fxsks'),
    );
    await list.check('exchange line, ground start: seized, the exchange disconnects, a seizure given up', () =>
      this.grounds(10),
    );
    await list.check('PBX, ground start: seizes, hung up by an open tip, rung', () => this.grounded(11));
    await list.check('E&M wink: call in, dialled by pulses and tones, answered, they hang up', () => this.tieIn(8));
    await list.check('E&M wink: call out, dialled by pulses and tones, answered, we hang up', () => this.tieOut(9));
  }

  async rung(channel: number, own: Signalling, theirs: string): Promise<void> {
    await this.#open(channel, own, theirs);
    const far = this.#first + channel - 1;
    await this.#network.do(`hook ${far} ring`);
    await this.#lines.expectSignal(channel, { kind: 'ringOn' });
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await this.#network.expect(`line ${far} offhook`);
    await this.#network.do(`hook ${far} off`);
    await pause(restMs);
    this.#lines.order(channel, { kind: 'hook', offHook: false });
    await this.#network.expect(`line ${far} onhook`);
    await this.#close(channel);
  }

  async dialled(channel: number, own: Signalling, theirs: string): Promise<void> {
    await this.#open(channel, own, theirs);
    const far = this.#first + channel - 1;
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await this.#network.expect(`line ${far} offhook`);
    await this.#network.do(`hook ${far} off`);
    await this.#pulsesOut(channel, far);
    await this.#tonesOut(channel, far);
    this.#lines.order(channel, { kind: 'flash', durationMs: 500 });
    await this.#network.expect(`line ${far} winkflash`);
    await pause(restMs);
    this.#lines.order(channel, { kind: 'hook', offHook: false });
    await this.#network.expect(`line ${far} onhook`);
    await this.#close(channel);
  }

  async disconnected(channel: number, own: Signalling, theirs: string): Promise<void> {
    await this.#open(channel, own, theirs);
    const far = this.#first + channel - 1;
    await this.#network.do(`hook ${far} ring`);
    await this.#lines.expectSignal(channel, { kind: 'ringOn' });
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await this.#network.expect(`line ${far} offhook`);
    await this.#network.do(`hook ${far} off`);
    await pause(restMs);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, { kind: 'current', flows: false });
    this.#lines.order(channel, { kind: 'hook', offHook: false });
    await this.#close(channel);
  }

  async lifted(channel: number, own: Signalling, theirs: string): Promise<void> {
    await this.#open(channel, own, theirs);
    const far = this.#first + channel - 1;
    await this.#network.do(`hook ${far} off`);
    await this.#lines.expectSignal(channel, offHook);
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await pause(restMs);
    await this.#pulsesIn(channel, far);
    await this.#tonesIn(channel, far);
    await this.#network.do(`hook ${far} flash`);
    await this.#lines.expectSignal(channel, { kind: 'flash' });
    await pause(restMs);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, onHook);
    await this.#close(channel);
  }

  async telephoneRung(channel: number, own: Signalling, theirs: string): Promise<void> {
    await this.#open(channel, own, theirs);
    const far = this.#first + channel - 1;
    this.#lines.order(channel, { kind: 'ring', cadence: [2000, 4000] });
    await this.#network.expect(`line ${far} ringbegin`);
    await this.#network.do(`hook ${far} off`);
    await this.#lines.expectSignal(channel, offHook);
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await pause(restMs);
    this.#lines.order(channel, { kind: 'battery', on: false });
    await this.#network.expect(`line ${far} onhook`);
    await this.#network.do(`hook ${far} on`);
    await this.#close(channel);
  }

  async grounds(channel: number): Promise<void> {
    await this.#open(channel, 'fxo-ground', 'fxogs');
    const far = this.#first + channel - 1;
    this.#lines.order(channel, { kind: 'ringGround', on: true });
    await this.#network.expect(`line ${far} offhook`);
    await this.#network.do(`hook ${far} off`);
    await this.#lines.expectSignal(channel, { kind: 'tipGround' });
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    this.#lines.order(channel, { kind: 'ringGround', on: false });
    await this.#tonesOut(channel, far);
    // The driver is deaf to an opened loop for 600 ms after it closed its own.
    await pause(restMs);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, { kind: 'current', flows: false });
    this.#lines.order(channel, { kind: 'hook', offHook: false });
    await this.#network.expect(`line ${far} onhook`);
    // The driver would close the loop at the end of the ground, whoever gave up meanwhile.
    this.#lines.order(channel, { kind: 'ringGround', on: true });
    await this.#network.expect(`line ${far} offhook`);
    this.#lines.order(channel, { kind: 'ringGround', on: false });
    await this.#network.expect(`line ${far} onhook`);
    await pause(2000);
    if (this.#network.told(`line ${far}`)) throw new Error('the loop closes after all');
    await this.#close(channel);
  }

  async grounded(channel: number): Promise<void> {
    await this.#open(channel, 'fxs-ground', 'fxsgs');
    const far = this.#first + channel - 1;
    await this.#network.do(`hook ${far} start`);
    await this.#lines.expectSignal(channel, { kind: 'ringGround' });
    this.#lines.order(channel, { kind: 'tipGround', on: true });
    await this.#lines.expectSignal(channel, offHook);
    await this.#tonesIn(channel, far);
    this.#lines.order(channel, { kind: 'tipGround', on: false });
    await this.#network.expect(`line ${far} onhook`);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, onHook);
    // Its driver hears no ringing for two seconds after a hang-up.
    await pause(freshMs);
    this.#lines.order(channel, { kind: 'tipGround', on: true });
    this.#lines.order(channel, { kind: 'ring', cadence: [2000, 4000] });
    await this.#network.expect(`line ${far} ringbegin`);
    await this.#network.do(`hook ${far} off`);
    await this.#lines.expectSignal(channel, offHook);
    this.#lines.order(channel, { kind: 'stopRing' });
    this.#lines.order(channel, { kind: 'tipGround', on: true });
    await pause(restMs);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, onHook);
    this.#lines.order(channel, { kind: 'tipGround', on: false });
    await this.#close(channel);
  }

  async tieIn(channel: number): Promise<void> {
    await this.#open(channel, 'em-wink', 'em');
    const far = this.#first + channel - 1;
    await this.#network.do(`hook ${far} off`);
    await this.#lines.expectSignal(channel, offHook);
    this.#lines.order(channel, { kind: 'wink', durationMs: 200 });
    await this.#network.expect(`line ${far} winkflash`);
    await pause(restMs);
    // On E&M the driver makes no digits of pulses: the opening, a wink for each closure between, the last closure.
    await this.#network.do(`pulse ${far} 4`);
    await this.#lines.expectSignal(channel, onHook);
    for (let between = 1; between < 4; between++) await this.#lines.expectSignal(channel, { kind: 'wink' });
    await this.#lines.expectSignal(channel, offHook);
    await this.#tonesIn(channel, far);
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await this.#network.expect(`line ${far} offhook`);
    await pause(restMs);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, onHook);
    this.#lines.order(channel, { kind: 'hook', offHook: false });
    await this.#network.expect(`line ${far} onhook`);
    await this.#close(channel);
  }

  async tieOut(channel: number): Promise<void> {
    await this.#open(channel, 'em-wink', 'em');
    const far = this.#first + channel - 1;
    this.#lines.order(channel, { kind: 'hook', offHook: true });
    await this.#network.expect(`line ${far} offhook`);
    await this.#network.do(`hook ${far} wink`);
    await this.#lines.expectSignal(channel, { kind: 'wink' });
    await pause(restMs);
    this.#lines.order(channel, { kind: 'pulses', counts: [4], ...pulseTimes });
    await this.#network.expect(`line ${far} onhook`);
    for (let between = 1; between < 4; between++) await this.#network.expect(`line ${far} winkflash`);
    await this.#network.expect(`line ${far} offhook`);
    await this.#lines.expectSignal(channel, { kind: 'pulsesSent' });
    await this.#tonesOut(channel, far);
    await this.#network.do(`hook ${far} off`);
    await this.#lines.expectSignal(channel, offHook);
    await pause(restMs);
    this.#lines.order(channel, { kind: 'hook', offHook: false });
    await this.#network.expect(`line ${far} onhook`);
    await this.#network.do(`hook ${far} on`);
    await this.#lines.expectSignal(channel, onHook);
    await this.#close(channel);
  }

  async #open(channel: number, own: Signalling, theirs: string): Promise<void> {
    const far = this.#first + channel - 1;
    await this.#network.all(`set ${far} ${theirs}`, `open ${far}`);
    this.#lines.configure(channel, own);
    await pause(freshMs);
    this.#network.forget();
    this.#lines.reports.forget();
  }

  async #close(channel: number): Promise<void> {
    await pause(restMs);
    await this.#network.do(`close ${this.#first + channel - 1}`);
  }

  /** Three pulses, then ten, which are a nought. */
  async #pulsesOut(channel: number, far: number): Promise<void> {
    await pause(restMs);
    this.#lines.order(channel, { kind: 'pulses', counts: [3, 10], ...pulseTimes });
    await this.#network.expect(`line ${far} pulse 3`);
    await this.#network.expect(`line ${far} pulse 0`);
    await this.#lines.expectSignal(channel, { kind: 'pulsesSent' });
  }

  async #pulsesIn(channel: number, far: number): Promise<void> {
    await this.#network.do(`pulse ${far} 70`);
    await this.#lines.expectSignal(channel, { kind: 'pulses', count: 7 });
    await this.#lines.expectSignal(channel, { kind: 'pulses', count: 10 });
    await this.#network.expect(`line ${far} dialled`);
  }

  async #tonesOut(channel: number, far: number): Promise<void> {
    if (this.#sound === undefined) throw new Error('no media engine');
    const port = await this.#sound.open(channel);
    await this.#network.do(`listen ${far} on`);
    for (const digit of '159#') {
      this.#sound.digits(port, digit);
      await this.#network.expect(`line ${far} tone ${digit}`);
    }
    await this.#network.do(`listen ${far} off`);
    await this.#sound.close(port);
  }

  async #tonesIn(channel: number, far: number): Promise<void> {
    if (this.#sound === undefined) throw new Error('no media engine');
    const port = await this.#sound.open(channel);
    for (const digit of '204*') {
      const heard = this.#sound.expectDigit(port, digit);
      await this.#network.do(`tones ${far} ${digit} 120`);
      await heard;
    }
    await this.#sound.close(port);
  }
}
