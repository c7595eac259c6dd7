import { skipQuoted } from './characters.js';

/**
 * The members of a comma-separated header value (RFC 3261 §7.3.1), trimmed. Commas in quoted strings and in angle
 * brackets do not separate; an unclosed quote or bracket takes the rest. Empty members are left out.
 */
export function splitList(value: string): readonly string[] {
  if (value.indexOf(',') < 0) return value === '' ? [] : [value];
  const members: string[] = [];
  let from = 0;
  let bracket = false;
  for (let i = 0; i <= value.length; i++) {
    const code = i === value.length ? 44 : value.charCodeAt(i);
    if (code === 34 && !bracket) {
      const after = skipQuoted(value, i, value.length);
      i = (after < 0 ? value.length : after) - 1;
    } else if (code === 60) {
      bracket = true;
    } else if (code === 62) {
      bracket = false;
    } else if (code === 44 && (!bracket || i === value.length)) {
      const member = value.slice(from, i).trim();
      if (member !== '') members.push(member);
      from = i + 1;
    }
  }
  return members;
}
