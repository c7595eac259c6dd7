/**
 * Records what the lines of any span tell and are told, as JSON lines, and replays it on the injected clock: a fault in the field
 * becomes a test. Line events only; frames of D channels and samples are not in it. Floor 5.
 */
export { RecordedSpan } from './recorded-span.js';
export {
  type RecordedMoment,
  type Recording,
  type RecordingFault,
  type RecordingHead,
  readRecording,
} from './recording.js';
export { type ReplayedChannel, ReplayedSpan } from './replayed-span.js';
