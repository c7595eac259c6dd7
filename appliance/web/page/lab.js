/** The lab's own part of the page: the picture, the buttons, one row for each phone. */

import { byId, cell, html, replaceRows, tag } from './elements.js';
import { drawHandsets } from './handsets.js';
import { ask, toast } from './requests.js';
import { drawT1, listenT1 } from './t1.js';
import { drawTopology } from './topology.js';
import { minutes, modeNames } from './words.js';

/** @import {BranchStatus} from '../status.js' */
/** @import {LabCall, LabLines, LabPhone, LabState} from '../../io/lab-state.js' */

/** @type {Readonly<Record<LabPhone['registration'], string>>} */
const tones = { registered: 'normal', registering: 'returning', refused: 'danger', silent: 'limited', off: '' };

/** @type {Readonly<Record<string, readonly [string, object]>>} */
const actions = {
  cut: ['wan', { up: false }],
  restore: ['wan', { up: true }],
  'call-inside': ['call', { from: '1001', to: '1002' }],
  'call-out': ['call', { from: '1001', to: '913125550123' }],
  'call-in': ['call', { from: 'pstn', to: '1002' }],
  emergency: ['call', { from: '1003', to: '911' }],
  hangup: ['hangup', {}],
};

/** @type {ReadonlyMap<string, string>} */
export const labKeys = new Map([
  ['c', 'cut'],
  ['r', 'restore'],
  ['1', 'call-inside'],
  ['2', 'call-out'],
  ['3', 'call-in'],
  ['9', 'emergency'],
  ['h', 'hangup'],
  ['4', 'line-call'],
  ['5', 'hook-1005'],
  ['6', 'hook-1006'],
  ['7', 'line-dial'],
  ['a', 'red'],
]);

/** @type {LabLines | undefined} */
let lines;

/** @param {string} name */
export async function labAction(name) {
  const action = actions[name] ?? lineAction(name);
  if (action !== undefined) await order(action[0], action[1]);
}

/** What a key means depends on how the lines are. @param {string} name @returns {readonly [string, object] | undefined} */
function lineAction(name) {
  const [telephone, other] = lines?.telephones ?? [];
  const [span] = lines?.spans ?? [];
  if (telephone === undefined || other === undefined || span === undefined) return undefined;
  const { extension } = telephone;
  switch (name) {
    case 'line-call':
      return ['line-call-in', { to: extension, caller: 'shown' }];
    case 'hook-1005':
      return [telephone.lifted ? 'line-hang-up' : 'line-lift', { extension }];
    case 'hook-1006':
      return [other.lifted ? 'line-hang-up' : 'line-lift', { extension: other.extension }];
    case 'line-dial':
      return ['line-dial', { extension, digits: '913125550123', by: 'tone' }];
    case 'red':
      return ['line-alarm', { alarm: 'red', on: !span.alarms.some((alarm) => alarm === 'red') }];
    default:
      return undefined;
  }
}

/** @param {string} command @param {object} body */
async function order(command, body) {
  const refused = await ask(`api/lab/${command}`, body);
  if (refused !== undefined) toast(refused);
}

/** @param {LabLines | undefined} now */
function drawLines(now) {
  lines = now;
  byId('lab-lines', HTMLElement).hidden = now === undefined;
  for (const part of document.querySelectorAll('[data-lines-only]')) part.toggleAttribute('hidden', now === undefined);
  if (now === undefined) return;
  drawHandsets(now.telephones, order);
  for (const span of now.spans) drawT1(span, now.telephones);
}

export function listenLab() {
  listenT1(order);
  byId('lab', HTMLElement).addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button === null) return;
    const { lab, command, body } = button.dataset;
    if (lab !== undefined) void labAction(lab);
    if (command !== undefined && body !== undefined) void order(command, JSON.parse(body));
  });
}

/** @param {LabState} lab @param {BranchStatus} status @param {number} nowWall */
export function drawLab(lab, status, nowWall) {
  byId('lab', HTMLElement).hidden = false;
  for (const part of document.querySelectorAll('[data-lab-only]')) part.removeAttribute('hidden');
  drawTopology(lab, modeNames[status.mode]);
  drawLines(lab.lines);
  for (const button of document.querySelectorAll('button[data-lab]')) {
    if (!(button instanceof HTMLButtonElement)) continue;
    const name = button.dataset.lab;
    // aria-disabled and not disabled: the focus stays where the person left it.
    const idle =
      (name === 'cut' && !lab.wan.up) ||
      (name === 'restore' && lab.wan.up) ||
      (name === 'hangup' && lab.calls.length === 0);
    button.setAttribute('aria-disabled', String(idle));
  }
  const rows = lab.phones.flatMap((phone) => {
    const calls = lab.calls.filter((call) => call.party === phone.extension);
    const shown = calls.length === 0 ? [undefined] : calls;
    return shown.map((call) => ({
      key: `${phone.extension} ${call?.id ?? ''}`,
      make: () => phoneRow(phone, call, nowWall),
    }));
  });
  for (const call of lab.calls.filter((c) => c.party === 'pstn')) {
    rows.push({ key: call.id, make: () => lineRow(call, nowWall) });
  }
  replaceRows(byId('lab-rows', HTMLElement), rows);
  replaceRows(
    byId('spare', HTMLElement),
    Object.entries({
      'User name': lab.spare.username,
      Password: lab.spare.password,
      'Domain (registrar)': lab.spare.registrar,
      'Outbound proxy': lab.spare.proxy,
    }).flatMap(([name, value]) => [
      { key: name, make: () => html('dt', {}, [name]) },
      { key: `${name} value`, make: () => html('dd', {}, [value]) },
    ]),
  );
}

/** @param {LabPhone} phone @param {LabCall | undefined} call @param {number} nowWall */
function phoneRow(phone, call, nowWall) {
  const registration = tag(phone.registration, tones[phone.registration]);
  if (phone.why !== '') registration.title = phone.why;
  const restart = button('Restart', 'restart-phone', { extension: phone.extension });
  const wrong = button('Wrong password', 'restart-phone', { extension: phone.extension, wrongPassword: true });
  return html('tr', {}, [
    html('td', { class: 'tight' }, [html('b', {}, [phone.extension]), ` ${phone.name}`]),
    cell(registration),
    callCell(call, nowWall),
    soundCell(call),
    buttonsCell(call === undefined ? [restart, wrong] : callButtons(call)),
  ]);
}

/** @param {LabCall} call @param {number} nowWall */
function lineRow(call, nowWall) {
  return html('tr', {}, [
    html('td', { class: 'tight' }, [html('b', {}, ['PSTN']), call.emergency ? ' lab emergency operator' : ' line']),
    cell(tag('local line')),
    callCell(call, nowWall),
    soundCell(call),
    buttonsCell([button('Hang up', 'hangup', { id: call.id })]),
  ]);
}

/** @param {LabCall} call */
function callButtons(call) {
  const held = call.state === 'held';
  const buttons = [button('Hang up', 'hangup', { id: call.id })];
  if (held || call.state === 'talking') {
    buttons.unshift(button(held ? 'Resume' : 'Hold', 'hold', { id: call.id, on: !held }));
    const to = ['1003', '1002', '1001'].find((n) => n !== call.party && n !== call.peer);
    if (to !== undefined) buttons.unshift(button(`Transfer to ${to}`, 'transfer', { id: call.id, to }));
  }
  return buttons;
}

/** @param {LabCall | undefined} call @param {number} nowWall */
function callCell(call, nowWall) {
  if (call === undefined) return cell('–', 'soft');
  const arrow = call.direction === 'out' ? '→' : '←';
  const state = { calling: 'calling', ringing: 'ringing', talking: '', held: 'on hold' }[call.state];
  return cell(`${arrow} ${call.peer} ${state === '' ? minutes(nowWall - call.sinceWall) : state}`, 'tight');
}

/** @param {LabCall | undefined} call */
function soundCell(call) {
  if (call === undefined || call.sentPackets + call.receivedPackets === 0) return cell('–', 'soft');
  return html('td', { class: 'sound-bits' }, [
    html('span', { title: 'RTP packets received' }, ['in ', html('b', {}, [String(call.receivedPackets)])]),
    html('span', { title: 'RTP packets sent' }, [' out ', html('b', {}, [String(call.sentPackets)])]),
  ]);
}

/** @param {string} text @param {string} command @param {object} body */
function button(text, command, body) {
  return html(
    'button',
    { type: 'button', class: 'small', 'data-command': command, 'data-body': JSON.stringify(body) },
    [text],
  );
}

/** @param {readonly HTMLElement[]} buttons */
function buttonsCell(buttons) {
  return html('td', {}, [html('div', { class: 'row-buttons' }, buttons)]);
}
