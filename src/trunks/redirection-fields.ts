import type { IsdnParty, IsdnRedirection, RedirectionReason } from '../isdn/index.js';
import { escapeUser, type NameAddr, parseNameAddrList, parseUri, unescapeUri } from '../sip/index.js';

type Fields = readonly (readonly [name: string, value: string])[];

/** How a number of the ISDN is written in a field, and read from one. */
export interface RedirectionNumbers {
  /** Host part of the URIs. */
  readonly domain: string;
  readonly toField: (party: IsdnParty) => string;
  readonly toIsdn: (number: string) => NonNullable<IsdnParty['number']>;
}

/** Reasons by the words of RFC 5806 §3.2 and by the cause of RFC 4458 §2, as RFC 7544 §7 joins them. ISDN's own come from RFC 6044 and EN 383 001. */
const reasons: readonly (readonly [RedirectionReason, diversion: string, cause: number])[] = [
  ['busy', 'user-busy', 486],
  ['no-reply', 'no-answer', 408],
  ['unconditional', 'unconditional', 302],
  ['deflection', 'deflection', 480],
  ['out-of-order', 'out-of-service', 503],
  ['by-equipment', 'follow-me', 487],
  ['unknown', 'unknown', 404],
];
/** What else is said for them. */
const otherWords: ReadonlyMap<string, RedirectionReason> = new Map([
  ['unavailable', 'out-of-order'],
  ['do-not-disturb', 'busy'],
  ['time-of-day', 'by-equipment'],
  ['away', 'by-equipment'],
]);

/** Most diversions that are believed; the counter of an ISDN has five bits (Q.952.7). */
const mostCount = 31;

/** Diversion (RFC 5806) and History-Info (RFC 7044) of a call that was sent on before it came here. */
export function redirectionFields(redirection: IsdnRedirection, called: string, numbers: RedirectionNumbers): Fields {
  const { from, reason, original, originalReason = 'unknown', count } = redirection;
  const parties =
    original === undefined
      ? [{ party: from, reason, count }]
      : [
          { party: from, reason, count: Math.max(1, count - 1) },
          { party: original, reason: originalReason, count: 1 },
        ];
  const diversion = parties.map(({ party, reason: why, count: times }) => {
    const privacy = party.presentation === 'restricted' ? 'full' : 'off';
    return `<${uriOf(party, numbers)}>;reason=${wordOf(why)};counter=${times};privacy=${privacy}`;
  });
  const history = parties.toReversed().map(({ party, reason: why }, at) => {
    const index = ['1', ...Array<string>(at).fill('1')].join('.');
    const hides = party.presentation === 'restricted' ? '?Privacy=history' : '';
    const before = parties.toReversed()[at - 1];
    return {
      index,
      reason: why,
      text: `<${uriOf(party, numbers)}${before === undefined ? '' : causeOf(before.reason)}${hides}>;index=${index}${at === 0 ? '' : `;mp=${index.slice(0, -2)}`}`,
    };
  });
  const last = history.at(-1);
  const target = `<sip:${escapeUser(called)}@${numbers.domain}${causeOf(reason)}>;index=${last?.index}.1;mp=${last?.index}`;
  return [
    ['Diversion', diversion.join(', ')],
    ['History-Info', [...history.map(({ text }) => text), target].join(', ')],
  ];
}

/** Who sent the call on, as Diversion says it, or else History-Info; undefined: nobody, or what they say is not understood. */
export function redirectionOf(fields: Fields, numbers: RedirectionNumbers): IsdnRedirection | undefined {
  const diverted = diversions(fields) ?? histories(fields);
  const [latest] = diverted;
  const first = diverted.at(-1);
  if (latest === undefined || first === undefined) return undefined;
  const count = Math.min(
    mostCount,
    diverted.reduce((sum, each) => sum + each.count, 0),
  );
  return {
    from: partyOf(latest, numbers),
    reason: latest.reason,
    count,
    ...(first === latest ? {} : { original: partyOf(first, numbers), originalReason: first.reason }),
  };
}

interface Diverted {
  readonly number: string;
  readonly name?: string;
  readonly hidden: boolean;
  readonly reason: RedirectionReason;
  readonly count: number;
}

/** The latest first, as the field has them. */
function diversions(fields: Fields): readonly Diverted[] | undefined {
  const list = read(fields, 'diversion');
  if (list.length === 0) return undefined;
  return list.map((each) => {
    const word = bare(each.parameters.get('reason'));
    const counter = Number(each.parameters.get('counter') ?? '1');
    return {
      ...partyIn(each),
      hidden: !['', 'off'].includes(bare(each.parameters.get('privacy'))),
      reason: reasons.find(([, text]) => text === word)?.[0] ?? otherWords.get(word) ?? 'unknown',
      count: Number.isInteger(counter) && counter >= 1 && counter <= mostCount ? counter : 1,
    };
  });
}

/** An entry whose URI has a cause was reached by a diversion of the entry that it names, or of the one before. */
function histories(fields: Fields): readonly Diverted[] {
  const list = read(fields, 'history-info');
  const found: Diverted[] = [];
  list.forEach((entry, at) => {
    const uri = parseUri(entry.uri);
    const why = uri.ok && uri.value.kind === 'sip' ? uri.value.parameters.get('cause') : undefined;
    if (why === undefined) return;
    const named = entry.parameters.get('mp') ?? entry.parameters.get('rc');
    const by = list.find((each) => each.parameters.get('index') === named) ?? list[at - 1];
    if (by === undefined) return;
    const byUri = parseUri(by.uri);
    const headers = byUri.ok && byUri.value.kind === 'sip' ? (byUri.value.headers ?? '') : '';
    found.unshift({
      ...partyIn(by),
      hidden: /(?:^|&)privacy=/i.test(headers),
      reason: reasons.find(([, , code]) => String(code) === why)?.[0] ?? 'unknown',
      count: 1,
    });
  });
  return found;
}

function read(fields: Fields, wanted: string): readonly NameAddr[] {
  const text = fields.flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : [])).join(', ');
  if (text === '') return [];
  const list = parseNameAddrList(text);
  return list.ok ? list.value : [];
}

function partyIn({ uri, displayName }: NameAddr): { readonly number: string; readonly name?: string } {
  const parsed = parseUri(uri);
  const number =
    !parsed.ok || parsed.value.kind === 'opaque'
      ? ''
      : parsed.value.kind === 'tel'
        ? parsed.value.number.replace(/[-.()]/g, '')
        : (unescapeUri(parsed.value.user ?? '').split(';')[0] ?? '');
  return { number, ...(displayName === undefined || displayName === '' ? {} : { name: displayName }) };
}

function partyOf({ number, name, hidden }: Diverted, numbers: RedirectionNumbers): IsdnParty {
  const dialable = /^\+?[0-9*#]{1,40}$/.test(number);
  return {
    ...(dialable ? { number: numbers.toIsdn(number) } : {}),
    ...(name === undefined ? {} : { name }),
    presentation: hidden ? 'restricted' : dialable ? 'allowed' : 'unavailable',
    screening: 'user-not-screened',
  };
}

function uriOf(party: IsdnParty, { domain, toField }: RedirectionNumbers): string {
  const number = toField(party);
  return `sip:${number === '' ? 'unknown' : escapeUser(number)}@${domain}`;
}

function wordOf(reason: RedirectionReason): string {
  return reasons.find(([each]) => each === reason)?.[1] ?? 'unknown';
}

/** The URI parameter of RFC 4458. */
function causeOf(reason: RedirectionReason): string {
  return `;cause=${reasons.find(([each]) => each === reason)?.[2] ?? 404}`;
}

function bare(value: string | undefined): string {
  return (value ?? '').replaceAll('"', '').toLowerCase();
}
