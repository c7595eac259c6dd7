import { type Clock, cause } from '../../src/base/index.js';
import type { IsdnCallId, IsdnCommand } from '../../src/isdn/index.js';
import type { DChannelEvent, DChannelPort, DChannelSettings } from '../../src/tdm/index.js';

/** From a command to the event that it is at the other end, ms: frames and two processes. */
const carryMs = 5;

/** One end of a simulated D-channel. */
export class IsdnLineEnd implements DChannelPort {
  readonly settings: DChannelSettings;
  readonly commands: IsdnCommand[] = [];
  /** Calls by the name that this end has for them: the name at the other end, or that it is over there. */
  readonly calls = new Map<IsdnCallId, IsdnCallId>();
  readonly #carry: (command: IsdnCommand) => void;
  #listener: (event: DChannelEvent) => void = () => undefined;
  up = false;

  constructor(settings: DChannelSettings, carry: (command: IsdnCommand) => void) {
    this.settings = settings;
    this.#carry = carry;
  }

  do(command: IsdnCommand): void {
    this.commands.push(command);
    this.#carry(command);
  }

  trace(): void {}

  on(listener: (event: DChannelEvent) => void): void {
    this.#listener = listener;
  }

  close(): void {}

  tell(event: DChannelEvent): void {
    if (event.kind === 'up' || event.kind === 'down') this.up = event.kind === 'up';
    this.#listener(event);
  }
}

/** A D-channel without Q.931 in between: what one end says, the other hears, on any clock. */
export class IsdnLine {
  readonly user: IsdnLineEnd;
  readonly network: IsdnLineEnd;
  readonly #clock: Clock;
  #made = 0;

  constructor(clock: Clock, channel: string) {
    this.#clock = clock;
    const settings = { name: channel, switchType: 'ni2', e1: false, channels: [channel], nfas: false } as const;
    this.user = new IsdnLineEnd({ ...settings, side: 'user' }, (command) =>
      this.#said(this.user, this.network, command),
    );
    this.network = new IsdnLineEnd({ ...settings, side: 'network' }, (command) =>
      this.#said(this.network, this.user, command),
    );
  }

  link(up: boolean): void {
    for (const end of [this.user, this.network]) this.#tell(end, { kind: up ? 'up' : 'down' });
  }

  #said(from: IsdnLineEnd, to: IsdnLineEnd, command: IsdnCommand): void {
    switch (command.kind) {
      case 'setup':
        this.#setUp(from, to, command);
        break;
      case 'release':
        this.#released(from, to, command);
        break;
      case 'restart':
        this.#tell(to, { kind: 'restarted', channel: command.channel });
        this.#tell(from, { kind: 'restartAcknowledged', channel: command.channel });
        break;
      case 'service':
        this.#tell(to, command);
        break;
      case 'transfer':
        break;
      default: {
        const there = from.calls.get(command.call);
        if (there !== undefined) this.#tell(to, { ...command, call: there });
      }
    }
  }

  #setUp(from: IsdnLineEnd, to: IsdnLineEnd, command: Extract<IsdnCommand, { kind: 'setup' }>): void {
    if (!from.up) {
      this.#tell(from, { kind: 'released', call: command.call, cause: cause.networkOutOfOrder });
      return;
    }
    const there = `in-${++this.#made}`;
    from.calls.set(command.call, there);
    to.calls.set(there, command.call);
    const { channel, exclusive, setup } = command;
    this.#tell(to, { kind: 'setup', call: there, channel, exclusive, setup });
  }

  /** DISCONNECT, RELEASE and RELEASE COMPLETE in one. */
  #released(from: IsdnLineEnd, to: IsdnLineEnd, { call, cause: why }: Extract<IsdnCommand, { kind: 'release' }>): void {
    const there = from.calls.get(call);
    if (there === undefined) return;
    from.calls.delete(call);
    to.calls.delete(there);
    this.#tell(to, { kind: 'disconnect', call: there, cause: why });
    this.#tell(to, { kind: 'released', call: there, cause: why });
    this.#tell(from, { kind: 'released', call, cause: why });
  }

  #tell(end: IsdnLineEnd, event: DChannelEvent): void {
    this.#clock.after(carryMs, () => end.tell(event));
  }
}
