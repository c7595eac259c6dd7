/**
 * Legs over SIP: RFC 3261 dialogs by an injected drachtio-srf, with RFC 3264, 3311, 3323, 3325, 3326, 3398, 3515, 7989;
 * probes and upstream registration by the same way. Floor 4.
 */
export type { Announcements } from './anchor-port.js';
export {
  asApplication,
  type DialogHandler,
  type ReceivedRequest,
  type ReceivedResponse,
  type Reply,
  type RequestOptions,
  type SentRequest,
  type SipApplication,
  type SipHeaders,
  type SipView,
} from './application.js';
export { causeOfReason, causeOfResponse, causeOfStatus, reasonOfCause, statusOfCause } from './causes.js';
export { type Credentials, type DigestIdentity, digestCredentials, type PasswordIdentity } from './credentials.js';
export { flowOf, flowUri } from './flows.js';
export { IncomingLeg } from './incoming-leg.js';
export { incomingTable } from './incoming-table.js';
export type { LegGround } from './leg-ground.js';
export { type AnchorRefusal, MediaAnchors, type MediaAnchorsOptions } from './media-anchors.js';
export { calledPeer, callingPeer, type MediaPeer, type MediaSide, profileOf } from './media-rules.js';
export { serveNotice } from './message-notice.js';
export { negotiationTable } from './negotiation-table.js';
export { OutgoingLeg, type OutgoingTarget } from './outgoing-leg.js';
export { outgoingTable } from './outgoing-table.js';
export { type RegisterService, serveRegister } from './register-request.js';
export { type ArrivedCall, SrfLegs, type SrfLegsOptions, type TrunkTarget } from './srf-legs.js';
export { SrfProber, type SrfProberOptions } from './srf-prober.js';
export { SrfUpstreamRegister, type SrfUpstreamRegisterOptions } from './srf-upstream-register.js';
export { SrfUpstreamSubscribe } from './srf-upstream-subscribe.js';
