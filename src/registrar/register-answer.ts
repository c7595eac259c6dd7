import { between, type Random } from '../base/index.js';
import type { RegisterAnswer } from './register-request.js';

/** Answers that have no content of their own. */
export function refusal(status: number, reason: string, headers: RegisterAnswer['headers'] = []): RegisterAnswer {
  return { status, reason, headers };
}

/** 401 with one header per algorithm, preferred first (RFC 8760 §2.4). */
export function unauthorized(challenges: readonly string[]): RegisterAnswer {
  return refusal(
    401,
    'Unauthorized',
    challenges.map((value) => ['WWW-Authenticate', value]),
  );
}

/** "Later", at a time of each phone's own, so that they do not return together. */
export function later(random: Random, reason: string): RegisterAnswer {
  return refusal(503, reason, [['Retry-After', String(Math.round(between(random, 5, 35)))]]);
}
