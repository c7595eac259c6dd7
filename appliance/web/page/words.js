/** What the branch's states are called in front of people. Pure. */

/** @import {BranchStatus, FaultClass, Mode} from '../status.js' */

/** @type {Readonly<Record<Mode, string>>} */
export const modeNames = {
  starting: 'Starting',
  inline: 'Normal',
  survivable: 'Limited service',
  returning: 'Returning',
  'forced-survivable': 'Forced: limited service',
  'forced-inline': 'Forced: normal',
};

/** @type {Readonly<Record<FaultClass, string>>} */
export const faultNames = {
  'wan-link': 'The WAN line is down: no carrier, no address or no route.',
  'wan-path': 'The WAN line is up, but nothing comes back from the centre.',
  'central-refused': 'The centre can be reached, but refuses the connection.',
  'central-application': 'The centre answers, but its telephone service is failing.',
  dns: 'The name of the centre does not resolve.',
  trunk: 'A local line is out of order.',
};

/**
 * The banner's headline.
 * @param {BranchStatus} status
 * @param {number} nowWall
 */
export function headline(status, nowWall) {
  if (status.mode !== 'returning' || status.holdDown === undefined) return modeNames[status.mode];
  return `Returning in ${minutes(remaining(status, nowWall))}`;
}

/**
 * Milliseconds until the branch hands back to the centre.
 * @param {BranchStatus} status
 * @param {number} nowWall
 */
export function remaining(status, nowWall) {
  return Math.max(0, (status.holdDown?.remainingMs ?? 0) - Math.max(0, nowWall - status.nowWall));
}

/** `m:ss`, or `h:mm:ss` from an hour. @param {number} ms */
export function minutes(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${rest}` : rest.replace(/^0/, '');
}

/** A span in words: `12 s`, `3 min`, `2 h 5 min`, `4 days`. @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const h = Math.floor(m / 60);
  if (h < 48) return m % 60 === 0 ? `${h} h` : `${h} h ${m % 60} min`;
  return `${Math.floor(h / 24)} days`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

const ofDay = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const ofHour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const withDay = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** `14:03:22`. @param {number} wall */
export function timeOfDay(wall) {
  return ofDay.format(wall);
}

/** `14:03`. @param {number} wall */
export function hourOfDay(wall) {
  return ofHour.format(wall);
}

/** The time of day, with the date when it is not within the last 20 hours. @param {number} wall @param {number} nowWall */
export function moment(wall, nowWall) {
  return nowWall - wall < 20 * 3600_000 ? ofDay.format(wall) : withDay.format(wall);
}

/** How a call went out. @param {string} via */
export function routeName(via) {
  if (via === 'centre') return 'Centre';
  if (via.startsWith('extension')) return 'Local';
  if (via === '') return '–';
  const trunk = /^trunk[ :]+(.+)$/.exec(via);
  return trunk === null ? via : `Line ${trunk[1]}`;
}
