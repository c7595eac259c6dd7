/** The line cards: spans with their alarms, clock and errors, and their D-channels. */
import { byId, cell, html, replaceRows, setText, tag } from './elements.js';
import { alarmNames, clockNames, counterWords, spanKinds } from './span-words.js';
import { counted, span as spanOf } from './words.js';

/** @import {LinesState, SpanState, DChannelState} from '../../io/lines-state.js' */

/** @param {LinesState} lines @param {number} nowWall */
export function drawLines(lines, nowWall) {
  byId('spans-card', HTMLElement).hidden = false;
  const rows = [
    ...lines.spans.map((each) => ({ key: each.id, make: () => spanRow(each, lines.dChannels, nowWall) })),
    ...lines.unusable.map((each) => ({ key: `card ${each.card}`, make: () => unusableRow(each) })),
  ];
  replaceRows(byId('spans', HTMLElement), rows);
  const none = byId('spans-none', HTMLElement);
  none.hidden = rows.length > 0;
  setText('spans-none', lines.up ? 'No line card was found.' : 'The line process is away; it is started again.');
  const inUse = lines.spans.reduce((sum, { channels }) => sum + channels.inUse, 0);
  setText('spans-count', rows.length === 0 ? '' : `${counted(inUse, 'channel')} in use`);
}

/** @param {SpanState} each @param {readonly DChannelState[]} dChannels @param {number} nowWall */
function spanRow(each, dChannels, nowWall) {
  const dChannel = dChannels.find(({ name }) => name === each.dChannel);
  return html('tr', {}, [
    html('td', { class: 'tight' }, [html('a', { href: `lines.html#${each.id}` }, [html('b', {}, [each.id])])]),
    html('td', {}, [`${spanKinds[each.kind]} `, html('span', { class: 'soft' }, [each.framing])]),
    html('td', {}, each.alarms.length === 0 ? [tag('In order', 'normal')] : alarmTags(each)),
    dChannelCell(dChannel, nowWall),
    cell(clockNames[each.clock], 'soft'),
    useCell(each),
    errorCell(each),
  ]);
}

/** @param {SpanState} each */
function alarmTags({ alarms }) {
  return alarms.flatMap((alarm, i) => [...(i === 0 ? [] : [' ']), tag(alarmNames[alarm] ?? alarm, 'danger')]);
}

/** @param {DChannelState | undefined} dChannel @param {number} nowWall */
function dChannelCell(dChannel, nowWall) {
  if (dChannel === undefined) return cell('–', 'soft');
  const since = spanOf(nowWall - dChannel.sinceWall);
  const words = `${dChannel.switchType}, ${dChannel.side} side`;
  return html('td', { title: words }, [
    tag(dChannel.up ? 'Up' : 'Down', dChannel.up ? 'normal' : 'danger'),
    html('span', { class: 'soft' }, [` ${since}`]),
  ]);
}

/** @param {SpanState} each */
function useCell({ channels: { all, inUse, out } }) {
  if (all === 0) return cell('–', 'number tight');
  const taken = out === 0 ? [] : [' ', tag(`${out} out`, 'limited')];
  return html('td', { class: 'number tight' }, [`${inUse} of ${all}`, ...taken]);
}

/** @param {SpanState} each */
function errorCell({ counters, kind }) {
  if (kind === 'analog') return cell('–', 'number soft');
  const all = counterWords(counters).map(([name, value]) => `${name}: ${value}`);
  const { slips, erroredSeconds } = counters;
  const shown = slips === 0 && erroredSeconds === 0 ? 'No errors' : `${counted(slips, 'slip')}, ${erroredSeconds} s`;
  return html('td', { class: 'number tight soft', title: all.join('\n') }, [shown]);
}

/** @param {LinesState['unusable'][number]} card */
function unusableRow({ card, lacks, install }) {
  return html('tr', {}, [
    html('td', { class: 'tight' }, [html('b', {}, [card])]),
    html('td', { colspan: '6' }, [tag(`No ${lacks}`, 'danger'), html('span', { class: 'soft' }, [` ${install}`])]),
  ]);
}
