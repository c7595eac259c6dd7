import type { IsdnCallId, IsdnCommand, IsdnEvent } from '../../src/isdn/index.js';

/**
 * Names of calls as the controller and as the process of a D-channel know them. They differ, because a controller that was restarted may
 * draw a name again while its predecessor's call of that name is still being cleared; and what was its predecessor's is not told to it.
 */
export class CallNames {
  /** By the process's name. */
  readonly #calls = new Map<IsdnCallId, { readonly own: IsdnCallId; readonly session: number }>();
  #session = 0;

  /** All calls that the controller knows of and that are not released. */
  get known(): readonly IsdnCallId[] {
    return [...this.#calls.values()].filter(({ session }) => session === this.#session).map(({ own }) => own);
  }

  /** All calls, of whatever controller, by the process's names. */
  get all(): readonly IsdnCallId[] {
    return [...this.#calls.keys()];
  }

  /** The calls that are there belong to nobody from now on. */
  disown(): void {
    this.#session++;
  }

  /** Nothing is left of any call. */
  clear(): void {
    this.#calls.clear();
  }

  /** What the process is to hear. */
  toProcess(command: IsdnCommand): IsdnCommand {
    if (!('call' in command)) return command;
    const call = this.#inside(command.call);
    if (command.kind === 'setup') this.#calls.set(call, { own: command.call, session: this.#session });
    return command.kind === 'transfer' ? { ...command, call, to: this.#inside(command.to) } : { ...command, call };
  }

  /** What the controller is to hear; undefined: nothing. */
  toController(event: IsdnEvent): IsdnEvent | undefined {
    if (event.kind === 'fault') return this.#fault(event);
    if (!('call' in event)) return event;
    if (event.kind === 'setup') this.#calls.set(event.call, { own: event.call, session: this.#session });
    const found = this.#calls.get(event.call);
    if (event.kind === 'released') this.#calls.delete(event.call);
    return found?.session === this.#session ? { ...event, call: found.own } : undefined;
  }

  /** One of a call that never was is told by the name that was used. */
  #fault(event: Extract<IsdnEvent, { readonly kind: 'fault' }>): IsdnEvent | undefined {
    if (event.call === undefined) return event;
    const found = this.#calls.get(event.call);
    if (found !== undefined) return found.session === this.#session ? { ...event, call: found.own } : undefined;
    const slash = event.call.indexOf('/');
    const ours = Number(event.call.slice(0, Math.max(0, slash))) === this.#session;
    return ours ? { ...event, call: event.call.slice(slash + 1) } : undefined;
  }

  /** Calls that arrived have the name that the process gave them; ours begin with the number of the controller. */
  #inside(own: IsdnCallId): IsdnCallId {
    return this.#calls.get(own)?.session === this.#session ? own : `${this.#session}/${own}`;
  }
}
