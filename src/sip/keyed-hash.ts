import { hash } from 'node:crypto';

/**
 * 64 bits that nobody makes without the key. A plain hash behind the key costs a fifth of an HMAC and, cut to a quarter
 * of its length, cannot be extended.
 */
export function keyedHash(text: string, key: string): string {
  return hash('sha256', `${key}\n${text}`, 'hex').slice(0, 16);
}
