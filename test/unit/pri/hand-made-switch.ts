import { systemClock } from '../../../appliance/io/index.js';
import { DChannel } from '../../../hw/pri/index.js';
import {
  decodeQ921,
  decodeQ931,
  type IsdnCommand,
  type IsdnEvent,
  type Q931Message,
  type SwitchType,
} from '../../../src/isdn/index.js';
import { until } from '../../system/branch/patience.js';
import { libpri, quietLog } from './line.js';

/** A network of no library: it says what the test writes in hexadecimal, and keeps what it hears. Our end is the user. */
export class HandMadeSwitch {
  readonly user: DChannel;
  readonly events: IsdnEvent[] = [];
  readonly heard: Q931Message[] = [];
  #sent = 0;
  #received = 0;
  readonly #turns = new Set<NodeJS.Immediate>();

  constructor(switchType: SwitchType) {
    const ports = [{ send: (frame: Uint8Array) => this.#hear(frame) }];
    const emit = (event: IsdnEvent): void => void this.events.push(event);
    const ground = { libpri, clock: systemClock, log: quietLog };
    this.user = new DChannel({ switchType, side: 'user', e1: false, nfas: false, ports, emit, ...ground });
  }

  do(command: IsdnCommand): void {
    this.user.do(command);
  }

  /** The next message that `matches`, or the one that came. */
  async message(what: string, matches: (message: Q931Message) => boolean): Promise<Q931Message> {
    return until(`the switch hears ${what}`, 10_000, () => this.heard.find(matches), 5);
  }

  async event<K extends IsdnEvent['kind']>(kind: K, count = 1): Promise<Extract<IsdnEvent, { readonly kind: K }>> {
    const found = await until(
      `the user hears ${kind} ${count} times`,
      10_000,
      () => this.events.filter((event) => event.kind === kind)[count - 1],
      5,
    );
    return found as Extract<IsdnEvent, { readonly kind: K }>;
  }

  /** A Q.931 message, from its protocol discriminator on. */
  say(hex: string): void {
    const message = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    this.#send([0x02, 0x01, this.#sent << 1, this.#received << 1, ...message]);
    this.#sent = (this.#sent + 1) & 0x7f;
  }

  stop(): void {
    for (const turn of this.#turns) clearImmediate(turn);
    this.user.stop();
  }

  #hear(frame: Uint8Array): void {
    const decoded = decodeQ921(frame);
    if ('fault' in decoded) return;
    if (decoded.type === 'SABME') this.#send([0x00, 0x01, 0x73]);
    else if (decoded.type === 'I') {
      this.#received = (this.#received + 1) & 0x7f;
      this.#send([0x00, 0x01, 0x01, this.#received << 1]);
      const message = decodeQ931(decoded.information);
      if (!('fault' in message)) this.heard.push(message);
    }
  }

  #send(octets: readonly number[]): void {
    const turn = setImmediate(() => {
      this.#turns.delete(turn);
      this.user.receive(0, Uint8Array.from(octets));
    });
    this.#turns.add(turn);
  }
}
