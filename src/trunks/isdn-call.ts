import { type Cause, type Clock, cause, type Log, Machine } from '../base/index.js';
import type { CallSetup, ConnectedParty, LegContinuation, TransferTarget } from '../call/index.js';
import type { IsdnCallId, IsdnCommand, IsdnEvent, IsdnParty, IsdnSetup } from '../isdn/index.js';
import { type HeardSound, isSilenced, type SignallingCommand, type SignallingEvent } from '../lines/index.js';
import type { TdmPlace } from '../media/index.js';
import {
  type IsdnCallAction,
  type IsdnCallEvent,
  type IsdnCallState,
  type IsdnCallTimes,
  isdnCallTable,
  isdnCallTimes,
} from './isdn-call-table.js';
import type { MemberCall } from './member-call.js';

/** What a call asks of its D-channel. */
export interface IsdnCallPorts {
  readonly clock: Clock;
  readonly log: Log;
  send(command: IsdnCommand): void;
  /** Sends the SETUP on the channel that the call has. */
  sendSetup(setup: CallSetup): void;
  /** The first answer to their SETUP, which confirms the channel or names another one. */
  sendFirst(kind: 'setupAck' | 'proceeding', inBand: boolean): void;
  /** Plays it to a caller who has dialled nothing yet, or plays it no more. False: it cannot be heard, or is not ours to give. */
  dialTone(plays: boolean): boolean;
  /** `number`: as far as it is known. */
  isComplete(number: string): boolean;
  /** Who answered, as the far end is to know it, and as it says it. */
  connectedLine(connected: ConnectedParty | undefined): IsdnParty | undefined;
  connectedHere(connected: IsdnParty | undefined): ConnectedParty | undefined;
  /** The whole number is known. */
  offer(number: string): void;
  samples(): TdmPlace | undefined;
  /** Tones of ours in the channel are announced to the other side: a PBX must not make its own. */
  readonly announcesTones: boolean;
  /** Whether the network's announcements are heard after it cleared an unanswered call. */
  readonly hearsAnnouncements: boolean;
  over(): void;
}

/** What comes with an event. */
interface Said {
  readonly cause?: Cause;
  readonly inBand?: boolean;
  readonly setup?: CallSetup;
  readonly digits?: string;
  readonly complete?: boolean;
  readonly connected?: ConnectedParty;
}

/** After these the network explains in words what is wrong with the number or the line. */
const explained: ReadonlySet<Cause> = new Set([
  cause.unallocatedNumber,
  cause.noRouteToDestination,
  cause.numberChanged,
  cause.destinationOutOfOrder,
  cause.invalidNumberFormat,
  cause.subscriberAbsent,
]);
/** The channel was taken by a call of the other side, or is not to their liking. */
const channelCauses: ReadonlySet<Cause> = new Set([cause.channelUnacceptable, cause.requestedChannelUnavailable]);

/** One call of an ISDN as the signalling of its leg. */
export class IsdnCall implements MemberCall {
  readonly id: IsdnCallId;
  readonly #ports: IsdnCallPorts;
  readonly #machine: Machine<IsdnCallState, IsdnCallEvent, IsdnCallAction, IsdnCallTimes, Said>;
  #listener: ((event: SignallingEvent) => void) | undefined;
  #unheard: SignallingEvent[] = [];
  #number: string;
  /** Why we clear, where nobody else says it. */
  #clearedBy: Cause | undefined;

  constructor(id: IsdnCallId, ports: IsdnCallPorts, arrived?: IsdnSetup) {
    this.id = id;
    this.#ports = ports;
    this.#number = arrived?.called.digits ?? '';
    this.#machine = new Machine(isdnCallTable, {
      clock: ports.clock,
      log: ports.log,
      context: isdnCallTimes,
      actions: this.#actions(),
    });
  }

  get state(): IsdnCallState {
    return this.#machine.state;
  }

  /** No answer yet, to a SETUP of ours. */
  get isCalling(): boolean {
    return this.state === 'new' || this.state === 'calling';
  }

  get samples(): TdmPlace | undefined {
    return this.#ports.samples();
  }

  on(listener: (event: SignallingEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) listener(event);
  }

  do(command: SignallingCommand): void {
    if (command.kind === 'transferResult') return;
    if (command.kind === 'release') this.#clearedBy ??= command.cause;
    this.#machine.handle(command.kind, command);
  }

  /** Their call is taken up. `overlap`: more digits may follow. */
  begin(overlap: boolean): void {
    const whole = !overlap || this.#ports.isComplete(this.#number);
    this.#machine.handle(whole ? 'arrivedWhole' : 'arrivedPart');
  }

  /** It was answered in another process. */
  goOn(): void {
    this.#machine.handle('goOn');
  }

  continuation(): LegContinuation {
    return { call: this.id };
  }

  /** What the D-channel says of this call. */
  hear(event: IsdnEvent & { readonly call: IsdnCallId }): void {
    switch (event.kind) {
      case 'setupAck':
        this.#machine.handle('heardMore', event);
        this.#hearInBand(event.inBand);
        break;
      case 'proceeding':
        this.#machine.handle('heardProceeding', event);
        this.#hearInBand(event.inBand);
        break;
      case 'alerting':
        this.#machine.handle('heardAlerting', event);
        break;
      case 'progress':
        this.#machine.handle('heardProgress', event);
        break;
      case 'connect': {
        const connected = this.#ports.connectedHere(event.connected);
        this.#machine.handle('heardConnect', connected && { connected });
        break;
      }
      case 'digits':
        this.#machine.handle('digits', event);
        break;
      case 'disconnect': {
        const listens = this.#ports.hearsAnnouncements && explained.has(event.cause);
        this.#clearedBy ??= event.cause;
        this.#machine.handle(listens ? 'heardAnnouncement' : 'heardDisconnect', { cause: event.cause, inBand: true });
        break;
      }
      case 'released':
        this.#machine.handle('released', { cause: this.#clearedBy ?? event.cause });
        break;
      default:
        break;
    }
  }

  heard(sound: HeardSound): void {
    if (sound.kind === 'digit' && this.state === 'active') {
      this.#emit({ kind: 'digit', digit: sound.digit, durationMs: sound.durationMs, inSound: true });
    } else if (isSilenced(sound)) this.do({ kind: 'release', cause: cause.temporaryFailure });
  }

  mayTryElsewhere(why: Cause): boolean {
    return channelCauses.has(why);
  }

  /** Asks the leg's call to be sent to somebody else. */
  askTransfer(target: TransferTarget): void {
    this.#emit({ kind: 'transferRequested', target });
  }

  /** The other side restarted the channel: nothing is left to be released. */
  drop(why: Cause): void {
    this.#machine.handle('released', { cause: why });
  }

  #hearInBand(inBand: boolean): void {
    if (inBand) this.#machine.handle('heardProgress', { inBand });
  }

  #emit(event: SignallingEvent): void {
    if (this.#listener === undefined) this.#unheard.push(event);
    else this.#listener(event);
  }

  #actions(): { readonly [action in IsdnCallAction]: (times: IsdnCallTimes, said: Said | undefined) => void } {
    const { send, sendSetup, sendFirst, dialTone, isComplete, offer, announcesTones, over } = this.#ports;
    const call = this.id;
    return {
      sendSetup: (_, said) => {
        if (said?.setup !== undefined) sendSetup(said.setup);
      },
      askMore: () => sendFirst('setupAck', this.#number === '' && dialTone(true)),
      takeDigits: (_, said) => {
        const digits = said?.digits ?? '';
        dialTone(false);
        // Q.931 §5.2.4 leaves to the plan what ends a number; `#` does wherever people dial.
        const ended = digits.includes('#') || said?.complete === true;
        this.#number += digits.replaceAll('#', '');
        if (ended || isComplete(this.#number)) this.#machine.handle('numberComplete');
      },
      offer: () => {
        dialTone(false);
        sendFirst('proceeding', false);
        offer(this.#number);
      },
      sendAlerting: (_, said) => send({ kind: 'alerting', call, inBand: announcesTones || said?.inBand === true }),
      sendProgress: (_, said) => send({ kind: 'progress', call, inBand: said?.inBand === true }),
      sendConnect: (_, said) => {
        const connected = this.#ports.connectedLine(said?.connected);
        send({ kind: 'connect', call, ...(connected && { connected }) });
      },
      sendRelease: (_, said) => send({ kind: 'release', call, cause: said?.cause ?? cause.normalClearing }),
      sendTimedOut: () => {
        this.#clearedBy = cause.recoveryOnTimerExpiry;
        send({ kind: 'release', call, cause: cause.recoveryOnTimerExpiry });
      },
      tellProceeding: () => this.#emit({ kind: 'proceeding' }),
      tellAlerting: (_, said) => this.#emit({ kind: 'alerting', inBand: said?.inBand === true }),
      tellProgress: (_, said) => this.#emit({ kind: 'progress', inBand: said?.inBand === true }),
      tellAnswered: (_, said) =>
        this.#emit({ kind: 'answered', ...(said?.connected && { connected: said.connected }) }),
      tellReleased: (_, said) => {
        over();
        this.#emit({ kind: 'released', cause: said?.cause ?? this.#clearedBy ?? cause.normalClearing });
      },
    };
  }
}
