import { type BranchFinal, bestResponse } from './best-response.js';
import type { SipResponse } from './message.js';
import { parseNameAddrList } from './name-addr.js';
import { parseDeltaSeconds } from './numbers.js';
import { uriScheme } from './uri.js';
import { equalUris } from './uri-comparison.js';

/** Branches of one request, redirections included: beyond it a redirecting peer is a loop. */
const MAX_BRANCHES = 32;
/** Redirections of redirections. */
const MAX_REDIRECTIONS = 5;

export interface ProxyTarget {
  readonly uri: string;
  /** How many redirections led here; 0 for one that the application named. */
  readonly depth: number;
}

export interface ResponseContextOptions {
  readonly method: string;
  readonly targets: readonly string[];
  readonly parallel: boolean;
  readonly followRedirects: boolean;
  /** Branches at a time (RFC 5393 §5.3.3); at least 1. */
  readonly breadth: number;
}

/** What is to be done next. `branch` counts from 0 in order of launch. */
export type ProxyStep =
  | { readonly do: 'launch'; readonly branch: number; readonly target: ProxyTarget; readonly breadth: number }
  | { readonly do: 'cancel'; readonly branch: number }
  | { readonly do: 'respond'; readonly response: SipResponse }
  /** The outcome is known. Once, after the final response went out, or when there is none to send. */
  | { readonly do: 'done' };

interface Branch {
  readonly target: ProxyTarget;
  readonly breadth: number;
  active: boolean;
}

/** RFC 3261 §16.2, §16.5 to §16.7: which targets are tried when, and what goes back. Plain data in, steps out. */
export class ResponseContext {
  readonly #options: ResponseContextOptions;
  readonly #waiting: ProxyTarget[];
  readonly #branches: Branch[] = [];
  readonly #finals: BranchFinal[] = [];
  /** Everything that ever was a target, for loops of redirections (RFC 3261 §16.5). */
  readonly #seen: string[];
  #free: number;
  #searching = true;
  #done = false;

  constructor(options: ResponseContextOptions) {
    this.#options = options;
    this.#free = options.breadth;
    this.#waiting = options.targets.slice(0, MAX_BRANCHES).map((uri) => ({ uri, depth: 0 }));
    this.#seen = this.#waiting.map(({ uri }) => uri);
  }

  start(): readonly ProxyStep[] {
    return this.#launch();
  }

  /** A branch has its final response, or `made` stands for it. Once for each branch. */
  settled(branch: number, response: SipResponse, made: boolean): readonly ProxyStep[] {
    const settled = this.#branches[branch];
    if (settled === undefined || !settled.active) return [];
    settled.active = false;
    this.#free += settled.breadth;
    if (this.#done) return [];
    const { status } = response;
    if (status < 300) {
      this.#done = true;
      return [...this.#stopSearch(), { do: 'done' }];
    }
    if (!this.#redirects(settled.target, response)) this.#finals.push({ response, made });
    const steps: ProxyStep[] = [];
    // One 6xx speaks for all (RFC 3261 §16.7 step 5). In a serial search so does a challenge: it is the caller's to answer.
    const ends = status >= 600 || (!this.#options.parallel && (status === 401 || status === 407));
    if (ends) steps.push(...this.#stopSearch());
    return [...steps, ...this.#launch()];
  }

  /** The caller has given up (RFC 3261 §16.10). */
  cancel(): readonly ProxyStep[] {
    return this.#done ? [] : [...this.#stopSearch(), ...this.#launch()];
  }

  #stopSearch(): readonly ProxyStep[] {
    this.#searching = false;
    this.#waiting.length = 0;
    const steps: ProxyStep[] = [];
    this.#branches.forEach(({ active }, branch) => {
      if (active) steps.push({ do: 'cancel', branch });
    });
    return steps;
  }

  /** Starts what may start now; when nothing runs and nothing is left, gives back the best response. */
  #launch(): readonly ProxyStep[] {
    const steps: ProxyStep[] = [];
    const active = this.#branches.filter((b) => b.active).length;
    const room = this.#options.parallel ? Math.min(this.#waiting.length, this.#free) : active === 0 ? 1 : 0;
    for (let left = Math.min(room, this.#waiting.length); left > 0; left--) {
      const target = this.#waiting.shift();
      if (target === undefined) break;
      const breadth = Math.max(1, Math.floor(this.#free / left));
      this.#free -= breadth;
      this.#branches.push({ target, breadth, active: true });
      steps.push({ do: 'launch', branch: this.#branches.length - 1, target, breadth });
    }
    if (steps.length > 0 || active > 0) return steps;
    this.#done = true;
    const response = bestResponse(this.#finals, this.#options.method);
    return response === undefined ? [{ do: 'done' }] : [{ do: 'respond', response }, { do: 'done' }];
  }

  /** True when the contacts of a 3xx take its place (RFC 3261 §16.7 step 4). */
  #redirects(from: ProxyTarget, response: SipResponse): boolean {
    if (response.status >= 400 || !this.#options.followRedirects || !this.#searching) return false;
    if (from.depth >= MAX_REDIRECTIONS) return false;
    const fresh = contactsByPreference(response).filter((uri) => {
      const scheme = uriScheme(uri);
      if (scheme !== 'sip' && scheme !== 'sips') return false;
      if (this.#seen.length >= MAX_BRANCHES || this.#seen.some((known) => equalUris(known, uri))) return false;
      this.#seen.push(uri);
      return true;
    });
    // Before what waits: they stand where the redirecting target stood.
    this.#waiting.unshift(...fresh.map((uri) => ({ uri, depth: from.depth + 1 })));
    return fresh.length > 0;
  }
}

/** By falling q (RFC 3261 §20.10), equals in their order. */
function contactsByPreference(response: SipResponse): readonly string[] {
  const found: { readonly uri: string; readonly q: number }[] = [];
  for (const line of response.headers.all('Contact')) {
    const list = parseNameAddrList(line);
    if (!list.ok) continue;
    for (const { uri, parameters } of list.value) {
      const q = Number(parameters.get('q') ?? 1);
      // An expired alternative is none (RFC 3261 §21.3.3).
      if (parseDeltaSeconds(parameters.get('expires') ?? '') !== 0) found.push({ uri, q: q >= 0 && q <= 1 ? q : 1 });
    }
  }
  return found.sort((a, b) => b.q - a.q).map(({ uri }) => uri);
}
