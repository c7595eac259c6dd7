import type { Directory, User } from '../directory/index.js';
import type { Owner } from './binding-book.js';

/** The user whom a To or From names: by user name, extension or DID. */
export function userNamed(directory: Directory, name: string): User | undefined {
  return (
    directory.byUsername(name) ??
    directory.byExtension(name) ??
    directory.byDid(name) ??
    (/^[1-9][0-9]{6,14}$/.test(name) ? directory.byDid(`+${name}`) : undefined)
  );
}

/** Whose bindings a REGISTER changes. */
export function ownerOf(directory: Directory, name: string): Owner {
  const user = userNamed(directory, name);
  if (user === undefined || user.username === name) return { username: name };
  return { username: user.username, aor: name };
}
