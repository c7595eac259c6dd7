import { type Clock, cause } from '../../src/base/index.js';
import type { Leg, LegCommand, LegContinuation, LegEvent, LegReleased } from '../../src/call/index.js';
import { answeringDirection, type Direction, directionOf, type SessionDescription } from '../../src/sdp/index.js';

/** Who is at the far end of a simulated leg. */
export interface FarEnd {
  /** Every command but `release`, which the leg answers itself. */
  command(leg: SimulatedLeg, command: LegCommand): void;
  /** The leg is over; `byUs`: the branch released it. */
  over(leg: SimulatedLeg, event: LegReleased, byUs: boolean): void;
  /** How long a release takes to be confirmed, ms. */
  releaseMs(): number;
}

let made = 0;

/** Ports of telephones, so that each leg's sound is its own. */
const firstPort = 1024;
const portSpan = 60_000;

/** A request that nobody answers (RFC 3261 §17.1.2.2, timer F). */
const unansweredMs = 32_000;

/** How long the SIP server keeps what a peer says in a dialog whose process is gone. */
const heldMs = 3000;

/**
 * A leg whose far end is simulated, together with its dialog in the SIP server, which outlives the branch's process. It
 * keeps the contract of `Leg`, and complains where its user breaks it.
 */
export class SimulatedLeg implements Leg {
  readonly id: string;
  readonly #number = ++made;
  #version = 0;
  readonly can = { hold: true, transfer: true, digits: true };
  readonly #clock: Clock;
  readonly #far: FarEnd;
  readonly #over: (leg: SimulatedLeg) => void;
  #listener: ((event: LegEvent) => void) | undefined;
  #state: 'live' | 'orphan' | 'releasing' | 'released' | 'dead' = 'live';
  /** The far end says nothing any more. */
  #mute = false;
  /** The far end did something that ends the call. */
  #farEnded = false;
  /** Counts the processes that had the leg; only the last one may command it. */
  #owner = 0;
  #established = false;
  #expired = false;
  /** How the far end ended the call while no process was there. */
  #held: LegReleased | undefined;

  constructor(clock: Clock, far: FarEnd, over: (leg: SimulatedLeg) => void) {
    this.id = `leg-${this.#number}`;
    this.#clock = clock;
    this.#far = far;
    this.#over = over;
  }

  /** The port of the telephone, of which every description tells. */
  get soundPort(): number {
    return firstPort + ((2 * this.#number) % portSpan);
  }

  /** Its telephone speaks, whatever became of the signalling. */
  get speaks(): boolean {
    return !this.#mute && !this.#farEnded && this.#state !== 'released' && this.#state !== 'dead';
  }

  /** What the telephone says of its sound. */
  description(direction: Direction = 'sendrecv'): SessionDescription {
    return {
      origin: {
        username: '-',
        sessionId: String(this.#number),
        sessionVersion: String(++this.#version),
        netType: 'IN',
        addressType: 'IP4',
        address: '10.1.1.1',
      },
      sessionName: '-',
      lines: [{ type: 'c', value: 'IN IP4 10.1.1.1' }],
      media: [
        {
          media: 'audio',
          port: this.soundPort,
          protocol: 'RTP/AVP',
          formats: ['0'],
          lines: [{ type: 'a', value: direction }],
        },
      ],
    };
  }

  /** The telephone says yes to an offer. */
  agree(offer: SessionDescription | undefined): void {
    this.emit({ kind: 'agreed', media: this.description(offer && answeringDirection(directionOf(offer))) });
  }

  get live(): boolean {
    return (this.#state === 'live' || this.#state === 'orphan') && !this.#mute && this.#held === undefined;
  }

  get farEnded(): boolean {
    return this.#farEnded;
  }

  /** There is an answered call, which the SIP server can keep without the process. */
  get established(): boolean {
    return this.#established && (this.#state === 'live' || this.#state === 'orphan');
  }

  on(listener: (event: LegEvent) => void): void {
    if (this.#owner === 0) this.#listener = listener;
  }

  do(command: LegCommand): void {
    if (this.#owner === 0) this.#command(command);
  }

  continuation(): LegContinuation {
    return { id: this.id };
  }

  /** The process is gone, the dialog stays. */
  orphan(): void {
    this.#owner++;
    this.#listener = undefined;
    this.#state = 'orphan';
  }

  /** The leg for the process that follows. */
  handOver(): Leg {
    const owner = ++this.#owner;
    return {
      id: this.id,
      can: this.can,
      on: (listener) => {
        if (owner !== this.#owner) return;
        this.#listener = listener;
        this.#clock.after(1, () => this.#reconnected(owner));
      },
      do: (command) => {
        if (owner === this.#owner) this.#command(command);
      },
      continuation: () => this.continuation(),
    };
  }

  /** The far end lost its power: it says nothing any more, and a release is never confirmed. */
  mute(): void {
    this.#mute = true;
  }

  /** Something happens at the far end. Without effect once the leg is over. */
  emit(event: Exclude<LegEvent, LegReleased>): void {
    if (event.kind === 'answered' && this.#state === 'live') this.#established = true;
    if (this.#state !== 'live' || this.#mute) return;
    if (event.kind === 'answered' && event.media === undefined)
      this.#listener?.({ ...event, media: this.description() });
    else this.#listener?.(event);
  }

  /** The far end hangs up, refuses, or turns out not to be there. */
  end(event: Omit<LegReleased, 'kind'>): void {
    if (this.#mute && this.#state !== 'releasing') return;
    this.#farEnded = true;
    if (this.#state === 'orphan') this.#hold({ kind: 'released', ...event });
    else if (this.#state === 'live' || this.#state === 'releasing')
      this.#release({ kind: 'released', ...event }, false);
  }

  /** Its telephone lost the dialog, not the sound. */
  get expired(): boolean {
    return this.#expired;
  }

  /** A refresh of the session found nobody: the SIP server has given the dialog up. */
  expire(): void {
    this.#expired = true;
    const event = { kind: 'released', cause: cause.recoveryOnTimerExpiry, lost: true, unreachable: 'silent' } as const;
    if (this.#state === 'orphan') this.#hold(event);
    else if (this.#state === 'live') this.#release(event, false);
  }

  /** The process that used the leg is gone, and nobody goes on with it: nobody hears anything any more. */
  kill(): void {
    if (this.#state === 'released' || this.#state === 'dead') return;
    this.#state = 'dead';
    this.#over(this);
  }

  #command(command: LegCommand): void {
    if (this.#state !== 'live' && this.#state !== 'orphan') return;
    if (command.kind !== 'release') {
      if (command.kind === 'answer') this.#established = true;
      if (!this.#mute && this.#state === 'live') this.#far.command(this, command);
      return;
    }
    const delayMs = this.#mute ? unansweredMs : this.#far.releaseMs();
    this.#state = 'releasing';
    const { kind: _kind, ...why } = command;
    this.#clock.after(delayMs, () => this.#release({ kind: 'released', ...why }, true));
  }

  /** A BYE that no process takes: it waits a while, and then the dialog is gone all the same. */
  #hold(event: LegReleased): void {
    if (this.#held !== undefined) return;
    this.#held = event;
    this.#clock.after(heldMs, () => {
      if (this.#state === 'orphan') this.#release(event, false);
    });
  }

  /** The new process is connected to the SIP server. */
  #reconnected(owner: number): void {
    if (owner !== this.#owner || this.#state !== 'orphan') return;
    this.#state = 'live';
    if (this.#held !== undefined) this.#release(this.#held, false);
  }

  #release(event: LegReleased, byUs: boolean): void {
    if (this.#state === 'released' || this.#state === 'dead') return;
    this.#state = 'released';
    this.#over(this);
    this.#listener?.(event);
    this.#far.over(this, event, byUs);
  }
}

/** What a process gets for a dialog that the SIP server does not have any more. */
export function lostLeg(clock: Clock, id: string): Leg {
  let listener: ((event: LegEvent) => void) | undefined;
  let over = false;
  const end = (event: Omit<LegReleased, 'kind'>): void => {
    if (over) return;
    over = true;
    listener?.({ kind: 'released', ...event });
  };
  clock.after(1, () => end({ cause: cause.temporaryFailure, lost: true }));
  return {
    id,
    can: { hold: true, transfer: true, digits: true },
    on: (heard) => {
      listener = heard;
    },
    do: (command) => {
      if (command.kind === 'release') end({ cause: command.cause });
    },
    continuation: () => ({ id }),
  };
}
