/** The timeline as a picture: the modes as a strip, and above it the calls, so that one sees them outlive a cut. */
import { byId, html, replaceRows, svg, tag } from './elements.js';
import { counted, hourOfDay, modeNames, moment, timeOfDay } from './words.js';

/** @import {CallBar, History} from '../history.js' */

const LANES = 7;
const LANE_PX = 20;
const STRIP_PX = 26;
const AXIS_PX = 22;
const TOP_PX = 6;

/** @type {Readonly<Record<string, readonly [string, string]>>} */
const kinds = {
  mode: ['Mode', 'returning'],
  fault: ['Fault', 'danger'],
  force: ['Operator', 'returning'],
  probe: ['Probe', ''],
  trunk: ['Line', 'limited'],
  restart: ['Restart', 'limited'],
  directory: ['Directory', ''],
  config: ['Settings', ''],
};

/** @param {History} history @param {number} nowWall @param {number} spanMs */
export function drawPicture(history, nowWall, spanMs) {
  const place = byId('picture', HTMLElement);
  const width = Math.max(280, Math.floor(place.clientWidth));
  const fromWall = nowWall - spanMs;
  const x = (/** @type {number} */ wall) => Math.min(Math.max(((wall - fromWall) / spanMs) * width, 0), width);
  const lanes = laneOf(history.calls, nowWall);
  const used = Math.max(2, ...[...lanes.values()].map((lane) => lane + 1));
  const bottom = TOP_PX + used * LANE_PX;
  const parts = [...grid(fromWall, spanMs, x, bottom), ...strip(history, fromWall, nowWall, x, bottom)];
  for (const call of history.calls) {
    const lane = lanes.get(call.id);
    const end = call.toWall ?? nowWall;
    if (lane !== undefined && end >= fromWall)
      parts.push(...bar(call, x, TOP_PX + (used - 1 - lane) * LANE_PX, nowWall));
  }
  if (!history.calls.some((call) => (call.toWall ?? nowWall) >= fromWall)) {
    parts.push(svg('text', { class: 'quiet-lane', x: 4, y: bottom - 14 }, ['No calls in this span.']));
  }
  const height = bottom + STRIP_PX + AXIS_PX;
  place.replaceChildren(
    svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': summary(history) }, parts),
  );
}

/** Calls side by side: each in the lowest free lane. @param {readonly CallBar[]} calls @param {number} nowWall */
function laneOf(calls, nowWall) {
  /** @type {Map<string, number>} */
  const lanes = new Map();
  /** @type {number[]} */
  const busyUntil = [];
  for (const call of calls) {
    const free = busyUntil.findIndex((until) => until <= call.fromWall);
    const lane = free === -1 ? busyUntil.length : free;
    if (lane >= LANES) continue;
    busyUntil[lane] = call.toWall ?? nowWall + 1;
    lanes.set(call.id, lane);
  }
  return lanes;
}

/**
 * @param {number} fromWall @param {number} spanMs @param {(wall: number) => number} x @param {number} bottom
 * @returns {SVGElement[]}
 */
function grid(fromWall, spanMs, x, bottom) {
  const steps = [15_000, 30_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000];
  const step = steps.find((ms) => x(fromWall + ms) - x(fromWall) >= 74) ?? 14_400_000;
  /** @type {SVGElement[]} */
  const parts = [];
  for (let wall = Math.ceil(fromWall / step) * step; wall < fromWall + spanMs; wall += step) {
    const at = x(wall);
    parts.push(svg('line', { class: 'grid', x1: at, x2: at, y1: 0, y2: bottom }));
    if (at < 24 || at > x(fromWall + spanMs) - 26) continue;
    const label = step < 60_000 ? timeOfDay(wall) : hourOfDay(wall);
    parts.push(svg('text', { class: 'tick', x: at, y: bottom + STRIP_PX + 16, 'text-anchor': 'middle' }, [label]));
  }
  return parts;
}

/**
 * @param {History} history @param {number} fromWall @param {number} nowWall @param {(wall: number) => number} x
 * @param {number} bottom @returns {SVGElement[]}
 */
function strip(history, fromWall, nowWall, x, bottom) {
  const parts = [svg('rect', { class: 'unknown', x: 0, y: bottom, width: x(nowWall), height: STRIP_PX, rx: 4 })];
  for (const stretch of history.stretches) {
    const to = stretch.toWall ?? nowWall;
    if (to < fromWall) continue;
    const left = x(stretch.fromWall);
    const wide = Math.max(1.5, x(to) - left);
    const name = modeNames[stretch.mode];
    const title = `${name}, from ${moment(stretch.fromWall, nowWall)}${stretch.toWall === undefined ? '' : ` to ${moment(to, nowWall)}`}`;
    parts.push(
      svg('rect', { class: 'stretch', 'data-mode': stretch.mode, x: left, y: bottom, width: wide, height: STRIP_PX }, [
        svg('title', {}, [title]),
      ]),
    );
    if (stretch.fromWall > fromWall) parts.push(svg('line', { class: 'edge', x1: left, x2: left, y1: 0, y2: bottom }));
    if (wide > name.length * 7 + 12)
      parts.push(svg('text', { class: 'in-strip', x: left + 7, y: bottom + 17 }, [name]));
  }
  return parts;
}

/** @param {CallBar} call @param {(wall: number) => number} x @param {number} top @param {number} nowWall @returns {SVGElement[]} */
function bar(call, x, top, nowWall) {
  const end = call.toWall ?? nowWall;
  const answered = call.answeredWall ?? end;
  const danger = call.emergency ? ' emergency' : '';
  const height = LANE_PX - 4;
  const label = `${call.from} → ${call.to}`;
  const title = () =>
    svg('title', {}, [
      `${label}, ${timeOfDay(call.fromWall)} to ${call.toWall === undefined ? 'now' : timeOfDay(end)}`,
    ]);
  const parts = [
    svg(
      'rect',
      {
        class: `setup${danger}`,
        x: x(call.fromWall),
        y: top,
        width: Math.max(2, x(answered) - x(call.fromWall)),
        height,
        rx: 3,
      },
      [title()],
    ),
  ];
  if (call.answeredWall !== undefined) {
    const wide = Math.max(2, x(end) - x(answered));
    parts.push(svg('rect', { class: `talk${danger}`, x: x(answered), y: top, width: wide, height, rx: 3 }, [title()]));
    if (wide > label.length * 7 + 10)
      parts.push(svg('text', { class: 'in-call', x: x(answered) + 6, y: top + 12 }, [label]));
  }
  return parts;
}

/** @param {History} history */
function summary(history) {
  const last = history.stretches.at(-1);
  return `Timeline: ${counted(history.stretches.length, 'stretch', 'stretches')} of modes, now ${last === undefined ? 'unknown' : modeNames[last.mode]}; ${counted(history.calls.length, 'call')}. The list below tells the same in words.`;
}

/** @param {History} history @param {number} nowWall */
export function drawEntries(history, nowWall) {
  replaceRows(
    byId('entries', HTMLElement),
    history.entries.slice(0, 100).map((entry) => {
      const [name, tone] = kinds[entry.kind] ?? [entry.kind, ''];
      return {
        key: `${entry.atWall} ${entry.kind} ${entry.text}`,
        make: () =>
          html('li', {}, [
            html('time', { datetime: new Date(entry.atWall).toISOString() }, [moment(entry.atWall, nowWall)]),
            html('span', {}, [tag(name, tone)]),
            html('span', { class: 'text' }, [entry.text]),
          ]),
      };
    }),
  );
}
