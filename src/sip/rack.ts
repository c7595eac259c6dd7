import { isDigit, isSpace, skipSpace, skipToken } from './characters.js';
import { decimalAt } from './numbers.js';

/** What a PRACK acknowledges (RFC 3262 §7.2): the RSeq of the response, and the CSeq of the request that it answered. */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

/** Undefined when it is malformed. */
export function parseRAck(text: string): RAck | undefined {
  const rseqTo = digitsTo(text, 0);
  const cseqFrom = skipSpace(text, rseqTo, text.length);
  const cseqTo = digitsTo(text, cseqFrom);
  const methodFrom = skipSpace(text, cseqTo, text.length);
  const methodTo = skipToken(text, methodFrom, text.length);
  const rseq = decimalAt(text, 0, rseqTo);
  const cseq = decimalAt(text, cseqFrom, cseqTo);
  const parted = cseqFrom > rseqTo && methodFrom > cseqTo;
  if (!parted || methodTo === methodFrom || methodTo !== text.length) return undefined;
  return validRSeq(rseq) && cseq >= 0 && cseq < 2 ** 31 ? { rseq, cseq, method: text.slice(methodFrom) } : undefined;
}

export function formatRAck(rack: RAck): string {
  return `${rack.rseq} ${rack.cseq} ${rack.method}`;
}

/** 1 to 2³²-1 (RFC 3262 §7.1); undefined for anything else. */
export function parseRSeq(text: string): number | undefined {
  let to = text.length;
  while (to > 0 && isSpace(text.charCodeAt(to - 1))) to--;
  const rseq = decimalAt(text, 0, to);
  return validRSeq(rseq) ? rseq : undefined;
}

function validRSeq(rseq: number): boolean {
  return rseq >= 1 && rseq <= 0xffffffff;
}

function digitsTo(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}
