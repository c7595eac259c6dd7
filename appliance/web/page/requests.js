/** Talking to the branch: the live stream, questions and orders. */
import { byId } from './elements.js';

/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastTimer;

/**
 * Sends an order; resolves with the refusal in words, or nothing.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<string | undefined>}
 */
export async function ask(path, body) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return undefined;
    const answer = await response.json();
    return typeof answer.error === 'string' ? answer.error : `Refused (${response.status}).`;
  } catch {
    return 'Holdfast does not answer.';
  }
}

/**
 * @template T
 * @param {string} path
 * @returns {Promise<T | undefined>}
 */
export async function read(path) {
  try {
    const response = await fetch(path);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} text */
export function toast(text) {
  const place = byId('toast', HTMLElement);
  place.textContent = text;
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    place.hidden = true;
  }, 5000);
}

/**
 * Server-sent events, opened again for as long as the page lives.
 * @param {Readonly<Record<string, (data: any) => void>>} handlers
 * @param {(state: 'live' | 'lost') => void} onState
 */
export function watch(handlers, onState) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  const source = new EventSource('api/events');
  const alive = () => {
    onState('live');
    clearTimeout(silence);
    silence = setTimeout(() => onState('lost'), 5000);
  };
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => {
      alive();
      handle(JSON.parse(event.data));
    });
  }
  source.addEventListener('error', () => {
    onState('lost');
    // A browser gives up for good on some failures: then we begin anew.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(silence);
    setTimeout(() => watch(handlers, onState), 1000);
  });
}
