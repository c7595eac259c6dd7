import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../src/base/index.js';
import type { LiveDirectory, UsersFault } from '../../src/directory/index.js';
import { watchFile } from '../io/index.js';

export interface UsersFileOptions {
  readonly file: string;
  /** Keeps the last good file, so that a restart with a bad one still serves. */
  readonly stateFolder: string;
  readonly directory: LiveDirectory;
  readonly clock: Clock;
  readonly log: Log;
  /** `ok`: the file is in force, or waits for nothing. */
  readonly tell: (text: string, fields: Readonly<Record<string, string | number | boolean>>, ok: boolean) => void;
}

/** The users file: read at the start and after each change; a bad one is refused, and the users stay as they were. */
export class UsersFile {
  readonly #options: UsersFileOptions;
  readonly #lastGood: string;
  #stop: (() => void) | undefined;

  constructor(options: UsersFileOptions) {
    this.#options = options;
    this.#lastGood = join(options.stateFolder, 'users.last-good.yaml');
  }

  /** Loads the file, or else the last good one. Rejects when neither can be read. */
  async start(): Promise<void> {
    const { file, clock, log } = this.#options;
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      this.#refused(error instanceof Error ? error.message : String(error));
      return undefined;
    });
    if (text === undefined || !this.#take(text)) await this.#takeLastGood();
    this.#stop = watchFile(
      file,
      clock,
      log,
      (changed) => this.#take(changed),
      (why) => this.#refused(why),
    );
  }

  stop(): void {
    this.#stop?.();
  }

  #take(text: string): boolean {
    const { directory, file, tell } = this.#options;
    const loaded = directory.load(text, file);
    if (!loaded.ok) {
      this.#refused(faultText(loaded.error));
      return false;
    }
    const outcome = loaded.value;
    if (outcome.kind === 'held') {
      const { vanishing, present } = outcome.held;
      const count = vanishing.length;
      tell(
        `Users file held back: ${count} of ${present} users would vanish; confirm it or mend the file`,
        { file, vanishing: count },
        false,
      );
      return true;
    }
    void this.#keep(text);
    if (outcome.kind === 'replaced') {
      const { added, removed, changed } = outcome;
      tell(
        `Users file loaded: ${added} added, ${removed} removed, ${changed} changed`,
        { file, added, removed, changed },
        true,
      );
    } else tell('Users file loaded: nothing changed', { file }, true);
    return true;
  }

  async #takeLastGood(): Promise<void> {
    if (!existsSync(this.#lastGood)) return;
    const { directory, tell } = this.#options;
    const loaded = directory.load(await readFile(this.#lastGood, 'utf8'), this.#lastGood);
    if (loaded.ok) tell('The last good users file is in force', { file: this.#lastGood }, false);
  }

  async #keep(text: string): Promise<void> {
    const fresh = `${this.#lastGood}.new`;
    try {
      await writeFile(fresh, text, { mode: 0o600 });
      await rename(fresh, this.#lastGood);
    } catch (error) {
      this.#options.log.warn('the users file could not be kept for the next start', { why: String(error) });
    }
  }

  #refused(why: string): void {
    const { file, tell } = this.#options;
    tell(`Users file refused, the users stay as they were: ${why}`, { file }, false);
  }
}

function faultText(faults: readonly UsersFault[]): string {
  const shown = faults.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  return `${shown.join('; ')}${faults.length > 3 ? `; and ${faults.length - 3} more` : ''}`;
}
