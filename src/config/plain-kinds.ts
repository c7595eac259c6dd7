import { err, ok, type Result, Secret } from '../base/index.js';
import { type Complaint, type Kind, kind } from './shape.js';
import { nearest } from './suggestion.js';

/** Text for people, on one line. */
export const text = kind<string>({
  name: 'text',
  says: 'text on one line, at most 200 characters',
  jsonSchema: { type: 'string', minLength: 1, maxLength: 200 },
  readText: (word) => {
    if (word.trim() === '') return complain('the text is empty', 'write some text');
    if (word.length > 200) return complain('the text is longer than 200 characters', 'shorten it');
    if (hasControls(word))
      return complain('the text holds a line break or another control character', 'write one line');
    return ok(word);
  },
  write: (value) => value,
});

/** A name that other settings refer to. */
export const identifier = kind<string>({
  name: 'name',
  says: 'a name of letters, digits, dots, hyphens and underscores, at most 64 characters',
  jsonSchema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
  readText: (word) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(word)
      ? ok(word)
      : complain(`"${word}" is not a name`, 'use letters, digits, dots, hyphens and underscores'),
  write: (value) => value,
});

/** A password or key: printed as `[secret]` everywhere but in the file itself. */
export const secret = kind<Secret>({
  name: 'secret',
  says: 'a secret, 1 to 256 characters',
  jsonSchema: { type: 'string', minLength: 1, maxLength: 256 },
  isSecret: true,
  readText: (word) => {
    if (word === '') return complain('the secret is empty', 'write the secret, or remove the line');
    if (word.length > 256 || hasControls(word)) return complain('this cannot be a secret', 'use 1 to 256 characters');
    return ok(new Secret(word));
  },
  write: (value) => value.reveal(),
});

export const boolean = kind<boolean>({
  name: 'true or false',
  says: 'true or false',
  jsonSchema: { type: 'boolean' },
  readText: (word) => {
    if (word === 'true' || word === 'false') return ok(word === 'true');
    return complain(`"${word}" is neither true nor false`, 'write true or false');
  },
  write: (value) => value,
});

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[]): Kind<W> {
  return kind<W>({
    name: 'choice',
    says: `one of: ${words.join(', ')}`,
    jsonSchema: { enum: words },
    readText: (word) => {
      const found = words.find((w) => w === word);
      if (found !== undefined) return ok(found);
      const near = nearest(word, words);
      const remedy = near === undefined ? `write one of: ${words.join(', ')}` : `did you mean "${near}"?`;
      return complain(`"${word}" is not one of the choices`, remedy);
    },
    write: (value) => value,
  });
}

/** A whole number in a range. */
export function count(min: number, max: number): Kind<number> {
  return whole('count', 'a whole number', min, max);
}

/** A duration in whole seconds. */
export function seconds(min: number, max: number): Kind<number> {
  return whole('seconds', 'whole seconds', min, max);
}

/** A duration in whole milliseconds. */
export function milliseconds(min: number, max: number): Kind<number> {
  return whole('milliseconds', 'whole milliseconds', min, max);
}

/** A part of one: 0.15 is 15 %. */
export function ratio(min: number, max: number): Kind<number> {
  const says = `a ratio, ${min} to ${max}`;
  return kind<number>({
    name: 'ratio',
    says,
    jsonSchema: { type: 'number', minimum: min, maximum: max },
    readText: (word) => {
      const value = /^\d{1,6}(\.\d{1,6})?$/.test(word) ? Number(word) : Number.NaN;
      if (value >= min && value <= max) return ok(value);
      const percent = /^(\d{1,3})\s*%$/.exec(word)?.[1];
      if (percent !== undefined) return complain(`"${word}" is a percentage`, `write ${Number(percent) / 100}`);
      return complain(`"${word}" is not ${says}`, `write ${says}, with a decimal point`);
    },
    write: (value) => value,
  });
}

/** A file or folder. Relative paths start at the folder of the configuration file. */
export const filePath = kind<string>({
  name: 'file path',
  says: 'a path; a relative one starts at the folder of this file',
  jsonSchema: { type: 'string', minLength: 1, maxLength: 1024 },
  readText: (word) => {
    if (word === '' || word.length > 1024 || hasControls(word)) return complain('this is not a path', 'write a path');
    if (word.startsWith('~')) return complain('"~" is a shell’s word, not a path', 'write the path in full');
    return ok(word);
  },
  write: (value) => value,
});

export function complain(reason: string, remedy: string): Result<never, Complaint> {
  return err({ reason, remedy });
}

function whole(name: string, noun: string, min: number, max: number): Kind<number> {
  const says = `${noun}, ${min} to ${max}`;
  return kind<number>({
    name,
    says,
    jsonSchema: { type: 'integer', minimum: min, maximum: max },
    readText: (word) => {
      const value = /^\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
      if (value >= min && value <= max) return ok(value);
      if (/^\d+\s*[A-Za-z]+$/.test(word))
        return complain(`"${word}" carries a unit`, `write the number alone: ${says}`);
      return complain(`"${word}" is not ${says}`, `write ${says}`);
    },
    write: (value) => value,
  });
}

function hasControls(word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
