/** What the parser must do with a header beyond keeping it; 0: nothing. */
export const role = {
  none: 0,
  via: 1,
  from: 2,
  to: 3,
  callId: 4,
  cseq: 5,
  maxForwards: 6,
  contentLength: 7,
  contact: 8,
  route: 9,
} as const;

/** A header that the product knows by name: the long form on output, whatever came in. */
export interface HeaderName {
  readonly name: string;
  readonly role: number;
}

const roles: Readonly<Record<string, number>> = {
  Via: role.via,
  From: role.from,
  To: role.to,
  'Call-ID': role.callId,
  CSeq: role.cseq,
  'Max-Forwards': role.maxForwards,
  'Content-Length': role.contentLength,
  Contact: role.contact,
  Route: role.route,
  'Record-Route': role.route,
};

/** Compact forms: RFC 3261 §7.3.3, 3515, 3841, 3892, 4028, 6665, 8224. */
const compactForms: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

const longNames = [
  ...['Accept', 'Accept-Contact', 'Accept-Encoding', 'Accept-Language', 'Accept-Resource-Priority', 'Alert-Info'],
  ...[
    'Allow',
    'Allow-Events',
    'Answer-Mode',
    'Authentication-Info',
    'Authorization',
    'Call-ID',
    'Call-Info',
    'Contact',
  ],
  ...['Content-Disposition', 'Content-Encoding', 'Content-ID', 'Content-Language', 'Content-Length'],
  ...['Content-Transfer-Encoding', 'Content-Type', 'CSeq', 'Date', 'Diversion', 'Error-Info', 'Event', 'Expires'],
  ...['Feature-Caps', 'Flow-Timer', 'From', 'Geolocation', 'Geolocation-Error', 'Geolocation-Routing', 'Global-ID'],
  ...['History-Info', 'Identity', 'Identity-Info', 'Info-Package', 'In-Reply-To', 'Join', 'Max-Breadth', 'Max-Expires'],
  ...['Max-Forwards', 'MIME-Version', 'Min-Expires', 'Min-SE', 'Organization', 'P-Access-Network-Info'],
  ...['P-Asserted-Identity', 'P-Associated-URI', 'P-Called-Party-ID', 'P-Charging-Vector', 'P-Early-Media'],
  ...['P-Preferred-Identity', 'Path', 'Priority', 'Privacy', 'Proxy-Authenticate', 'Proxy-Authentication-Info'],
  ...['Proxy-Authorization', 'Proxy-Require', 'RAck', 'Reason', 'Record-Route', 'Recv-Info', 'Refer-Sub', 'Refer-To'],
  ...['Referred-By', 'Reject-Contact', 'Remote-Party-ID', 'Replaces', 'Reply-To', 'Request-Disposition', 'Require'],
  ...['Resource-Priority', 'Response-Key', 'Retry-After', 'Route', 'RSeq', 'Security-Client', 'Security-Server'],
  ...['Security-Verify', 'Server', 'Service-Route', 'Session-Expires', 'Session-ID', 'SIP-ETag', 'SIP-If-Match'],
  ...['Subject', 'Subscription-State', 'Supported', 'Suppress-If-Match', 'Target-Dialog', 'Timestamp', 'To'],
  ...['Unsupported', 'User-Agent', 'User-to-User', 'Via', 'Warning', 'WWW-Authenticate'],
];

interface Slot extends HeaderName {
  readonly hash: number;
  readonly lower: string;
}

const slotMask = 1023;
const slots: (Slot | undefined)[] = new Array<Slot | undefined>(slotMask + 1).fill(undefined);
const compact: (Slot | undefined)[] = new Array<Slot | undefined>(256).fill(undefined);
/** By {@link exactKey}: the names as nearly everybody spells them. */
const exact: Slot[][] = Array.from({ length: slotMask + 1 }, () => []);
/** Every spelling met so often that it deserves a direct answer: canonical, lower-case and compact. */
const spellings = new Map<string, string>();

function step(hash: number, lowerCode: number): number {
  return (Math.imul(hash, 31) + lowerCode) | 0;
}

/** Three characters and the length tell nearly all known names apart. */
function exactKey(text: string, from: number, to: number): number {
  const length = to - from;
  const middle = text.charCodeAt(from + (length >> 1));
  return (length * 37 + text.charCodeAt(from) * 5 + middle * 11 + text.charCodeAt(to - 1)) & slotMask;
}

function addName(name: string): void {
  const lower = name.toLowerCase();
  let hash = 0;
  for (let i = 0; i < lower.length; i++) hash = step(hash, lower.charCodeAt(i) | 32);
  const slot: Slot = { name, role: roles[name] ?? role.none, hash, lower };
  let at = hash & slotMask;
  while (slots[at] !== undefined) at = (at + 1) & slotMask;
  slots[at] = slot;
  exact[exactKey(name, 0, name.length)]?.push(slot);
  spellings.set(name, name);
  spellings.set(lower, name);
  for (const letter in compactForms) {
    if (compactForms[letter] !== name) continue;
    compact[letter.charCodeAt(0)] = slot;
    compact[letter.toUpperCase().charCodeAt(0)] = slot;
    spellings.set(letter, name);
    spellings.set(letter.toUpperCase(), name);
  }
}

for (const name of longNames) addName(name);

/** The header whose long form stands in `[from, to)` of `text` letter by letter: one comparison, no loop. */
export function exactHeaderNameAt(text: string, from: number, to: number): HeaderName | undefined {
  const candidates = exact[exactKey(text, from, to)];
  if (candidates === undefined || candidates.length === 0 || to === from) return undefined;
  const name = text.slice(from, to);
  for (const slot of candidates) if (slot.name === name) return slot;
  return undefined;
}

/** The header written in `[from, to)` of `text`, compact form or long, in any case; without making a string. */
export function headerNameAt(text: string, from: number, to: number): HeaderName | undefined {
  if (to - from === 1) return compact[text.charCodeAt(from)];
  let hash = 0;
  for (let i = from; i < to; i++) hash = step(hash, text.charCodeAt(i) | 32);
  let at = hash & slotMask;
  for (let slot = slots[at]; slot !== undefined; slot = slots[at]) {
    if (slot.hash === hash && slot.lower.length === to - from && sameLetters(slot.lower, text, from)) return slot;
    at = (at + 1) & slotMask;
  }
  return undefined;
}

function sameLetters(lower: string, text: string, from: number): boolean {
  for (let i = 0; i < lower.length; i++) {
    const code = text.charCodeAt(from + i);
    const known = lower.charCodeAt(i);
    if (code !== known && (code < 65 || code > 90 || (code | 32) !== known)) return false;
  }
  return true;
}

/** The long form of a header's name as the standards print it; a name that is not known stays as it is. */
export function canonicalName(name: string): string {
  return spellings.get(name) ?? headerNameAt(name, 0, name.length)?.name ?? name;
}

/** True for the long form of a known name as {@link canonicalName} gives it back, so that `===` compares it. */
export function isKnownName(name: string): boolean {
  return spellings.get(name) === name;
}

const methods = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'INFO', 'MESSAGE', 'NOTIFY', 'SUBSCRIBE', 'REFER'],
  ...['PRACK', 'UPDATE', 'PUBLISH'],
];

/** The methods of the standards that the product speaks. */
export const knownMethods: ReadonlySet<string> = new Set(methods);

/** The method in `[from, to)`, as the shared constant where it is a known one: methods are case-sensitive. */
export function methodAt(text: string, from: number, to: number): string {
  const written = text.slice(from, to);
  for (const method of methods) if (method === written) return method;
  return written;
}
