import { decodeNumberPlan, decodePresentation, decodeRedirectionReason } from './isdn-party.js';
import type { InformationElement } from './q931.js';

/** Names of the elements of codeset 0 (Q.931 table 4-3). */
const elementNames: ReadonlyMap<number, string> = new Map([
  // Of maintenance messages only.
  [0x01, 'Change status'],
  [0x04, 'Bearer capability'],
  [0x08, 'Cause'],
  [0x14, 'Call state'],
  [0x18, 'Channel identification'],
  [0x1c, 'Facility'],
  [0x1e, 'Progress indicator'],
  [0x20, 'Network-specific facilities'],
  [0x27, 'Notification indicator'],
  [0x28, 'Display'],
  [0x29, 'Date/time'],
  [0x2c, 'Keypad facility'],
  [0x34, 'Signal'],
  [0x4c, 'Connected number'],
  [0x6c, 'Calling party number'],
  [0x6d, 'Calling party subaddress'],
  [0x70, 'Called party number'],
  [0x71, 'Called party subaddress'],
  [0x73, 'Original called number'],
  [0x74, 'Redirecting number'],
  [0x79, 'Restart indicator'],
  [0x7c, 'Low layer compatibility'],
  [0x7d, 'High layer compatibility'],
  [0x7e, 'User-user'],
  [0xa1, 'Sending complete'],
]);

const capabilities: ReadonlyMap<number, string> = new Map([
  [0x00, 'speech'],
  [0x08, 'unrestricted digital'],
  [0x09, 'restricted digital'],
  [0x10, '3.1 kHz audio'],
  [0x11, 'unrestricted digital with tones'],
  [0x18, 'video'],
]);

const progressDescriptions: ReadonlyMap<number, string> = new Map([
  [1, 'call is not end-to-end ISDN'],
  [2, 'destination is not ISDN'],
  [3, 'origination is not ISDN'],
  [4, 'call has returned to the ISDN'],
  [5, 'interworking'],
  [8, 'in-band information'],
  [10, 'delay in response'],
]);

/** TR 41459: bit 7 is the preference (a channel), bits 3-1 the status. */
const channelStates = ['in service', 'maintenance', 'out of service'];

const decoders: ReadonlyMap<number, (content: Uint8Array) => string> = new Map([
  [0x01, (content) => channelStates[(content[0] ?? 0) & 7] ?? 'unknown'],
  [0x04, (content) => capabilities.get((content[0] ?? 0) & 0x1f) ?? 'unknown'],
  [0x08, causeText],
  [0x14, (content) => `${(content[0] ?? 0) & 0x3f}`],
  [0x18, channelText],
  [0x1e, (content) => progressDescriptions.get((content[1] ?? 0) & 0x7f) ?? `description ${(content[1] ?? 0) & 0x7f}`],
  [0x28, (content) => quoted((content[0] ?? 0) >= 0x80 ? content.subarray(1) : content)],
  [0x2c, quoted],
  [0x4c, numberText],
  [0x6c, numberText],
  [0x70, numberText],
  [0x73, numberText],
  [0x74, numberText],
  [
    0x79,
    (content) => ['the channels named', 'a single interface', 'all interfaces'][indicatorOf(content)] ?? 'unknown',
  ],
]);

/** An element in words: `Called party number: national isdn '3125551234'`. What is not known is shown in hexadecimal. */
export function elementText({ codeset, identifier, content }: InformationElement): string {
  const name = codeset === 0 ? elementNames.get(identifier) : undefined;
  const label = name ?? `element ${codeset}/0x${identifier.toString(16).padStart(2, '0')}`;
  if (content.length === 0) return label;
  const decode = codeset === 0 ? decoders.get(identifier) : undefined;
  return `${label}: ${decode === undefined ? Buffer.from(content).toString('hex') : decode(content)}`;
}

/** Q.850 §2.2.3: octet 3 has the location, the next one that ends the extension the value. */
function causeText(content: Uint8Array): string {
  const at = extended(content, 0);
  return `${(content[at] ?? 0) & 0x7f} (location ${(content[0] ?? 0) & 0x0f})`;
}

/** Q.931 §4.5.13. */
function channelText(content: Uint8Array): string {
  const octet = content[0] ?? 0;
  const words = [(octet & 0x08) === 0 ? 'preferred' : 'exclusive'];
  let at = 1;
  if ((octet & 0x40) !== 0) {
    words.push(`interface ${(content[at] ?? 0) & 0x7f}`);
    at = extended(content, at);
  }
  const kind = content[at] ?? 0;
  const slots = [...content.subarray(at + 1)].map((each) => each & 0x7f);
  if ((octet & 0x04) !== 0) words.push('the D-channel');
  else if ((kind & 0x10) !== 0) words.push(`slot map ${Buffer.from(content.subarray(at + 1)).toString('hex')}`);
  else if (slots.length > 0) words.push(`channel ${slots.join(', ')}`);
  else words.push(['no channel', 'as indicated', 'unknown', 'any channel'][octet & 3] ?? '');
  return words.join(', ');
}

/** Q.931 §4.5.8, §4.5.10; ETS 300 207-1: a third octet of redirecting numbers has the reason. */
function numberText(content: Uint8Array): string {
  const octet = content[0] ?? 0;
  const { type, plan } = decodeNumberPlan(octet & 0x7f);
  const words: string[] = [type, plan];
  let at = 1;
  if ((octet & 0x80) === 0) {
    const { presentation, screening } = decodePresentation((content[at] ?? 0) & 0x7f);
    words.push(presentation, screening);
    if (((content[at++] ?? 0x80) & 0x80) === 0) words.push(decodeRedirectionReason((content[at++] ?? 0) & 0x0f));
  }
  return `${[...new Set(words)].join(' ')} ${quoted(content.subarray(at))}`;
}

function indicatorOf(content: Uint8Array): number {
  const indicator = (content[0] ?? 0) & 7;
  return indicator < 6 ? indicator : indicator - 5;
}

/** The place behind an octet group that begins at `at`: it ends with the first octet whose bit 8 is set (Q.931 §4.5.1). */
function extended(content: Uint8Array, at: number): number {
  let end = at;
  while (end < content.length && ((content[end] ?? 0x80) & 0x80) === 0) end++;
  return end + 1;
}

/** Control characters must not reach a terminal. */
function quoted(bytes: Uint8Array): string {
  const printable = [...bytes].map((each) =>
    each < 0x20 || each === 0x7f || (each >= 0x80 && each < 0xa0) ? 0x2e : each,
  );
  return `'${Buffer.from(printable).toString('latin1')}'`;
}
