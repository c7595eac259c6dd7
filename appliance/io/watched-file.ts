import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock, Log, Timer } from '../../src/base/index.js';

/** Editors write a file in several steps; what they leave is read once they are done. */
const quietMs = 200;

/**
 * Calls `changed` with the text of a file after each change of it, and once the file can be read again after it could
 * not. The folder is watched, since editors replace files. Returns the way to stop.
 */
export function watchFile(
  path: string,
  clock: Clock,
  log: Log,
  changed: (text: string) => void,
  unreadable: (why: string) => void,
): () => void {
  let timer: Timer | undefined;
  const read = async (): Promise<void> => {
    try {
      changed(await readFile(path, 'utf8'));
    } catch (error) {
      unreadable(error instanceof Error ? error.message : String(error));
    }
  };
  const watcher = watch(dirname(path), (_event, name) => {
    if (name !== basename(path)) return;
    timer?.cancel();
    timer = clock.after(quietMs, () => void read());
  });
  watcher.on('error', (error) => log.warn('a file is no longer watched', { path, error }));
  return () => {
    timer?.cancel();
    watcher.close();
  };
}
