import { between } from '../../src/base/index.js';
import { Checkers } from './checkers.js';
import type { CentreState, TrunkState } from './network.js';
import type { Phone } from './phone.js';
import { settleChains } from './virtual-clock.js';
import { World } from './world.js';

/** How long a schedule disturbs the branch, and how long it then has to recover, ms. */
const disturbedMs = 150_000;
/** The longest hold-down of the simulated branch, ten probes, the registrations' back-off, and a phone's refresh. */
const recoveryMs = 260_000;
/** Every so many seeds the sound passes the branch's media engine; else it goes beside it, which is quicker to simulate. */
const anchoredEvery = 4;
/** The longest that anything may take to end by itself: timer F, and a caller's patience. */
const endingMs = 190_000;

export interface ScheduleReport {
  readonly seed: number;
  readonly complaints: readonly string[];
  /** What was done to the branch, one line each, for the person who reads a failure. */
  readonly story: readonly string[];
  readonly figures: {
    readonly calls: number;
    readonly answered: number;
    readonly emergencies: number;
    readonly crashes: number;
    /** Calls that went on in another process. */
    readonly survived: number;
  };
}

/** One random outage schedule: everything that happens follows from the seed. */
export async function runSchedule(seed: number): Promise<ScheduleReport> {
  const world = new World(seed, seed % anchoredEvery === 0 ? 'anchored' : 'direct');
  const { clock, random, network } = world;
  const checkers = new Checkers(world);
  const story: string[] = [];
  const figures = { calls: 0, answered: 0, emergencies: 0, crashes: 0, survived: 0 };
  const pick = <T>(from: readonly T[], otherwise: T): T => from[Math.floor(random.next() * from.length)] ?? otherwise;
  const tell = (text: string): void => void story.push(`${(clock.now() / 1000).toFixed(1)} s: ${text}`);
  const idlePhone = (): Phone | undefined =>
    pick(
      world.phones.filter((phone) => phone.on && !phone.busy),
      undefined,
    );

  const disturbances: readonly (() => void)[] = [
    () => {
      const up = !network.wanUp;
      const cable = random.next() < 0.3;
      tell(`${cable ? 'cable' : 'WAN'} ${up ? 'up' : 'down'}`);
      if (cable) world.cable(up);
      else {
        network.change((n) => {
          n.wanUp = up;
        });
      }
    },
    () => {
      const loss = pick([0, 0.05, 0.3], 0);
      const rttMs = Math.round(between(random, 1, 200));
      tell(`loss ${loss}, round trip ${rttMs} ms`);
      network.change((n) => {
        n.loss = loss;
        n.rttMs = rttMs;
      });
    },
    () => {
      const state: CentreState = pick(['ok', 'ok', 'failing', 'refusing'], 'ok');
      tell(`centre ${state}`);
      network.change((n) => {
        n.centre = state;
      });
    },
    () => {
      const trunk = pick([...network.trunks.keys()], '');
      const state: TrunkState = pick(['up', 'up', 'silent', 'refusing', 'failing'], 'up');
      tell(`trunk ${trunk} ${state}`);
      network.change((n) => void n.trunks.set(trunk, state));
      checkers.linesChanged();
    },
    () => {
      const phone = pick(world.phones, undefined);
      tell(`phone ${phone?.options.username} restarts`);
      phone?.stop();
      const offMs = between(random, 100, 20_000);
      clock.after(offMs, () => phone?.start());
    },
    () => {
      const downMs = between(random, 100, 3000);
      tell(`the process is killed, and back after ${Math.round(downMs)} ms`);
      figures.crashes++;
      world.crash(downMs);
    },
    () => {
      if (world.sound === undefined) return;
      const downMs = between(random, 50, 3000);
      tell(`the media engine is killed, and back after ${Math.round(downMs)} ms`);
      world.sound.killEngine(downMs);
    },
    () => {
      tell('disk full for a while');
      world.disk.full = true;
      clock.after(between(random, 500, 10_000), () => {
        world.disk.full = false;
      });
    },
    () => {
      const to = pick(['survivable', 'inline', 'none', 'none'] as const, 'none');
      tell(`forced: ${to}`);
      world.branch?.force(to, 'tester');
    },
  ];
  const calls: readonly (() => void)[] = [
    () => {
      const phone = idlePhone();
      const other = pick(world.phones, undefined);
      if (phone === undefined || other === undefined) return;
      tell(`${phone.options.username} calls ${other.options.username}`);
      phone.place(other.options.username);
    },
    () => {
      const phone = idlePhone();
      tell(`${phone?.options.username} calls outside`);
      phone?.place('914155550123');
    },
    () => {
      const phone = idlePhone();
      if (phone === undefined) return;
      tell(`${phone.options.username} calls for help`);
      figures.emergencies++;
      checkers.watchEmergency(phone, phone.place(pick(['911', '9911', '112'], '911')));
    },
    () => {
      const phone = pick(world.phones, undefined);
      tell(`somebody outside calls ${phone?.options.username}`);
      if (phone !== undefined) world.callFromOutside(`+1312555${phone.options.username}`);
    },
  ];

  await world.boot();
  for (const phone of [...world.phones, world.impostor]) phone.start();
  while (clock.now() < disturbedMs) {
    await clock.run(between(random, 500, 12_000), settleChains);
    if (random.next() < 0.5) pick(disturbances, () => undefined)();
    else pick(calls, () => undefined)();
    if (world.complaints.length > 0) break;
  }

  tell('everything is mended');
  network.change((n) => {
    n.loss = 0;
    n.rttMs = 20;
    n.centre = 'ok';
    for (const trunk of n.trunks.keys()) n.trunks.set(trunk, 'up');
  });
  world.cable(true);
  world.disk.full = false;
  await clock.run(30_000, settleChains);
  world.branch?.force('none', 'tester');
  world.impostor.stop();
  await clock.run(recoveryMs, settleChains);
  // A refresh that is under way in this moment is no backlog.
  for (let i = 0; i < 5 && (world.branch?.registrar.queue.waiting ?? 0) > 0; i++) await clock.run(1000, settleChains);
  checkers.atRest();
  checkers.stop();
  for (const phone of world.phones) phone.stop();
  world.shutDown();
  await clock.run(endingMs, settleChains);
  checkers.atEnd();
  figures.survived = checkers.survived;
  for (const phone of world.phones) {
    figures.calls += phone.attempts.length;
    figures.answered += phone.attempts.filter((attempt) => attempt.answeredAt !== undefined).length;
  }
  return { seed, complaints: world.complaints, story, figures };
}
