import { type Cause, type Clock, cause, ok, type Result, type Timer } from '../base/index.js';
import type { CallSetup, LegContinuation, LegQuality, TransferTarget } from '../call/index.js';
import type { PortFault, PortId, Source } from '../media/index.js';
import type { LegSignalling, SignallingCommand, SignallingEvent } from './leg-signalling.js';
import type { LineWish, TdmLeg } from './tdm-leg.js';
import type { VoicePath } from './voice-path.js';

/** What a call asks of the telephone that it belongs to. */
export interface StationCallOwner {
  readonly clock: Clock;
  readonly law: 'u' | 'a';
  readonly channel: string;
  openPort(): Result<PortId, PortFault>;
  digit(digit: string, durationMs: number): void;
  /** What the far end of `call` sounds like has changed. */
  heard(call: StationCall): void;
  arrives(call: StationCall, setup: CallSetup): void;
  answered(call: StationCall): void;
  /** Nothing of it is left. */
  closed(call: StationCall): void;
  /** The far end or the network ended it; not told of a call that left the telephone. */
  gone(call: StationCall, why: Cause): void;
  quality(): Promise<LegQuality | undefined>;
}

/** A transfer that is refused for the moment is asked for again, ms and times. */
const againMs = 300;
const mostTries = 20;

/** One of the calls of a telephone: its signalling, its share of the line's sound, and how it leaves. */
export class StationCall implements LegSignalling, VoicePath {
  readonly #owner: StationCallOwner;
  readonly law: 'u' | 'a';
  /** `made` by the user, `arrived`, or `fetched`: it was called for by a code, and is answered as it comes. */
  readonly kind: 'made' | 'arrived' | 'fetched';
  /** Whom the user called, or who calls. */
  number = '';
  /** A call for help: it is neither held nor interrupted. */
  emergency = false;
  setup: CallSetup | undefined;
  source: Source = { kind: 'nothing' };
  #leg: TdmLeg | undefined;
  #listener: (event: SignallingEvent) => void = () => undefined;
  #over = false;
  #answered = false;
  #left = false;
  #timer: Timer | undefined;
  #leaving: { readonly target: TransferTarget; readonly then: () => void; tries: number } | undefined;

  constructor(owner: StationCallOwner, kind: StationCall['kind']) {
    this.#owner = owner;
    this.law = owner.law;
    this.kind = kind;
  }

  /** One that was answered in another process. */
  static resumed(owner: StationCallOwner, kept: LegContinuation): StationCall {
    const call = new StationCall(owner, kept.kind === 'made' ? 'made' : 'arrived');
    call.number = kept.number ?? '';
    call.emergency = kept.emergency === 'yes';
    call.#answered = true;
    return call;
  }

  /** Set once, by who made both. */
  set leg(leg: TdmLeg) {
    this.#leg = leg;
  }

  get id(): string {
    return this.#leg?.id ?? '';
  }

  get isAnswered(): boolean {
    return this.#answered;
  }

  get isOver(): boolean {
    return this.#over;
  }

  continuation(): LegContinuation | undefined {
    if (this.#over || this.#left) return undefined;
    const { kind, number } = this;
    return {
      ...{ line: 'telephone', channel: this.#owner.channel, kind, number },
      ...(this.emergency ? { emergency: 'yes' } : {}),
    };
  }

  // ---- the telephone's user

  alerting(noAnswer?: { readonly afterMs: number; readonly then: () => void }): void {
    this.#tell({ kind: 'alerting', inBand: false });
    if (noAnswer !== undefined) this.#timer = this.#owner.clock.after(noAnswer.afterMs, noAnswer.then);
  }

  /** The user takes the call. */
  accept(): void {
    this.#stopTimer();
    this.#answered = true;
    this.#tell({ kind: 'answered' });
  }

  want(wish: LineWish): void {
    this.#leg?.want(wish);
  }

  digitPressed(digit: string, durationMs: number, inSound: boolean): void {
    if (!this.#answered && this.kind !== 'made') return;
    this.#tell({ kind: 'digit', digit, durationMs, ...(inSound ? { inSound } : {}) });
  }

  /** The user is rid of it. `redirectTo`: where the caller is sent instead. */
  end(why: Cause = cause.normalClearing, redirectTo?: string): void {
    this.#tell({ kind: 'released', cause: why, ...(redirectTo === undefined ? {} : { redirectTo: [redirectTo] }) });
  }

  /** Its far end goes elsewhere, and the call leaves the telephone; `then` runs once that is done, or cannot be. */
  leave(target: TransferTarget, then: () => void = () => undefined): void {
    this.#left = true;
    this.#leaving = { target, then, tries: 0 };
    this.#leg?.transfer(target);
  }

  /** It is the other half of a transfer: nothing of it concerns the telephone any more. */
  detach(): void {
    this.#left = true;
  }

  // ---- the leg

  on(listener: (event: SignallingEvent) => void): void {
    this.#listener = listener;
  }

  do(command: SignallingCommand): void {
    switch (command.kind) {
      case 'setup':
        this.setup = command.setup;
        this.number = (command.setup.asserted ?? command.setup.from).number;
        this.#owner.arrives(this, command.setup);
        break;
      case 'answer':
        this.#answered = true;
        if (!this.#left) this.#owner.answered(this);
        break;
      case 'transferResult':
        this.#transferResult(command);
        break;
      case 'release':
        this.#end(command.cause);
        break;
      default:
        break;
    }
  }

  open(): Result<PortId, PortFault> {
    const opened = this.#owner.openPort();
    return opened.ok ? ok(opened.value) : opened;
  }

  hear(source: Source): void {
    this.source = source;
    if (!this.#left) this.#owner.heard(this);
  }

  digit(digit: string, durationMs: number): void {
    if (!this.#left) this.#owner.digit(digit, durationMs);
  }

  close(): void {
    this.source = { kind: 'nothing' };
    // A leg that was never set up has told its signalling nothing.
    this.#over = true;
    this.#owner.closed(this);
  }

  quality(): Promise<LegQuality | undefined> {
    return this.#owner.quality();
  }

  #transferResult({ result }: Extract<SignallingCommand, { readonly kind: 'transferResult' }>): void {
    const leaving = this.#leaving;
    if (leaving === undefined) return;
    if (result === 'refused' && leaving.tries < mostTries) {
      leaving.tries += 1;
      this.#timer = this.#owner.clock.after(againMs, () => this.#leg?.transfer(leaving.target));
    } else if (result === 'refused' || result === 'failed') this.end();
  }

  #end(why: Cause): void {
    if (this.#over) return;
    const told = !this.#left;
    this.#tell({ kind: 'released', cause: why });
    if (told) this.#owner.gone(this, why);
  }

  #tell(event: SignallingEvent): void {
    if (this.#over) return;
    if (event.kind !== 'released') {
      this.#listener(event);
      return;
    }
    this.#over = true;
    this.#stopTimer();
    const leaving = this.#leaving;
    this.#leaving = undefined;
    this.#listener(event);
    leaving?.then();
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
