/**
 * Calls over lines: `TdmLeg`, which joins whatever signals on a line (an analog telephone, an ISDN call, a trunk) and its time slot's
 * sound to a call. Floor 4; knows no card and no engine.
 */
export { toneOfCause } from './cause-tone.js';
export type { LegSignalling, SignallingCommand, SignallingEvent } from './leg-signalling.js';
export { LinePort, type LinePortOptions } from './line-port.js';
export { TdmLeg, type TdmLegOptions } from './tdm-leg.js';
export type { VoicePath } from './voice-path.js';
