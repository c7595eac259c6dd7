import { err, ok, type Result } from '../../src/base/index.js';
import type {
  ChannelAbilities,
  ChannelSettings,
  LineEvent,
  LineOrder,
  LineSignal,
  SpanDescription,
  SpanEvent,
  SpanSettings,
} from '../../src/tdm/index.js';

/** What a recording begins with: the span as it was. */
export interface RecordingHead {
  readonly recording: 1;
  readonly span: SpanDescription;
  readonly channels: readonly { readonly id: string; readonly number: number; readonly abilities: ChannelAbilities }[];
}

/** One line of a recording. `atMs` counts from its begin. */
export type RecordedMoment = { readonly atMs: number } & (
  | { readonly spanEvent: SpanEvent }
  | { readonly spanSettings: SpanSettings }
  | { readonly channel: string; readonly event: LineEvent }
  | { readonly channel: string; readonly order: LineOrder }
  | { readonly channel: string; readonly settings: ChannelSettings }
  /** Of a D-channel, sent. Those that came are events. */
  | { readonly channel: string; readonly frame: Uint8Array }
);

export interface Recording {
  readonly head: RecordingHead;
  readonly moments: readonly RecordedMoment[];
}

export interface RecordingFault {
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

/** More than a day of a busy T1 has. */
const maxMoments = 5_000_000;

/** Reads a recording from its lines, one JSON object each; empty lines do not count. */
export function readRecording(lines: Iterable<string>): Result<Recording, RecordingFault> {
  let head: RecordingHead | undefined;
  const moments: RecordedMoment[] = [];
  let [line, before] = [0, 0];
  for (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    const value = parse(text);
    if (value === undefined) return err({ line, why: 'no JSON object' });
    if (head === undefined) {
      if (!isHead(value)) return err({ line, why: 'not the head of a recording of this version' });
      head = value;
      continue;
    }
    const moment = withFrame(value);
    if (!isMoment(moment, head)) return err({ line, why: 'neither an event nor an order of this span' });
    if (moment.atMs < before) return err({ line, why: 'earlier than the line before' });
    if (moments.length >= maxMoments) return err({ line, why: `more than ${maxMoments} moments` });
    before = moment.atMs;
    moments.push(moment);
  }
  return head === undefined ? err({ line, why: 'empty' }) : ok({ head, moments });
}

/** A moment as a line of a recording; frames are hexadecimal. */
export function formatMoment(moment: RecordedMoment): string {
  if ('frame' in moment) return JSON.stringify({ ...moment, frame: hex(moment.frame) });
  if (!('event' in moment) || moment.event.kind !== 'frame') return JSON.stringify(moment);
  return JSON.stringify({ ...moment, event: { kind: 'frame', frame: hex(moment.event.frame) } });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Frames back from hexadecimal; what is none stays as it is, and is found out by who checks. */
function withFrame(value: Fields): Fields {
  const { frame, event } = value;
  if (isHex(frame)) return { ...value, frame: Buffer.from(frame, 'hex') };
  if (!isFields(event) || event.kind !== 'frame' || !isHex(event.frame)) return value;
  return { ...value, event: { kind: 'frame', frame: Buffer.from(event.frame, 'hex') } };
}

/** Q.921 §5.9.3: 260 octets of information at most, and four before them. */
function isHex(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 600 && /^(?:[0-9a-f]{2})+$/.test(value);
}

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHead(value: unknown): value is RecordingHead {
  if (!isFields(value) || value.recording !== 1 || !isFields(value.span) || !Array.isArray(value.channels))
    return false;
  const { id, kind, name, location, kinds } = value.span;
  if (![id, kind, name, location].every((each) => typeof each === 'string') || !Array.isArray(kinds)) return false;
  return value.channels.every(
    (each: unknown) =>
      isFields(each) && typeof each.id === 'string' && typeof each.number === 'number' && isAbilities(each.abilities),
  );
}

function isAbilities(value: unknown): value is ChannelAbilities {
  return (
    isFields(value) &&
    Array.isArray(value.signalling) &&
    (value.hook === 'raw' || value.hook === 'decoded') &&
    [value.pulses, value.polarity, value.current, value.neon].every((each) => typeof each === 'boolean') &&
    typeof value.echoTailMs === 'number'
  );
}

function isMoment(value: unknown, head: RecordingHead): value is RecordedMoment {
  if (!isFields(value) || typeof value.atMs !== 'number' || !(value.atMs >= 0)) return false;
  if (value.channel === undefined) return isSpanEvent(value.spanEvent) || isFields(value.spanSettings);
  if (!head.channels.some(({ id }) => id === value.channel)) return false;
  if (value.event !== undefined) return isLineEvent(value.event);
  if (value.frame !== undefined) return value.frame instanceof Uint8Array;
  return isKind(value.order) || (isFields(value.settings) && typeof value.settings.signalling === 'string');
}

function isKind(value: unknown): value is { readonly kind: string } & Fields {
  return isFields(value) && typeof value.kind === 'string';
}

function isSpanEvent(value: unknown): value is SpanEvent {
  if (!isKind(value)) return false;
  switch (value.kind) {
    case 'alarms':
      return isTexts(value.alarms);
    case 'counters':
      return isFields(value.counters);
    case 'clockSource':
      return typeof value.here === 'boolean';
    case 'fault':
      return typeof value.why === 'string';
    default:
      return value.kind === 'unplugged';
  }
}

function isLineEvent(value: unknown): value is LineEvent {
  if (!isKind(value)) return false;
  switch (value.kind) {
    case 'signal':
      return isSignal(value.signal);
    case 'alarms':
      return isTexts(value.alarms);
    case 'frame':
      return value.frame instanceof Uint8Array;
    case 'fault':
      return typeof value.order === 'string' && typeof value.why === 'string';
    default:
      return value.kind === 'unplugged';
  }
}

/** Signals that are no more than their name. */
const plainSignals: { readonly [kind in LineSignal['kind']]: boolean } = {
  offHook: true,
  onHook: true,
  flash: true,
  wink: true,
  pulses: false,
  ringOn: true,
  ringOff: true,
  current: false,
  polarity: false,
  ringGround: true,
  tipGround: true,
  pulsesSent: true,
};

function isSignal(value: unknown): value is LineSignal {
  if (!isKind(value) || !Object.hasOwn(plainSignals, value.kind)) return false;
  switch (value.kind) {
    case 'pulses':
      return Number.isInteger(value.count);
    case 'current':
      return typeof value.flows === 'boolean';
    case 'polarity':
      return typeof value.reversed === 'boolean';
    default:
      return true;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
