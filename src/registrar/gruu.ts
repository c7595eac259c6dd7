import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../base/index.js';
import { escapeUser, parseSipUri, unescapeUri } from '../sip/index.js';
import type { Binding } from './binding.js';

/** What a GRUU says: one instance of one user. */
export interface GruuName {
  /** The user part of the address of record; for a temporary GRUU the directory's name of the user. */
  readonly user: string;
  readonly instance: string;
  /** Temporary GRUUs only: the registration under which it was given out, see `Binding.since`. */
  readonly since?: number;
}

/** 32 bytes that outlive the process. */
export type GruuKey = Uint8Array;

const temporaryPrefix = 'tgruu.';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * GRUUs (RFC 5627): URIs that reach one telephone of a user wherever it registers. The public one shows the user; of two
 * temporary ones nobody but us can tell that they are the same user's. Both are computed, so that they outlive the process.
 */
export class Gruus {
  readonly #domain: string;
  readonly #key: GruuKey;
  readonly #random: Random;

  constructor(options: { readonly domain: string; readonly key: GruuKey; readonly random: Random }) {
    this.#domain = options.domain;
    this.#key = options.key;
    this.#random = options.random;
  }

  /** Undefined for a telephone that has no instance. */
  publicOf(binding: Binding): string | undefined {
    if (binding.instance === undefined) return undefined;
    const user = escapeUser(binding.aor ?? binding.username);
    return `sip:${user}@${this.#domain};gr=${escapeParameter(instanceName(binding.instance))}`;
  }

  /** A new one each time (RFC 5627 §3.2); valid as long as the registration under which it is made. */
  temporaryOf(binding: Binding): string | undefined {
    if (binding.instance === undefined || binding.since === undefined) return undefined;
    const nonce = this.#random.bytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const text = JSON.stringify([binding.username, instanceName(binding.instance), binding.since]);
    const token = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `sip:${temporaryPrefix}${token.toString('base64url')}@${this.#domain};gr`;
  }

  /** Undefined: no GRUU of ours. `unknown`: it looks like one, and we did not make it. */
  read(uri: string): GruuName | 'unknown' | undefined {
    if (!uri.includes(';gr')) return undefined;
    const parsed = parseSipUri(uri);
    if (!parsed.ok || parsed.value.host.toLowerCase() !== this.#domain.toLowerCase()) return undefined;
    const gr = parsed.value.parameters.get('gr');
    if (gr === undefined) return undefined;
    const user = unescapeUri(parsed.value.user ?? '');
    if (user.startsWith(temporaryPrefix)) return this.#readTemporary(user.slice(temporaryPrefix.length)) ?? 'unknown';
    return gr === '' ? undefined : { user, instance: instanceName(unescapeUri(gr)) };
  }

  #readTemporary(text: string): GruuName | undefined {
    const token = Buffer.from(text, 'base64url');
    if (token.length <= nonceBytes + tagBytes) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, token.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(token.subarray(token.length - tagBytes));
    try {
      const opened = Buffer.concat([decipher.update(token.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      const [user, instance, since]: unknown[] = JSON.parse(opened.toString('utf8'));
      if (typeof user !== 'string' || typeof instance !== 'string' || typeof since !== 'number') return undefined;
      return { user, instance, since };
    } catch {
      // Not ours, or of a key that is gone.
      return undefined;
    }
  }
}

/** An instance id as it is compared: without angle brackets; a UUID in any case is the same (RFC 4122 §3). */
export function instanceName(instance: string): string {
  const name = instance.startsWith('<') && instance.endsWith('>') ? instance.slice(1, -1) : instance;
  return /^urn:uuid:/i.test(name) ? name.toLowerCase() : name;
}

/** As the value of a URI parameter (RFC 3261 §25.1 `pvalue`). */
function escapeParameter(text: string): string {
  return [...Buffer.from(text)].map((byte) => escapedByte(byte)).join('');
}

function escapedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9\-_.!~*'()[\]/:&+$]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
