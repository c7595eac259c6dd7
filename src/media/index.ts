/**
 * Media as the rest sees it: ports, what each hears, codecs (RFC 3551, 4733, 7587), security (RFC 3711, 4568, 5763), ICE
 * (RFC 8445); commands and events of the media engine as plain data; each leg's offer and answer. Floor 2; knows no engine.
 */
export type { SrtpSuite } from '../rtp/index.js';
export type { Agreement, MediaRefusal } from './agreement.js';
export { type BridgeDescription, formatBridge, readBridge, silentPort, soundOf } from './bridge-description.js';
export { relayedAs } from './codec-choice.js';
export { type Codec, type Format, isVoice } from './format.js';
export { type SaidAndHeard, withoutSecrets, withSecrets } from './kept-secrets.js';
export type { DtlsKeys, MediaCommand, Rollover, RtpPlace, TdmPlace, TurnServer } from './media-command.js';
export {
  idleSettings,
  idleTdmSettings,
  type LineEngine,
  type MediaEngine,
  type MediaPort,
  type PortEvent,
  type PortFault,
  type PortOrder,
  type TdmPort,
  type TdmPortEvent,
} from './media-engine.js';
export type { ListedPort, MediaEvent, PortStatistics } from './media-event.js';
export type { MediaTotals } from './media-figures.js';
export {
  closedWithinMs,
  figuresEveryMs,
  type MediaHealth,
  MediaPorts,
  type MediaPortsOptions,
  orphanGraceMs,
} from './media-ports.js';
export { type Keying, type LocalMedia, type MediaProfile, needsSrtp, type VoiceCodec } from './media-profile.js';
export type { MediaNegotiation, MediaNegotiations, Renewal } from './negotiation.js';
export { mediaNegotiations, Negotiator, type NegotiatorOptions } from './negotiator.js';
export { type MediaNetwork, PortAllocator, type PortPair, quarantineMs, refusedMs } from './port-allocator.js';
export type {
  IceCandidate,
  IceSettings,
  LineListening,
  PlayedSound,
  PortDirection,
  PortId,
  PortSecurity,
  RtpSettings,
  Source,
  SrtpKey,
  TdmSettings,
  Tone,
  ToneStep,
  TransportAddress,
} from './port-settings.js';
export { type CountryTones, preemptionToneMs, tonedCountries, tonesOf } from './tones.js';
