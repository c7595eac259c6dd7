import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeEngine } from '../../../appliance/media-engine/index.js';
import type { PortStatistics, Source, TdmSettings } from '../../../src/media/index.js';
import type { NativeBench } from './native-bench.js';

export const quietTdm: TdmSettings = {
  law: 'u',
  echoCanceller: false,
  listens: { digits: false, mf: false, tones: [], fsk: 'off', fax: false },
  gainInDb: 0,
  gainOutDb: 0,
  jitter: { minMs: 10, maxMs: 200 },
  hears: { kind: 'nothing' },
};

/** A time slot of a simulated line card: what the test writes is the clock, and every block is answered by one. */
export class TdmLine {
  readonly id: string;
  readonly blockBytes: number;
  settings: TdmSettings;
  readonly #bench: NativeBench;
  readonly #server: Server;
  readonly #directory: string;
  #socket: Socket | undefined;
  #written = 0;
  #chunks: Buffer[] = [];
  #bytes = 0;

  private constructor(bench: NativeBench, id: string, blockBytes: number, server: Server, directory: string) {
    this.#bench = bench;
    this.id = id;
    this.blockBytes = blockBytes;
    this.settings = quietTdm;
    this.#server = server;
    this.#directory = directory;
  }

  static async open(bench: NativeBench, id: string, settings: Partial<TdmSettings>, blockBytes = 80): Promise<TdmLine> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-tdm-'));
    const server = createServer();
    const path = join(directory, 'slot');
    server.listen(path);
    await once(server, 'listening');
    const line = new TdmLine(bench, id, blockBytes, server, directory);
    server.once('connection', (socket) => {
      line.#socket = socket;
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        line.#chunks.push(bytes);
        line.#bytes += bytes.length;
      });
    });
    line.settings = { ...quietTdm, ...settings };
    bench.engine.apply({ kind: 'openTdm', port: id, place: { path, blockBytes }, settings: line.settings });
    await bench.until(() => line.#socket !== undefined);
    return line;
  }

  get engine(): NativeEngine {
    return this.#bench.engine;
  }

  hear(source: Source): void {
    this.settings = { ...this.settings, hears: source };
    this.engine.apply({ kind: 'hear', port: this.id, source });
  }

  configure(settings: Partial<TdmSettings>): void {
    this.settings = { ...this.settings, ...settings };
    this.engine.apply({ kind: 'configureTdm', port: this.id, settings: this.settings });
  }

  /** Everything heard so far, as codes of the line's law. */
  heard(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  get heardBytes(): number {
    return this.#bytes;
  }

  /** Whole blocks at once, without waiting: the clock ticks as often. */
  tick(codes: Uint8Array): void {
    this.#written += codes.length;
    this.#socket?.write(codes);
  }

  /** Takes nothing of what it hears, until `resume`. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Every block that was said has been answered. */
  async answered(): Promise<void> {
    await this.#bench.until(() => this.#bytes >= this.#written);
  }

  /** Block by block, each answered before the next: lock-step, as fast as it goes. */
  async say(codes: Uint8Array, burst = 8): Promise<void> {
    for (let at = 0; at < codes.length; at += this.blockBytes * burst) {
      this.tick(codes.subarray(at, Math.min(at + this.blockBytes * burst, codes.length)));
      await this.answered();
    }
  }

  async statistics(): Promise<PortStatistics> {
    const before = this.#bench.of('statistics').length;
    this.engine.apply({ kind: 'askStatistics', port: this.id });
    const mine = (): PortStatistics | undefined =>
      this.#bench
        .of('statistics')
        .slice(before)
        .find(({ port }) => port === this.id)?.statistics;
    await this.#bench.until(() => mine() !== undefined);
    const found = mine();
    if (found === undefined) throw new Error('no statistics');
    return found;
  }

  hangUp(): void {
    this.#socket?.destroy();
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
