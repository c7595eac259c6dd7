import { hexToken, type Random } from '../base/index.js';
import type { CallSetup, ConnectedParty, Party } from '../call/index.js';
import {
  escapeUser,
  formatNameAddr,
  parseMaxForwards,
  parseNameAddr,
  parseNameAddrList,
  parseUri,
  unescapeUri,
} from '../sip/index.js';
import type { SipView } from './application.js';

/** Fields that pass from one side of a call to the other as they are. */
const carriedNames = [
  'Diversion',
  'History-Info',
  'Alert-Info',
  'Priority',
  'Subject',
  'Identity',
  'User-to-User',
  'Geolocation',
  'Geolocation-Routing',
  'Accept-Language',
] as const;

const defaultHops = 70;

/** What an INVITE says of its caller and its way, without its media. */
export function readIdentity(invite: SipView & { readonly uri: string }, random: Random): Omit<CallSetup, 'offer'> {
  const asserted = assertedParty(invite.get('P-Asserted-Identity'));
  const credentials = invite.get('Proxy-Authorization') ?? invite.get('Authorization');
  const hops = parseMaxForwards(invite.get('Max-Forwards') ?? '');
  return {
    from: partyOf(invite.get('From') ?? ''),
    ...(asserted === undefined ? {} : { asserted }),
    dialled: isServiceUrn(invite.uri) ? invite.uri : userOf(invite.uri),
    sessionId: readSessionId(invite.get('Session-ID')) ?? hexToken(random, 16),
    hopsLeft: hops.ok ? hops.value - 1 : defaultHops,
    privacy: privacyOf(invite),
    carried: carriedNames.flatMap((name) => {
      const value = invite.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function privacyOf(message: SipView): readonly string[] {
  return (message.get('Privacy') ?? '')
    .toLowerCase()
    .split(/[;,\s]+/)
    .filter((value) => value !== '');
}

/** Who answered, as a response of somebody trusted says it; undefined: it says nothing. */
export function readConnected(response: SipView): ConnectedParty | undefined {
  const asserted = assertedParty(response.get('P-Asserted-Identity'));
  return asserted === undefined ? undefined : { ...asserted, privacy: privacyOf(response) };
}

/** P-Asserted-Identity and Privacy of an answer: who took the call, to everybody whom that one lets know it (RFC 3325 §5, §7). */
export function connectedFields(
  connected: ConnectedParty | undefined,
  { domain, trusted }: IdentityOptions,
): readonly (readonly [name: string, value: string])[] {
  if (connected === undefined || connected.number === '') return [];
  const { privacy } = connected;
  if (!trusted && isHidden(privacy)) return [];
  return [
    ['P-Asserted-Identity', address(connected, domain)],
    ...(privacy.length > 0 ? [['Privacy', privacy.join(';')] as const] : []),
  ];
}

function isHidden(privacy: readonly string[]): boolean {
  return privacy.some((value) => value === 'id' || value === 'user' || value === 'header');
}

/** The user part of a SIP URI, or the number of a tel URI without its separators; '' where there is none. */
export function userOf(uri: string): string {
  const parsed = parseUri(uri);
  if (!parsed.ok || parsed.value.kind === 'opaque') return '';
  if (parsed.value.kind === 'tel') return parsed.value.number.replace(/[-.()]/g, '');
  // RFC 3261 §19.1.6: a telephone-subscriber in the user part brings its parameters along.
  return unescapeUri(parsed.value.user ?? '').split(';')[0] ?? '';
}

/** RFC 5031: a service that is called without a number, above all help. */
export function isServiceUrn(uri: string): boolean {
  return /^urn:service:[a-z0-9.-]{1,60}$/i.test(uri);
}

/** The local UUID of a Session-ID header (RFC 7989 §5). */
export function readSessionId(header: string | undefined): string | undefined {
  const id = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}

/** A Session-ID header; without `remote` the other side's is not known yet (RFC 7989 §5). */
export function sessionIdHeader(local: string, remote?: string): string {
  return `${local};remote=${remote ?? '0'.repeat(32)}`;
}

export interface IdentityOptions {
  /** The host part of From and P-Asserted-Identity. */
  readonly domain: string;
  /** The far end keeps what it is told to itself (RFC 3325 §1, "Spec(T)"): it learns who calls even when the caller hides. */
  readonly trusted: boolean;
}

/** From, P-Asserted-Identity and Privacy of an outgoing INVITE (RFC 3323 §4.1, RFC 3325 §9). */
export function identityFields(
  setup: CallSetup,
  options: IdentityOptions,
): readonly (readonly [name: string, value: string])[] {
  const hidden = isHidden(setup.privacy);
  const from = hidden && !options.trusted ? anonymous : address(setup.from, options.domain);
  const asserted = setup.asserted ?? setup.from;
  const asserts = options.trusted && asserted.number !== '' && asserted.number !== 'anonymous';
  return [
    ['From', from],
    ...(asserts ? [['P-Asserted-Identity', address(asserted, options.domain)] as const] : []),
    ...(setup.privacy.length > 0 ? [['Privacy', setup.privacy.join(';')] as const] : []),
  ];
}

/** `"name" <sip:number@domain>`. */
export function address(party: Party, domain: string): string {
  if (party.number === 'anonymous') return anonymous;
  const user = party.number === '' ? '' : `${escapeUser(party.number)}@`;
  return formatNameAddr({
    ...(party.displayName === undefined ? {} : { displayName: party.displayName }),
    uri: `sip:${user}${domain}`,
    parameters: new Map(),
  });
}

const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>';

function partyOf(header: string): Party {
  const parsed = parseNameAddr(header);
  if (!parsed.ok) return { number: '' };
  const { displayName, uri } = parsed.value;
  return { number: userOf(uri), ...(displayName === undefined || displayName === '' ? {} : { displayName }) };
}

/** The first asserted identity that has a number (RFC 3325 §9.1 allows a SIP and a tel URI beside each other). */
function assertedParty(header: string | undefined): Party | undefined {
  if (header === undefined) return undefined;
  const list = parseNameAddrList(header);
  if (!list.ok) return undefined;
  return list.value.map((each) => partyOf(formatNameAddr(each))).find((party) => party.number !== '');
}
