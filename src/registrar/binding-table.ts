import type { Clock } from '../base/index.js';
import type { Binding } from './binding.js';
import { contactKey, isSameContact, tokenIn } from './contact.js';
import { ExpiryWheel } from './expiry-wheel.js';
import type { RegisterContact } from './register-request.js';

/** A binding in memory; its end counts on the monotonic clock. */
export interface Entry {
  binding: Binding;
  endsAtMs: number;
  key: string;
  /** Grows with each registration: the flow that was registered last is the likeliest to live (RFC 5626 §7). */
  order: number;
}

/** Bindings by token, by user and by contact. Every operation is constant time in the number of all bindings. */
export class BindingTable {
  readonly #clock: Clock;
  readonly #wheel: ExpiryWheel<Entry>;
  readonly #byToken = new Map<string, Entry>();
  readonly #byUser = new Map<string, Entry[]>();
  /** The last binding with each key. */
  readonly #byKey = new Map<string, Entry>();
  #order = 0;

  /** `onExpired` gets bindings that have just left the table. */
  constructor(clock: Clock, onExpired: (expired: readonly Binding[]) => void) {
    this.#clock = clock;
    this.#wheel = new ExpiryWheel(clock, (ended) => {
      const expired = ended.filter((entry) => this.#byToken.get(entry.binding.token) === entry);
      for (const entry of expired) this.#drop(entry);
      onExpired(expired.map((entry) => entry.binding));
    });
  }

  get size(): number {
    return this.#byToken.size;
  }

  byToken(token: string): Entry | undefined {
    const entry = this.#byToken.get(token);
    return entry !== undefined && this.#lives(entry) ? entry : undefined;
  }

  /** By a URI of ours (`hf=`), or by the phone's own. */
  byContact(uri: string): Entry | undefined {
    const token = tokenIn(uri);
    const named = token === undefined ? undefined : this.byToken(token);
    if (named !== undefined) return named;
    const entry = this.#byKey.get(contactKey(uri));
    return entry !== undefined && this.#lives(entry) ? entry : undefined;
  }

  /** Preferred first: by q, then the most recent. */
  ofUser(username: string): readonly Entry[] {
    const entries = this.#byUser.get(username);
    if (entries === undefined) return [];
    const living = entries.filter((entry) => this.#lives(entry));
    if (living.length < 2) return living;
    return living.sort((a, b) => (b.binding.q ?? 1) - (a.binding.q ?? 1) || b.order - a.order);
  }

  find(username: string, contact: RegisterContact): Entry | undefined {
    return this.#byUser.get(username)?.find((entry) => this.#lives(entry) && isSameContact(entry.binding, contact));
  }

  *entries(): IterableIterator<Entry> {
    for (const entry of this.#byToken.values()) if (this.#lives(entry)) yield entry;
  }

  put(binding: Binding, endsAtMs: number): void {
    const entry = this.#byToken.get(binding.token);
    if (entry === undefined) this.#add(binding, endsAtMs);
    else {
      if (entry.binding.contact !== binding.contact) this.#rekey(entry, binding.contact);
      entry.binding = binding;
      if (entry.endsAtMs !== endsAtMs) entry.order = ++this.#order;
      entry.endsAtMs = endsAtMs;
      this.#wheel.watch(entry);
    }
  }

  remove(token: string): void {
    const entry = this.#byToken.get(token);
    if (entry === undefined) return;
    this.#wheel.forget(entry);
    this.#drop(entry);
  }

  stop(): void {
    this.#wheel.stop();
  }

  #lives(entry: Entry): boolean {
    return entry.endsAtMs > this.#clock.now();
  }

  #add(binding: Binding, endsAtMs: number): void {
    const entry: Entry = { binding, endsAtMs, key: contactKey(binding.contact), order: ++this.#order };
    this.#byToken.set(binding.token, entry);
    this.#byKey.set(entry.key, entry);
    const entries = this.#byUser.get(binding.username);
    if (entries === undefined) this.#byUser.set(binding.username, [entry]);
    else entries.push(entry);
    this.#wheel.watch(entry);
  }

  #rekey(entry: Entry, contact: string): void {
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
    entry.key = contactKey(contact);
    this.#byKey.set(entry.key, entry);
  }

  #drop(entry: Entry): void {
    const { token, username } = entry.binding;
    this.#byToken.delete(token);
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
    const rest = (this.#byUser.get(username) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) this.#byUser.delete(username);
    else this.#byUser.set(username, rest);
  }
}
