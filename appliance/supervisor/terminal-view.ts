import type { BranchStatus } from '../../src/branch/index.js';
import { type Mode, modeNames } from '../../src/survivability/index.js';
import { faultNames } from '../../src/wan/index.js';
import type { LabView, LinesView, MediaView } from './branch-link.js';
import { column, type Stretch, type Style, type StyledLine } from './styled-line.js';

/** Everything that a screen is drawn from. */
export interface Scene {
  readonly web?: string;
  readonly status?: BranchStatus;
  readonly lab?: LabView;
  readonly media?: MediaView;
  /** The controller answers. */
  readonly connected: boolean;
  /** The newest warning or refusal, if it is still worth showing. */
  readonly notice?: string;
  /** Since the status came: its remaining times have run on. */
  readonly elapsedMs: number;
}

const banners: { readonly [mode in Mode]: Style } = {
  starting: 'banner-quiet',
  inline: 'banner-good',
  survivable: 'banner-warn',
  returning: 'banner-info',
  'forced-survivable': 'banner-forced',
  'forced-inline': 'banner-forced',
};

/** The screen as `rows` lines; each is cut to the width where it is written. */
export function terminalView(scene: Scene, columns: number, rows: number): readonly StyledLine[] {
  const { status } = scene;
  const head = [titleLine(scene, columns), ...bannerLines(scene, columns), []];
  const foot = [noticeLine(scene), keyLine(scene, columns)];
  const room = Math.max(0, rows - head.length - foot.length);
  const body = status === undefined ? [] : bodyLines(status, scene, columns, room);
  const gap = Math.max(0, room - body.length);
  return [...head, ...body.slice(0, room), ...Array.from({ length: gap }, () => []), ...foot].slice(-rows);
}

function titleLine({ status, web }: Scene, columns: number): StyledLine {
  const left = ` Holdfast  ${status?.site ?? ''}`;
  const right = `${web ?? ''} `;
  return [
    { text: column(left, Math.max(0, columns - right.length)), style: 'bold' },
    { text: right, style: 'info' },
  ];
}

function bannerLines(scene: Scene, columns: number): readonly StyledLine[] {
  const { status } = scene;
  if (status === undefined) return [[{ text: column('  Starting', columns), style: 'banner-quiet' }], []];
  const { mode } = status;
  const now = nowOf(scene, status);
  const since = `since ${timeOfDay(status.sinceWall)} (${minutes(now - status.sinceWall)})  `;
  const words = scene.connected ? headline(scene, status) : `${headline(scene, status)} – controller restarting`;
  const banner = column(`  ${words.toUpperCase()}`, Math.max(0, columns - since.length)) + since;
  const bar: StyledLine = [{ text: banner, style: scene.connected ? banners[mode] : 'banner-quiet' }];
  const { fault } = status.path;
  return [
    bar,
    ...(fault === undefined ? [] : [[{ text: `  ${sentence(faultNames[fault])}`, style: 'bold' } as const]]),
    [{ text: `  ${sentence(status.why)}` }],
  ];
}

function headline(scene: Scene, status: BranchStatus): string {
  if (status.mode !== 'returning' || status.holdDown === undefined) return modeNames[status.mode];
  return `Returning in ${minutes(Math.max(0, status.holdDown.remainingMs - scene.elapsedMs))}`;
}

function bodyLines(status: BranchStatus, scene: Scene, columns: number, room: number): readonly StyledLine[] {
  const calls = callLines(status, scene);
  const phones = phoneLines(status, scene);
  const lines = [...trunkLines(status), ...handsetLines(scene), ...mediaLines(scene)];
  // Calls and lines are never left out for the sake of a long list of phones.
  const timelineLeast = Math.min(4, status.timeline.length + 1);
  const phoneRoom = Math.max(3, room - calls.length - lines.length - timelineLeast - 3);
  const shownPhones =
    phones.length <= phoneRoom
      ? phones
      : [
          ...phones.slice(0, phoneRoom - 1),
          [{ text: `  … and ${phones.length - phoneRoom + 1} more`, style: 'quiet' as const }],
        ];
  const body = [...shownPhones, [], ...calls, [], ...lines, []];
  return [...body, ...timelineLines(status, Math.max(0, room - body.length), columns)];
}

function title(text: string, count: string): StyledLine {
  return [
    { text: ` ${text} `, style: 'bold' },
    { text: count, style: 'quiet' },
  ];
}

function phoneLines(status: BranchStatus, scene: Scene): readonly StyledLine[] {
  const phones = [...status.phones].sort((a, b) =>
    a.extension.localeCompare(b.extension, undefined, { numeric: true }),
  );
  return [
    title('Phones', `${phones.length} registered, ${status.users} users`),
    ...phones.map((phone): StyledLine => {
      const served = phone.origin === 'served';
      return [
        { text: `  ${column(phone.extension, 8)}${column(phone.displayName ?? phone.username, 18)}` },
        { text: column(`${phone.address} ${phone.transport}`, 28), style: 'quiet' },
        { text: column(served ? 'here' : 'centre', 8), style: served ? 'warn' : 'good' },
        { text: minutes(phone.expiresInS * 1000 - scene.elapsedMs), style: 'quiet' },
      ];
    }),
  ];
}

function callLines(status: BranchStatus, scene: Scene): readonly StyledLine[] {
  const now = nowOf(scene, status);
  const calls = [...status.calls].sort(
    (a, b) => Number(b.emergency) - Number(a.emergency) || a.sinceWall - b.sinceWall,
  );
  const sound = scene.lab?.calls.reduce((sum, call) => sum + call.receivedPackets, 0) ?? 0;
  const heard = sound === 0 ? '' : `, ${sound} voice packets heard`;
  return [
    title('Calls', calls.length === 0 ? 'none' : `${calls.length}${heard}`),
    ...calls.map((call): StyledLine => {
      const style: Stretch['style'] = call.emergency ? 'bad' : call.state === 'talking' ? 'good' : 'info';
      return [
        { text: `  ${column(`${call.from} → ${call.to}`, 32)}`, ...(call.emergency ? { style: 'bad' as const } : {}) },
        { text: column(call.state, 9), style },
        { text: column(call.via === '' ? '–' : call.via, 16), style: 'quiet' },
        { text: minutes(now - (call.answeredWall ?? call.sinceWall)) },
        ...(call.emergency ? [{ text: '  EMERGENCY', style: 'bad' as const }] : []),
      ];
    }),
  ];
}

function trunkLines(status: BranchStatus): readonly StyledLine[] {
  return [
    title('Lines', status.trunks.length === 0 ? 'none: emergency calls depend on the WAN' : ''),
    ...status.trunks.map(
      (trunk): StyledLine => [
        { text: `  ${column(trunk.name, 26)}` },
        {
          text: column(trunk.state, 9),
          style: trunk.state === 'up' ? 'good' : trunk.state === 'down' ? 'bad' : 'quiet',
        },
        { text: trunk.callsUp === 0 ? '' : `${trunk.callsUp} on the line  ` },
        { text: trunk.why, style: 'quiet' },
      ],
    ),
  ];
}

/** The lab's analog telephones, one line each, and its T1. */
function handsetLines({ lab }: Scene): readonly StyledLine[] {
  if (lab?.lines === undefined) return [];
  const { telephones, spans } = lab.lines;
  return [
    ...telephones.map((telephone): StyledLine => {
      const { extension, name, lifted, ringing, plugged } = telephone;
      const style: Stretch['style'] = !plugged ? 'bad' : ringing ? 'info' : lifted ? 'good' : 'quiet';
      return [{ text: `  ${column(`${extension} ${name}`, 26)}` }, { text: handsetWords(telephone), style }];
    }),
    ...spans.map((span): StyledLine => {
      const busy = span.slots.filter(({ state }) => state !== 'idle' && state !== 'outOfService').length;
      const faults = [
        ...(span.plugged ? [] : ['pulled out']),
        ...span.alarms.map((alarm) => alarm.toUpperCase()),
        ...(span.dChannel.up ? [] : ['D-channel down']),
      ];
      return [
        { text: `  ${column(`T1 ${span.span}`, 26)}` },
        { text: `${busy} of ${span.slots.length} in use  `, style: faults.length === 0 ? 'good' : 'quiet' },
        { text: faults.join(', '), style: 'bad' },
      ];
    }),
  ];
}

function handsetWords({ plugged, ringing, lifted, hears, shown }: LinesView['telephones'][number]): string {
  if (!plugged) return 'its card is pulled out';
  if (ringing) return `rings  ${[shown.name, shown.number].filter((word) => word !== '').join(' ')}`.trim();
  if (!lifted) return 'on hook';
  return hears === '' ? 'off hook, silence' : `off hook, hears ${hears}`;
}

function mediaLines({ media }: Scene): readonly StyledLine[] {
  if (media === undefined) return [];
  if (!media.up) return [[...title('Sound', ''), { text: 'the media engine is away', style: 'bad' }]];
  const score = media.mos === undefined ? '' : `, quality ${media.mos.mean.toFixed(1)} of 4.5`;
  return [title('Sound', `${media.ports} ports, load ${Math.round(media.load * 100)} %${score}`)];
}

function timelineLines(status: BranchStatus, room: number, columns: number): readonly StyledLine[] {
  if (room < 2) return [];
  const entries = [...status.timeline].sort((a, b) => b.atWall - a.atWall).slice(0, room - 1);
  return [
    title('Timeline', ''),
    ...entries.map(
      (entry): StyledLine => [
        { text: `  ${timeOfDay(entry.atWall)}  `, style: 'quiet' },
        { text: column(entry.text, Math.max(0, columns - 13)).trimEnd() },
      ],
    ),
  ];
}

function noticeLine({ notice }: Scene): StyledLine {
  return notice === undefined ? [] : [{ text: ` ${notice}`, style: 'warn' }];
}

const labKeys: readonly (readonly [key: string, word: string, short: string])[] = [
  ['c', 'cut', 'cut'],
  ['r', 'restore', 'restore'],
  ['1', 'inside', 'in'],
  ['2', 'PSTN', 'out'],
  ['3', 'incoming', 'DID'],
  ['9', 'dial 911', '911'],
  ['h', 'hang up', 'end'],
];

const lineKeys: readonly (readonly [key: string, word: string, short: string])[] = [
  ['4', 'T1→1005', 'T1'],
  ['5', 'hook', 'hook'],
  ['6', 'hook', 'hook'],
  ['7', 'dial', 'dial'],
  ['a', 'RED', 'RED'],
];

const quitKey = ['q', 'quit', 'quit'] as const;

/** The keys with the longest words that fit. */
function keyLine({ lab }: Scene, columns: number): StyledLine {
  const keys = [...(lab === undefined ? [] : labKeys), ...(lab?.lines === undefined ? [] : lineKeys), quitKey];
  const wan: StyledLine =
    lab === undefined ? [] : [{ text: lab.wan.up ? ' WAN up  ' : ' WAN cut ', style: lab.wan.up ? 'good' : 'bad' }];
  const lines = [1, 2].map(
    (words): StyledLine => [
      ...wan,
      ...keys.flatMap((key): Stretch[] => [{ text: ` ${key[0]} `, style: 'key' }, { text: `${key[words]} ` }]),
    ],
  );
  return lines.find((line) => line.reduce((sum, { text }) => sum + text.length, 0) <= columns) ?? lines[1] ?? [];
}

function nowOf(scene: Scene, status: BranchStatus): number {
  return status.nowWall + scene.elapsedMs;
}

/** With a capital letter, unless it begins with a URI. */
function sentence(text: string): string {
  return /^[a-z]+:/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** `m:ss`, or `h:mm:ss` from an hour. */
export function minutes(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** `14:03:22`, local time. */
export function timeOfDay(wall: number): string {
  return new Date(wall).toTimeString().slice(0, 8);
}
