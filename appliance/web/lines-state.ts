import type { Alarm, SpanCounters } from '../../src/tdm/index.js';
import type { DChannelView, LinesView, SpanView } from './ports.js';

/** A span as the page, the status and the metrics show it. */
export interface SpanState {
  readonly id: string;
  readonly name: string;
  readonly kind: 't1' | 'e1' | 'analog';
  /** In words, e.g. `ESF, B8ZS`; '' where nothing is set. */
  readonly framing: string;
  readonly alarms: readonly Alarm[];
  readonly counters: SpanCounters;
  /** source: the box takes its clock from here. standby: it may. gives: the far end takes ours. none: analog, or not in use. */
  readonly clock: 'source' | 'standby' | 'gives' | 'none';
  /** Channels that calls may have, and that have one or are off hook. */
  readonly channels: { readonly all: number; readonly inUse: number };
  /** The D-channel that carries its calls' signalling. */
  readonly dChannel?: string;
}

export interface DChannelState {
  readonly name: string;
  readonly switchType: string;
  readonly side: 'user' | 'network';
  readonly up: boolean;
  readonly sinceWall: number;
  readonly calls: number;
}

export interface LinesState {
  readonly up: boolean;
  readonly spans: readonly SpanState[];
  readonly dChannels: readonly DChannelState[];
  /** Cards that are there and cannot be used, with what a person has to do. */
  readonly unusable: readonly { readonly card: string; readonly lacks: string; readonly install: string }[];
}

/** Undefined where there are no line cards. */
export function linesState(view: LinesView | undefined): LinesState | undefined {
  if (view === undefined) return undefined;
  const { up, unusable } = view;
  return {
    up,
    spans: view.spans.map((span) => spanState(span, view)),
    dChannels: view.dChannels.map(({ settings: { name, switchType, side }, up: stands, sinceWall, busy }) => ({
      ...{ name, switchType, side, up: stands, sinceWall, calls: busy.length },
    })),
    unusable: unusable.map(({ card, lacks, install }) => ({ card, lacks, install })),
  };
}

function spanState(span: SpanView, view: LinesView): SpanState {
  const { id, name, kind } = span.description;
  const use = view.uses.find((each) => each.span === id);
  const dChannel = use?.isdn?.dChannel;
  return {
    ...{ id, name, kind, alarms: span.alarms, counters: span.counters },
    framing: framingOf(span),
    clock: clockOf(span),
    channels: channelsOf(
      span,
      view.dChannels.find(({ settings }) => settings.name === dChannel),
      use?.isdn?.interface,
    ),
    ...(dChannel === undefined ? {} : { dChannel }),
  };
}

function framingOf({ settings }: SpanView): string {
  if (settings === undefined) return '';
  const { framing, coding, crc4 } = settings;
  return [framing.toUpperCase(), coding.toUpperCase(), ...(crc4 ? ['CRC-4'] : [])].join(', ');
}

function clockOf({ settings, clockSource }: SpanView): SpanState['clock'] {
  if (settings === undefined) return 'none';
  if (settings.timing === 0) return 'gives';
  return clockSource ? 'source' : 'standby';
}

function channelsOf(span: SpanView, dChannel: DChannelView | undefined, at: number | undefined): SpanState['channels'] {
  const used = span.channels.filter(({ settings }) => settings !== undefined && settings.signalling !== 'dChannel');
  const busy = new Set(dChannel?.busy.flatMap((each) => (each.interface === (at ?? 0) ? [each.slot] : [])));
  return {
    all: used.length,
    inUse: used.filter(({ number, offHook }) => offHook || busy.has(number)).length,
  };
}
