import { ok, type Result } from '../base/index.js';
import { complain } from './plain-kinds.js';
import { type Complaint, kind } from './shape.js';

/** Time slots or jacks of one span, from the first to the last, both included. */
export interface ChannelRange {
  /** Its id, e.g. `sim/1`. */
  readonly span: string;
  /** 1-31. */
  readonly first: number;
  readonly last: number;
}

/** Time slots of a span that is named elsewhere. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** E1 has 31 time slots beside the one that frames it; no analog card has more jacks. */
const lastSlot = 31;
const spanForm = '[A-Za-z0-9][A-Za-z0-9._:@/-]{0,95}';

/** A span as its card says it. */
export const spanId = kind<string>({
  name: 'span',
  says: 'a span as the page lists it, e.g. dahdi/1',
  jsonSchema: { type: 'string', pattern: `^${spanForm}$` },
  readText: (word) =>
    isSpan(word) ? ok(word) : complain(`"${word}" is not a span`, 'write one as the page lists it, e.g. dahdi/1'),
  write: (value) => value,
});

/** One time slot or jack. */
export const channelId = kind<string>({
  name: 'channel',
  says: 'a channel as span:number, e.g. dahdi/1:3',
  jsonSchema: { type: 'string', pattern: `^${spanForm}:[0-9]{1,2}$` },
  readText: (word) => {
    const range = readRange(word);
    if (!range.ok) return range;
    const { span, first, last } = range.value;
    return first === last && !word.includes('-', span.length)
      ? ok(`${span}:${first}`)
      : complain(`"${word}" is more than one channel`, `write one, e.g. ${span}:${first}`);
  },
  write: (value) => value,
});

/** Some channels of one span. */
export const channelRange = kind<ChannelRange>({
  name: 'range of channels',
  says: 'a channel or a range of them as span:first-last, e.g. dahdi/1:1-23',
  jsonSchema: { type: 'string', pattern: `^${spanForm}:[0-9]{1,2}(-[0-9]{1,2})?$` },
  readText: readRange,
  write: ({ span, ...slots }) => `${span}:${writeSlots(slots)}`,
});

/** Some time slots of the span that the setting belongs to. */
export const slotRange = kind<SlotRange>({
  name: 'range of time slots',
  says: 'a time slot or a range of them, e.g. 1-23',
  jsonSchema: { type: ['string', 'integer'], pattern: '^[0-9]{1,2}(-[0-9]{1,2})?$' },
  readText: (word) => readSlots(word, word),
  write: writeSlots,
});

/** An amplification; below zero it makes quieter. */
export function decibels(min: number, max: number) {
  const says = `whole decibels, ${min} to ${max}`;
  return kind<number>({
    name: 'decibels',
    says,
    jsonSchema: { type: 'integer', minimum: min, maximum: max },
    readText: (word) => {
      const value = /^[+-]?\d{1,3}$/.test(word) ? Number(word) : Number.NaN;
      if (value >= min && value <= max) return ok(value === 0 ? 0 : value);
      if (/^[+-]?\d+\s*dB$/i.test(word)) return complain(`"${word}" carries a unit`, `write the number alone: ${says}`);
      return complain(`"${word}" is not ${says}`, `write ${says}`);
    },
    write: (value) => value,
  });
}

/** The ids of all channels of `ranges`, in their order, e.g. `sim/1:1`. */
export function channelsOf(ranges: readonly ChannelRange[]): readonly string[] {
  return ranges.flatMap(({ span, ...slots }) => slotsOf([slots]).map((slot) => `${span}:${slot}`));
}

/** The numbers of all time slots of `ranges`, in their order. */
export function slotsOf(ranges: readonly SlotRange[]): readonly number[] {
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
}

/** `sim/1:5` is slot 5 of span `sim/1`; a span's name may hold colons itself. */
export function splitChannel(id: string): { readonly span: string; readonly slot: number } {
  const colon = id.lastIndexOf(':');
  return { span: id.slice(0, Math.max(0, colon)), slot: Number(id.slice(colon + 1)) };
}

function isSpan(word: string): boolean {
  return new RegExp(`^${spanForm}$`).test(word);
}

function readRange(word: string): Result<ChannelRange, Complaint> {
  const colon = word.lastIndexOf(':');
  const span = word.slice(0, Math.max(0, colon));
  if (!isSpan(span)) return complain(`"${word}" is not a channel`, 'write span:number or span:first-last');
  const slots = readSlots(word.slice(colon + 1), word);
  return slots.ok ? ok({ span, ...slots.value }) : slots;
}

function readSlots(word: string, whole: string): Result<SlotRange, Complaint> {
  const [, first, last = first] = /^(\d{1,2})(?:\s*-\s*(\d{1,2}))?$/.exec(word) ?? [];
  if (first === undefined) return complain(`"${whole}" has no number`, 'write a number or a range such as 1-23');
  const [from, to] = [Number(first), Number(last)];
  if (from < 1 || to > lastSlot)
    return complain(`"${whole}" leaves the span`, `channels are numbered from 1 to ${lastSlot} at most`);
  if (from > to) return complain(`"${whole}" ends before it begins`, `write ${to}-${from}`);
  return ok({ first: from, last: to });
}

function writeSlots({ first, last }: SlotRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
