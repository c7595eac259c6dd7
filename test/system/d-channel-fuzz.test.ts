import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../appliance/io/index.js';
import { DChannelGroup, priLauncher } from '../../appliance/line-server/index.js';
import { DChannel, loadLibpri } from '../../hw/pri/index.js';
import { silentLog } from '../../src/base/index.js';
import type { IsdnEvent, IsdnSetup } from '../../src/isdn/index.js';
import type { Channel, DChannelEvent } from '../../src/tdm/index.js';
import { SeededRandom } from '../sim/seeded-random.js';
import { sleep, until } from './branch/patience.js';

const libpri = loadLibpri(() => undefined);
const plain = { type: 'unknown', plan: 'unknown' } as const;
const setup: IsdnSetup = {
  called: { digits: '3125550100', ...plain },
  complete: true,
  bearer: 'speech',
  calling: {
    number: { digits: '3125557777', type: 'national', plan: 'isdn' },
    presentation: 'allowed',
    screening: 'network',
    name: 'Grace Hopper',
  },
};
const shown = { presentation: 'allowed', screening: 'network' } as const;
const seed = Number(process.env.HOLDFAST_SEED ?? 1);
const hostileCalls = 150;
/** Of layer 2: address, control. What follows is Q.931's. */
const headerOctets = 4;

/** A D-channel whose near end is a process of its own, and whose far end is here. */
class FuzzedLine {
  readonly events: DChannelEvent[] = [];
  readonly heard: IsdnEvent[] = [];
  readonly group: DChannelGroup;
  /** Changes what the network sends; undefined: it is lost. */
  disturb: (frame: Uint8Array) => readonly Uint8Array[] = (frame) => [frame];
  /** The network takes calls, and says all that comes with an answer. */
  answers = false;
  #network: DChannel;

  constructor(name: string) {
    const id = `${name}:24`;
    const channel: Channel = {
      ...{ id, number: 24, samples: undefined, alarms: [], settings: undefined },
      abilities: {
        ...{ signalling: ['dChannel'], hook: 'raw', pulses: false, polarity: false, current: false, neon: false },
        echoTailMs: 0,
      },
      configure: () => undefined,
      order: () => undefined,
      on: () => undefined,
      send: (frame) => setImmediate(() => this.#network.receive(0, frame)),
    };
    this.#network = this.#end(id);
    this.group = new DChannelGroup({
      settings: { name, switchType: 'ni2', side: 'user', e1: false, nfas: false, channels: [id] },
      clock: systemClock,
      log: silentLog,
      launch: priLauncher(silentLog),
      tell: (event) => {
        this.events.push(event);
        if (event.kind === 'disconnect') this.group.do({ kind: 'release', call: event.call, cause: 16 });
      },
    });
    this.group.plugged(channel);
  }

  get network(): DChannel {
    return this.#network;
  }

  /** Another exchange, that knows of no call. */
  replaceNetwork(): void {
    this.#network.stop();
    this.#network = this.#end(this.group.settings.channels[0] ?? '');
  }

  async up(): Promise<void> {
    await until(`${this.group.settings.name} is up`, 60_000, () => this.group.up && this.#network.up);
  }

  close(): void {
    this.group.close();
    this.#network.stop();
  }

  #answer(call: string): void {
    this.network.do({ kind: 'setupAck', call, inBand: true });
    this.network.do({ kind: 'proceeding', call, inBand: false });
    this.network.do({ kind: 'alerting', call, inBand: true });
    this.network.do({ kind: 'connect', call, connected: { ...setup.calling, ...shown } });
  }

  #end(id: string): DChannel {
    return new DChannel({
      ...{ switchType: 'ni2', side: 'network', e1: false, nfas: false, libpri, clock: systemClock, log: silentLog },
      ports: [
        {
          send: (frame) => {
            for (const each of this.disturb(frame))
              setImmediate(() => this.group.heard(id, { kind: 'frame', frame: each }));
          },
        },
      ],
      emit: (event) => {
        this.heard.push(event);
        if (event.kind === 'setup' && this.answers) this.#answer(event.call);
        else if (event.kind === 'disconnect') this.network.do({ kind: 'release', call: event.call, cause: 16 });
      },
    });
  }
}

/** Octets of Q.931 changed, cut, repeated or put in; the link's header stays, so that Q.921 takes the frame. */
function mangled(frame: Uint8Array, random: SeededRandom): Uint8Array {
  const pick = (below: number): number => Math.floor(random.next() * below);
  const head = frame.subarray(0, headerOctets);
  let body = [...frame.subarray(headerOctets)];
  for (let changes = 1 + pick(6); changes > 0; changes--) {
    const at = pick(body.length);
    switch (pick(5)) {
      case 0:
        body[at] = pick(256);
        break;
      case 1:
        body[at] = [0, 1, 0x7f, 0x80, 0xff][pick(5)] ?? 0;
        break;
      case 2:
        body = body.slice(0, at);
        break;
      case 3:
        body.splice(at, 0, ...body.slice(0, pick(40)));
        break;
      default:
        body.splice(at, 0, ...random.bytes(1 + pick(30)));
    }
  }
  return Uint8Array.from([...head, ...body]).subarray(0, 280);
}

describe(`a D-channel under malformed frames, seed ${seed}`, () => {
  const lines = [new FuzzedLine('fuzzed'), new FuzzedLine('beside')] as const;
  after(() => {
    for (const line of lines) line.close();
  });

  it('costs its own calls at most, and carries calls again when the line is clean', async () => {
    const [fuzzed, beside] = lines;
    const random = new SeededRandom(seed);
    await fuzzed.up();
    await beside.up();
    beside.network.do({ kind: 'setup', call: 'n', channel: { interface: 0, slot: 1 }, exclusive: true, setup });
    const talking = await until('a call beside', 20_000, () => beside.events.find((event) => event.kind === 'setup'));
    assert.ok(talking.kind === 'setup');
    beside.group.do({ kind: 'proceeding', call: talking.call, inBand: false });
    beside.group.do({ kind: 'connect', call: talking.call });
    await until('its answer', 20_000, () => beside.heard.some((event) => event.kind === 'connect'));
    const quiet = beside.events.length;

    fuzzed.disturb = (frame) => {
      const isMessage = frame.length > headerOctets && ((frame[2] ?? 1) & 1) === 0;
      const noise = random.next() < 0.1 ? [random.bytes(Math.floor(random.next() * 60))] : [];
      return [isMessage && random.next() < 0.5 ? mangled(frame, random) : frame, ...noise];
    };
    fuzzed.answers = true;
    for (let call = 0; call < hostileCalls; call++) {
      const [id, slot] = [`h${call}`, 1 + (call % 23)];
      const channel = { interface: 0, slot };
      // Every third one dials digit by digit; every fourth begins at the near end.
      const complete = call % 3 !== 0;
      if (call % 4 === 0) fuzzed.group.do({ kind: 'setup', call: `o${call}`, channel, exclusive: true, setup });
      fuzzed.network.do({ kind: 'setup', call: id, channel, exclusive: true, setup: { ...setup, complete } });
      if (!complete) fuzzed.network.do({ kind: 'digits', call: id, digits: '12' });
      fuzzed.network.do({ kind: 'service', channel, inService: call % 2 === 0 });
      await sleep(10);
      if (call % 4 === 0) fuzzed.group.do({ kind: 'release', call: `o${call}`, cause: 16 });
      fuzzed.network.do({ kind: 'release', call: id, cause: 16 });
    }
    const arrived = fuzzed.events.filter((event) => event.kind === 'setup').length;
    assert.ok(arrived > hostileCalls / 20, `only ${arrived} calls came through: the fuzzing does not reach Q.931`);

    const answered = fuzzed.events.filter((event) => event.kind === 'connect').length;
    assert.ok(answered > 0, 'no answer came through');

    fuzzed.disturb = (frame) => [frame];
    fuzzed.answers = false;
    fuzzed.replaceNetwork();
    await fuzzed.up();
    const before = fuzzed.events.length;
    // The other exchange begins with references that the near end may still hold: one of some tries has a free one.
    let tries = 0;
    const good = await until(
      'a call on the clean line',
      60_000,
      () => {
        const call = `good-${tries++}`;
        fuzzed.network.do({ kind: 'setup', call, channel: { interface: 0, slot: 23 }, exclusive: true, setup });
        return fuzzed.events
          .slice(before)
          .find((event) => event.kind === 'setup' && event.setup.calling?.name === 'Grace Hopper');
      },
      100,
    );
    assert.ok(good.kind === 'setup');
    fuzzed.group.do({ kind: 'proceeding', call: good.call, inBand: false });
    fuzzed.group.do({ kind: 'connect', call: good.call });
    await until('its answer', 20_000, () =>
      fuzzed.heard.some((event) => event.kind === 'connect' && event.call.startsWith('good')),
    );

    // Whatever became of the one process, the other one's call is there, and ends as calls do.
    assert.deepEqual(beside.events.slice(quiet), []);
    beside.network.do({ kind: 'release', call: 'n', cause: 16 });
    await until('its end', 20_000, () => beside.events.some((event) => event.kind === 'disconnect'));
  });

  it('tells of each call its end, once', () => {
    const open = new Set<string>();
    const ended = new Set<string>();
    for (const event of lines[0].events) {
      if (event.kind === 'setup') {
        assert.ok(!open.has(event.call), `${event.call} began twice`);
        open.add(event.call);
      } else if (event.kind === 'released') {
        if (event.call.startsWith('o')) assert.ok(!ended.has(event.call), `${event.call} ended twice`);
        else assert.ok(open.delete(event.call), `${event.call} ended twice`);
        ended.add(event.call);
      } else if (event.kind === 'gone') assert.equal(open.size, 0, `calls are left of a process that is gone`);
    }
  });
});
