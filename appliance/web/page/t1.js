/** The lab's T1 to the public network: 24 lamps, alarms, the D-channel, who is on it, and what can be done to it. */
import { byId, html, replaceRows, setText, tag, write } from './elements.js';

/** @import {LabSlot, LabSpan, LabTelephone} from '../../io/lab-state.js' */
/** @import {Order} from './handsets.js' */

/** @type {Readonly<Record<LabSlot['state'], string>>} */
const stateNames = {
  idle: 'idle',
  dialling: 'set-up',
  ringing: 'rings',
  inBand: 'tone or announcement',
  talking: 'talking',
  clearing: 'clearing',
  outOfService: 'out of service',
};

/** @type {readonly ['red', 'yellow', 'blue']} */
const alarms = ['red', 'yellow', 'blue'];

/** @type {LabSpan | undefined} */
let shown;

/** @param {Order} order */
export function listenT1(order) {
  byId('t1', HTMLElement).addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button === null || shown === undefined || button.getAttribute('aria-disabled') === 'true') return;
    const { t1, slot } = button.dataset;
    if (slot !== undefined) order('line-far-hang-up', { slot: Number(slot) });
    else if (t1 === 'call') order('line-call-in', { to: chosen('t1-to'), caller: chosen('t1-caller') });
    else if (t1 === 'd-channel') order('line-d-channel', { lost: !shown.dChannel.lost });
    else if (t1 === 'plug') order('line-plug', { card: 't1', plugged: !shown.plugged });
    else if (t1 !== undefined) order('line-alarm', { alarm: t1, on: !shown.alarms.some((alarm) => alarm === t1) });
  });
}

/** @param {LabSpan} span @param {readonly LabTelephone[]} telephones */
export function drawT1(span, telephones) {
  shown = span;
  const { plugged, dChannel, slots } = span;
  const busy = slots.filter(({ state }) => state !== 'idle' && state !== 'outOfService');
  setText('t1-title', `T1 to the PSTN, ${busy.length} of ${slots.length} channels in use`);
  const place = byId('t1-state', HTMLElement);
  replaceRows(place, [
    ...(plugged ? [] : [{ key: 'card', make: () => tag('card pulled out', 'danger') }]),
    ...span.alarms.map((alarm) => ({ key: alarm, make: () => tag(`${alarm.toUpperCase()} alarm`, 'danger') })),
    { key: 'd', make: () => tag(`D-channel ${dChannel.up ? 'up' : 'down'}`, dChannel.up ? 'normal' : 'limited') },
  ]);
  replaceRows(byId('t1-lamps', HTMLElement), [
    ...slots.map((slot) => ({ key: String(slot.slot), make: () => lamp(slot.slot, slot.state, slotText(slot)) })),
    {
      key: 'D',
      make: () => lamp('D', dChannel.up ? 'talking' : 'outOfService', dChannel.up ? 'link up' : 'link down'),
    },
  ]);
  replaceRows(
    byId('t1-calls', HTMLElement),
    busy.map((slot) => ({ key: String(slot.slot), make: () => callRow(slot) })),
  );
  for (const button of document.querySelectorAll('button[data-t1]')) {
    if (button instanceof HTMLButtonElement) drawButton(button, span);
  }
  const to = byId('t1-to', HTMLSelectElement);
  for (const { extension, name } of telephones) {
    if ([...to.options].some(({ value }) => value === extension)) continue;
    to.append(html('option', { value: extension }, [`${extension} ${name}`]));
  }
}

/** @param {HTMLButtonElement} button @param {LabSpan} span */
function drawButton(button, { alarms: standing, dChannel, plugged }) {
  const name = button.dataset.t1 ?? '';
  if (name === 'call') {
    button.setAttribute('aria-disabled', String(!dChannel.up));
    return;
  }
  if (name === 'plug') {
    write(button, plugged ? 'Pull the card out' : 'Put the card in');
    return;
  }
  const on = name === 'd-channel' ? dChannel.lost : standing.some((alarm) => alarm === name);
  button.setAttribute('aria-pressed', String(on));
  if (alarms.some((alarm) => alarm === name)) button.setAttribute('aria-disabled', String(!plugged));
}

/** @param {number | 'D'} slot @param {LabSlot['state']} state @param {string} words */
function lamp(slot, state, words) {
  const name = slot === 'D' ? 'D-channel' : `Channel ${slot}`;
  return html('li', { 'data-state': state, title: `${name}: ${words}` }, [
    html('span', { class: 'unseen' }, [`${name}: ${words}`]),
    html('span', { class: 'slot', 'aria-hidden': 'true' }, [String(slot)]),
  ]);
}

/** @param {LabSlot} slot */
function slotText({ state, number, hears }) {
  if (number === '') return stateNames[state];
  return `${stateNames[state]}, ${number}${hears === '' ? '' : `, hears ${hears}`}`;
}

/** @param {LabSlot} slot */
function callRow({ slot, state, direction, number, hears }) {
  const arrow = direction === 'out' ? '→' : '←';
  const words = [stateNames[state], ...(hears === '' ? [] : [`hears ${hears}`])].join(', ');
  return html('li', {}, [
    html('span', {}, [
      html('b', {}, [String(slot)]),
      ` ${arrow} ${number === '' ? 'number withheld' : number}: ${words}`,
    ]),
    html('button', { type: 'button', class: 'small', 'data-slot': String(slot) }, ['Far end hangs up']),
  ]);
}

/** @param {string} id */
function chosen(id) {
  const select = document.getElementById(id);
  return select instanceof HTMLSelectElement ? select.value : '';
}
