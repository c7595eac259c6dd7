import { err, ok, type Result } from '../../src/base/index.js';
import { canonicalName, Headers, isKnownName } from '../../src/sip/index.js';

/** What an application wrote: a start line, loose headers, a body. Much is missing on purpose; the server adds it. */
export type AppMessage =
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly uri: string;
      readonly headers: Headers;
      readonly body: Buffer;
    }
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly reason: string;
      readonly headers: Headers;
      readonly body: Buffer;
    };

/** Headers that the server alone writes, whatever an application says. */
const serverOwned = new Set([
  ...['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length', 'Max-Forwards'],
  ...['From', 'To', 'Call-ID', 'CSeq', 'Contact'],
]);

export function isServerOwned(name: string): boolean {
  return serverOwned.has(name);
}

/** Reads the SIP text of a control frame. The error is told to the application. */
export function readAppMessage(text: string): Result<AppMessage, string> {
  const blank = text.indexOf('\r\n\r\n');
  const headTo = blank < 0 ? text.length : blank;
  const body = blank < 0 ? '' : text.slice(blank + 4);
  const names: string[] = [];
  const values: string[] = [];
  const startTo = lineEnd(text, 0, headTo);
  for (let at = startTo + 2; at < headTo; ) {
    const to = lineEnd(text, at, headTo);
    const first = text.charCodeAt(at);
    if (first === 32 || first === 9) {
      const last = values.length - 1;
      if (last >= 0) values[last] = withoutLineEnds(`${values[last]} ${text.slice(at, to).trim()}`);
    } else {
      const colon = text.indexOf(':', at);
      if (colon <= at || colon > to) return err(`malformed header line '${text.slice(at, Math.min(to, at + 40))}'`);
      const name = canonicalName(text.slice(at, colon).trim());
      if (!isKnownName(name) && !/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(name))
        return err(`malformed header name '${name.slice(0, 40)}'`);
      names.push(name);
      values.push(withoutLineEnds(text.slice(colon + 1, to).trim()));
    }
    at = to + 2;
  }
  return readStart(text.slice(0, startTo), Headers.of(names, values), Buffer.from(body));
}

function lineEnd(text: string, at: number, headTo: number): number {
  const found = text.indexOf('\r\n', at);
  return found < 0 || found > headTo ? headTo : found;
}

/** A lone CR or LF in a value is a space: it must not begin a header of its own. */
function withoutLineEnds(value: string): string {
  return hasLineEnd(value) ? value.replace(/[\r\n]+\s*/g, ' ') : value;
}

function hasLineEnd(value: string): boolean {
  return value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0;
}

function readStart(start: string, headers: Headers, body: Buffer): Result<AppMessage, string> {
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(start);
  if (status !== null) {
    return ok({ kind: 'response', status: Number(status[1]), reason: status[2] ?? '', headers, body });
  }
  const request = /^([A-Za-z0-9\-.!%*_+`'~]+) (\S+) SIP\/2\.0$/.exec(start);
  if (request === null) return err(`malformed start line '${start.slice(0, 60)}'`);
  return ok({ kind: 'request', method: request[1] ?? '', uri: request[2] ?? '', headers, body });
}

/**
 * Puts the application's own headers and body onto what the server built; the error is a body of unknown type.
 * `host` takes the place of `localhost` in identities.
 */
export function addAppHeaders(to: Headers, from: AppMessage, host: string): Result<void, string> {
  for (const [name, given] of from.headers.entries()) {
    if (serverOwned.has(name)) continue;
    to.append(name, name === 'P-Asserted-Identity' ? withHost(given, host) : given);
  }
  if (from.body.length === 0) {
    to.remove('Content-Type');
    return ok(undefined);
  }
  if (!to.has('Content-Type')) {
    if (!from.body.subarray(0, 3).equals(versionZero)) return err('missing Content-Type for the body');
    to.append('Content-Type', 'application/sdp');
  }
  return ok(undefined);
}

const versionZero = Buffer.from('v=0');

/** `localhost` as the host of a SIP URI becomes the server's own `host:port`. */
export function withHost(value: string, host: string): string {
  if (!value.includes('localhost')) return value;
  return value.replace(/(sips?:(?:[^@<>;\s]*@)?)localhost(?::\d+)?(?=$|[;>\s?,])/g, `$1${host}`);
}

/** The same for Contact, which also names the transport (RFC 3261 §19.1.1) where it is not UDP. */
export function withContactHost(value: string, host: string, protocol: string): string {
  if (!value.includes('localhost')) return value;
  const parameter = protocol === 'udp' || /;transport=/i.test(value) ? '' : `;transport=${protocol}`;
  const replaced = value.replace(/(sips?:(?:[^@<>;\s]*@)?)localhost(?::\d+)?(?=$|[;>\s?,])/g, `$1${host}${parameter}`);
  return replaced.includes('<') ? replaced : `<${replaced}>`;
}
