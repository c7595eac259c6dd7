/**
 * SIP (RFC 3261): messages, their headers and URIs, streams of messages, digest authentication (RFC 7616, 8760);
 * transactions (RFC 6026) and dialogs. A body is bytes here. Floor 1: imports base alone.
 */
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
  type AnswerOptions,
  answerChallenge,
  digestHash,
  type Ha1,
  ha1,
  usernameHash,
  type VerifyOptions,
  verifyCredentials,
} from './digest.js';
export { canonicalName, knownMethods } from './header-names.js';
export { Headers } from './headers.js';
export { splitList } from './lists.js';
export {
  emptyBody,
  type FaultStatus,
  type ParseFault,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message.js';
export {
  addressParameter,
  formatNameAddr,
  type NameAddr,
  parseNameAddr,
  parseNameAddrList,
  tagOf,
} from './name-addr.js';
export {
  type CSeq,
  parseContentLength,
  parseCSeq,
  parseDeltaSeconds,
  parseMaxForwards,
  parseRetryAfter,
} from './numbers.js';
export { formatParameters, type Parameters } from './parameters.js';
export { type ParseOptions, parseMessage } from './parser.js';
export { reasonPhrase } from './reason-phrase.js';
export { formatMessage } from './serializer.js';
export { type Framed, StreamFramer } from './stream-framer.js';
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
