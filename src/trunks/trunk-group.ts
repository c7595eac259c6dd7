import { type Clock, cause, type Log, type Timer } from '../base/index.js';
import type { TrunkChannelStatus } from './channel-status.js';
import { type HuntOrder, hunted } from './hunt-order.js';
import type { PlacedAs } from './isdn-setup.js';
import type { MemberTaken, TrunkMember } from './member-call.js';
import { TrunkCall } from './trunk-call.js';

export interface TrunkGroupSettings {
  readonly name: string;
  readonly hunt: HuntOrder;
  /** Channels that ordinary calls which go out leave free. */
  readonly reserve: number;
  /** An emergency call that finds none ends an ordinary call. */
  readonly preempt: boolean;
  readonly direction: 'both' | 'outgoing' | 'incoming';
  readonly emergencyOnly: boolean;
}

export interface TrunkGroupStatus {
  readonly name: string;
  /** `partly`: some channels are out of service. */
  readonly state: 'up' | 'partly' | 'down';
  /** For people: why channels are out of service; '' where none is. */
  readonly why: string;
  readonly channels: number;
  readonly inUse: number;
  /** Those that an ordinary call may take now. */
  readonly free: number;
  /** How an emergency call would find a channel. */
  readonly forHelp: 'free' | 'byPreemption' | 'none';
}

export interface TrunkGroupOptions {
  readonly settings: TrunkGroupSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** In the order in which the trunk names them. */
  readonly members: readonly TrunkMember[];
  readonly onChange: (status: TrunkGroupStatus) => void;
}

/** A channel that an ended call does not give back by then is not coming: the guard of exchange lines takes 1.6 s (`lineTimes`). */
const preemptionMs = 5000;

interface Live {
  readonly call: TrunkCall;
  /** Draws the line between older and younger. */
  readonly number: number;
}

/** The channels of one trunk, of whatever signalling, and who gets which. */
export class TrunkGroup {
  readonly #options: TrunkGroupOptions;
  readonly #live = new Map<TrunkCall, Live>();
  /** Calls for help, for each of which an ordinary call was ended. */
  #waiting: { readonly call: TrunkCall; readonly timer: Timer }[] = [];
  #begun = 0;
  /** Where the last call went. */
  #last = -1;
  #told = '';

  constructor(options: TrunkGroupOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.settings.name;
  }

  /** A call to be placed: its signalling. The channel is sought with its setup. */
  place(placed: PlacedAs): TrunkCall {
    return this.#add(new TrunkCall(placed, this.#ports()));
  }

  /** A call that came in, or that another process left; `emergency`: a call for help, also of a PBX behind us. */
  arrive(taken: MemberTaken, emergency: boolean): TrunkCall {
    this.#last = this.#options.members.indexOf(taken.member);
    return this.#add(TrunkCall.arrived(taken, emergency, this.#ports()));
  }

  /** Something of a member has changed. */
  changed(): void {
    this.#serve();
    const { status } = this;
    const said = JSON.stringify(status);
    if (said === this.#told) return;
    this.#told = said;
    this.#options.onChange(status);
  }

  get status(): TrunkGroupStatus {
    const { settings, members } = this.#options;
    const out = members.filter((member) => this.#reason(member) !== undefined);
    const inUse = members.filter(({ channel }) => channel.state === 'inUse').length;
    const reasons = [...new Set(out.flatMap((member) => this.#reason(member) ?? []))];
    const serves = settings.direction !== 'incoming';
    return {
      name: settings.name,
      state: out.length === 0 ? 'up' : out.length === members.length ? 'down' : 'partly',
      why: reasons.join('; '),
      channels: members.length,
      inUse,
      free: serves && !settings.emergencyOnly ? Math.max(0, this.#free().length - settings.reserve) : 0,
      forHelp: serves ? this.#forHelp() : 'none',
    };
  }

  /** In the order in which the trunk names them. */
  get channels(): readonly TrunkChannelStatus[] {
    return this.#options.members.map((member) => ({
      id: member.channel.id,
      trunk: this.name,
      state: member.channel.state,
      takenOut: member.channel.takenOut,
      why: this.#reason(member) ?? '',
    }));
  }

  /** Ends the call on a channel, by hand. False: there is none, or it is a call for help. */
  endOn(channel: string): boolean {
    const found = [...this.#live.keys()].find(({ member }) => member?.channel.id === channel);
    if (found === undefined || found.emergency) return false;
    found.cut(cause.temporaryFailure);
    return true;
  }

  #forHelp(): TrunkGroupStatus['forHelp'] {
    if (this.#usable(true).length > this.#waiting.length) return 'free';
    return this.#options.settings.preempt && this.#victim() !== undefined ? 'byPreemption' : 'none';
  }

  stop(): void {
    for (const { timer } of this.#waiting) timer.cancel();
    this.#waiting = [];
  }

  #ports(): ConstructorParameters<typeof TrunkCall>[1] {
    return { trunk: this.name, seek: (call) => this.#seek(call), over: (call) => this.#over(call) };
  }

  #add(call: TrunkCall): TrunkCall {
    this.#begun++;
    this.#live.set(call, { call, number: this.#begun });
    return call;
  }

  #over(call: TrunkCall): void {
    this.#live.delete(call);
    this.#forget(call);
  }

  #forget(call: TrunkCall): void {
    for (const each of this.#waiting) if (each.call === call) each.timer.cancel();
    this.#waiting = this.#waiting.filter((each) => each.call !== call);
  }

  /** Why a member is out of service; undefined while it serves, also when it is in use. */
  #reason({ channel, hindrance }: TrunkMember): string | undefined {
    if (channel.state === 'idle' || channel.state === 'inUse' || channel.state === 'restarting') {
      return hindranceOf(channel.state, hindrance);
    }
    return reasons[channel.state];
  }

  /** Those that may be taken at once; calls for help take what may be faulty, last of all. */
  #usable(emergency: boolean): readonly TrunkMember[] {
    const { members, settings } = this.#options;
    const ordered = hunted(
      settings.hunt,
      members.map((member) => ({ member, calls: member.channel.calls })),
      this.#last,
    ).map(({ member }) => member);
    const takes = (by: 'us' | 'help'): readonly TrunkMember[] =>
      ordered.filter(({ channel, hindrance }) => hindrance === undefined && channel.takes(by));
    return emergency ? [...takes('us'), ...takes('help').filter(({ channel }) => !channel.idle)] : takes('us');
  }

  /** Idle, and promised to nobody. */
  #free(): readonly TrunkMember[] {
    const idle = this.#usable(false);
    return idle.slice(0, Math.max(0, idle.length - this.#waiting.length));
  }

  #seek(call: TrunkCall): void {
    const { settings, log } = this.#options;
    if (settings.direction === 'incoming' || (settings.emergencyOnly && !call.emergency)) {
      call.refuse(cause.noCircuitAvailable);
      return;
    }
    const [usable, spare] = call.emergency
      ? [this.#usable(true), true]
      : [this.#usable(false), this.#free().length > settings.reserve];
    const member = usable.find((each) => !call.tried.has(each));
    if (member !== undefined && spare) this.#give(call, member);
    else if (!call.emergency || !settings.preempt || !this.#preempts(call)) {
      log.info('a trunk has no free channel', { trunk: settings.name, emergency: call.emergency });
      call.refuse(cause.noCircuitAvailable);
    }
  }

  #give(call: TrunkCall, member: TrunkMember): void {
    this.#last = this.#options.members.indexOf(member);
    call.take(member);
  }

  /** The least valuable call: the youngest ordinary one. */
  #victim(): TrunkCall | undefined {
    const ordinary = [...this.#live.values()].filter(({ call }) => !call.emergency && call.member !== undefined);
    const going = ordinary.filter(({ call }) => call.member?.hindrance === undefined);
    return going.toSorted((a, b) => b.number - a.number)[0]?.call;
  }

  #preempts(call: TrunkCall): boolean {
    const { clock, log, settings } = this.#options;
    const victim = this.#victim();
    if (victim === undefined) return false;
    log.warn('a call is ended for an emergency call', {
      trunk: settings.name,
      channel: victim.member?.channel.id ?? '',
    });
    const timer = clock.after(preemptionMs, () => {
      this.#forget(call);
      call.refuse(cause.noCircuitAvailable);
    });
    this.#waiting.push({ call, timer });
    call.waits();
    victim.cut(cause.preemption);
    this.#serve();
    return true;
  }

  /** Whoever waits longest has the first channel that is free. */
  #serve(): void {
    for (const { call } of [...this.#waiting]) {
      const member = this.#usable(true).find((each) => !call.tried.has(each));
      if (member === undefined) return;
      this.#forget(call);
      this.#give(call, member);
    }
  }
}

const reasons = {
  faulty: 'the far end does not acknowledge restarts',
  outByUs: 'taken out of service here',
  outByThem: 'taken out of service by the far end',
  outByAlarm: 'an alarm, or its card is not there',
} as const;

/** A channel that rests for a moment is no news; a link that is down is. */
function hindranceOf(state: string, hindrance: string | undefined): string | undefined {
  return state === 'idle' && hindrance === 'the line is not at rest' ? undefined : hindrance;
}
