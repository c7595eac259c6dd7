import type { Secret } from '../base/index.js';

/** A person or a device with a telephone. Names are those that the centre uses, so that nothing changes in an outage. */
export interface User {
  /** The SIP user part, and the name in digest credentials. Case matters (RFC 3261 §19.1.4). */
  readonly username: string;
  /** Digits only. */
  readonly extension: string;
  /** E.164 with `+`. */
  readonly did?: string;
  readonly displayName?: string;
  /** The centre's digest realm, for which the HA1 values were made. */
  readonly realm: string;
  /** H(username:realm:password) in lower-case hex (RFC 7616 §3.4.2); at least one of them. */
  readonly ha1: { readonly md5?: Secret; readonly sha256?: Secret };
  /** The name of a class in the configuration's `classesOfRestriction`. */
  readonly classOfRestriction: string;
}

/** Who exists here. Every lookup is constant time and answers from one consistent state. */
export interface Directory {
  byUsername(username: string): User | undefined;
  byExtension(extension: string): User | undefined;
  /** `e164` with `+`. */
  byDid(e164: string): User | undefined;
  all(): readonly User[];
  /** When these users were last confirmed by their source, ms since 1970; 0 when nothing was ever loaded. */
  readonly loadedAtWall: number;
}
