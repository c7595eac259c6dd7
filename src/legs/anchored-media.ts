import { type Cause, cause, type Log } from '../base/index.js';
import type { DigitSaid, LegCommand, LegContinuation, LegEvent, LegReleased, ReleaseCommand } from '../call/index.js';
import {
  type Agreement,
  type BridgeDescription,
  formatBridge,
  type IceCandidate,
  type MediaNegotiation,
  type PortEvent,
  readBridge,
} from '../media/index.js';
import { answeringDirection, type SessionDescription } from '../sdp/index.js';
import type { AnchorPort, Announcements } from './anchor-port.js';

export interface AnchoredMediaOptions {
  readonly leg: string;
  readonly log: Log;
  readonly port: AnchorPort;
  readonly negotiation: MediaNegotiation;
  /** What the other leg said before this process. */
  readonly other: BridgeDescription | undefined;
  readonly announcements: Announcements;
  /** Where the peer's signalling comes from. */
  readonly heardFrom: string | undefined;
  /** Whether our INVITE's answer answers an offer of the peer's. */
  readonly answers: boolean;
  /** Whether the peer can be reached, and takes offers. */
  readonly reachable: () => boolean;
  readonly toPeer: (command: LegCommand) => void;
  readonly toCall: (event: Exclude<LegEvent, LegReleased>) => void;
  /** The leg cannot go on. */
  readonly fail: (why: Cause, reason: string) => void;
}

/** Commands and events that concern media. */
type MediaCommandOfCall = Exclude<LegCommand, ReleaseCommand | { readonly kind: 'setup' | 'transferResult' }>;
type EventOfPeer = Exclude<LegEvent, LegReleased>;
type Early = Extract<LegEvent, { readonly kind: 'alerting' | 'progress' }>;

/**
 * What is open between the peer and us. `asked`: the peer's offer is with the call. `offered`: an offer of the call's is with the
 * peer. `own`: an offer of ours, of which the call knows nothing. `first`: our answer to the INVITE was an offer.
 */
type Open = 'nothing' | 'asked' | 'offered' | 'own' | 'first';

/**
 * Between the peer, who negotiates with a port of ours (RFC 3264), and the call, which sees bridge descriptions. What changes
 * addresses, keys or codecs alone is settled here; a change of direction passes to the other leg.
 */
export class AnchoredMedia {
  readonly #options: AnchoredMediaOptions;
  readonly #port: AnchorPort;
  readonly #negotiation: MediaNegotiation;
  #open: Open = 'nothing';
  /** A description of ours has answered the caller's before the call was answered. */
  #earlyAnswer = false;
  /** What the other leg last said of its far end, and what it says in an offer that is open. */
  #other: BridgeDescription | undefined;
  #coming: BridgeDescription | undefined;
  /** What the call knows of our peer. */
  #said: BridgeDescription | undefined;
  /** An offer of the call's that waits for the end of our own. */
  #deferred: (() => void) | undefined;
  /** The peer says digits by INFO. */
  #saysInfo = false;
  readonly #candidates: IceCandidate[] = [];

  constructor(options: AnchoredMediaOptions) {
    this.#options = options;
    this.#port = options.port;
    this.#negotiation = options.negotiation;
    this.#said = options.negotiation.agreement?.bridge;
    this.#other = options.other;
    // The process before may have changed what is heard without being able to write it down.
    if (options.other !== undefined) this.#port.hear(options.other);
  }

  /** Sound was agreed on, and comes, or cannot come because of a hold. */
  get alive(): boolean {
    const held = [this.#said, this.#other].some((side) => side !== undefined && side.direction !== 'sendrecv');
    return this.#negotiation.agreement !== undefined && (this.#port.flows || held);
  }

  continuation(): LegContinuation {
    return this.#negotiation.continuation();
  }

  /** The offer of an INVITE of ours. Undefined: the leg is at its end. */
  firstOffer(other: BridgeDescription | undefined): SessionDescription | undefined {
    const offer = this.#negotiation.offer(other);
    this.#other = other;
    if (offer.ok) return offer.value;
    this.#options.fail(cause.bearerNotImplemented, offer.error.reason);
    return undefined;
  }

  // ---- the call commands

  do(command: MediaCommandOfCall): void {
    switch (command.kind) {
      case 'alert':
      case 'progress':
        this.#options.toPeer({ kind: command.kind, ...this.#earlyMedia(command.media) });
        break;
      case 'answer':
        this.#answer(command);
        break;
      case 'offer':
        this.#offer(command.media && readBridge(command.media));
        break;
      case 'agree':
        this.#agree(command.media && readBridge(command.media));
        break;
      case 'refuse':
        // What we told the call as an offer of the peer's may hold already.
        if (this.#open !== 'asked') break;
        this.#open = 'nothing';
        this.#negotiation.withdraw();
        this.#options.toPeer(command);
        break;
      case 'digit':
        this.#digit(command);
        break;
    }
  }

  /** The same description each time, as long as the same offer is answered; only what is heard follows. */
  answerDescription(media: SessionDescription): SessionDescription | undefined {
    const other = readBridge(media);
    if (!this.#options.answers || other === undefined) return undefined;
    const answer = this.#negotiation.answer(this.#towards(other));
    if (!answer.ok) {
      this.#options.log.info('media of the two sides do not meet', {
        leg: this.#options.leg,
        why: answer.error.reason,
      });
      return undefined;
    }
    this.#apply(answer.value.agreement, other);
    return answer.value.description;
  }

  /** Without media of the far end the caller's telephone rings by itself, unless it left that to us already. */
  #earlyMedia(media: SessionDescription | undefined): { readonly media?: SessionDescription } {
    if (media === undefined) {
      if (this.#earlyAnswer) this.#port.ring();
      return {};
    }
    const answer = this.answerDescription(media);
    if (answer === undefined) return {};
    this.#earlyAnswer = true;
    return { media: answer };
  }

  #answer(command: Extract<LegCommand, { readonly kind: 'answer' }>): void {
    const { toPeer, fail, answers } = this.#options;
    if (answers) {
      const media = command.media && this.answerDescription(command.media);
      if (media === undefined) fail(cause.bearerNotImplemented, 'the offer cannot be answered');
      else toPeer({ ...command, media });
      return;
    }
    this.#coming = command.media && readBridge(command.media);
    const offer = this.#negotiation.offer(this.#coming);
    if (!offer.ok) {
      fail(cause.bearerNotImplemented, offer.error.reason);
      return;
    }
    this.#open = 'first';
    toPeer({ ...command, media: offer.value });
  }

  #offer(other: BridgeDescription | undefined): void {
    const { reachable, toCall } = this.#options;
    if (this.#open === 'own' || this.#open === 'first') this.#deferred = () => this.#offer(other);
    else if (other !== undefined && !this.#negotiation.mustOffer(this.#towards(other))) this.#follow(other);
    else if (!reachable()) this.#agreeAlone(other);
    else if (this.#open === 'asked') toCall({ kind: 'refused', cause: cause.temporaryFailure, sipStatus: 491 });
    else this.#sendOffer(other ?? this.#other, 'offered');
  }

  #follow(other: BridgeDescription): void {
    const agreement = this.#negotiation.follow(this.#towards(other));
    if (agreement === undefined) return;
    this.#apply(agreement, other);
    this.#options.toCall({ kind: 'agreed', media: formatBridge(agreement.bridge) });
  }

  /** The peer is not told, or would not hear of it: hold needs no more than that it hears something else. */
  #agreeAlone(other: BridgeDescription | undefined): void {
    if (other?.media !== 'audio' || other.direction === 'sendrecv' || this.#said === undefined) {
      this.#options.toCall({ kind: 'refused', cause: cause.recoveryOnTimerExpiry });
      return;
    }
    this.#other = other;
    this.#port.hear(other);
    const media = formatBridge({ ...this.#said, direction: answeringDirection(other.direction) });
    this.#options.toCall({ kind: 'agreed', media });
  }

  #sendOffer(other: BridgeDescription | undefined, open: 'offered' | 'own'): void {
    const offer = this.#negotiation.offer(other && this.#towards(other));
    if (offer.ok) {
      this.#open = open;
      this.#coming = other;
      this.#options.toPeer({ kind: 'offer', media: offer.value });
      return;
    }
    this.#options.log.info('nothing can be offered', { leg: this.#options.leg, why: offer.error.reason });
    if (open === 'offered')
      this.#options.toCall({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
  }

  #agree(other: BridgeDescription | undefined): void {
    if (this.#open === 'asked') {
      this.#answerOffer(other);
      return;
    }
    if (other === undefined) return;
    // What the call agrees to holds already; where the other side now wants something else, our peer is told.
    if (this.#open === 'nothing' && this.#negotiation.mustOffer(this.#towards(other))) {
      if (this.#options.reachable()) this.#sendOffer(other, 'own');
      return;
    }
    const agreement = this.#negotiation.follow(this.#towards(other));
    if (agreement !== undefined) this.#apply(agreement, other);
  }

  /** Answers the peer's offer that was read last; without `other` the far end is as it was. */
  #answerOffer(other: BridgeDescription | undefined): void {
    this.#open = 'nothing';
    const answer = this.#negotiation.answer(other && this.#towards(other));
    if (answer.ok) {
      this.#apply(answer.value.agreement, other ?? this.#other);
      this.#options.toPeer({ kind: 'agree', media: answer.value.description });
      return;
    }
    this.#negotiation.withdraw();
    this.#refuseOffer(answer.error.reason);
  }

  #refuseOffer(why: string): void {
    this.#options.log.info('an offer is refused', { leg: this.#options.leg, why });
    this.#options.toPeer({ kind: 'refuse', cause: cause.bearerNotImplemented, sipStatus: 488 });
  }

  #digit(digit: DigitSaid): void {
    if (this.#saysInfo && !this.#port.takesEvents && this.#options.reachable()) this.#options.toPeer(digit);
    else if (digit.inSound !== true) this.#port.digit(digit.digit, digit.durationMs);
  }

  // ---- the peer says

  hear(event: EventOfPeer): void {
    switch (event.kind) {
      case 'alerting':
      case 'progress':
        this.#hearEarly(event);
        break;
      case 'answered':
        this.#hearAnswer(event);
        break;
      case 'offered':
        this.#hearOffer(event.media);
        break;
      case 'agreed':
        this.#hearAgreement(event.media);
        break;
      case 'refused':
        this.#hearRefusal(event);
        break;
      case 'digit':
        this.#saysInfo = true;
        this.#options.toCall(event);
        break;
      default:
        this.#options.toCall(event);
    }
  }

  #hearEarly({ kind, media, fork }: Early): void {
    if (media !== undefined) this.#readAnswer(media, fork);
    // Who sent early media once goes on with it, whatever the next provisional response brings.
    this.#options.toCall({ kind, ...(this.#said === undefined ? {} : { media: formatBridge(this.#said) }) });
  }

  #hearAnswer({ media, fork, ...event }: Extract<LegEvent, { readonly kind: 'answered' }>): void {
    const { fail, toCall } = this.#options;
    if (media !== undefined && !this.#readAnswer(media, fork)) {
      fail(cause.bearerNotImplemented, 'the answer cannot be used');
    } else if (this.#said === undefined) {
      fail(cause.protocolError, 'the call was answered without media');
    } else {
      toCall({ ...event, media: formatBridge(this.#said) });
    }
  }

  #readAnswer(media: SessionDescription, fork: string | undefined): boolean {
    const agreement = this.#negotiation.readAnswer(media, fork, this.#options.heardFrom);
    if (agreement.ok) this.#apply(agreement.value, this.#coming ?? this.#other);
    else {
      this.#options.log.info('an answer cannot be used', { leg: this.#options.leg, why: agreement.error.reason });
    }
    return agreement.ok;
  }

  #hearOffer(media: SessionDescription | undefined): void {
    if (media === undefined) {
      this.#offerOnDemand();
      return;
    }
    const read = this.#negotiation.readOffer(media, this.#options.heardFrom);
    if (!read.ok) this.#refuseOffer(read.error.reason);
    else if (this.#said !== undefined && sameForOthers(this.#said, read.value)) {
      this.#answerOffer(undefined);
      this.#options.toCall({ kind: 'settled' });
    } else {
      this.#open = 'asked';
      this.#options.toCall({ kind: 'offered', media: formatBridge(read.value) });
    }
  }

  /** The peer wants to hear an offer: ours can be made without asking anybody. */
  #offerOnDemand(): void {
    const offer = this.#negotiation.offer();
    if (!offer.ok) {
      this.#refuseOffer(offer.error.reason);
      return;
    }
    this.#open = 'own';
    this.#coming = undefined;
    this.#options.toPeer({ kind: 'agree', media: offer.value });
  }

  #hearAgreement(media: SessionDescription | undefined): void {
    const { toCall } = this.#options;
    const open = this.#open;
    if (open === 'nothing' || open === 'asked') return;
    this.#open = 'nothing';
    const [before, other, coming] = [this.#said, this.#other, this.#coming];
    const good = media !== undefined && this.#readAnswer(media, undefined);
    this.#coming = undefined;
    if (!good) this.#negotiation.withdraw();
    const said = this.#said;
    if (good && coming?.media === 'image' && said?.media !== 'image') {
      // It took the offer and closed what was offered: a fax is turned down, and now it has no voice either (RFC 3264 §6).
      this.#said = before;
      toCall({ kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
      this.#sendOffer(other, 'own');
      return;
    }
    if (open !== 'own') {
      if (good && said !== undefined) toCall({ kind: 'agreed', media: formatBridge(said) });
      else toCall({ kind: 'refused', cause: cause.protocolError, sipStatus: 488 });
    } else if (good && said !== undefined && before !== undefined && !sameForOthers(before, said)) {
      toCall({ kind: 'offered', media: formatBridge(said) });
    } else toCall({ kind: 'settled' });
    this.#goOn();
  }

  #hearRefusal(event: Extract<LegEvent, { readonly kind: 'refused' }>): void {
    const [open, coming] = [this.#open, this.#coming];
    if (open === 'nothing' || open === 'asked') return;
    this.#open = 'nothing';
    this.#coming = undefined;
    this.#negotiation.withdraw();
    if (open === 'offered' && coming !== undefined && coming.direction !== 'sendrecv') this.#agreeAlone(coming);
    else if (open !== 'own') this.#options.toCall(event);
    this.#goOn();
  }

  #goOn(): void {
    const deferred = this.#deferred;
    this.#deferred = undefined;
    deferred?.();
  }

  // ---- the engine says

  portSays(event: PortEvent): void {
    const { toCall, fail, log, leg } = this.#options;
    switch (event.kind) {
      case 'digit':
        toCall({ kind: 'digit', digit: event.digit, durationMs: event.durationMs, inSound: true });
        break;
      case 'silent':
        toCall({ kind: 'silent', silentMs: event.silentMs });
        break;
      case 'gathered':
        this.#candidates.push(...event.candidates);
        this.#negotiation.gathered(this.#candidates);
        break;
      case 'failed':
        if (!event.opened) fail(cause.resourceUnavailable, event.why);
        break;
      case 'insecure':
        fail(cause.protocolError, event.why);
        break;
      case 'ice':
        if (event.state === 'failed') log.warn('no path to the peer was found', { leg });
        break;
      default:
        break;
    }
  }

  /** To whom we play music, we send, even where the holder sends nothing. */
  #towards(other: BridgeDescription): BridgeDescription {
    const silent = other.direction === 'inactive' && this.#options.announcements.music() !== undefined;
    return silent ? { ...other, direction: 'sendonly' } : other;
  }

  #apply(agreement: Agreement, other: BridgeDescription | undefined): void {
    this.#other = other;
    this.#said = agreement.bridge;
    this.#port.configure(agreement, other);
  }
}

/** Whether the other leg of the call has nothing to do about it. */
function sameForOthers(one: BridgeDescription, other: BridgeDescription): boolean {
  return one.media === other.media && one.direction === other.direction;
}
