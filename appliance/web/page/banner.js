/** The mode in large letters, since when and why, and the four figures beside it. */
import { byId, setText } from './elements.js';
import { counted, faultNames, headline, modeNames, moment, remaining, span } from './words.js';

/** @import {BranchStatus} from '../status.js' */

/** @type {string | undefined} */
let announced;

/** @param {BranchStatus} status @param {number} nowWall */
export function drawBanner(status, nowWall) {
  byId('banner', HTMLElement).dataset.mode = status.mode;
  setText('mode', headline(status, nowWall));
  setText('why', sentence(status.why));
  setText('fault', faultOf(status));
  setText('since', `Since ${moment(status.sinceWall, nowWall)}, for ${span(nowWall - status.sinceWall)}`);
  setText('site', status.site);
  document.title = `${modeNames[status.mode]} – ${status.site} – Holdfast`;
  holdDown(status, nowWall);
  figures(status, nowWall);
  announce(status);
}

/** The present fault in plain words; nothing when there is none. @param {BranchStatus} status */
function faultOf(status) {
  const { fault } = status.path;
  return fault === undefined ? '' : faultNames[fault];
}

/** @param {string} text */
function sentence(text) {
  if (text === '') return '';
  // A URI keeps its small letter.
  const started = /^[a-z]+:/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(started) ? started : `${started}.`;
}

/** @param {BranchStatus} status @param {number} nowWall */
function holdDown(status, nowWall) {
  const shown = status.holdDown !== undefined && status.holdDown.totalMs > 0 && status.mode === 'returning';
  byId('hold-down', HTMLElement).hidden = !shown;
  if (!shown || status.holdDown === undefined) return;
  const done = 1 - remaining(status, nowWall) / status.holdDown.totalMs;
  byId('hold-down-bar', HTMLElement).style.width = `${Math.round(Math.min(Math.max(done, 0), 1) * 100)}%`;
}

/** @param {BranchStatus} status @param {number} nowWall */
function figures(status, nowWall) {
  const served = status.phones.filter((phone) => phone.origin === 'served').length;
  const registered = new Set(status.phones.map((phone) => phone.username)).size;
  figure('phones', String(registered), `of ${counted(status.users, 'user')}`, status.users > 0 && registered === 0);
  if (served > 0) setText('note-phones', `${served} served here`);
  const emergencies = status.calls.filter((call) => call.emergency).length;
  const talking = status.calls.filter((call) => call.state === 'talking' || call.state === 'held').length;
  figure(
    'calls',
    String(status.calls.length),
    emergencies > 0 ? counted(emergencies, 'emergency', 'emergencies') : `${talking} talking`,
    emergencies > 0,
  );
  const up = status.trunks.filter((trunk) => trunk.state === 'up').length;
  const down = status.trunks.filter((trunk) => trunk.state === 'down').length;
  figure('trunks', `${up}/${status.trunks.length}`, down > 0 ? `${down} down` : 'in service', down > 0);
  const path = status.path;
  const rtt = path.rttP99Ms;
  const last = path.lastAnswerWall;
  if (path.state === 'down') {
    figure('centre', 'Lost', last === undefined ? 'never heard' : `heard ${span(nowWall - last)} ago`, true);
  } else {
    const round =
      rtt === undefined || !Number.isFinite(rtt) ? 'answers' : `${rtt < 10 ? rtt.toFixed(1) : Math.round(rtt)} ms`;
    figure('centre', path.state === 'up' ? 'Up' : 'Doubtful', path.state === 'up' ? round : 'misses answers', false);
  }
}

/** @param {string} name @param {string} value @param {string} note @param {boolean} bad */
function figure(name, value, note, bad) {
  setText(`figure-${name}`, value);
  setText(`note-${name}`, note);
  byId(`figure-${name}`, HTMLElement).classList.toggle('bad', bad);
}

/** Spoken once for each change of mode, never for a ticking second. @param {BranchStatus} status */
function announce(status) {
  if (announced === status.mode) return;
  if (announced !== undefined)
    setText('announcement', `${modeNames[status.mode]}. ${faultOf(status)} ${sentence(status.why)}`);
  announced = status.mode;
}
