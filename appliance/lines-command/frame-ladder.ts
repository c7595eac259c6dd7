import type { TracedFrame } from '../io/index.js';

const [bold, dim, plain] = ['\x1b[1m', '\x1b[2m', '\x1b[0m'];
const [red, green, yellow, blue, magenta] = [31, 32, 33, 34, 35].map((code) => `\x1b[${code}m`);

/** Where messages of the far end begin: a third of a terminal to the right. */
const farIndent = 24;

/**
 * A frame as a step of a ladder: ours on the left, the far end's on the right, with its elements below. Undefined: a frame of the
 * link alone, where those are not wanted.
 */
export function frameStep(frame: TracedFrame, options: { readonly link: boolean; readonly colours: boolean }) {
  const [link = '', message, ...elements] = frame.lines;
  if (message === undefined && !options.link) return undefined;
  const paint = (colour: string | undefined, text: string): string =>
    options.colours && colour !== undefined ? `${colour}${text}${plain}` : text;
  const indent = ' '.repeat(frame.sent ? 0 : farIndent);
  const what = printable(message?.trim() ?? link);
  const colour = message === undefined ? dim : `${bold}${colourOf(what) ?? ''}`;
  const head = `${paint(dim, timeText(frame.atWall))}  ${indent}${paint(colour, `${frame.sent ? '──▶' : '◀──'} ${what}`)}`;
  const under = ' '.repeat(timeText(0).length + 2);
  return [
    head,
    ...(options.link && message !== undefined ? [paint(dim, `${under}${indent}    ${printable(link)}`)] : []),
    ...elements.map((element) => `${under}${indent}    ${printable(element.trim())}`),
  ].join('\n');
}

function colourOf(what: string): string | undefined {
  if (/^(CONNECT|ALERTING)/.test(what)) return green;
  if (/^(DISCONNECT|RELEASE)/.test(what)) return yellow;
  if (/^(SERVICE|RESTART)/.test(what)) return magenta;
  return /^(STATUS|no Q)/.test(what) ? red : blue;
}

/** `12:00:00.123`, local. */
function timeText(wall: number): string {
  const at = new Date(wall);
  const two = (value: number): string => String(value).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

/** A name on the line is a stranger's, and a terminal obeys what it prints. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '·');
}
