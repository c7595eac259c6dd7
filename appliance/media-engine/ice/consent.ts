import { between, type Random } from '../../../src/base/index.js';
import type { Pair } from './checklist.js';
import type { Selected } from './ice-session.js';
import { stunMethod } from './stun-message.js';
import type { StunTransactions } from './stun-transactions.js';

/** RFC 7675 §5.1. */
const everyMs = 5_000;
const expiresMs = 30_000;

export interface ConsentOptions {
  readonly random: Random;
  readonly transactions: StunTransactions;
  readonly tieBreaker: bigint;
  readonly send: (pair: Pair, bytes: Buffer) => void;
}

/** RFC 7675 §5.1: a check every five seconds, none of them repeated; thirty seconds without an answer end it. Keeps NATs open too. */
export class Consent {
  readonly #options: ConsentOptions;

  constructor(options: ConsentOptions) {
    this.#options = options;
  }

  given(now: number): { consentAt: number; nextConsentAt: number } {
    return { consentAt: now, nextConsentAt: now + this.#gap() };
  }

  keep(selected: Selected, now: number): 'given' | 'expired' {
    if (now >= selected.consentAt + expiresMs) return 'expired';
    if (now >= selected.nextConsentAt) {
      selected.nextConsentAt = now + this.#gap();
      this.#ask(selected, now);
    }
    return 'given';
  }

  #gap(): number {
    return everyMs * between(this.#options.random, 0.8, 1.2);
  }

  #ask(selected: Selected, now: number): void {
    const { session, pair } = selected;
    const { transactions, tieBreaker, send } = this.#options;
    if (session.remote === undefined) return;
    const key = Buffer.from(session.remote.password, 'utf8');
    transactions.start(
      {
        method: stunMethod.binding,
        attributes: session.checkAttributes(pair.local, tieBreaker, false),
        proof: { key, hash: 'sha1' },
        onceForMs: expiresMs,
        send: (bytes) => send(pair, bytes),
        answered: (message, at) => {
          if (!message.provenBy(key)) return false;
          if (message.class === 'success') selected.consentAt = at;
          return true;
        },
        timedOut: () => undefined,
      },
      now,
    );
  }
}

/** When something is to be done about it next. */
export function consentTimeout({ consentAt, nextConsentAt }: Selected): number {
  return Math.min(nextConsentAt, consentAt + expiresMs);
}
