import { createHash } from 'node:crypto';
import { Secret } from '../base/index.js';
import type { User } from './user.js';

/** Both digests of one password (RFC 7616 §3.4.2, RFC 8760), as a users file holds them. */
export function ha1Of(username: string, realm: string, password: Secret): Required<User['ha1']> {
  const a1 = `${username}:${realm}:${password.reveal()}`;
  return {
    md5: new Secret(createHash('md5').update(a1).digest('hex')),
    sha256: new Secret(createHash('sha256').update(a1).digest('hex')),
  };
}

/** The lines of a users file that replace a password; `indent` spaces stand before each. */
export function ha1Lines(username: string, realm: string, password: Secret, indent = 4): string {
  const { md5, sha256 } = ha1Of(username, realm, password);
  const pad = ' '.repeat(indent);
  return `${pad}ha1:\n${pad}  md5: ${md5.reveal()}\n${pad}  sha256: ${sha256.reveal()}\n`;
}
