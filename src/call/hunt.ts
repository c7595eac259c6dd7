import { type Cause, type Clock, cause, type Log, Machine } from '../base/index.js';
import type { SessionDescription } from '../sdp/index.js';
import type { StepRecord } from './call-record.js';
import type { HuntStep, StepFailure } from './hunt-step.js';
import { type HuntAction, type HuntEvent, type HuntState, type HuntTiming, huntTable } from './hunt-table.js';
import type { CallSetup, Leg, LegEvent, LegReleased } from './leg.js';

/** Who sent the hunt out. */
export interface HuntOwner {
  /** A leg was made; the owner listens to it and hands its events back by {@link Hunt.hear}. */
  opened(leg: Leg): void;
  alerting(media: SessionDescription | undefined): void;
  progress(media: SessionDescription | undefined): void;
  won(leg: Leg, answer: LegEvent & { readonly kind: 'answered' }, step: HuntStep): void;
  lost(failure: StepFailure): void;
  stepFailed(step: HuntStep, failure: StepFailure): void;
  /** Where a 3xx leads. */
  redirected(targets: readonly string[]): readonly HuntStep[];
}

/** A call forwarded more often than this goes in a circle (as RFC 3261 §8.1.3.4 warns). */
const redirectionLimit = 5;

/** Causes that say "not by this way" rather than "not this person": the next step is tried (Q.850 §2.2.7). */
const reroutable: ReadonlySet<Cause> = new Set([
  cause.destinationOutOfOrder,
  cause.noCircuitAvailable,
  cause.networkOutOfOrder,
  cause.temporaryFailure,
  cause.switchingCongestion,
  cause.requestedChannelUnavailable,
  cause.resourceUnavailable,
  cause.recoveryOnTimerExpiry,
]);

/** Looks for the called party along steps, in order. A step that was left never connects or rings again. */
export class Hunt {
  readonly #owner: HuntOwner;
  readonly #setup: CallSetup;
  readonly #waiting: HuntStep[];
  readonly #records: StepRecord[] = [];
  readonly #legs = new Set<Leg>();
  readonly #machine: Machine<HuntState, HuntEvent, HuntAction, HuntTiming, LegAnswer>;
  #step: HuntStep | undefined;
  #single = false;
  #early: { readonly leg: Leg; readonly media: SessionDescription } | undefined;
  #failures: StepFailure[] = [];
  #best: StepFailure | undefined;
  #redirections = 0;

  constructor(options: {
    readonly owner: HuntOwner;
    readonly clock: Clock;
    readonly log: Log;
    readonly setup: CallSetup;
    readonly steps: readonly HuntStep[];
    readonly ringMs: number;
  }) {
    this.#owner = options.owner;
    this.#setup = options.setup;
    this.#waiting = [...options.steps];
    const timing = (): HuntStep | undefined => this.#step;
    this.#machine = new Machine(huntTable, {
      clock: options.clock,
      log: options.log,
      context: {
        get giveUpMs() {
          return timing()?.giveUpMs ?? Number.POSITIVE_INFINITY;
        },
        get ringMs() {
          return timing()?.ringMs ?? options.ringMs;
        },
      },
      actions: {
        openStep: () => this.#openStep(),
        closeStep: () => this.#closeStep(),
        noteSilence: () => this.#stepEnded({ why: 'silent', cause: cause.recoveryOnTimerExpiry }),
        noteNoAnswer: () => this.#noAnswer(),
        nextStep: () => this.#nextStep(),
        keepWinner: (_, answer) => this.#keepWinner(answer),
        reportLost: () => this.#owner.lost(this.#best ?? { why: 'nobody', cause: cause.noRouteToDestination }),
        stopAll: () => this.#stopAll(),
      },
    });
  }

  get state(): HuntState {
    return this.#machine.state;
  }

  /** The steps so far and how they ended. */
  get records(): readonly StepRecord[] {
    return this.#step !== undefined && (this.#machine.state === 'trying' || this.#machine.state === 'heard')
      ? [...this.#records, { name: this.#step.name, outcome: 'abandoned' }]
      : this.#records;
  }

  /** The step that is being tried, or that won. */
  get stepName(): string | undefined {
    return this.#step?.name;
  }

  start(): void {
    this.#machine.handle('open');
  }

  /** Ends the hunt; every leg that it still holds is released. */
  stop(): void {
    this.#machine.handle('stop');
  }

  /** Another leg takes part in the step that rings: somebody picks up a call of others. False: nothing rings. */
  add(leg: Leg): boolean {
    const step = this.#step;
    if (this.#machine.state !== 'heard' || step === undefined) return false;
    this.#legs.add(leg);
    this.#single = false;
    this.#owner.opened(leg);
    leg.do({ kind: 'setup', setup: { ...this.#setup, ...step.overrides } });
    return true;
  }

  /** Somebody knows that the step of that name reaches nobody: if it gave no sign of life yet, the next one is tried. */
  stepUnreachable(name: string): void {
    if (this.#machine.state === 'trying' && this.#step?.name === name) this.#machine.handle('silence');
  }

  /** Cancels the timers, for a call that goes down by a bug. */
  halt(): void {
    this.#machine.stop();
  }

  /** An event of a leg. False: the leg is none of this hunt's, or no more. */
  hear(leg: Leg, event: LegEvent): boolean {
    if (!this.#legs.has(leg)) return false;
    switch (event.kind) {
      case 'proceeding':
        this.#machine.handle('heard');
        break;
      case 'alerting':
      case 'progress':
        this.#machine.handle('heard');
        this.#owner[event.kind](this.#earlyMedia(leg, event.media));
        break;
      case 'answered':
        this.#machine.handle('answered', { leg, event });
        break;
      case 'released':
        this.#legs.delete(leg);
        this.#released(event);
        break;
      default:
        break;
    }
    return true;
  }

  /**
   * Where several legs ring, the caller hears the first that has early media, if that can be told apart from the others;
   * else its own ringing tone.
   */
  #earlyMedia(leg: Leg, media: SessionDescription | undefined): SessionDescription | undefined {
    if (this.#single) return media;
    if (media !== undefined && leg.can.earlyMedia === true) {
      if (this.#early === undefined || this.#early.leg === leg || !this.#legs.has(this.#early.leg))
        this.#early = { leg, media };
    }
    return this.#early !== undefined && this.#legs.has(this.#early.leg) ? this.#early.media : undefined;
  }

  #nextStep(): void {
    this.#step = this.#waiting.shift();
    this.#machine.handle(this.#step === undefined ? 'exhausted' : 'open');
  }

  #openStep(): void {
    const step = this.#step;
    if (step === undefined) return;
    this.#failures = [];
    const legs = step.open();
    this.#single = legs.length === 1;
    for (const leg of legs) {
      this.#legs.add(leg);
      this.#owner.opened(leg);
    }
    const setup = { ...this.#setup, ...step.overrides };
    for (const leg of legs) if (this.#legs.has(leg)) leg.do({ kind: 'setup', setup });
    if (legs.length === 0) {
      this.#stepEnded({ why: 'nobody', cause: cause.subscriberAbsent });
      this.#machine.handle('failed');
    }
  }

  /** Releases what the step still holds, in a way that tells a telephone whether the call was taken elsewhere. */
  #closeStep(): void {
    const legs = [...this.#legs];
    this.#legs.clear();
    const why = this.#machine.state === 'won' ? cause.nonSelectedUserClearing : cause.normalClearing;
    for (const leg of legs) leg.do({ kind: 'release', cause: why });
  }

  #stopAll(): void {
    if (this.#step !== undefined) this.#records.push({ name: this.#step.name, outcome: 'abandoned' });
    this.#closeStep();
  }

  #keepWinner(answer: LegAnswer | undefined): void {
    const step = this.#step;
    if (answer === undefined || step === undefined) return;
    this.#legs.delete(answer.leg);
    this.#records.push({ name: step.name, outcome: 'answered' });
    this.#owner.won(answer.leg, answer.event, step);
  }

  #noAnswer(): void {
    this.#stepEnded({ why: 'noAnswer', cause: cause.noAnswer });
    if (this.#step?.onNoAnswer !== 'next') this.#waiting.length = 0;
  }

  #released(event: LegReleased): void {
    const failure = toFailure(event);
    this.#failures.push(failure);
    if (event.redirectTo !== undefined && this.#redirections < redirectionLimit) {
      this.#redirections++;
      this.#waiting.unshift(...this.#owner.redirected(event.redirectTo));
    }
    const final = (event.sipStatus ?? 0) >= 600;
    if (!final && this.#legs.size > 0) {
      if (event.unreachable === undefined) this.#machine.handle('heard');
      return;
    }
    const worst = final ? failure : this.#failures.reduce(better);
    this.#stepEnded(worst);
    const goOn = event.redirectTo !== undefined || (!final && mayReroute(worst));
    this.#machine.handle(goOn ? 'failed' : 'refused');
  }

  #stepEnded(failure: StepFailure): void {
    const step = this.#step;
    if (step === undefined) return;
    this.#records.push({
      name: step.name,
      outcome: failure.why === 'answered' ? `cause ${failure.cause}` : failure.why,
    });
    this.#best = this.#best === undefined ? failure : better(this.#best, failure);
    this.#owner.stepFailed(step, failure);
  }
}

interface LegAnswer {
  readonly leg: Leg;
  readonly event: LegEvent & { readonly kind: 'answered' };
}

function toFailure(event: LegReleased): StepFailure {
  const { cause, sipStatus, challenge } = event;
  return {
    why: event.unreachable ?? 'answered',
    cause,
    ...(sipStatus === undefined ? {} : { sipStatus }),
    ...(challenge === undefined ? {} : { challenge }),
  };
}

/** Whether another way may lead further: nobody was reached, or the network (not the person) said no. */
function mayReroute(failure: StepFailure): boolean {
  return failure.why !== 'answered' || failure.sipStatus === 408 || reroutable.has(failure.cause);
}

/** Of two failures the one that tells the caller more; of equals the later. */
function better(earlier: StepFailure, later: StepFailure): StepFailure {
  return rank(earlier) > rank(later) ? earlier : later;
}

function rank(failure: StepFailure): number {
  if (failure.why === 'noAnswer') return 3;
  if (failure.why !== 'answered') return failure.why === 'nobody' ? 1 : 0;
  return mayReroute(failure) ? 2 : 4;
}
