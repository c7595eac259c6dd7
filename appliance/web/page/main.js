/** The page: one state, drawn again at each push and each second. */
import { drawBanner } from './banner.js';
import { byId, setText } from './elements.js';
import { drawLab, listenLab } from './lab.js';
import { drawLines } from './lines.js';
import { drawMedia } from './media.js';
import { drawOperator, listenOperator } from './operator.js';
import { drawEntries, drawPicture } from './picture.js';
import { read, watch } from './requests.js';
import { drawRecords, drawSurvivability, drawTables } from './tables.js';
import { timeOfDay } from './words.js';

/** @import {BranchStatus, RecordRow} from '../status.js' */
/** @import {LabState} from '../../io/lab-state.js' */
/** @import {LinesState} from '../../io/lines-state.js' */
/** @import {MediaState} from '../media-state.js' */
/** @import {History} from '../history.js' */

/** @type {{status?: BranchStatus, lab?: LabState, lines?: LinesState, history?: History, records: readonly RecordRow[]}} */
const shown = { records: [] };

let spanMinutes = 15;
/** The page's monotonic time when the last status came: its clock is the branch's, whatever the browser's says. */
let statusAt = 0;
let chosen = false;
let historyOf = '';

function nowWall() {
  return shown.status === undefined ? Date.now() : shown.status.nowWall + (performance.now() - statusAt);
}

function draw() {
  const { status, lab, lines, history } = shown;
  if (status === undefined) return;
  const now = nowWall();
  setText('clock', timeOfDay(now));
  drawBanner(status, now);
  drawTables(status, now);
  drawOperator(status);
  drawRecords(shown.records, now);
  if (lines !== undefined) drawLines(lines, now);
  if (lab !== undefined) drawLab(lab, status, now);
  if (history !== undefined) {
    drawPicture(history, now, spanMinutes * 60_000);
    drawEntries(history, now);
  }
}

/** The history is asked for again only when the timeline or the set of calls has changed. */
async function refreshHistory() {
  const { status } = shown;
  if (status === undefined) return;
  const newest = status.timeline.reduce((last, entry) => Math.max(last, entry.atWall), 0);
  const calls = status.calls.map((call) => `${call.id} ${call.answeredWall ?? ''}`).join();
  const version = `${spanMinutes} ${newest} ${status.timeline.length} ${status.mode} ${status.startedWall} ${calls}`;
  if (version === historyOf) return;
  historyOf = version;
  /** @type {[History | undefined, readonly RecordRow[] | undefined]} */
  const [history, records] = await Promise.all([
    read(`api/timeline?minutes=${spanMinutes}`),
    read('api/records?count=50'),
  ]);
  if (history === undefined || records === undefined) historyOf = '';
  if (history !== undefined) shown.history = history;
  if (records !== undefined) shown.records = records;
  draw();
}

/** In the lab things happen within seconds: begin with the shortest span, unless the person has chosen one. */
function showLittle() {
  const [first] = document.querySelectorAll('input[name=span]');
  if (chosen || !(first instanceof HTMLInputElement)) return;
  first.checked = true;
  spanMinutes = Number(first.value);
  void refreshHistory();
}

async function readTable() {
  /** @type {Parameters<typeof drawSurvivability>[0] | undefined} */
  const table = await read('api/table');
  if (table !== undefined) drawSurvivability(table);
}

watch(
  {
    status: (/** @type {BranchStatus} */ status) => {
      shown.status = status;
      statusAt = performance.now();
      draw();
      void refreshHistory();
    },
    lab: (/** @type {LabState} */ lab) => {
      if (shown.lab === undefined) showLittle();
      shown.lab = lab;
      draw();
    },
    media: (/** @type {MediaState} */ media) => drawMedia(media),
    lines: (/** @type {LinesState} */ lines) => {
      shown.lines = lines;
      draw();
    },
  },
  (state) => {
    byId('connection', HTMLElement).dataset.state = state;
    setText('connection-text', state === 'live' ? 'Live' : 'Connection lost, trying again');
    document.body.classList.toggle('stale', state === 'lost');
  },
);

for (const choice of document.querySelectorAll('input[name=span]')) {
  choice.addEventListener('change', () => {
    if (!(choice instanceof HTMLInputElement) || !choice.checked) return;
    chosen = true;
    spanMinutes = Number(choice.value);
    void refreshHistory();
  });
}
listenLab();
listenOperator(() => shown.lab !== undefined);
void readTable();
setInterval(draw, 1000);
addEventListener('resize', draw);
