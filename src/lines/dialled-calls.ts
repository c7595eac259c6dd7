import { cause, hexToken } from '../base/index.js';
import type { CallSetup, Leg, LegContinuation } from '../call/index.js';
import { type DialledFeature, featureState, type NumberState, readFeature } from './feature-codes.js';
import { type ServiceOutcome, serve } from './service.js';
import { StationCall, type StationCallOwner } from './station-call.js';
import { TdmLeg } from './tdm-leg.js';
import type { TelephoneCalls } from './telephone-calls.js';
import type { TelephoneHost } from './telephone-host.js';
import type { TelephoneSettings } from './telephone-settings.js';
import type { TelephoneSound } from './telephone-sound.js';
import type { TelephoneEvent, TelephoneState } from './telephone-table.js';

export interface DialledCallsOptions {
  readonly settings: TelephoneSettings;
  readonly host: TelephoneHost;
  readonly owner: StationCallOwner;
  readonly calls: TelephoneCalls;
  readonly sound: TelephoneSound;
  readonly state: () => TelephoneState;
  readonly handle: (event: TelephoneEvent) => void;
  readonly note: (text: string) => void;
}

const failed: ServiceOutcome = { done: false };

/** What a number or code that was dialled comes to: a call, a call that is fetched, or a service. */
export class DialledCalls {
  readonly #options: DialledCallsOptions;
  /** What the table's next `place` or `serve` carries out. */
  #next: (() => void) | undefined;
  /** Numbers that an elevator line still has to call. */
  #left: readonly string[] = [];
  /** For the call under way, whatever the telephone is set to. */
  callWaitingOff = false;
  lastCaller: string | undefined;

  constructor(options: DialledCallsOptions) {
    this.#options = options;
  }

  /** Another number is called where nobody answers. */
  get goesOn(): boolean {
    return this.#left.length > 0;
  }

  stateOf(digits: string): NumberState {
    const { settings, host } = this.#options;
    return featureState(settings.codes, digits, host.numberState) ?? host.numberState(digits);
  }

  dialled(number: string): void {
    const { settings, host } = this.#options;
    const dialled = /^[*#]/.test(number) ? number : number.replace(/#$/, '');
    const feature = readFeature(settings.codes, dialled);
    if (feature !== undefined) this.#use(feature);
    else if (dialled.startsWith('*')) this.#serve(() => failed);
    else this.#begin(dialled, host.features.get(settings.username).hidden === true);
  }

  carryOut(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.();
  }

  placeNext(): void {
    const [number = '', ...others] = this.#left;
    this.#left = others;
    this.#options.note(`nobody answered; now ${number} is called`);
    this.#options.calls.dropActive();
    this.#place(number, false);
  }

  /** `kept`: of a call that talked in another process. */
  leg(call: StationCall, kept?: LegContinuation): TdmLeg {
    const { settings, host, calls } = this.#options;
    const { clock, log, tones, music, random } = host;
    const id = kept?.id ?? `${settings.channel} ${hexToken(random, 4)}`;
    const options = { id, clock, log, tones, music, signalling: call, voice: call };
    const leg = new TdmLeg(options, call.kind === 'made', kept);
    call.leg = leg;
    calls.all.add(call);
    return leg;
  }

  #use(used: DialledFeature): void {
    const { host, settings, state } = this.#options;
    const { feature, argument } = used;
    switch (feature) {
      case 'hideCallerId':
      case 'showCallerId':
        this.#begin(argument, feature === 'hideCallerId');
        break;
      case 'cancelCallWaiting':
        this.callWaitingOff = true;
        this.#begin(argument, false);
        break;
      case 'callReturn':
        this.#begin(this.lastCaller ?? '', false);
        break;
      case 'pickUp':
        this.#fetch((leg) => host.pickUp(argument === '' ? undefined : argument, leg));
        break;
      case 'park':
        if (state() === 'recall') this.#park(argument);
        else this.#fetch((leg) => host.retrieve(this.#slot(argument), leg));
        break;
      default:
        this.#serve(() => serve(used, settings.username, host.features));
    }
  }

  #begin(number: string, hidden: boolean): void {
    const { settings, handle } = this.#options;
    if (number === '') {
      this.#serve(() => failed);
      return;
    }
    this.#left = settings.use === 'elevator' ? settings.reroute : [];
    this.#next = () => this.#place(number, hidden);
    handle('dialled');
  }

  /** A call that comes because it was asked for by a code: nothing rings here. */
  #fetch(ask: (leg: Leg) => boolean): void {
    const { owner, calls, handle } = this.#options;
    const call = new StationCall(owner, 'fetched');
    const leg = this.leg(call);
    this.#left = [];
    this.#next = () => {
      calls.active = call;
      if (ask(leg)) return;
      leg.do({ kind: 'release', cause: cause.noUserResponding });
      owner.gone(call, cause.noUserResponding);
    };
    handle('dialled');
  }

  #serve(work: () => ServiceOutcome): void {
    const { sound, host, settings, state, handle } = this.#options;
    const { confirmation, congestion } = host.tones;
    this.#next = () => {
      const { done, written } = work();
      sound.tone(done ? confirmation : congestion);
      written?.catch((error: unknown) => {
        host.log.error('a feature was not kept', { channel: settings.channel, error: String(error) });
        if (state() === 'served') sound.tone(congestion);
      });
    };
    handle('service');
  }

  #park(argument: string): void {
    const { calls, host, settings, sound, handle } = this.#options;
    const slot = this.#slot(argument);
    const { held } = calls;
    const leg = held === undefined ? undefined : host.parkAt(slot, settings.username);
    if (held === undefined || leg === undefined) {
      this.#serve(() => failed);
      return;
    }
    this.#next = () => {
      calls.held = undefined;
      held.leave({ number: slot, leg });
      sound.tone(host.tones.confirmation);
    };
    handle('parks');
  }

  #slot(argument: string): string {
    const { host, settings } = this.#options;
    return argument === '' ? (host.user(settings.username)?.extension ?? settings.username) : argument;
  }

  #place(number: string, hidden: boolean): void {
    const { settings, host, owner, calls, note } = this.#options;
    const { username } = settings;
    const user = host.user(username);
    const call = new StationCall(owner, 'made');
    call.number = number;
    call.emergency = host.isEmergency(number);
    const leg = this.leg(call);
    calls.active = call;
    const offer = leg.describe();
    if (!offer.ok || user === undefined) {
      note(offer.ok ? `belongs to ${username}, whom the directory does not know` : `cannot call: ${offer.error.why}`);
      leg.do({ kind: 'release', cause: cause.temporaryFailure });
      return;
    }
    const setup: CallSetup = {
      from: { number: username, ...(user.displayName === undefined ? {} : { displayName: user.displayName }) },
      dialled: number,
      offer: offer.value,
      sessionId: hexToken(host.random, 16),
      hopsLeft: 70,
      privacy: hidden ? ['id'] : [],
      carried: [],
    };
    host.place(leg, setup, username);
  }
}
