import { err, ok, type Random, type Result, Secret } from '../base/index.js';
import { asSrtpSuite, keyAndSaltBytes, type SrtpSuite } from './srtp-suite.js';

/** One `a=crypto` (RFC 4568 §9.1) of a suite that this product has. */
export interface CryptoAttribute {
  /** 1-9 digits. */
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** The suite as the sender wrote it, where that differs: an answer repeats it. */
  readonly suiteWord?: string;
  /** Master key and salt, base64. */
  readonly keyAndSalt: Secret;
  /** Packets that the key may protect; absent: the suite's own maximum. */
  readonly lifetime?: bigint;
  readonly mki?: { readonly value: bigint; readonly bytes: number };
  /** As they came, e.g. `WSH=128`. */
  readonly sessionParameters: readonly string[];
}

/** A key that ends sooner (22 minutes at 50 packets a second) is declined; whoever drew it renews it in time (RFC 4568 §6.1). */
const leastLifetime = 1n << 16n;
const longestLifetime = 1n << 48n;

/** Reads the value of `a=crypto`. The error says, without the key, why it cannot be used: then it is as if it were not there (RFC 4568 §5.1.2). */
export function parseCrypto(value: string): Result<CryptoAttribute, string> {
  const [tagWord = '', suiteWord = '', keys = '', ...sessionParameters] = value.trim().split(/ +/);
  if (!/^(?:0|[1-9]\d{0,8})$/.test(tagWord)) return err('its tag is no number of at most nine digits');
  const suite = asSrtpSuite(suiteWord);
  if (suite === undefined) return err(`suite ${suiteWord.slice(0, 40)} is not known`);
  if (keys.includes(';')) return err('has more than one key');
  if (!/^inline:/i.test(keys)) return err('its key is not inline');
  const [keyAndSalt = '', ...rest] = keys.slice('inline:'.length).split('|');
  const key = readKey(keyAndSalt, suite);
  if (key === undefined) return err(`its key is not ${keyAndSaltBytes[suite]} bytes in base64`);
  let lifetime: bigint | undefined;
  let mki: CryptoAttribute['mki'];
  for (const word of rest) {
    const read = word.includes(':') ? undefined : readLifetime(word);
    if (read !== undefined && lifetime === undefined && mki === undefined) {
      lifetime = read;
      continue;
    }
    mki = mki === undefined ? readMki(word) : undefined;
    if (mki === undefined) return err('its lifetime or MKI is malformed');
  }
  return ok({
    tag: Number(tagWord),
    suite,
    ...(suite === suiteWord ? {} : { suiteWord }),
    keyAndSalt: new Secret(key),
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(mki === undefined ? {} : { mki }),
    sessionParameters,
  });
}

/** The value of `a=crypto`. Reveals the key: what it returns is as secret. */
export function formatCrypto(crypto: CryptoAttribute): string {
  const { tag, suite, suiteWord, keyAndSalt, lifetime, mki, sessionParameters } = crypto;
  const key = [
    `inline:${keyAndSalt.reveal()}`,
    ...(lifetime === undefined ? [] : [formatLifetime(lifetime)]),
    ...(mki === undefined ? [] : [`${mki.value}:${mki.bytes}`]),
  ].join('|');
  return [tag, suiteWord ?? suite, key, ...sessionParameters].join(' ');
}

/**
 * Why an offered or answered attribute is declined; undefined where it is taken. Nothing that weakens protection is taken
 * (RFC 4568 §6.3.2), nor what the engine does not do: master key identifiers, other key derivation rates, an order of FEC. What is
 * neither known nor marked as optional (`-`) must not be taken (§6.3.7).
 */
export function declinedBecause(crypto: CryptoAttribute): string | undefined {
  if (crypto.mki !== undefined) return 'it uses a master key identifier';
  if (crypto.lifetime !== undefined && crypto.lifetime < leastLifetime) return 'its key ends too soon';
  for (const parameter of crypto.sessionParameters) {
    if (/^KDR=0$/.test(parameter) || parameter.startsWith('-')) continue;
    const window = /^WSH=(\d{1,9})$/.exec(parameter)?.[1];
    if (window !== undefined && Number(window) >= 64) continue;
    return `it asks for ${parameter.split('=')[0]?.slice(0, 40)}`;
  }
  return undefined;
}

/** The attribute to answer with, of those offered: the best of our `suites` (§5.1.2 lets the answerer choose). */
export function answeringCrypto(
  offered: readonly string[],
  suites: readonly SrtpSuite[],
): Result<CryptoAttribute, string> {
  const why: string[] = [];
  const usable: CryptoAttribute[] = [];
  const tags = new Set<number>();
  for (const value of offered) {
    const read = parseCrypto(value);
    if (!read.ok) {
      why.push(read.error);
      continue;
    }
    const { tag, suite } = read.value;
    const reason = tags.has(tag) ? `tag ${tag} comes twice` : declinedBecause(read.value);
    tags.add(tag);
    if (reason !== undefined) why.push(reason);
    else if (!suites.includes(suite)) why.push(`suite ${suite} is not allowed`);
    else usable.push(read.value);
  }
  const best = suites.flatMap((suite) => usable.filter((each) => each.suite === suite))[0];
  return best === undefined ? err(why.join('; ') || 'no key is offered') : ok(best);
}

/** A fresh master key and salt, base64. */
export function drawKey(suite: SrtpSuite, random: Random): Secret {
  return new Secret(Buffer.from(random.bytes(keyAndSaltBytes[suite])).toString('base64'));
}

/** In the one form that base64 of these bytes has: telephones leave the padding out. */
function readKey(text: string, suite: SrtpSuite): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const canonical = bytes.toString('base64');
  if (bytes.length !== keyAndSaltBytes[suite]) return undefined;
  return canonical.replace(/=+$/, '') === text.replace(/=+$/, '') ? canonical : undefined;
}

function readLifetime(word: string): bigint | undefined {
  const power = /^2\^(\d{1,2})$/.exec(word)?.[1];
  if (power === undefined && !/^[1-9]\d{0,14}$/.test(word)) return undefined;
  const lifetime = power === undefined ? BigInt(word) : 1n << BigInt(power);
  return lifetime > longestLifetime ? undefined : lifetime;
}

function formatLifetime(lifetime: bigint): string {
  const power = lifetime.toString(2).length - 1;
  return 1n << BigInt(power) === lifetime ? `2^${power}` : String(lifetime);
}

function readMki(word: string): CryptoAttribute['mki'] {
  const match = /^(\d{1,39}):(\d{1,3})$/.exec(word);
  const [value, bytes] = [BigInt(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  return bytes < 1 || bytes > 128 || value >= 1n << BigInt(8 * bytes) ? undefined : { value, bytes };
}
