/** Why a call comes to the message desk (GR-283): called itself, or forwarded always, on busy, on no answer, or nobody knows. */
export type DeskReason = 'direct' | 'always' | 'busy' | 'noAnswer' | 'unknown';

export interface DeskCall {
  /** 1-999: which desk, where several share the line. */
  readonly desk: number;
  /** 1-9999: the desk's line on which the call is. */
  readonly terminal: number;
  readonly reason: DeskReason;
  /** Who was called first; absent where the desk itself was. */
  readonly forwardedFrom?: string;
  /** Absent where it is not known, or not to be shown. */
  readonly caller?: string;
}

const letterOf: Readonly<Record<DeskReason, string>> = {
  direct: 'D',
  always: 'A',
  busy: 'B',
  noAnswer: 'N',
  unknown: 'U',
};
const begin = '\r\n';
const end = '\r\n\x19';
/** A directory number of North America; what is longer is told by its last digits, as a desk compares them. */
const numberMost = 10;

/** The switch tells the desk of a call: `MD`, desk, terminal, reason, who was called, who calls. */
export function formatDeskCall({ desk, terminal, reason, forwardedFrom, caller }: DeskCall): string {
  const place = `${String(desk).padStart(3, '0')}${String(terminal).padStart(4, '0')}`;
  return `${begin}MD${place}${letterOf[reason]}${digitsOf(forwardedFrom)} ${digitsOf(caller)} ${end}`;
}

/** The switch cannot do what the desk ordered: no such number, or it cannot now. */
export function formatFailure(number: string, why: 'invalid' | 'blocked'): string {
  return `${begin}MWI ${number} ${why === 'invalid' ? 'INV' : 'BLK'} ${end}`;
}

function digitsOf(number = ''): string {
  return number.replace(/\D/g, '').slice(-numberMost);
}

export interface WaitingOrder {
  readonly kind: 'waiting';
  readonly number: string;
  readonly on: boolean;
}

export type ReadOrder = WaitingOrder | { readonly kind: 'malformed'; readonly text: string };

/** Longer than any order: whoever sends more without an end sends none. */
const orderMost = 64;
const shownMost = 40;
const endOfTransmission = '\x04';

/** Orders of the desk, `OP:MWI number!` and `RMV:MWI number!`, each ended by EOT, out of whatever pieces the line gives. */
export class OrderReader {
  #text = '';
  #tooLong = false;

  read(piece: string): readonly ReadOrder[] {
    const found: ReadOrder[] = [];
    for (const letter of piece) {
      // Some desks leave EOT out and end by the sign before it; an empty order behind it is none.
      if (letter === endOfTransmission || letter === '!') this.#end(found);
      else if (this.#text.length < orderMost) this.#text += letter;
      else this.#tooLong = true;
    }
    return found;
  }

  /** The line broke off: what was begun is nothing. */
  reset(): void {
    this.#text = '';
    this.#tooLong = false;
  }

  #end(found: ReadOrder[]): void {
    const text = this.#text.trim();
    const tooLong = this.#tooLong;
    this.reset();
    if (text === '') return;
    const order = /^(OP|RMV):MWI (\d{1,10})$/.exec(text);
    if (order === null || tooLong) found.push({ kind: 'malformed', text: shown(text) });
    else found.push({ kind: 'waiting', number: order[2] ?? '', on: order[1] === 'OP' });
  }
}

function shown(text: string): string {
  return text.slice(0, shownMost).replace(/[^\x20-\x7e]/g, '?');
}
