import type { RedirectionReason } from '../../src/isdn/index.js';
import type { WorldCommand } from '../../src/tdm/index.js';

const shownAlarms = ['red', 'yellow', 'blue'] as const;

const reasons: readonly RedirectionReason[] = [
  'unknown',
  'busy',
  'no-reply',
  'deflection',
  'out-of-order',
  'by-equipment',
  'unconditional',
];

/** Of what comes over the control socket: undefined for what is no command. */
export function parseWorldCommand(value: unknown): WorldCommand | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { kind, channel, span } = fields;
  if (typeof channel === 'string' && place.test(channel)) return ofJack(kind, channel, fields);
  return typeof span === 'string' && place.test(span) ? ofSpan(kind, span, fields) : undefined;
}

const place = /^[a-z0-9/:-]{1,32}$/;

function ofJack(kind: unknown, channel: string, fields: Readonly<Record<string, unknown>>): WorldCommand | undefined {
  const { says, digits, by } = fields;
  if (kind === 'lift') return { kind, channel, ...(isName(says) ? { says } : {}) };
  if (kind === 'hangUp' || kind === 'flash' || kind === 'endLine') return { kind, channel };
  if (kind === 'ringLine') {
    const { number, name } = fields;
    return { kind, channel, ...(isNumber(number) ? { number } : {}), ...(isName(name) ? { name } : {}) };
  }
  if (kind !== 'dial' || typeof digits !== 'string' || (by !== 'tone' && by !== 'pulse')) return undefined;
  const dialled = by === 'tone' ? /^[0-9*#A-D]{1,32}$/ : /^[0-9]{1,32}$/;
  return dialled.test(digits) ? { kind, channel, digits, by } : undefined;
}

function ofSpan(kind: unknown, span: string, fields: Readonly<Record<string, unknown>>): WorldCommand | undefined {
  const { slot, alarm, stands, lost, plugged } = fields;
  switch (kind) {
    case 'callIn':
      return callIn(span, fields);
    case 'networkHangUp':
      return typeof slot === 'number' ? { kind, span, slot } : undefined;
    case 'alarm': {
      const known = shownAlarms.find((each) => each === alarm);
      return known === undefined || typeof stands !== 'boolean' ? undefined : { kind, span, alarm: known, stands };
    }
    case 'dChannel':
      return typeof lost === 'boolean' ? { kind, span, lost } : undefined;
    case 'plug':
      return typeof plugged === 'boolean' ? { kind, span, plugged } : undefined;
    default:
      return undefined;
  }
}

function callIn(span: string, fields: Readonly<Record<string, unknown>>): WorldCommand | undefined {
  const { called, number, name, restricted, redirectedFrom } = fields;
  if (!isNumber(called)) return undefined;
  const redirection = redirectionOf(redirectedFrom);
  return {
    kind: 'callIn',
    span,
    called,
    restricted: restricted === true,
    ...(isNumber(number) ? { number } : {}),
    ...(isName(name) ? { name } : {}),
    ...(redirection === undefined ? {} : { redirectedFrom: redirection }),
  };
}

function redirectionOf(value: unknown): { readonly number: string; readonly reason: RedirectionReason } | undefined {
  if (typeof value !== 'object' || value === null || !('number' in value) || !('reason' in value)) return undefined;
  const reason = reasons.find((each) => each === value.reason);
  return isNumber(value.number) && reason !== undefined ? { number: value.number, reason } : undefined;
}

function isNumber(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9*#]{1,24}$/.test(value);
}

/** Q.932: at most 50 characters; ISO 8859-1 on the line. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e\xa0-\xff]{1,50}$/.test(value);
}
