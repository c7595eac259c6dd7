import { systemClock } from '../../../appliance/io/index.js';
import { DChannel, type Libpri, loadLibpri } from '../../../hw/pri/index.js';
import type { Log } from '../../../src/base/index.js';
import {
  frameText,
  type IsdnCommand,
  type IsdnEvent,
  type IsdnSetup,
  type IsdnSide,
  type SwitchType,
} from '../../../src/isdn/index.js';
import { until } from '../../system/branch/patience.js';

/** What libpri says of what it is shown. */
export const printed: string[] = [];
export const libpri: Libpri = loadLibpri((line) => printed.push(line));

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
  onEvent: (event: IsdnEvent) => void;
  do(command: IsdnCommand): void;
  next<K extends IsdnEvent['kind']>(kind: K): Promise<Extract<IsdnEvent, { readonly kind: K }>>;
}

/** A D-channel between the network and a user, in real time: libpri reads the machine's clock. */
export class Line {
  readonly network: End;
  readonly user: End;
  /** False: frames are lost, both ways. */
  connected = true;
  /** What both ends sent on each of the group's D-channels, by its port. */
  readonly sent: { readonly port: number; readonly side: IsdnSide; readonly frame: Uint8Array }[] = [];
  /** What becomes of a frame on its way. */
  alter: (frame: Uint8Array) => Uint8Array = (frame) => frame;
  readonly #cut = new Set<number>();
  readonly #pending = new Set<NodeJS.Immediate>();

  /** `dChannels`: more than one is an NFAS group with a backup. */
  constructor(switchType: SwitchType, e1 = false, dChannels = 1) {
    const ends: End[] = [];
    for (const side of ['network', 'user'] as const) {
      const index = ends.length;
      const events: IsdnEvent[] = [];
      const seen = new Map<string, number>();
      const channel = new DChannel({
        switchType,
        side,
        e1,
        nfas: dChannels > 1,
        ports: Array.from({ length: dChannels }, (_, port) => ({
          send: (frame) => {
            this.sent.push({ port, side, frame });
            this.#carry(ends, 1 - index, port, frame);
          },
        })),
        libpri,
        clock: systemClock,
        log: quietLog,
        emit: (event) => {
          events.push(event);
          ends[index]?.onEvent(event);
        },
      });
      ends.push({
        channel,
        events,
        onEvent: () => undefined,
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

  /** Every D-channel of the group has its link. */
  async allUp(): Promise<void> {
    await this.up();
    const established = (port: number): boolean =>
      this.sent.some((each) => each.port === port && /^UA/.test(frameText(each.frame)[0] ?? ''));
    await until('both links are there', 10_000, () => established(0) && established(1), 5);
    // The acknowledgement that was sent last arrives.
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The line of one D-channel is dead, or alive again; both ends see the alarm. */
  cut(port: number, dead: boolean): void {
    if (dead) this.#cut.add(port);
    else this.#cut.delete(port);
    for (const end of [this.network, this.user]) end.channel.alarm(port, dead);
  }

  stop(): void {
    for (const each of this.#pending) clearImmediate(each);
    this.network.channel.stop();
    this.user.channel.stop();
  }

  #carry(ends: readonly End[], to: number, port: number, frame: Uint8Array): void {
    if (!this.connected || this.#cut.has(port)) return;
    const turn = setImmediate(() => {
      this.#pending.delete(turn);
      ends[to]?.channel.receive(port, this.alter(frame));
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
