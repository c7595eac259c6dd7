/** Live calls, registered phones, local lines and recent calls. */
import { byId, cell, html, replaceRows, setText, tag } from './elements.js';
import { counted, minutes, modeNames, moment, routeName } from './words.js';

/** @import {BranchStatus, CallStatus, Mode, RecordRow} from '../status.js' */

/** @type {Readonly<Record<CallStatus['state'], readonly [string, string]>>} */
const callStates = {
  setup: ['Connecting', ''],
  ringing: ['Ringing', 'returning'],
  talking: ['Talking', 'normal'],
  held: ['On hold', 'limited'],
};

/** @param {BranchStatus} status @param {number} nowWall */
export function drawTables(status, nowWall) {
  calls(status, nowWall);
  phones(status, nowWall);
  trunks(status);
}

/** @param {BranchStatus} status @param {number} nowWall */
function calls(status, nowWall) {
  const rows = [...status.calls].sort((a, b) => Number(b.emergency) - Number(a.emergency) || a.sinceWall - b.sinceWall);
  fill(
    'calls',
    rows.map((call) => ({ key: call.id, make: () => callRow(call, nowWall) })),
  );
  setText('calls-count', rows.length === 0 ? '' : counted(rows.length, 'call'));
}

/** @param {CallStatus} call @param {number} nowWall */
function callRow(call, nowWall) {
  const [state, tone] = callStates[call.state];
  const to = html('td', { class: 'tight' }, [html('b', {}, [call.to])]);
  if (call.emergency) to.append(' ', tag('Emergency', 'danger'));
  return html('tr', {}, [
    html('td', { class: 'tight' }, [html('b', {}, [call.from])]),
    to,
    cell(routeName(call.via), 'tight'),
    cell(tag(state, tone)),
    cell(minutes(nowWall - (call.answeredWall ?? call.sinceWall)), 'number tight'),
  ]);
}

/** @param {BranchStatus} status @param {number} nowWall */
function phones(status, nowWall) {
  const rows = [...status.phones].sort((a, b) => a.extension.localeCompare(b.extension, undefined, { numeric: true }));
  fill(
    'phones',
    rows.map((phone) => ({
      key: `${phone.username} ${phone.contact}`,
      make: () =>
        html('tr', {}, [
          html('td', { class: 'tight' }, [html('b', {}, [phone.extension])]),
          cell(phone.displayName ?? phone.username),
          cell(`${phone.address} ${phone.transport.toUpperCase()}`, 'tight soft'),
          cell(phone.origin === 'served' ? tag('Holdfast', 'limited') : tag('Centre', 'normal')),
          cell(minutes(phone.expiresInS * 1000 - Math.max(0, nowWall - status.nowWall)), 'number tight soft'),
        ]),
    })),
  );
  setText('phones-count', rows.length === 0 ? '' : counted(rows.length, 'phone'));
}

/** @type {ReadonlyMap<string, readonly [string, string]>} */
const trunkStates = new Map([
  ['up', ['In service', 'normal']],
  ['down', ['Out of order', 'danger']],
  ['unknown', ['Not known yet', '']],
]);

/** @param {BranchStatus} status */
function trunks(status) {
  fill(
    'trunks',
    status.trunks.map((trunk) => {
      const [state, tone] = trunkStates.get(trunk.state) ?? [trunk.state, ''];
      return {
        key: trunk.name,
        make: () =>
          html('tr', {}, [
            html('td', { class: 'tight' }, [html('b', {}, [trunk.name])]),
            cell(tag(state, tone)),
            cell(trunk.why, 'soft'),
            cell(String(trunk.callsUp), 'number'),
          ]),
      };
    }),
  );
  const up = status.trunks.filter((trunk) => trunk.state === 'up').length;
  setText('trunks-count', up === 0 ? '' : 'Emergency calls leave here first.');
}

/** @param {readonly RecordRow[]} records @param {number} nowWall */
export function drawRecords(records, nowWall) {
  fill(
    'records',
    records.map((record) => {
      const to = html('td', { class: 'tight' }, [html('b', {}, [record.to])]);
      if (record.emergency) to.append(' ', tag('Emergency', 'danger'));
      const talked = record.answeredWall === undefined ? '–' : minutes(record.endedWall - record.answeredWall);
      return {
        key: record.id,
        make: () =>
          html('tr', {}, [
            cell(moment(record.startedWall, nowWall), 'tight soft'),
            html('td', { class: 'tight' }, [html('b', {}, [record.from])]),
            to,
            cell(routeName(record.via), 'tight'),
            cell(talked, 'number tight'),
            html('td', { class: 'soft', ...soundTitle(record) }, [`${record.ending}${soundWords(record)}`]),
          ]),
      };
    }),
  );
}

/** The worse of the legs. @param {RecordRow} record */
function soundWords({ quality }) {
  if (quality === undefined) return '';
  return `; sound ${Math.min(...quality.map(({ mos }) => mos)).toFixed(1)} of 4.5`;
}

/** @param {RecordRow} record @returns {Readonly<Record<string, string>>} */
function soundTitle({ quality }) {
  if (quality === undefined) return {};
  const legs = quality.map(
    ({ side, codec, security, path, loss, jitterMs, mos }) =>
      `${side}: ${codec}, ${security}, ${path}, ${(loss * 100).toFixed(1)} % lost, jitter ${jitterMs.toFixed(0)} ms, ${mos.toFixed(1)}`,
  );
  return { title: legs.join('\n') };
}

/** @param {{rows: readonly {mode: Mode, event: string, next: Mode}[]}} table */
export function drawSurvivability(table) {
  replaceRows(
    byId('table', HTMLElement),
    table.rows
      .filter((row) => row.next !== row.mode)
      .map((row) => ({
        key: `${row.mode} ${row.event}`,
        make: () =>
          html('tr', {}, [cell(modeNames[row.mode], 'tight'), cell(row.event), cell(modeNames[row.next], 'tight')]),
      })),
  );
}

/** @param {string} id @param {readonly {key: string, make: () => HTMLElement}[]} rows */
function fill(id, rows) {
  const body = byId(id, HTMLElement);
  replaceRows(body, rows);
  const table = body.closest('table');
  if (table !== null) table.hidden = rows.length === 0;
  byId(`${id}-none`, HTMLElement).hidden = rows.length > 0;
}
