import { err, ok, type Result } from '../base/index.js';
import {
  parseCSeq,
  parseDeltaSeconds,
  parseNameAddr,
  parseNameAddrList,
  parseSipUri,
  unescapeUri,
  unquote,
} from '../sip/index.js';
import type { Flow } from './binding.js';
import type { RegisterContact, RegisterRequest } from './register-request.js';

/** Why a REGISTER cannot be served, with the answer it gets. */
export interface RegisterFault {
  readonly status: 400 | 416 | 420;
  readonly reason: string;
  /** Option tags that the registrar does not know (with 420). */
  readonly unsupported?: readonly string[];
}

/** More contacts than this in one REGISTER are no telephone's. */
const contactsPerRequest = 16;

/**
 * Reads a REGISTER (RFC 3261 §10.2). `header` gives a header's value by its long name, the values of several lines
 * joined by commas; undefined when there is none.
 */
export function readRegister(
  requestUri: string,
  header: (name: string) => string | undefined,
  flow: Flow,
): Result<RegisterRequest, RegisterFault> {
  const to = addressOf(header('To'));
  if (to === undefined) return fault('Malformed To');
  const from = addressOf(header('From'));
  if (from === undefined) return fault('Malformed From');
  if (!parseSipUri(requestUri).ok) return err({ status: 416, reason: 'Unsupported URI Scheme' });
  const callId = header('Call-ID');
  if (callId === undefined || callId === '') return fault('Missing Call-ID');
  const cseq = parseCSeq(header('CSeq') ?? '');
  if (!cseq.ok) return fault(cseq.error);
  const expires = parseDeltaSeconds(header('Expires') ?? '');
  const supported = header('Supported');
  const unsupported = optionsOf(header('Require')).filter((option) => !known.has(option.toLowerCase()));
  // RFC 3261 §10.3 step 2.
  if (unsupported.length > 0) return err({ status: 420, reason: 'Bad Extension', unsupported });
  const outbound = supports(supported, 'outbound') || supports(header('Require'), 'outbound');
  const contacts = contactsOf(header('Contact'), expires, outbound);
  if (!contacts.ok) return contacts;
  const authorization = header('Authorization');
  const proxyAuthorization = header('Proxy-Authorization');
  const userAgent = header('User-Agent');
  return ok({
    username: to.user,
    fromUsername: from.user,
    domain: to.host,
    requestUri,
    contacts: contacts.value,
    ...(expires === undefined ? {} : { expires }),
    callId,
    cseq: cseq.value.number,
    flow,
    ...(authorization === undefined ? {} : { authorization }),
    ...(proxyAuthorization === undefined ? {} : { proxyAuthorization }),
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, 128) }),
    supportedPath: supports(supported, 'path'),
    supportedGruu: supports(supported, 'gruu'),
  });
}

function fault(reason: string): Result<never, RegisterFault> {
  return err({ status: 400, reason });
}

function addressOf(value: string | undefined): { readonly user: string; readonly host: string } | undefined {
  const address = parseNameAddr(value ?? '');
  const uri = address.ok ? parseSipUri(address.value.uri) : address;
  if (!uri.ok || uri.value.user === undefined) return undefined;
  return { user: unescapeUri(uri.value.user), host: uri.value.host };
}

function contactsOf(
  value: string | undefined,
  expires: number | undefined,
  outbound: boolean,
): Result<RegisterRequest['contacts'], RegisterFault> {
  if (value === undefined || value.trim() === '') return ok([]);
  if (value.trim() === '*') return expires === 0 ? ok('*') : fault('Contact * Needs Expires: 0');
  const list = parseNameAddrList(value);
  if (!list.ok) return fault('Malformed Contact');
  if (list.value.length > contactsPerRequest) return fault('Too Many Contacts');
  const contacts: RegisterContact[] = [];
  for (const { uri, parameters } of list.value) {
    if (!parseSipUri(uri).ok) return fault('Contact Is Not a SIP URI');
    const contact = contactOf(uri, parameters, outbound);
    if (contact === undefined) return fault('Malformed reg-id');
    contacts.push(contact);
  }
  // RFC 5626 §6: a flow is one connection, and can have one contact only.
  const bound = contacts.filter((contact) => (contact.expires ?? expires) !== 0);
  if (bound.length > 1 && bound.some(({ params }) => 'reg-id' in params))
    return fault('A reg-id Among Several Contacts');
  return ok(contacts);
}

/** Undefined where its reg-id is none. */
function contactOf(
  uri: string,
  parameters: ReadonlyMap<string, string>,
  outbound: boolean,
): RegisterContact | undefined {
  const params: Record<string, string> = {};
  for (const [name, value] of parameters) if (name !== 'expires' && name !== 'q') params[name] = unquote(value);
  if (!outbound || !params['+sip.instance']) delete params['reg-id'];
  else if ('reg-id' in params && !isRegId(params['reg-id'] ?? '')) return undefined;
  const expires = parseDeltaSeconds(parameters.get('expires') ?? '');
  const q = qvalue(parameters.get('q'));
  return { uri, ...(expires === undefined ? {} : { expires }), ...(q === undefined ? {} : { q }), params };
}

/** RFC 3261 §25.1 `qvalue`; anything else counts as not given. */
function qvalue(text: string | undefined): number | undefined {
  return text !== undefined && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}

/** RFC 5626 §4.2: 1 to 2³¹-1. */
function isRegId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) < 2 ** 31;
}

/** What a REGISTER may require. */
const known: ReadonlySet<string> = new Set(['path', 'outbound', 'gruu']);

function optionsOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function supports(value: string | undefined, option: string): boolean {
  return optionsOf(value).some((one) => one.toLowerCase() === option);
}
