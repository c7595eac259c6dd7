import { isIP } from 'node:net';

/** What is wrong with a value, with its place; undefined: nothing. */
export type Shape = (value: unknown, at: string) => string | undefined;

type OptionalKeys<T> = { [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K> ? K : never }[keyof T];
type Shapes<Names extends PropertyKey> = { readonly [name in Names]: Shape };
/** The shapes of a type's fields: one that the type has and the list lacks does not compile. */
type Fields<T, Known extends PropertyKey = never> = [OptionalKeys<T>] extends [never]
  ? readonly [required: Shapes<Exclude<keyof T, Known>>]
  : readonly [required: Shapes<Exclude<keyof T, OptionalKeys<T> | Known>>, optional: Shapes<OptionalKeys<T>>];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every required field, perhaps optional ones, and no other: a misspelt field must not pass as absent. */
export function object<T>(...fields: Fields<T>): Shape {
  const [required, optional = {}] = fields;
  return anyObject(required, optional);
}

function anyObject(required: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>>): Shape {
  const known = new Map([...Object.entries(required), ...Object.entries(optional)]);
  const needed = Object.keys(required);
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    for (const name of needed) if (!Object.hasOwn(value, name)) return `${at}.${name} is missing`;
    for (const [name, each] of Object.entries(value)) {
      const shape = known.get(name);
      const fault = shape === undefined ? `${at} has an unknown field` : shape(each, `${at}.${name}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** One of several objects, told apart by their `kind`. */
export function byKind<T extends { readonly kind: string }>(
  shapes: {
    readonly [Kind in T['kind']]: Fields<Extract<T, { readonly kind: Kind }>, 'kind'>;
  },
): Shape {
  const entries: readonly [string, readonly Readonly<Record<string, Shape>>[]][] = Object.entries(shapes);
  const byName = new Map(
    entries.map(([kind, [required = {}, optional = {}]]) => [
      kind,
      anyObject({ kind: literal(kind), ...required }, optional),
    ]),
  );
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    const shape = typeof value.kind === 'string' ? byName.get(value.kind) : undefined;
    return shape === undefined ? `${at}.kind is unknown` : shape(value, at);
  };
}

/** `most`: elements, at the most. */
export function list(element: Shape, most: number): Shape {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    if (value.length > most) return `${at} has more than ${most} elements`;
    for (const [index, each] of value.entries()) {
      const fault = element(each, `${at}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

export function literal(...words: readonly string[]): Shape {
  return (value, at) =>
    typeof value === 'string' && words.includes(value) ? undefined : `${at} is not one of ${words.join(', ')}`;
}

export function text(pattern: RegExp, most: number): Shape {
  return (value, at) => {
    if (typeof value !== 'string') return `${at} is not a text`;
    if (value.length > most) return `${at} is longer than ${most} characters`;
    return pattern.test(value) ? undefined : `${at} is not of its form`;
  };
}

export function integer(least: number, most: number): Shape {
  return (value, at) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : `${at} is not a whole number from ${least} to ${most}`;
}

export function number(least: number, most: number): Shape {
  return (value, at) =>
    typeof value === 'number' && value >= least && value <= most
      ? undefined
      : `${at} is not a number from ${least} to ${most}`;
}

export const boolean: Shape = (value, at) =>
  typeof value === 'boolean' ? undefined : `${at} is neither true nor false`;

export const ipAddress: Shape = (value, at) =>
  typeof value === 'string' && isIP(value) !== 0 ? undefined : `${at} is not an IP address`;
