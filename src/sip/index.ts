/**
 * SIP (RFC 3261): messages, their headers and URIs, streams of messages, digest authentication (RFC 7616, 8760);
 * transactions (RFC 6026) and dialogs. A body is bytes here. Floor 1: imports base alone.
 */

// transactions, dialogs and proxying
export { type BranchFinal, bestResponse } from './best-response.js';
export {
  type CancellationAction,
  type CancellationEvent,
  type CancellationState,
  cancellationTable,
} from './cancellation-table.js';
export { type CertificateNames, certificateNames, namesPeer } from './certificate-names.js';
export {
  authScheme,
  type ChallengeOffer,
  challengeHeader,
  type DigestChallenge,
  type DigestCredentials,
  type DigestHash,
  parseChallenge,
  parseCredentials,
} from './challenge.js';
export { quote, unquote } from './characters.js';
export {
  ClientTransaction,
  type ClientTransactionUser,
  InviteClientTransaction,
  NonInviteClientTransaction,
  type TransactionGround,
} from './client-transaction.js';
export { contactUri, Dialog, type DialogState } from './dialog.js';
export { DialogSet } from './dialog-set.js';
export {
  type AnswerOptions,
  answerChallenge,
  digestHash,
  type Ha1,
  ha1,
  usernameHash,
  type VerifyOptions,
  verifyCredentials,
} from './digest.js';
export { EmergencyTargets } from './emergency-target.js';
export { type Heard, triesNext, type Way } from './failover.js';
export { canonicalName, isKnownName, knownMethods } from './header-names.js';
export { Headers } from './headers.js';
export {
  type InviteClientAction,
  type InviteClientEvent,
  type InviteClientState,
  inviteClientTable,
} from './invite-client-table.js';
export {
  type InviteServerAction,
  type InviteServerEvent,
  type InviteServerState,
  inviteServerTable,
} from './invite-server-table.js';
export { formatLadder, type LadderSource, type LadderStep, ladderSteps } from './ladder.js';
export { splitList } from './lists.js';
export { hasLooped, loopMark, maxBreadth } from './loop-detection.js';
export {
  emptyBody,
  type FaultStatus,
  type ParseFault,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message.js';
export { type MessageSummary, messageSummaryType, parseMessageSummary } from './message-summary.js';
export { MessageTrace, type TracedMessage, type TraceEnd, type TraceLimits, traceLimits } from './message-trace.js';
export {
  addressParameter,
  formatNameAddr,
  type NameAddr,
  parseNameAddr,
  parseNameAddrList,
  tagOf,
} from './name-addr.js';
export {
  type NonInviteClientAction,
  type NonInviteClientEvent,
  type NonInviteClientState,
  nonInviteClientTable,
} from './non-invite-client-table.js';
export {
  type NonInviteServerAction,
  type NonInviteServerEvent,
  type NonInviteServerState,
  nonInviteServerTable,
} from './non-invite-server-table.js';
export {
  type CSeq,
  parseContentLength,
  parseCSeq,
  parseDeltaSeconds,
  parseMaxForwards,
  parseRetryAfter,
} from './numbers.js';
export { hasDescription, OfferAnswer, type OfferVerdict } from './offer-answer.js';
export { type OfferAnswerEvent, type OfferAnswerState, offerAnswerTable } from './offer-answer-table.js';
export {
  type LoadSample,
  type LoadTargets,
  loadTargets,
  OverloadControl,
  type RequestClass,
  speaksOverloadControl,
  withOverloadControl,
} from './overload-control.js';
export { formatParameters, type Parameters } from './parameters.js';
export { type ParseOptions, parseMessage } from './parser.js';
export type { Path, ViaTransport } from './path.js';
export { formatPcap, type PcapEnd, type PcapPacket } from './pcap.js';
export { type OverloadWish, overloadControlOffer, PeerOverload, parseOverloadWish } from './peer-overload.js';
export { ProvisionalSequence } from './provisional-sequence.js';
export {
  followRoute,
  type ProxyRefusal,
  proxiedCopy,
  proxyRefusal,
  type RouteTaken,
  takeOwnRoutes,
} from './proxied-copy.js';
export { ProxiedRequest, type ProxyPlan, type ProxyPorts, type RequestSender } from './proxied-request.js';
export {
  type ProxyBranchAction,
  type ProxyBranchContext,
  type ProxyBranchEvent,
  type ProxyBranchState,
  proxyBranchTable,
  timerCMs,
} from './proxy-branch-table.js';
export { formatRAck, parseRAck, parseRSeq, type RAck } from './rack.js';
export { reasonPhrase } from './reason-phrase.js';
export { isRecordRouteOf, recordRouteParameter } from './record-route.js';
export { redacted } from './redaction.js';
export { ReliableProvisional } from './reliable-provisional.js';
export {
  type ReliableProvisionalAction,
  type ReliableProvisionalEvent,
  type ReliableProvisionalState,
  reliableProvisionalTable,
} from './reliable-provisional-table.js';
export { parseReplaces, type Replaces } from './replaces.js';
export { ackToFailure, cancelFor, cseqMethod, cseqNumber } from './request-builder.js';
export { createResponse } from './response-builder.js';
export { type ProxyStep, type ProxyTarget, ResponseContext, type ResponseContextOptions } from './response-context.js';
export { formatMessage } from './serializer.js';
export {
  emergencyReserve,
  type ServerLimits,
  type SourceLimits,
  serverLimits,
  sourceLimits,
} from './server-limits.js';
export {
  InviteServerTransaction,
  NonInviteServerTransaction,
  ServerTransaction,
  type ServerTransactionUser,
} from './server-transaction.js';
export {
  type NaptrRecord,
  naptrServices,
  orderServers,
  type SipProtocol,
  type SipService,
  type SrvRecord,
  srvService,
} from './service-location.js';
export {
  answerSessionExpires,
  defaultMinSeS,
  formatSessionExpires,
  listHas,
  minSeOf,
  type Refresher,
  type SessionExpires,
  sessionExpiresOf,
} from './session-expires.js';
export { SessionTimer } from './session-timer.js';
export {
  type SessionTimerAction,
  type SessionTimerEvent,
  type SessionTimerState,
  sessionTimerTable,
} from './session-timer-table.js';
export { type BanReason, Source, SourceTable, sourceName } from './source-table.js';
export { type Framed, StreamFramer } from './stream-framer.js';
export { answerStun } from './stun.js';
export { SuccessRetransmission } from './success-retransmission.js';
export {
  type SuccessRetransmissionAction,
  type SuccessRetransmissionEvent,
  type SuccessRetransmissionState,
  successRetransmissionTable,
} from './success-retransmission-table.js';
export { TokenSource } from './token-source.js';
export { stampVia, type TopVia, topVia } from './top-via.js';
export { clientKey, mergeKey, serverKey } from './transaction-key.js';
export { TransactionLayer, type TransactionLayerOptions, type TransactionLayerUser } from './transaction-layer.js';
export { standardTimers, type TimerContext, type TimerSettings } from './transaction-timers.js';
export {
  formatUri,
  type OpaqueUri,
  parseSipUri,
  parseUri,
  type SipUri,
  type TelUri,
  type Uri,
  uriScheme,
} from './uri.js';
export { equalUris, escapeUser, unescapeUri } from './uri-comparison.js';
export { branchCookie, formatVia, parseVia, parseViaList, type Via } from './via.js';
