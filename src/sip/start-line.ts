import { isSpace, skipToken } from './characters.js';
import { methodAt } from './header-names.js';
import type { FaultStatus } from './message.js';
import { requestUriFault } from './uri.js';

/** A start line as far as it could be read; `status` 0 and an empty `method` are parts that could not. */
export interface StartLine {
  kind: 'request' | 'response';
  method: string;
  uri: string;
  status: number;
  reason: string;
  fault: { readonly status: FaultStatus; readonly reason: string } | undefined;
}

/**
 * Reads `[from, to)`. More than one space between the parts, and spaces at the end, are forgiven, and never written
 * again (RFC 4475 §3.1.2.9, §3.1.2.10). Undefined: the line speaks of no SIP at all.
 */
export function readStartLine(text: string, from: number, to: number): StartLine | undefined {
  if (isVersion(text, from, to)) return readStatusLine(text, from, to);
  return readRequestLine(text, from, to);
}

function readRequestLine(text: string, from: number, lineTo: number): StartLine | undefined {
  let to = lineTo;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  let version = to;
  while (version > from && !isSpace(text.charCodeAt(version - 1))) version--;
  if (!isVersion(text, version, to)) return undefined;
  const methodTo = skipToken(text, from, to);
  const method = methodAt(text, from, methodTo);
  let uriFrom = methodTo;
  while (uriFrom < version && isSpace(text.charCodeAt(uriFrom))) uriFrom++;
  let uriTo = version;
  while (uriTo > uriFrom && isSpace(text.charCodeAt(uriTo - 1))) uriTo--;
  const uri = text.slice(uriFrom, uriTo);
  const line: StartLine = { kind: 'request', method, uri, status: 0, reason: '', fault: undefined };
  if (methodTo === from || uriFrom === methodTo) line.fault = { status: 400, reason: 'Malformed Method' };
  else if (!isOurVersion(text, version, to)) line.fault = { status: 505, reason: 'Version Not Supported' };
  else {
    const reason = requestUriFault(text, uriFrom, uriTo);
    if (reason !== undefined) line.fault = { status: 400, reason };
  }
  return line;
}

function readStatusLine(text: string, from: number, to: number): StartLine {
  let at = from;
  while (at < to && !isSpace(text.charCodeAt(at))) at++;
  const versionTo = at;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  const codeFrom = at;
  while (at < to && !isSpace(text.charCodeAt(at))) at++;
  const status = at - codeFrom === 3 ? statusCode(text, codeFrom) : 0;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  const reason = text.slice(at, to).trimEnd();
  const line: StartLine = { kind: 'response', method: '', uri: '', status, reason, fault: undefined };
  if (!isOurVersion(text, from, versionTo)) line.fault = { status: 505, reason: 'Version Not Supported' };
  else if (status === 0) line.fault = { status: 400, reason: 'Malformed Status Code' };
  return line;
}

/** The three digits at `at`, 100-699; else 0. */
function statusCode(text: string, at: number): number {
  const a = text.charCodeAt(at) - 48;
  const b = text.charCodeAt(at + 1) - 48;
  const c = text.charCodeAt(at + 2) - 48;
  if (a < 1 || a > 6 || b < 0 || b > 9 || c < 0 || c > 9) return 0;
  return a * 100 + b * 10 + c;
}

/** `SIP/` in any case. */
function isVersion(text: string, from: number, to: number): boolean {
  return (
    to - from > 4 &&
    text.charCodeAt(from + 3) === 47 &&
    (text.charCodeAt(from) | 32) === 115 &&
    (text.charCodeAt(from + 1) | 32) === 105 &&
    (text.charCodeAt(from + 2) | 32) === 112
  );
}

/** `SIP/2.0`; case does not matter (RFC 3261 §7.1). */
function isOurVersion(text: string, from: number, to: number): boolean {
  return to - from === 7 && text.startsWith('2.0', from + 4);
}
