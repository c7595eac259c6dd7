import { accessSync, constants, statSync } from 'node:fs';
import type { Log } from '../../src/base/index.js';

/** The group of a user without one: Debian's, for `nobody`. */
const GROUP_OF_NOBODY = 'nogroup';

/** `USER` or `USER:GROUP`, by name or number. */
export interface Unprivileged {
  readonly user: string;
  readonly group: string;
}

export function readUnprivileged(text: string): Unprivileged | undefined {
  const match = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]*))?$/.exec(text);
  return match === null ? undefined : { user: match[1] ?? '', group: match[2] ?? GROUP_OF_NOBODY };
}

/**
 * Gives up root for good: everything that needed it (ports below 1024, the first reading of a key) is done. `keep` are
 * files that must stay readable, the certificates: the group of each that its group may read is kept, as long as it is
 * not root's own. Where that is not enough, it is said, since a new certificate then takes a restart.
 */
export function giveUpRoot({ user, group }: Unprivileged, keep: readonly string[], log: Log): void {
  if (process.getuid?.() !== 0) return;
  const kept = [...new Set(keep.flatMap(groupThatReads))];
  process.setgroups?.(kept);
  process.setgid?.(named(group));
  process.setuid?.(named(user));
  if (returns()) throw new Error('root could not be given up');
  for (const path of keep) {
    if (readable(path)) continue;
    log.warn('a new certificate here takes a restart: let a group other than root read it', { path, user });
  }
  log.info('root given up', { user, uid: process.getuid?.(), groups: process.getgroups?.() });
}

function named(word: string): string | number {
  return /^\d+$/.test(word) ? Number(word) : word;
}

function groupThatReads(path: string): number[] {
  try {
    const { mode, gid } = statSync(path);
    return (mode & 0o040) !== 0 && (mode & 0o004) === 0 && gid !== 0 ? [gid] : [];
  } catch {
    return [];
  }
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function returns(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
