import type { Log } from '../../src/base/index.js';
import { uriScheme } from '../../src/sip/index.js';

/** A `proxy` frame of an application, taken apart. */
export interface ProxyCommand {
  readonly messageId: string;
  readonly transactionId: string;
  readonly remainInDialog: boolean;
  readonly fullResponse: boolean;
  readonly followRedirects: boolean;
  readonly parallel: boolean;
  /** Milliseconds; Infinity for none. */
  readonly provisionalTimeoutMs: number;
  /** Milliseconds; Infinity for none. */
  readonly finalTimeoutMs: number;
  readonly destinations: readonly string[];
  /** Start line and headers that the application adds. */
  readonly text: string;
}

/** `fields` of the frame's leader: message id, `proxy`, transaction id, four switches, two limits, destinations. */
export function readProxyCommand(fields: readonly string[], text: string, log: Log): ProxyCommand {
  return {
    messageId: fields[0] ?? '',
    transactionId: fields[2] ?? '',
    remainInDialog: fields[3] === 'remainInDialog',
    fullResponse: fields[4] === 'fullResponse',
    followRedirects: fields[5] === 'followRedirects',
    parallel: fields[6] === 'simultaneous',
    provisionalTimeoutMs: durationMs(fields[7] ?? '', log),
    finalTimeoutMs: durationMs(fields[8] ?? '', log),
    destinations: fields
      .slice(9)
      .filter((field) => field !== '')
      .map(asUri),
    text,
  };
}

/** An address alone, or a URI in angle brackets, as a URI. */
function asUri(destination: string): string {
  const bare = destination.startsWith('<') && destination.endsWith('>') ? destination.slice(1, -1) : destination;
  return uriScheme(bare) === undefined || /^[^:]*:\d+$/.test(bare) ? `sip:${bare}` : bare;
}

/** `2s`, `500ms`, or milliseconds alone. Anything else is no limit, as it is in drachtio. */
function durationMs(text: string, log: Log): number {
  if (text === '') return Number.POSITIVE_INFINITY;
  const match = /^(\d{1,9})(ms|s)?$/.exec(text);
  if (match === null) {
    log.warn('time limit of a proxy command is not understood', { text: text.slice(0, 20) });
    return Number.POSITIVE_INFINITY;
  }
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}
