import type { SipMessage } from './message.js';
import { type OfferAnswerEvent, type OfferAnswerState, offerAnswerTable } from './offer-answer-table.js';

/** What stands in the way of a new offer from the peer (RFC 3311 §5.2, RFC 3261 §14.2); 0: nothing. */
export type OfferVerdict = 0 | 491 | 500;

/** Offers and answers of one dialog, by whether messages hold a description: what it says is not looked at. */
export class OfferAnswer {
  state: OfferAnswerState = 'stable';
  /** The request that the offer belongs to, as its owner knows it. */
  #by: object | undefined;

  /** May the peer make an offer now? */
  get verdict(): OfferVerdict {
    if (this.state === 'stable') return 0;
    return this.state === 'localOffer' ? 491 : 500;
  }

  /** We send a request that may hold an offer. */
  requestSent(message: SipMessage, by: object): void {
    if (hasDescription(message)) this.#offer('offerSent', by);
  }

  requestReceived(message: SipMessage, by: object): void {
    if (hasDescription(message)) this.#offer('offerReceived', by);
  }

  /** A PRACK or ACK of ours: it answers the offer of the response that it acknowledges, or (PRACK) makes one. */
  acknowledgementSent(message: SipMessage, invite: object, by: object): void {
    if (this.state === 'remoteOffer' && this.#by === invite) this.#go('answerSent');
    else if (by !== invite) this.requestSent(message, by);
  }

  acknowledgementReceived(message: SipMessage, invite: object, by: object): void {
    if (this.state === 'localOffer' && this.#by === invite) this.#go('answerReceived');
    else if (by !== invite) this.requestReceived(message, by);
  }

  /** A response of ours to `by`. `firm`: reliable or final, so that it may hold an offer itself. */
  responseSent(message: SipMessage, by: object, firm: boolean): void {
    if (!hasDescription(message)) return;
    if (this.#by === by && this.state === 'remoteOffer') this.#go('answerSent');
    else if (firm && this.#by !== by) this.#offer('offerSent', by);
  }

  responseReceived(message: SipMessage, by: object, firm: boolean): void {
    if (!hasDescription(message)) return;
    if (this.#by === by && this.state === 'localOffer') this.#go('answerReceived');
    else if (firm && this.#by !== by) this.#offer('offerReceived', by);
  }

  /** `by` is over: an offer in it that got no answer is void. */
  over(by: object): void {
    if (this.#by !== by) return;
    this.#go('abandoned');
    this.#by = undefined;
  }

  #offer(event: OfferAnswerEvent, by: object): void {
    if (this.state === 'stable') this.#by = by;
    this.#go(event);
  }

  #go(event: OfferAnswerEvent): void {
    this.state = offerAnswerTable[this.state][event];
  }
}

/** True for a body that is, or may hold, a session description. */
export function hasDescription(message: SipMessage): boolean {
  if (message.body.length === 0) return false;
  const given = message.headers.get('Content-Type') ?? '';
  if (given === 'application/sdp') return true;
  const type = given.trimStart().toLowerCase();
  return type.startsWith('application/sdp') || type.startsWith('multipart/');
}
