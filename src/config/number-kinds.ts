import { ok } from '../base/index.js';
import { parseNumberPattern } from './number-pattern.js';
import { complain } from './plain-kinds.js';
import { type Kind, kind } from './shape.js';

/** A telephone number in international form (E.164 with its plus sign). */
export const e164 = kind<string>({
  name: 'E.164 number',
  says: 'a number in international form, e.g. +14155550100',
  // A plain +1415… is an integer to most YAML readers.
  jsonSchema: { type: ['string', 'integer'], pattern: '^\\+[1-9][0-9]{6,14}$' },
  readText: (word) => {
    if (isE164(word)) return ok(word);
    const bare = word.replace(/[\s().-]/g, '');
    if (isE164(bare)) return complain(`"${word}" holds spaces or punctuation`, `write ${bare}`);
    if (/^\d{7,15}$/.test(bare)) return complain(`"${word}" has no plus sign`, 'write + and the country code first');
    return complain(
      `"${word}" is not a number in international form`,
      'write + , country code and number, 7 to 15 digits',
    );
  },
  write: (value) => value,
});

/** The front part of numbers in international form; it may be as short as a country code. */
export const e164Start = kind<string>({
  name: 'start of an E.164 number',
  says: 'the start of a number in international form, e.g. +1312555',
  jsonSchema: { type: ['string', 'integer'], pattern: '^\\+[1-9][0-9]{0,13}$' },
  readText: (word) =>
    /^\+[1-9]\d{0,13}$/.test(word)
      ? ok(word)
      : complain(`"${word}" is not the start of a number in international form`, 'write + and the country code first'),
  write: (value) => value,
});

/** Dialling digits in a range of lengths. */
export function digits(min: number, max: number): Kind<string> {
  const says = min === max ? `${min} digits` : `${min} to ${max} digits`;
  return kind<string>({
    name: 'digits',
    says,
    jsonSchema: { type: ['string', 'integer'], pattern: `^[0-9]{${min},${max}}$` },
    readText: (word) =>
      /^\d*$/.test(word) && word.length >= min && word.length <= max
        ? ok(word)
        : complain(`"${word}" is not ${says}`, `write ${says}${min === 0 ? '; "" for none' : ''}`),
    write: (value) => value,
  });
}

/** What is put before or in place of digits that were dialled: digits, or + and digits. */
export const dialString = kind<string>({
  name: 'dial string',
  says: 'digits, * and #, with an optional leading +; at most 20',
  jsonSchema: { type: ['string', 'integer'], pattern: '^\\+?[0-9*#]{0,20}$' },
  readText: (word) =>
    /^\+?[0-9*#]{0,20}$/.test(word) ? ok(word) : complain(`"${word}" cannot be dialled`, 'write digits, * and # alone'),
  write: (value) => value,
});

/** A pattern of dialled digits; the language is described at {@link parseNumberPattern}. */
export const numberPattern = kind<string>({
  name: 'number pattern',
  says: 'a number pattern, e.g. 9NXXXXXX',
  jsonSchema: { type: ['string', 'integer'], minLength: 1, maxLength: 64 },
  readText: (word) => {
    const pattern = parseNumberPattern(word);
    return pattern.ok ? ok(word) : complain(pattern.error, 'write digits, X, Z, N, [sets], and . or ! at the end');
  },
  write: (value) => value,
});

/** A pattern of internal numbers: of a fixed length, without a plus sign. */
export const extensionPattern = kind<string>({
  name: 'extension pattern',
  says: 'a pattern of extensions of one length, e.g. 3XXX',
  jsonSchema: { type: ['string', 'integer'], minLength: 1, maxLength: 64 },
  readText: (word) => {
    const pattern = parseNumberPattern(word);
    if (!pattern.ok) return complain(pattern.error, 'write digits, X, Z, N and [sets], e.g. 3XXX');
    if (pattern.value.tail !== 'none') return complain(`"${word}" has no fixed length`, 'write an X for each digit');
    if (/[+*#]/.test(word))
      return complain(`"${word}" is not a pattern of extensions`, 'use digits, X, Z, N and [sets]');
    return ok(word);
  },
  write: (value) => value,
});

/** RFC 3966 §5.1.4 without separators: 7 digits are the shortest international numbers in use. */
export function isE164(word: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(word);
}
