import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import type { Reading } from './reading.js';
import { checkLength, type JsonSchema, type ListLimits, type Plain, type Secrets, type Shape } from './shape.js';
import { nearest } from './suggestion.js';

/** When a changed value begins to work: live calls are never touched by any of them. */
export type TakesEffect = 'at once' | 'new calls' | 'restart';

/** `required`: must be written. `initial`: has a value when not written. `optional`: may be absent, and absence means something. */
export type Presence = 'required' | 'initial' | 'optional';

/** One setting, said once: types, parser, example file, reference page and JSON Schema all come from this. */
export interface Field<T, P extends Presence = Presence> {
  readonly shape: Shape<T>;
  readonly presence: P;
  readonly title: string;
  /** Why one would change it, and its unit; whole sentences. */
  readonly help: string;
  readonly takesEffect: TakesEffect;
  readonly initial?: T;
  /** What the product does when an optional value is absent. */
  readonly absent?: string;
  /** What the example file sets. */
  readonly example?: T;
  /** What the example file shows behind a comment sign, where there is no initial value to show. */
  readonly sample?: T;
}

export type Fields = { readonly [name: string]: Field<unknown> };

type ValueOfField<F> = F extends Field<infer T> ? T : never;

/** The type of the value that a group of fields reads. */
export type ValueOf<F extends Fields> = {
  readonly [K in keyof F as F[K]['presence'] extends 'optional' ? never : K]: ValueOfField<F[K]>;
} & {
  readonly [K in keyof F as F[K]['presence'] extends 'optional' ? K : never]?: ValueOfField<F[K]>;
};

export interface About<T> {
  readonly title: string;
  readonly help: string;
  /** `new calls` unless told. */
  readonly takesEffect?: TakesEffect;
  readonly example?: T;
  readonly sample?: T;
}

export function required<T>(
  shape: Shape<T>,
  about: About<NoInfer<T>> & { readonly example: NoInfer<T> },
): Field<T, 'required'> {
  return { takesEffect: 'new calls', ...about, shape, presence: 'required' };
}

export function initially<T>(shape: Shape<T>, initial: NoInfer<T>, about: About<NoInfer<T>>): Field<T, 'initial'> {
  return { takesEffect: 'new calls', ...about, shape, presence: 'initial', initial };
}

export function optional<T>(shape: Shape<T>, absent: string, about: About<NoInfer<T>>): Field<T, 'optional'> {
  return { takesEffect: 'new calls', ...about, shape, presence: 'optional', absent };
}

/** A group of fields under one name; a section that is not written has all its initial values. */
export interface SectionShape<F extends Fields> extends Shape<ValueOf<F>> {
  readonly form: 'section';
  readonly fields: F;
}

/** A list of groups, each with the same fields. */
export interface TableShape<F extends Fields> extends Shape<readonly ValueOf<F>[]> {
  readonly form: 'table';
  readonly fields: F;
  readonly row: SectionShape<F>;
  /** The field that tells rows apart; no two rows may have the same value in it. */
  readonly key: string;
}

export type Section<F extends Fields> = Field<ValueOf<F>, 'initial'> & { readonly shape: SectionShape<F> };

export function section<F extends Fields>(title: string, help: string, fields: F): Section<F> {
  return { shape: sectionShape(fields), presence: 'initial', title, help, takesEffect: 'new calls' };
}

export function isSection(shape: Shape<unknown>): shape is SectionShape<Fields> {
  return shape.form === 'section';
}

export function isTable(shape: Shape<unknown>): shape is TableShape<Fields> {
  return shape.form === 'table';
}

export function tableOf<F extends Fields>(key: string & keyof F, fields: F, limits: ListLimits = {}): TableShape<F> {
  const row = sectionShape(fields);
  const min = limits.min ?? 0;
  const max = limits.max ?? 1000;
  return {
    form: 'table',
    kindName: 'table',
    says: `a list of groups with the keys ${Object.keys(fields).join(', ')}`,
    isSecret: false,
    fields,
    row,
    key,
    read(node, path, reading) {
      if (!isSeq(node)) {
        reading.fault(path, node, 'this must be a list', `begin each entry with a dash: "- ${key}: …"`);
        return undefined;
      }
      checkLength(node.items.length, min, max, path, node, reading);
      const rows = node.items.map((item, i) => row.read(item, `${path}[${i}]`, reading));
      refuseDuplicates(node.items, key, path, reading);
      const whole = rows.filter((r) => r !== undefined);
      return whole.length === rows.length ? whole : undefined;
    },
    plain: (value, secrets) => value.map((v) => row.plain(v, secrets)),
    jsonSchema: () => ({
      type: 'array',
      items: row.jsonSchema(),
      ...(min > 0 ? { minItems: min } : {}),
      maxItems: max,
    }),
  };
}

function refuseDuplicates(items: readonly ParsedNode[], key: string, path: string, reading: Reading): void {
  const seen = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    const node = isMap(item) ? item.get(key, true) : undefined;
    if (!isScalar(node) || typeof node.value !== 'string' || node.value === '') continue;
    const first = seen.get(node.value);
    if (first === undefined) seen.set(node.value, i);
    else {
      const reason = `"${node.value}" is already the ${key} of ${path}[${first}]`;
      reading.faultAt(`${path}[${i}].${key}`, node.range?.[0] ?? 0, reason, `give each entry a ${key} of its own`);
    }
  }
}

export function sectionShape<F extends Fields>(fields: F): SectionShape<F> {
  const names = Object.keys(fields);
  return {
    form: 'section',
    kindName: 'section',
    says: `a group with the keys ${names.join(', ')}`,
    isSecret: false,
    fields,
    read(node, path, reading) {
      reading.place(path, node);
      const written = readPairs(node, path, names, reading);
      if (written === undefined) return undefined;
      const value: Record<string, unknown> = {};
      for (const name of names) {
        const field = fields[name];
        if (field === undefined) continue;
        const read = readField(field, name, written, join(path, name), node, reading);
        if (read !== undefined) value[name] = read;
      }
      return isWhole(fields, value) ? value : undefined;
    },
    plain: (value, secrets) => plainFields(fields, value, secrets),
    jsonSchema: () => sectionJsonSchema(fields),
  };
}

function readField(
  field: Field<unknown>,
  name: string,
  written: ReadonlyMap<string, ParsedNode | undefined>,
  path: string,
  parent: ParsedNode | undefined,
  reading: Reading,
): unknown {
  const node = written.get(name);
  if (written.has(name) || isSection(field.shape)) {
    reading.place(path, node);
    return field.shape.read(node, path, reading);
  }
  if (field.presence === 'required') {
    reading.fault(path, parent, `"${name}" is missing: ${field.title.toLowerCase()}`, `write ${field.shape.says}`);
  }
  return field.initial;
}

/** The keys that are written, with unknown, repeated and unreadable ones noted; undefined when it is no group at all. */
function readPairs(
  node: ParsedNode | undefined,
  path: string,
  known: readonly string[],
  reading: Reading,
): ReadonlyMap<string, ParsedNode | undefined> | undefined {
  const written = new Map<string, ParsedNode | undefined>();
  if (node === undefined || (isScalar(node) && node.value === '')) return written;
  if (!isMap(node)) {
    reading.fault(path, node, 'this must be a group of settings', 'write each as "key: value" on a line of its own');
    return undefined;
  }
  for (const pair of node.items) {
    const name = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined;
    if (name === undefined) {
      reading.fault(path, pair.key, 'this key is not a word', `write one of: ${known.join(', ')}`);
    } else if (!known.includes(name)) {
      const near = nearest(name, known) ?? reading.homeOf(name);
      const remedy = near === undefined ? `write one of: ${known.join(', ')}` : `did you mean "${near}"?`;
      reading.fault(join(path, name), pair.key, `the key "${name}" is not known here`, remedy);
    } else if (written.has(name)) {
      reading.fault(join(path, name), pair.key, `the key "${name}" is written twice`, 'remove one of them');
    } else {
      written.set(name, pair.value ?? undefined);
    }
  }
  return written;
}

/** True when nothing that must be there is missing: what the loop built is then what the fields' types say. */
function isWhole<F extends Fields>(fields: F, value: Record<string, unknown>): value is ValueOf<F> & typeof value {
  return Object.entries(fields).every(([name, field]) => field.presence === 'optional' || value[name] !== undefined);
}

function plainFields(fields: Fields, value: { readonly [name: string]: unknown }, secrets: Secrets): Plain {
  const out: Record<string, Plain> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (value[name] !== undefined) out[name] = field.shape.plain(value[name], secrets);
  }
  return out;
}

function sectionJsonSchema(fields: Fields): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const mustHave: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const initial = field.initial === undefined ? {} : { default: field.shape.plain(field.initial, 'hidden') };
    properties[name] = { title: field.title, description: field.help, ...field.shape.jsonSchema(), ...initial };
    if (field.presence === 'required' || (isSection(field.shape) && hasRequired(field.shape.fields)))
      mustHave.push(name);
  }
  const need = mustHave.length > 0 ? { required: mustHave } : {};
  return { type: 'object', properties, ...need, additionalProperties: false };
}

function hasRequired(fields: Fields): boolean {
  return Object.values(fields).some((f) => f.presence === 'required');
}

/** `trunks[1]` and `uri` make `trunks[1].uri`. */
export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
