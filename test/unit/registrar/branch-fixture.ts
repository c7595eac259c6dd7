import { Secret } from '../../../src/base/index.js';
import { type Directory, ha1Of, LiveDirectory, type User } from '../../../src/directory/index.js';
import {
  Registrar,
  type RegistrarSettings,
  registrarDefaults,
  type UpstreamAnswer,
  type UpstreamRegister,
  type UpstreamTrouble,
} from '../../../src/registrar/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { FakeCentre } from './fake-centre.js';
import type { FakeNotifier } from './fake-notifier.js';
import { FakeStore } from './fake-store.js';
import { Phone, type PhoneOptions } from './phone.js';

export const domain = 'centre.example';

/** `<name>` with the password `<name>-secret`. */
export function userCalled(username: string, extension: string, only?: 'md5' | 'sha256'): User {
  const both = ha1Of(username, domain, new Secret(`${username}-secret`));
  const ha1 = only === undefined ? both : only === 'md5' ? { md5: both.md5 } : { sha256: both.sha256 };
  return { username, extension, did: `+1312555${extension}`, realm: domain, ha1, classOfRestriction: 'national' };
}

/** Users that never change. */
export function usersOf(users: readonly User[]): Pick<Directory, 'byUsername'> {
  return { byUsername: (username) => users.find((user) => user.username === username) };
}

/** Mailboxes at the centre, and what is told of them. */
export interface FixtureMailboxes {
  readonly subscriptions: (clock: VirtualClock) => FakeNotifier;
  readonly onMessages: (username: string, waiting: boolean) => void;
}

/** A registrar with everything around it simulated. */
export class BranchFixture {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly directory: LiveDirectory;
  readonly store: FakeStore;
  readonly centre: FakeCentre;
  readonly settings: RegistrarSettings;
  readonly notifier: FakeNotifier | undefined;
  readonly #onMessages: FixtureMailboxes['onMessages'];
  readonly troubles: UpstreamTrouble[] = [];
  registrar: Registrar;
  /** The process as it runs now; a dead one neither speaks nor hears. */
  #run = { alive: true };

  constructor(
    settings: Partial<RegistrarSettings> = {},
    seed = 1,
    users = defaultUsers(),
    clock = new VirtualClock(),
    mailboxes?: FixtureMailboxes,
  ) {
    this.clock = clock;
    this.random = new SeededRandom(seed);
    this.directory = new LiveDirectory({ clock: this.clock });
    this.directory.replace(users);
    this.store = new FakeStore(this.clock);
    // Whoever leaves the branch is still known at the centre.
    this.centre = new FakeCentre(this.clock, usersOf(users), domain);
    const contactAddress = { host: '198.51.100.1', port: 5060, transport: 'udp' } as const;
    this.settings = { ...registrarDefaults, realm: domain, domain, contactAddress, ...settings };
    this.notifier = mailboxes?.subscriptions(clock);
    this.#onMessages = mailboxes?.onMessages ?? (() => undefined);
    this.registrar = this.#made();
  }

  phone(username: string, more: Partial<PhoneOptions> = {}): Phone {
    return new Phone({ username, password: `${username}-secret`, domain, ...more });
  }

  /** Lets time pass until `promise` is settled. */
  async until<T>(promise: Promise<T>, atMostMs = 10_000): Promise<T> {
    let done = false;
    const watched = promise.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    for (let waited = 0; !done && waited < atMostMs; waited++) await this.clock.run(1);
    if (!done) throw new Error(`no result within ${atMostMs} ms`);
    return watched;
  }

  register(phone: Phone, what: Parameters<Phone['register']>[1] = {}): ReturnType<Phone['register']> {
    return this.until(phone.register(this.registrar, what));
  }

  /** Power loss and return: memory is gone, the disk has what was flushed. */
  async restart(): Promise<{ readonly restored: number; readonly expired: number }> {
    this.store.crash();
    this.#run.alive = false;
    this.registrar.stop();
    const posture = this.registrar.posture;
    this.registrar = this.#made();
    const restored = await this.until(this.registrar.load());
    this.registrar.setPosture(posture);
    return restored;
  }

  #made(): Registrar {
    const { clock, random, directory, centre, settings } = this;
    const run = { alive: true };
    this.#run = run;
    const upstream: UpstreamRegister = {
      async register(request) {
        const answer = run.alive ? await centre.register(request) : undefined;
        return answer !== undefined && run.alive ? answer : new Promise<UpstreamAnswer>(() => undefined);
      },
    };
    const onUpstreamSilent = (trouble: UpstreamTrouble): void => void this.troubles.push(trouble);
    return new Registrar({
      clock,
      random,
      directory,
      store: this.store.attach(),
      upstream,
      gruuKey: new Uint8Array(32).fill(7),
      settings,
      onUpstreamSilent,
      ...(this.notifier === undefined ? {} : { subscriptions: this.notifier }),
      onMessages: this.#onMessages,
    });
  }
}

function defaultUsers(): readonly User[] {
  return [userCalled('alice', '2001'), userCalled('bob', '2002', 'md5'), userCalled('carol', '2003', 'sha256')];
}
