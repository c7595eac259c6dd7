import type { SeededRandom } from '../sim/seeded-random.js';

/** Texts at which text protocols' parsers have been seen to stumble, whatever the protocol. */
const stumblingBlocks = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n ',
    '\r\n\t',
    '\r\n\r\n',
    '\0',
    '\x7f',
    ' ',
    '\t',
    '\u00fc',
    '\ud83d\udc4b',
    '\ufffd',
    '\xff',
  ],
  ...[
    '"',
    '\\',
    '\\"',
    '<',
    '>',
    '<>',
    ',',
    ';',
    ';;',
    '=',
    '?',
    ':',
    '/',
    '@',
    '%',
    '%00',
    '%zz',
    '[',
    ']',
    '*',
    '|',
    '#',
  ],
  ...[
    '-1',
    '0',
    '00000000000000000001',
    '4294967296',
    '2147483648',
    '99999999999999999999',
    '1e9',
    '65536',
    '__proto__',
  ],
];

/** Changes inputs at random: bytes, words of the protocol, lines, pieces of other inputs. */
export class Mutation {
  readonly #random: SeededRandom;
  readonly #words: readonly Buffer[];
  readonly #mostBytes: number;

  /** `words`: what the protocol is made of. */
  constructor(random: SeededRandom, words: readonly string[], mostBytes: number) {
    this.#random = random;
    this.#words = [...stumblingBlocks, ...words].map((word) => Buffer.from(word));
    this.#mostBytes = mostBytes;
  }

  /** `other` lends pieces. */
  of(input: Buffer, other: Buffer): Buffer {
    let bytes = input;
    const rounds = 1 << this.#below(4);
    for (let i = 0; i < rounds; i++) bytes = this.#once(bytes, other);
    return bytes.length > this.#mostBytes ? bytes.subarray(0, this.#mostBytes) : bytes;
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  #pick<T>(from: readonly T[], otherwise: T): T {
    return from[this.#below(from.length)] ?? otherwise;
  }

  #word(): Buffer {
    return this.#pick(this.#words, Buffer.from(' '));
  }

  #once(bytes: Buffer, other: Buffer): Buffer {
    const at = this.#below(bytes.length + 1);
    const length = 1 + this.#below(this.#below(4) === 0 ? 200 : 8);
    switch (this.#below(13)) {
      case 0:
        return spliced(bytes, at, 1, Buffer.of(this.#below(256)));
      case 1:
        return spliced(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << this.#below(8))));
      case 2:
        return spliced(bytes, at, length, none);
      case 3:
      case 4:
        return spliced(bytes, at, 0, this.#word());
      case 5:
        return spliced(bytes, at, length, this.#word());
      case 6:
        return this.#below(4) === 0 ? bytes.subarray(0, at) : bytes;
      case 7: {
        const from = this.#below(other.length + 1);
        return spliced(
          bytes,
          at,
          this.#below(2) * length,
          other.subarray(from, from + this.#below(other.length - from + 1)),
        );
      }
      case 8:
        return spliced(bytes, at, 0, bytes.subarray(at, at + length));
      case 9:
        return this.#repeated(bytes, at);
      case 10:
        return this.#number(bytes, at);
      default:
        return this.#lines(bytes, other);
    }
  }

  /** Seldom long: the cost of long inputs is a question of its own. */
  #repeated(bytes: Buffer, at: number): Buffer {
    const word = this.#below(2) === 0 ? this.#word() : bytes.subarray(at, at + 1 + this.#below(40));
    const most = this.#below(20) === 0 ? this.#mostBytes / Math.max(1, word.length) : 40;
    return spliced(bytes, at, 0, Buffer.alloc(word.length * (1 + this.#below(most)), word));
  }

  /** Another number in the place of the next one. */
  #number(bytes: Buffer, at: number): Buffer {
    let from = at;
    while (from < bytes.length && !isDigit(bytes[from])) from++;
    let to = from;
    while (to < bytes.length && isDigit(bytes[to])) to++;
    if (from === to) return bytes;
    const was = Number(bytes.toString('latin1', from, Math.min(to, from + 9)));
    const values = [was + 1, was - 1, 0, was * 2, 2 ** this.#below(70), 2 ** this.#below(70) - 1, this.#below(1000)];
    return spliced(bytes, from, to - from, Buffer.from(String(BigInt(this.#pick(values, 0)))));
  }

  /** Deletes, doubles, moves in from elsewhere, or refolds whole lines. */
  #lines(bytes: Buffer, other: Buffer): Buffer {
    const lines = bytes.toString('latin1').split('\r\n');
    if (lines.length > 2000) return bytes;
    const at = this.#below(lines.length);
    const line = lines[at] ?? '';
    switch (this.#below(5)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(this.#below(lines.length), 0, line);
        break;
      case 2:
        lines[at] = line.replaceAll(' ', '\r\n ');
        break;
      case 3:
        lines.splice(at, 0, this.#pick(other.toString('latin1').split('\r\n'), ''));
        break;
      default: {
        const colon = line.indexOf(':');
        lines[at] = `${line.slice(0, colon + 1)}${this.#word().toString('latin1')}${line.slice(colon + 1)}`;
      }
    }
    return Buffer.from(lines.join('\r\n'), 'latin1');
  }
}

const none = Buffer.alloc(0);

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function spliced(bytes: Buffer, at: number, without: number, put: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + without)]);
}
