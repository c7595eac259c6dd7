import { formatEventRange, parseEventRange } from '../rtp/index.js';
import { type Format, isVoice } from './format.js';
import type { MediaProfile, VoiceCodec } from './media-profile.js';
import type { RtpSettings } from './port-settings.js';

/** The packet times that the engine makes, ms. Opus has no frames of 30 and 50 (RFC 6716 §2.1.4). */
const packetTimes = [10, 20, 30, 40, 50, 60];
const opusPacketTimes = [10, 20, 40, 60];

/** Same codec, clock and channels: what one sends as the first, the other may send on as the second. */
export function sameCodec(a: Format, b: Format): boolean {
  return a.codec === b.codec && a.clockRate === b.clockRate && a.channels === b.channels;
}

/**
 * The format as which what a peer says goes on to another one without being decoded: one that it may send and the other takes.
 * Undefined: it must be transcoded. What the first sends is its own choice where it was left one: then each packet tells.
 */
export function relayedAs(
  speaker: Pick<RtpSettings, 'receives'>,
  listener: Pick<RtpSettings, 'sends'>,
): Format | undefined {
  return listener.sends.find((format) => isVoice(format) && speaker.receives.some((each) => sameCodec(each, format)));
}

/** Whether the engine has this variant of the codec, and the leg's profile wants it. */
export function isTaken(format: Format, profile: MediaProfile): boolean {
  const { codec, clockRate, channels } = format;
  switch (codec) {
    case 'telephone-event':
      return profile.telephoneEvent && (clockRate === 8000 || clockRate === 48_000) && digitEvents(format).size > 0;
    case 'CN':
      return profile.comfortNoise && clockRate === 8000;
    case 'opus':
      return profile.codecs.includes(codec) && clockRate === 48_000 && channels === 2;
    case 'L16':
      return profile.codecs.includes(codec) && channels === 1 && (clockRate === 8000 || clockRate === 16_000);
    default:
      return profile.codecs.includes(codec) && clockRate === 8000 && channels === 1;
  }
}

/** The profile's codecs, those first that `other` can do: nobody transcodes what both ends understand. */
export function orderedVoice(profile: MediaProfile, other: readonly Format[]): readonly Omit<Format, 'payloadType'>[] {
  const shared = other.filter((format) => isVoice(format) && isTaken(format, profile));
  const own = profile.codecs.map(plainFormat).filter((each) => !shared.some((format) => format.codec === each.codec));
  return [...shared, ...own];
}

/** The voice to send, of what a peer takes: what the other leg speaks, in its order, else the profile's best. */
export function chooseVoice(
  accepted: readonly Format[],
  other: readonly Format[],
  profile: MediaProfile,
): Format | undefined {
  const voices = accepted.filter((format) => isVoice(format) && isTaken(format, profile));
  for (const format of other) {
    const shared = voices.find((each) => sameCodec(each, format));
    if (shared !== undefined) return shared;
  }
  return profile.codecs.flatMap((codec) => voices.filter((each) => each.codec === codec))[0];
}

/** What goes along with a voice: telephone-event at its clock (RFC 4733 §2.1), or at another where the peer has no such; CN for 8 kHz (RFC 3389 §4). */
export function companions(voice: Format, accepted: readonly Format[], profile: MediaProfile): readonly Format[] {
  const taken = accepted.filter((format) => isTaken(format, profile));
  const events = taken.filter((format) => format.codec === 'telephone-event');
  const event = events.find((format) => format.clockRate === voice.clockRate) ?? events[0];
  const noise = voice.clockRate === 8000 ? taken.find((format) => format.codec === 'CN') : undefined;
  return [event, noise].filter((each) => each !== undefined);
}

/** The digits of a telephone-event format: 0-15 of what it names. */
export function digitEvents(format: Format): ReadonlySet<number> {
  const events = parseEventRange(format.parameters) ?? new Set<number>();
  return new Set([...events].filter((event) => event < 16));
}

/** `fmtp` of our telephone-event, where a peer has said which it knows. */
export function eventParameters(peer: Format | undefined): string {
  return peer === undefined ? '0-15' : formatEventRange(digitEvents(peer));
}

/** The packet time to send `voice` in: what its receiver asks for, else ours, within what receiver, codec and engine can do. */
export function packetTime(voice: Format, asked: number | undefined, most: number | undefined, ours: number): number {
  const times = voice.codec === 'opus' ? opusPacketTimes : packetTimes;
  const bound = Math.min(asked ?? ours, most ?? Number.POSITIVE_INFINITY);
  return times.findLast((ms) => ms <= bound) ?? 10;
}

/**
 * Opus as we offer or answer it (RFC 7587 §6.1): never stereo, correction in band, and no wider band than what the other leg can
 * carry on. Where the other leg speaks Opus too its own wishes pass, because what is encoded for us is relayed to it.
 */
export function opusParameters(other: readonly Format[]): string {
  const voices = other.filter(isVoice);
  const relayed = voices.find((format) => format.codec === 'opus');
  const wishes = relayed === undefined ? bandOf(voices) : passedOn(relayed.parameters);
  return ['useinbandfec=1', 'stereo=0', 'sprop-stereo=0', ...wishes].join(';');
}

/** Hz of sound that a format carries. */
export function sampleRate(format: Pick<Format, 'codec' | 'clockRate'>): number {
  return format.codec === 'G722' ? 16_000 : format.clockRate;
}

function bandOf(voices: readonly Format[]): readonly string[] {
  if (voices.length === 0) return [];
  const rate = Math.max(...voices.map(sampleRate));
  return rate >= 48_000 ? [] : [`maxplaybackrate=${rate}`, `sprop-maxcapturerate=${rate}`];
}

function passedOn(parameters: string): readonly string[] {
  const names = /^(?:maxplaybackrate|sprop-maxcapturerate|maxaveragebitrate|cbr|usedtx)=\d{1,6}$/;
  return parameters
    .split(';')
    .map((each) => each.trim())
    .filter((each) => names.test(each));
}

function plainFormat(codec: VoiceCodec): Omit<Format, 'payloadType'> {
  if (codec === 'opus') return { codec, clockRate: 48_000, channels: 2, parameters: '' };
  return { codec, clockRate: 8000, channels: 1, parameters: '' };
}
