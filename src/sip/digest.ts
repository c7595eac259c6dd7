import { createHash, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result, type Secret } from '../base/index.js';
import type { DigestChallenge, DigestCredentials, DigestHash } from './challenge.js';
import { quote } from './characters.js';

/** H(user:realm:password) in hexadecimal, as text or wrapped. */
export type Ha1 = string | Secret;

export interface AnswerOptions {
  readonly challenge: DigestChallenge;
  readonly method: string;
  /** The Request-URI of the request that will carry the answer. */
  readonly uri: string;
  readonly username: string;
  /** Of the challenge's hash. */
  readonly ha1: Ha1;
  /** Unpredictable, chosen by us. */
  readonly cnonce: string;
  /** Requests sent with this nonce, this one included. */
  readonly nc: number;
  /** Needed where the server takes auth-int only. */
  readonly body?: Buffer;
}

export interface VerifyOptions {
  readonly credentials: DigestCredentials;
  readonly method: string;
  /** Of the credentials' hash. */
  readonly ha1: Ha1;
  /** Needed for auth-int. */
  readonly body?: Buffer;
}

const openSslNames: Readonly<Record<DigestHash, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

/** The hash that an algorithm's name stands for, in any case, with or without `-sess`; undefined: not supported. */
export function digestHash(algorithm: string): DigestHash | undefined {
  const name = algorithm.toUpperCase();
  const base = name.endsWith('-SESS') ? name.slice(0, -5) : name;
  return base === 'MD5' || base === 'SHA-256' || base === 'SHA-512-256' ? base : undefined;
}

function hashOf(hash: DigestHash, data: string | Buffer): string {
  return createHash(openSslNames[hash]).update(data).digest('hex');
}

/** H(username:realm:password), lower-case hexadecimal (RFC 7616 §3.4.2). */
export function ha1(username: string, realm: string, password: string, algorithm: DigestHash): string {
  return hashOf(algorithm, `${username}:${realm}:${password}`);
}

/** What stands for the user name where the server asks for `userhash` (RFC 7616 §3.4.4). */
export function usernameHash(username: string, realm: string, algorithm: DigestHash): string {
  return hashOf(algorithm, `${username}:${realm}`);
}

interface Proof {
  readonly algorithm: string;
  readonly hash: DigestHash;
  readonly ha1: Ha1;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  readonly qop: string | undefined;
  readonly cnonce: string | undefined;
  readonly nc: string | undefined;
  readonly body: Buffer | undefined;
}

const noBody = Buffer.alloc(0);

/** RFC 7616 §3.4.1-§3.4.3. */
function responseOf(proof: Proof): string {
  const { hash, nonce } = proof;
  const stored = typeof proof.ha1 === 'string' ? proof.ha1 : proof.ha1.reveal();
  const session = proof.algorithm.toUpperCase().endsWith('-SESS');
  const a1 = session ? hashOf(hash, `${stored}:${nonce}:${proof.cnonce ?? ''}`) : stored;
  const integrity = proof.qop === 'auth-int' ? `:${hashOf(hash, proof.body ?? noBody)}` : '';
  const a2 = hashOf(hash, `${proof.method}:${proof.uri}${integrity}`);
  if (proof.qop === undefined) return hashOf(hash, `${a1}:${nonce}:${a2}`);
  return hashOf(hash, `${a1}:${nonce}:${proof.nc ?? ''}:${proof.cnonce ?? ''}:${proof.qop}:${a2}`);
}

/**
 * The value of the Authorization or Proxy-Authorization header that answers a challenge: qop `auth` where it is
 * offered, else `auth-int`, else none. An error: an algorithm or qop that is not supported.
 */
export function answerChallenge(options: AnswerOptions): Result<string, string> {
  const { challenge, method, uri, cnonce } = options;
  const hash = digestHash(challenge.algorithm);
  if (hash === undefined) return err(`unsupported algorithm ${challenge.algorithm}`);
  const qop = challenge.qop.find((option) => option === 'auth') ?? challenge.qop.find((o) => o === 'auth-int');
  if (qop === undefined && challenge.qop.length > 0) return err(`unsupported qop ${challenge.qop.join(',')}`);
  const nc = options.nc.toString(16).padStart(8, '0');
  const session = challenge.algorithm.toUpperCase().endsWith('-SESS');
  const response = responseOf({
    algorithm: challenge.algorithm,
    hash,
    ha1: options.ha1,
    nonce: challenge.nonce,
    method,
    uri,
    qop,
    cnonce,
    nc,
    body: options.body,
  });
  const username = challenge.userhash ? usernameHash(options.username, challenge.realm, hash) : options.username;
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${challenge.algorithm}`,
  ];
  if (qop !== undefined) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (qop !== undefined || session) parts.push(`cnonce=${quote(cnonce)}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
  if (challenge.userhash) parts.push('userhash=true');
  return ok(`Digest ${parts.join(', ')}`);
}

/**
 * True when the response proves knowledge of `ha1`; compared in constant time. Whether nonce, realm, user and URI are
 * the right ones is the caller's to check.
 */
export function verifyCredentials(options: VerifyOptions): boolean {
  const { credentials, method } = options;
  const hash = digestHash(credentials.algorithm);
  if (hash === undefined) return false;
  const { qop } = credentials;
  if (qop !== undefined && qop !== 'auth' && qop !== 'auth-int') return false;
  const expected = responseOf({
    algorithm: credentials.algorithm,
    hash,
    ha1: options.ha1,
    nonce: credentials.nonce,
    method,
    uri: credentials.uri,
    qop,
    cnonce: credentials.cnonce,
    nc: credentials.nc,
    body: options.body,
  });
  const given = Buffer.from(credentials.response.toLowerCase());
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
