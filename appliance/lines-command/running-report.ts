import { ranges, textTable } from '../../src/base/index.js';
import type { LinesState, SlotState, SpanState } from '../io/index.js';

const kinds = { t1: 'T1', e1: 'E1', analog: 'analog' } as const;
const clocks = { source: 'theirs', standby: 'standby', gives: 'ours', none: '-' } as const;
const states: { readonly [state in SlotState['state']]: string } = {
  idle: 'free',
  inUse: 'in use',
  restarting: 'restarting',
  faulty: 'FAULTY',
  outByUs: 'out of service',
  outByThem: 'OUT at the far end',
  outByAlarm: 'ALARM',
  down: 'DOWN',
  up: 'up',
  unused: 'not used',
};

/** How the lines of a running box are: spans, errors, D-channels and channels, within 80 columns. */
export function runningReport(state: LinesState, nowWall: number): string {
  const { spans, dChannels, up } = state;
  if (!up) return 'The line process is away.\n';
  const digital = spans.filter(({ kind }) => kind !== 'analog');
  const parts = [
    ['Spans', spanTable(spans, nowWall)],
    digital.length === 0 ? [] : ['Errors, since the card started', errorTable(digital)],
    dChannels.length === 0 ? [] : ['D-channels', dChannelTable(state, nowWall)],
    ['Channels', channelTable(spans, nowWall)],
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}

/** What needs a person, one line each. */
export function runningProblems(state: LinesState, nowWall: number): readonly string[] {
  if (!state.up) return ['the line process is away'];
  const since = (wall: number): string => `for ${spanText(nowWall - wall)}`;
  return [
    ...state.unusable.map(({ card, lacks, install }) => `${card} lacks ${lacks}: ${install}`),
    ...(state.spans.length === 0 ? ['there is no line card'] : []),
    ...state.spans.flatMap(({ id, alarms, alarmsSinceWall }) =>
      alarms.length === 0 ? [] : [`${id} has alarm ${alarms.join(', ')} ${since(alarmsSinceWall)}`],
    ),
    ...state.dChannels.flatMap(({ name, up, sinceWall }) =>
      up ? [] : [`the D-channel of ${name} is down ${since(sinceWall)}`],
    ),
    ...state.spans.flatMap((span) =>
      [
        { text: 'out of service here', is: (slot: SlotState) => slot.takenOut === true },
        { text: 'out of service at the far end', is: ({ state: is }: SlotState) => is === 'outByThem' },
        { text: 'without an answer to restarts', is: ({ state: is }: SlotState) => is === 'faulty' },
      ].flatMap(({ text, is }) => {
        const found = span.slots.filter(is).map(({ number }) => number);
        return found.length === 0 ? [] : [`${span.id}:${ranges(found)} ${text}`];
      }),
    ),
  ];
}

/** `12 s`, `3 min`, `2 h 5 min`, `4 days`. */
export function spanText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const h = Math.floor(m / 60);
  return h < 48 ? `${h} h ${m % 60} min` : `${Math.floor(h / 24)} days`;
}

function spanTable(spans: readonly SpanState[], nowWall: number): string {
  return textTable(
    ['span', 'kind', 'framing', 'clock', 'alarms', 'since', 'in use'],
    spans.map(({ id, kind, framing, clock, alarms, alarmsSinceWall, channels: { all, inUse } }) => [
      ...[id, kinds[kind], framing.replaceAll(',', '') || '-', clocks[clock]],
      alarms.length === 0 ? 'none' : alarms.map((alarm) => alarm.toUpperCase()).join(' '),
      ...[spanText(nowWall - alarmsSinceWall), all === 0 ? '-' : `${inUse} of ${all}`],
    ]),
  );
}

function errorTable(spans: readonly SpanState[]): string {
  return textTable(
    ['span', 'slips', 'BPV', 'CRC', 'framing', 'ES', 'SES', 'UAS'],
    spans.map(({ id, counters: c }) => {
      const counts = [c.slips, c.bipolarViolations, c.crcErrors, c.framingErrors];
      return [id, ...[...counts, c.erroredSeconds, c.severelyErroredSeconds, c.unavailableSeconds].map(String)];
    }),
  );
}

function dChannelTable({ dChannels, spans }: LinesState, nowWall: number): string {
  return textTable(
    ['name', 'speaks', 'we are', 'state', 'since', 'calls', 'spans'],
    dChannels.map(({ name, switchType, side, up, sinceWall, calls }) => [
      ...[name, switchType, side, up ? 'up' : 'DOWN', spanText(nowWall - sinceWall), String(calls)],
      spans.flatMap((span) => (span.dChannel === name ? [span.id] : [])).join(' '),
    ]),
  );
}

/** Neighbours that are alike share a line. */
function channelTable(spans: readonly SpanState[], nowWall: number): string {
  const rows = spans.flatMap((span) => {
    const runs: { readonly said: readonly string[]; readonly places: number[] }[] = [];
    for (const slot of span.slots) {
      const said = slotText(slot, nowWall);
      const last = runs.at(-1);
      if (last !== undefined && last.said.join() === said.join()) last.places.push(slot.number);
      else runs.push({ said, places: [slot.number] });
    }
    return runs.map(({ said, places }) => [span.id, ranges(places), ...said]);
  });
  return textTable(['span', 'places', 'trunk', 'signals', 'state'], rows);
}

function slotText({ state, takenOut, trunk, signalling, outSinceWall, why }: SlotState, nowWall: number) {
  const since = outSinceWall === undefined ? '' : ` for ${spanText(nowWall - outSinceWall)}`;
  const leaving = takenOut === true && state === 'inUse' ? ', then out of service' : '';
  const reason = why === undefined || state === 'outByUs' || state === 'outByThem' ? '' : `: ${why}`;
  const text = `${states[state]}${leaving}${state === 'outByUs' ? since : ''}${reason}`;
  return [trunk ?? '-', signalling === '' ? '-' : signalling, text];
}
