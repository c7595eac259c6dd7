import { type TelephoneAction, type TelephoneEvent, type TelephoneState, telephoneTable } from './telephone-table.js';
import { type FlashMeaning, verbOfFlash, verbsOfDigits } from './telephone-verbs.js';

/** A feature code, for people. */
export interface FeatureCodeRow {
  readonly code: string;
  readonly title: string;
  readonly help: string;
}

const meanings: readonly FlashMeaning[] = ['threeWay', 'swap', 'digits'];

/** When a user may flash. `ownSecond`: the user called the second party. */
const moments: readonly { readonly says: string; readonly state: TelephoneState; readonly ownSecond?: true }[] = [
  { says: 'one call', state: 'talking' },
  { says: 'dial tone, one call held', state: 'recall' },
  { says: 'the second party rings', state: 'consulting' },
  { says: 'two calls, the second one made here', state: 'both', ownSecond: true },
  { says: 'two calls, the second one knocked', state: 'both' },
  { says: 'three talk', state: 'joined' },
  { says: 'the second party hung up', state: 'alone' },
  { says: 'a call knocks', state: 'offering' },
];

const words: Partial<Readonly<Record<string, string>>> = {
  'hold playRecall': 'holds it; dial tone for a second call',
  retrieve: 'takes the held call back',
  'dropActive retrieve': 'ends this call and takes the other one back',
  swap: 'swaps them',
  split: 'parts them: the other one is heard, this one held',
  joinAll: 'joins all three',
  playRecall: 'a digit follows',
  'stopOffering playRecall': 'a digit follows',
  'stopOffering hold takeWaiting': 'holds this call and takes that one',
  'dropActive takeWaiting': 'ends this call and takes that one',
  dropOther: 'is rid of the other call',
  'transfer endLine': 'joins both and leaves',
};

const hangingUp: readonly (readonly [says: string, state: TelephoneState])[] = [
  ['with two calls, or while the second party rings', 'both'],
  ['with a held call alone', 'alone'],
  ['while a call knocks', 'offering'],
];

/** What an analog telephone's user can do, in Markdown: from the tables that decide it. */
export function telephonePage(codes: readonly FeatureCodeRow[]): string {
  const flashes = moments.map(({ says, state, ownSecond = false }) =>
    row(says, ...meanings.map((meaning) => outcome(state, verbOfFlash(meaning, state, ownSecond)))),
  );
  const digits = Object.entries(verbsOfDigits).map(([digit, verb]) => row(digit, outcome('choosing', verb)));
  const left = hangingUp.map(([says, state]) => row(says, leaving[state] ?? ''));
  return [
    '# Analog telephones',
    '',
    'What the users of telephones on line cards can do. Codes, times and what a flash means are settings of the section',
    '`lines`: [reference.md](reference.md). Which meaning a flash has: `lines.flash`, or `flash` of one telephone.',
    '',
    '## The hook flash',
    '',
    row('while there is', ...meanings.map((meaning) => `\`${meaning}\``)),
    '|---|---|---|---|',
    ...flashes,
    '',
    'With `threeWay` and `swap` a code may follow a flash at once while there are two calls: *Swap calls*, *Join calls*.',
    '',
    'Where a digit follows:',
    '',
    row('digit', 'what it does'),
    '|---|---|',
    ...digits,
    '',
    row('hanging up', 'what it does'),
    '|---|---|',
    ...left,
    '',
    '## Feature codes',
    '',
    'As they are where nothing else is written. A number or code is whole when the dial plan says so, after a pause, or',
    'after `#`. A confirmation tone says that a code was taken, the congestion tone that it was not.',
    '',
    row('code', 'what it does'),
    '|---|---|',
    ...codes.map(({ code, title, help }) => row(`\`${code}\``, `**${title}.** ${help}`)),
    '',
    'What is set at such a telephone holds for its user’s other phones too, in calls that pass Holdfast: they do not ring while',
    'calls are kept away or forwarded, and stop when calls without an answer are.',
    '',
    'The dial tone stutters while all calls are forwarded, and while messages wait.',
    '',
  ].join('\n');
}

const leaving: Partial<Readonly<Record<TelephoneState, string>>> = {
  both: 'joins both parties: a transfer',
  alone: 'the telephone rings, and lifting it takes the held call back',
  offering: 'the telephone rings for that call',
};

function outcome(state: TelephoneState, event: TelephoneEvent): string {
  const cell = telephoneTable.states[state].on[event];
  const actions: readonly TelephoneAction[] = typeof cell === 'object' ? (cell.do ?? []) : [];
  const done = actions.filter((action) => action !== 'playCall').join(' ');
  const said = words[done];
  if (said === undefined) throw new Error(`no words for ${done} of ${state} ${event}`);
  return said;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
