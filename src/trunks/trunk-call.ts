import type { Cause } from '../base/index.js';
import type { CallSetup, LegContinuation } from '../call/index.js';
import type { HeardSound, LegSignalling, SignallingCommand, SignallingEvent } from '../lines/index.js';
import type { TdmPlace } from '../media/index.js';
import type { PlacedAs } from './isdn-setup.js';
import type { MemberCall, MemberTaken, TrunkMember } from './member-call.js';
import type { LineGains, TrunkVoice } from './trunk-voice.js';

/** What a call asks of its trunk. */
export interface TrunkCallPorts {
  /** Its name. */
  readonly trunk: string;
  /** Finds a channel: {@link TrunkCall.take} follows, perhaps later, or {@link TrunkCall.refuse}. */
  seek(call: TrunkCall): void;
  over(call: TrunkCall): void;
}

/** Channels that one call tries: more would hold its caller up while other trunks are free. */
const mostTries = 4;

/** A call on a trunk: whichever channel it has. It may go to another one as long as nobody heard of it, and may be ended for a call for help. */
export class TrunkCall implements LegSignalling {
  /** A call for help: never ended for another one, nor by hand. */
  readonly emergency: boolean;
  readonly #ports: TrunkCallPorts;
  readonly #placed: PlacedAs;
  /** Channels that failed it. */
  readonly tried = new Set<TrunkMember>();
  #voice: TrunkVoice | undefined;
  #listener: ((event: SignallingEvent) => void) | undefined;
  #unheard: SignallingEvent[] = [];
  #setup: CallSetup | undefined;
  #member: TrunkMember | undefined;
  #attempt: MemberCall | undefined;
  #over = false;

  constructor(placed: PlacedAs, ports: TrunkCallPorts) {
    this.emergency = placed.emergency;
    this.#placed = placed;
    this.#ports = ports;
  }

  /** A call that came in on `member`, or that another process left there. */
  static arrived({ member, call: attempt, voice }: MemberTaken, emergency: boolean, ports: TrunkCallPorts): TrunkCall {
    const call = new TrunkCall({ emergency }, ports);
    call.#voice = voice;
    call.#join(member, attempt);
    return call;
  }

  get isOver(): boolean {
    return this.#over;
  }

  get member(): TrunkMember | undefined {
    return this.#member;
  }

  /** The call on its channel. */
  get attempt(): MemberCall | undefined {
    return this.#attempt;
  }

  continuation(): LegContinuation | undefined {
    const [member, attempt] = [this.#member, this.#attempt];
    if (this.#over || member === undefined || attempt === undefined) return undefined;
    return {
      ...{ line: 'trunk', trunk: this.#ports.trunk, channel: member.channel.id },
      ...attempt.continuation?.(),
      ...(this.emergency ? { emergency: 'yes' } : {}),
    };
  }

  get samples(): TdmPlace | undefined {
    return this.#attempt?.samples;
  }

  get gains(): LineGains {
    return this.#attempt?.gains ?? { gainInDb: 0, gainOutDb: 0 };
  }

  /** The sound of the call, which must know it. */
  speaksOver(voice: TrunkVoice): void {
    this.#voice = voice;
  }

  heard(sound: HeardSound): void {
    this.#attempt?.heard(sound);
  }

  on(listener: (event: SignallingEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) listener(event);
  }

  do(command: SignallingCommand): void {
    if (this.#over) return;
    if (command.kind === 'setup') {
      this.#setup = command.setup;
      this.#ports.seek(this);
    } else if (this.#attempt !== undefined) this.#attempt.do(command);
    else if (command.kind === 'release') this.#end(command.cause);
  }

  /** The channel that was sought. */
  take(member: TrunkMember): void {
    const [setup, voice] = [this.#setup, this.#voice];
    if (this.#over || setup === undefined || voice === undefined) return;
    const attempt = member.place(this.#placed, voice);
    this.#join(member, attempt);
    attempt.do({ kind: 'setup', setup });
  }

  /** A channel is being freed for it. */
  waits(): void {
    this.#emit({ kind: 'proceeding' });
  }

  refuse(why: Cause): void {
    if (!this.#over) this.#end(why);
  }

  /** Its channel is needed for something else. */
  cut(why: Cause): void {
    if (this.#over) return;
    const attempt = this.#attempt;
    this.#end(why);
    attempt?.do({ kind: 'release', cause: why });
  }

  #join(member: TrunkMember, attempt: MemberCall): void {
    this.#member = member;
    this.#attempt = attempt;
    attempt.on((event) => {
      if (this.#over || this.#attempt !== attempt) return;
      if (event.kind !== 'released') this.#emit(event);
      else if (!this.#triesElsewhere(attempt, event.cause)) this.#end(event.cause);
    });
  }

  #triesElsewhere(attempt: MemberCall, why: Cause): boolean {
    const member = this.#member;
    if (this.#setup === undefined || member === undefined) return false;
    if (this.tried.size + 1 >= mostTries || !attempt.mayTryElsewhere(why)) return false;
    this.tried.add(member);
    this.#member = undefined;
    this.#attempt = undefined;
    this.#voice?.move();
    this.#ports.seek(this);
    return true;
  }

  #end(why: Cause): void {
    this.#over = true;
    this.#ports.over(this);
    this.#emit({ kind: 'released', cause: why });
  }

  #emit(event: SignallingEvent): void {
    if (this.#listener === undefined) this.#unheard.push(event);
    else this.#listener(event);
  }
}
