import { hexToken, type Random, type Secret } from '../base/index.js';
import { answerChallenge, type DigestChallenge, digestHash, ha1 as ha1Of, parseChallenge } from '../sip/index.js';
import type { ReceivedResponse } from './application.js';

/** Answers one of the challenges for a request, or none: the value of Authorization or Proxy-Authorization. */
export type Credentials = (
  challenges: readonly DigestChallenge[],
  request: { readonly method: string; readonly uri: string },
) => string | undefined;

/** Whose HA1 values answer a challenge; the shape of a user of the directory. */
export interface DigestIdentity {
  readonly username: string;
  readonly realm: string;
  readonly ha1: { readonly md5?: Secret; readonly sha256?: Secret };
}

/** A user name and password that answer in whatever realm they are asked: a trunk's. */
export interface PasswordIdentity {
  readonly username: string;
  readonly password: Secret;
}

/** The server's order of challenges is its preference (RFC 8760 §2.4). */
export function digestCredentials(user: DigestIdentity | PasswordIdentity, random: Random): Credentials {
  return (challenges, { method, uri }) => {
    for (const challenge of challenges) {
      const ha1 = ha1For(user, challenge);
      if (ha1 === undefined) continue;
      const cnonce = hexToken(random, 8);
      const answer = answerChallenge({ challenge, method, uri, username: user.username, ha1, cnonce, nc: 1 });
      if (answer.ok) return answer.value;
    }
    return undefined;
  };
}

function ha1For(user: DigestIdentity | PasswordIdentity, { algorithm, realm }: DigestChallenge): string | undefined {
  const hash = digestHash(algorithm);
  if (hash === undefined) return undefined;
  if ('password' in user) return ha1Of(user.username, realm, user.password.reveal(), hash);
  if (realm !== user.realm) return undefined;
  return (hash === 'MD5' ? user.ha1.md5 : hash === 'SHA-256' ? user.ha1.sha256 : undefined)?.reveal();
}

/** What a 401 or 407 asks for. */
export interface Challenged {
  /** The challenge's header lines, to pass on unchanged. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly challenges: readonly DigestChallenge[];
  /** The field that the answer goes into. */
  readonly answerField: 'Authorization' | 'Proxy-Authorization';
}

export function readChallenge(response: ReceivedResponse): Challenged | undefined {
  if (response.status !== 401 && response.status !== 407) return undefined;
  const name = response.status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  const lines = splitChallenges(response.get(name) ?? '');
  const challenges = lines.flatMap((line) => {
    const parsed = parseChallenge(line);
    return parsed.ok ? [parsed.value] : [];
  });
  return {
    fields: lines.map((line) => [name, line] as const),
    challenges,
    answerField: response.status === 401 ? 'Authorization' : 'Proxy-Authorization',
  };
}

/** drachtio-srf joins the header lines by commas, which also stand between a challenge's parameters. */
export function splitChallenges(joined: string): readonly string[] {
  return joined
    .split(/,\s*(?=[A-Za-z][\w-]*\s+[A-Za-z][\w-]*\s*=)/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
