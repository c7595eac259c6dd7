import { err, ok, type Result } from '../base/index.js';
import type { MediaDescription, Origin, SdpLine, SessionDescription } from './session-description.js';

/** Where and why a text is no session description. Lines count from 1. */
export interface SdpFault {
  readonly line: number;
  readonly reason: string;
}

/** Limits of a description that comes from outside. */
export const sdpLimits = {
  /** Characters; the largest that a browser offers is below 16 K. */
  text: 32 * 1024,
  /** Lines; a browser's offer with three media has about 300. */
  lines: 1000,
  /** Media descriptions; one call uses one or two. */
  media: 32,
} as const;

/**
 * Reads a description (RFC 8866 §5). Line ends may be CRLF or LF. `v=` and `o=` must be there; a missing `s=` or `t=` is
 * supplied, because telephones in the field forget them. What is not understood is kept.
 */
export function parseSdp(text: string): Result<SessionDescription, SdpFault> {
  if (text.length > sdpLimits.text) return fault(1, `longer than ${sdpLimits.text} characters`);
  const rows = text.split(/\r\n|\n|\r/);
  while (rows.at(-1) === '') rows.pop();
  if (rows.length > sdpLimits.lines) return fault(sdpLimits.lines, `more than ${sdpLimits.lines} lines`);
  if (rows[0] !== 'v=0') return fault(1, 'does not begin with v=0');
  let origin: Origin | undefined;
  let sessionName: string | undefined;
  const lines: SdpLine[] = [];
  const media: (MediaDescription & { readonly lines: SdpLine[] })[] = [];
  for (let index = 1; index < rows.length; index++) {
    const row = rows[index] ?? '';
    const type = row[0] ?? '';
    if (row[1] !== '=' || type < 'a' || type > 'z') return fault(index + 1, 'is not of the form letter=value');
    const value = row.slice(2);
    if (type === 'm') {
      if (media.length === sdpLimits.media) return fault(index + 1, `more than ${sdpLimits.media} media descriptions`);
      const parsed = parseMedia(value);
      if (parsed === undefined) return fault(index + 1, 'm= is not media port protocol formats');
      media.push({ ...parsed, lines: [] });
      continue;
    }
    const current = media.at(-1);
    if (current !== undefined) {
      if (type === 'v' || type === 'o' || type === 's') return fault(index + 1, `${type}= below a media description`);
      current.lines.push({ type, value });
    } else if (type === 'o') {
      if (origin !== undefined) return fault(index + 1, 'a second o=');
      origin = parseOrigin(value);
      if (origin === undefined) return fault(index + 1, 'o= has not its six fields');
    } else if (type === 's') {
      if (sessionName !== undefined) return fault(index + 1, 'a second s=');
      sessionName = value;
    } else if (type === 'v') return fault(index + 1, 'a second v=');
    else lines.push({ type, value });
  }
  if (origin === undefined) return fault(rows.length, 'has no o=');
  if (!lines.some((line) => line.type === 't')) insertTiming(lines);
  return ok({ origin, sessionName: sessionName ?? '-', lines, media });
}

/** Writes a description with CRLF line ends (RFC 8866 §5). */
export function formatSdp(description: SessionDescription): string {
  const { origin } = description;
  const rows = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} ${origin.netType} ${origin.addressType} ${origin.address}`,
    `s=${description.sessionName}`,
    ...description.lines.map(formatLine),
  ];
  for (const media of description.media) {
    const count = media.portCount === undefined ? '' : `/${media.portCount}`;
    rows.push(`m=${media.media} ${media.port}${count} ${media.protocol} ${media.formats.join(' ')}`);
    for (const line of media.lines) rows.push(formatLine(line));
  }
  return `${rows.join('\r\n')}\r\n`;
}

function formatLine(line: SdpLine): string {
  return `${line.type}=${line.value}`;
}

function fault(line: number, reason: string): Result<never, SdpFault> {
  return err({ line, reason });
}

function parseOrigin(value: string): Origin | undefined {
  const [username, sessionId, sessionVersion, netType, addressType, address, ...rest] = value.trim().split(/ +/);
  if (username === undefined || sessionId === undefined || sessionVersion === undefined) return undefined;
  if (netType === undefined || addressType === undefined || address === undefined || rest.length > 0) return undefined;
  if (!/^\d+$/.test(sessionId) || !/^\d+$/.test(sessionVersion)) return undefined;
  return { username, sessionId, sessionVersion, netType, addressType, address };
}

function parseMedia(value: string): Omit<MediaDescription, 'lines'> | undefined {
  const [media, ports, protocol, ...formats] = value.trim().split(/ +/);
  if (media === undefined || ports === undefined || protocol === undefined || formats.length === 0) return undefined;
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(ports);
  const port = Number(match?.[1] ?? Number.NaN);
  if (match === null || port > 65535) return undefined;
  const portCount = match[2];
  return { media, port, protocol, formats, ...(portCount === undefined ? {} : { portCount: Number(portCount) }) };
}

/** `t=` stands before `a=`, `k=`, `z=` and `r=` (RFC 8866 §5). */
function insertTiming(lines: SdpLine[]): void {
  const at = lines.findIndex((line) => 'rzka'.includes(line.type));
  lines.splice(at === -1 ? lines.length : at, 0, { type: 't', value: '0 0' });
}
