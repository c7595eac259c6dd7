/**
 * Session descriptions (RFC 8866) and what offer/answer (RFC 3264) needs of them: structured, lossless for what is not
 * understood, and immutable. Floor 1; knows nothing of SIP.
 */
export {
  answeringDirection,
  canReceive,
  canSend,
  type Direction,
  directionOf,
  hasNoAddress,
  isHold,
  mediaDirection,
  meetDirections,
  wishBehind,
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
export {
  bundledMids,
  inheritedValues,
  readFingerprint,
  readRtcpAttribute,
  readSetup,
  type Setup,
} from './transport-attributes.js';
