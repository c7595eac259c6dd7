/**
 * RTP (RFC 3550) as bytes: packets, RTCP compounds, telephone-events (RFC 4733); keys of SRTP as descriptions carry them
 * (RFC 4568). For deciding and for tests: what moves packets is the media engine. Floor 1; knows nothing of descriptions.
 */
export {
  answeringCrypto,
  type CryptoAttribute,
  declinedBecause,
  drawKey,
  formatCrypto,
  parseCrypto,
} from './crypto-attribute.js';
export { decodeRtcp, encodeRtcp, type ReportBlock, type RtcpPacket } from './rtcp.js';
export { decodeRtp, encodeRtp, type RtpPacket } from './rtp-packet.js';
export { asSrtpSuite, keyAndSaltBytes, type SrtpSuite, srtpSuites } from './srtp-suite.js';
export {
  decodeTelephoneEvent,
  digitOfEvent,
  encodeTelephoneEvent,
  eventOfDigit,
  formatEventRange,
  parseEventRange,
  type TelephoneEvent,
} from './telephone-event.js';
