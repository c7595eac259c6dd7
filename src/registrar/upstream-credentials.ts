import { hexToken, type Random } from '../base/index.js';
import type { User } from '../directory/index.js';
import { answerChallenge, type DigestChallenge, digestHash, parseChallenge } from '../sip/index.js';
import type { UpstreamRequest } from './upstream-register.js';

/** A challenge of the centre and how often it has been answered. */
export interface LiveChallenge {
  readonly challenge: DigestChallenge;
  /** 407 asks for Proxy-Authorization. */
  readonly proxy: boolean;
  nc: number;
}

/** The first challenge of an answer that this user's HA1 values can answer. */
export function answerableChallenge(
  status: number,
  headers: Readonly<Record<string, readonly string[]>>,
  user: User,
): LiveChallenge | undefined {
  const proxy = status === 407;
  for (const line of headers[proxy ? 'proxy-authenticate' : 'www-authenticate'] ?? []) {
    const parsed = parseChallenge(line);
    if (parsed.ok && ha1For(parsed.value, user) !== undefined) return { challenge: parsed.value, proxy, nc: 0 };
  }
  return undefined;
}

/** The credentials to send; empty when this user cannot answer the challenge. Counts the use. */
export function credentialsFor(
  live: LiveChallenge,
  user: User,
  request: { readonly method: 'REGISTER' | 'SUBSCRIBE'; readonly uri: string },
  random: Random,
): Pick<UpstreamRequest, 'authorization' | 'proxyAuthorization'> {
  const ha1 = ha1For(live.challenge, user);
  if (ha1 === undefined) return {};
  const { challenge } = live;
  const nc = ++live.nc;
  const value = answerChallenge({
    challenge,
    ...request,
    username: user.username,
    ha1,
    cnonce: hexToken(random, 8),
    nc,
  });
  if (!value.ok) return {};
  return live.proxy ? { proxyAuthorization: value.value } : { authorization: value.value };
}

function ha1For(challenge: DigestChallenge, user: User): User['ha1']['md5'] {
  if (challenge.realm !== user.realm) return undefined;
  const hash = digestHash(challenge.algorithm);
  if (hash === 'MD5') return user.ha1.md5;
  return hash === 'SHA-256' ? user.ha1.sha256 : undefined;
}
