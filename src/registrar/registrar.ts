import { type Clock, type Log, type Random, silentLog } from '../base/index.js';
import type { Directory } from '../directory/index.js';
import type { Authentication, AuthenticationRequest } from './authentication.js';
import { Authenticator } from './authenticator.js';
import type { Binding, BindingStore } from './binding.js';
import { BindingBook } from './binding-book.js';
import { CentreConversation } from './centre-conversation.js';
import { type GruuKey, Gruus, instanceName } from './gruu.js';
import { LineRegistrations } from './line-registrations.js';
import { MessageWatch, type NoticeAnswer } from './message-watch.js';
import { ownerOf, userNamed } from './owner.js';
import { refusal } from './register-answer.js';
import type { RegisterAnswer, RegisterRequest } from './register-request.js';
import type { RegistrarSettings } from './registrar-settings.js';
import { Relay } from './relay.js';
import { Serve } from './serve.js';
import type { UpstreamRegister, UpstreamTrouble } from './upstream-register.js';
import type { MessageNotice, UpstreamSubscribe } from './upstream-subscribe.js';
import { UpstreamUpkeep } from './upstream-upkeep.js';

export interface RegistrarOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly directory: Directory;
  readonly store: BindingStore;
  readonly upstream: UpstreamRegister;
  /** Opens the temporary GRUUs that are in the world. */
  readonly gruuKey: GruuKey;
  readonly log?: Log;
  /** Absent: nobody asks the centre for mailboxes; what it says unasked is heard all the same. */
  readonly subscriptions?: UpstreamSubscribe;
  /** Messages wait at the centre for a user of {@link Registrar.keepLines}, or no more. */
  readonly onMessages?: (username: string, waiting: boolean) => void;
  /** Told when a REGISTER found the centre silent, refusing or failing. */
  readonly onUpstreamSilent?: (trouble: UpstreamTrouble) => void;
  /** Told after a user's bindings changed. */
  readonly onBindings?: (username: string) => void;
}

/** Where a request to a GRUU goes, or how it is refused: unknown, or not registered now. */
export type GruuTarget =
  | { readonly kind: 'phone'; readonly username: string; readonly phones: readonly (readonly Binding[])[] }
  | { readonly kind: 'refused'; readonly status: 404 | 480 };

export interface Restored {
  readonly restored: number;
  readonly expired: number;
}

/** The registrar of the branch. Its posture says who authenticates: the centre (`relay`) or Holdfast (`serve`). */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #authenticator: Authenticator;
  readonly #book: BindingBook;
  readonly #gruus: Gruus;
  readonly #upkeep: UpstreamUpkeep;
  readonly #serve: Serve;
  readonly #relay: Relay;
  readonly #lines: LineRegistrations;
  readonly #messages: MessageWatch;
  readonly #underWay = new Map<string, Promise<RegisterAnswer>>();
  #posture: 'relay' | 'serve' = 'serve';

  constructor(options: RegistrarOptions) {
    this.#options = options;
    const { clock, random, settings, directory, store, upstream } = options;
    const log = options.log ?? silentLog;
    const onTrouble = (trouble: UpstreamTrouble): void => options.onUpstreamSilent?.(trouble);
    this.#lines = new LineRegistrations(directory);
    const users = { byUsername: (username: string) => this.#lines.user(username) };
    const { realm, nonceLifetimeMs, algorithms } = settings;
    this.#authenticator = new Authenticator({ clock, random, directory, realm, nonceLifetimeMs, algorithms });
    this.#gruus = new Gruus({ domain: settings.domain, key: options.gruuKey, random });
    this.#book = new BindingBook({
      gruus: this.#gruus,
      clock,
      random,
      settings,
      store,
      log,
      stillUpstream: (binding) => this.#upkeep.stillUpstream(binding),
      onExpired: (expired) => {
        for (const binding of expired) this.#upkeep.withdraw(binding);
      },
      onBindings: (username) => options.onBindings?.(username),
    });
    const centre = new CentreConversation({ clock, random, settings, directory: users, upstream, log, onTrouble });
    this.#messages = new MessageWatch({
      ...{ clock, random, settings, directory, log },
      userOf: (username) => this.#lines.user(username),
      lines: this.#lines,
      upstream: options.subscriptions ?? {
        subscribe: () => Promise.resolve({ kind: 'answer', status: 501, headers: {} }),
      },
      onMessages: (username, waiting) => options.onMessages?.(username, waiting),
    });
    this.#upkeep = new UpstreamUpkeep({
      clock,
      random,
      settings,
      directory: users,
      centre,
      log,
      onRegistered: (token, upstreamExpiresAtWall) => {
        const onLine = this.#lines.noteUpstream(token, upstreamExpiresAtWall);
        if (onLine === undefined) this.#book.noteUpstream(token, upstreamExpiresAtWall);
        else this.#messages.registered(onLine);
      },
      onRemoved: (token) => {
        this.#lines.forget(token);
        if (this.#book.table.byToken(token) === undefined) void this.#book.write([], [token]);
      },
    });
    const shared = { random, directory, authenticator: this.#authenticator, book: this.#book, upkeep: this.#upkeep };
    this.#serve = new Serve(shared);
    this.#relay = new Relay({ ...shared, clock, settings, centre, serve: this.#serve });
  }

  /** Takes over the bindings on disk; call it once, before the first request. */
  async load(): Promise<Restored> {
    const expired = this.#book.restore(await this.#options.store.load());
    const forgotten = expired.filter((binding) => !this.#upkeep.stillUpstream(binding));
    for (const binding of expired) this.#upkeep.withdraw(binding);
    const tokens = forgotten.map((binding) => binding.token);
    await this.#book.write([], tokens);
    return { restored: this.#book.table.size, expired: expired.length };
  }

  /** Answers a REGISTER; a 200 is durable. The same request again, while the first is under way, gets the same answer. */
  handle(request: RegisterRequest): Promise<RegisterAnswer> {
    const { username, callId, cseq, authorization, proxyAuthorization } = request;
    const key = `${username}\n${callId}\n${cseq}\n${authorization ?? proxyAuthorization ?? ''}`;
    const present = this.#underWay.get(key);
    if (present !== undefined) return present;
    const answer = this.#answer(request).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }

  /** Who sends a request other than REGISTER. CANCEL and ACK cannot be challenged: do not ask (RFC 3261 §22.1). */
  authenticate(request: AuthenticationRequest): Authentication {
    const { directory } = this.#options;
    const verdict = this.#authenticator.verify(request);
    const claimed = userNamed(directory, request.from);
    if (verdict.kind === 'ok') {
      // RFC 3323 §4.1.1.3: who hides in From still says who it is in the credentials.
      if (claimed === verdict.user || request.from.toLowerCase() === 'anonymous')
        return { kind: 'ok', user: verdict.user };
      return { kind: 'refused', status: 403, reason: 'From Is Not Yours' };
    }
    if (claimed === undefined && this.#posture === 'relay') return { kind: 'unknown' };
    if (verdict.kind === 'challenge') {
      const values = this.#authenticator.challenge(claimed?.username ?? request.from, verdict.stale);
      return { kind: 'challenge', status: 407, headers: values.map((value) => ['Proxy-Authenticate', value]) };
    }
    return { kind: 'refused', status: 403, reason: verdict.kind === 'malformed' ? verdict.reason : 'Forbidden' };
  }

  /** Unexpired, preferred first. `username` as the directory has it. */
  bindingsOf(username: string): readonly Binding[] {
    return this.#book.table.ofUser(username).map(({ binding }) => binding);
  }

  /**
   * The user's telephones, preferred first, each by its flows, the newest first: a call tries one flow of a telephone at
   * a time (RFC 5626 §7).
   */
  phonesOf(username: string): readonly (readonly Binding[])[] {
    const phones: Binding[][] = [];
    for (const binding of this.bindingsOf(username)) {
      const same = binding.regId === undefined ? undefined : phones.find((flows) => isSamePhone(flows[0], binding));
      if (same === undefined) phones.push([binding]);
      else same.push(binding);
    }
    return phones;
  }

  /** The telephone that a GRUU names (RFC 5627 §5.5); undefined where `uri` is no GRUU of ours. */
  byGruu(uri: string): GruuTarget | undefined {
    const name = this.#gruus.read(uri);
    if (name === undefined) return undefined;
    if (name === 'unknown') return { kind: 'refused', status: 404 };
    const known = userNamed(this.#options.directory, name.user);
    const username = known?.username ?? name.user;
    const phones = this.phonesOf(username).filter(([first]) => {
      return first?.instance !== undefined && instanceName(first.instance) === name.instance;
    });
    const { since } = name;
    const valid = since === undefined || phones.some((flows) => flows.some((flow) => flow.since === since));
    if (phones.length > 0 && valid) return { kind: 'phone', username, phones };
    // Whose user is not of this branch may be the centre's.
    return known === undefined && since === undefined ? undefined : { kind: 'refused', status: 480 };
  }

  byToken(token: string): Binding | undefined {
    return this.#book.table.byToken(token)?.binding;
  }

  /** By our URI with its `hf` token, or by the phone's own contact URI. */
  byContact(uri: string): Binding | undefined {
    return this.#book.table.byContact(uri)?.binding;
  }

  all(): readonly Binding[] {
    return Array.from(this.#book.table.entries(), ({ binding }) => binding);
  }

  get posture(): 'relay' | 'serve' {
    return this.#posture;
  }

  /** `relay` also begins to bring the centre's location table up to date, through the bucket. */
  setPosture(posture: 'relay' | 'serve'): void {
    this.#posture = posture;
    const telephones = Array.from(this.#book.table.entries(), ({ binding }) => binding);
    if (posture === 'relay') this.#upkeep.begin([...telephones, ...this.#lines.all]);
    else {
      this.#upkeep.pause();
      this.#messages.pause();
    }
  }

  /** Users with telephones on lines of this box, whom Holdfast registers at the centre itself; each call says all of them. */
  keepLines(usernames: Iterable<string>): void {
    const { gone, begun } = this.#lines.keep(usernames);
    for (const binding of gone) {
      this.#messages.forget(binding.username);
      this.#upkeep.withdraw(binding);
    }
    for (const binding of begun) this.#upkeep.want(binding);
  }

  /** A NOTIFY that the centre sent. */
  notified(notice: MessageNotice): NoticeAnswer {
    return this.#messages.notified(notice);
  }

  /** True while the centre sends calls for such a user here. */
  lineIsAtCentre(username: string): boolean {
    return this.#lines.isAtCentre(username, this.#options.clock.wall());
  }

  /**
   * The centre can be reached again after a silence of either side in which the posture stayed `relay`: whoever backed off tries at once,
   * and mailboxes are subscribed to anew.
   */
  centreBack(): void {
    if (this.#posture !== 'relay') return;
    this.#upkeep.pause();
    this.#messages.pause();
    this.setPosture('relay');
  }

  /** Registrations and removals that wait for their turn at the centre, and REGISTERs that Holdfast sent there itself. */
  get queue(): { readonly waiting: number; readonly sent: number } {
    return this.#upkeep.queue;
  }

  /** Cancels every timer. */
  stop(): void {
    this.#upkeep.stop();
    this.#messages.stop();
    this.#book.stop();
  }

  async #answer(request: RegisterRequest): Promise<RegisterAnswer> {
    if (request.domain === '' || request.username === '') return refusal(400, 'Malformed To');
    if (this.#posture === 'serve') return this.#serve.register(request);
    return this.#relay.register(request, ownerOf(this.#options.directory, request.username));
  }
}

/** Two flows of one telephone. */
function isSamePhone(a: Binding | undefined, b: Binding): boolean {
  return a?.regId !== undefined && a.instance !== undefined && a.instance === b.instance;
}
