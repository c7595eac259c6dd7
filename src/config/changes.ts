import { type Field, type Fields, isSection, isTable, join, type TakesEffect } from './field.js';
import { type Configuration, schema } from './schema.js';
import type { Plain } from './shape.js';

/** One setting that differs between two configurations. Secrets show as `[secret]`. */
export interface Change {
  /** Rows of tables are named by their key: `trunks[pstn-gateway].uri`. */
  readonly path: string;
  readonly title: string;
  readonly takesEffect: TakesEffect;
  /** Absent when the setting or row is new. */
  readonly from?: Plain;
  /** Absent when the setting or row was removed. */
  readonly to?: Plain;
}

type Group = { readonly [name: string]: unknown };

/** What changes when `after` takes the place of `before`, in the order of the schema. */
export function planChanges(before: Configuration, after: Configuration): readonly Change[] {
  return groupChanges(schema.fields, before, after, '');
}

function groupChanges(fields: Fields, before: Group, after: Group, path: string): readonly Change[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    fieldChanges(field, before[name], after[name], join(path, name)),
  );
}

function fieldChanges(field: Field<unknown>, before: unknown, after: unknown, path: string): readonly Change[] {
  const { shape } = field;
  if (isSection(shape) && isGroup(before) && isGroup(after)) return groupChanges(shape.fields, before, after, path);
  if (isTable(shape) && Array.isArray(before) && Array.isArray(after)) {
    return rowChanges(field, shape.fields, shape.key, before.filter(isGroup), after.filter(isGroup), path);
  }
  if (same(field, before, after)) return [];
  return [change(field, path, shown(field, before), shown(field, after))];
}

function rowChanges(
  field: Field<unknown>,
  fields: Fields,
  key: string,
  before: readonly Group[],
  after: readonly Group[],
  path: string,
): readonly Change[] {
  const name = (row: Group): string => `${path}[${String(row[key])}]`;
  const old = new Map(before.map((row) => [name(row), row]));
  const fresh = new Map(after.map((row) => [name(row), row]));
  const removed = before.filter((row) => !fresh.has(name(row)));
  const kept = after.flatMap((row) => {
    const was = old.get(name(row));
    if (was !== undefined) return groupChanges(fields, was, row, name(row));
    return [change(field, name(row), undefined, rowPlain(fields, row))];
  });
  const order = before.filter((r) => fresh.has(name(r))).map(name);
  const newOrder = after.filter((r) => old.has(name(r))).map(name);
  const moved = order.join() === newOrder.join() ? [] : [change(field, path, order, newOrder)];
  return [...removed.map((row) => change(field, name(row), rowPlain(fields, row), undefined)), ...kept, ...moved];
}

function change(field: Field<unknown>, path: string, from: Plain | undefined, to: Plain | undefined): Change {
  return {
    path,
    title: field.title,
    takesEffect: field.takesEffect,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function rowPlain(fields: Fields, row: Group): Plain {
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const value = shown(field, row[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

function same(field: Field<unknown>, before: unknown, after: unknown): boolean {
  const text = (value: unknown): string | undefined =>
    value === undefined ? undefined : JSON.stringify(field.shape.plain(value, 'shown'));
  return text(before) === text(after);
}

function shown(field: Field<unknown>, value: unknown): Plain | undefined {
  return value === undefined ? undefined : field.shape.plain(value, 'hidden');
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
