import { type Cause, type Clock, cause, type Log, Machine } from '../base/index.js';
import { type SessionDescription, sameTransport } from '../sdp/index.js';
import { Bridge, media } from './bridge.js';
import { CallDraft } from './call-draft.js';
import { type CallOptions, type CallPorts, type CallSummary, callDefaults, type Surrendered } from './call-options.js';
import { answererOf, endOf, type Payload, releaseCommand, type Transfer } from './call-payload.js';
import type { CallRecord } from './call-record.js';
import { optionsOf, type Resumption, resumeOf } from './call-resume.js';
import { summaryOf } from './call-summary.js';
import { type CallAction, type CallEvent, type CallState, type CallTiming, callTable } from './call-table.js';
import { enteringClock } from './entering-clock.js';
import { FlightRecord } from './flight-record.js';
import { Hunt } from './hunt.js';
import type { HuntStep, StepFailure } from './hunt-step.js';
import { partyBeside, transferFailed, transferSetup, wayTo } from './joining.js';
import type { CallSetup, Leg, LegEvent, TransferTarget } from './leg.js';
import { QualityNotes } from './quality-notes.js';
import { RecordKeeper } from './record-keeper.js';
import { SilenceWatch } from './silence-watch.js';

/**
 * Two legs and a bridge. Everything that happens is queued and handled one at a time; a bug in the handling ends this
 * call alone, and its flight record goes to the log.
 */
export class Call {
  readonly id: string;
  readonly sessionId: string;
  readonly #ports: CallPorts;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #setup: CallSetup;
  readonly #steps: readonly HuntStep[];
  readonly #ringMs: number;
  readonly #draft: CallDraft;
  readonly #flight = new FlightRecord();
  readonly #machine: Machine<CallState, CallEvent, CallAction, CallTiming, Payload>;
  readonly #mailbox: (() => void)[] = [];
  /** Every leg that is not released yet, those of abandoned steps included. */
  readonly #live = new Set<Leg>();
  /** At first, too: a leg that goes on may have ended meanwhile, and both are there before either is heard. */
  #busy = true;
  #broken = false;
  #hunt: Hunt | undefined;
  readonly #bridge: Bridge;
  #answer: Payload = {};
  #early: SessionDescription | undefined;
  #transfer: Transfer | undefined;
  readonly #keeper: RecordKeeper;
  readonly #quality = new QualityNotes();
  readonly #silence: SilenceWatch;
  /** The step that found each leg. */
  readonly #via = new Map<Leg, string>();

  /** Goes on with a call that talked in another process. */
  static resume(ports: CallPorts, resumption: Resumption): Call {
    return new Call(ports, optionsOf(resumption), resumption);
  }

  constructor(ports: CallPorts, options: CallOptions, resumption?: Resumption) {
    this.id = options.id;
    this.sessionId = options.setup.sessionId;
    this.#ports = ports;
    this.#log = ports.log.child({ call: options.id });
    this.#setup = options.setup;
    this.#steps = options.steps;
    this.#ringMs = options.ringMs ?? callDefaults.ringMs;
    this.#silence = new SilenceWatch(options.silenceMs ?? callDefaults.silenceMs);
    this.#quality.takesPart(options.incoming, 'caller');
    this.#bridge = new Bridge(options.incoming);
    this.#bridge.describe(options.incoming, options.setup.offer);
    this.#clock = enteringClock(ports.clock, (fire) => this.#enter(fire));
    this.#draft = CallDraft.of(options, ports.clock.wall(), resumption?.record);
    this.#keeper = new RecordKeeper(ports.store, this.#log, resumption?.record);
    this.#machine = new Machine(
      { ...callTable, initial: resumption === undefined ? callTable.initial : 'talking' },
      {
        clock: this.#clock,
        context: { recordMs: options.recordMs ?? callDefaults.recordMs },
        log: this.#log,
        actions: this.#actions(),
        onState: (state, from) => {
          this.#note(`${from} > ${state}`);
          if (state === 'talking' && from !== state) this.#keep();
          this.#ports.onChange?.(this);
        },
      },
    );
    this.#attach(options.incoming);
    if (resumption !== undefined) this.#takeUp(resumption);
    this.#busy = false;
    this.#enter(() => undefined);
  }

  /** `done` is the last. */
  get state(): CallState {
    return this.#broken ? 'done' : this.#machine.state;
  }

  get record(): CallRecord {
    return this.#draft.record;
  }

  get summary(): CallSummary {
    return summaryOf(this.#draft.record, this.#machine.state, this.#bridge.held, this.#hunt?.stepName);
  }

  /** Begins the hunt. Without effect when the caller is gone already. */
  start(): void {
    this.#enter(() => {
      if (this.#machine.state === 'new') this.#machine.handle('start');
    });
  }

  /** While nobody has been found: the step of that name is known to reach nobody, and is not waited for. */
  stepUnreachable(name: string): void {
    this.#hunt?.stepUnreachable(name);
  }

  /** Ends the call from outside, e.g. because its twin ended. */
  release(releaseCause: Cause): void {
    this.#enter(() => this.#machine.handle('release', { cause: releaseCause }));
  }

  /** While it rings: `leg` is called too. False: it does not ring. */
  pickUp(leg: Leg): boolean {
    if (this.#busy || this.#machine.state !== 'ringing') return false;
    let taken = false;
    this.#enter(() => {
      taken = this.#hunt?.add(leg) === true;
    });
    return taken;
  }

  /** Gives up whoever talks with the leg `keeper`: the call is over, and the party goes on in another one. Undefined: not now. */
  surrender(keeper: string, to: string): Surrendered | undefined {
    if (this.#busy || this.#machine.state !== 'talking') return undefined;
    const found = partyBeside(this.#bridge, keeper, this.#draft.record, this.#via);
    if (found === undefined) return undefined;
    const { keeping, surrendered } = found;
    this.#live.delete(surrendered.leg);
    this.#quality.leaves(surrendered.leg);
    this.#draft.transferred(to, []);
    this.#enter(() => this.#machine.handle('surrendered', { keeper: keeping }));
    return surrendered;
  }

  /** One thing at a time: what happens meanwhile waits its turn. */
  #enter(work: () => void): void {
    this.#mailbox.push(work);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) next();
    } catch (bug) {
      this.#collapse(bug);
    } finally {
      this.#busy = false;
    }
  }

  #takeUp({ record, caller, called }: Resumption): void {
    this.#bridge.called = called.leg;
    this.#quality.takesPart(called.leg, 'called');
    this.#attach(called.leg);
    for (const [end, kept] of [[caller, record.resume?.caller] as const, [called, record.resume?.called] as const]) {
      this.#bridge.describe(end.leg, end.described);
      if (kept?.via !== undefined) this.#via.set(end.leg, kept.via);
    }
  }

  #attach(leg: Leg): void {
    this.#live.add(leg);
    leg.on((event) => this.#enter(() => this.#hear(leg, event)));
  }

  #hear(leg: Leg, event: LegEvent): void {
    if (!this.#live.has(leg)) return;
    this.#note(`${leg.id} ${event.kind}`);
    if (event.kind === 'released') this.#live.delete(leg);
    if (this.#broken) return;
    if (this.#hunt?.hear(leg, event) !== true) this.#hearOwn(leg, event);
    if (this.#live.size === 0 && this.#machine.state === 'releasing') this.#machine.handle('drained');
  }

  /** An event of a leg that no hunt holds: one of the two that talk, the target of a transfer, or one that was left. */
  #hearOwn(leg: Leg, event: LegEvent): void {
    const transfer = this.#transfer;
    if (leg !== this.#bridge.caller && leg !== this.#bridge.called && leg !== transfer?.found) return;
    switch (event.kind) {
      case 'offered':
        this.#machine.handle(event.media === undefined ? 'offeredLate' : 'offered', { leg, media: event.media });
        break;
      case 'agreed':
        if (leg === this.#bridge.awaited) this.#machine.handle('agreed', { leg, media: event.media });
        break;
      case 'refused':
        if (leg === this.#bridge.awaited) this.#machine.handle('refused', { leg, refusal: event });
        break;
      case 'digit':
        this.#machine.handle('digit', { leg, digit: event });
        break;
      case 'transferRequested':
        this.#machine.handle('transferRequested', { leg, target: event.target });
        break;
      case 'settled':
        this.#keep();
        break;
      case 'adrift':
        this.#silence.adrift(leg);
        break;
      case 'silent':
        this.#silence.silent(leg, event.silentMs);
        if (this.#silence.isOver([this.#bridge.caller, this.#bridge.called], this.#bridge.held))
          this.#machine.handle('release', { cause: cause.recoveryOnTimerExpiry });
        break;
      case 'released':
        this.#machine.handle(leg === transfer?.transferor ? 'transferorGone' : 'gone', { leg, released: event });
        break;
      default:
        break;
    }
  }

  #actions(): { readonly [action in CallAction]: (timing: CallTiming, payload: Payload | undefined) => void } {
    return {
      hunt: () => this.#seek(this.#setup, this.#steps),
      alert: (_, p) => {
        this.#early = p?.media ?? this.#early;
        this.#bridge.caller.do({ kind: 'alert', ...media(p?.media) });
      },
      progress: (_, p) => {
        this.#early = p?.media ?? this.#early;
        this.#bridge.caller.do({ kind: 'progress', ...media(p?.media) });
      },
      adopt: (_, p) => this.#adopt(p),
      openRecord: () => this.#openRecord(),
      answer: () => this.#passAnswer(),
      answerLate: () => {
        this.#passAnswer();
        this.#bridge.awaitCallersAnswer();
      },
      passOffer: (_, p) => this.#passOffer(p),
      passLateOffer: (_, p) => this.#bridge.passLateOffer(p?.media),
      passAgreement: (_, p) => this.#agree(p),
      passLateAnswer: (_, p) => this.#agree(p),
      passRefusal: (_, p) => this.#bridge.refuse({ cause: cause.normalUnspecified, ...p?.refusal }),
      refuseExpired: () => this.#bridge.refuse({ cause: cause.recoveryOnTimerExpiry }),
      refuseGlare: (_, p) => p?.leg?.do({ kind: 'refuse', cause: cause.temporaryFailure, sipStatus: 491 }),
      passDigit: (_, p) => this.#passDigit(p),
      beginTransfer: (_, p) => this.#beginTransfer(p),
      refuseTransfer: (_, p) =>
        p?.leg?.do({ kind: 'transferResult', result: 'refused', cause: cause.temporaryFailure, sipStatus: 491 }),
      tellRinging: () => this.#transfer?.transferor.do({ kind: 'transferResult', result: 'ringing' }),
      rejoin: (_, p) => this.#rejoin(p),
      failTransfer: (_, p) => this.#failTransfer(p?.failure),
      abandonTransfer: () => this.#failTransfer(undefined),
      failRejoin: () => {
        const found = this.#transfer?.found;
        this.#failTransfer({ why: 'answered', cause: cause.bearerNotImplemented });
        this.#bridge.forget();
        found?.do({ kind: 'release', cause: cause.bearerNotImplemented });
      },
      join: (_, p) => this.#join(p),
      offerRealigned: (_, p) => {
        if (p?.leg !== undefined) this.#bridge.ask(p.leg, p.media);
      },
      releaseAll: (_, p) => this.#releaseAll(p),
      dropWinner: (_, p) => p?.leg?.do({ kind: 'release', cause: this.#draft.record.cause ?? cause.normalClearing }),
      giveUpLegs: () => {
        this.#log.warn('legs were not released in time', { legs: [...this.#live].map((leg) => leg.id) });
        this.#live.clear();
      },
      close: () => this.#close(),
    };
  }

  #seek(setup: CallSetup, steps: readonly HuntStep[]): void {
    this.#hunt = new Hunt({
      clock: this.#clock,
      log: this.#log,
      setup,
      steps,
      ringMs: this.#ringMs,
      owner: {
        opened: (leg) => this.#attach(leg),
        alerting: (early) => this.#machine.handle('alerting', { media: early }),
        progress: (early) => this.#machine.handle('progress', { media: early }),
        won: (leg, answer, step) =>
          this.#machine.handle(setup.offer === undefined ? 'wonLate' : 'won', {
            leg,
            step,
            media: answer.media,
            answerer: answererOf(answer),
          }),
        lost: (failure) => this.#machine.handle('lost', { failure }),
        stepFailed: (step, failure) => {
          this.#note(`step ${step.name} ${failure.why} ${failure.cause}`);
          this.#ports.onStepFailed?.(step, failure);
        },
        redirected: (targets) => this.#redirected(targets),
      },
    });
    this.#hunt.start();
  }

  #redirected(targets: readonly string[]): readonly HuntStep[] {
    return targets.flatMap((number) => {
      const routed = this.#ports.routeTransfer?.({ number }, 'called') ?? [];
      return 'refuse' in routed ? [] : routed;
    });
  }

  #adopt(payload: Payload | undefined): void {
    const leg = payload?.leg;
    if (leg === undefined) return;
    this.#bridge.called = leg;
    this.#quality.takesPart(leg, 'called');
    this.#answer = { media: payload?.media ?? this.#early, ...(payload?.answerer && { answerer: payload.answerer }) };
    this.#bridge.describe(leg, this.#answer.media);
    this.#via.set(leg, payload?.step?.name ?? '');
    this.#draft.answered(payload?.step?.name ?? '', this.#hunt?.records ?? [], this.#clock.wall());
  }

  #openRecord(): void {
    // Until an offer that came late is answered nobody else could go on with the call.
    const record = this.#setup.offer === undefined ? this.#draft.record : this.#resumable(this.#answer.media);
    void this.#keeper
      .open(record ?? this.#draft.record)
      .then(() => this.#enter(() => this.#machine.handle('recorded')));
  }

  /** The record on disk follows what another process would need. */
  #keep(): void {
    // In `realigning` the two legs are joined already; in the other states the next `talking` is awaited.
    this.#keeper.keep(() => (['talking', 'realigning'].includes(this.state) ? this.#resumable() : undefined));
  }

  #resumable(answer?: SessionDescription): CallRecord | undefined {
    const resume = resumeOf(this.#bridge, this.#via, this.#setup, answer);
    return resume && { ...this.#draft.record, resume };
  }

  #passAnswer(): void {
    this.#bridge.caller.do({ kind: 'answer', ...media(this.#answer.media), ...this.#answer.answerer });
  }

  #passOffer(payload: Payload | undefined): void {
    if (payload?.leg === undefined) return;
    const refusal = this.#bridge.pass(payload.leg, payload.media);
    if (refusal !== undefined) this.#machine.handle('refused', { refusal });
  }

  #agree(payload: Payload | undefined): void {
    this.#bridge.agree(payload?.media);
    this.#ports.onChange?.(this);
  }

  #passDigit(payload: Payload | undefined): void {
    const other = this.#bridge.other(payload?.leg);
    if (payload?.digit === undefined || payload.leg === this.#transfer?.found || other?.can.digits !== true) return;
    other.do(payload.digit);
  }

  #beginTransfer(payload: Payload | undefined): void {
    const transferor = payload?.leg;
    const target = payload?.target;
    const remaining = this.#bridge.other(transferor);
    if (transferor === undefined || target === undefined || remaining === undefined) return;
    const by = transferor === this.#bridge.caller ? 'caller' : 'called';
    if (target.joins !== undefined) {
      this.#joinCalls(transferor, remaining, target, target.joins);
      return;
    }
    const routed = remaining.can.hold ? wayTo(target, by, this.#ports) : { refuse: cause.facilityRejected };
    const accepted = !('refuse' in routed);
    this.#transfer = { transferor, remaining, target, accepted, found: undefined, late: false };
    if ('refuse' in routed) {
      transferor.do({ kind: 'transferResult', result: 'refused', cause: routed.refuse });
      this.#machine.handle('lost');
      return;
    }
    transferor.do({ kind: 'transferResult', result: 'accepted' });
    const offer = this.#bridge.offerOf(remaining);
    this.#transfer.late = offer === undefined;
    const stays = remaining === this.#bridge.caller ? 'caller' : { number: this.#draft.record.to };
    this.#seek(transferSetup(this.#setup, target, stays, offer), routed);
  }

  /** The target talks already, with the one who asks, in another call. */
  #joinCalls(transferor: Leg, remaining: Leg, target: TransferTarget, keeper: string): void {
    const { from, to } = this.#draft.record;
    const stays = remaining === this.#bridge.caller ? from.number : to;
    const taken = this.#ports.takeOver?.(keeper, stays);
    const accepted = taken !== undefined;
    this.#transfer = { transferor, remaining, target, accepted, found: undefined, late: false, taken };
    if (taken === undefined) {
      transferor.do({ kind: 'transferResult', result: 'refused', cause: cause.temporaryFailure });
      this.#machine.handle('lost');
      return;
    }
    transferor.do({ kind: 'transferResult', result: 'accepted' });
    this.#attach(taken.leg);
    this.#machine.handle('won', { leg: taken.leg, media: taken.described });
  }

  #rejoin(payload: Payload | undefined): void {
    const transfer = this.#transfer;
    const found = payload?.leg;
    if (transfer === undefined || found === undefined) return;
    transfer.found = found;
    this.#bridge.describe(found, payload?.media);
    this.#bridge.ask(transfer.remaining, payload?.media);
  }

  #join(payload: Payload | undefined): void {
    const transfer = this.#transfer;
    const found = transfer?.found;
    if (transfer === undefined || found === undefined) return;
    const { transferor, remaining } = transfer;
    const offered = this.#bridge.offerOf(remaining);
    this.#transfer = undefined;
    this.#bridge.forget();
    this.#bridge.describe(remaining, payload?.media);
    const side = transferor === this.#bridge.caller ? 'caller' : 'called';
    this.#bridge[side] = found;
    this.#quality.takesPart(found, side);
    this.#via.set(found, transfer.taken?.via ?? this.#hunt?.stepName ?? '');
    const { taken, target } = transfer;
    this.#draft.transferred((taken ?? target).number, taken === undefined ? (this.#hunt?.records ?? []) : []);
    if (this.#live.has(transferor)) {
      transferor.do({ kind: 'transferResult', result: 'answered' });
      transferor.do({ kind: 'release', cause: cause.normalClearing });
    }
    const agreed = payload?.media;
    if (transfer.late) found.do({ kind: 'agree', ...media(agreed) });
    else if (
      agreed !== undefined &&
      (taken !== undefined || offered === undefined || !sameTransport(offered, agreed))
    ) {
      this.#machine.handle('realign', { leg: found, media: agreed });
    }
  }

  #failTransfer(failure: StepFailure | undefined): void {
    const transfer = this.#transfer;
    this.#transfer = undefined;
    if (transfer?.accepted !== true) return;
    transfer.transferor.do(transferFailed(failure));
  }

  #releaseAll(payload: Payload | undefined): void {
    this.#draft.ended(endOf(payload, this.#bridge.caller), this.#clock.wall());
    this.#hunt?.stop();
    this.#draft.tried(this.#hunt?.records ?? []);
    const command = releaseCommand(this.#draft.record.cause ?? cause.normalClearing, payload);
    for (const leg of [...this.#live]) leg.do(command);
    if (this.#live.size === 0) this.#machine.handle('drained');
  }

  /** Runs once: the table enters `done` once, and a bug can only come before. */
  #close(): void {
    const { record } = this.#draft;
    if (this.#draft.endedBadly)
      this.#log.warn('call ended badly', { cause: record.cause, flight: this.#flight.lines() });
    const ended = (closed: CallRecord): void => void this.#keeper.close(closed).then(() => this.#ports.onEnd?.(closed));
    const figures = this.#quality.figures();
    if (figures === undefined) ended(record);
    else void figures.then((quality) => ended({ ...record, quality }));
  }

  /** A bug of ours: this call ends here, and no other. */
  #collapse(bug: unknown): void {
    this.#mailbox.length = 0;
    this.#log.error('bug in a call', { error: String(bug), flight: this.#flight.lines() });
    if (this.state === 'done') return;
    this.#broken = true;
    this.#machine.stop();
    this.#hunt?.halt();
    this.#draft.ended({ cause: cause.temporaryFailure, releasedBy: 'holdfast' }, this.#clock.wall());
    for (const leg of [...this.#live]) {
      try {
        leg.do({ kind: 'release', cause: cause.temporaryFailure });
      } catch (error) {
        this.#log.error('leg not released', { leg: leg.id, error: String(error) });
      }
    }
    this.#close();
    this.#ports.onChange?.(this);
  }

  #note(text: string): void {
    this.#flight.add(this.#clock.now(), text);
  }
}
