/** Whose session description waits for its answer (RFC 3264 §4). */
export type OfferAnswerState = 'stable' | 'localOffer' | 'remoteOffer';

export type OfferAnswerEvent =
  | 'offerSent'
  | 'offerReceived'
  | 'answerSent'
  | 'answerReceived'
  /** The request that carried the offer failed, or ended without an answer. */
  | 'abandoned';

/**
 * RFC 3264 §4, RFC 3311 §5: one offer at a time. No timers and no actions: the state is a field of its dialog. What a
 * peer or an application does against the rules is refused before, or leaves the state as it was.
 */
export const offerAnswerTable: {
  readonly [state in OfferAnswerState]: { readonly [event in OfferAnswerEvent]: OfferAnswerState };
} = {
  stable: {
    offerSent: 'localOffer',
    offerReceived: 'remoteOffer',
    answerSent: 'stable',
    answerReceived: 'stable',
    abandoned: 'stable',
  },
  localOffer: {
    offerSent: 'localOffer',
    offerReceived: 'localOffer',
    answerSent: 'localOffer',
    answerReceived: 'stable',
    abandoned: 'stable',
  },
  remoteOffer: {
    offerSent: 'remoteOffer',
    offerReceived: 'remoteOffer',
    answerSent: 'stable',
    answerReceived: 'remoteOffer',
    abandoned: 'stable',
  },
};
