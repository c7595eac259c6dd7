/** The page of the signalling: the SIP server's counts, what its trace holds, and a call of it as a ladder. */
import { byId, cell, html, setText, tag } from './elements.js';
import { ladderPicture, titleOf } from './ladder.js';
import { read } from './requests.js';
import { timeOfDay } from './words.js';

/** @import {LadderStep} from '../../../src/sip/ladder.js' */
/** @import {TracedCall} from '../signalling.js' */

/**
 * @typedef {Readonly<Record<string, number>>} Counts
 * @typedef {{
 *   drops: Counts, refusals: Counts, sheds: Counts, bans: Counts,
 *   sources: {known: number, banned: number}, overload: {level: number, load: number},
 *   retransmissions: {received: number, sent: number}, transactions: {client: number, server: number},
 *   received: Readonly<Record<string, Counts>>, sent: Readonly<Record<string, Counts>>,
 *   malformed: number, pendingRequests: number, dialogs: number, connections: number}} Statistics
 */

/** @type {readonly LadderStep[]} */
let steps = [];

async function drawServer() {
  /** @type {Statistics | undefined} */
  const statistics = await read('api/sip');
  setText('server-state', statistics === undefined ? 'It does not tell about itself.' : stateOf(statistics));
  if (statistics === undefined) return;
  const { overload, sources, retransmissions, transactions } = statistics;
  const rows = [
    ['Messages received', total(...Object.values(statistics.received))],
    ['Messages sent', total(...Object.values(statistics.sent))],
    ['Came again', retransmissions.received],
    ['Sent again', retransmissions.sent],
    ['Malformed', statistics.malformed],
    ['Dropped', total(statistics.drops)],
    ['Refused by a limit', total(statistics.refusals)],
    ['Refused for overload', total(statistics.sheds)],
    ['Load', `${Math.round(100 * overload.load)} %`],
    ['Sources banned', `${sources.banned} of ${sources.known}`],
    ['Transactions', transactions.client + transactions.server],
    ['Waiting for an answer', statistics.pendingRequests],
    ['Dialogs', statistics.dialogs],
    ['Connections', statistics.connections],
  ];
  byId('figures', HTMLElement).replaceChildren(
    ...rows.map(([name, value]) => html('div', {}, [html('dt', {}, [`${name}`]), html('dd', {}, [`${value}`])])),
  );
}

/** @param {Statistics} statistics */
function stateOf({ overload, sources }) {
  if (overload.level > 0)
    return `Overloaded: ${Math.round(100 * Math.min(1, overload.level))} % of new calls are refused.`;
  return sources.banned > 0 ? `${sources.banned} sources are banned.` : 'Nothing is turned away.';
}

/** @param {readonly Counts[]} counts */
function total(...counts) {
  return counts.flatMap((each) => Object.values(each)).reduce((sum, value) => sum + value, 0);
}

async function drawCalls() {
  /** @type {{calls: readonly TracedCall[]} | undefined} */
  const answer = await read('api/calls');
  const probes = byId('probes', HTMLInputElement).checked;
  const calls = (answer?.calls ?? []).filter(({ title }) => probes || title !== 'OPTIONS').slice(0, 500);
  byId('traced', HTMLElement).replaceChildren(...calls.map(callRow));
  byId('traced-none', HTMLElement).hidden = calls.length > 0;
}

/** @param {TracedCall} call */
function callRow(call) {
  const tone = call.status === '' ? '' : call.status < '300' ? 'normal' : 'danger';
  const link = html('a', { href: `?call-id=${encodeURIComponent(call.callId)}` }, [call.callId]);
  return html('tr', {}, [
    cell(timeOfDay(call.at), 'tight'),
    cell(html('b', {}, [call.title]), 'tight'),
    cell(call.status === '' ? '' : tag(call.status, tone), 'tight'),
    cell(`${call.from} → ${call.to}`, 'tight soft'),
    cell(String(call.messages), 'number'),
    cell(link, 'break'),
  ]);
}

async function drawLadder() {
  const callIds = new URLSearchParams(location.search).getAll('call-id');
  if (callIds.length === 0) return;
  byId('ladder-card', HTMLElement).hidden = false;
  const query = callIds.map((id) => `call-id=${encodeURIComponent(id)}`).join('&');
  /** @type {{steps: readonly LadderStep[]} | undefined} */
  const answer = await read(`api/calls/ladder?${query}`);
  steps = answer?.steps ?? [];
  const [first] = steps;
  setText(
    'ladder-about',
    first === undefined ? 'The trace holds nothing of that call.' : `From ${timeOfDay(first.at)} on.`,
  );
  show();
}

function show() {
  if (steps.length === 0) return;
  const place = byId('ladder', HTMLElement);
  const calls = [...new Set(steps.map(({ callId }) => callId))];
  const letters = new Map(
    calls.map((callId, i) => [callId, calls.length < 2 ? '' : String.fromCharCode(65 + (i % 26))]),
  );
  byId('ladder-calls', HTMLElement).replaceChildren(
    ...calls.map((callId) => html('li', {}, [`${letters.get(callId) || 'Call-ID'}  ${callId}`])),
  );
  const width = place.clientWidth - 32;
  place.replaceChildren(ladderPicture(steps, width, letters, choose));
}

/** @param {LadderStep} step @param {SVGElement} element */
function choose(step, element) {
  for (const other of document.querySelectorAll('.step[aria-current]')) other.removeAttribute('aria-current');
  element.setAttribute('aria-current', 'true');
  const about = `${titleOf(step)}, ${step.protocol.toUpperCase()}, ${step.from} → ${step.to}, ${timeOfDay(step.at)}`;
  setText('ladder-detail', `${about}${step.again ? ', the same bytes again' : ''}. Call-ID ${step.callId}`);
}

byId('probes', HTMLInputElement).addEventListener('change', () => void drawCalls());
byId('again', HTMLElement).addEventListener('click', () => void Promise.all([drawServer(), drawCalls(), drawLadder()]));
addEventListener('resize', show);
void Promise.all([drawServer(), drawCalls(), drawLadder()]);
setInterval(() => void drawServer(), 5000);
