/**
 * Media as the rest sees it: ports, what each hears, codecs (RFC 3551, 4733, 7587), security (RFC 3711, 4568, 5763), ICE
 * (RFC 8445); commands and events of the media engine as plain data. Floor 2; knows no engine.
 */
export { type Codec, type Format, isVoice } from './format.js';
export type { DtlsKeys, MediaCommand, Rollover, RtpPlace, TdmPlace, TurnServer } from './media-command.js';
export type { ListedPort, MediaEvent, PortStatistics } from './media-event.js';
export type {
  IceCandidate,
  IceSettings,
  PortDirection,
  PortId,
  PortSecurity,
  RtpSettings,
  Source,
  SrtpKey,
  SrtpSuite,
  TdmSettings,
  Tone,
  ToneStep,
  TransportAddress,
} from './port-settings.js';
