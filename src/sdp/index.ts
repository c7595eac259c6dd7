/**
 * Session descriptions (RFC 8866) and what offer/answer (RFC 3264) needs of them: structured, lossless for what is not
 * understood, and immutable. Floor 1; knows nothing of SIP.
 */
export {
  answeringDirection,
  type Direction,
  directionOf,
  hasNoAddress,
  isHold,
  mediaDirection,
  withDirection,
} from './direction.js';
export { type FilteredOffer, filterOffer, padMedia, rejectMedia, SdpOrigin } from './media-session.js';
export {
  attributeValues,
  connectionAddress,
  type MediaDescription,
  type Origin,
  type SdpLine,
  type SessionDescription,
  sameMedia,
  sameTransport,
} from './session-description.js';
export { formatSdp, parseSdp, type SdpFault, sdpLimits } from './text.js';
