import { type Cause, type Clock, cause, type Log, Machine } from '../../src/base/index.js';
import type { IsdnCallId, IsdnCommand, IsdnEvent } from '../../src/isdn/index.js';
import type {
  Channel,
  DChannelEvent,
  DChannelInput,
  DChannelOutput,
  DChannelSettings,
  LineEvent,
} from '../../src/tdm/index.js';
import { CallNames } from './call-names.js';
import {
  firstDelayMs,
  type GroupAction,
  type GroupContext,
  type GroupEvent,
  type GroupState,
  groupTable,
  longestDelayMs,
  unusableDelayMs,
} from './group-table.js';

/** A process that speaks Q.921 and Q.931, as its group holds it. */
export interface DChannelProcess {
  tell(input: DChannelInput): void;
  /** Nothing of it is heard from then on. */
  kill(): void;
}

/** Starts one; `hear` and, once and last, `ended` are called on later turns. */
export type LaunchDChannel = (hear: (output: DChannelOutput) => void, ended: (why: string) => void) => DChannelProcess;

export interface DChannelGroupOptions {
  readonly settings: DChannelSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly launch: LaunchDChannel;
  /** To the controller, where there is one. */
  readonly tell: (event: DChannelEvent) => void;
}

/** Unanswered in a row. */
const pingsMost = 2;
/** As many more until it has said anything: a program that is being loaded, on a slow machine that does much else, does not hang. */
const pingsWhileStarting = 6;

/** A D-channel, or an NFAS group of them: its channels, and the process that speaks for it. */
export class DChannelGroup {
  readonly settings: DChannelSettings;
  readonly #options: DChannelGroupOptions;
  readonly #log: Log;
  readonly #machine: Machine<GroupState, GroupEvent, GroupAction, GroupContext, string>;
  readonly #context: GroupContext = { delayMs: firstDelayMs };
  /** By port; undefined: the card is not there. */
  readonly #ports: (Channel | undefined)[];
  readonly #names = new CallNames();
  #process: DChannelProcess | undefined;
  /** Loaded and not told whose it is: a card that comes back waits for no program to start. */
  #spare: DChannelProcess | undefined;
  #runs = 0;
  #pings = 0;
  #up = false;
  #owned = true;
  #traces = false;
  #why = '';

  constructor(options: DChannelGroupOptions) {
    const { settings, clock, log } = options;
    this.settings = settings;
    this.#options = options;
    this.#log = log.child({ dChannel: settings.name });
    this.#ports = settings.channels.map(() => undefined);
    this.#machine = new Machine(groupTable, {
      clock,
      log: this.#log,
      context: this.#context,
      actions: this.#actions(),
    });
  }

  get up(): boolean {
    return this.#up;
  }

  /** Of calls that are not released, whoever owns them. */
  get calls(): number {
    return this.#names.all.length;
  }

  owns(channel: string): boolean {
    return this.settings.channels.includes(channel);
  }

  /** One of its channels is there. */
  plugged(channel: Channel): void {
    const port = this.settings.channels.indexOf(channel.id);
    if (port < 0) return;
    this.#ports[port] = channel;
    channel.configure({ signalling: 'dChannel', law: this.settings.e1 ? 'a' : 'u' });
    this.#machine.handle('card');
    this.#process?.tell({ kind: 'alarm', port, stands: channel.alarms.length > 0 });
  }

  /** Of one of its channels. */
  heard(channel: string, event: LineEvent): void {
    const port = this.settings.channels.indexOf(channel);
    if (port < 0) return;
    switch (event.kind) {
      case 'frame':
        this.#process?.tell({ kind: 'frame', port, frame: event.frame });
        return;
      case 'alarms':
        this.#process?.tell({ kind: 'alarm', port, stands: event.alarms.length > 0 });
        return;
      case 'fault':
        this.#log.warn('the line of a D-channel did not obey', { channel, order: event.order, why: event.why });
        return;
      case 'unplugged':
        this.#ports[port] = undefined;
        if (this.#ports.some((each) => each !== undefined)) this.#process?.tell({ kind: 'alarm', port, stands: true });
        else this.#machine.handle('cardless');
        return;
      case 'signal':
        return;
    }
  }

  do(command: IsdnCommand): void {
    if (this.#process !== undefined) {
      this.#process.tell({ kind: 'command', command: this.#names.toProcess(command) });
      return;
    }
    if (command.kind === 'setup') this.#tell({ kind: 'released', call: command.call, cause: cause.networkOutOfOrder });
  }

  trace(on: boolean): void {
    this.#traces = on;
    this.#process?.tell({ kind: 'trace', on });
  }

  /** Its controller is gone: the link stays, and answered calls do; others are released, and what arrives is refused. */
  disown(): void {
    if (!this.#owned) return;
    this.#owned = false;
    for (const [call, why] of this.#names.disown()) this.#refuse(call, why);
    this.trace(false);
  }

  /** Calls that nobody owns are released. */
  giveUp(): void {
    if (!this.#owned) for (const call of this.#names.kept) this.#refuse(call);
  }

  /** Another controller has opened it, and goes on with these calls of the one before. */
  adopt(goesOn: readonly IsdnCallId[] = []): void {
    const { gone, left } = this.#names.adopt(goesOn);
    for (const call of left) this.#refuse(call);
    this.#owned = true;
    if (this.#up) this.#tell({ kind: 'up' });
    for (const [call, why] of gone) this.#tell({ kind: 'released', call, cause: why });
  }

  close(): void {
    this.#machine.handle('close');
    this.#machine.stop();
  }

  #actions(): { readonly [action in GroupAction]: (context: GroupContext, why: string | undefined) => void } {
    return {
      launch: () => this.#launch(),
      prepare: () => {
        this.#spare = this.#start();
      },
      kill: () => this.#kill(),
      ping: () => this.#ping(),
      lengthen: (context) => {
        context.delayMs = Math.min(context.delayMs * 2, longestDelayMs);
      },
      forgive: (context) => {
        context.delayMs = firstDelayMs;
      },
      abandonCard: () => this.#abandon('its card is gone'),
      abandonProcess: (_, why = '') => {
        this.#process = undefined;
        this.#log.error('the process of a D-channel is gone', { why, calls: this.calls });
        this.#abandon(this.#why === '' ? why : this.#why);
      },
    };
  }

  #launch(): void {
    const { settings } = this.#options;
    this.#pings = -pingsWhileStarting;
    this.#why = '';
    const run = this.#runs++;
    const process = this.#spare ?? this.#start();
    this.#spare = undefined;
    this.#process = process;
    process.tell({ kind: 'open', settings, run });
    for (const [port, channel] of this.#ports.entries()) {
      if (channel === undefined || channel.alarms.length > 0) process.tell({ kind: 'alarm', port, stands: true });
    }
    if (this.#traces) process.tell({ kind: 'trace', on: true });
  }

  #start(): DChannelProcess {
    const process = this.#options.launch(
      (output) => (this.#process === process ? this.#hear(output) : undefined),
      (why) => {
        if (this.#spare === process) {
          this.#spare = undefined;
          this.#log.warn('the process that waited for a card is gone', { why });
        } else if (this.#process === process) this.#machine.handle('ended', why);
      },
    );
    return process;
  }

  #kill(): void {
    this.#process?.kill();
    this.#process = undefined;
    this.#spare?.kill();
    this.#spare = undefined;
  }

  #ping(): void {
    if (this.#pings++ < pingsMost) {
      this.#process?.tell({ kind: 'ping' });
      return;
    }
    this.#kill();
    this.#machine.handle('ended', 'it hangs');
  }

  #hear(output: DChannelOutput): void {
    switch (output.kind) {
      case 'frame':
        this.#ports[output.port]?.send(output.frame);
        return;
      case 'event':
        this.#event(output.event);
        return;
      case 'traced': {
        const { port, sent, text } = output;
        this.#tell({ kind: 'traced', channel: this.settings.channels[port] ?? '', sent, text });
        return;
      }
      case 'unusable':
        this.#why = output.install;
        this.#context.delayMs = unusableDelayMs;
        return;
      case 'pong':
        this.#pings = 0;
    }
  }

  #event(event: IsdnEvent): void {
    if (event.kind === 'up' || event.kind === 'down') this.#up = event.kind === 'up';
    const told = this.#names.toController(event);
    // Who clears while nobody is there is answered at once.
    if (!this.#owned && event.kind === 'setup') this.#refuse(event.call);
    else if (!this.#owned && event.kind === 'disconnect') this.#refuse(event.call, event.cause);
    else if (told !== undefined) this.#tell(told);
  }

  /** By the process's name of the call. */
  #refuse(call: IsdnCallId, why: Cause = cause.temporaryFailure): void {
    this.#names.clears(call, why);
    this.#process?.tell({ kind: 'command', command: { kind: 'release', call, cause: why } });
  }

  #abandon(why: string): void {
    const calls = this.#names.known;
    this.#names.clear();
    this.#up = false;
    for (const call of calls) this.#tell({ kind: 'released', call, cause: cause.networkOutOfOrder });
    this.#tell({ kind: 'gone', why });
  }

  #tell(event: DChannelEvent): void {
    if (this.#owned) this.#options.tell(event);
  }
}
