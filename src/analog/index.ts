/**
 * Line signalling: loop and ground start, E&M, CAMA, hook, flash, wink, pulses, ringing, caller ID. Bellcore GR-30, GR-506 and
 * TR-57, TIA-464 and TIA-968, ETSI EN 300 659 and ES 201 970. Floor 1; knows no card: signals come in, orders go out.
 */
export { ProgressListener, type ProgressTone, type ToneHeard, type TonePattern } from './call-progress.js';
export { CallWaiting, type CallWaitingOutlet } from './call-waiting.js';
export { callWaitingTable } from './call-waiting-table.js';
export { type Absence, type CallerId, type DataMessage, type DataMessageFault, isAbsent } from './caller-id.js';
export {
  alertTones,
  offHookData,
  onHookTransmission,
  stepMs,
  type Transmission,
  type TransmissionStep,
  transmissionMs,
} from './caller-id-transmission.js';
export {
  type AnalogCountry,
  analogCountry,
  analogCountryCodes,
  type CallerIdMethod,
  distinctiveRings,
  longestSilenceMs,
  ringCadence,
} from './country.js';
export { checksum, type DataMessageFormat, decodeDataMessage, encodeDataMessage } from './data-message.js';
export {
  digitOfPulses,
  digitTiming,
  dtmfDurationMs,
  dtmfFrequencies,
  isMfSignal,
  type MfSignal,
  mfDurationMs,
  mfFrequencies,
  type PulseMap,
  pulsesOf,
} from './digits.js';
export { type DtmfCallerIdForm, decodeDtmfCallerId, encodeDtmfCallerId } from './dtmf-caller-id.js';
export {
  bell202,
  encodeFskFrame,
  FskFrameReader,
  type FskModulation,
  offHookPreamble,
  onHookPreamble,
  v23,
} from './fsk-frame.js';
export { HookDecoder, hookLimits } from './hook-decoder.js';
export { hookTable } from './hook-table.js';
export type { AnalogLine, LineNotice, LineRefusal, LineSound, SetupResult } from './line-notice.js';
export type { LineOrder, LineSignal } from './line-signal.js';
export { type LineTimes, lineTimes } from './line-times.js';
export {
  type CamaForm,
  camaCalled,
  camaCalling,
  featureGroupD,
  type MfAddress,
  type MfFault,
  mfField,
  readFeatureGroupD,
  readMfFields,
} from './mf-address.js';
export { OfficeLine, type OfficeSettings } from './office-line.js';
export { officeTable } from './office-table.js';
export { interDigitMs, PulseDialler } from './pulse-dialler.js';
export { pulseTable } from './pulse-table.js';
export type { AnalogSignalling } from './signalling.js';
export { type LinePorts, StationLine, type StationSettings } from './station-line.js';
export { stationTable } from './station-table.js';
export { TransmissionRun } from './transmission-run.js';
export { TrunkLine, type TrunkSettings } from './trunk-line.js';
export { trunkTable } from './trunk-table.js';
