import { type Cause, type Clock, cause, hexToken, type Log, type Random } from '../base/index.js';
import type { BChannel, IsdnCallId, IsdnCommand, IsdnEvent, IsdnSetup, SwitchType } from '../isdn/index.js';
import type { TdmPlace, Tone } from '../media/index.js';
import type { DChannelEvent, DChannelPort } from '../tdm/index.js';
import { IsdnCall, type IsdnCallPorts } from './isdn-call.js';
import {
  callSetupOf,
  connectedHere,
  connectedLine,
  type IsdnSetupRules,
  isdnSetupOf,
  type PlacedAs,
} from './isdn-setup.js';
import type { MemberArrival, MemberCall, TrunkMember } from './member-call.js';
import { TrunkChannel } from './trunk-channel.js';
import { TrunkVoice, type TrunkVoiceOptions } from './trunk-voice.js';

/** What the trunk of a channel says of its calls. */
export interface IsdnTrunkRules extends IsdnSetupRules {
  /** SETUPs without "sending complete" may be followed by digits. */
  readonly overlap: boolean;
  /** Whether a number needs no further digit. */
  readonly isComplete: (number: string) => boolean;
  readonly hearsAnnouncements: boolean;
  /** Two answered calls of this interface may be joined in the network. */
  readonly transfers: boolean;
}

export interface IsdnBearer {
  /** The channel's id. */
  readonly id: string;
  readonly at: BChannel;
  readonly rules: IsdnTrunkRules;
  /** Where its samples are; undefined while the card is away. */
  readonly samples: () => TdmPlace | undefined;
  /** Echo is to be cancelled, and the card cannot. */
  readonly leavesEcho: () => boolean;
  /** A fax is on it: its card lets echoes pass, until what is returned is called. */
  readonly passEcho: () => () => void;
}

export interface IsdnLinkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly port: DChannelPort;
  readonly bearers: readonly IsdnBearer[];
  /** Channels are restarted when the link comes up, one after another. */
  readonly restarts: boolean;
  /** The other end is told which channels are out of service. */
  readonly serviceMessages: boolean;
  readonly voice: Pick<TrunkVoiceOptions, 'engine' | 'clock'>;
  readonly dialTone: Tone;
  readonly arrived: (arrival: MemberArrival) => void;
  /** A channel's state, or the link, has changed. */
  readonly changed: () => void;
}

/** Dialects that have B-channel service messages (AT&T TR 41449 and its kin). */
const withService: ReadonlySet<SwitchType> = new Set(['ni2', '5ess', '4ess', 'dms100']);

/** What a call that arrives has beside those that are placed: a number that grows, and sound before anybody is called. */
type TheirCall = Pick<IsdnCallPorts, 'offer' | 'dialTone' | 'over'>;
const placedHere: TheirCall = { offer: () => undefined, dialTone: () => false, over: () => undefined };

interface Bearing {
  readonly bearer: IsdnBearer;
  readonly channel: TrunkChannel;
  readonly member: TrunkMember;
  /** Whose it is. */
  call: IsdnCall | undefined;
  /** The other end was told that it is out of service. */
  toldOut: boolean;
}

/** The B-channels of one D-channel (or NFAS group of them) and their calls: Q.931 §5 as far as it is about channels. */
export class IsdnLink {
  readonly #options: IsdnLinkOptions;
  readonly #bearings: readonly Bearing[];
  readonly #calls = new Map<IsdnCallId, { readonly call: IsdnCall; at: Bearing | undefined; settled: boolean }>();
  #up: boolean;
  #why = 'the D-channel has no link yet';
  #placed = 0;
  #toRestart: Bearing[] = [];

  constructor(options: IsdnLinkOptions) {
    this.#options = options;
    this.#bearings = options.bearers.map((bearer) => this.#bearing(bearer));
    this.#up = options.port.up;
    options.port.on((event) => this.#hear(event));
    if (this.#up) this.#linkIsUp();
  }

  get up(): boolean {
    return this.#up;
  }

  /** In the order of the bearers. */
  get members(): readonly TrunkMember[] {
    return this.#bearings.map(({ member }) => member);
  }

  /** Calls that are not released yet. */
  get calls(): number {
    return this.#calls.size;
  }

  /** By hand; the other end is told, once no call is on it, where the dialect and the configuration have messages for it. */
  setOutOfService(id: string, out: boolean): void {
    const bearing = this.#bearings.find(({ bearer }) => bearer.id === id);
    if (bearing === undefined) return;
    bearing.channel.outByUs(out);
    this.#tellService(bearing);
  }

  /** Joins two calls of this interface in the network, which then leaves both (GR-2865). False: they are not both answered here. */
  transfer(one: MemberCall, other: MemberCall): boolean {
    const [a, b] = [one, other].map((each) => [...this.#calls.values()].find(({ call }) => call === each));
    if (a === undefined || b === undefined || !this.#up) return false;
    const may = [a, b].every(({ call, at }) => call.state === 'active' && at?.bearer.rules.transfers === true);
    if (may) this.#send({ kind: 'transfer', call: a.call.id, to: b.call.id });
    return may;
  }

  /** With an answered call of another process; the D-channel tells whether it is still there. Undefined: it cannot be. */
  goOn(channel: string, id: IsdnCallId): MemberCall | undefined {
    const bearing = this.#bearings.find(({ bearer }) => bearer.id === channel);
    if (bearing === undefined || bearing.call !== undefined) return undefined;
    if (this.#options.port.goOn?.(id, bearing.bearer.at) !== true) return undefined;
    const call = this.#call(id, bearing.bearer.rules, undefined, () => undefined);
    call.goOn();
    this.#calls.set(id, { call, at: bearing, settled: true });
    bearing.call = call;
    bearing.channel.goOn();
    return call;
  }

  /** Nothing is done or timed any more. Answered calls are left as they are, for another process. */
  leave(): void {
    for (const { channel } of this.#bearings) channel.stop();
  }

  /** Whether a call is this link's. */
  has(call: MemberCall): boolean {
    return [...this.#calls.values()].some((each) => each.call === call);
  }

  stop(): void {
    for (const { channel } of this.#bearings) channel.stop();
    this.#options.port.close();
  }

  #bearing(bearer: IsdnBearer): Bearing {
    const { clock, log, changed } = this.#options;
    const channel = new TrunkChannel(bearer.id, {
      clock,
      log,
      sendRestart: () => this.#send({ kind: 'restart', channel: bearer.at }),
      dropCall: () => this.#drop(bearing),
      changed: () => {
        // Who waits for a channel comes before its restart.
        changed();
        this.#tellService(bearing);
        this.#restartNext();
      },
    });
    const hindrance = (): string | undefined => (this.#up ? undefined : this.#why);
    const bearing: Bearing = {
      bearer,
      channel,
      call: undefined,
      toldOut: false,
      member: {
        channel,
        get hindrance() {
          return hindrance();
        },
        place: (placed) => this.#place(bearing, placed),
      },
    };
    return bearing;
  }

  #send(command: IsdnCommand): void {
    this.#options.port.do(command);
  }

  // ---- our calls

  #place(bearing: Bearing, placed: PlacedAs): IsdnCall {
    this.#placed++;
    const id = `out-${this.#placed}-${hexToken(this.#options.random, 4)}`;
    const { rules, at } = bearing.bearer;
    const call = this.#call(id, rules, undefined, (setup) =>
      this.#send({
        kind: 'setup',
        call: id,
        channel: at,
        // The network chooses (Q.931 §5.1.2): the user side takes another channel, the network side insists (§5.2.3.1).
        exclusive: rules.side === 'network',
        setup: isdnSetupOf(setup, placed, rules),
      }),
    );
    this.#take(bearing, call);
    return call;
  }

  #call(
    id: IsdnCallId,
    rules: IsdnTrunkRules,
    arrived: IsdnSetup | undefined,
    sendSetup: (setup: Parameters<typeof isdnSetupOf>[0]) => void,
    theirs: TheirCall = placedHere,
  ): IsdnCall {
    const { clock, log } = this.#options;
    const call = new IsdnCall(
      id,
      {
        clock,
        log: log.child({ isdnCall: id }),
        send: (command) => this.#send(command),
        sendSetup,
        sendFirst: (kind, inBand) => {
          const at = this.#calls.get(id)?.at?.bearer.at;
          this.#send({ kind, call: id, inBand, ...(at === undefined ? {} : { channel: at }) });
        },
        isComplete: rules.isComplete,
        connectedLine: (connected) => connectedLine(connected, rules),
        connectedHere: (connected) => connectedHere(connected, rules),
        ...theirs,
        samples: () => this.#calls.get(id)?.at?.bearer.samples(),
        announcesTones: rules.side === 'network',
        hearsAnnouncements: rules.hearsAnnouncements,
        over: () => {
          theirs.over();
          this.#over(id);
        },
      },
      arrived,
    );
    this.#calls.set(id, { call, at: undefined, settled: arrived !== undefined });
    return call;
  }

  #take(bearing: Bearing, call: IsdnCall): void {
    const live = this.#calls.get(call.id);
    if (live !== undefined) live.at = bearing;
    bearing.call = call;
    bearing.channel.seize();
  }

  #over(id: IsdnCallId): void {
    const live = this.#calls.get(id);
    this.#calls.delete(id);
    this.#leave(live?.at, live?.call);
  }

  #leave(bearing: Bearing | undefined, call: IsdnCall | undefined): void {
    if (bearing === undefined || bearing.call !== call) return;
    bearing.call = undefined;
    bearing.channel.free();
  }

  // ---- what the D-channel says

  #hear(event: DChannelEvent): void {
    switch (event.kind) {
      case 'up':
        this.#linkIsUp();
        break;
      case 'down':
        this.#linkIsDown('the D-channel is down');
        break;
      case 'gone':
        this.#linkIsDown(event.why);
        break;
      case 'setup':
        this.#arrive(event);
        break;
      case 'restarted':
        this.#at(event.channel)?.channel.restarted();
        break;
      case 'restartAcknowledged':
        this.#at(event.channel)?.channel.restartAcknowledged();
        break;
      case 'service':
        this.#at(event.channel)?.channel.outByThem(!event.inService);
        break;
      case 'fault':
        this.#options.log.warn('the D-channel reports a fault', { why: event.why, isdnCall: event.call ?? '' });
        break;
      case 'traced':
        break;
      default:
        this.#hearCall(event);
    }
  }

  #hearCall(event: Exclude<IsdnEvent, { readonly kind: 'setup' }> & { readonly call: IsdnCallId }): void {
    const live = this.#calls.get(event.call);
    if (live === undefined) {
      // A call that nobody here knows must not keep a channel at the other end.
      if (event.kind !== 'released') this.#send({ kind: 'release', call: event.call, cause: cause.invalidMessage });
      return;
    }
    if ('channel' in event && event.channel !== undefined && !this.#agree(live, event.channel)) return;
    if (event.kind !== 'released' && !live.settled && 'channel' in event) live.settled = true;
    live.call.hear(event);
  }

  /** The first answer says which channel it is to be. False: the call cannot go on with it. */
  #agree(live: { readonly call: IsdnCall; at: Bearing | undefined; settled: boolean }, at: BChannel): boolean {
    const chosen = this.#at(at);
    if (chosen !== undefined && chosen === live.at && chosen.call === live.call) return true;
    const free = chosen?.channel.takes('them') === true;
    if (chosen === undefined || live.settled || !free) {
      this.#options.log.warn('a call was given a channel that it cannot have', {
        isdnCall: live.call.id,
        slot: at.slot,
      });
      // The leg hears what lets it try another one.
      live.call.do({ kind: 'release', cause: cause.channelUnacceptable });
      return false;
    }
    this.#leave(live.at, live.call);
    this.#take(chosen, live.call);
    return true;
  }

  #arrive(event: Extract<IsdnEvent, { readonly kind: 'setup' }>): void {
    const wanted = this.#at(event.channel);
    const at = wanted === undefined ? undefined : this.#channelFor(wanted, event.exclusive);
    if (at === undefined) {
      this.#refuse(event.call, cause.requestedChannelUnavailable);
      return;
    }
    if (event.setup.bearer === 'unrestricted') {
      this.#refuse(event.call, cause.bearerNotImplemented);
      return;
    }
    const { rules } = at.bearer;
    const { voice: ground, arrived, random, dialTone } = this.#options;
    let early: TrunkVoice | undefined;
    const speak = (): TrunkVoice =>
      new TrunkVoice({
        ...ground,
        law: this.law,
        listens: { digits: true },
        cancelsEcho: () => at.bearer.leavesEcho(),
        passEcho: () => at.bearer.passEcho(),
        samples: () => call.samples,
        heard: (sound) => call.heard(sound),
      });
    const call = this.#call(event.call, rules, event.setup, () => undefined, {
      offer: (number) => {
        const voice = early ?? speak();
        early = undefined;
        arrived({ member: at.member, call, voice, setup: callSetupOf(event.setup, number, rules, random) });
      },
      // Only an exchange gives dial tone (Q.931 §5.1.3).
      dialTone: (plays) => {
        if (!plays) early?.hear({ kind: 'nothing' });
        if (!plays || rules.side === 'user') return false;
        early ??= speak();
        early.hear({ kind: 'tone', tone: dialTone });
        return early.open().ok;
      },
      over: () => early?.close(),
    });
    this.#take(at, call);
    call.begin(rules.overlap && !event.setup.complete);
  }

  /** E1 has A-law (G.711 §2). */
  get law(): 'u' | 'a' {
    return this.#options.port.settings.e1 ? 'a' : 'u';
  }

  /** Glare: the network keeps its call, and the user gives way (Q.931 §5.7); who is free to is given another channel. */
  #channelFor(wanted: Bearing, exclusive: boolean): Bearing | undefined {
    if (wanted.channel.takes('them')) return wanted;
    const ours = wanted.call;
    if (ours !== undefined && this.#options.port.settings.side === 'user' && this.#isUnanswered(ours)) {
      this.#options.log.info('a call of the network has taken the channel of ours', { isdnCall: ours.id });
      const live = this.#calls.get(ours.id);
      if (live !== undefined) live.at = undefined;
      this.#leave(wanted, ours);
      return wanted;
    }
    return exclusive ? undefined : this.#bearings.find(({ channel }) => channel.idle);
  }

  /** A SETUP of ours whose channel the network has not confirmed. */
  #isUnanswered(call: IsdnCall): boolean {
    return call.isCalling && this.#calls.get(call.id)?.settled === false;
  }

  #refuse(call: IsdnCallId, why: Cause): void {
    this.#send({ kind: 'release', call, cause: why });
  }

  #at({ interface: number, slot }: BChannel): Bearing | undefined {
    return this.#bearings.find(({ bearer: { at } }) => at.slot === slot && at.interface === number);
  }

  #drop(bearing: Bearing): void {
    const { call } = bearing;
    if (call === undefined) return;
    this.#send({ kind: 'release', call: call.id, cause: cause.temporaryFailure });
  }

  // ---- link, restart, service

  #linkIsUp(): void {
    this.#up = true;
    if (this.#options.restarts) {
      this.#toRestart = [...this.#bearings];
      this.#restartNext();
    }
    for (const bearing of this.#bearings) {
      // Whether the other end forgot it with the link is not known: those that are out are told again.
      if (bearing.channel.takenOut) bearing.toldOut = false;
      this.#tellService(bearing);
    }
    this.#options.changed();
  }

  #linkIsDown(why: string): void {
    this.#why = why;
    this.#toRestart = [];
    if (!this.#up) return;
    this.#up = false;
    for (const { channel } of this.#bearings) channel.linkLost();
    this.#options.changed();
  }

  /** One at a time: all others serve meanwhile. Those in use have their turn when they are free. */
  #restartNext(): void {
    if (!this.#up || this.#bearings.some(({ channel }) => channel.state === 'restarting')) return;
    const next = this.#toRestart.find(({ channel }) => channel.idle || channel.state === 'faulty');
    if (next === undefined) return;
    this.#toRestart = this.#toRestart.filter((each) => each !== next);
    next.channel.restart();
  }

  #tellService(bearing: Bearing): void {
    const { port, serviceMessages } = this.#options;
    if (!serviceMessages || !withService.has(port.settings.switchType) || !this.#up) return;
    const { channel, bearer } = bearing;
    const out = channel.takenOut && channel.state !== 'inUse';
    if (bearing.toldOut === out) return;
    bearing.toldOut = out;
    this.#send({ kind: 'service', channel: bearer.at, inService: !out });
  }
}
