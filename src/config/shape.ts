import { isScalar, isSeq, type ParsedNode } from 'yaml';
import type { Result } from '../base/index.js';
import type { Reading } from './reading.js';

/** What a value looks like as plain data, the form that YAML and JSON can hold. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** Whether secrets are printed or replaced by `[secret]`. */
export type Secrets = 'hidden' | 'shown';

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Why a value is refused, and what to write instead; both are parts of a sentence for people. */
export interface Complaint {
  readonly reason: string;
  readonly remedy: string;
}

/** How one kind of value is read from the file, printed and described. */
export interface Shape<T> {
  readonly form: 'scalar' | 'list' | 'table' | 'section';
  /** The kind in one or two words, for the reference page: `port`, `list of SIP URIs`. */
  readonly kindName: string;
  /** The whole rule as a noun phrase: `a port number, 1 to 65535`. */
  readonly says: string;
  readonly isSecret: boolean;
  /** The value at `node`, or undefined after its faults were noted in `reading`. */
  read(node: ParsedNode | undefined, path: string, reading: Reading): T | undefined;
  plain(value: T, secrets: Secrets): Plain;
  jsonSchema(): JsonSchema;
}

/** A shape that is one word of text in the file. */
export interface Kind<T> extends Shape<T> {
  readonly form: 'scalar';
  readText(text: string): Result<T, Complaint>;
}

export interface KindDefinition<T> {
  readonly name: string;
  readonly says: string;
  readonly jsonSchema: JsonSchema;
  readonly isSecret?: boolean;
  readonly readText: (text: string) => Result<T, Complaint>;
  /** How the value is written in a file. */
  readonly write: (value: T) => string | number | boolean;
}

export function kind<T>(definition: KindDefinition<T>): Kind<T> {
  const { name, says, readText, write } = definition;
  const isSecret = definition.isSecret ?? false;
  return {
    form: 'scalar',
    kindName: name,
    says,
    isSecret,
    readText,
    read(node, path, reading) {
      if (node !== undefined && !isScalar(node)) {
        reading.fault(path, node, 'this must be a single value, not a list or a group', `write ${says}`);
        return undefined;
      }
      const text = typeof node?.value === 'string' ? node.value : '';
      if (text === '' && (node === undefined || node.type === 'PLAIN')) {
        reading.fault(path, node, 'nothing is written after the colon', `write ${says}, or remove the line`);
        return undefined;
      }
      const result = readText(text);
      if (result.ok) return result.value;
      reading.fault(path, node, result.error.reason, result.error.remedy);
      return undefined;
    },
    plain: (value, secrets) => (isSecret && secrets === 'hidden' ? '[secret]' : write(value)),
    jsonSchema: () => definition.jsonSchema,
  };
}

export interface ListLimits {
  readonly min?: number;
  readonly max?: number;
}

/** A list of single values; more than `max` (1000 unless told) are refused. */
export function list<T>(of: Kind<T>, limits: ListLimits = {}): Shape<readonly T[]> {
  const min = limits.min ?? 0;
  const max = limits.max ?? 1000;
  const says = `a list; each entry is ${of.says}`;
  return {
    form: 'list',
    kindName: `list of ${of.kindName}`,
    says,
    isSecret: of.isSecret,
    read(node, path, reading) {
      if (!isSeq(node)) {
        reading.fault(path, node, 'this must be a list', 'write the entries in brackets, [first, second]');
        return undefined;
      }
      const values = node.items.map((item, i) => of.read(item, `${path}[${i}]`, reading));
      checkLength(node.items.length, min, max, path, node, reading);
      const whole = values.filter((v) => v !== undefined);
      return whole.length === values.length ? whole : undefined;
    },
    plain: (value, secrets) => value.map((v) => of.plain(v, secrets)),
    jsonSchema: () => ({ type: 'array', items: of.jsonSchema(), ...(min > 0 ? { minItems: min } : {}), maxItems: max }),
  };
}

/** Notes a fault when a list has too few or too many entries. */
export function checkLength(
  length: number,
  min: number,
  max: number,
  path: string,
  node: ParsedNode,
  reading: Reading,
): void {
  if (length < min) reading.fault(path, node, `${length} entries are given, at least ${min} needed`, 'add entries');
  if (length > max) reading.fault(path, node, `${length} entries are given, at most ${max} allowed`, 'remove entries');
}
