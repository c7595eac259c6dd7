import type { Clock, Log, Result, Timer } from '../base/index.js';
import { silentLog } from '../base/index.js';
import type { Directory, User } from './user.js';
import { parseUsers, type UsersFault } from './users-file.js';

/** A change that would delete suspiciously many users waits for a person. */
export interface HeldChange {
  readonly sinceWall: number;
  /** User names that would vanish. */
  readonly vanishing: readonly string[];
  /** Users at present. */
  readonly present: number;
  /** Users after the change. */
  readonly proposed: number;
}

export interface DirectoryChange {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export type ReplaceOutcome =
  | ({ readonly kind: 'replaced' } & DirectoryChange)
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'held'; readonly held: HeldChange };

export interface LiveDirectoryOptions {
  readonly clock: Clock;
  readonly log?: Log;
  /** Told after each swap. */
  readonly onChange?: (change: DirectoryChange) => void;
  /** Told when the users become stale, and when they are fresh again. */
  readonly onStale?: (stale: boolean) => void;
  /** Credentials older than this are still served, with a warning. Initially 7 days. */
  readonly staleAfterMs?: number;
}

/** Both must be exceeded before a deletion is held: small sites may lose a few users in one change. */
const guard = { share: 0.1, count: 5 } as const;
const day = 86_400_000;

interface Snapshot {
  readonly users: readonly User[];
  readonly byUsername: ReadonlyMap<string, User>;
  readonly byExtension: ReadonlyMap<string, User>;
  readonly byDid: ReadonlyMap<string, User>;
}

/** The users in force. A swap is one assignment: a lookup sees the old users or the new, never a mixture. */
export class LiveDirectory implements Directory {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: LiveDirectoryOptions;
  readonly #staleAfterMs: number;
  #snapshot: Snapshot = snapshotOf([]);
  #held: { readonly change: HeldChange; readonly users: readonly User[] } | undefined;
  #loadedAtWall = 0;
  #staleTimer: Timer | undefined;
  #stale = false;

  constructor(options: LiveDirectoryOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log ?? silentLog;
    this.#staleAfterMs = options.staleAfterMs ?? 7 * day;
  }

  byUsername(username: string): User | undefined {
    return this.#snapshot.byUsername.get(username);
  }

  byExtension(extension: string): User | undefined {
    return this.#snapshot.byExtension.get(extension);
  }

  byDid(e164: string): User | undefined {
    return this.#snapshot.byDid.get(e164);
  }

  all(): readonly User[] {
    return this.#snapshot.users;
  }

  get loadedAtWall(): number {
    return this.#loadedAtWall;
  }

  /** True once the source has not confirmed the users for `staleAfterMs`. They are served all the same. */
  get stale(): boolean {
    return this.#stale;
  }

  /** The change that waits for {@link confirm} or {@link discard}. */
  get held(): HeldChange | undefined {
    return this.#held?.change;
  }

  /** Puts `users` in force unless the deletion guard holds them. `now`: when their source confirmed them (wall). */
  replace(users: readonly User[], now: number = this.#clock.wall()): ReplaceOutcome {
    const next = snapshotOf(users);
    const vanishing = this.#snapshot.users
      .filter((user) => !next.byUsername.has(user.username))
      .map((user) => user.username);
    const present = this.#snapshot.users.length;
    if (vanishing.length > guard.count && vanishing.length > present * guard.share) {
      const change = {
        sinceWall: this.#held?.change.sinceWall ?? this.#clock.wall(),
        vanishing,
        present,
        proposed: users.length,
      };
      this.#held = { change, users };
      this.#log.warn('directory change held for confirmation', {
        vanishing: vanishing.length,
        present,
        proposed: users.length,
      });
      return { kind: 'held', held: change };
    }
    return this.#swap(next, now);
  }

  /** Reads a users file and puts it in force; a file with faults changes nothing. */
  load(text: string, fileName: string): Result<ReplaceOutcome, readonly UsersFault[]> {
    const parsed = parseUsers(text, fileName);
    if (!parsed.ok) {
      this.#log.warn('users file refused', { file: fileName, faults: parsed.error.length, first: parsed.error[0] });
      return parsed;
    }
    return { ok: true, value: this.replace(parsed.value) };
  }

  /** Puts the held change in force. `who` is logged. Undefined when nothing is held. */
  confirm(who: string): ReplaceOutcome | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    this.#log.info('directory change confirmed', { who, vanishing: held.change.vanishing.length });
    return this.#swap(snapshotOf(held.users), this.#clock.wall());
  }

  /** Forgets the held change; the present users stay. */
  discard(who: string): boolean {
    if (this.#held === undefined) return false;
    this.#log.info('directory change discarded', { who, vanishing: this.#held.change.vanishing.length });
    this.#held = undefined;
    return true;
  }

  stop(): void {
    this.#staleTimer?.cancel();
  }

  #swap(next: Snapshot, now: number): ReplaceOutcome {
    const change = changeBetween(this.#snapshot, next);
    this.#snapshot = next;
    this.#held = undefined;
    this.#loadedAtWall = now;
    this.#freshUntil(this.#staleAfterMs - Math.max(0, this.#clock.wall() - now));
    if (change.added + change.removed + change.changed === 0) return { kind: 'unchanged' };
    this.#log.info('directory replaced', { users: next.users.length, ...change });
    this.#options.onChange?.(change);
    return { kind: 'replaced', ...change };
  }

  #freshUntil(ms: number): void {
    this.#staleTimer?.cancel();
    this.#setStale(ms <= 0);
    if (ms <= 0) return;
    this.#staleTimer = this.#clock.after(ms, () => {
      this.#log.warn('directory is stale', { users: this.#snapshot.users.length, loadedAtWall: this.#loadedAtWall });
      this.#setStale(true);
    });
  }

  #setStale(stale: boolean): void {
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#options.onStale?.(stale);
  }
}

function snapshotOf(users: readonly User[]): Snapshot {
  const byUsername = new Map<string, User>();
  const byExtension = new Map<string, User>();
  const byDid = new Map<string, User>();
  for (const user of users) {
    byUsername.set(user.username, user);
    byExtension.set(user.extension, user);
    if (user.did !== undefined) byDid.set(user.did, user);
  }
  return { users: [...users], byUsername, byExtension, byDid };
}

function changeBetween(before: Snapshot, after: Snapshot): DirectoryChange {
  let added = 0;
  let changed = 0;
  for (const user of after.users) {
    const old = before.byUsername.get(user.username);
    if (old === undefined) added++;
    else if (!sameUser(old, user)) changed++;
  }
  return { added, changed, removed: before.users.filter((user) => !after.byUsername.has(user.username)).length };
}

function sameUser(a: User, b: User): boolean {
  return (
    a.extension === b.extension &&
    a.did === b.did &&
    a.displayName === b.displayName &&
    a.realm === b.realm &&
    a.classOfRestriction === b.classOfRestriction &&
    a.ha1.md5?.reveal() === b.ha1.md5?.reveal() &&
    a.ha1.sha256?.reveal() === b.ha1.sha256?.reveal()
  );
}
