import type { Branch } from '../../src/branch/index.js';
import type { CallRecord } from '../../src/call/index.js';
import type { Attempt, Phone } from './phone.js';
import type { SimulatedLeg } from './simulated-leg.js';
import { registersPerSecond, type World } from './world.js';

const checkEveryMs = 1000;
/** Holdfast's clock and a phone's differ by the way of the answer. */
const toleranceMs = 1000;
/** One second's worth. */
const burst = registersPerSecond;

/** What must hold at every moment. Runs every second of virtual time; what breaks is a complaint with its time. */
export class Checkers {
  readonly #world: World;
  readonly #emergencies: {
    readonly attempt: Attempt;
    readonly phone: Phone;
    readonly boots: string;
    lineUp: boolean;
  }[] = [];
  /** Calls that talked when the process died, with the legs of their whole conversation. */
  #survivors: readonly { readonly id: string; readonly legs: readonly SimulatedLeg[] }[] = [];
  #stopped = false;
  survived = 0;
  /** Calls that talked without hearing each other when it was looked last. */
  #deaf: ReadonlySet<string> = new Set();
  #engineDeaths = 0;

  constructor(world: World) {
    this.#world = world;
    world.onCrash.push(() => this.#noteTalks());
    world.onBoot.push((branch) => this.#expectTalks(branch));
    this.#tick();
  }

  watchEmergency(phone: Phone, attempt: Attempt): void {
    this.#emergencies.push({ attempt, phone, boots: phone.contact, lineUp: this.#lineIsUp() });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** After a change of the lines. */
  linesChanged(): void {
    for (const watched of this.#emergencies) if (!this.#lineIsUp()) watched.lineUp = false;
  }

  /** At the end of a run, everything mended and settled. */
  atRest(): void {
    const { branch, centre, phones } = this.#world;
    if (branch === undefined) {
      this.#world.complain('the process is not there');
      return;
    }
    const mode = branch.survivability.mode;
    if (mode !== 'inline')
      this.#world.complain(`everything is mended, and the mode is ${mode}: ${branch.survivability.why}`);
    if (branch.registrar.queue.waiting > 0) this.#world.complain('registrations still wait for the centre');
    for (const phone of phones) {
      const binding = branch.registrar.bindingsOf(phone.options.username).find((b) => b.contact === phone.contact);
      if (binding === undefined) this.#world.complain(`${phone.options.username} is on and not registered`);
      else if (!centre.tokensOf(phone.options.username).includes(binding.token)) {
        this.#world.complain(`the centre does not know ${phone.options.username}'s binding`);
      }
    }
    this.#bucket();
  }

  /** After the branch and the phones were stopped and everything had its time to end. */
  atEnd(): void {
    const { legs, clock } = this.#world;
    if (legs.size > 0) this.#world.complain(`${legs.size} legs outlive their calls`);
    this.#ports();
    if (clock.pending > 0) this.#world.complain(`${clock.pending} timers outlive their owners`);
    this.#records();
  }

  /** No port outlives its call, and each is closed once. */
  #ports(): void {
    const { sound } = this.#world;
    if (sound === undefined) return;
    const { ports, commands } = sound.engine;
    if (ports.size > 0) this.#world.complain(`${ports.size} ports outlive their calls`);
    const closed = new Set<string>();
    for (const command of commands) {
      if (command.kind === 'open') closed.delete(command.port);
      if (command.kind !== 'close') continue;
      if (closed.has(command.port)) this.#world.complain(`port ${command.port} was closed twice`);
      closed.add(command.port);
    }
  }

  /** Both ports of a call that talks hear each other; a change under way may take a moment. */
  #sound(): void {
    const { branch, sound, disk } = this.#world;
    if (branch === undefined || sound?.connected !== true) {
      this.#deaf = new Set();
      return;
    }
    const talking = new Set(branch.carried.flatMap(({ id, state }) => (state === 'talking' ? [id] : [])));
    const deaf = new Set<string>();
    for (const { id, resume } of disk.unfinished()) {
      const [one, other] = [resume?.caller.leg.mediaPort, resume?.called.leg.mediaPort];
      if (!talking.has(id) || one === undefined || other === undefined) continue;
      // Gone with its leg: the call waits for a telephone to confirm its end, or for the target of a transfer.
      const gone = [one, other].some((port) => !sound.engine.ports.has(port));
      if (gone || sound.engine.bridged(one, other)) continue;
      deaf.add(id);
      if (this.#deaf.has(id) && !disk.full) this.#world.complain(`the two of call ${id} do not hear each other`);
    }
    this.#deaf = deaf;
  }

  /** Every call has one record, closed once, whichever process it ended in. */
  #records(): void {
    const { disk } = this.#world;
    for (const [id, record] of disk.records) {
      if (disk.unwritten.has(id)) continue;
      if (record.endedWall === undefined || record.resume !== undefined)
        this.#world.complain(`record ${id} stays open`);
      else if (disk.closings.get(id) !== 1) this.#world.complain(`record ${id} was closed more than once`);
    }
  }

  #noteTalks(): void {
    const { disk, legs } = this.#world;
    const byId = new Map([...legs].map((leg) => [leg.id, leg]));
    this.#engineDeaths = this.#world.sound?.deaths ?? 0;
    const open = disk.unfinished().filter((record) => record.answeredWall !== undefined);
    const legsOf = ({ resume }: CallRecord): readonly (SimulatedLeg | undefined)[] =>
      [resume?.caller, resume?.called].map((kept) => byId.get(kept?.leg.id ?? ''));
    // Who loses the engine and the process at once has lost the keys.
    const lost = this.#world.sound?.up === false;
    this.#survivors = (lost ? [] : open).flatMap((record) => {
      const found = open.filter(({ sessionId }) => sessionId === record.sessionId).flatMap(legsOf);
      const talking = found.filter((leg): leg is SimulatedLeg => leg?.established === true && leg.live);
      return talking.length === found.length ? [{ id: record.id, legs: talking }] : [];
    });
  }

  /** Nobody hung up while the process was away: nobody is cut off. */
  #expectTalks(branch: Branch): void {
    const expected = this.#survivors;
    const boots = this.#world.bootedAt.length;
    this.#world.clock.after(500, () => {
      if (this.#world.bootedAt.length !== boots || this.#world.branch !== branch) return;
      if ((this.#world.sound?.deaths ?? 0) !== this.#engineDeaths) return;
      const up = new Set(branch.carried.map(({ id }) => id));
      for (const { id, legs } of expected) {
        if (legs.some((leg) => leg.farEnded)) continue;
        if (up.has(id)) this.survived++;
        else this.#world.complain(`call ${id} did not survive its process`);
      }
    });
  }

  #tick(): void {
    this.#world.clock.after(checkEveryMs, () => {
      if (this.#stopped) return;
      this.#posture();
      this.#bindings();
      this.#help();
      this.#sound();
      this.#tick();
    });
  }

  #posture(): void {
    const { branch } = this.#world;
    if (branch !== undefined && branch.registrar.posture !== branch.survivability.posture.registrar) {
      this.#world.complain(`the registrar is in ${branch.registrar.posture}, the mode is ${branch.survivability.mode}`);
    }
  }

  #bindings(): void {
    const { branch, promised, clock } = this.#world;
    if (branch === undefined) return;
    for (const [phone, { contact, until }] of promised) {
      if (clock.now() > until - toleranceMs) continue;
      const binding = branch.registrar.bindingsOf(phone.options.username).find((b) => b.contact === contact);
      if (binding === undefined) this.#world.complain(`${phone.options.username}: an acknowledged binding is lost`);
      else if (binding.expiresAtWall - clock.wall() < until - clock.now() - toleranceMs) {
        this.#world.complain(`${phone.options.username}: a binding ends earlier than was promised`);
      }
    }
  }

  #help(): void {
    for (const watched of [...this.#emergencies]) {
      const { attempt, phone, boots, lineUp } = watched;
      if (attempt.answeredAt === undefined && attempt.endedAt === undefined && phone.contact === boots) continue;
      this.#emergencies.splice(this.#emergencies.indexOf(watched), 1);
      const undisturbed = phone.contact === boots && this.#world.upSince(attempt.placedAt) && lineUp;
      if (attempt.answeredAt === undefined && undisturbed) {
        this.#world.complain(`an emergency call of ${attempt.from} failed with a line up (cause ${attempt.cause})`);
      }
    }
  }

  #lineIsUp(): boolean {
    return [...this.#world.network.trunks.values()].includes('up');
  }

  /** No window of any length holds more REGISTERs than the bucket gives; a new process has a full one. */
  #bucket(): void {
    const times = this.#world.centre.registersAt;
    const boots = [...this.#world.bootedAt];
    let level = burst;
    let before = times[0] ?? 0;
    for (const at of times) {
      for (; (boots[0] ?? Number.POSITIVE_INFINITY) <= at; boots.shift()) level = burst;
      level = Math.min(burst, level + ((at - before) / 1000) * registersPerSecond) - 1;
      before = at;
      if (level < -1) {
        this.#world.complain(`more REGISTERs than the bucket gives reached the centre at ${(at / 1000).toFixed(1)} s`);
        return;
      }
    }
  }
}
