import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { VmImage } from './vm-image.js';

/** What a command in the virtual machine said, both streams as they came, and its exit status. */
export interface Outcome {
  readonly output: string;
  readonly status: number;
}

export interface VmOptions {
  readonly image: VmImage;
  /** After this the machine ends by itself, whatever happens to this process. */
  readonly lifeSeconds: number;
  /** Until the first command is taken. */
  readonly bootSeconds?: number;
}

const root = resolve(import.meta.dirname, '../../..');
/** Emulation of a machine that does one thing: a second processor makes it slower, and much more memory is not used. */
const memoryMiB = 768;
/** A command that says more is out of its mind. */
const outputMost = 16 << 20;
const mark = '\u0001';

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
  readonly line: (line: string) => void;
}

/** A machine with Debian's kernel and the driver loaded, and one command at a time in it. */
export class VirtualMachine {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<void>;
  #alive = true;
  #said = '';
  #told = 0;
  #waiting: Waiting | undefined;
  #count = 0;

  private constructor({ image, lifeSeconds }: VmOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), 'holdfast-vm-'));
    const node = dirname(dirname(process.execPath));
    const settings = ['console=ttyS0', 'quiet', 'panic=-1', `holdfast.seconds=${lifeSeconds}`];
    if (node !== '/usr') settings.push(`holdfast.node=${node}`);
    const shares = { usr: '/usr', project: root, tools: image.tools, ...(node === '/usr' ? {} : { node }) };
    this.#child = spawn(
      'qemu-system-x86_64',
      [
        // Time in the machine is what it computes, and where nothing is to be done the next timer is due at once: a host that holds
        // it up slows it down, and no sample is lost over that.
        ...['-icount', 'shift=2,sleep=off', '-rtc', 'clock=vm'],
        ...['-nodefaults', '-no-user-config', '-machine', 'pc,accel=tcg', '-cpu', 'Nehalem', '-m', String(memoryMiB)],
        ...['-display', 'none', '-no-reboot', '-kernel', image.kernel, '-initrd', image.initrd],
        ...['-append', settings.join(' '), '-serial', `file:${join(this.#folder, 'console')}`],
        ...['-chardev', 'stdio,id=commands,signal=off', '-device', 'virtio-serial'],
        ...['-device', 'virtserialport,chardev=commands,name=commands'],
        ...Object.entries(shares).flatMap(([tag, path]) => [
          '-virtfs',
          `local,path=${path},mount_tag=${tag},security_model=none,readonly=on,multidevs=remap`,
        ]),
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    let complaint = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(-4000);
    });
    this.#child.stdin?.on('error', () => undefined);
    const kill = () => this.#child.kill('SIGKILL');
    const leave = () => process.exit(1);
    process.once('exit', kill);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, leave);
    this.#ended = new Promise((done) => {
      const end = (why: string) => {
        if (!this.#alive) return;
        this.#alive = false;
        process.off('exit', kill);
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, leave);
        this.#waiting?.reject(new Error(`${why}\n${complaint}${this.console.slice(-4000)}`));
        rmSync(this.#folder, { recursive: true, force: true });
        done();
      };
      this.#child.once('error', (error) => end(`qemu-system-x86_64 does not start: ${error.message}`));
      this.#child.once('exit', (code, signal) => end(`the virtual machine ended (${signal ?? code})`));
    });
  }

  /** Starts one and waits until it takes commands. */
  static async boot(options: VmOptions): Promise<VirtualMachine> {
    const machine = new VirtualMachine(options);
    await machine.#until('ready', options.bootSeconds ?? 240, () => undefined);
    return machine;
  }

  /** What the kernel said. */
  get console(): string {
    try {
      return readFileSync(join(this.#folder, 'console'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Runs a shell command, the project's folder as its own. A command that takes longer costs the machine. */
  run(command: string, seconds: number, line: (line: string) => void = () => undefined): Promise<Outcome> {
    this.#count++;
    const outcome = this.#until(String(this.#count), seconds, line);
    this.#child.stdin?.write(`${this.#count} ${Buffer.from(command).toString('base64')}\n`);
    return outcome;
  }

  async stop(): Promise<void> {
    if (this.#alive) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #until(name: string, seconds: number, line: (line: string) => void): Promise<Outcome> {
    if (!this.#alive) return Promise.reject(new Error('the virtual machine has ended'));
    if (this.#waiting !== undefined) return Promise.reject(new Error('the virtual machine runs a command already'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const said = this.#said.slice(-4000);
        settle(() =>
          reject(new Error(`no end of command ${name} after ${seconds} s\n${said}\n${this.console.slice(-4000)}`)),
        );
        this.#child.kill('SIGKILL');
      }, seconds * 1000);
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        act();
      };
      this.#waiting = {
        resolve: (outcome) => settle(() => resolve(outcome)),
        reject: (error) => settle(() => reject(error)),
        line,
      };
    });
  }

  #hear(text: string): void {
    this.#said += text;
    if (this.#said.length > outputMost) this.#child.kill('SIGKILL');
    const end = new RegExp(`${mark}\\w+ ([\\d.]+)\\n`).exec(this.#said);
    const output = end === null ? this.#said : this.#said.slice(0, end.index);
    for (let at = output.indexOf('\n', this.#told); at >= 0; at = output.indexOf('\n', this.#told)) {
      this.#waiting?.line(output.slice(this.#told, at));
      this.#told = at + 1;
    }
    if (end === null) return;
    this.#said = this.#said.slice(end.index + end[0].length);
    this.#told = 0;
    this.#waiting?.resolve({ output, status: Number(end[1]) });
  }
}
