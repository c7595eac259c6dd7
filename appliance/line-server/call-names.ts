import { type Cause, cause } from '../../src/base/index.js';
import type { IsdnCallId, IsdnCommand, IsdnEvent } from '../../src/isdn/index.js';

interface Named {
  /** By the controller that began it or was told of it. */
  readonly own: IsdnCallId;
  session: number;
  answered: boolean;
  /** Somebody clears it: why. */
  clears: Cause | undefined;
}

/** More calls than an NFAS group has channels end in vain. */
const mostGone = 500;

/**
 * Names of calls as the controller and as the process of a D-channel know them. They differ, because a controller that was restarted may
 * draw a name again while its predecessor's call of that name is still being cleared; and what was its predecessor's is not told to it,
 * but for answered calls that it goes on with.
 */
export class CallNames {
  /** By the process's name. */
  readonly #calls = new Map<IsdnCallId, Named>();
  /** Answered calls that ended while nobody owned them, by their controller's names. */
  readonly #gone = new Map<IsdnCallId, Cause>();
  #session = 0;

  /** All calls that the controller knows of and that are not released. */
  get known(): readonly IsdnCallId[] {
    return [...this.#calls.values()].filter(({ session }) => session === this.#session).map(({ own }) => own);
  }

  /** All calls, of whatever controller, by the process's names. */
  get all(): readonly IsdnCallId[] {
    return [...this.#calls.keys()];
  }

  /** Answered calls that nobody clears, of whatever controller, by the process's names. */
  get kept(): readonly IsdnCallId[] {
    return [...this.#calls]
      .filter(([, { answered, clears }]) => answered && clears === undefined)
      .map(([call]) => call);
  }

  /** The calls that are there belong to nobody from now on. Those that nobody can go on with, by the process's names, and why they end. */
  disown(): ReadonlyMap<IsdnCallId, Cause> {
    this.#session++;
    const kept = new Set(this.kept);
    return new Map(
      [...this.#calls]
        .filter(([call]) => !kept.has(call))
        .map(([call, { clears }]) => [call, clears ?? cause.temporaryFailure]),
    );
  }

  /** A controller goes on with some of the calls that nobody owns. `gone`: those that are not there, by its names; `left`: the others, by the process's. */
  adopt(goesOn: readonly IsdnCallId[]): {
    readonly gone: ReadonlyMap<IsdnCallId, Cause>;
    readonly left: readonly IsdnCallId[];
  } {
    this.#session++;
    const wanted = new Set(goesOn);
    const left: IsdnCallId[] = [];
    for (const call of this.kept) {
      const named = this.#calls.get(call);
      if (named !== undefined && wanted.delete(named.own)) named.session = this.#session;
      else left.push(call);
    }
    const gone = new Map([...wanted].map((own) => [own, this.#gone.get(own) ?? cause.networkOutOfOrder]));
    this.#gone.clear();
    return { gone, left };
  }

  /** Nothing is left of any call. */
  clear(): void {
    this.#calls.clear();
  }

  /** What the process is to hear. */
  toProcess(command: IsdnCommand): IsdnCommand {
    if (!('call' in command)) return command;
    const call = this.#inside(command.call);
    if (command.kind === 'setup') this.#add(call, command.call);
    if (command.kind === 'connect') this.#answered(call);
    if (command.kind === 'release') this.clears(call, command.cause);
    return command.kind === 'transfer' ? { ...command, call, to: this.#inside(command.to) } : { ...command, call };
  }

  /** What the controller is to hear; undefined: nothing. */
  toController(event: IsdnEvent): IsdnEvent | undefined {
    if (event.kind === 'fault') return this.#fault(event);
    if (!('call' in event)) return event;
    const { call } = event;
    if (event.kind === 'setup') this.#add(call, call);
    if (event.kind === 'connect') this.#answered(call);
    if (event.kind === 'disconnect') this.clears(call, event.cause);
    const found = this.#calls.get(call);
    if (event.kind === 'released') this.#released(call, event.cause);
    return found?.session === this.#session ? { ...event, call: found.own } : undefined;
  }

  /** A call, by the process's name, is being cleared: the first who says why is believed. */
  clears(call: IsdnCallId, why: Cause): void {
    const named = this.#calls.get(call);
    if (named !== undefined) named.clears ??= why;
  }

  #add(call: IsdnCallId, own: IsdnCallId): void {
    this.#calls.set(call, { own, session: this.#session, answered: false, clears: undefined });
  }

  #answered(call: IsdnCallId): void {
    const named = this.#calls.get(call);
    if (named !== undefined) named.answered = true;
  }

  #released(call: IsdnCallId, why: Cause): void {
    const named = this.#calls.get(call);
    this.#calls.delete(call);
    if (named === undefined || named.session === this.#session || !named.answered) return;
    if (this.#gone.size < mostGone) this.#gone.set(named.own, named.clears ?? why);
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

  /** Calls that arrived have the name that the process gave them; ours begin with the number of the controller that began them. */
  #inside(own: IsdnCallId): IsdnCallId {
    for (const [call, named] of this.#calls) if (named.own === own && named.session === this.#session) return call;
    return `${this.#session}/${own}`;
  }
}
