import { type Cause, type Clock, cause, type Log, type Result, type Timer } from '../base/index.js';
import type {
  CallSetup,
  Leg,
  LegAbilities,
  LegCommand,
  LegContinuation,
  LegEvent,
  LegQuality,
  LegReleased,
  ReleaseCommand,
} from '../call/index.js';
import {
  type BridgeDescription,
  type MediaNegotiation,
  type MediaPort,
  type PortFault,
  preemptionToneMs,
  readBridge,
} from '../media/index.js';
import type { SessionDescription } from '../sdp/index.js';
import { AnchorPort, type Announcements } from './anchor-port.js';
import { AnchoredMedia } from './anchored-media.js';
import { Gathering } from './gathering.js';

/** The port of a leg, and what is negotiated about it. */
export interface LegAnchor {
  readonly port: MediaPort;
  readonly negotiation: MediaNegotiation;
  /** The port's agent gathers candidates, for which the first description waits. */
  readonly gathers: boolean;
  /** What the other leg last said, where another process heard it. */
  readonly other?: BridgeDescription | undefined;
}

export interface AnchoredLegOptions {
  readonly leg: Leg;
  readonly clock: Clock;
  readonly log: Log;
  readonly announcements: Announcements;
  /** Where the peer's signalling comes from. */
  readonly heardFrom?: string;
  /** By what another process finds the rules for this leg again. */
  readonly kept: LegContinuation;
}

/** How the leg begins: with the peer's offer, which the negotiation has read; without one; in the middle; or as one that we place. */
export type Beginning =
  | { readonly kind: 'offered' | 'offerless' | 'resumed'; readonly anchor: LegAnchor }
  | { readonly kind: 'placed'; readonly open: () => Result<LegAnchor, PortFault> };

/** What another process needs, beside what the leg itself keeps: the port's id under this name, the negotiation behind the prefix. */
export const portName = 'mediaPort';
export const statePrefix = 'media.';

/**
 * A leg whose sound passes the media engine: its peer negotiates with a port of ours, and the call sees bridge descriptions, which
 * name the port that stands for the far end. The port is opened when the leg begins and closed once. Next to a leg that is not anchored
 * it only passes on.
 */
export class AnchoredLeg implements Leg {
  readonly id: string;
  readonly #options: AnchoredLegOptions;
  readonly #leg: Leg;
  readonly #beginning: Beginning;
  readonly #gathering = new Gathering();
  #listener: ((event: LegEvent) => void) | undefined;
  #unheard: LegEvent[] = [];
  /** `adrift`: its dialog is gone, and the sound goes on. */
  #state: 'live' | 'adrift' | 'over' = 'live';
  #port: AnchorPort | undefined;
  #media: AnchoredMedia | undefined;
  /** The peer hears that its call was ended for another one. */
  #warning: Timer | undefined;
  /** The call was answered. */
  #talks: boolean;

  constructor(options: AnchoredLegOptions, beginning: Beginning) {
    this.#options = options;
    this.#leg = options.leg;
    this.id = options.leg.id;
    this.#beginning = beginning;
    this.#talks = beginning.kind === 'resumed';
    if (beginning.kind !== 'placed') this.#take(beginning.anchor);
    options.leg.on((event) => this.#hear(event));
  }

  get can(): LegAbilities {
    return { ...this.#leg.can, hold: true, digits: true, earlyMedia: true };
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) listener(event);
  }

  do(command: LegCommand): void {
    const media = this.#media;
    if (command.kind === 'answer') this.#talks = true;
    if (command.kind === 'release') this.#release(command);
    else if (command.kind === 'setup') this.#place(command.setup);
    else if (media === undefined || command.kind === 'transferResult') this.#leg.do(command);
    else this.#gathering.when(() => media.do(command));
  }

  continuation(answer?: SessionDescription): LegContinuation | undefined {
    const [port, media] = [this.#port, this.#media];
    if (port === undefined || media === undefined) return this.#leg.continuation?.(answer);
    // Nobody else could tell that there is no dialog any more.
    if (this.#state !== 'live') return undefined;
    const inner = this.#leg.continuation?.(answer && media.answerDescription(answer));
    if (inner === undefined) return undefined;
    const state = Object.entries(media.continuation()).map(([name, value]) => [`${statePrefix}${name}`, value]);
    return { ...inner, ...this.#options.kept, ...Object.fromEntries(state), [portName]: port.id };
  }

  quality(): Promise<LegQuality | undefined> {
    return this.#port?.quality() ?? Promise.resolve(undefined);
  }

  #take({ port: taken, negotiation, gathers, other }: LegAnchor): AnchoredMedia {
    const { clock, log, announcements, heardFrom } = this.#options;
    const { kind } = this.#beginning;
    const port = new AnchorPort(taken, announcements, (event) => {
      media.portSays(event);
      if (event.kind === 'gathered' && event.done) this.#gathering.done();
    });
    const media: AnchoredMedia = new AnchoredMedia({
      leg: this.id,
      log,
      port,
      negotiation,
      other,
      announcements,
      heardFrom,
      answers: kind === 'offered',
      reachable: () => this.#state === 'live' && this.#leg.can.hold,
      toPeer: (command) => this.#leg.do(command),
      toCall: (event) => {
        if (this.#state !== 'over') this.#emit(event);
      },
      fail: (why, reason) => this.#fail(why, reason),
    });
    this.#port = port;
    this.#media = media;
    if (kind !== 'resumed') port.opening(negotiation.opening());
    if (kind !== 'resumed' && gathers) this.#gathering.start(clock);
    return media;
  }

  #place(setup: CallSetup): void {
    const other = setup.offer === undefined ? undefined : readBridge(setup.offer);
    if (this.#beginning.kind !== 'placed' || (setup.offer !== undefined && other === undefined)) {
      // The other leg is not anchored: its description goes to our peer as it is.
      this.#leg.do({ kind: 'setup', setup });
      return;
    }
    const opened = this.#beginning.open();
    if (!opened.ok) {
      this.#fail(opened.error.cause, opened.error.why);
      return;
    }
    const media = this.#take(opened.value);
    this.#gathering.when(() => {
      const offer = media.firstOffer(other);
      if (offer !== undefined) this.#leg.do({ kind: 'setup', setup: { ...setup, offer } });
    });
  }

  #fail(why: Cause, reason: string): void {
    this.#options.log.warn('a leg cannot go on without its sound', { leg: this.id, why: reason });
    this.#release({ kind: 'release', cause: why });
  }

  #release(command: ReleaseCommand): void {
    if (this.#state === 'over') return;
    this.#gathering.forget();
    if (this.#warns(command)) return;
    this.#stopWarning();
    if (this.#state === 'adrift') this.#end({ kind: 'released', cause: command.cause });
    else this.#leg.do(command);
    this.#port?.close();
  }

  /** Whoever talked hears the warning before the peer is let go; the channel that was needed is another leg's, and free already. */
  #warns(command: ReleaseCommand): boolean {
    const talks = this.#talks && this.#state === 'live' && this.#media?.alive === true;
    if (command.cause !== cause.preemption || this.#warning !== undefined || !talks) return false;
    this.#port?.warn();
    this.#warning = this.#options.clock.after(preemptionToneMs, () => this.#release(command));
    return true;
  }

  #stopWarning(): void {
    this.#warning?.cancel();
    this.#warning = undefined;
  }

  #hear(event: LegEvent): void {
    if (this.#state === 'over') return;
    if (event.kind === 'answered') this.#talks = true;
    if (event.kind === 'adrift') this.#state = 'adrift';
    if (event.kind !== 'released') {
      if (this.#media === undefined) this.#emit(event);
      else this.#media.hear(event);
    } else if (this.#goesOn(event)) {
      this.#state = 'adrift';
      this.#emit({ kind: 'adrift' });
    } else this.#end(event);
  }

  /** A refresh of the session found nobody. */
  #goesOn({ lost, unreachable }: LegReleased): boolean {
    return this.#state === 'live' && lost === true && unreachable === 'silent' && this.#media?.alive === true;
  }

  #end(released: LegReleased): void {
    this.#state = 'over';
    this.#stopWarning();
    this.#gathering.forget();
    this.#port?.close();
    this.#emit(released);
  }

  #emit(event: LegEvent): void {
    if (this.#listener === undefined) this.#unheard.push(event);
    else this.#listener(event);
  }
}
