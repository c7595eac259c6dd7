import type { SipView } from './application.js';

export interface Digit {
  readonly digit: string;
  readonly durationMs: number;
}

const defaultDurationMs = 160;

/** A digit in the body of an INFO: `application/dtmf-relay` (Signal and Duration) or `application/dtmf`. */
export function parseDigit(info: SipView): Digit | undefined {
  const type = info.get('Content-Type')?.toLowerCase() ?? '';
  const body = info.body ?? '';
  const relay = type.startsWith('application/dtmf-relay');
  if (!relay && !type.startsWith('application/dtmf')) return undefined;
  const signal = relay
    ? /^Signal\s*=\s*([0-9A-Da-d*#])\s*$/m.exec(body)?.[1]
    : /^\s*([0-9A-Da-d*#])\s*$/.exec(body)?.[1];
  if (signal === undefined) return undefined;
  const duration = Number(/^Duration\s*=\s*(\d{1,5})\s*$/m.exec(body)?.[1] ?? defaultDurationMs);
  return { digit: signal.toUpperCase(), durationMs: duration };
}

/** The body of an INFO with one digit. */
export function formatDigit({ digit, durationMs }: Digit): string {
  return `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`;
}
