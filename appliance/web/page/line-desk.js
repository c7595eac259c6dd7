/** The page of the lines: every span with its channels, which can be taken out of service, and its D-channel live. */
import { byId, html, replaceRows, setText, tag } from './elements.js';
import { offerTraces } from './frames.js';
import { ask, toast, watch } from './requests.js';
import { alarmNames, clockNames, counterWords, slotWords, spanKinds } from './span-words.js';
import { counted, span as spanOf } from './words.js';

/** @import {BranchStatus} from '../status.js' */
/** @import {DChannelState, LinesState, SlotState, SpanState} from '../../io/lines-state.js' */

/** @type {LinesState | undefined} */
let lines;
let nowWall = Date.now();
/** Ids of channels that the next order is about. */
const chosen = new Set();
/** What the open question is about. @type {{channels: string, out: boolean, now: boolean} | undefined} */
let asked;

function draw() {
  if (lines === undefined) return;
  const { spans, dChannels, up } = lines;
  const serving = new Set(spans.flatMap((each) => each.slots.filter(canServe).map((slot) => idOf(each, slot))));
  for (const id of chosen) if (!serving.has(id)) chosen.delete(id);
  replaceRows(
    byId('line-spans', HTMLElement),
    spans.map((each) => ({ key: each.id, make: () => spanCard(each, dChannels) })),
  );
  byId('line-spans-none', HTMLElement).hidden = spans.length > 0;
  setText('line-spans-none', up ? 'No line card was found.' : 'The line process is away; it is started again.');
  offerTraces(dChannels);
}

/** @param {SpanState} span @param {readonly DChannelState[]} dChannels */
function spanCard(span, dChannels) {
  const dChannel = dChannels.find(({ name }) => name === span.dChannel);
  const title = `span-${span.id}`;
  return html('section', { class: 'card', id: span.id, 'aria-labelledby': title }, [
    html('div', { class: 'card-head' }, [
      html('h2', { id: title }, [span.id]),
      html('p', { class: 'aside' }, [about(span)]),
    ]),
    html('p', { class: 'span-state' }, [...alarmWords(span), ...dChannelWords(dChannel)]),
    ...(span.kind === 'analog' ? [] : [counts(span)]),
    html(
      'ol',
      { class: 'slots', 'data-kind': span.kind, 'aria-label': `Channels of ${span.id}` },
      span.slots.map((slot) => slotItem(span, slot)),
    ),
    ...(span.slots.some(canServe) ? [toolbar(span)] : []),
  ]);
}

/** @param {SpanState} span */
function about({ kind, name, framing, clock, channels }) {
  const use = channels.all === 0 ? 'not in use' : `${channels.inUse} of ${channels.all} channels in use`;
  return [name, spanKinds[kind], framing, clock === 'none' ? '' : clockNames[clock], use]
    .filter((word) => word !== '')
    .join(' · ');
}

/** @param {SpanState} span */
function alarmWords({ alarms, alarmsSinceWall }) {
  const since = ` since ${spanOf(nowWall - alarmsSinceWall)} `;
  if (alarms.length === 0) return [tag('In order', 'normal'), since];
  return [...alarms.flatMap((alarm) => [tag(alarmNames[alarm] ?? alarm, 'danger'), ' ']), since];
}

/** @param {DChannelState | undefined} dChannel */
function dChannelWords(dChannel) {
  if (dChannel === undefined) return [];
  const { name, up, sinceWall, switchType, side } = dChannel;
  return [
    tag(`D-channel ${name} ${up ? 'up' : 'down'}`, up ? 'normal' : 'danger'),
    ` since ${spanOf(nowWall - sinceWall)}, ${switchType}, we are the ${side}`,
  ];
}

/** @param {SpanState} span */
function counts({ counters }) {
  return html(
    'dl',
    { class: 'counts' },
    counterWords(counters).map(([name, value]) =>
      html('div', {}, [html('dt', {}, [name]), html('dd', { 'data-tone': value > 0 ? 'limited' : '' }, [`${value}`])]),
    ),
  );
}

/** @param {SpanState} span @param {SlotState} slot */
function slotItem(span, slot) {
  const { short, meaning, tone } = slotWords(slot);
  const since = slot.outSinceWall === undefined ? '' : `, since ${spanOf(nowWall - slot.outSinceWall)}`;
  const words = `Channel ${slot.number}${slot.trunk === undefined ? '' : ` of ${slot.trunk}`}: ${meaning}${since}`;
  const inside = [
    html('b', { 'aria-hidden': 'true' }, [String(slot.number)]),
    html('span', { class: 'word', 'aria-hidden': 'true' }, [short]),
    html('span', { class: 'unseen' }, [words]),
  ];
  if (!canServe(slot))
    return html('li', {}, [html('div', { class: 'place', 'data-tone': tone, title: words }, inside)]);
  const id = idOf(span, slot);
  const pressed = String(chosen.has(id));
  const given = { type: 'button', class: 'place', 'data-tone': tone, title: words, 'data-channel': id };
  return html('li', {}, [html('button', { ...given, 'aria-pressed': pressed }, inside)]);
}

/** @param {SpanState} span */
function toolbar(span) {
  const ids = span.slots.map((slot) => idOf(span, slot)).filter((id) => chosen.has(id));
  const none = String(ids.length === 0);
  const named = ids.length === 0 ? 'Choose channels' : `${counted(ids.length, 'channel')} chosen`;
  const make = (/** @type {string} */ act, /** @type {string} */ words, disabled = none) =>
    html('button', { type: 'button', 'data-act': act, 'data-span': span.id, 'aria-disabled': disabled }, [
      html('span', {}, [words]),
    ]);
  return html('div', { class: 'buttons', role: 'group', 'aria-label': `Service of ${span.id}` }, [
    html('span', { class: 'soft', role: 'status' }, [named]),
    make('all', 'All', 'false'),
    make('none', 'None'),
    make('out', 'Take out of service'),
    make('now', 'Take out at once'),
    make('in', 'Put back in service'),
  ]);
}

/** @param {SlotState} slot */
function canServe({ trunk }) {
  return trunk !== undefined;
}

/** @param {SpanState} span @param {SlotState} slot */
function idOf({ id }, { number }) {
  return `${id}:${number}`;
}

/** @param {string} act @param {SpanState} span */
function act(act, span) {
  const ids = span.slots.filter(canServe).map((slot) => idOf(span, slot));
  const ours = ids.filter((id) => chosen.has(id));
  if (act === 'all' || act === 'none') {
    for (const id of ids)
      if (act === 'all') chosen.add(id);
      else chosen.delete(id);
    draw();
    return;
  }
  if (ours.length === 0) return;
  const busy = span.slots.filter((slot) => slot.state === 'inUse' && chosen.has(idOf(span, slot))).length;
  question(act, ours, busy);
}

/** @param {string} act @param {readonly string[]} ids @param {number} busy */
function question(act, ids, busy) {
  const out = act !== 'in';
  const named = counted(ids.length, 'channel');
  const [has, goes, ends] =
    busy === 1 ? ['One has a call: it', 'goes on', 'ends'] : [`${busy} have a call: they`, 'go on', 'end'];
  const texts = {
    out: busy === 0 ? 'None has a call.' : `${has} ${goes}, and the channel goes out after it.`,
    now: busy === 0 ? 'None has a call.' : `${has} ${ends} now, unless it is for help.`,
    in: 'They take calls again.',
  };
  asked = { channels: ids.join(' '), out, now: act === 'now' };
  setText('confirm-title', out ? `Take ${named} out of service?` : `Put ${named} back in service?`);
  const text = act === 'out' ? texts.out : act === 'now' ? texts.now : texts.in;
  setText('confirm-text', `${text} The far end is told where it can be.`);
  setText('confirm-yes', out ? (act === 'now' ? 'Take out at once' : 'Take out of service') : 'Put back in service');
  byId('confirm', HTMLDialogElement).showModal();
}

async function confirmed() {
  byId('confirm', HTMLDialogElement).close();
  if (asked === undefined) return;
  const refused = await ask('api/lines/service', asked);
  if (refused === undefined) chosen.clear();
  else toast(refused);
  draw();
}

byId('line-spans', HTMLElement).addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button === null || button.getAttribute('aria-disabled') === 'true') return;
  const { channel, act: name, span: id } = button.dataset;
  if (channel !== undefined) {
    if (!chosen.delete(channel)) chosen.add(channel);
    draw();
  }
  const span = lines?.spans.find((each) => each.id === id);
  if (name !== undefined && span !== undefined) act(name, span);
});
byId('confirm-yes', HTMLElement).addEventListener('click', () => void confirmed());
byId('confirm-no', HTMLElement).addEventListener('click', () => byId('confirm', HTMLDialogElement).close());

let arrived = false;
watch(
  {
    status: (/** @type {BranchStatus} */ status) => {
      nowWall = status.nowWall;
    },
    lines: (/** @type {LinesState} */ now) => {
      lines = now;
      draw();
      // The span that the link named was not there when the page was read.
      if (!arrived) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
      arrived = true;
    },
  },
  (state) => {
    byId('connection', HTMLElement).dataset.state = state;
    setText('connection-text', state === 'live' ? 'Live' : 'Connection lost, trying again');
    document.body.classList.toggle('stale', state === 'lost');
  },
);
