import { between, type Cause, type Clock, cause, type Random } from '../../src/base/index.js';
import type { BChannel, IsdnCallId, IsdnCommand, IsdnSetup, RedirectionReason } from '../../src/isdn/index.js';
import type { DChannelEvent, DChannelPort, WorldSlot } from '../../src/tdm/index.js';
import { BearerEnd } from './bearer-end.js';
import { Errands } from './errands.js';
import type { LineOutlet } from './line-end.js';
import { NetworkDChannel } from './network-d-channel.js';
import { type NetworkOutcome, networkOutcome } from './network-plan.js';
import { heardText } from './sound.js';

export interface PublicNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Names the network's end of the D-channel. */
  readonly id: string;
  readonly plan?: (number: string) => NetworkOutcome;
  readonly changed?: () => void;
}

/** Somebody outside who calls us. */
export interface OutsideCaller {
  readonly number?: string;
  readonly name?: string;
  readonly presentation: 'allowed' | 'restricted' | 'unavailable';
  /** The call was meant for this number, and sent on to us. */
  readonly redirectedFrom?: { readonly number: string; readonly reason: RedirectionReason };
}

interface NetworkCall {
  readonly id: IsdnCallId;
  readonly slot: number;
  readonly direction: 'in' | 'out';
  readonly bearer: BearerEnd;
  readonly errands: Errands;
  number: string;
  says: string;
  state: 'dialling' | 'ringing' | 'inBand' | 'talking' | 'clearing';
}

export const bearerSlots = 23;
/** The network's own times, ms. */
const times = {
  proceeding: 60,
  /** A register waits so long for a digit that may be the last. */
  interDigit: 3000,
  /** From the last digit until the far exchange says how it is. */
  setUp: [300, 700],
  treatment: 8000,
  /** T301 and the like: nobody rings for ever. */
  rings: 180_000,
  givesUp: 60_000,
} as const;

/** A public telephone network at the far end of a T1: 23 B-channels, and the network side of a D-channel that others speak for it. */
export class PublicNetwork {
  readonly dChannel: NetworkDChannel;
  readonly #options: PublicNetworkOptions;
  readonly #bearers = new Map<number, BearerEnd>();
  readonly #calls = new Map<IsdnCallId, NetworkCall>();
  readonly #outOfService = new Set<number>();
  #port: Pick<DChannelPort, 'do' | 'on'> | undefined;
  #made = 0;
  /** Q.921 has a link. */
  up = false;
  /** What was called, newest last. */
  readonly dialled: string[] = [];
  /** The last SETUP from the other side. */
  setup: IsdnSetup | undefined;

  constructor(options: PublicNetworkOptions) {
    this.#options = options;
    this.dChannel = new NetworkDChannel(options.clock, options.id, bearerSlots + 1);
  }

  /** Whoever speaks Q.931 for the network over {@link dChannel}. */
  join(port: Pick<DChannelPort, 'do' | 'on'>): void {
    this.#port = port;
    port.on((event) => this.#hear(event));
  }

  /** The end of a B-channel, for a card that is plugged in. */
  bearer(slot: number, outlet: LineOutlet): BearerEnd {
    const bearer = new BearerEnd(this.#options.clock, outlet);
    this.#bearers.set(slot, bearer);
    return bearer;
  }

  get slots(): readonly WorldSlot[] {
    return Array.from({ length: bearerSlots }, (_, at) => this.#view(at + 1));
  }

  /** Somebody outside dials `called`. Why they cannot, or the call's name. */
  call(called: string, from: OutsideCaller): { readonly call: IsdnCallId } | { readonly refused: string } {
    if (this.#port === undefined || !this.up) return { refused: 'The D-channel is down.' };
    const slot = this.#freeSlot();
    if (slot === undefined) return { refused: 'All channels are in use.' };
    this.#made++;
    const id = `pstn-${this.#made}`;
    const speaker = from.name ?? from.number ?? 'somebody';
    const call = this.#add(id, slot, 'in', from.number ?? '', `${speaker} speaking`);
    if (call === undefined) return { refused: 'The card is not plugged in.' };
    this.#do({ kind: 'setup', call: id, channel: channelOf(slot), exclusive: true, setup: setupOf(called, from) });
    call.errands.after(times.givesUp, () => this.#release(call, cause.noAnswer));
    this.#changed();
    return { call: id };
  }

  /** Whoever is out there hangs up. False where nobody is. */
  hangUp(slot: number): boolean {
    const call = this.#on(slot);
    if (call === undefined) return false;
    this.#release(call, cause.normalClearing);
    return true;
  }

  /** A fault: frames of the D-channel are lost both ways, or come again. */
  lose(lost: boolean): void {
    this.dChannel.lost = lost;
    this.#changed();
  }

  /** What the far end of a channel heard since its call began. */
  bearerEnd(slot: number): BearerEnd | undefined {
    return this.#bearers.get(slot);
  }

  /** The card is gone: whoever was out there gives up after a while, or hears the end at once where there is no call. */
  unplugged(): void {
    this.#bearers.clear();
    for (const call of [...this.#calls.values()]) this.#release(call, cause.destinationOutOfOrder);
  }

  #hear(event: DChannelEvent): void {
    switch (event.kind) {
      case 'up':
      case 'down':
        this.up = event.kind === 'up';
        break;
      case 'gone':
        this.up = false;
        break;
      case 'setup':
        this.#asked(event.call, event.channel, event.setup);
        break;
      case 'restarted':
        this.#outOfService.delete(event.channel.slot);
        break;
      case 'service':
        if (event.inService) this.#outOfService.delete(event.channel.slot);
        else this.#outOfService.add(event.channel.slot);
        break;
      case 'restartAcknowledged':
      case 'traced':
      case 'fault':
        break;
      default: {
        const call = this.#calls.get(event.call);
        if (call !== undefined) this.#hearCall(call, event);
      }
    }
    this.#changed();
  }

  #hearCall(call: NetworkCall, event: Extract<DChannelEvent, { readonly call: IsdnCallId }>): void {
    switch (event.kind) {
      case 'digits':
        if (call.state === 'dialling') this.#digits(call, event.digits);
        return;
      case 'alerting':
        call.state = 'ringing';
        return;
      case 'connect':
        call.errands.cancel();
        call.state = 'talking';
        call.bearer.speak(call.says);
        return;
      case 'disconnect':
        this.#release(call, event.cause);
        return;
      case 'released':
        this.#calls.delete(call.id);
        call.errands.cancel();
        call.bearer.quiet();
        return;
      default:
        return;
    }
  }

  /** We are called from the other side of the T1. */
  #asked(id: IsdnCallId, channel: BChannel, setup: IsdnSetup): void {
    this.setup = setup;
    const refuse = (why: Cause) => this.#do({ kind: 'release', call: id, cause: why });
    const free = this.#on(channel.slot) === undefined;
    const call = free ? this.#add(id, channel.slot, 'out', setup.called.digits, '') : undefined;
    if (call === undefined) refuse(cause.requestedChannelUnavailable);
    else if (setup.complete) this.#dialled(call);
    else {
      this.#do({ kind: 'setupAck', call: id, inBand: setup.called.digits === '' });
      if (setup.called.digits === '') call.bearer.tone('dial');
      this.#digits(call, '');
    }
  }

  #digits(call: NetworkCall, more: string): void {
    call.errands.cancel();
    if (more !== '') call.bearer.quiet();
    call.number += more;
    call.errands.after(times.interDigit, () => this.#dialled(call));
  }

  #dialled(call: NetworkCall): void {
    const { random, plan } = this.#options;
    this.dialled.push(call.number);
    const outcome = (plan ?? networkOutcome)(call.number);
    call.errands.after(times.proceeding, () => this.#do({ kind: 'proceeding', call: call.id, inBand: false }));
    const [least, most] = times.setUp;
    call.errands.after(between(random, least, most), () => this.#treat(call, outcome));
  }

  #treat(call: NetworkCall, outcome: NetworkOutcome): void {
    const { id, errands, bearer } = call;
    switch (outcome.kind) {
      case 'busy':
        this.#release(call, cause.userBusy);
        break;
      case 'congestion':
      case 'announcement': {
        const why = outcome.kind === 'congestion' ? cause.noCircuitAvailable : cause.unallocatedNumber;
        call.state = 'inBand';
        this.#do({ kind: 'progress', call: id, inBand: true, cause: why });
        if (outcome.kind === 'congestion') bearer.tone('congestion');
        else bearer.speak(outcome.says);
        errands.after(times.treatment, () => this.#release(call, why));
        break;
      }
      case 'answers':
      case 'rings':
        call.state = 'ringing';
        this.#do({ kind: 'alerting', call: id, inBand: true });
        bearer.tone('ringback');
        if (outcome.kind === 'rings') errands.after(times.rings, () => this.#release(call, cause.noAnswer));
        else errands.after(outcome.afterMs, () => this.#answer(call, outcome.says, outcome.talksMs));
    }
    this.#changed();
  }

  #answer(call: NetworkCall, says: string, talksMs: number | undefined): void {
    call.state = 'talking';
    call.says = says;
    this.#do({ kind: 'connect', call: call.id });
    call.bearer.speak(says);
    if (talksMs !== undefined) call.errands.after(talksMs, () => this.#release(call, cause.normalClearing));
    this.#changed();
  }

  #release(call: NetworkCall, why: Cause): void {
    if (call.state === 'clearing') return;
    call.state = 'clearing';
    call.errands.cancel();
    call.bearer.quiet();
    this.#do({ kind: 'release', call: call.id, cause: why });
    this.#changed();
  }

  #add(
    id: IsdnCallId,
    slot: number,
    direction: NetworkCall['direction'],
    number: string,
    says: string,
  ): NetworkCall | undefined {
    const bearer = this.#bearers.get(slot);
    if (bearer === undefined) return undefined;
    bearer.begin();
    const errands = new Errands(this.#options.clock);
    const call: NetworkCall = { id, slot, direction, bearer, errands, number, says, state: 'dialling' };
    this.#calls.set(id, call);
    return call;
  }

  /** From below: the other side hunts from above, so that both seldom meet. */
  #freeSlot(): number | undefined {
    for (let slot = 1; slot <= bearerSlots; slot++)
      if (this.#on(slot) === undefined && !this.#outOfService.has(slot)) return slot;
    return undefined;
  }

  #on(slot: number): NetworkCall | undefined {
    for (const call of this.#calls.values()) if (call.slot === slot) return call;
    return undefined;
  }

  #view(slot: number): WorldSlot {
    const call = this.#on(slot);
    if (call !== undefined) {
      const { state, number, direction, bearer } = call;
      return { slot, state, number, direction, hears: state === 'talking' ? heardText(bearer.earpiece) : '' };
    }
    const state = this.#outOfService.has(slot) ? 'outOfService' : 'idle';
    return { slot, state, number: '', direction: undefined, hears: '' };
  }

  #do(command: IsdnCommand): void {
    this.#port?.do(command);
  }

  #changed(): void {
    this.#options.changed?.();
  }
}

function channelOf(slot: number): BChannel {
  return { interface: 0, slot };
}

function setupOf(called: string, from: OutsideCaller): IsdnSetup {
  const { number, name, presentation, redirectedFrom } = from;
  const numberOf = (digits: string) =>
    ({ digits, type: digits.length === 10 ? 'national' : 'unknown', plan: 'isdn' }) as const;
  return {
    called: numberOf(called),
    complete: true,
    calling: {
      ...(number === undefined ? {} : { number: numberOf(number) }),
      ...(name === undefined ? {} : { name }),
      presentation,
      screening: 'network',
    },
    ...(redirectedFrom === undefined
      ? {}
      : {
          redirection: {
            from: { number: numberOf(redirectedFrom.number), presentation: 'allowed', screening: 'network' },
            reason: redirectedFrom.reason,
            count: 1,
          },
        }),
    bearer: 'speech',
  };
}
