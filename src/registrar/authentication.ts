import type { User } from '../directory/index.js';

/** A request other than REGISTER that needs a user. */
export interface AuthenticationRequest {
  readonly method: string;
  /** Request-URI. */
  readonly uri: string;
  /** Proxy-Authorization (or Authorization) as it came. */
  readonly authorization?: string;
  /** User part of From. */
  readonly from: string;
}

export type Authentication =
  | { readonly kind: 'ok'; readonly user: User }
  | { readonly kind: 'challenge'; readonly status: 401 | 407; readonly headers: readonly (readonly [string, string])[] }
  | { readonly kind: 'refused'; readonly status: 403; readonly reason: string }
  /** Inline and not in the directory: the centre's business. */
  | { readonly kind: 'unknown' };
