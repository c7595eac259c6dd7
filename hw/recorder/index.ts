/**
 * Records what the lines of any span tell and are told, as JSON lines, and replays it on the injected clock: a fault in the field
 * becomes a test. Line events and frames of D-channels; samples are not in it. Floor 5.
 */
export { momentText } from './moment-text.js';
export { RecordedHardware } from './recorded-hardware.js';
export { RecordedSpan } from './recorded-span.js';
export {
  formatMoment,
  type RecordedMoment,
  type Recording,
  type RecordingFault,
  type RecordingHead,
  readRecording,
} from './recording.js';
export { type ReplayedChannel, ReplayedSpan } from './replayed-span.js';
