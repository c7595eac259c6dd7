/** The payload of a named event (RFC 4733 §2.3). */
export interface TelephoneEvent {
  /** 0-255; 0-15 are DTMF. */
  readonly event: number;
  /** The last three packets of an event say so. */
  readonly end: boolean;
  /** -dBm0, 0-63. */
  readonly volume: number;
  /** Since the event began, in units of the clock. */
  readonly duration: number;
}

const digits = '0123456789*#ABCD';

/** Undefined where the payload is shorter than four bytes. */
export function decodeTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [event, flags, high, low] = payload;
  if (event === undefined || flags === undefined || high === undefined || low === undefined) return undefined;
  return { event, end: (flags & 0x80) !== 0, volume: flags & 0x3f, duration: (high << 8) | low };
}

export function encodeTelephoneEvent({ event, end, volume, duration }: TelephoneEvent): Uint8Array {
  return Uint8Array.of(event, (end ? 0x80 : 0) | volume, duration >> 8, duration & 0xff);
}

/** 0-9, *, #, A-D (§3.2); undefined for what is no digit. */
export function digitOfEvent(event: number): string | undefined {
  return digits[event];
}

export function eventOfDigit(digit: string): number | undefined {
  const event = digits.indexOf(digit.toUpperCase());
  return digit.length !== 1 || event === -1 ? undefined : event;
}

/** Reads the events of `fmtp`, e.g. `0-11,66` (§2.4.1); '' means 0-15. Undefined where it is malformed. */
export function parseEventRange(text: string): ReadonlySet<number> | undefined {
  const events = new Set<number>();
  for (const part of (text.trim() || '0-15').split(',')) {
    const match = /^ *(\d{1,3})(?:-(\d{1,3}))? *$/.exec(part);
    const [low, high] = [Number(match?.[1] ?? 256), Number(match?.[2] ?? match?.[1] ?? 256)];
    if (low > high || high > 255) return undefined;
    for (let event = low; event <= high; event++) events.add(event);
  }
  return events;
}

export function formatEventRange(events: ReadonlySet<number>): string {
  const ranges: [number, number][] = [];
  for (const event of [...events].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === event - 1) last[1] = event;
    else ranges.push([event, event]);
  }
  return ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(',');
}
