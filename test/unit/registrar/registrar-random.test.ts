import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, type Random } from '../../../src/base/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { BranchFixture, userCalled } from './branch-fixture.js';
import { contactParameter, grantedFor, type Phone } from './phone.js';

const runs = 60;
const steps = 60;
const users = Array.from({ length: 12 }, (_, i) =>
  userCalled(`user${i}`, String(3000 + i), i % 3 === 0 ? 'md5' : undefined),
);

/** What a phone may rely on: bound until then, because it was told so. */
interface Promised {
  readonly phone: Phone;
  readonly endsAtMs: number;
  readonly gruus: readonly string[];
  readonly atMs: number;
  /** How often the process had crashed. */
  readonly crashes: number;
}

/** One random life of a branch: phones, outages, moods of the centre and crashes; checked throughout. */
class RandomLife {
  readonly branch: BranchFixture;
  readonly random: Random;
  readonly phones: Phone[];
  readonly intruders: Phone[];
  readonly promised = new Map<Phone, Promised>();
  /** Requests that never got an answer may or may not have happened. */
  readonly unsure = new Set<Phone>();
  #crashed = 0;
  /** How many REGISTERs the centre had heard at each start of the process. */
  readonly #starts = new Set<number>();

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.branch = new BranchFixture({ bindingsPerUser: 4 }, seed, users);
    this.branch.centre.nonceLifetimeMs = between(this.random, 1000, 400_000);
    this.phones = Array.from({ length: 20 }, (_, i) => {
      const { username } = users[i % users.length] ?? { username: '' };
      // The same user again with the same instance is the same telephone by another flow.
      const flow = { instance: `urn:uuid:${i % users.length}`, regId: i < users.length ? '1' : '2' };
      return this.branch.phone(username, { port: 5000 + i, ...(i % 2 === 0 ? flow : {}) });
    });
    this.intruders = users.map(({ username }, i) => this.branch.phone(username, { port: 9000 + i, password: 'guess' }));
  }

  async live(): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.#step();
      this.#check();
    }
    await this.#recover();
  }

  async #step(): Promise<void> {
    const { branch, random } = this;
    const roll = random.next();
    if (roll < 0.5) await this.#someRegister();
    else if (roll < 0.6) this.#mood();
    else if (roll < 0.7) branch.registrar.setPosture(random.next() < 0.5 ? 'relay' : 'serve');
    else if (roll < 0.75) await this.#crash();
    else if (roll < 0.78) await this.#phoneRestarts();
    else await branch.clock.run(between(random, 1, random.next() < 0.2 ? 200_000 : 5000));
  }

  async #someRegister(): Promise<void> {
    const { random } = this;
    const count = 1 + Math.floor(random.next() * 8);
    const chosen = new Set(Array.from({ length: count }, () => pick(random, this.phones)));
    const all = [...chosen].map((phone) => this.#register(phone));
    const intruder = pick(random, this.intruders);
    const refused = this.branch.until(intruder.register(this.branch.registrar), 3000).then(
      (answer) => assert.notEqual(answer.status, 200, 'a wrong password registered'),
      () => undefined,
    );
    if (random.next() < 0.15) await this.#crash();
    await Promise.all([...all, refused]);
  }

  async #register(phone: Phone): Promise<void> {
    const { branch } = this;
    const removing = this.random.next() < 0.1;
    const generation = this.#crashed;
    this.unsure.add(phone);
    let done = false;
    const work = phone.register(branch.registrar, { expires: removing ? 0 : 300, gruu: true }).then((answer) => {
      done = true;
      if (generation !== this.#crashed) return;
      this.unsure.delete(phone);
      if (answer.status !== 200) return;
      const granted = grantedFor(answer, phone.contact);
      assert.equal(granted === undefined, removing);
      if (granted === undefined) this.promised.delete(phone);
      else {
        const atMs = branch.clock.now();
        const gruus = ['pub-gruu', 'temp-gruu'].map((name) => contactParameter(answer, phone.contact, name) ?? '');
        const endsAtMs = atMs + granted * 1000 - 1000;
        const named = phone.options.instance === undefined ? [] : gruus;
        this.promised.set(phone, { phone, endsAtMs, gruus: named, atMs, crashes: generation });
      }
    });
    for (let waited = 0; !done && waited < 5000 && generation === this.#crashed; waited++) await branch.clock.run(1);
    if (generation === this.#crashed) await work;
  }

  async #crash(): Promise<void> {
    this.#crashed++;
    this.#starts.add(this.branch.centre.heard.length);
    await this.branch.restart();
  }

  async #phoneRestarts(): Promise<void> {
    const phone = pick(this.random, this.phones);
    phone.callId = `${phone.options.username}-${this.branch.clock.now()}-again@phone`;
    phone.cseq = 0;
    phone.challenge = undefined;
  }

  #mood(): void {
    const { branch, random } = this;
    const moods: readonly (typeof branch.centre.behaviour)[] = [
      { kind: 'serve' },
      { kind: 'serve' },
      { kind: 'silent', afterMs: between(random, 100, 2000) },
      { kind: 'refuse' },
      { kind: 'status', status: 503, headers: random.next() < 0.5 ? { 'retry-after': ['7'] } : {} },
      { kind: 'status', status: 408 },
      { kind: 'status', status: 403 },
    ];
    branch.centre.behaviour = pick(random, moods);
    branch.centre.shortestS = random.next() < 0.2 ? 900 : 0;
    branch.centre.longestS = random.next() < 0.3 ? between(random, 100, 300) : 3600;
    branch.centre.roundTripMs = between(random, 1, 100);
  }

  #check(): void {
    const { branch } = this;
    const live = [...this.promised.values()].filter(({ phone, endsAtMs }) => {
      return endsAtMs > branch.clock.now() && !this.unsure.has(phone);
    });
    for (const { phone, gruus } of live) {
      assert.ok(branch.registrar.byContact(phone.contact), `${phone.contact} was acknowledged and is gone`);
      for (const gruu of gruus) {
        const target = branch.registrar.byGruu(gruu);
        assert.ok(target?.kind === 'phone', `${gruu} was given to ${phone.contact} and leads nowhere`);
        assert.ok(target.phones.some((flows) => flows.some(({ contact }) => contact === phone.contact)));
      }
    }
    this.#checkFlows(live);
    for (const intruder of this.intruders) assert.equal(branch.registrar.byContact(intruder.contact), undefined);
    for (const { username } of users) assert.ok(branch.registrar.bindingsOf(username).length <= 4);
    this.#checkBucket();
  }

  /** Each flow belongs to one telephone, and the one that registered last is tried first. */
  #checkFlows(live: readonly Promised[]): void {
    const { registrar } = this.branch;
    for (const { username } of users) {
      const phones = registrar.phonesOf(username);
      assert.equal(phones.flat().length, registrar.bindingsOf(username).length);
      const named = phones.flatMap(([first]) => first?.instance ?? []);
      assert.equal(new Set(named).size, named.length, 'one telephone stands twice');
      for (const flows of phones) {
        const times = flows.flatMap(({ contact }) => {
          const known = live.find(({ phone, crashes }) => phone.contact === contact && crashes === this.#crashed);
          return known?.atMs ?? [];
        });
        // Answers of one moment may come in another order than they were bound.
        for (const [i, at] of times.entries())
          assert.ok(at > (times[i + 1] ?? 0) - 10_000, 'an older flow stands first');
      }
    }
  }

  /** The bucket is full again after a crash: each run of the process is judged by itself. */
  #checkBucket(): void {
    const { heard } = this.branch.centre;
    let level = 5;
    let last = 0;
    for (const [i, { atMs }] of heard.entries()) {
      if (this.#starts.has(i)) level = 5;
      level = Math.min(5, level + (atMs - last) * 0.02) - 1;
      last = atMs;
      assert.ok(level > -0.01, 'more than the bucket holds went to the centre');
    }
  }

  /** In the end, with everybody well, the centre knows whoever is bound here. */
  async #recover(): Promise<void> {
    const { branch } = this;
    Object.assign(branch.centre, { behaviour: { kind: 'serve' }, shortestS: 0, longestS: 3600 });
    branch.registrar.setPosture('serve');
    await branch.clock.run(400_000);
    for (const phone of this.phones) {
      phone.challenge = undefined;
      await branch.register(phone);
    }
    const bound = branch.registrar.all();
    branch.registrar.setPosture('relay');
    await branch.clock.run(20_000);
    for (const binding of bound) {
      const located = branch.centre
        .located(binding.username)
        .some(({ contactUri }) => contactUri.endsWith(`hf=${binding.token}`));
      assert.ok(located, `${binding.contact} is not at the centre`);
    }
    branch.registrar.stop();
    branch.directory.stop();
  }
}

function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[Math.floor(random.next() * from.length)];
  assert.ok(chosen !== undefined);
  return chosen;
}

test(`${runs} random lives of a branch: nothing acknowledged is lost, no wrong password enters, the bucket holds`, async () => {
  const only = Number(process.env.HOLDFAST_SEED ?? 0);
  for (let seed = only || 1; seed <= (only || runs); seed++) {
    try {
      await new RandomLife(seed).live();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : error}`, { cause: error });
    }
  }
});
