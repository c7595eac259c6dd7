import { type Cause, cause } from '../base/index.js';
import { bareNumber, type EmergencyMatch, type EmergencyNumbers } from '../emergency/index.js';
import type { DialPlan, OutsideNumber } from './dial-plan.js';
import { type DigitsState, digitsState } from './dialled-digits.js';
import type { RoutedUser, RoutePlan, RouteRequest, RouteStep, UserLookup } from './route-plan.js';
import type { TrunkPool } from './trunk-pool.js';

export interface RouterOptions {
  readonly dialPlan: DialPlan;
  readonly trunks: TrunkPool;
  readonly directory: UserLookup;
  readonly emergency: EmergencyNumbers;
}

/** What a number leads to, before it is asked who calls. */
type Destination =
  | { readonly kind: 'user'; readonly user: RoutedUser }
  | { readonly kind: 'outside'; readonly outside: OutsideNumber }
  | { readonly kind: 'none'; readonly cause: Cause; readonly reason: string };

/** Decides where a call goes. Every plan holds all the steps that a call may need, so that no mode change is waited for. */
export class Router {
  readonly #plan: DialPlan;
  readonly #trunks: TrunkPool;
  readonly #directory: UserLookup;
  readonly #emergency: EmergencyNumbers;

  constructor(options: RouterOptions) {
    this.#plan = options.dialPlan;
    this.#trunks = options.trunks;
    this.#directory = options.directory;
    this.#emergency = options.emergency;
  }

  route(request: RouteRequest): RoutePlan {
    switch (request.origin.kind) {
      case 'phone':
        return this.#fromPhone(request, request.origin.user);
      case 'centre':
        return this.#fromCentre(request);
      case 'trunk':
        return this.#fromTrunk(request, request.origin.trunk);
    }
  }

  /** Whether digits that arrive one by one on a trunk are a whole number, which no further one could lead elsewhere. */
  isWhole(trunk: string, digits: string): boolean {
    if (this.#trunks.settings(trunk)?.classOfRestriction === undefined) return this.#ownNumber(digits) !== undefined;
    return this.digitsState(digits) === 'complete';
  }

  /** How far digits are that a person dials one by one. */
  digitsState(digits: string): DigitsState {
    return digitsState(this.#plan, this.#directory, this.#emergency, digits);
  }

  /** The extension, here or at another site, that a caller's number belongs to. */
  extensionOf(callingNumber: string): string | undefined {
    for (const e164 of this.#plan.numbering.candidates(bareNumber(callingNumber))) {
      const extension = this.#directory.byDid(e164)?.extension ?? this.#plan.otherSiteExtension(e164);
      if (extension !== undefined) return extension;
    }
    return undefined;
  }

  #fromPhone(request: RouteRequest, user: RoutedUser | undefined): RoutePlan {
    const help = this.#emergency.match(request.dialled);
    if (help !== undefined) return this.#toHelp(help, user?.did, request.allowCentre ?? true);
    const dialled = bareNumber(request.dialled);
    const local = this.#locally(dialled, user);
    if (request.calls === 'local' || request.allowCentre === false) return local;
    // The centre's dial plan is the one that people know: it gets what was dialled, and our own view is the fall-back.
    const centre: RouteStep = { via: 'centre', number: dialled };
    if (local.kind === 'refuse') return { kind: 'route', emergency: false, called: dialled, steps: [centre] };
    return { ...local, steps: [centre, ...local.steps] };
  }

  #locally(dialled: string, user: RoutedUser | undefined): RoutePlan {
    if (user === undefined) return refuse(cause.outgoingCallsBarred, 'this phone has not proved who uses it');
    const destination = this.#destination(dialled);
    if (destination.kind === 'none') return refuse(destination.cause, destination.reason);
    if (destination.kind === 'user') return toUser(destination.user);
    const barred = this.#plan.barred(user.classOfRestriction, destination.outside);
    if (barred !== undefined) return refuse(cause.outgoingCallsBarred, barred);
    return this.#overTrunks(destination.outside, user.did);
  }

  /** The centre's calls end here: sending one back would make a loop. */
  #fromCentre(request: RouteRequest): RoutePlan {
    const dialled = bareNumber(request.dialled);
    const calling = this.#callingNumber(request.calling);
    // Users first: a phone's contact may be user 110, whom the centre calls where a person would be calling for help.
    const user = this.#directory.byUsername(request.dialled) ?? this.#user(dialled);
    if (user !== undefined) return toUser(user);
    const help = this.#emergency.match(request.dialled);
    if (help !== undefined) return this.#toHelp(help, calling, false);
    const ours = this.#ownNumber(dialled);
    if (ours !== undefined) return toUser(ours);
    const number = this.#plan.readFromCentre(dialled);
    const destination = this.#outside(number, dialled);
    if (destination.kind === 'none') return refuse(destination.cause, destination.reason);
    if (destination.kind === 'user') return toUser(destination.user);
    return this.#overTrunks(destination.outside, calling);
  }

  /** A call from the telephone network reaches users here, and nothing beyond: a box that passes it on is a toll fraud. */
  #fromTrunk(request: RouteRequest, trunk: string): RoutePlan {
    const dialled = bareNumber(request.dialled);
    const className = this.#trunks.settings(trunk)?.classOfRestriction;
    if (className !== undefined) return this.#fromExchange(request, trunk, className);
    const fallback = this.#plan.defaultExtension;
    const behind = this.#ownNumber(dialled) === undefined ? this.#toExchange(dialled, request, trunk) : undefined;
    if (behind !== undefined) return behind;
    const user =
      this.#ownNumber(dialled) ?? (fallback === undefined ? undefined : this.#directory.byExtension(fallback));
    if (user === undefined) return refuse(cause.unallocatedNumber, `nobody here has the number ${dialled}`);
    const local = toUser(user);
    if (request.calls === 'local' || request.allowCentre === false) return local;
    // The centre knows the user's features: forwarding, voicemail, all phones elsewhere.
    const number = user.did ?? user.extension;
    return { ...local, steps: [{ via: 'centre', number }, ...local.steps] };
  }

  /** A number that the dial plan gives to PBXs behind us alone (`trunks` of its pattern): theirs are direct numbers, too. */
  #toExchange(dialled: string, request: RouteRequest, trunk: string): RoutePlan | undefined {
    for (const e164 of this.#plan.numbering.candidates(dialled)) {
      const { action, trunks = [] } = this.#plan.ruleForNumber(e164) ?? {};
      const behind = trunks.filter((name) => this.#trunks.settings(name)?.classOfRestriction !== undefined);
      if (action !== 'dial' || trunks.length === 0 || behind.length < trunks.length) continue;
      const outside: OutsideNumber = { number: { kind: 'e164', number: e164 }, category: 'internal', trunks };
      return this.#overTrunks(outside, this.#callingNumber(request.calling), trunk);
    }
    return undefined;
  }

  /** A PBX behind us: its users may call as users of that class here, and nobody is rung for numbers that do not exist. */
  #fromExchange(request: RouteRequest, trunk: string, className: string): RoutePlan {
    const calling = this.#callingNumber(request.calling);
    const help = this.#emergency.match(request.dialled);
    if (help !== undefined) return this.#toHelp(help, calling, request.allowCentre ?? true, trunk);
    const destination = this.#destination(bareNumber(request.dialled));
    if (destination.kind === 'none') return refuse(destination.cause, destination.reason);
    if (destination.kind === 'outside') {
      const barred = this.#plan.barred(className, destination.outside);
      if (barred !== undefined) return refuse(cause.outgoingCallsBarred, barred);
      return this.#overTrunks(destination.outside, calling, trunk);
    }
    const { user } = destination;
    const local = toUser(user);
    if (request.calls === 'local' || request.allowCentre === false) return local;
    return { ...local, steps: [{ via: 'centre', number: user.did ?? user.extension }, ...local.steps] };
  }

  #toHelp(help: EmergencyMatch, did: string | undefined, allowCentre: boolean, not?: string): RoutePlan {
    const steps: RouteStep[] = this.#trunks
      .pick({ emergency: true, ...(not === undefined ? {} : { not }) })
      .map((trunk) => this.#trunkStep(trunk, help.send, did, this.#emergency.giveUpMs, true));
    if (allowCentre) steps.push({ via: 'centre', number: help.number });
    if (steps.length === 0) return refuse(cause.noRouteToDestination, 'there is no line for emergency calls');
    return { kind: 'route', emergency: true, called: help.number, steps };
  }

  #destination(dialled: string): Destination {
    const user = this.#user(dialled);
    if (user !== undefined) return { kind: 'user', user };
    const rule = this.#plan.ruleForDialled(dialled);
    if (rule === undefined) {
      const other = this.#otherSite(dialled);
      return other ?? this.#outside(this.#plan.readDialled(dialled), dialled);
    }
    if (rule.action === 'refuse') return barredForAll(dialled);
    const rewritten = rule.prepend + dialled.slice(rule.strip);
    const named = this.#user(rewritten);
    if (named !== undefined) return { kind: 'user', user: named };
    const found = this.#otherSite(rewritten) ?? this.#outside(this.#plan.numbering.normalise(rewritten), rewritten);
    if (found.kind !== 'outside') return found;
    const { category = found.outside.category, trunks = found.outside.trunks } = rule;
    return {
      kind: 'outside',
      outside: { number: found.outside.number, category, ...(trunks === undefined ? {} : { trunks }) },
    };
  }

  #otherSite(extension: string): Destination | undefined {
    const did = this.#plan.otherSite(extension);
    if (did === undefined) return undefined;
    return { kind: 'outside', outside: { number: { kind: 'e164', number: did }, category: 'internal' } };
  }

  #outside(number: ReturnType<DialPlan['readDialled']>, dialled: string): Destination {
    if (number.kind === 'invalid') {
      const nobody = this.#plan.isExtensionLike(dialled) || !/^\+?\d+$/.test(dialled);
      return {
        kind: 'none',
        cause: nobody ? cause.unallocatedNumber : cause.invalidNumberFormat,
        reason: number.reason,
      };
    }
    const user = number.kind === 'e164' ? this.#ownE164(number.number) : undefined;
    if (user !== undefined) return { kind: 'user', user };
    const rule = this.#plan.ruleForNumber(number.number);
    if (rule?.action === 'refuse') return barredForAll(number.number);
    const category = rule?.category ?? this.#plan.numbering.categoryOf(number);
    const trunks = rule?.trunks === undefined ? {} : { trunks: rule.trunks };
    return { kind: 'outside', outside: { number, category, ...trunks } };
  }

  #overTrunks(outside: OutsideNumber, did: string | undefined, not?: string): RoutePlan {
    const { number, trunks } = outside;
    const names = this.#trunks.pick({
      emergency: false,
      ...(trunks === undefined ? {} : { among: trunks }),
      ...(not === undefined ? {} : { not }),
    });
    if (names.length === 0) {
      if (this.#trunks.status().length === 0) return refuse(cause.noRouteToDestination, 'this branch has no trunk');
      return refuse(cause.noCircuitAvailable, 'all lines that this call may use are busy');
    }
    const steps = names.map((name) => {
      const settings = this.#trunks.settings(name);
      const called = this.#plan.numbering.calledNumber(number, settings?.numberFormat ?? 'e164');
      return this.#trunkStep(name, called, did, settings?.giveUpMs ?? 4000, false);
    });
    return { kind: 'route', emergency: false, called: number.number, steps };
  }

  #trunkStep(name: string, number: string, did: string | undefined, giveUpMs: number, emergency: boolean): RouteStep {
    const settings = this.#trunks.settings(name);
    const callerId = settings?.callerId ?? 'user';
    const main = this.#plan.mainNumber;
    const shown = callerId === 'mainNumber' ? main : callerId === 'user' || emergency ? (did ?? main) : undefined;
    const format = settings?.numberFormat ?? 'e164';
    const callingNumber =
      shown === undefined ? {} : { callingNumber: this.#plan.numbering.callingNumber(shown, format) };
    return { via: 'trunk', trunk: name, number, ...callingNumber, giveUpMs };
  }

  /** A user by extension or user name. */
  #user(dialled: string): RoutedUser | undefined {
    return this.#directory.byExtension(dialled) ?? this.#directory.byUsername(dialled);
  }

  /** The user whose direct number, or extension, a network means by `received`. */
  #ownNumber(received: string): RoutedUser | undefined {
    for (const e164 of this.#plan.numbering.candidates(received)) {
      const user = this.#ownE164(e164);
      if (user !== undefined) return user;
    }
    return this.#directory.byExtension(received);
  }

  #ownE164(e164: string): RoutedUser | undefined {
    const fallback = this.#plan.defaultExtension;
    if (e164 === this.#plan.mainNumber && fallback !== undefined) {
      return this.#directory.byDid(e164) ?? this.#directory.byExtension(fallback);
    }
    return this.#directory.byDid(e164);
  }

  /** The number that the centre's caller may show outside: a user's direct number, or a number as it is. */
  #callingNumber(calling: string | undefined): string | undefined {
    if (calling === undefined) return undefined;
    const bare = bareNumber(calling);
    const user = this.#user(bare);
    if (user !== undefined) return user.did;
    const number = this.#plan.numbering.normalise(bare);
    return number.kind === 'e164' ? number.number : undefined;
  }
}

function toUser(user: RoutedUser): RoutePlan & { readonly kind: 'route' } {
  const steps: readonly RouteStep[] = [{ via: 'extension', username: user.username }];
  return { kind: 'route', emergency: false, called: user.extension, steps };
}

function barredForAll(number: string): Destination {
  return { kind: 'none', cause: cause.outgoingCallsBarred, reason: `calls to ${number} are barred here` };
}

function refuse(value: Cause, reason: string): RoutePlan & { readonly kind: 'refuse' } {
  return { kind: 'refuse', cause: value, reason };
}
