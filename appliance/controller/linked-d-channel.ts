import { type Clock, cause } from '../../src/base/index.js';
import type { BChannel, IsdnCallId, IsdnCommand } from '../../src/isdn/index.js';
import type { DChannelEvent, DChannelPort, DChannelSettings, LineCommand } from '../../src/tdm/index.js';

/** A D-channel that another process keeps; it comes back with that process. */
export class LinkedDChannel implements DChannelPort {
  readonly settings: DChannelSettings;
  readonly #clock: Clock;
  readonly #closed: () => void;
  /** Those that are not released, each with its channel. */
  readonly #calls = new Map<IsdnCallId, BChannel>();
  /** Those of a controller before this one, until the process is asked for them. */
  readonly #goesOn: IsdnCallId[] = [];
  #send: ((command: LineCommand) => void) | undefined;
  #listener: ((event: DChannelEvent) => void) | undefined;
  #up = false;
  #sinceWall: number;
  #traces = false;
  /** `gone` was the last that was said of it. */
  #gone = false;

  constructor(settings: DChannelSettings, clock: Clock, closed: () => void) {
    this.settings = settings;
    this.#clock = clock;
    this.#closed = closed;
    this.#sinceWall = clock.wall();
  }

  get up(): boolean {
    return this.#up;
  }

  /** Since when it is up or down, ms since 1970. */
  get sinceWall(): number {
    return this.#sinceWall;
  }

  /** Of all calls that are not released. */
  get busy(): readonly BChannel[] {
    return [...this.#calls.values()];
  }

  do(command: IsdnCommand): void {
    if (command.kind === 'setup') this.#calls.set(command.call, command.channel);
    if (this.#send !== undefined) this.#send({ kind: 'isdn', dChannel: this.settings.name, command });
    else if (command.kind === 'setup') {
      const { call } = command;
      this.#clock.after(0, () => this.heard({ kind: 'released', call, cause: cause.networkOutOfOrder }));
    }
  }

  goOn(call: IsdnCallId, channel: BChannel): boolean {
    if (this.#send !== undefined) return false;
    this.#calls.set(call, channel);
    this.#goesOn.push(call);
    return true;
  }

  /** The process does not come: whoever goes on with calls has waited for long enough. */
  giveUp(): void {
    for (const call of this.#goesOn.splice(0)) this.heard({ kind: 'released', call, cause: cause.networkOutOfOrder });
  }

  trace(on: boolean): void {
    this.#traces = on;
    this.#send?.({ kind: 'trace', dChannel: this.settings.name, on });
  }

  on(listener: (event: DChannelEvent) => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#send?.({ kind: 'closeDChannel', dChannel: this.settings.name });
    this.#send = undefined;
    this.#listener = undefined;
    this.#closed();
  }

  /** The process is there; it knows nothing of this D-channel yet. */
  attached(send: (command: LineCommand) => void): void {
    this.#send = send;
    send({ kind: 'openDChannel', settings: this.settings, goesOn: this.#goesOn.splice(0) });
    if (this.#traces) this.trace(true);
  }

  /** The process is gone, and all calls with it. */
  detached(why: string): void {
    if (this.#send === undefined) return;
    this.#send = undefined;
    for (const call of [...this.#calls.keys()]) this.heard({ kind: 'released', call, cause: cause.networkOutOfOrder });
    if (!this.#gone) this.heard({ kind: 'gone', why });
  }

  heard(event: DChannelEvent): void {
    switch (event.kind) {
      case 'up':
      case 'down':
      case 'gone':
        this.#gone = event.kind === 'gone';
        this.#stands(event.kind === 'up');
        break;
      case 'setup':
        this.#calls.set(event.call, event.channel);
        break;
      case 'released':
        if (!this.#calls.delete(event.call)) return;
        break;
      case 'setupAck':
      case 'proceeding':
      case 'alerting':
      case 'progress':
      case 'connect':
      case 'digits':
      case 'disconnect':
        if (!this.#calls.has(event.call)) return;
        // The other end may have chosen another one.
        if ('channel' in event && event.channel !== undefined) this.#calls.set(event.call, event.channel);
        break;
      default:
        break;
    }
    this.#listener?.(event);
  }

  #stands(up: boolean): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#sinceWall = this.#clock.wall();
  }
}
