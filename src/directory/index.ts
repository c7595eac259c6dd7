/**
 * Who exists at this branch: users with their numbers and digests (RFC 7616, RFC 8760), read from a file as a whole,
 * swapped as a whole, guarded against mass deletion. Floor 3; uses base.
 */
export { exampleUsersFile } from './example-users.js';
export { ha1Lines, ha1Of } from './ha1.js';
export {
  type DirectoryChange,
  type HeldChange,
  LiveDirectory,
  type LiveDirectoryOptions,
  type ReplaceOutcome,
} from './live-directory.js';
export type { Directory, User } from './user.js';
export { parseUsers, type UsersFault } from './users-file.js';
