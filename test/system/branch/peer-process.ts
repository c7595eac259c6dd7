import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface PeerProcessOptions {
  /** Everything the process prints, both streams, kept for the evidence of a failure. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with each whole line of standard output. */
  readonly onLine?: (line: string) => void;
  /** Raw standard output instead of lines (a capture writes pcap there); nothing of it goes to the log file. */
  readonly onData?: (chunk: Buffer) => void;
}

/** One started program, known by its pid and by nothing else: ended by pid, never by name. */
export class PeerProcess {
  readonly title: string;
  readonly logFile: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #exitCode: number | undefined;

  constructor(command: string, args: readonly string[], options: PeerProcessOptions) {
    this.title = `${command} ${args.join(' ')}`;
    this.logFile = options.logFile;
    mkdirSync(dirname(options.logFile), { recursive: true });
    const log = createWriteStream(options.logFile, { flags: 'a' });
    const child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.#child = child;
    let rest = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      if (options.onData !== undefined) {
        options.onData(chunk);
        return;
      }
      log.write(chunk);
      if (options.onLine === undefined) return;
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine(line);
    });
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
    child.stdin?.on('error', () => undefined); // the peer may close its input first
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => {
        log.write(`${error.message}\n`);
        this.#exitCode = -1;
        resolve(-1);
      });
      child.on('exit', (code, signal) => {
        this.#exitCode = code ?? (signal === null ? -1 : 128);
        resolve(this.#exitCode);
      });
    });
    this.#ended.then(() => log.end());
  }

  /** -1 when the program could not be started. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Resolves with the exit code; 128 stands for any signal. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Empty once the test has removed its folder: a process may end later than that. */
  output(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  /** SIGTERM, and SIGKILL when that is not obeyed within `graceMs`. */
  async stop(graceMs = 1500): Promise<number> {
    if (this.#exitCode === undefined) {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
      await this.#ended;
      clearTimeout(timer);
    }
    return this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a short program to its end; `input` goes to its standard input. */
export function finish(command: string, args: readonly string[], input = ''): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** As {@link finish}, but anything except exit code 0 throws with what the program said. */
export async function must(command: string, args: readonly string[], input = ''): Promise<string> {
  const done = await finish(command, args, input);
  if (done.code !== 0) {
    throw new Error(
      `${command} ${args.join(' ')}: exit ${done.code}: ${done.stderr.trim()}${input === '' ? '' : `\n${input}`}`,
    );
  }
  return done.stdout;
}
