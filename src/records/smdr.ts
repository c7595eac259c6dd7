import type { CallRecord } from '../call/index.js';

/**
 * `ipOffice`: comma-separated, the thirty fields of Avaya IP Office. `columns`: 80 columns as Panasonic's KX-TD and KX-TDA print
 * them. Both are read by call accounting without settings of its own.
 */
export type SmdrFormat = 'ipOffice' | 'columns';

export interface SmdrPlace {
  /** Minutes that the site's clock is ahead of UTC at a moment. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** Whether a step's name is one of the trunks or the centre: then the call left the branch. */
  readonly isOutside: (step: string) => boolean;
}

interface Facts {
  readonly start: Date;
  readonly ringS: number;
  readonly talkS: number;
  readonly incoming: boolean;
  readonly internal: boolean;
  readonly caller: string;
  readonly called: string;
  readonly dialled: string;
  readonly via: string;
  readonly extension: string;
}

/** One record as one line, without its end. Nothing in it can end the line or its field. */
export function formatSmdr(record: CallRecord, format: SmdrFormat, place: SmdrPlace): string {
  const facts = factsOf(record, place);
  return format === 'ipOffice' ? ipOffice(record, facts) : columns(facts);
}

function factsOf(record: CallRecord, place: SmdrPlace): Facts {
  const { startedWall, answeredWall, endedWall = startedWall } = record;
  const via = record.via ?? record.steps.at(-1)?.name ?? '';
  const incoming = record.user === undefined;
  return {
    start: new Date(startedWall + place.offsetMinutes(startedWall) * 60_000),
    // Rounded up, so that a call that was answered is never none.
    ringS: Math.ceil(Math.max(0, (answeredWall ?? endedWall) - startedWall) / 1000),
    talkS: answeredWall === undefined ? 0 : Math.ceil(Math.max(0, endedWall - answeredWall) / 1000),
    incoming,
    internal: !incoming && !place.isOutside(via),
    caller: record.from.number,
    called: record.to,
    dialled: record.dialled,
    via,
    extension: incoming ? record.to : record.from.number,
  };
}

function ipOffice(record: CallRecord, facts: Facts): string {
  const { start, ringS, talkS, incoming, internal, caller, called, dialled, via, extension } = facts;
  const outside = internal ? '' : `T${via}`;
  const inside = `E${extension}`;
  const name = record.from.displayName ?? '';
  const [first, firstName, second, secondName] = incoming ? [inside, '', outside, via] : [inside, name, outside, via];
  const fields = [
    dateTime(start),
    span(talkS),
    String(ringS),
    caller,
    incoming ? 'I' : 'O',
    called,
    dialled,
    '', // account
    internal ? '1' : '0',
    callNumber(record.id),
    '0', // continuation: one record a call
    first,
    firstName,
    second,
    secondName,
    '0', // hold time
    '0', // park time
    record.user === undefined ? '0' : '1', // authorisation valid
    record.user ?? '',
    ...['', '', '', '', '', '', '', ''], // charges
    '',
    '',
    '',
  ];
  return fields.map(field).join(',');
}

/** Date, time, extension, line, number, ring, duration, account, condition. */
function columns({ start, ringS, talkS, incoming, internal, caller, called, dialled, via, extension }: Facts): string {
  const number = incoming ? `<I>${caller}` : internal ? `EXT${called}` : dialled;
  const ring = incoming ? `${Math.min(9, Math.floor(ringS / 60))}'${two(ringS % 60)}` : '';
  const hours = start.getUTCHours();
  const time = `${two(hours % 12 === 0 ? 12 : hours % 12)}:${two(start.getUTCMinutes())}${hours < 12 ? 'AM' : 'PM'}`;
  const long = `${two(Math.min(99, Math.floor(talkS / 3600)))}:${two(Math.floor(talkS / 60) % 60)}'${two(talkS % 60)}`;
  const date = `${two(start.getUTCMonth() + 1)}/${two(start.getUTCDate())}/${two(start.getUTCFullYear() % 100)}`;
  return [
    [date, 8],
    [time, 7],
    [extension, 5],
    [internal ? '' : via, 5],
    [number, 25],
    [ring, 4],
    [long, 8],
    ['', 8],
    [incoming && talkS === 0 ? 'NA' : '', 2],
  ]
    .map(([text, width]) => plain(String(text)).slice(0, Number(width)).padEnd(Number(width)))
    .join(' ');
}

/** IP Office numbers calls by 32 bits: here of the record's name, which is random. */
function callNumber(id: string): string {
  const digits = id.replace(/[^0-9a-f]/gi, '').slice(0, 8);
  return String(digits === '' ? 0 : Number.parseInt(digits, 16));
}

function dateTime(at: Date): string {
  const date = `${at.getUTCFullYear()}/${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}`;
  return `${date} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

function span(seconds: number): string {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Printable ASCII: names come from strangers. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/** Longer ones are nobody's name. */
const fieldMost = 64;

function field(text: string): string {
  return plain(text).replaceAll(',', ' ').replaceAll('"', "'").slice(0, fieldMost);
}
