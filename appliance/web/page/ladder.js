/** A call as a ladder: a line of life for each end, an arrow for each message. */
import { svg } from './elements.js';

/** @import {LadderStep} from '../../../src/sip/ladder.js' */

const timeWidth = 76;
const rowHeight = 34;
const headHeight = 44;
const narrowestColumn = 150;

/**
 * @param {readonly LadderStep[]} steps
 * @param {number} width of the place where it goes
 * @param {ReadonlyMap<string, string>} letters of the calls, empty where there is one call
 * @param {(step: LadderStep, element: SVGElement) => void} choose
 * @returns {SVGElement}
 */
export function ladderPicture(steps, width, letters, choose) {
  const ends = [...new Set(steps.flatMap(({ from, to }) => [from, to]))];
  const column = Math.max(narrowestColumn, Math.floor((width - timeWidth) / Math.max(1, ends.length)));
  const whole = timeWidth + column * ends.length;
  const height = headHeight + rowHeight * steps.length + 12;
  const x = (/** @type {string} */ end) => timeWidth + column * ends.indexOf(end) + column / 2;
  const first = steps[0]?.at ?? 0;
  return svg(
    'svg',
    { width: whole, height, viewBox: `0 0 ${whole} ${height}`, role: 'list', 'aria-label': 'Messages of the call' },
    [
      ...ends.flatMap((end) => [
        svg('line', { class: 'life', x1: x(end), x2: x(end), y1: headHeight - 6, y2: height }),
        ...nameOf(end, x(end)),
      ]),
      ...steps.map((step, row) => {
        const drawn = stepPicture(step, row, x, whole, first, letters.get(step.callId) ?? '');
        drawn.addEventListener('click', () => choose(step, drawn));
        drawn.addEventListener('focus', () => choose(step, drawn));
        return drawn;
      }),
    ],
  );
}

/** @param {string} end @param {number} x */
function nameOf(end, x) {
  const colon = end.lastIndexOf(':');
  const host = end.slice(0, colon);
  const shown = host.length > 22 ? `${host.slice(0, 10)}…${host.slice(-10)}` : host;
  return [
    svg('text', { x, y: 14, 'text-anchor': 'middle' }, [shown, svg('title', {}, [end])]),
    svg('text', { class: 'port', x, y: 30, 'text-anchor': 'middle' }, [end.slice(colon)]),
  ];
}

/**
 * @param {LadderStep} step
 * @param {number} row
 * @param {(end: string) => number} x
 * @param {number} whole
 * @param {number} first
 * @param {string} letter
 */
function stepPicture(step, row, x, whole, first, letter) {
  const top = headHeight + row * rowHeight;
  const y = top + 24;
  const [a, b] = [x(step.from), x(step.to)];
  const way = b >= a ? 1 : -1;
  const time = `${Math.round(step.at - first)} ms`;
  const words = `${letter === '' ? '' : `${letter} `}${titleOf(step)}`;
  const room = Math.max(8, Math.floor((Math.abs(b - a) - 12) / 6.6));
  const label = words.length > room ? `${words.slice(0, room - 1)}…` : words;
  return svg(
    'g',
    {
      class: 'step',
      role: 'listitem',
      tabindex: 0,
      'data-tone': toneOf(step),
      'data-again': step.again ? 'yes' : 'no',
      'aria-label': `${time}: ${words}, from ${step.from} to ${step.to}${step.again ? ', again' : ''}`,
    },
    [
      svg('rect', { class: 'ground', x: 0, y: top, width: whole, height: rowHeight, rx: 4 }),
      svg('text', { class: 'time', x: timeWidth - 10, y: y - 6, 'text-anchor': 'end' }, [time]),
      svg('text', { x: (a + b) / 2, y: y - 6, 'text-anchor': 'middle' }, [label]),
      svg('line', { class: 'shaft', x1: a, x2: b - 7 * way, y1: y, y2: y }),
      svg('path', { class: 'head', d: `M${b} ${y} l${-9 * way} -4.5 v9 z` }),
    ],
  );
}

/** @param {LadderStep} step */
export function titleOf(step) {
  const method = /^\d/.test(step.title) ? ` · ${step.cseq}` : ` · ${step.cseq.split(' ')[0] ?? ''}`;
  return `${step.title}${step.sdp ? ' (SDP)' : ''}${method}`;
}

/** @param {LadderStep} step */
function toneOf(step) {
  const status = Number.parseInt(step.title, 10);
  if (Number.isNaN(status) || status < 200) return 'plain';
  return status < 300 ? 'success' : 'failure';
}
