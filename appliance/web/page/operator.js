/** The force buttons with their question, and the keyboard. */
import { byId, setText } from './elements.js';
import { labAction, labKeys } from './lab.js';
import { ask, toast } from './requests.js';

/** @import {BranchStatus} from '../status.js' */

/** @type {Readonly<Record<string, {title: string, text: string, yes: string}>>} */
const questions = {
  none: {
    title: 'Back to automatic?',
    text: 'Holdfast will again watch the centre and choose the mode by itself.',
    yes: 'Automatic',
  },
  survivable: {
    title: 'Force limited service?',
    text: 'New calls will be placed here, over the local lines, and phones will register here, until you choose Automatic. Calls in progress are not touched.',
    yes: 'Force limited service',
  },
  inline: {
    title: 'Force normal?',
    text: 'New calls will be sent to the centre even if it does not answer, until you choose Automatic. A call that the centre does not answer still goes out locally. Emergency calls keep using the local lines first.',
    yes: 'Force normal',
  },
};

/** @type {ReadonlyMap<string, string>} */
const forceKeys = new Map([
  ['A', 'none'],
  ['L', 'survivable'],
  ['N', 'inline'],
]);

const stored = 'holdfast.shortcuts';

/** What the open question is about. */
let asked = 'none';

/** @param {BranchStatus} status */
export function drawOperator(status) {
  const now = !status.forced ? 'none' : status.mode === 'forced-inline' ? 'inline' : 'survivable';
  for (const button of document.querySelectorAll('button[data-force]')) {
    button.setAttribute('aria-pressed', String(button.getAttribute('data-force') === now));
  }
  setText('force-state', status.forced ? 'An operator holds the mode.' : 'Holdfast chooses the mode by itself.');
}

/** @param {() => boolean} inLab */
export function listenOperator(inLab) {
  for (const button of document.querySelectorAll('button[data-force]')) {
    button.addEventListener('click', () => question(button.getAttribute('data-force') ?? 'none'));
  }
  const dialog = byId('confirm', HTMLDialogElement);
  byId('confirm-yes', HTMLElement).addEventListener('click', () => void confirmed());
  byId('confirm-no', HTMLElement).addEventListener('click', () => dialog.close());
  const shortcuts = byId('shortcuts', HTMLInputElement);
  shortcuts.checked = localStorage.getItem(stored) !== 'off';
  const show = () => byId('shortcut-list', HTMLElement).classList.toggle('off', !shortcuts.checked);
  show();
  shortcuts.addEventListener('change', () => {
    localStorage.setItem(stored, shortcuts.checked ? 'on' : 'off');
    show();
  });
  document.addEventListener('keydown', (event) => {
    if (!shortcuts.checked || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (byId('confirm', HTMLDialogElement).open || isField(event.target)) return;
    const force = forceKeys.get(event.key);
    const lab = inLab() ? labKeys.get(event.key) : undefined;
    if (force === undefined && lab === undefined) return;
    event.preventDefault();
    if (force !== undefined) question(force);
    else if (lab !== undefined) void labAction(lab);
  });
}

/** @param {EventTarget | null} target */
function isField(target) {
  return (
    target instanceof Element &&
    target.matches('input[type=text], input[type=tel], textarea, select, [contenteditable]')
  );
}

/** @param {string} mode */
function question(mode) {
  const words = questions[mode];
  if (words === undefined) return;
  asked = mode;
  setText('confirm-title', words.title);
  setText('confirm-text', words.text);
  setText('confirm-yes', words.yes);
  byId('confirm', HTMLDialogElement).showModal();
}

/** The answer belongs to the button and not to the dialog's end: its event may come after the next question. */
async function confirmed() {
  byId('confirm', HTMLDialogElement).close();
  const refused = await ask('api/force', { mode: asked });
  if (refused !== undefined) toast(refused);
}
