import type { LinesState, SlotState, SpanState } from '../io/index.js';
import type { ChannelView, DChannelView, LinesView, SpanView } from './ports.js';

/** Undefined where there are no line cards. */
export function linesState(view: LinesView | undefined): LinesState | undefined {
  if (view === undefined) return undefined;
  const { up, unusable } = view;
  const trunks = new Map(view.channels.map((channel) => [channel.id, channel]));
  return {
    up,
    spans: view.spans.map((span) => spanState(span, view, trunks)),
    dChannels: view.dChannels.map(({ settings: { name, switchType, side }, up: stands, sinceWall, busy }) => ({
      ...{ name, switchType, side, up: stands, sinceWall, calls: busy.length },
    })),
    unusable: unusable.map(({ card, lacks, install }) => ({ card, lacks, install })),
  };
}

function spanState(span: SpanView, view: LinesView, trunks: ReadonlyMap<string, ChannelView>): SpanState {
  const { id, name, kind } = span.description;
  const isdn = view.uses.find((each) => each.span === id)?.isdn;
  const dChannel = view.dChannels.find(({ settings }) => settings.name === isdn?.dChannel);
  const busy = new Set(
    dChannel?.busy.flatMap((each) => (each.interface === (isdn?.interface ?? 0) ? [each.slot] : [])),
  );
  const slots = span.channels.map((channel) =>
    slotState(channel, trunks.get(`${id}:${channel.number}`), dChannelOf(view, `${id}:${channel.number}`), busy),
  );
  const forCalls = slots.filter(({ state }) => state !== 'unused').filter((slot) => slot.signalling !== 'dChannel');
  return {
    ...{ id, name, kind, alarms: span.alarms, alarmsSinceWall: span.alarmsSinceWall, counters: span.counters },
    framing: framingOf(span),
    clock: clockOf(span),
    channels: {
      all: forCalls.length,
      inUse: forCalls.filter(({ state }) => state === 'inUse').length,
      out: forCalls.filter(({ takenOut }) => takenOut === true).length,
    },
    ...(isdn === undefined ? {} : { dChannel: isdn.dChannel }),
    slots,
  };
}

/** The D-channel that a channel carries. */
function dChannelOf(view: LinesView, id: string): DChannelView | undefined {
  return view.dChannels.find(({ settings }) => settings.channels.includes(id));
}

function slotState(
  { number, settings, offHook }: SpanView['channels'][number],
  channel: ChannelView | undefined,
  carries: DChannelView | undefined,
  busy: ReadonlySet<number>,
): SlotState {
  if (carries !== undefined) return { number, signalling: 'dChannel', state: carries.up ? 'up' : 'down' };
  const signalling = settings?.signalling ?? '';
  if (channel === undefined) {
    const state = settings === undefined ? 'unused' : offHook || busy.has(number) ? 'inUse' : 'idle';
    return { number, signalling, state };
  }
  const { trunk, takenOut, outSinceWall, why } = channel;
  const inUse = channel.state === 'inUse' || busy.has(number);
  const state = inUse ? 'inUse' : channel.state === 'idle' && why !== '' ? 'down' : channel.state;
  return {
    ...{ number, signalling, trunk, state },
    ...(takenOut ? { takenOut } : {}),
    ...(outSinceWall === undefined ? {} : { outSinceWall }),
    ...(why === '' || inUse ? {} : { why }),
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
