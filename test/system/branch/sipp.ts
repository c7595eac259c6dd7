import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.js';
import type { PeerProcess } from './peer-process.js';

export interface SippSettings {
  readonly name: string;
  readonly scenario: string;
  /** `host:port` to call; absent: it waits to be called. */
  readonly target?: string;
  readonly address: string;
  readonly port: number;
  readonly transport?: 'udp' | 'tcp';
  /** Ends after so many calls; absent: when stopped. */
  readonly calls?: number;
  /** New calls a second. */
  readonly rate?: number;
  /** Calls at a time at most. */
  readonly limit?: number;
  /** The whole run at most, seconds. */
  readonly timeoutS: number;
  readonly users?: string;
  readonly echo?: boolean;
  /** The URI that credentials are computed over, without `sip:`: that of the requests. sipp's own guess is its peer's address. */
  readonly digestUri?: string;
}

export interface SippResult {
  /** 0: all calls went by the scenario; 1: at least one did not. */
  readonly exitCode: number;
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** The calls whose time was measured, milliseconds. */
  readonly meanResponseMs: number;
  readonly elapsedMs: number;
}

/** Phones and trunks by the thousand, without a voice of their own. */
export class Sipp {
  readonly process: PeerProcess;
  readonly #home: string;
  readonly #started = performance.now();

  constructor(space: Namespace, folder: string, settings: SippSettings) {
    this.#home = mkdtempSync(join(folder, `sipp-${settings.name}-`));
    writeFileSync(join(this.#home, 'scenario.xml'), settings.scenario);
    if (settings.users !== undefined) writeFileSync(join(this.#home, 'users.csv'), settings.users);
    const args = [
      ...(settings.target === undefined ? [] : [settings.target]),
      ...['-sf', 'scenario.xml', '-i', settings.address, '-p', String(settings.port)],
      ...['-t', settings.transport === 'tcp' ? 't1' : 'u1', '-nostdin', '-timeout', `${settings.timeoutS}s`],
      ...[
        '-trace_stat',
        '-stf',
        'stat.csv',
        '-fd',
        '1',
        '-trace_err',
        '-error_file',
        'errors.log',
        '-buff_size',
        '4194304',
      ],
      ...['-recv_timeout', '40000', '-timeout_error'],
      ...(settings.users === undefined ? [] : ['-inf', 'users.csv']),
      ...(settings.calls === undefined ? [] : ['-m', String(settings.calls)]),
      ...(settings.rate === undefined ? [] : ['-r', String(settings.rate)]),
      ...(settings.limit === undefined ? [] : ['-l', String(settings.limit)]),
      ...(settings.digestUri === undefined ? [] : ['-auth_uri', settings.digestUri]),
      ...(settings.echo === true ? ['-rtp_echo', '-mi', settings.address] : []),
    ];
    this.process = space.spawn('sipp', args, { logFile: join(this.#home, 'sipp.log'), cwd: this.#home });
  }

  async finished(): Promise<SippResult> {
    const exitCode = await this.process.ended;
    return { exitCode, elapsedMs: performance.now() - this.#started, ...this.#statistics() };
  }

  async stop(): Promise<SippResult> {
    this.process.kill('SIGUSR1'); // sipp: finish the calls in progress
    await this.process.stop(300);
    return this.finished();
  }

  /** What went against the scenario, in sipp's words. */
  errors(): string {
    const files = readdirSync(this.#home).filter((name) => name.startsWith('errors') || name === 'sipp.log');
    return files.map((name) => readFileSync(join(this.#home, name), 'utf8').slice(-3000)).join('\n');
  }

  #statistics(): Omit<SippResult, 'exitCode' | 'elapsedMs'> {
    const lines = readFileSync(join(this.#home, 'stat.csv'), 'utf8').trim().split('\n');
    const names = (lines[0] ?? '').split(';');
    const last = (lines.at(-1) ?? '').split(';');
    const value = (name: string): string => last[names.indexOf(name)] ?? '';
    const [seconds = '0', microseconds = '0'] = value('ResponseTime1(C)').split(':').slice(-2);
    return {
      successful: Number(value('SuccessfulCall(C)')),
      failed: Number(value('FailedCall(C)')),
      retransmissions: Number(value('Retransmissions(C)')),
      meanResponseMs: Number(seconds) * 1000 + Number(microseconds) / 1000,
    };
  }
}
