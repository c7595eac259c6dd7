/** The lab drawn: phones – Holdfast – WAN – centre, and the PSTN on a line of its own. */
import { byId, svg } from './elements.js';

/** @import {LabPhone, LabState} from '../../io/lab-state.js' */

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{width: number, height: number, phones: Point[], us: Point, centre: Point, pstn: Point, wan: Point, cutWord: Point, across: boolean}} Layout
 */

const BOX = { width: 128, height: 50 };

/** @type {Layout} */
const wide = {
  width: 760,
  height: 264,
  phones: [
    { x: 80, y: 44 },
    { x: 80, y: 132 },
    { x: 80, y: 220 },
  ],
  us: { x: 336, y: 132 },
  centre: { x: 680, y: 66 },
  pstn: { x: 680, y: 208 },
  wan: { x: 508, y: 99 },
  cutWord: { x: 508, y: 72 },
  across: true,
};

/** @type {Layout} */
const narrow = {
  width: 340,
  height: 330,
  phones: [
    { x: 56, y: 34 },
    { x: 170, y: 34 },
    { x: 284, y: 34 },
  ],
  us: { x: 170, y: 160 },
  centre: { x: 80, y: 292 },
  pstn: { x: 262, y: 292 },
  wan: { x: 125, y: 226 },
  cutWord: { x: 76, y: 216 },
  across: false,
};

/** @param {LabState} lab @param {string} mode */
export function drawTopology(lab, mode) {
  const place = byId('topology', HTMLElement);
  const layout = place.clientWidth < 520 ? narrow : wide;
  /** @type {SVGElement[]} */
  const parts = [
    wire(layout, layout.us, layout.centre, lab.wan.up ? 'up' : 'cut'),
    wire(layout, layout.us, layout.pstn, 'up'),
  ];
  for (const point of layout.phones.slice(0, lab.phones.length)) parts.push(wire(layout, point, layout.us, ''));
  parts.push(...sounds(lab, layout));
  parts.push(...wan(lab, layout));
  for (const [i, phone] of lab.phones.entries()) {
    const point = layout.phones[i];
    if (point !== undefined) parts.push(...phoneBox(lab, phone, point, layout));
  }
  parts.push(...box(layout.us, 'Holdfast', mode, 'us', layout));
  parts.push(
    ...box(
      layout.centre,
      'Centre',
      lab.wan.up ? `${lab.centre.registered} registered` : 'out of reach',
      lab.wan.up ? '' : 'lost',
      layout,
    ),
  );
  const onLine = lab.calls.filter((call) => call.party === 'pstn');
  const alarm = onLine.some((call) => call.emergency);
  parts.push(
    ...box(
      layout.pstn,
      'PSTN',
      onLine.length === 0 ? 'local line' : `${onLine.length} on the line`,
      alarm ? 'alarm' : '',
      layout,
    ),
  );
  const words = `${lab.phones.length} phones, Holdfast, the WAN ${lab.wan.up ? 'up' : 'cut'}, the centre, and the PSTN on a local line`;
  place.replaceChildren(
    svg('svg', { viewBox: `0 0 ${layout.width} ${layout.height}`, role: 'img', 'aria-label': words }, parts),
  );
}

/** @param {Layout} layout @param {Point} a @param {Point} b */
function path(layout, a, b) {
  if (layout.across) {
    const middle = (a.x + b.x) / 2;
    return `M${a.x} ${a.y}C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}`;
  }
  const middle = (a.y + b.y) / 2;
  return `M${a.x} ${a.y}C${a.x} ${middle} ${b.x} ${middle} ${b.x} ${b.y}`;
}

/** @param {Layout} layout @param {Point} a @param {Point} b @param {string} kind */
function wire(layout, a, b, kind) {
  return svg('path', { class: `wire ${kind}`, d: path(layout, a, b) });
}

/** @param {LabState} lab @param {Layout} layout @returns {SVGElement[]} */
function sounds(lab, layout) {
  return lab.calls
    .filter((call) => call.state === 'talking' || call.state === 'held')
    .flatMap((call) => {
      const at =
        call.party === 'pstn' ? layout.pstn : layout.phones[lab.phones.findIndex((p) => p.extension === call.party)];
      if (at === undefined) return [];
      const kind = `sound${call.state === 'held' ? ' held' : ''}${call.emergency ? ' emergency' : ''}`;
      return [svg('path', { class: kind, d: path(layout, at, layout.us) })];
    });
}

/** @param {LabState} lab @param {Layout} layout @returns {SVGElement[]} */
function wan(lab, layout) {
  const { x, y } = layout.wan;
  if (lab.wan.up) {
    return [
      svg('rect', { class: 'halo', x: x - 24, y: y - 12, width: 48, height: 24, rx: 12 }),
      svg('text', { class: 'state', x, y: y + 4, 'text-anchor': 'middle' }, ['WAN']),
    ];
  }
  return [
    svg('circle', { class: 'halo', cx: x, cy: y, r: 17 }),
    svg('line', { class: 'cross', x1: x - 9, y1: y - 9, x2: x + 9, y2: y + 9 }),
    svg('line', { class: 'cross', x1: x - 9, y1: y + 9, x2: x + 9, y2: y - 9 }),
    svg('text', { class: 'cut-word', x: layout.cutWord.x, y: layout.cutWord.y, 'text-anchor': 'middle' }, ['WAN cut']),
  ];
}

/** @param {LabState} lab @param {LabPhone} phone @param {Point} point @param {Layout} layout */
function phoneBox(lab, phone, point, layout) {
  const call = lab.calls.find((c) => c.party === phone.extension);
  const peer = layout.across ? (call?.peer ?? '') : '';
  const state = call === undefined ? phone.registration : `${call.state} ${peer}`.trim();
  const kind =
    call?.emergency === true
      ? 'alarm'
      : call !== undefined
        ? 'busy'
        : phone.registration === 'registered'
          ? ''
          : 'lost';
  return box(point, phone.extension, state, kind, layout);
}

/** @param {Point} point @param {string} name @param {string} state @param {string} kind @param {Layout} layout @returns {SVGElement[]} */
function box(point, name, state, kind, layout) {
  const width = layout.across ? BOX.width + (kind === 'us' ? 22 : 0) : 104 + (kind === 'us' ? 36 : 0);
  const { x, y } = point;
  return [
    svg('rect', { class: `place ${kind}`, x: x - width / 2, y: y - BOX.height / 2, width, height: BOX.height, rx: 10 }),
    svg('text', { class: 'name', x, y: y - 3, 'text-anchor': 'middle' }, [name]),
    svg('text', { class: 'state', x, y: y + 15, 'text-anchor': 'middle' }, [state]),
  ];
}
