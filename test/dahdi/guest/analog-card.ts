import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What happened on the wires: in the card's own time, which is that of its samples. */
export interface WireEvent {
  readonly ms: number;
  readonly port: number;
  readonly what: string;
}

const control = '/dev/holdfast-analog';
const module = 'holdfast_analog';
const driver = '/sys/bus/platform/drivers/holdfast-analog';
const device = 'holdfast-analog.0';

/** The analog card of test/dahdi/module: plugged in and out, broken, and its wires watched. FXS n is wired to FXO n + 4. */
export class AnalogCard {
  static readonly span = 'dahdi/1HF8A1234567/1';
  readonly #log: WireEvent[] = [];

  static channel(port: number): string {
    return `${AnalogCard.span}:${port}`;
  }

  async insert(): Promise<void> {
    const [release = ''] = readdirSync('/lib-modules');
    await run('busybox', 'insmod', `/lib-modules/${release}/${module}.ko`);
  }

  /** Not while a channel is open. */
  async remove(): Promise<void> {
    await run('busybox', 'rmmod', module);
  }

  /** Pulled out of its slot, whoever has it open. */
  async pull(): Promise<void> {
    await writeFile(`${driver}/unbind`, device);
  }

  async push(): Promise<void> {
    await writeFile(`${driver}/bind`, device);
  }

  fault(name: 'silent' | 'refuses' | 'hangs', on: boolean): void {
    writeFileSync(`/sys/module/${module}/parameters/${name}`, on ? '1' : '0');
  }

  /** See test/dahdi/module/control.c. */
  say(port: number, words: string): void {
    writeFileSync(control, `${port} ${words}`);
  }

  /** As a port stands: `feed`, `lamp` … */
  state(port: number): Readonly<Record<string, string>> {
    const line = this.#read().find((each) => each.startsWith(`port ${port} `)) ?? '';
    return Object.fromEntries([...line.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
  }

  /** Of one port, since {@link forget}. */
  log(port: number): readonly WireEvent[] {
    this.#read();
    return this.#log.filter((each) => each.port === port);
  }

  forget(): void {
    this.#read();
    this.#log.length = 0;
  }

  async until(port: number, what: string, seconds = 30): Promise<void> {
    await this.#await(`port ${port} ${what}`, seconds, () => this.log(port).some((each) => each.what === what));
  }

  async untilState(port: number, name: string, value: string, seconds = 30): Promise<void> {
    await this.#await(`port ${port} ${name}=${value}`, seconds, () => this.state(port)[name] === value);
  }

  async #await(what: string, seconds: number, condition: () => boolean): Promise<void> {
    const until = performance.now() + seconds * 1000;
    while (!condition()) {
      if (performance.now() > until)
        throw new Error(`not in ${seconds} s: ${what}\n    ${this.#read().join('\n    ')}`);
      await pause(50);
    }
  }

  #read(): readonly string[] {
    const lines = readFileSync(control, 'latin1').split('\n');
    for (const line of lines) {
      const [, ms, port, what] = /^at (\d+) port (\d+) (\S+)$/.exec(line) ?? [];
      if (what !== undefined) this.#log.push({ ms: Number(ms), port: Number(port), what });
    }
    return lines.filter((line) => line.startsWith('port '));
  }
}

/** Never so that this process waits: the driver's work is Holdfast's, too, which runs in it. */
async function run(program: string, ...words: readonly string[]): Promise<void> {
  await promisify(execFile)(program, words);
}
