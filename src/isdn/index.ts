/**
 * ISDN as the rest sees it: calls on a D-channel as commands and events (Q.931 and its dialects), parties and redirection,
 * and frames in words for people (Q.921, Q.931). Floor 1; who speaks the protocol is hw/pri.
 */
export { frameText } from './d-channel-trace.js';
export type {
  BChannel,
  Bearer,
  IsdnCallId,
  IsdnCommand,
  IsdnEvent,
  IsdnSetup,
  IsdnSide,
  SwitchType,
} from './isdn-call.js';
export {
  decodeNumberPlan,
  decodePresentation,
  decodeRedirectionReason,
  encodeNumberPlan,
  encodePresentation,
  encodeRedirectionReason,
  type IsdnNumber,
  type IsdnParty,
  type IsdnRedirection,
  type NumberPlan,
  type NumberType,
  type Presentation,
  type RedirectionReason,
  type Screening,
} from './isdn-party.js';
export { decodeQ921, type Q921Frame } from './q921.js';
export { decodeQ931, type InformationElement, type Q931Message } from './q931.js';
