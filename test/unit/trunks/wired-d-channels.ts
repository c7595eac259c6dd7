import assert from 'node:assert/strict';
import { type Cause, type Clock, cause } from '../../../src/base/index.js';
import type { BChannel, IsdnCallId, IsdnCommand } from '../../../src/isdn/index.js';
import type { DChannelEvent, DChannelPort, DChannelSettings, DChannels } from '../../../src/tdm/index.js';

interface WiredCall {
  /** By end. */
  readonly ids: readonly [IsdnCallId, IsdnCallId];
  channel: BChannel;
  /** Which end began it. */
  readonly from: 0 | 1;
  /** Somebody of this end has asked for its release; 'told': it was told of the other's. */
  readonly asked: [boolean, boolean];
  readonly told: [boolean, boolean];
  answered: boolean;
}

/** Two ends of a D-channel whose frames take their time: Q.931 as far as its users see it, without Q.931. */
export class WiredDChannels {
  readonly ends: readonly [WiredEnd, WiredEnd];
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly calls = new Set<WiredCall>();
  #made = 0;
  /** An end does not acknowledge restarts. */
  readonly ignoresRestart: [boolean, boolean] = [false, false];
  up = false;

  constructor(clock: Clock, settings: Omit<DChannelSettings, 'side'>, delayMs = 10) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.ends = [
      new WiredEnd(this, 0, { ...settings, side: 'user' }),
      new WiredEnd(this, 1, { ...settings, side: 'network' }),
    ];
  }

  establish(): void {
    this.up = true;
    for (const end of this.ends) end.say({ kind: 'up' });
  }

  /** Calls that talk stay; the others end. */
  fail(): void {
    this.up = false;
    for (const end of this.ends) end.say({ kind: 'down' });
    for (const call of [...this.calls]) if (!call.answered) this.#end(call, cause.temporaryFailure);
  }

  /** Whoever speaks the protocol at one end died. */
  kill(which: 0 | 1): void {
    this.up = false;
    for (const call of [...this.calls]) this.#end(call, cause.temporaryFailure);
    this.ends[which].say({ kind: 'gone', why: 'the process died' });
    this.ends[other(which)].say({ kind: 'down' });
  }

  take(end: 0 | 1, command: IsdnCommand): void {
    if (command.kind === 'setup') {
      this.#made++;
      if (!this.up) {
        this.ends[end].say({ kind: 'released', call: command.call, cause: cause.networkOutOfOrder });
        return;
      }
      const theirs = `in-${this.#made}`;
      const call: WiredCall = {
        ids: end === 0 ? [command.call, theirs] : [theirs, command.call],
        channel: command.channel,
        from: end,
        asked: [false, false],
        told: [false, false],
        answered: false,
      };
      this.calls.add(call);
      const { kind: _kind, call: _call, ...said } = command;
      this.#later(call, other(end), { kind: 'setup', call: theirs, ...said });
      return;
    }
    if (command.kind === 'restart') {
      if (this.up) this.#restart(end, command.channel);
      return;
    }
    if (command.kind === 'service') {
      if (this.up) this.#after(() => this.ends[other(end)].say(command));
      return;
    }
    const call = [...this.calls].find((each) => each.ids[end] === command.call);
    if (call === undefined) return;
    if (command.kind === 'release') this.#release(end, call, command.cause);
    else this.#pass(end, call, command);
  }

  #pass(
    end: 0 | 1,
    call: WiredCall,
    command: Exclude<IsdnCommand, { readonly kind: 'setup' | 'restart' | 'service' | 'release' }>,
  ): void {
    const id = call.ids[other(end)];
    switch (command.kind) {
      case 'setupAck':
      case 'proceeding':
        call.channel = command.channel ?? call.channel;
        this.#later(call, other(end), { ...command, call: id, channel: call.channel });
        break;
      case 'alerting':
        this.#later(call, other(end), { ...command, call: id, channel: call.channel });
        break;
      case 'connect':
        call.answered = true;
        this.#later(call, other(end), { ...command, call: id });
        break;
      case 'progress':
      case 'digits':
        this.#later(call, other(end), { ...command, call: id });
        break;
      case 'transfer': {
        const to = [...this.calls].find((each) => each.ids[end] === command.to);
        assert.ok(to !== undefined, 'a transfer names a call');
        for (const each of [call, to]) this.#end(each, cause.normalClearing);
        this.transfers++;
        break;
      }
    }
  }

  transfers = 0;

  #release(end: 0 | 1, call: WiredCall, why: Cause): void {
    if (call.asked[end]) return;
    call.asked[end] = true;
    if (call.asked[other(end)] || call.told[end]) this.#after(() => this.#end(call, why));
    else
      this.#after(() => {
        if (!this.calls.has(call) || call.asked[other(end)]) return;
        call.told[other(end)] = true;
        this.ends[other(end)].say({ kind: 'disconnect', call: call.ids[other(end)], cause: why });
      });
  }

  /** Their user first, as RESTART ends its calls before it is acknowledged. */
  #restart(end: 0 | 1, channel: BChannel): void {
    this.#after(() => {
      for (const call of [...this.calls]) {
        if (call.channel.slot === channel.slot && call.channel.interface === channel.interface) {
          this.#end(call, cause.temporaryFailure);
        }
      }
      this.ends[other(end)].say({ kind: 'restarted', channel });
      if (!this.ignoresRestart[other(end)]) {
        this.#after(() => this.ends[end].say({ kind: 'restartAcknowledged', channel }));
      }
    });
  }

  #end(call: WiredCall, why: Cause): void {
    if (!this.calls.delete(call)) return;
    for (const each of [0, 1] as const) {
      if (this.ends[each].knows(call.ids[each]))
        this.ends[each].say({ kind: 'released', call: call.ids[each], cause: why });
    }
  }

  #later(call: WiredCall, to: 0 | 1, event: DChannelEvent): void {
    this.#after(() => {
      if (this.calls.has(call) && this.up) this.ends[to].say(event);
    });
  }

  #after(run: () => void): void {
    this.#clock.after(this.#delayMs, run);
  }
}

/** One end. It complains of commands for calls that it never heard of, and of a channel that two calls of one end have. */
export class WiredEnd implements DChannelPort, DChannels {
  readonly settings: DChannelSettings;
  readonly commands: IsdnCommand[] = [];
  readonly #wire: WiredDChannels;
  readonly #end: 0 | 1;
  readonly #known = new Set<IsdnCallId>();
  #listener: (event: DChannelEvent) => void = () => undefined;

  constructor(wire: WiredDChannels, end: 0 | 1, settings: DChannelSettings) {
    this.#wire = wire;
    this.#end = end;
    this.settings = settings;
  }

  get up(): boolean {
    return this.#wire.up;
  }

  open(): DChannelPort {
    return this;
  }

  do(command: IsdnCommand): void {
    this.commands.push(command);
    if (command.kind === 'setup') this.#known.add(command.call);
    else if ('call' in command) assert.ok(this.#known.has(command.call), `${command.kind} of an unknown call`);
    this.#wire.take(this.#end, command);
  }

  knows(call: IsdnCallId): boolean {
    return this.#known.has(call);
  }

  say(event: DChannelEvent): void {
    if (event.kind === 'setup') this.#known.add(event.call);
    this.#listener(event);
  }

  trace(): void {
    // Nobody looks.
  }

  on(listener: (event: DChannelEvent) => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#listener = () => undefined;
  }
}

function other(end: 0 | 1): 0 | 1 {
  return end === 0 ? 1 : 0;
}
