import { dirname, resolve } from 'node:path';
import type { Clock, Log } from '../../src/base/index.js';
import {
  type Change,
  type Configuration,
  formatFault,
  parseConfiguration,
  planChanges,
} from '../../src/config/index.js';
import { watchFile } from '../io/index.js';

export interface ConfigurationFileOptions {
  readonly file: string;
  readonly running: Configuration;
  readonly clock: Clock;
  readonly log: Log;
  /** A file without faults, and what it changes. */
  readonly onChange: (configuration: Configuration, changes: readonly Change[]) => void;
  /** A file with faults: nothing changes. */
  readonly onRefused: (why: string) => void;
}

/** Relative paths in a configuration are relative to its file. */
export function pathBeside(file: string, path: string): string {
  return resolve(dirname(file), path);
}

/** Follows the configuration file while the process runs. Returns the way to stop. */
export function followConfiguration(options: ConfigurationFileOptions): () => void {
  let running = options.running;
  return watchFile(
    options.file,
    options.clock,
    options.log,
    (text) => {
      const parsed = parseConfiguration(text, options.file);
      if (!parsed.ok) {
        options.onRefused(parsed.error.map(formatFault).join('; '));
        return;
      }
      const changes = planChanges(running, parsed.value);
      if (changes.length === 0) return;
      running = parsed.value;
      options.onChange(parsed.value, changes);
    },
    options.onRefused,
  );
}
