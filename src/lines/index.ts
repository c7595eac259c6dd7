/**
 * Calls over lines: `TdmLeg`, which joins whatever signals on a line (an analog telephone, an ISDN call, a trunk) and its time slot's
 * sound to a call; analog telephones with hold, second call, three-way, transfer, call waiting and feature codes (GR-571, GR-577 and
 * their like), fax, elevator and door lines. Floor 4; knows no card and no engine.
 */
export { toneOfCause } from './cause-tone.js';
export {
  type Feature,
  type FeatureCodes,
  featureState,
  type NumberState,
  readFeature,
} from './feature-codes.js';
export type { LegSignalling, SignallingCommand, SignallingEvent } from './leg-signalling.js';
export { type HeardSound, isSilenced, LinePort, type LinePortOptions } from './line-port.js';
export { dtmfSounds, mfSounds } from './line-sounds.js';
export { type LineWish, TdmLeg, type TdmLegOptions } from './tdm-leg.js';
export { Telephone } from './telephone.js';
export type { TelephoneHost, TelephoneUser } from './telephone-host.js';
export { type FeatureCodeRow, telephonePage } from './telephone-page.js';
export { type TelephoneSettings, telephoneTimes } from './telephone-settings.js';
export { type TelephoneAction, type TelephoneEvent, type TelephoneState, telephoneTable } from './telephone-table.js';
export { type TelephoneStatus, Telephones, type TelephonesOptions } from './telephones.js';
export { UnkeptFeatures, type UserFeatureStore, type UserFeatures } from './user-features.js';
export type { VoicePath } from './voice-path.js';
