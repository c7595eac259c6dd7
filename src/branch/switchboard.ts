import { type Cause, cause, type Log, uuid } from '../base/index.js';
import {
  Call,
  type CallPorts,
  type CallRecord,
  type CallSetup,
  type CallSummary,
  type HuntStep,
  type Leg,
  type LegContinuation,
  type Party,
  type ResumedEnd,
  type StepFailure,
  type Surrendered,
  type TransferTarget,
} from '../call/index.js';
import type { User } from '../directory/index.js';
import type { EmergencyNumbers } from '../emergency/index.js';
import type { Telephones } from '../lines/index.js';
import type { Binding, GruuTarget, Registrar } from '../registrar/index.js';
import type { CallOrigin, RoutePlan, Router, RouteStep, TrunkFailure, TrunkPool } from '../routing/index.js';
import type { Posture } from '../survivability/index.js';
import type { TrunkLines } from '../trunks/index.js';
import type { PathMonitor } from '../wan/index.js';
import { calledParty, originName, readOrigin } from './call-origin.js';
import { extensionSteps } from './extension-step.js';
import { LegDesk } from './leg-desk.js';
import type { Peers } from './peers.js';
import type { ArrivingCall, BranchPorts, LineCall } from './ports.js';
import { outerHalves, Twins } from './twins.js';

/** What a refusal is said to, and of whom. */
interface Refusable {
  readonly leg: Leg;
  readonly setup: CallSetup;
  readonly source: { readonly address: string };
}

type Phones = readonly (readonly Binding[])[];

export interface SwitchboardOptions {
  readonly ports: BranchPorts;
  readonly registrar: Registrar;
  readonly trunks: TrunkPool;
  /** Trunks over lines; undefined where there are none. */
  readonly lines: () => TrunkLines | undefined;
  /** A leg that another process left on a line; undefined: it is not as it was left. */
  readonly resumedOnLine: (kept: LegContinuation) => ResumedEnd | undefined;
  readonly peers: Peers;
  /** As configured at this moment. */
  readonly router: () => Router;
  readonly emergency: () => EmergencyNumbers;
  readonly path: PathMonitor;
  readonly posture: () => Posture;
  /** True while the centre may be left to end calls that pass it. */
  readonly centreAnswers: () => boolean;
  /** Whether a phone at this address may call for help without a registration. */
  readonly mayCallForHelp: (address: string) => boolean;
  readonly ringMs: () => number;
  readonly silenceMs: () => number;
  /** Telephones on lines; undefined where there are none. */
  readonly stations: () => Telephones | undefined;
  /** Whether a user is a fax machine on a line. */
  readonly isFax: (username: string) => boolean;
  readonly count: (counter: Counter) => void;
  readonly onChange: () => void;
}

export type Counter =
  | 'calls'
  | 'callsAnswered'
  | 'callsRerouted'
  | 'callsRefused'
  | 'callsResumed'
  | 'callsChallenged'
  | 'emergencyCalls'
  | 'registersAccepted'
  | 'registersRefused';

/** Takes every arriving call: whose is it, may it, where to; then the call runs itself. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #log: Log;
  readonly #calls = new Map<string, Call>();
  readonly #twins: Twins;
  readonly #legs: LegDesk;

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#log = options.ports.log.child({ part: 'switchboard' });
    this.#twins = new Twins(options.ports.clock, options.centreAnswers);
    this.#legs = new LegDesk({ ...options, log: this.#log, adrift: (sessionId) => this.#twins.adrift(sessionId) });
  }

  /** Every call that is carried, halves included. */
  get carried(): readonly CallSummary[] {
    return [...this.#calls.values()].map((call) => call.summary);
  }

  /** For people: a call that passes the centre is one. */
  get calls(): readonly CallSummary[] {
    const live = [...this.#calls.values()].map(({ sessionId, summary }) => ({ sessionId, summary }));
    const shown = outerHalves(live, ({ sessionId, summary: { via } }) => ({ sessionId, via }));
    return shown.map(({ summary }) => summary);
  }

  arrive(arriving: ArrivingCall): void {
    const gruu = this.#options.registrar.byGruu(arriving.requestUri);
    const dialled = gruu?.kind === 'phone' ? gruu.username : this.#dialledOf(arriving);
    const origin = this.#originOf(arriving, dialled);
    if (origin === undefined) return;
    if (gruu?.kind === 'refused') {
      this.#refuse(arriving, cause.noUserResponding, 'the telephone of this GRUU is not registered', gruu.status);
      return;
    }
    const plan = this.#route(arriving.setup, origin, dialled);
    if (plan.kind === 'refuse') {
      this.#refuse(arriving, plan.cause, plan.reason);
      return;
    }
    const arrived = this.#legs.arrived(arriving, origin);
    if (!arrived.ok) {
      this.#refuse(arriving, arrived.error.cause, arrived.error.why, arrived.error.sipStatus);
      return;
    }
    this.#open({ ...arrived.value, origin }, gruu === undefined ? plan : instanceOnly(plan, gruu), gruu?.phones);
  }

  /** A call that begins on a line. */
  arriveOnLine(call: LineCall): void {
    const refused = { ...call, source: { address: call.leg.id } };
    const { setup, origin } = call;
    if (this.#options.ports.anchors === undefined) {
      this.#refuse(refused, cause.bearerNotImplemented, 'calls over lines need media.path: anchored');
      return;
    }
    const plan = this.#route(setup, origin, setup.dialled);
    if (plan.kind === 'refuse') this.#refuse(refused, plan.cause, plan.reason);
    else this.#open(call, plan);
  }

  /** `leg` is called by a call that rings an extension, that one or any. False: none rings. */
  pickUp(extension: string | undefined, leg: Leg): boolean {
    return [...this.#calls.values()].some((call) => {
      const { state, via, to } = call.summary;
      const rings = state === 'ringing' && via.startsWith('extension ') && (extension ?? to) === to;
      return rings && call.pickUp(leg);
    });
  }

  release(id: string): boolean {
    const call = this.#calls.get(id);
    call?.release(cause.normalClearing);
    return call !== undefined;
  }

  /** The centre is known to be lost: a call that still waits for a first sign of life from it waits no longer. */
  centreLost(): void {
    for (const call of this.#calls.values()) call.stepUnreachable('centre');
  }

  /** The posture changed: calls whose other half ended may now have to be ended here. */
  checkTwins(): void {
    this.#twins.check();
  }

  stop(): void {
    this.#twins.stop();
    for (const call of this.#calls.values()) {
      if (call.record.answeredWall === undefined) call.release(cause.temporaryFailure);
    }
  }

  /** Goes on with what another process left; resolves with the number of calls that do. */
  async resume(records: readonly CallRecord[]): Promise<number> {
    const interrupted = records.filter((record) => !this.#takeUp(record));
    for (const record of interrupted) {
      const end = { endedWall: this.#options.ports.clock.wall(), cause: cause.temporaryFailure } as const;
      const { resume: _resume, ...closed } = record;
      try {
        await this.#options.ports.records.close({ ...closed, ...end, releasedBy: 'holdfast' });
      } catch (error) {
        this.#log.error('call record not closed', { id: record.id, error: String(error) });
      }
    }
    return records.length - interrupted.length;
  }

  /** False: the call cannot go on. */
  #takeUp(record: CallRecord): boolean {
    const { count, onChange } = this.#options;
    const origin = readOrigin(record, this.#options.ports.directory);
    const caller = this.#legs.resumed(record.resume?.caller, origin.kind === 'centre', record.sessionId);
    const called = this.#legs.resumed(record.resume?.called, false, record.sessionId);
    if (caller === undefined || called === undefined) {
      for (const end of [caller, called]) end?.leg.do({ kind: 'release', cause: cause.temporaryFailure });
      return false;
    }
    const call: Call = Call.resume(
      this.#callPorts(record.id, origin, () => call),
      { record, caller, called },
    );
    this.#calls.set(call.id, call);
    this.#twins.add(call);
    count('callsResumed');
    onChange();
    this.#log.info('call goes on', { id: call.id, from: record.from.number, to: record.to });
    return true;
  }

  /** The centre calls a binding; everybody else dials. */
  #dialledOf(arriving: ArrivingCall): string {
    if (!this.#options.peers.isCentre(arriving.source.address)) return arriving.setup.dialled;
    const { registrar } = this.#options;
    // With Path (RFC 3327) the centre calls the phone's own contact, whose user part may be anything.
    const binding =
      arriving.token === undefined ? registrar.byContact(arriving.requestUri) : registrar.byToken(arriving.token);
    return binding?.username ?? arriving.setup.dialled;
  }

  #originOf(arriving: ArrivingCall, dialled: string): CallOrigin | undefined {
    const { address, port } = arriving.source;
    if (this.#options.peers.isCentre(address)) {
      this.#options.path.heard();
      return { kind: 'centre' };
    }
    const trunk = this.#options.peers.trunkAt(address, port);
    if (trunk !== undefined) return { kind: 'trunk', trunk };
    return this.#phoneOf(arriving, dialled);
  }

  /** The phone's user, once it has proved who it is; emergency calls are taken from the branch's networks as they are. */
  #phoneOf(arriving: ArrivingCall, dialled: string): CallOrigin | undefined {
    const { registrar, emergency, mayCallForHelp, ports } = this.#options;
    if (emergency().match(dialled) !== undefined && mayCallForHelp(arriving.source.address)) {
      const user = ports.directory.byUsername(arriving.setup.from.number);
      return user === undefined ? { kind: 'phone' } : { kind: 'phone', user };
    }
    const verdict = registrar.authenticate({
      method: 'INVITE',
      uri: arriving.requestUri,
      from: arriving.setup.from.number,
      ...(arriving.authorization === undefined ? {} : { authorization: arriving.authorization }),
    });
    switch (verdict.kind) {
      case 'ok':
        return { kind: 'phone', user: verdict.user };
      case 'unknown':
        return { kind: 'phone' };
      case 'challenge':
        this.#options.count('callsChallenged');
        arriving.leg.do({
          kind: 'release',
          cause: cause.callRejected,
          sipStatus: verdict.status,
          challenge: verdict.headers,
        });
        return undefined;
      case 'refused':
        this.#refuse(arriving, cause.callRejected, verdict.reason, verdict.status);
        return undefined;
    }
  }

  #route({ asserted, from }: CallSetup, origin: CallOrigin, dialled: string): RoutePlan {
    const calling = asserted?.number ?? from.number;
    return this.#options.router().route({
      origin,
      dialled,
      calls: this.#options.posture().calls,
      ...(calling === '' ? {} : { calling }),
    });
  }

  #refuse(arriving: Refusable, why: Cause, reason: string, sipStatus?: number): void {
    this.#options.count('calls');
    this.#options.count('callsRefused');
    this.#log.info('call refused', {
      from: arriving.setup.from.number,
      dialled: arriving.setup.dialled,
      source: arriving.source.address,
      cause: why,
      reason,
    });
    arriving.leg.do({ kind: 'release', cause: why, ...(sipStatus === undefined ? {} : { sipStatus }) });
  }

  #open({ leg, setup, origin }: LineCall, plan: RoutePlan & { readonly kind: 'route' }, phones?: Phones): void {
    const { ports, count, onChange, silenceMs } = this.#options;
    const id = uuid(ports.random);
    count('calls');
    const user = this.#userOf(origin);
    if (plan.emergency) {
      count('emergencyCalls');
      this.#log.warn('emergency call', {
        id,
        dialled: setup.dialled,
        from: setup.from.number,
        user: user?.username ?? '',
      });
    }
    const call: Call = new Call(
      this.#callPorts(id, origin, () => call),
      {
        id,
        incoming: leg,
        setup,
        steps: this.#steps(plan, user, setup.sessionId, phones),
        called: plan.called,
        origin: originName(origin),
        emergency: plan.emergency,
        ringMs: this.#options.ringMs(),
        silenceMs: silenceMs(),
        ...(user === undefined ? {} : { user: user.username }),
      },
    );
    this.#calls.set(id, call);
    this.#twins.add(call);
    onChange();
    call.start();
  }

  #callPorts(id: string, origin: CallOrigin, call: () => Call): CallPorts {
    const { ports, onChange } = this.#options;
    return {
      clock: ports.clock,
      log: this.#log.child({ call: id }),
      store: ports.records,
      routeTransfer: (target, by) => this.#transfer(call(), origin, target, by),
      takeOver: (keeper, to) => this.#takeOver(keeper, to),
      onStepFailed: (step, failure) => this.#stepFailed(step, failure),
      onChange,
      onEnd: (record) => this.#ended(call(), record),
    };
  }

  #takeOver(keeper: string, to: string): Surrendered | undefined {
    for (const call of this.#calls.values()) {
      const surrendered = call.surrender(keeper, to);
      if (surrendered !== undefined) return surrendered;
    }
    return undefined;
  }

  #ended(call: Call, record: CallRecord): void {
    this.#calls.delete(call.id);
    if (record.answeredWall !== undefined) this.#options.count('callsAnswered');
    this.#twins.ended(call, record);
    this.#options.onChange();
  }

  /** Where a transfer leads is decided as if the person who asks had dialled it. */
  #transfer(
    call: Call,
    origin: CallOrigin,
    target: TransferTarget,
    by: 'caller' | 'called',
  ): readonly HuntStep[] | { readonly refuse: Cause } {
    const asking = by === 'caller' ? origin : calledParty(call.summary.via, this.#options.ports.directory);
    if (asking === undefined || asking.kind === 'trunk') return { refuse: cause.facilityRejected };
    const gruu = target.gruu === undefined ? undefined : this.#options.registrar.byGruu(target.gruu);
    if (gruu?.kind === 'refused') return { refuse: cause.noUserResponding };
    const plan = this.#options.router().route({
      origin: asking,
      dialled: gruu?.username ?? target.number,
      calls: this.#options.posture().calls,
    });
    if (plan.kind === 'refuse') return { refuse: plan.cause };
    // The centre compares the caller shown with the credentials: they are those of the person who stays in the call.
    const staying = by === 'caller' ? call.record.to : call.record.from.number;
    const { directory } = this.#options.ports;
    const shown = directory.byUsername(staying) ?? directory.byExtension(staying) ?? directory.byDid(staying);
    const leading = gruu === undefined ? plan : instanceOnly(plan, gruu);
    return this.#steps(leading, shown ?? this.#userOf(asking), call.sessionId, gruu?.phones);
  }

  #userOf(origin: CallOrigin): User | undefined {
    if (origin.kind !== 'phone' || origin.user === undefined) return undefined;
    return this.#options.ports.directory.byUsername(origin.user.username);
  }

  /** `phones`: those that a call to an extension may ring; all of its user's where absent. `forwards`: as its user set it. */
  #steps(
    plan: RoutePlan & { readonly kind: 'route' },
    user: User | undefined,
    sessionId: string,
    phones?: Phones,
    forwards = true,
  ): readonly HuntStep[] {
    return this.#reachable(plan).flatMap((step) => {
      if (step.via !== 'extension') return [this.#step(step, plan.emergency, user, sessionId)];
      const { registrar, stations } = this.#options;
      const forwarded = (number: string) => (forwards ? this.#forwarded(number, step.username, sessionId) : []);
      const ground = { registrar, stations: stations(), legs: this.#legs, forwarded };
      return extensionSteps(ground, step.username, phones);
    });
  }

  /** As if the user had dialled the number; whoever has that one is called, and forwards no further. */
  #forwarded(dialled: string, username: string, sessionId: string): readonly HuntStep[] {
    const { router, posture, ports } = this.#options;
    const user = ports.directory.byUsername(username);
    const origin: CallOrigin = user === undefined ? { kind: 'phone' } : { kind: 'phone', user };
    const plan = router().route({ origin, dialled, calls: posture().calls });
    return plan.kind === 'refuse' ? [] : this.#steps(plan, user, sessionId, undefined, false);
  }

  /** Whose only telephones are on lines is called here alone as long as the centre does not know of them. */
  #reachable({ steps }: RoutePlan & { readonly kind: 'route' }): readonly RouteStep[] {
    const { stations, registrar } = this.#options;
    const onLines = steps.find(
      (step) =>
        step.via === 'extension' &&
        stations()?.has(step.username) &&
        registrar.phonesOf(step.username).length === 0 &&
        !registrar.lineIsAtCentre(step.username),
    );
    return onLines === undefined ? steps : [onLines];
  }

  #step(
    step: Exclude<RouteStep, { readonly via: 'extension' }>,
    emergency: boolean,
    user: User | undefined,
    sessionId: string,
  ): HuntStep {
    const { path } = this.#options;
    switch (step.via) {
      case 'centre':
        return {
          name: 'centre',
          open: () => [this.#legs.toCentre(step.number, user, sessionId)],
          giveUpMs: path.giveUpMs(),
          overrides: { dialled: step.number },
        };
      case 'trunk':
        return {
          name: `trunk ${step.trunk}`,
          open: () => {
            const { callingNumber } = step;
            const fax = user !== undefined && this.#options.isFax(user.username);
            const placed = { emergency, fax, ...(callingNumber === undefined ? {} : { callingNumber }) };
            const leg = this.#legs.toTrunk(step.trunk, step.number, placed);
            return leg === undefined ? [] : [leg];
          },
          giveUpMs: step.giveUpMs,
          overrides: {
            dialled: step.number,
            ...(step.callingNumber === undefined ? {} : { from: this.#shownTo(step.trunk, step.callingNumber, user) }),
          },
        };
    }
  }

  /** Gateways are given the number alone; lines that can say a name have it from here. */
  #shownTo(trunk: string, number: string, user: User | undefined): Party {
    const named = user?.displayName !== undefined && this.#options.trunks.settings(trunk)?.channels !== undefined;
    return { number, ...(named ? { displayName: user.displayName } : {}) };
  }

  #stepFailed(step: HuntStep, failure: StepFailure): void {
    if (failure.why === 'noAnswer' || failure.why === 'nobody') return;
    const [kind, name = ''] = step.name.split(' ');
    if (kind === 'centre') {
      this.#options.count('callsRerouted');
      if (failure.why === 'silent') this.#options.path.callSilent();
    }
    if (kind === 'trunk') this.#trunkFailed(name, failure);
  }

  #trunkFailed(name: string, failure: StepFailure): void {
    if (failure.why === 'answered' && failure.sipStatus !== 503) return;
    const kind: TrunkFailure =
      failure.why === 'refused' || failure.why === 'unresolved' || failure.why === 'silent' ? failure.why : 'failing';
    this.#options.trunks.reportFailure(name, trunkFailureText[kind], kind);
  }
}

/** One telephone of one user is called here, wherever the user's calls go otherwise: nobody else knows the instance. */
function instanceOnly(
  plan: RoutePlan & { readonly kind: 'route' },
  { username }: GruuTarget & { readonly kind: 'phone' },
): RoutePlan & { readonly kind: 'route' } {
  return { ...plan, steps: [{ via: 'extension', username }] };
}

const trunkFailureText: { readonly [failure in TrunkFailure]: string } = {
  silent: 'does not answer calls',
  failing: 'answers calls with 503',
  unresolved: 'its name does not resolve',
  refused: 'refuses the connection',
};
