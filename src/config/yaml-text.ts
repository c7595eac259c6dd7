import type { Plain } from './shape.js';

/** Words that YAML readers take for something else than text. */
const traps = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'null', 'y', 'n']);

/** A value on one line of YAML: whatever another reader might take for a number or a mark is quoted. */
export function yamlText(value: Plain): string {
  if (typeof value === 'string') {
    const safe = /^[A-Za-z/][A-Za-z0-9 ._/-]*$/.test(value) && !value.endsWith(' ') && !traps.has(value.toLowerCase());
    return safe ? value : JSON.stringify(value);
  }
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(yamlText).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${key}: ${yamlText(entry)}`)
    .join(', ')} }`;
}

function isList(value: object): value is readonly Plain[] {
  return Array.isArray(value);
}

/** Text broken at spaces into lines of at most `width` characters where that can be. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
