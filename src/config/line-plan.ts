import type { DChannelSettings, Signalling, SpanSettings } from '../tdm/index.js';
import { type SlotRange, slotsOf, splitChannel } from './line-kinds.js';
import type { Configuration, LineSpanSettings, LinesSettings } from './schema.js';

/** What each time slot of a listed span is for. */
export interface SpanUse {
  readonly span: string;
  /** By number. `bearer` with PRI; slots that are used for nothing are not there. */
  readonly slots: ReadonlyMap<number, Signalling>;
  /** PRI: the D-channel's name ({@link dChannelSettings}) and the number by which B-channels of this span are told. */
  readonly isdn?: { readonly dChannel: string; readonly interface: number };
}

/** What a span is set to, with what follows from its kind where nothing is written. */
export function spanSettings(span: LineSpanSettings): SpanSettings {
  const t1 = span.kind === 't1';
  const ownFraming = t1 ? 'esf' : span.signalling === 'pri' || span.signalling === 'clear' ? 'ccs' : 'cas';
  return {
    kind: span.kind,
    framing: span.framing ?? ownFraming,
    coding: span.coding ?? (t1 ? 'b8zs' : 'hdb3'),
    crc4: !t1 && span.crc4,
    timing: span.timing,
    buildOut: t1 ? span.buildOut : 0,
  };
}

export function spanUses({ spans }: LinesSettings): readonly SpanUse[] {
  return spans.map((span) => {
    const dChannel = dChannelSlot(span);
    const kind = span.signalling === 'pri' ? 'bearer' : span.signalling;
    const slots = new Map<number, Signalling>();
    for (const slot of callSlots(span)) slots.set(slot, kind);
    if (dChannel !== undefined) slots.set(dChannel, 'dChannel');
    if (span.signalling !== 'pri') return { span: span.span, slots };
    return { span: span.span, slots, isdn: { dChannel: span.group ?? span.span, interface: interfaceOf(span) } };
  });
}

/** One for each span with a D-channel of its own, and one for each NFAS group. */
export function dChannelSettings({ spans }: LinesSettings): readonly DChannelSettings[] {
  const pri = spans.filter((span) => span.signalling === 'pri');
  const names = [...new Set(pri.map((span) => span.group ?? span.span))];
  return names.flatMap((name) => {
    const members = pri.filter((span) => (span.group ?? span.span) === name);
    const carriers = members
      .filter((span) => dChannelSlot(span) !== undefined)
      .toSorted((a, b) => rank(a) - rank(b))
      .map((span) => `${span.span}:${dChannelSlot(span)}`);
    const [first] = members;
    if (first === undefined) return [];
    const { switchType, side } = first;
    return [{ name, switchType, side, e1: first.kind === 'e1', channels: carriers, nfas: first.group !== undefined }];
  });
}

/** The country code whose habits the lines have. */
export function lineCountry(c: Pick<Configuration, 'lines' | 'site'>): string {
  return c.lines.country ?? c.site.countryCode;
}

/** How samples are companded on `channel` (ITU-T G.711 §2: µ-law on T1 and in its countries). */
export function lineLaw(c: Pick<Configuration, 'lines' | 'site'>, channel: string): 'u' | 'a' {
  const { span } = splitChannel(channel);
  const listed = c.lines.spans.find((each) => each.span === span);
  if (listed !== undefined) return listed.kind === 't1' ? 'u' : 'a';
  return c.lines.law ?? (['1', '81'].includes(lineCountry(c)) ? 'u' : 'a');
}

/** Undefined: the span has no D-channel. */
export function dChannelSlot(span: LineSpanSettings): number | undefined {
  if (span.signalling !== 'pri' || (span.group !== undefined && span.groupRole === 'none')) return undefined;
  return span.dChannel ?? (span.kind === 't1' ? 24 : 16);
}

/** Those that carry calls. */
export function callSlots(span: LineSpanSettings): readonly number[] {
  const all = span.kind === 't1' ? t1Slots : e1Slots;
  const dChannel = dChannelSlot(span);
  const signallingBits = spanSettings(span).framing === 'cas' ? 16 : undefined;
  const written = slotsOf(span.channels ?? [all]);
  return written.filter((slot) => slot !== dChannel && slot !== signallingBits && slot <= all.last);
}

const t1Slots: SlotRange = { first: 1, last: 24 };
const e1Slots: SlotRange = { first: 1, last: 31 };

function rank({ groupRole }: LineSpanSettings): number {
  return groupRole === 'primary' ? 0 : 1;
}

function interfaceOf(span: LineSpanSettings): number {
  return span.group === undefined ? 0 : span.interface;
}
