import type { Clock, Log, Random } from '../base/index.js';
import type { Binding, BindingStore } from './binding.js';
import { BindingTable, type Entry } from './binding-table.js';
import { contactValue, flowNameOf, tokenOf } from './contact.js';
import type { Gruus } from './gruu.js';
import { later, refusal } from './register-answer.js';
import type { RegisterAnswer, RegisterContact, RegisterRequest } from './register-request.js';
import type { RegistrarSettings } from './registrar-settings.js';

/** Whom a REGISTER is for: the directory's name where it knows the user. */
export interface Owner {
  readonly username: string;
  readonly aor?: string;
}

/** What the authority of the moment decided about one contact. */
export interface Grant {
  readonly contact: RegisterContact;
  /** Seconds; 0 removes. */
  readonly expiresS: number;
  /** Until when the centre holds it; absent: as before. */
  readonly upstreamExpiresAtWall?: number;
}

export interface Commit {
  readonly request: RegisterRequest;
  readonly owner: Owner;
  readonly origin: Binding['origin'];
  /** `*`: all of the owner's bindings go. */
  readonly grants: readonly Grant[] | '*';
}

export interface Committed {
  readonly answer: RegisterAnswer;
  readonly bound: readonly Binding[];
  readonly removed: readonly Binding[];
}

export interface BindingBookOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly store: BindingStore;
  readonly gruus: Gruus;
  readonly log: Log;
  /** True when the centre still lists a binding that is over here: its record stays until the centre was told. */
  readonly stillUpstream: (binding: Binding) => boolean;
  readonly onExpired: (expired: readonly Binding[]) => void;
  readonly onBindings: (username: string) => void;
}

/**
 * How often a phone must show that its flow lives, seconds (RFC 5626 §4.4.1). Address translators forget UDP after half a
 * minute; a stream only needs to notice within a call's patience that it is dead.
 */
const flowTimerS = { datagram: 25, stream: 120 } as const;

/** What a commit found under the tokens that it changed. */
type Before = Map<string, Pick<Entry, 'binding' | 'endsAtMs'> | undefined>;

/** A step of the wall clock larger than this is a jump and no drift. */
const jumpMs = 10_000;

/** The bindings, in memory and on disk: changed as one step, acknowledged when durable (RFC 3261 §10.3). */
export class BindingBook {
  readonly table: BindingTable;
  readonly #options: BindingBookOptions;
  #wallOffset: number;

  constructor(options: BindingBookOptions) {
    this.#options = options;
    this.table = new BindingTable(options.clock, (expired) => this.#expired(expired));
    this.#wallOffset = this.#offset();
  }

  /** Takes over what an earlier run acknowledged. Returns what has expired since and must be forgotten. */
  restore(bindings: readonly Binding[]): readonly Binding[] {
    const { clock, settings } = this.#options;
    const expired: Binding[] = [];
    // The order in which they were bound, as near as the disk knows it.
    for (const binding of [...bindings].sort((a, b) => a.expiresAtWall - b.expiresAtWall)) {
      const leftMs = binding.expiresAtWall - clock.wall();
      // More than was ever granted: the wall clock went back while we were away.
      const lifeMs = Math.min(leftMs, settings.phonesExpiresS * 1000);
      if (leftMs <= 0) expired.push(binding);
      else
        this.table.put(
          leftMs === lifeMs ? binding : { ...binding, expiresAtWall: clock.wall() + lifeMs },
          clock.now() + lifeMs,
        );
    }
    return expired;
  }

  tokenFor(owner: Owner, contact: RegisterContact): string {
    const found = this.table.find(owner.username, contact);
    if (found !== undefined) return found.binding.token;
    const token = tokenOf(owner.username, contact);
    // Taken by a contact that differs: the URI changed under a token that stayed.
    return this.table.byToken(token) === undefined ? token : tokenOf(`${owner.username}\n${token}`, contact);
  }

  /** What speaks against a REGISTER whoever sends it; undefined: nothing. */
  objection(request: RegisterRequest, owner: Owner): RegisterAnswer | undefined {
    const { settings, random } = this.#options;
    if (request.contacts === '*') {
      if (request.expires !== 0) return refusal(400, 'Contact * Needs Expires: 0');
      return this.#outOfOrder(this.table.ofUser(owner.username), request);
    }
    const known = request.contacts.map((contact) => this.table.find(owner.username, contact));
    const order = this.#outOfOrder(
      known.filter((entry) => entry !== undefined),
      request,
    );
    if (order !== undefined) return order;
    // RFC 5627 §5.1: it would lead back to us for ever.
    if (request.contacts.some(({ uri }) => this.#options.gruus.read(uri) !== undefined)) {
      return refusal(403, 'Contact Is a GRUU');
    }
    let added = 0;
    for (const [i, contact] of request.contacts.entries()) {
      const asked = this.askedS(request, contact);
      if (asked > 0 && asked < settings.minExpiresS) {
        return refusal(423, 'Interval Too Brief', [['Min-Expires', String(settings.minExpiresS)]]);
      }
      if (asked > 0 && known[i] === undefined) added++;
    }
    if (added === 0) return undefined;
    if (this.table.ofUser(owner.username).length + added > settings.bindingsPerUser)
      return later(random, 'Too Many Bindings of This User');
    if (this.table.size + added > settings.bindingsTotal) return later(random, 'Too Many Bindings');
    return undefined;
  }

  /** Seconds that the phone asks for (RFC 3261 §10.3 step 6). */
  askedS(request: RegisterRequest, contact: RegisterContact): number {
    return contact.expires ?? request.expires ?? this.#options.settings.phonesExpiresS;
  }

  /** What a phone gets when it asked for `askedS` and nobody may give more than `atMostS`: shortened at random. */
  grantS(askedS: number, atMostS = Number.POSITIVE_INFINITY): number {
    if (askedS <= 0) return 0;
    const { settings, random } = this.#options;
    const whole = Math.min(askedS, atMostS, settings.phonesExpiresS);
    return Math.max(1, Math.ceil(whole * (1 - settings.phonesJitter * random.next())));
  }

  /** Checks again, changes all or nothing, and answers 200 when the change is on disk. */
  async commit(commit: Commit): Promise<Committed> {
    const { request, owner } = commit;
    this.#followWall();
    const objection = this.objection(request, owner);
    if (objection !== undefined) return { answer: objection, bound: [], removed: [] };
    const before: Before = new Map();
    const bound: Binding[] = [];
    const removed: Binding[] = [];
    const drop = (binding: Binding): void => {
      this.table.remove(binding.token);
      removed.push(binding);
    };
    const remember = (token: string): void => {
      const entry = this.table.byToken(token);
      if (!before.has(token)) before.set(token, entry === undefined ? undefined : { ...entry });
    };
    if (commit.grants === '*') {
      for (const { binding } of this.table.ofUser(owner.username)) {
        remember(binding.token);
        // The centre, where it was asked, has forgotten them all by now.
        drop(commit.origin === 'relayed' ? { ...binding, upstreamExpiresAtWall: 0 } : binding);
      }
    } else {
      for (const grant of commit.grants) {
        const token = this.tokenFor(owner, grant.contact);
        const present = this.table.byToken(token)?.binding;
        remember(token);
        if (grant.expiresS > 0) bound.push(this.#bind(commit, grant, token, present));
        else if (present !== undefined) drop({ ...present, ...upstreamOf(grant.upstreamExpiresAtWall) });
      }
    }
    const answer = this.#answer(request, owner);
    if (!(await this.#save(bound, removed))) {
      this.#undo(before, bound);
      return { answer: later(this.#options.random, 'Storage Unavailable'), bound: [], removed: [] };
    }
    if (bound.length + removed.length > 0) this.#options.onBindings(owner.username);
    return { answer, bound, removed };
  }

  /** The owner's bindings as a 200 lists them. */
  answerQuery(request: RegisterRequest, owner: Owner): RegisterAnswer {
    return this.#answer(request, owner);
  }

  /** The centre's registration of a binding changed; not awaited, the next refresh would put it right. */
  noteUpstream(token: string, upstreamExpiresAtWall: number | undefined): void {
    const entry = this.table.byToken(token);
    if (entry === undefined) return;
    const { upstreamExpiresAtWall: _old, ...rest } = entry.binding;
    this.table.put({ ...rest, ...upstreamOf(upstreamExpiresAtWall) }, entry.endsAtMs);
    void this.write([this.table.byToken(token)?.binding ?? rest], []);
  }

  /** Changes records without anybody waiting; a failure is logged. */
  async write(put: readonly Binding[], remove: readonly string[]): Promise<boolean> {
    if (put.length + remove.length === 0) return true;
    try {
      await this.#options.store.save({ put, remove });
      return true;
    } catch (error) {
      this.#options.log.error('bindings not on disk', { put: put.length, remove: remove.length, error });
      return false;
    }
  }

  stop(): void {
    this.table.stop();
  }

  /** RFC 3261 §10.3 step 7: within one Call-ID only a higher CSeq changes anything. */
  #outOfOrder(entries: readonly Entry[], request: RegisterRequest): RegisterAnswer | undefined {
    const late = entries.some(({ binding }) => binding.callId === request.callId && request.cseq <= binding.cseq);
    return late ? refusal(500, 'CSeq Out of Order') : undefined;
  }

  #bind(commit: Commit, grant: Grant, token: string, present: Binding | undefined): Binding {
    const { clock } = this.#options;
    const { request, owner, origin } = commit;
    const { contact } = grant;
    const lifeMs = grant.expiresS * 1000;
    const binding: Binding = {
      token,
      ...owner,
      contact: contact.uri,
      flow: request.flow,
      ...flowNameOf(contact),
      ...(contact.q === undefined ? {} : { q: contact.q }),
      callId: request.callId,
      cseq: request.cseq,
      expiresAtWall: Math.round(clock.wall() + lifeMs),
      ...(request.userAgent === undefined ? {} : { userAgent: request.userAgent }),
      origin,
      ...sinceOf(contact, request, present, clock.wall()),
      ...upstreamOf(grant.upstreamExpiresAtWall ?? present?.upstreamExpiresAtWall),
    };
    this.table.put(binding, clock.now() + lifeMs);
    return binding;
  }

  #save(bound: readonly Binding[], removed: readonly Binding[]): Promise<boolean> {
    const told = removed.map((binding) => this.#ended(binding));
    return this.write(
      [...bound, ...told.flatMap((one) => one.keep)],
      told.flatMap((one) => one.remove),
    );
  }

  /** A binding that the centre still lists stays on disk, over, until the centre has been told. */
  #ended(binding: Binding): { readonly keep: readonly Binding[]; readonly remove: readonly string[] } {
    if (!this.#options.stillUpstream(binding)) return { keep: [], remove: [binding.token] };
    return {
      keep: [{ ...binding, expiresAtWall: Math.min(binding.expiresAtWall, this.#options.clock.wall()) }],
      remove: [],
    };
  }

  #undo(before: Before, bound: readonly Binding[]): void {
    for (const [token, was] of before) {
      const now = this.table.byToken(token)?.binding;
      // Somebody else changed it in the meantime: theirs stands.
      if (now !== undefined && !bound.includes(now)) continue;
      if (was === undefined) this.table.remove(token);
      else this.table.put(was.binding, was.endsAtMs);
    }
  }

  #expired(expired: readonly Binding[]): void {
    const told = expired.map((binding) => this.#ended(binding));
    void this.write(
      told.flatMap((one) => one.keep),
      told.flatMap((one) => one.remove),
    );
    this.#options.onExpired(expired);
    for (const username of new Set(expired.map((binding) => binding.username))) this.#options.onBindings(username);
  }

  #answer(request: RegisterRequest, owner: Owner): RegisterAnswer {
    const now = this.#options.clock.now();
    const gruus = request.supportedGruu ? this.#options.gruus : undefined;
    const headers: [string, string][] = this.table
      .ofUser(owner.username)
      .map(({ binding, endsAtMs }) => [
        'Contact',
        contactValue(binding, Math.max(1, Math.round((endsAtMs - now) / 1000)), gruus),
      ]);
    const outbound = request.contacts !== '*' && request.contacts.some((contact) => 'reg-id' in contact.params);
    const supported = [
      ...(request.supportedPath ? ['path'] : []),
      ...(outbound ? ['outbound'] : []),
      ...(request.supportedGruu ? ['gruu'] : []),
    ];
    if (supported.length > 0) headers.push(['Supported', supported.join(', ')]);
    if (outbound) {
      headers.push(['Require', 'outbound']);
      headers.push(['Flow-Timer', String(request.flow.transport === 'udp' ? flowTimerS.datagram : flowTimerS.stream)]);
    }
    return { status: 200, reason: 'OK', headers };
  }

  #offset(): number {
    return this.#options.clock.wall() - this.#options.clock.now();
  }

  /** After the wall clock was set, the times that people and records see are moved with it. */
  #followWall(): void {
    const jump = this.#offset() - this.#wallOffset;
    if (Math.abs(jump) < jumpMs) return;
    this.#wallOffset += jump;
    const moved: Binding[] = [];
    for (const entry of this.table.entries()) {
      const { binding } = entry;
      const upstream = binding.upstreamExpiresAtWall;
      entry.binding = {
        ...binding,
        expiresAtWall: binding.expiresAtWall + jump,
        ...upstreamOf(upstream === undefined ? upstream : upstream + jump),
      };
      moved.push(entry.binding);
    }
    this.#options.log.warn('wall clock jumped', { jumpMs: jump, bindings: moved.length });
    void this.write(moved, []);
  }
}

/** A telephone that goes on under the same Call-ID keeps its temporary GRUUs (RFC 5627 §5.4). */
function sinceOf(
  contact: RegisterContact,
  request: RegisterRequest,
  present: Binding | undefined,
  wall: number,
): { readonly since?: number } {
  if (flowNameOf(contact).instance === undefined) return {};
  const kept = present?.callId === request.callId ? present.since : undefined;
  return { since: kept ?? Math.round(wall) };
}

function upstreamOf(upstreamExpiresAtWall: number | undefined): { readonly upstreamExpiresAtWall?: number } {
  return upstreamExpiresAtWall === undefined ? {} : { upstreamExpiresAtWall };
}
