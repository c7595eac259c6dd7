import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KamailioSettings, type KamailioUser, kamailioConfig, kamailioTables } from './kamailio-config.js';
import type { Namespace } from './namespace.js';
import { until } from './patience.js';
import { must, type PeerProcess } from './peer-process.js';

export interface Location {
  readonly aor: string;
  readonly contact: string;
  readonly path: string;
  readonly expiresInS: number;
}

/** The centre: Kamailio in a namespace, asked over its management socket. */
export class Kamailio {
  readonly process: PeerProcess;
  readonly #control: string;

  private constructor(process: PeerProcess, control: string) {
    this.process = process;
    this.#control = control;
  }

  static async start(
    space: Namespace,
    folder: string,
    settings: Omit<KamailioSettings, 'control' | 'tables'> & { readonly users: readonly KamailioUser[] },
  ): Promise<Kamailio> {
    const home = mkdtempSync(join(folder, 'kamailio-'));
    mkdirSync(join(home, 'run'));
    const control = join(home, 'ctl');
    const config = join(home, 'kamailio.cfg');
    const tables = join(home, 'tables');
    mkdirSync(tables);
    for (const [name, text] of Object.entries(kamailioTables(settings.users))) writeFileSync(join(tables, name), text);
    writeFileSync(config, kamailioConfig({ ...settings, control, tables }));
    const started = space.spawn(
      'kamailio',
      ['-f', config, '-DD', '-E', '-m', '512', '-M', '16', '-Y', join(home, 'run'), '-P', join(home, 'pid')],
      { logFile: join(home, 'kamailio.log') },
    );
    const kamailio = new Kamailio(started, control);
    await until('Kamailio answers on its management socket', 10_000, async () => {
      if (started.exitCode !== undefined) throw new Error(started.output());
      return (await kamailio.command('core.uptime')).includes('uptime');
    });
    return kamailio;
  }

  command(...words: readonly string[]): Promise<string> {
    return must('kamcmd', ['-s', `unix:${this.#control}`, ...words]);
  }

  /** The location table as it is now. */
  async locations(): Promise<readonly Location[]> {
    const dump = await this.command('ul.dump');
    const found: Location[] = [];
    let aor = '';
    let contact = '';
    let expiresInS = 0;
    for (const line of dump.split('\n')) {
      const [, key = '', value = ''] = /^\s*([A-Za-z-]+):\s*(.*?)\s*$/.exec(line) ?? [];
      if (key === 'AoR') aor = value;
      else if (key === 'Address') contact = value;
      else if (key === 'Expires') expiresInS = Number(value);
      else if (key === 'Path') found.push({ aor, contact, path: value === '[not set]' ? '' : value, expiresInS });
    }
    return found;
  }

  /** `serve`: all is well. `fail`: 503 to every request. `ignore`: receives and never answers. */
  async application(state: 'serve' | 'fail' | 'ignore'): Promise<void> {
    await this.command('htable.seti', 'state', 'application', { serve: '0', fail: '503', ignore: '1' }[state]);
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}
