/** A D-channel live: its frames in words, while somebody watches. */
import { byId, html, setText } from './elements.js';
import { counted } from './words.js';

/** @import {DChannelState, TracedFrame} from '../../io/lines-state.js' */

const shownMost = 500;

/** @type {EventSource | undefined} */
let source;
/** @type {TracedFrame[]} */
let frames = [];
let drawing = false;

const ofFrame = new Intl.DateTimeFormat(undefined, {
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' },
});

/** @param {readonly DChannelState[]} dChannels */
export function offerTraces(dChannels) {
  byId('trace-card', HTMLElement).hidden = dChannels.length === 0;
  const select = byId('trace-of', HTMLSelectElement);
  for (const { name } of dChannels) {
    if (![...select.options].some(({ value }) => value === name))
      select.append(html('option', { value: name }, [name]));
  }
}

function start() {
  const name = byId('trace-of', HTMLSelectElement).value;
  const opened = new EventSource(`api/lines/trace?d-channel=${encodeURIComponent(name)}`);
  source = opened;
  // What is kept comes again with each connection.
  opened.addEventListener('open', () => {
    frames = [];
    draw();
  });
  opened.addEventListener('frame', (event) => {
    frames.push(JSON.parse(event.data));
    if (frames.length > shownMost) frames.shift();
    soon();
  });
  opened.addEventListener('error', () => {
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    stop();
    setText('trace-state', 'The trace was refused or ended. Start it again.');
  });
  setText('trace-toggle', 'Stop');
  soon();
}

function stop() {
  source?.close();
  source = undefined;
  setText('trace-toggle', 'Start');
  draw();
}

function soon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
}

function draw() {
  const withLink = byId('trace-link', HTMLInputElement).checked;
  const shown = withLink ? frames : frames.filter(({ lines }) => lines.length > 1);
  const place = byId('trace', HTMLElement);
  const atEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 24;
  place.replaceChildren(...shown.map(frameItem));
  if (atEnd) place.scrollTop = place.scrollHeight;
  const count = `${counted(shown.length, 'frame')}${withLink ? '' : ' with messages'}`;
  setText('trace-state', source === undefined ? `Stopped. ${count}.` : `Live. ${count}.`);
}

/** @param {TracedFrame} frame */
function frameItem({ atWall, channel, sent, lines }) {
  const [link = '', message = '', ...elements] = lines;
  const what = message === '' ? link : message.trim();
  return html('li', { 'data-way': sent ? 'sent' : 'received', 'data-tone': toneOf(what, message === '') }, [
    html('span', { class: 'at' }, [ofFrame.format(atWall)]),
    html('span', { class: 'way', 'aria-hidden': 'true' }, [sent ? '→' : '←']),
    html('div', { class: 'said' }, [
      html('b', { title: `${channel}: ${link}` }, [
        html('span', { class: 'unseen' }, [sent ? 'Sent: ' : 'Received: ']),
        what,
      ]),
      ...elements.map((element) => html('p', {}, [element.trim()])),
    ]),
  ]);
}

/** @param {string} what @param {boolean} link */
function toneOf(what, link) {
  if (link) return 'link';
  if (/^(CONNECT|ALERTING)/.test(what)) return 'normal';
  if (/^(DISCONNECT|RELEASE|STATUS)/.test(what)) return 'limited';
  return /^(SERVICE|RESTART)/.test(what) ? 'forced' : 'returning';
}

byId('trace-toggle', HTMLElement).addEventListener('click', () => (source === undefined ? start() : stop()));
byId('trace-link', HTMLInputElement).addEventListener('change', draw);
byId('trace-of', HTMLSelectElement).addEventListener('change', () => {
  if (source === undefined) return;
  stop();
  start();
});
