import { countries, universalEmergencyNumber } from './country.js';
import { type Field, type Fields, isSection, isTable, join } from './field.js';
import { schema } from './schema.js';
import { yamlText } from './yaml-text.js';

/** Every setting in Markdown tables, generated from the schema. */
export function referencePage(): string {
  const sections = Object.entries(schema.fields).flatMap(([name, field]) => fieldSection(name, field, 2));
  return [...opening, ...sections, ...patterns, ...emergencyNumbers()].join('\n');
}

const opening = [
  '# Configuration reference',
  '',
  'One YAML file configures a branch; [example.yaml](example.yaml) is such a file, explained. Only a few settings must be',
  'written: `site.name`, `centre.domain`, `centre.targets` and `users.file`. Everything else has an initial value, or may',
  'be absent. Durations are whole numbers in the unit that the setting’s name ends with.',
  '',
  'A file with a fault is refused as a whole, and the running configuration stays. Each fault is printed as',
  '`file:line:column: path: reason (remedy)`. Warnings are printed alike and refuse nothing.',
  '',
  '*Takes effect*: **at once**; with **new calls**, live ones keep what they began with; or at the next **restart** of the',
  'process concerned. No change touches a live call.',
  '',
];

const patterns = [
  '## Number patterns',
  '',
  '| sign | stands for |',
  '|---|---|',
  '| `0`-`9` `*` `#` | itself |',
  '| `+` | itself, at the beginning: the pattern is for numbers in international form |',
  '| `X` | any digit |',
  '| `Z` | 1 to 9 |',
  '| `N` | 2 to 9 |',
  '| `[13-5]` | one of these digits |',
  '| `.` | at the end: one or more further digits |',
  '| `!` | at the end: any number of further digits, or none |',
  '',
  'A pattern matches a whole number. Of several that match, the most specific wins: they are compared place by place from',
  'the left, and at the first difference the one that allows fewer digits is taken; any place is more specific than `.`,',
  'and `.` than `!`. What is still equal is decided by the order in the file.',
  '',
];

function fieldSection(path: string, field: Field<unknown>, level: number): readonly string[] {
  const { shape } = field;
  if (!isSection(shape) && !isTable(shape)) return [];
  const nested = Object.entries(shape.fields).flatMap(([name, inner]) =>
    fieldSection(join(isTable(shape) ? `${path}[]` : path, name), inner, level + 1),
  );
  const title = `${'#'.repeat(level)} \`${path}${isTable(shape) ? '[]' : ''}\`: ${field.title}`;
  const initial = isTable(shape) ? tableInitial(field) : [];
  return [title, '', field.help, '', ...initial, ...fieldTable(shape.fields), '', ...nested];
}

function tableInitial(field: Field<unknown>): readonly string[] {
  const plain = field.initial === undefined ? undefined : field.shape.plain(field.initial, 'hidden');
  if (!Array.isArray(plain) || plain.length === 0) return ['Initially empty.', ''];
  return ['Initially:', '', '```yaml', ...plain.map((row) => `- ${yamlText(row)}`), '```', ''];
}

function fieldTable(fields: Fields): readonly string[] {
  const rows = Object.entries(fields)
    .filter(([, field]) => !isSection(field.shape) && !isTable(field.shape))
    .map(([name, field]) => {
      const cells = [
        `\`${name}\``,
        `**${field.title}.** ${field.help}`,
        field.shape.says,
        initialText(field),
        field.takesEffect,
      ];
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    });
  if (rows.length === 0) return [];
  return ['| setting | what it is | value | initially | takes effect |', '|---|---|---|---|---|', ...rows];
}

function initialText(field: Field<unknown>): string {
  if (field.presence === 'required') return '**must be written**';
  if (field.initial === undefined) return `absent: ${field.absent ?? ''}`;
  return `\`${yamlText(field.shape.plain(field.initial, 'hidden'))}\``;
}

function emergencyNumbers(): readonly string[] {
  const rows = Object.entries(countries)
    .filter(([, country]) => country.emergency.length > 0)
    .map(([code, country]) => {
      const test = country.emergencyTest.length > 0 ? country.emergencyTest.join(', ') : '-';
      return `| +${code} | ${country.emergency.join(', ')} | ${test} | ${country.sends112As ?? universalEmergencyNumber} |`;
    });
  return [
    '## Built-in emergency numbers',
    '',
    `${universalEmergencyNumber} everywhere, and the numbers below. No setting removes them; \`emergency.numbers\` adds to them.`,
    '',
    '| country code | numbers | test numbers | 112 is sent as |',
    '|---|---|---|---|',
    ...rows,
    '',
  ];
}
