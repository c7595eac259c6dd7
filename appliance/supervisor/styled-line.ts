/** Text with a style, one stretch after the other. */
export interface Stretch {
  readonly text: string;
  readonly style?: Style;
}

export type Style =
  | 'bold'
  | 'quiet'
  | 'good'
  | 'warn'
  | 'bad'
  | 'info'
  | 'forced'
  | 'key'
  | 'banner-good'
  | 'banner-warn'
  | 'banner-info'
  | 'banner-forced'
  | 'banner-quiet';

export type StyledLine = readonly Stretch[];

const codes: { readonly [style in Style]: string } = {
  bold: '1',
  quiet: '2',
  good: '32',
  warn: '33',
  bad: '31;1',
  info: '36',
  forced: '35',
  key: '7',
  'banner-good': '30;42',
  'banner-warn': '30;43',
  'banner-info': '30;46',
  'banner-forced': '30;45',
  'banner-quiet': '30;47',
};

/** Control characters of a peer's name must not reach the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

/** Exactly fits `width` columns or fewer, with ANSI styles (ECMA-48 SGR) when `colours`. */
export function formatLine(line: StyledLine, width: number, colours: boolean): string {
  let room = width;
  let text = '';
  for (const stretch of line) {
    const piece = [...printable(stretch.text)].slice(0, room).join('');
    if (piece === '') continue;
    room -= [...piece].length;
    text += stretch.style === undefined || !colours ? piece : `\x1b[${codes[stretch.style]}m${piece}\x1b[0m`;
  }
  return text;
}

/** `text` in exactly `width` columns. */
export function column(text: string, width: number): string {
  const characters = [...printable(text)];
  if (characters.length <= width) return text.padEnd(width);
  return width < 2 ? characters.slice(0, width).join('') : `${characters.slice(0, width - 1).join('')}…`;
}
