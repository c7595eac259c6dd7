import { type Cause, type Clock, cause, type Log, type Timer } from '../../src/base/index.js';
import {
  type BChannel,
  decodeQ921,
  encodeNumberPlan,
  type IsdnCallId,
  type IsdnCommand,
  type IsdnEvent,
  type IsdnSide,
  type SwitchType,
} from '../../src/isdn/index.js';
import { checkSequenceOctets, type Libpri, type Pointer } from './libpri.js';
import {
  bearerCode,
  encodeChannel,
  encodeParty,
  encodeRedirection,
  layer1Code,
  nodeOf,
  switchCode,
} from './libpri-codes.js';
import { type LibpriEvent, readEvent } from './libpri-event.js';
import { type Link, LinkGroup } from './link-group.js';

/** Where a D-channel's frames go, without flags and check sequence. */
export interface FramePort {
  send(frame: Uint8Array): void;
}

export interface DChannelOptions {
  readonly switchType: SwitchType;
  readonly side: IsdnSide;
  /** E1 has 30 B-channels and speaks A-law, T1 23 and µ-law. */
  readonly e1: boolean;
  /** The D-channels of the group: the first is the primary; with a second one the group is NFAS with a backup D (Q.931 annex F). */
  readonly ports: readonly FramePort[];
  readonly nfas: boolean;
  readonly libpri: Libpri;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: (event: IsdnEvent) => void;
  /** Before the numbers of calls that arrive; `in` unless told. */
  readonly naming?: string;
  /** Every frame of every D-channel, for people: `sent` by us or received. */
  readonly trace?: (port: number, sent: boolean, frame: Uint8Array) => void;
}

/** Frames that wait to be read; a link that delivers more than that at once has lost its mind, and Q.921 repeats. */
const frameQueueMost = 64;
/** When nobody confirms a release: T305 and twice T308 (Q.931 table 9-1). */
const releaseGiveUpMs = 38_000;
/** How long calls that talk outlive a lost link (Q.931 §5.8.9, T309). */
const t309Ms = 90_000;

/** What libpri refuses a call with by one message (RELEASE COMPLETE); with any other cause it sends nothing before the call was answered. */
const refusals: ReadonlySet<Cause> = new Set([
  cause.unallocatedNumber,
  cause.noCircuitAvailable,
  cause.requestedChannelUnavailable,
  cause.incompatibleDestination,
]);

interface LiveCall {
  readonly id: IsdnCallId;
  /** The D-channel that carries its messages. */
  pri: Pointer;
  readonly pointer: Pointer;
  /** As last agreed on. */
  channel: BChannel | undefined;
  cause: Cause;
  giveUp: Timer | undefined;
  /** It arrived, and nothing was said of it yet. */
  unanswered: boolean;
}

/**
 * A D-channel, or an NFAS group of them: Q.921 and Q.931 by libpri, calls as commands and events. Frames come in by
 * {@link receive} and go out by its ports; time is the caller's clock, as far as libpri asks for it.
 */
export class DChannel {
  readonly #options: DChannelOptions;
  readonly #group: LinkGroup;
  readonly #calls = new Map<IsdnCallId, LiveCall>();
  readonly #byPointer = new Map<Pointer, LiveCall>();
  #arrived = 0;
  #timer: Timer | undefined;
  #t309: Timer | undefined;
  #stopped = false;

  constructor(options: DChannelOptions) {
    this.#options = options;
    const { libpri } = options;
    const links = options.ports.map((port, index) => {
      const frames: Uint8Array[] = [];
      const pri = libpri.open(
        nodeOf[options.side],
        switchCode(options.switchType, options.e1),
        (buffer) => fill(buffer, frames.shift()),
        (frame) => {
          options.trace?.(index, true, frame);
          port.send(frame);
        },
      );
      libpri.setTimer(pri, libpri.timerIndex('T309'), t309Ms);
      return { pri, frames, up: false, alarmed: false, standsBy: false };
    });
    this.#group = new LinkGroup(links, (now, before) => this.#switched(now, before));
    const [master, ...others] = links;
    if (master !== undefined) for (const slave of others) libpri.enslave(master.pri, slave.pri);
    this.#arm();
  }

  get up(): boolean {
    return this.#group.active !== undefined;
  }

  /** Calls that are not released yet. */
  get calls(): number {
    return this.#calls.size;
  }

  /** A frame of the port's line. Whatever it holds, the D-channel stays. */
  receive(port: number, frame: Uint8Array): void {
    const link = this.#group.links[port];
    if (link === undefined || this.#stopped) return;
    this.#options.trace?.(port, false, frame);
    // libpri reads before it looks at a length: what is no frame at all is not shown to it.
    const decoded = decodeQ921(frame);
    if ('fault' in decoded) return;
    const wasUp = link.up;
    if (link.frames.length >= frameQueueMost) link.frames.shift();
    link.frames.push(frame);
    if (decoded.type === 'I') this.#group.heardOn(link);
    while (link.frames.length > 0) this.#hear(link, this.#options.libpri.checkEvent(link.pri), decoded.type === 'I');
    if (decoded.type === 'SABME' && wasUp && link.up) {
      // The other side begins anew, and what was not acknowledged is lost (Q.921 §5.5.1.2); libpri does not say it.
      this.#group.linkIs(link, false);
      this.#group.linkIs(link, true);
    }
    this.#sweep();
    this.#arm();
  }

  /** The port's line has an alarm: nothing is begun there, until it ends. */
  alarm(port: number, stands: boolean): void {
    const link = this.#group.links[port];
    if (link === undefined || this.#stopped) return;
    this.#group.alarm(link, stands);
  }

  do(command: IsdnCommand): void {
    if (this.#stopped) return;
    if (command.kind === 'setup') this.#setUp(command);
    else if (command.kind === 'restart' || command.kind === 'service') this.#maintain(command);
    else {
      const call = this.#calls.get(command.call);
      if (call === undefined) {
        if (command.kind !== 'release') this.#fault(command.call, `${command.kind}: there is no such call`);
      } else this.#command(call, command);
    }
    this.#arm();
  }

  /** Nothing is sent or timed any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#t309?.cancel();
    for (const call of this.#calls.values()) call.giveUp?.cancel();
  }

  #setUp({ call: id, channel, exclusive, setup }: Extract<IsdnCommand, { readonly kind: 'setup' }>): void {
    const { libpri, nfas, e1 } = this.#options;
    if (this.#calls.has(id)) {
      this.#fault(id, 'setup: the call exists');
      return;
    }
    const link = this.#group.active;
    const pointer = link === undefined ? null : libpri.newCall(link.pri);
    if (link === undefined || pointer === null) {
      this.#options.emit({ kind: 'released', call: id, cause: cause.networkOutOfOrder });
      return;
    }
    this.#add(id, link.pri, pointer, channel);
    const request = libpri.requestNew();
    libpri.requestChannel(request, encodeChannel(channel, nfas), exclusive ? 1 : 0, 0);
    libpri.requestBearer(
      request,
      bearerCode[setup.bearer],
      setup.bearer === 'unrestricted' ? 0 : layer1Code[e1 ? 'a' : 'u'],
    );
    libpri.requestCalled(request, setup.called.digits, encodeNumberPlan(setup.called), setup.complete ? 1 : 0);
    if (setup.calling !== undefined) libpri.requestCaller(request, encodeParty(setup.calling));
    if (setup.redirection !== undefined) libpri.requestRedirecting(request, encodeRedirection(setup.redirection));
    const sent = libpri.setUp(link.pri, pointer, request);
    libpri.requestFree(request);
    if (sent === 0) return;
    libpri.destroyCall(link.pri, pointer);
    this.#released(pointer, cause.protocolError);
  }

  #command(call: LiveCall, command: Exclude<IsdnCommand, { readonly kind: 'setup' | 'restart' | 'service' }>): void {
    const { libpri, nfas } = this.#options;
    if ('channel' in command) call.channel = command.channel ?? call.channel;
    if (command.kind !== 'release') call.unanswered = false;
    const channel = encodeChannel(call.channel, nfas);
    const inBand = 'inBand' in command && command.inBand ? 1 : 0;
    let sent = 0;
    switch (command.kind) {
      case 'setupAck':
        sent = libpri.setupAck(call.pri, call.pointer, channel, 0, inBand);
        break;
      case 'proceeding':
        sent = libpri.proceeding(call.pri, call.pointer, channel, inBand);
        break;
      case 'alerting':
        sent = libpri.alerting(call.pri, call.pointer, channel, inBand);
        break;
      case 'progress':
        sent =
          command.cause === undefined
            ? libpri.progress(call.pri, call.pointer, channel, inBand)
            : libpri.progressCause(call.pri, call.pointer, channel, inBand, command.cause);
        break;
      case 'connect':
        if (command.connected !== undefined) {
          libpri.connectedLine(call.pri, call.pointer, { id: encodeParty(command.connected) });
        }
        sent = libpri.connect(call.pri, call.pointer, channel, 0);
        break;
      case 'digits':
        for (const digit of command.digits) sent ||= libpri.information(call.pri, call.pointer, digit.charCodeAt(0));
        break;
      case 'transfer': {
        const to = this.#calls.get(command.to);
        sent = to === undefined ? -1 : libpri.bridge(call.pointer, to.pointer);
        break;
      }
      case 'release':
        this.#release(call, command.cause);
    }
    if (sent !== 0) this.#fault(call.id, `${command.kind} does not fit the state of the call`);
  }

  #release(call: LiveCall, why: Cause): void {
    if (call.giveUp !== undefined) return;
    call.cause = why;
    call.giveUp = this.#options.clock.after(releaseGiveUpMs, () => {
      this.#options.log.warn('nobody confirms the release of an ISDN call', { call: call.id });
      this.#options.libpri.destroyCall(call.pri, call.pointer);
      this.#released(call.pointer, why);
    });
    const { libpri, nfas } = this.#options;
    if (call.unanswered && !refusals.has(why)) {
      libpri.proceeding(call.pri, call.pointer, encodeChannel(call.channel, nfas), 0);
    }
    libpri.hangUp(call.pri, call.pointer, why);
    // A call that the other side knows nothing of yet, or that is refused, ends with one message of ours.
    if (!libpri.exists(call.pri, call.pointer)) this.#released(call.pointer, why);
  }

  #maintain(command: Extract<IsdnCommand, { readonly kind: 'restart' | 'service' }>): void {
    const { libpri, nfas } = this.#options;
    const link = this.#group.active;
    const { channel } = command;
    if (link === undefined) {
      this.#fault(undefined, `${command.kind}: the D-channel is down`);
      return;
    }
    const sent =
      command.kind === 'restart'
        ? libpri.reset(link.pri, encodeChannel(channel, nfas))
        : // ATIS: 0 in service, 2 out of service.
          libpri.service(link.pri, nfas ? channel.interface : -1, channel.slot, command.inService ? 0 : 2);
    if (sent !== 0) this.#fault(undefined, `${command.kind} of channel ${channel.slot} was not sent`);
  }

  #hear(link: Link, at: Pointer | null, byMessage: boolean): void {
    if (at === null) return;
    const event = readEvent(at);
    switch (event.kind) {
      case 'up':
        this.#group.linkIs(link, true);
        break;
      case 'down':
        // libpri says the same of a lost link and of a SERVICE message that takes the D-channel out: one alone cannot stand by.
        if (!byMessage) this.#group.linkIs(link, false);
        else if (this.#group.links.length > 1) this.#group.standsBy(link);
        break;
      case 'configurationError':
        this.#fault(undefined, event.why);
        break;
      case 'ring':
        this.#ring(link, event);
        break;
      case 'restart':
      case 'restartAck':
        if (event.channel !== undefined) this.#restarted(event.kind, event.channel);
        break;
      case 'service':
        if (event.channel !== undefined) {
          this.#options.emit({ kind: 'service', channel: event.channel, inService: event.status === 0 });
        }
        break;
      case 'other':
        break;
      default:
        this.#hearCall(event);
    }
  }

  #hearCall(event: Extract<LibpriEvent, { readonly call: Pointer }>): void {
    const call = this.#byPointer.get(event.call);
    if (call === undefined || event.kind === 'ring') return;
    const { emit, libpri } = this.#options;
    if ('channel' in event) call.channel = event.channel ?? call.channel;
    const channel = call.channel === undefined ? {} : { channel: call.channel };
    switch (event.kind) {
      case 'setupAck':
      case 'proceeding':
      case 'alerting':
        emit({ kind: event.kind, call: call.id, ...channel, inBand: event.inBand });
        break;
      case 'progress':
        emit({
          kind: 'progress',
          call: call.id,
          inBand: event.inBand,
          ...(event.cause > 0 ? { cause: event.cause } : {}),
        });
        break;
      case 'connect':
        emit({
          kind: 'connect',
          call: call.id,
          ...(event.connected === undefined ? {} : { connected: event.connected }),
        });
        break;
      case 'digits':
        emit({
          kind: 'digits',
          call: call.id,
          digits: event.digits,
          ...(event.complete ? { complete: true } : {}),
        });
        break;
      case 'disconnect':
        if (call.giveUp === undefined) emit({ kind: 'disconnect', call: call.id, cause: event.cause });
        else libpri.hangUp(call.pri, call.pointer, call.cause);
        break;
      case 'hangup': {
        // The other side has released: libpri keeps its record until it is told that we know.
        const own = call.giveUp !== undefined;
        libpri.hangUp(call.pri, call.pointer, event.cause);
        this.#released(event.call, own ? call.cause : event.cause);
        break;
      }
      case 'hangupAck':
        this.#released(event.call, call.giveUp === undefined ? event.cause : call.cause);
    }
  }

  #ring(link: Link, event: Extract<LibpriEvent, { readonly kind: 'ring' }>): void {
    const { libpri, emit } = this.#options;
    if (event.channel === undefined) {
      // Call waiting without a channel: nothing here could carry its sound.
      libpri.hangUp(link.pri, event.call, cause.requestedChannelUnavailable);
      return;
    }
    this.#arrived++;
    const call = this.#add(`${this.#options.naming ?? 'in'}-${this.#arrived}`, link.pri, event.call, event.channel);
    call.unanswered = true;
    emit({
      kind: 'setup',
      call: call.id,
      channel: event.channel,
      exclusive: event.exclusive,
      setup: event.setup,
    });
  }

  #switched(now: Link | undefined, before: Link | undefined): void {
    if (now !== undefined) this.#moveCalls(now);
    if (this.#group.links.length > 1) this.#runT309(now === undefined);
    if (now === undefined || before === undefined) this.#options.emit({ kind: now === undefined ? 'down' : 'up' });
  }

  /** Calls go on over the D-channel that is in service now; libpri leaves each where it was last heard. */
  #moveCalls({ pri }: Link): void {
    for (const call of this.#calls.values()) {
      if (this.#options.libpri.moveCall(call.pointer, pri)) call.pri = pri;
      else this.#options.log.warn('a call cannot go on over another D-channel', { call: call.id });
    }
  }

  /** libpri leaves T309 to its user where there is a backup (it does not know of the other D-channel). */
  #runT309(runs: boolean): void {
    this.#t309?.cancel();
    this.#t309 = !runs
      ? undefined
      : this.#options.clock.after(t309Ms, () => {
          for (const call of [...this.#calls.values()]) {
            const { libpri } = this.#options;
            if (libpri.exists(call.pri, call.pointer)) libpri.destroyCall(call.pri, call.pointer);
            this.#released(call.pointer, cause.destinationOutOfOrder);
          }
        });
  }

  #restarted(kind: 'restart' | 'restartAck', channel: BChannel): void {
    const { emit } = this.#options;
    for (const call of [...this.#calls.values()]) {
      if (call.channel?.slot !== channel.slot || call.channel.interface !== channel.interface) continue;
      if (kind !== 'restart') continue;
      // libpri keeps its record (Q.931 §5.5 ends the call), and would take the next SETUP of that reference for part of it.
      if (this.#options.libpri.exists(call.pri, call.pointer)) this.#options.libpri.destroyCall(call.pri, call.pointer);
      this.#released(call.pointer, cause.temporaryFailure);
    }
    emit({ kind: kind === 'restart' ? 'restarted' : 'restartAcknowledged', channel });
  }

  #add(id: IsdnCallId, pri: Pointer, pointer: Pointer, channel: BChannel): LiveCall {
    // libpri's allocator gives a freed address again; whoever was there is gone.
    if (this.#byPointer.has(pointer)) this.#released(pointer, cause.temporaryFailure);
    const call: LiveCall = {
      ...{ id, pri, pointer, channel },
      ...{ cause: cause.normalClearing, giveUp: undefined, unanswered: false },
    };
    this.#calls.set(id, call);
    this.#byPointer.set(pointer, call);
    return call;
  }

  #released(pointer: Pointer, why: Cause): void {
    const call = this.#byPointer.get(pointer);
    if (call === undefined) return;
    call.giveUp?.cancel();
    this.#byPointer.delete(pointer);
    this.#calls.delete(call.id);
    this.#options.emit({ kind: 'released', call: call.id, cause: why });
  }

  #fault(call: IsdnCallId | undefined, why: string): void {
    this.#options.emit({ kind: 'fault', ...(call === undefined ? {} : { call }), why });
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#stopped) return;
    const { libpri, clock } = this.#options;
    const due = this.#group.links.flatMap((link) => libpri.scheduleNext(link.pri) ?? []);
    if (due.length === 0) return;
    this.#timer = clock.after(Math.max(1, Math.min(...due) - clock.wall()), () => this.#run());
  }

  #run(): void {
    for (const link of this.#group.links) {
      // Each run returns one event; what else is due follows.
      for (let rounds = 0; rounds < frameQueueMost; rounds++) {
        const at = this.#options.libpri.scheduleRun(link.pri);
        if (at === null) break;
        this.#hear(link, at, false);
      }
    }
    this.#sweep();
    this.#arm();
  }

  /** Calls that libpri cleared by RELEASE (causes 6, 7 and 26; Q.931 §5.3.2) or gave up after T308 it forgets without a word. */
  #sweep(): void {
    for (const call of [...this.#calls.values()]) {
      if (call.giveUp !== undefined && !this.#options.libpri.exists(call.pri, call.pointer)) {
        this.#released(call.pointer, call.cause);
      }
    }
  }
}

/** Copies a frame and counts two octets more, as if the hardware had left its check sequence. */
function fill(buffer: Uint8Array, frame: Uint8Array | undefined): number {
  if (frame === undefined || frame.length + checkSequenceOctets > buffer.length) return 0;
  buffer.set(frame);
  return frame.length + checkSequenceOctets;
}
