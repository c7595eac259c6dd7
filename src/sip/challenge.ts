import { err, ok, type Result } from '../base/index.js';
import { quote, skipQuoted, skipSpace, skipToken, unquote } from './characters.js';

/** The hash of a digest (RFC 7616 §6.1, RFC 8760); `-sess` variants are answered and checked, never offered. */
export type DigestHash = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** WWW-Authenticate or Proxy-Authenticate of the Digest scheme. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  /** As written, `MD5` where it is missing; a name that is not a {@link DigestHash} cannot be answered. */
  readonly algorithm: string;
  /** What the server takes; empty where it said nothing (RFC 2069). */
  readonly qop: readonly string[];
  readonly opaque?: string;
  readonly domain?: string;
  /** The credentials were right, only the nonce is too old. */
  readonly stale: boolean;
  /** The server wants the user name hashed (RFC 7616 §3.4.4). */
  readonly userhash: boolean;
}

/** Authorization or Proxy-Authorization of the Digest scheme. */
export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  /** Hexadecimal. */
  readonly response: string;
  readonly algorithm: string;
  readonly qop?: string;
  readonly cnonce?: string;
  /** Eight hexadecimal digits. */
  readonly nc?: string;
  readonly opaque?: string;
  /** `username` is a hash of user name and realm. */
  readonly userhash: boolean;
}

export interface ChallengeOffer {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestHash;
  /** E.g. `['auth']`; left out when empty. */
  readonly qop: readonly ('auth' | 'auth-int')[];
  readonly stale?: boolean;
  readonly opaque?: string;
}

/** The scheme of a challenge or of credentials in lower case: `digest`, `basic`, `bearer` … */
export function authScheme(headerValue: string): string {
  const from = skipSpace(headerValue, 0, headerValue.length);
  return headerValue.slice(from, skipToken(headerValue, from, headerValue.length)).toLowerCase();
}

/** `name=value` pairs of the Digest scheme, names in lower case, values without quotes. */
function readPairs(text: string): Result<ReadonlyMap<string, string>, string> {
  if (authScheme(text) !== 'digest') return err('not the Digest scheme');
  const end = text.length;
  const pairs = new Map<string, string>();
  let at = skipToken(text, skipSpace(text, 0, end), end);
  if (skipSpace(text, at, end) === at) return err('no parameters');
  while (at < end) {
    at = skipSpace(text, at, end);
    if (text.charCodeAt(at) === 44) {
      at++;
      continue;
    }
    if (at === end) break;
    const nameTo = skipToken(text, at, end);
    const equals = skipSpace(text, nameTo, end);
    if (nameTo === at || text.charCodeAt(equals) !== 61) return err(`malformed parameter at character ${at}`);
    const name = text.slice(at, nameTo).toLowerCase();
    const from = skipSpace(text, equals + 1, end);
    const to = text.charCodeAt(from) === 34 ? skipQuoted(text, from, end) : skipUnquoted(text, from);
    if (to <= from) return err(`malformed value of ${name}`);
    if (pairs.has(name)) return err(`${name} occurs twice`);
    pairs.set(name, unquote(text.slice(from, to)));
    at = skipSpace(text, to, end);
    if (at < end && text.charCodeAt(at) !== 44) return err(`no comma after ${name}`);
  }
  return ok(pairs);
}

/** Telephones write URIs and nonces without quotes: anything visible but a comma. */
function skipUnquoted(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) > 32 && text.charCodeAt(i) !== 44 && text.charCodeAt(i) !== 34) i++;
  return i;
}

/** One header line holds one challenge; the error says what is wrong, or that it is another scheme. */
export function parseChallenge(headerValue: string): Result<DigestChallenge, string> {
  const pairs = readPairs(headerValue);
  if (!pairs.ok) return pairs;
  const realm = pairs.value.get('realm');
  const nonce = pairs.value.get('nonce');
  if (realm === undefined || nonce === undefined) return err('a challenge needs realm and nonce');
  const opaque = pairs.value.get('opaque');
  const domain = pairs.value.get('domain');
  const qop = (pairs.value.get('qop') ?? '').split(',').map((option) => option.trim().toLowerCase());
  return ok({
    realm,
    nonce,
    algorithm: pairs.value.get('algorithm') ?? 'MD5',
    qop: qop.filter((option) => option !== ''),
    ...(opaque === undefined ? {} : { opaque }),
    ...(domain === undefined ? {} : { domain }),
    stale: pairs.value.get('stale')?.toLowerCase() === 'true',
    userhash: pairs.value.get('userhash')?.toLowerCase() === 'true',
  });
}

/** Checks form only: `verifyCredentials` checks the response, its caller the nonce, the realm and the URI. */
export function parseCredentials(headerValue: string): Result<DigestCredentials, string> {
  const pairs = readPairs(headerValue);
  if (!pairs.ok) return pairs;
  const get = (name: string): string | undefined => pairs.value.get(name);
  const username = get('username') ?? extendedValue(get('username*'));
  const realm = get('realm');
  const nonce = get('nonce');
  const uri = get('uri');
  const response = get('response');
  if (username === undefined || realm === undefined || nonce === undefined) return err('no username, realm or nonce');
  if (uri === undefined || response === undefined) return err('no uri or response');
  const qop = get('qop')?.toLowerCase();
  const cnonce = get('cnonce');
  const nc = get('nc');
  const opaque = get('opaque');
  if (qop !== undefined && (cnonce === undefined || nc === undefined)) return err('qop without cnonce and nc');
  return ok({
    username,
    realm,
    nonce,
    uri,
    response,
    algorithm: get('algorithm') ?? 'MD5',
    ...(qop === undefined ? {} : { qop }),
    ...(cnonce === undefined ? {} : { cnonce }),
    ...(nc === undefined ? {} : { nc }),
    ...(opaque === undefined ? {} : { opaque }),
    userhash: get('userhash')?.toLowerCase() === 'true',
  });
}

/** An ext-value in UTF-8 (RFC 8187 §3.2.1); undefined for anything else. */
function extendedValue(text: string | undefined): string | undefined {
  if (text === undefined || !text.toLowerCase().startsWith("utf-8'")) return undefined;
  const second = text.indexOf("'", 6);
  if (second < 0) return undefined;
  try {
    return decodeURIComponent(text.slice(second + 1));
  } catch {
    return undefined;
  }
}

/** The value of a WWW-Authenticate or Proxy-Authenticate header. */
export function challengeHeader(offer: ChallengeOffer): string {
  const qop = offer.qop.length === 0 ? '' : `, qop=${quote(offer.qop.join(','))}`;
  const opaque = offer.opaque === undefined ? '' : `, opaque=${quote(offer.opaque)}`;
  const stale = offer.stale === true ? ', stale=true' : '';
  const algorithm = `, algorithm=${offer.algorithm}`;
  return `Digest realm=${quote(offer.realm)}, nonce=${quote(offer.nonce)}${algorithm}${qop}${opaque}${stale}`;
}
