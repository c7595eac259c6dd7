import type { Link } from './transport.js';

/**
 * Connections of parties of proxied dialogs, by a token in our Record-Route: a phone behind NAT or in a browser is
 * reached by no other way, and its Contact says nothing that could be believed (RFC 5626 §5.2).
 */
export class ProxiedFlows {
  readonly #nextToken: () => string;
  readonly #links = new Map<string, Link>();
  readonly #tokens = new WeakMap<Link, string>();

  /** `nextToken`: unpredictable, for whoever knows one can send there. */
  constructor(nextToken: () => string) {
    this.#nextToken = nextToken;
  }

  /** Undefined for datagrams, which need none. */
  tokenOf(link: Link): string | undefined {
    if (!link.reliable || !link.open) return undefined;
    const known = this.#tokens.get(link);
    if (known !== undefined) return known;
    const token = this.#nextToken();
    this.#tokens.set(link, token);
    this.#links.set(token, link);
    link.watchers?.add(() => this.#links.delete(token));
    return token;
  }

  /** The connection while it stands. */
  find(token: string): Link | undefined {
    const link = this.#links.get(token);
    return link?.open === true ? link : undefined;
  }
}
