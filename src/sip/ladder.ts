/** One message between two ends, ready to be drawn. */
export interface LadderStep {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** `host:port`. */
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  /** `INVITE sip:…` in short: the method, or status and reason. */
  readonly title: string;
  /** Number and method. */
  readonly cseq: string;
  readonly callId: string;
  /** It holds a session description. */
  readonly sdp: boolean;
  /** The same bytes went the same way before. */
  readonly again: boolean;
}

/** What is read of a message for its ladder: it need not be one that the parser accepts. */
export interface LadderSource {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly bytes: Buffer;
}

export function ladderSteps(sources: readonly LadderSource[]): readonly LadderStep[] {
  const seen = new Set<string>();
  return sources.map(({ at, from, to, protocol, bytes }) => {
    const text = bytes.toString('utf8');
    const headTo = text.indexOf('\r\n\r\n');
    const head = headTo < 0 ? text : text.slice(0, headTo);
    const start = head.slice(0, Math.max(0, head.indexOf('\r\n')));
    const key = `${from} ${to} ${text}`;
    const again = seen.has(key);
    seen.add(key);
    const header = (name: RegExp) => (name.exec(head)?.[1] ?? '').replace(/\s+/g, ' ');
    return {
      at,
      from,
      to,
      protocol,
      title: printable(start.startsWith('SIP/2.0 ') ? start.slice(8) : (start.split(' ', 1)[0] ?? '')),
      cseq: printable(header(/^cseq[ \t]*:[ \t]*(.*?)[ \t]*$/im)),
      callId: printable(header(/^(?:call-id|i)[ \t]*:[ \t]*(.*?)[ \t]*$/im)),
      sdp: /^v=0\r?\n/m.test(headTo < 0 ? '' : text.slice(headTo + 4)),
      again,
    };
  });
}

/** What a peer wrote must not steer a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\u{10ffff}]/gu, '?').slice(0, 200);
}

const timeWidth = 10;
/** A column is no use below this: the steps are listed then. */
const narrowest = 16;

/**
 * A ladder for a terminal of `width` columns: a line of life for each end, an arrow for each message with its method or
 * status and CSeq, and on the left the milliseconds since the first one.
 */
export function formatLadder(steps: readonly LadderStep[], width: number): string {
  const first = steps[0];
  if (first === undefined) return '';
  const ends = [...new Set(steps.flatMap(({ from, to }) => [from, to]))];
  const calls = [...new Set(steps.map(({ callId }) => callId))];
  const letters = new Map(calls.map((callId, i) => [callId, calls.length < 2 ? '' : `${letter(i)} `]));
  const legend = calls.map((callId, i) => `${calls.length < 2 ? 'Call-ID' : letter(i)}  ${callId}`);
  const began = new Date(first.at).toISOString().replace('T', ' ').replace('Z', '');
  const columns = ends.length;
  const spacing = Math.floor((width - timeWidth - 2) / Math.max(1, columns));
  const drawing = new Drawing(ends, spacing);
  const lines = columns > 1 && spacing >= narrowest ? drawing.heading() : [];
  for (const step of steps) {
    const time = `${Math.round(step.at - first.at)} ms`.padStart(timeWidth - 1);
    const text = titleOf(step, letters.get(step.callId) ?? '');
    if (lines.length === 0 || spacing < narrowest) {
      lines.push(...wrapped(`${time} ${step.from} → ${step.to}  ${text}`, width, timeWidth));
    } else {
      lines.push(...drawing.step(step, time, text));
    }
  }
  return `${[...legend, `${began} UTC`, '', ...lines].map((line) => line.trimEnd()).join('\n')}\n`;
}

function letter(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : `${String.fromCharCode(65 + (index % 26))}${Math.floor(index / 26)}`;
}

function titleOf(step: LadderStep, call: string): string {
  const number = step.cseq.split(' ', 1)[0] ?? '';
  const method = /^\d/.test(step.title) ? step.cseq : number;
  return `${call}${step.title}${step.sdp ? ' (SDP)' : ''} · ${method}${step.again ? ' ↻' : ''}`;
}

function wrapped(text: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  for (let rest = text, room = width; rest !== ''; room = width - indent) {
    let cut = rest.length <= room ? rest.length : rest.lastIndexOf(' ', room);
    if (cut <= 0) cut = Math.min(room, rest.length);
    lines.push((lines.length === 0 ? '' : ' '.repeat(indent)) + rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return lines;
}

class Drawing {
  readonly #ends: readonly string[];
  readonly #spacing: number;

  constructor(ends: readonly string[], spacing: number) {
    this.#ends = ends;
    this.#spacing = spacing;
  }

  /** The ends' names above their lines of life, cut into as many lines as they need. */
  heading(): string[] {
    const room = this.#spacing - 2;
    const names = this.#ends.map((end) => {
      if (end.length <= room) return [end];
      const colon = end.lastIndexOf(':');
      return [...pieces(end.slice(0, colon), room), ...pieces(end.slice(colon), room)];
    });
    const height = Math.max(...names.map((lines) => lines.length));
    const rows = Array.from({ length: height }, (_, row) => {
      const cells = this.#blank(' ');
      names.forEach((lines, column) => {
        const text = lines[row - (height - lines.length)] ?? '';
        put(cells, Math.max(0, this.#x(column) - Math.floor(text.length / 2)), text);
      });
      return ' '.repeat(timeWidth) + cells.join('');
    });
    return [...rows, ' '.repeat(timeWidth) + this.#blank('│').join('')];
  }

  step(step: LadderStep, time: string, text: string): string[] {
    const [a, b] = [this.#ends.indexOf(step.from), this.#ends.indexOf(step.to)];
    const row = this.#blank('│');
    if (a === b) {
      put(row, this.#x(a) + 1, `⟲ ${text}`.slice(0, row.length));
      return [`${time} ${row.join('')}`];
    }
    const [left, right] = [this.#x(Math.min(a, b)), this.#x(Math.max(a, b))];
    const shaft = right - left - 1;
    const room = shaft - 5;
    const lines = text.length <= room ? [] : pieces(text, shaft - 2);
    const above = lines.map((line) => {
      const cells = this.#blank('│');
      put(cells, left + 2, line);
      return ' '.repeat(timeWidth) + cells.join('');
    });
    const label = lines.length === 0 ? ` ${text} ` : '';
    const before = Math.max(1, Math.floor((shaft - label.length) / 2));
    const arrow = '─'.repeat(before) + label + '─'.repeat(Math.max(0, shaft - before - label.length));
    put(row, left + 1, a < b ? `${arrow.slice(0, -1)}▶` : `◀${arrow.slice(1)}`);
    return [...above, `${time} ${row.join('')}`];
  }

  #x(column: number): number {
    return Math.floor(this.#spacing / 2) + column * this.#spacing;
  }

  #blank(mark: string): string[] {
    const cells = Array.from({ length: this.#ends.length * this.#spacing }, () => ' ');
    this.#ends.forEach((_end, column) => {
      cells[this.#x(column)] = mark;
    });
    return cells;
  }
}

/** Writes over the cells from `at` on. */
function put(cells: string[], at: number, text: string): void {
  for (const [i, character] of [...text].entries()) if (at + i < cells.length) cells[at + i] = character;
}

/** Pieces of at most `room`, cut at spaces where there are any. */
function pieces(text: string, room: number): string[] {
  return wrapped(text, Math.max(1, room), 0);
}
