/**
 * Trunks over lines: ISDN (Q.931 §5, as far as it is about channels and numbers), exchange lines, E&M and emergency trunks, their
 * groups with hunting, reservation and pre-emption. Floor 4; knows no card and nobody who speaks Q.931.
 */
export {
  ChannelService,
  type OutOfServiceStore,
  type ServedChannel,
  type ServiceAnswer,
  type ServiceOrder,
  UnkeptOutOfService,
} from './channel-service.js';
export type { TrunkChannelStatus } from './channel-status.js';
export { type ChannelState, channelTable } from './channel-table.js';
export { type HuntOrder, hunted } from './hunt-order.js';
export { IsdnCall } from './isdn-call.js';
export { isdnCallTable, isdnCallTimes } from './isdn-call-table.js';
export { IsdnLink, type IsdnLinkOptions, type IsdnTrunkRules } from './isdn-link.js';
export { callSetupOf, type IsdnSetupRules, isdnSetupOf, type PlacedAs } from './isdn-setup.js';
export { digitSounds, tonePatterns } from './line-sounds.js';
export type { MemberArrival, MemberCall, TrunkMember } from './member-call.js';
export {
  apply,
  type DigitRule,
  isdnNumber,
  type NumberRules,
  numberHere,
  plainDigits,
  unchanged,
} from './number-rules.js';
export { redirectionFields, redirectionOf } from './redirection-fields.js';
export { channelTimes, TrunkChannel } from './trunk-channel.js';
export { TrunkGroup, type TrunkGroupSettings, type TrunkGroupStatus } from './trunk-group.js';
export {
  type IsdnGroupSettings,
  type LineTrunkSettingsOf,
  TrunkLines,
  type TrunkLinesPorts,
  type TrunkLinesSettings,
  type TrunkMemberSettings,
} from './trunk-lines.js';
export type { LineGains } from './trunk-voice.js';
