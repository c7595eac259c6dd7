import { type Field, type Fields, isSection, isTable } from './field.js';
import { schema } from './schema.js';
import { wrapped, yamlText } from './yaml-text.js';

const heading = `Configuration of a Holdfast branch.

Lines that begin with "# " explain; settings behind a "#" without a space have the value shown, or are absent, until the sign is removed. A file with a fault is refused as a whole, with line, reason and remedy, and the running configuration stays. The same in tables: reference.md.`;

/** How much of a row is shown: everything with its explanations, or what differs from the initial values. */
type Detail = 'explained' | 'brief';

/** A documented configuration of a realistic branch, generated from the schema. It parses as it stands. */
export function exampleFile(): string {
  const sections = Object.entries(schema.fields).map(([name, field]) => {
    const title = [`# ---- ${field.title} `.padEnd(100, '-'), ...prose(field.help, '')];
    return ['', ...title, ...setting(name, field, '')].join('\n');
  });
  return `${heading
    .split('\n')
    .flatMap((line) => prose(line, ''))
    .join('\n')}\n${sections.join('\n')}\n`;
}

function setting(name: string, field: Field<unknown>, indent: string): readonly string[] {
  const { shape } = field;
  if (isSection(shape)) return [`${indent}${name}:`, ...explainedFields(shape.fields, `${indent}  `)];
  const active = field.example !== undefined;
  // A table that is empty at first is shown by a row.
  const value = field.example ?? (isTable(shape) ? field.sample : undefined) ?? field.initial ?? field.sample;
  const lines = value === undefined ? [`${name}: …`] : valueLines(name, field, value);
  return lines.map((line) => (active || isProse(line) ? `${indent}${line}` : `${indent}#${line}`));
}

function explainedFields(fields: Fields, indent: string): readonly string[] {
  return Object.entries(fields).flatMap(([name, field], i) => [
    ...(i === 0 ? [] : ['']),
    ...explanation(field, indent),
    ...setting(name, field, indent),
  ]);
}

function explanation(field: Field<unknown>, indent: string): readonly string[] {
  const rule = isTable(field.shape) ? '' : ` ${sentence(field.shape.says)}`;
  const absent = field.absent === undefined ? '' : ` When absent: ${field.absent}.`;
  const must = field.presence === 'required' ? ' Must be written.' : '';
  return prose(`${field.title}. ${field.help}${rule}${must}${absent}`, indent);
}

function valueLines(name: string, field: Field<unknown>, value: unknown): readonly string[] {
  const { shape } = field;
  if (isTable(shape) && Array.isArray(value) && value.length > 0) {
    const rows = value.flatMap((row: unknown, i) => rowLines(shape.fields, row, i === 0 ? 'explained' : 'brief'));
    return [`${name}:`, ...rows];
  }
  const plain = shape.plain(value, 'shown');
  const line = `${name}: ${yamlText(plain)}`;
  if (line.length <= 100 || !Array.isArray(plain)) return [line];
  return [`${name}:`, ...plain.map((entry) => `  - ${yamlText(entry)}`)];
}

/** One row of a table: a dash before its first setting, the rest in line with it. */
function rowLines(fields: Fields, row: unknown, detail: Detail): readonly string[] {
  let first = true;
  return Object.entries(fields).flatMap(([name, field]) => {
    const given = valueAt(row, name);
    const differs = given !== undefined && !sameText(field, given, field.initial);
    if (!differs && detail === 'brief') return [];
    const shown = given ?? field.initial ?? field.sample;
    const text = shown === undefined ? '…' : yamlText(field.shape.plain(shown, 'shown'));
    const start = first ? '  - ' : '    ';
    const notes = detail === 'explained' ? explanation(field, start.replace('-', ' ')) : [];
    first = false;
    return [...notes, differs ? `${start}${name}: ${text}` : `    #${name}: ${text}`];
  });
}

function valueAt(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null ? Object.entries(row).find(([key]) => key === name)?.[1] : undefined;
}

function sameText(field: Field<unknown>, a: unknown, b: unknown): boolean {
  if (b === undefined) return false;
  return yamlText(field.shape.plain(a, 'shown')) === yamlText(field.shape.plain(b, 'shown'));
}

function prose(text: string, indent: string): readonly string[] {
  return wrapped(text, 98 - indent.length).map((line) => `${indent}# ${line}`.trimEnd());
}

function isProse(line: string): boolean {
  return line.trimStart().startsWith('#');
}

function sentence(phrase: string): string {
  return `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}.`;
}
