import { ranges, textTable } from '../../src/base/index.js';
import type { AssignedChannel, AssignedSpan, Card } from './card-tree.js';
import { alarmsOf } from './dahdi-span.js';
import { lineText } from './kernel-structs.js';
import type { LineState } from './line-state.js';
import { signallingOf } from './signalling-names.js';
import type { SpanAnswer } from './span-query.js';

/** What needs a person, one line each; [] when all is well. */
export function lineProblems({ cards, answers, lacks }: LineState): readonly string[] {
  const found = lacks.map(({ card, lacks: what, install }) => `${card} lacks ${what}: ${install}`);
  if (cards.length === 0 && lacks.length === 0) found.push('there is no line card');
  for (const card of cards) {
    for (const { local } of card.lines)
      if (!card.spans.some((span) => span.local === local))
        found.push(`${idOf(card, local)} has no number: the line process gives it one when it runs`);
    for (const span of card.spans) {
      const answer = answers.get(span.number);
      if (typeof answer === 'string') found.push(`${idOf(card, span.local)}: ${answer}`);
      const alarms = alarmsIn(span, answer);
      if (alarms.length > 0) found.push(`${idOf(card, span.local)} has alarm ${alarms.join(', ')}`);
    }
  }
  return found;
}

/** Tables of cards, spans and channels, and what is to be done; for people at a shell. */
export function lineReport(state: LineState): string {
  const problems = lineProblems(state);
  const todo = problems.length === 0 ? 'All is well.' : ['To do', ...problems.map((each) => `  ${each}`)].join('\n');
  const tables = lineTables(state);
  return `${tables === '' ? '' : `${tables}\n\n`}${todo}\n`;
}

/** Cards, spans and channels as the driver has them; '' where there are none. */
export function lineTables(state: LineState): string {
  const parts = [
    state.version === undefined ? [] : [`DAHDI ${state.version}`],
    state.cards.length === 0 ? [] : ['Cards', cardTable(state.cards)],
    state.cards.some(({ spans }) => spans.length > 0)
      ? ['Spans', spanTable(state), 'Channels', channelTable(state)]
      : [],
  ];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}

function idOf(card: Card, local: number): string {
  return `dahdi/${card.key}/${local}`;
}

function cardTable(cards: readonly Card[]): string {
  return textTable(
    ['card', 'serial number', 'place', 'lines'],
    cards.map((card) => [
      [card.manufacturer, card.type].filter((part) => part !== '').join(' ') || card.device,
      card.hardwareId || '-',
      card.location || card.device,
      card.lines.map(({ local, type }) => `${local}:${type}`).join(' ') || 'none',
    ]),
  );
}

function spanTable({ cards, answers, slips }: LineState): string {
  const rows = cards.flatMap((card) =>
    card.spans.map((span) => {
      const answer = answers.get(span.number);
      const counts = typeof answer === 'object' ? answer : undefined;
      const count = (value: number | undefined) => (value === undefined ? '-' : String(value));
      return [
        idOf(card, span.local),
        span.type,
        (counts === undefined ? span.line : lineText(counts.line)) || '-',
        clockOf(span, counts?.clockSource),
        alarmsIn(span, answer).join(' ') || 'none',
        count(slips.get(span.number)),
        count(counts?.bipolarViolations),
        count(counts?.crcErrors),
        count(counts?.framingErrors),
        count(counts?.erroredSeconds),
      ];
    }),
  );
  const head = ['span', 'kind', 'framing', 'clock', 'alarms', 'slips', 'bipolar', 'CRC', 'frames', 'errored s'];
  return textTable(head, rows);
}

/** Where the card takes its clock from, and whether it drives the driver. */
function clockOf(span: AssignedSpan, source: number | undefined): string {
  const from = source === undefined || source === 0 ? 'own' : source === span.number ? 'this line' : `span ${source}`;
  return span.master ? `${from}, drives` : from;
}

function alarmsIn(span: AssignedSpan, answer: SpanAnswer | string | undefined): readonly string[] {
  return typeof answer === 'object' ? answer.standing : alarmsOf(span.alarms);
}

/** Neighbours that are alike share a line. */
function channelTable({ cards }: LineState): string {
  const rows = cards.flatMap((card) =>
    card.spans.flatMap((span) => {
      const alike = new Map<string, AssignedChannel[]>();
      for (const channel of span.channels) {
        const key = [channel.signalling, channel.choices.join(), channel.inUse, channel.alarms].join('|');
        alike.set(key, [...(alike.get(key) ?? []), channel]);
      }
      return [...alike.values()].map((channels) => {
        const [first] = channels;
        const able = signallingOf(first?.choices ?? [], span.digital);
        return [
          idOf(card, span.local),
          ranges(channels.map(({ place }) => place)),
          first?.inUse === true ? 'in use' : 'free',
          first?.signalling ?? '',
          first?.alarms || 'none',
          able.join(' ') || 'nothing is plugged in here',
        ];
      });
    }),
  );
  return textTable(['span', 'places', '', 'DAHDI says', 'alarms', 'can be'], rows);
}
