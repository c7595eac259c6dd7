import { err, ok, type Result } from '../base/index.js';
import { skipSpace, skipToken } from './characters.js';
import { formatParameters, type Parameters, scanParameters } from './parameters.js';
import { portNumber, skipDigits, skipHost } from './uri.js';

/** One hop (RFC 3261 §20.42): `branch`, `received`, `rport` are parameters. */
export interface Via {
  /** `SIP/2.0` where the peer speaks our version. */
  readonly protocol: string;
  /** Upper case. */
  readonly transport: string;
  /** sent-by's host: a name, an IPv4 address, or an IPv6 address in its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
}

/** What marks a branch as made by RFC 3261's rules (§8.1.1.7); a branch of nothing else is as good as none. */
export const branchCookie = 'z9hG4bK';

const found = {
  protocolFrom: 0,
  protocolTo: 0,
  versionFrom: 0,
  versionTo: 0,
  transportFrom: 0,
  transportTo: 0,
  hostFrom: 0,
  hostTo: 0,
  port: 0,
};

/** Scans one hop; returns where it ends (a comma or `end`), or the complement of where the grammar breaks. */
export function scanVia(text: string, at: number, end: number, into?: Parameters): number {
  found.protocolFrom = skipSpace(text, at, end);
  found.protocolTo = skipToken(text, found.protocolFrom, end);
  let i = skipSlash(text, found.protocolFrom, found.protocolTo, end);
  if (i < 0) return i;
  found.versionFrom = i;
  found.versionTo = skipToken(text, i, end);
  i = skipSlash(text, i, found.versionTo, end);
  if (i < 0) return i;
  found.transportFrom = i;
  found.transportTo = skipToken(text, i, end);
  found.hostFrom = skipSpace(text, found.transportTo, end);
  if (found.transportTo === i || found.hostFrom === found.transportTo) return ~found.transportTo;
  found.hostTo = skipHost(text, found.hostFrom, end);
  if (found.hostTo <= found.hostFrom) return ~found.hostFrom;
  found.port = -1;
  i = skipSpace(text, found.hostTo, end);
  if (i < end && text.charCodeAt(i) === 58) {
    const portFrom = skipSpace(text, i + 1, end);
    i = skipDigits(text, portFrom, end);
    found.port = portNumber(text, portFrom, i);
    if (found.port < 0) return ~portFrom;
  }
  return scanParameters(text, i, end, into);
}

/** `[from, to)` must not be empty and a slash must follow, with space where it likes; the position after it. */
function skipSlash(text: string, from: number, to: number, end: number): number {
  if (to === from) return ~from;
  const slash = skipSpace(text, to, end);
  if (slash === end || text.charCodeAt(slash) !== 47) return ~slash;
  return skipSpace(text, slash + 1, end);
}

function taken(text: string, parameters: Parameters): Via {
  const { port } = found;
  return {
    protocol: `${text.slice(found.protocolFrom, found.protocolTo)}/${text.slice(found.versionFrom, found.versionTo)}`,
    transport: text.slice(found.transportFrom, found.transportTo).toUpperCase(),
    host: text.slice(found.hostFrom, found.hostTo),
    ...(port >= 0 ? { port } : {}),
    parameters,
  };
}

/** One hop and nothing after it. The parser gives every hop a header line of its own. */
export function parseVia(text: string): Result<Via, string> {
  const parameters: Parameters = new Map();
  const end = scanVia(text, 0, text.length, parameters);
  if (end !== text.length) return err(`malformed Via at character ${end < 0 ? ~end : end}`);
  return ok(taken(text, parameters));
}

/** The hops of one header value, the topmost first. */
export function parseViaList(text: string): Result<readonly Via[], string> {
  const list: Via[] = [];
  for (let at = 0; ; at++) {
    const parameters: Parameters = new Map();
    at = scanVia(text, at, text.length, parameters);
    if (at < 0) return err(`malformed Via at character ${~at}`);
    list.push(taken(text, parameters));
    if (at === text.length) return ok(list);
  }
}

export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `${via.protocol}/${via.transport} ${via.host}${port}${formatParameters(via.parameters)}`;
}
