import { err, ok, type Result } from '../base/index.js';
import { type Absence, type CallerId, type DataMessage, type DataMessageFault, isAbsent } from './caller-id.js';

/** GR-30-CORE §2.3 and GR-31: single and multiple data message format; ETSI EN 300 659-3 uses the second. */
export type DataMessageFormat = 'sdmf' | 'mdmf';

const type = { sdmfCall: 0x04, sdmfWaiting: 0x06, mdmfCall: 0x80, mdmfWaiting: 0x82 } as const;
const parameter = {
  date: 0x01,
  number: 0x02,
  numberAbsent: 0x04,
  name: 0x07,
  nameAbsent: 0x08,
  waiting: 0x0b,
} as const;
/** SDMF message waiting says it three times: B for on, o for off (GR-30-CORE, TR-NWT-001401). */
const [sdmfOn, sdmfOff] = [0x42, 0x6f];
/** Longest number: EN 300 659-3 §5.4.2; GR-31 says at least 10 must be shown. */
const maxNumber = 20;
/** Longest name that every telephone of GR-1188-CORE shows. */
const maxName = 15;

/** Complete with type, length and checksum. SDMF has no name, and ten digits and more are sent as they are. */
export function encodeDataMessage(message: DataMessage, format: DataMessageFormat): Uint8Array {
  if (message.kind === 'messageWaiting') return encodeWaiting(message.waiting, format);
  const { date, number, name } = message.callerId;
  const dateText = date === undefined ? '' : [date.month, date.day, date.hour, date.minute].map(twoDigits).join('');
  if (format === 'sdmf') {
    // The date is not optional here; midnight of no day is what exchanges send that do not know it.
    const shown = number === undefined ? 'O' : isAbsent(number) ? absenceLetter(number) : digitsOf(number);
    return sealed(type.sdmfCall, ascii((dateText === '' ? '00000000' : dateText) + shown));
  }
  const body: number[] = [];
  if (dateText !== '') put(body, parameter.date, dateText);
  if (number !== undefined)
    isAbsent(number)
      ? put(body, parameter.numberAbsent, absenceLetter(number))
      : put(body, parameter.number, digitsOf(number));
  if (name !== undefined)
    isAbsent(name) ? put(body, parameter.nameAbsent, absenceLetter(name)) : put(body, parameter.name, nameText(name));
  return sealed(type.mdmfCall, body);
}

/** The message in `bytes`, which must be complete. Parameters that are not known are passed over, as EN 300 659-3 §5.3 asks. */
export function decodeDataMessage(bytes: Uint8Array): Result<DataMessage, DataMessageFault> {
  const [kind, length] = bytes;
  if (kind === undefined || length === undefined) return err('short');
  if (bytes.length < length + 3) return err('short');
  if (bytes.length > length + 3) return err('length');
  if (sumOf(bytes) !== 0) return err('checksum');
  const body = bytes.subarray(2, 2 + length);
  switch (kind) {
    case type.sdmfCall:
      return decodeSdmfCall(text(body));
    case type.sdmfWaiting:
      return decodeSdmfWaiting(body);
    case type.mdmfCall:
    case type.mdmfWaiting:
      return decodeMdmf(kind, body);
    default:
      return err('unknownType');
  }
}

/** Two's complement of the sum of all that went before: with it, the sum is 0 (GR-30-CORE §2.3.1). */
export function checksum(bytes: Iterable<number>): number {
  return -sumOf(bytes) & 0xff;
}

function sumOf(bytes: Iterable<number>): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum;
}

function encodeWaiting(waiting: boolean, format: DataMessageFormat): Uint8Array {
  const letter = waiting ? sdmfOn : sdmfOff;
  if (format === 'sdmf') return sealed(type.sdmfWaiting, [letter, letter, letter]);
  return sealed(type.mdmfWaiting, [parameter.waiting, 1, waiting ? 0xff : 0x00]);
}

function decodeSdmfCall(body: string): Result<DataMessage, DataMessageFault> {
  const date = readDate(body.slice(0, 8));
  const rest = body.slice(8);
  if (date === 'malformed' || rest === '') return err('parameter');
  const number = rest === 'P' || rest === 'O' ? readAbsence(rest) : rest;
  if (typeof number === 'string' && !isNumber(number)) return err('parameter');
  return ok({ kind: 'call', callerId: { ...(date === undefined ? {} : { date }), number } });
}

function decodeSdmfWaiting(body: Uint8Array): Result<DataMessage, DataMessageFault> {
  const [letter] = body;
  if (body.length !== 3 || body.some((byte) => byte !== letter)) return err('parameter');
  if (letter !== sdmfOn && letter !== sdmfOff) return err('parameter');
  return ok({ kind: 'messageWaiting', waiting: letter === sdmfOn });
}

function decodeMdmf(kind: number, body: Uint8Array): Result<DataMessage, DataMessageFault> {
  let callerId: CallerId = {};
  let waiting: boolean | undefined;
  for (let at = 0; at < body.length; ) {
    const [name, length] = [body[at], body[at + 1]];
    if (name === undefined || length === undefined || at + 2 + length > body.length) return err('length');
    const value = body.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    if (name === parameter.waiting) waiting = value[0] === 0xff;
    else {
      const read = readParameter(name, text(value));
      if (read === 'malformed') return err('parameter');
      callerId = { ...callerId, ...read };
    }
  }
  if (kind === type.mdmfCall) return ok({ kind: 'call', callerId });
  return waiting === undefined ? err('parameter') : ok({ kind: 'messageWaiting', waiting });
}

function readParameter(name: number, value: string): Partial<CallerId> | 'malformed' {
  switch (name) {
    case parameter.date: {
      const date = readDate(value);
      return date === 'malformed' || date === undefined ? 'malformed' : { date };
    }
    case parameter.number:
      return isNumber(value) ? { number: value } : 'malformed';
    case parameter.numberAbsent:
      return { number: readAbsence(value) };
    case parameter.name:
      return { name: value };
    case parameter.nameAbsent:
      return { name: readAbsence(value) };
    default:
      return {};
  }
}

/** Undefined for the zeros of an exchange that has no time. */
function readDate(value: string): CallerId['date'] | 'malformed' {
  if (!/^\d{8}$/.test(value)) return 'malformed';
  const [month = 0, day = 0, hour = 0, minute = 0] = [0, 2, 4, 6].map((at) => Number(value.slice(at, at + 2)));
  if (month === 0 && day === 0) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return 'malformed';
  return { month, day, hour, minute };
}

function isNumber(value: string): boolean {
  return /^[0-9*#+]{1,32}$/.test(value);
}

function readAbsence(letter: string): Absence {
  return { absent: letter === 'P' ? 'private' : 'unavailable' };
}

function absenceLetter({ absent }: Absence): string {
  return absent === 'private' ? 'P' : 'O';
}

/** A plus has no place on the screens that this was made for. */
function digitsOf(number: string): string {
  const digits = number.replace(/[^0-9*#]/g, '').slice(0, maxNumber);
  return digits === '' ? 'O' : digits;
}

/** Letters without their marks; what has no 7-bit form (ITU-T T.50) becomes a question mark. */
function nameText(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '');
  return [...plain]
    .map((letter) => (/[ -~]/.test(letter) ? letter : '?'))
    .join('')
    .slice(0, maxName);
}

function put(body: number[], name: number, value: string): void {
  body.push(name, value.length, ...ascii(value));
}

function sealed(kind: number, body: readonly number[]): Uint8Array {
  const message = [kind, body.length, ...body];
  return Uint8Array.from([...message, checksum(message)]);
}

function ascii(value: string): readonly number[] {
  return [...Buffer.from(value, 'latin1')];
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
