import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EventQueue } from './event-queue.js';

/** Emulation: a command is a ioctl, and may wait for the driver. */
const answerSeconds = 20;

/** The independent network: `pstn`, its commands and what it tells. */
export class TelephoneNetwork {
  readonly #child: ChildProcess;
  readonly #answers = new EventQueue<string>('pstn');
  readonly #events = new EventQueue<string>('pstn');

  constructor() {
    this.#child = spawn('pstn', { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('pstn has no output');
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('event ')) this.#events.push(line.slice('event '.length));
      else this.#answers.push(line);
    });
    this.#child.on('exit', (code) => this.#answers.push(`error pstn ended: ${code}`));
  }

  /** Throws where it was refused. The answer's line before `ok`, '' where there was none. */
  async do(command: string): Promise<string> {
    this.#child.stdin?.write(`${command}\n`);
    for (let said = ''; ; ) {
      const line = await this.#answers.expect(`an answer to ${command}`, answerSeconds, (each) => each);
      if (line === 'ok') return said;
      if (line.startsWith('error ')) throw new Error(`pstn: ${command}: ${line.slice('error '.length)}`);
      said = line;
    }
  }

  async all(...commands: readonly string[]): Promise<void> {
    for (const command of commands) await this.do(command);
  }

  /** An event that begins so; its fields by name. */
  expect(beginning: string, seconds = 30): Promise<Readonly<Record<string, string>>> {
    return this.expectEither(beginning, beginning, seconds);
  }

  expectEither(one: string, other: string, seconds = 30): Promise<Readonly<Record<string, string>>> {
    return this.#events.expect(one, seconds, (event) => {
      if (![one, other].some((each) => event === each || event.startsWith(`${each} `))) return undefined;
      const fields: Record<string, string> = { tag: event.split(' ')[1] ?? '' };
      // The name comes last, and has blanks.
      const [front = '', name] = event.split(' name=');
      if (name !== undefined) fields.name = name;
      for (const [, key = '', value = ''] of front.matchAll(/(\w+)=(\S+)/g)) fields[key] = value;
      return fields;
    });
  }

  /** Whether an event that begins so was told and not asked for. */
  told(beginning: string): boolean {
    return this.#events.has((event) => event.startsWith(beginning));
  }

  forget(): void {
    this.#events.forget();
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
