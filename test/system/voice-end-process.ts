import { fileURLToPath } from 'node:url';
import type { TransportAddress } from '../../src/media/index.js';
import type { Namespace } from './branch/namespace.js';
import type { PeerProcess } from './branch/peer-process.js';

const script = fileURLToPath(new URL('./voice-end-main.js', import.meta.url));

/** What an end has heard since it was told to `mark`. */
export interface VoiceReport {
  /** Packets, since it was started. */
  readonly sent: number;
  readonly packets: number;
  /** Share of what was heard that is the tone asked for, 0-1. */
  readonly tone: number;
  readonly gapMs: number;
  /** SSRCs. */
  readonly streams: number;
}

/** A {@link VoiceEnd} in another network namespace. */
export class VoiceEndProcess {
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #lines: string[] = [];
  #process: PeerProcess | undefined;
  address: TransportAddress = { host: '', port: 0 };

  static async start(space: Namespace, host: string, frequency: number, logFile: string): Promise<VoiceEndProcess> {
    const end = new VoiceEndProcess();
    end.#process = space.spawn(process.execPath, [script, host, String(frequency)], {
      logFile,
      onLine: (line) => {
        const waits = end.#waiting.shift();
        if (waits === undefined) end.#lines.push(line);
        else waits(line);
      },
    });
    end.address = JSON.parse(await end.#line());
    return end;
  }

  async speak(target: TransportAddress): Promise<void> {
    await this.#order({ do: 'speak', target });
  }

  /** What is heard counts from now on. */
  async mark(): Promise<void> {
    await this.#order({ do: 'mark' });
  }

  /** `frequency`: of the tone that should be heard, Hz. */
  report(frequency: number): Promise<VoiceReport> {
    return this.#order({ do: 'report', frequency });
  }

  async #order(order: object): Promise<VoiceReport> {
    this.#process?.write(`${JSON.stringify(order)}\n`);
    return JSON.parse(await this.#line());
  }

  #line(): Promise<string> {
    const line = this.#lines.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }
}
