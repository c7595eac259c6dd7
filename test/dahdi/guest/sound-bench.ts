import { randomBytes } from 'node:crypto';
import { idleTdmSettings, type MediaEvent, type PortId, type Source, type TdmPlace } from '../../../src/media/index.js';
import { MediaEngineProcess } from '../../system/media-engine-process.js';
import type { HoldfastLines } from './holdfast-lines.js';

/** Holdfast's media engine with ports on the lines' samples. */
export class SoundBench {
  readonly #lines: HoldfastLines;
  readonly engine: MediaEngineProcess;

  private constructor(lines: HoldfastLines, engine: MediaEngineProcess) {
    this.#lines = lines;
    this.engine = engine;
  }

  static async start(lines: HoldfastLines, folder: string): Promise<SoundBench> {
    return new SoundBench(lines, await MediaEngineProcess.start({ folder, startMs: 120_000 }));
  }

  /** A channel of the first span, or any by its place. */
  async open(at: number | TdmPlace): Promise<PortId> {
    const port = randomBytes(8).toString('hex');
    const listens = { ...idleTdmSettings.listens, digits: true };
    const settings = { ...idleTdmSettings, listens };
    const place = typeof at === 'number' ? this.#lines.place(at) : at;
    this.engine.tell({ kind: 'openTdm', port, place, settings });
    await this.engine.statistics(port);
    return port;
  }

  hear(port: PortId, source: Source): void {
    this.engine.tell({ kind: 'hear', port, source });
  }

  /** Each hears the other: octet by octet. */
  join(one: PortId, other: PortId): void {
    this.hear(one, { kind: 'port', port: other });
    this.hear(other, { kind: 'port', port: one });
  }

  digits(port: PortId, digits: string): void {
    for (const digit of digits) this.engine.tell({ kind: 'digit', port, digit, durationMs: 120 });
  }

  expectDigit(port: PortId, digit: string): Promise<MediaEvent> {
    return this.engine.next(
      `digit ${digit}`,
      (event) => event.kind === 'digit' && event.port === port && event.digit === digit,
      30_000,
    );
  }

  async slips(port: PortId): Promise<number> {
    return (await this.engine.statistics(port)).slips ?? 0;
  }

  async close(...ports: readonly PortId[]): Promise<void> {
    await this.engine.close(ports);
  }

  async stop(): Promise<void> {
    await this.engine.stop();
  }
}
