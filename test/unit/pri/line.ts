import { systemClock } from '../../../appliance/io/index.js';
import { DChannel, type Libpri, loadLibpri } from '../../../hw/pri/index.js';
import type { Log } from '../../../src/base/index.js';
import type { IsdnCommand, IsdnEvent, IsdnSetup, SwitchType } from '../../../src/isdn/index.js';
import { until } from '../../system/branch/patience.js';

/** What libpri says of what it is shown. */
export const printed: string[] = [];
const libpri: Libpri = loadLibpri((line) => printed.push(line));

export const quietLog: Log = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => quietLog,
} as unknown as Log;

/** One end of a line, and everything it said. */
export interface End {
  readonly channel: DChannel;
  readonly events: IsdnEvent[];
  do(command: IsdnCommand): void;
  next<K extends IsdnEvent['kind']>(kind: K): Promise<Extract<IsdnEvent, { readonly kind: K }>>;
}

/** A D-channel between the network and a user, in real time: libpri reads the machine's clock. */
export class Line {
  readonly network: End;
  readonly user: End;
  /** False: frames are lost, both ways. */
  connected = true;
  readonly #pending = new Set<NodeJS.Immediate>();

  constructor(switchType: SwitchType, e1 = false) {
    const ends: End[] = [];
    for (const side of ['network', 'user'] as const) {
      const index = ends.length;
      const events: IsdnEvent[] = [];
      const seen = new Map<string, number>();
      const channel = new DChannel({
        switchType,
        side,
        e1,
        nfas: false,
        ports: [{ send: (frame) => this.#carry(ends, 1 - index, frame) }],
        libpri,
        clock: systemClock,
        log: quietLog,
        emit: (event) => events.push(event),
      });
      ends.push({
        channel,
        events,
        do: (command) => channel.do(command),
        next: async (kind) => {
          const from = seen.get(kind) ?? 0;
          const found = await until(
            `${side} hears ${kind} (heard: ${events.map((e) => e.kind).join(' ')})`,
            10_000,
            () => {
              const all = events.filter((event) => event.kind === kind);
              return all[from];
            },
            5,
          );
          seen.set(kind, from + 1);
          return found as Extract<IsdnEvent, { readonly kind: typeof kind }>;
        },
      });
    }
    const [network, user] = ends;
    if (network === undefined || user === undefined) throw new Error('a line has two ends');
    this.network = network;
    this.user = user;
  }

  async up(): Promise<void> {
    await Promise.all([this.network.next('up'), this.user.next('up')]);
  }

  stop(): void {
    for (const each of this.#pending) clearImmediate(each);
    this.network.channel.stop();
    this.user.channel.stop();
  }

  #carry(ends: readonly End[], to: number, frame: Uint8Array): void {
    if (!this.connected) return;
    const turn = setImmediate(() => {
      this.#pending.delete(turn);
      ends[to]?.channel.receive(0, frame);
    });
    this.#pending.add(turn);
  }
}

export const setup: IsdnSetup = {
  called: { digits: '3125551234', type: 'national', plan: 'isdn' },
  complete: true,
  calling: {
    number: { digits: '3125550100', type: 'national', plan: 'isdn' },
    presentation: 'allowed',
    screening: 'user-passed',
    name: 'Alice Adams',
  },
  bearer: 'speech',
};
