/** What spans and channels are called in front of people. Pure. */

/** @import {SlotState, SpanState} from '../../io/lines-state.js' */

/** @type {Readonly<Record<string, string>>} */
export const alarmNames = {
  red: 'Red: no frame',
  yellow: 'Yellow: not heard',
  blue: 'Blue: all ones',
  los: 'No signal',
  loopback: 'Loop-back',
  noBattery: 'No battery',
  card: 'Card is silent',
};

/** @type {Readonly<Record<SpanState['kind'], string>>} */
export const spanKinds = { t1: 'T1', e1: 'E1', analog: 'Analog' };

/** @type {Readonly<Record<SpanState['clock'], string>>} */
export const clockNames = { source: 'Their clock', standby: 'Standby', gives: 'Our clock', none: '–' };

/**
 * Each state in one short word, its meaning, and its colour.
 * @type {Readonly<Record<SlotState['state'], readonly [string, string, string]>>}
 */
export const slotStates = {
  idle: ['free', 'free', 'idle'],
  inUse: ['call', 'in use', 'busy'],
  restarting: ['restart', 'restarted, not acknowledged yet', 'waits'],
  faulty: ['faulty', 'the far end acknowledges no restart', 'fault'],
  outByUs: ['out', 'out of service here', 'out'],
  outByThem: ['theirs', 'out of service at the far end', 'out'],
  outByAlarm: ['alarm', 'an alarm stands', 'fault'],
  down: ['down', 'its D-channel is down', 'fault'],
  up: ['D up', 'D-channel, up', 'busy'],
  unused: ['–', 'not used', 'unused'],
};

/** @param {SpanState['counters']} counters @returns {readonly (readonly [string, number])[]} */
export function counterWords(counters) {
  return [
    ['Slips', counters.slips],
    ['Line code violations', counters.bipolarViolations],
    ['CRC errors', counters.crcErrors],
    ['Framing errors', counters.framingErrors],
    ['Errored seconds', counters.erroredSeconds],
    ['Severely errored seconds', counters.severelyErroredSeconds],
    ['Unavailable seconds', counters.unavailableSeconds],
  ];
}

/** A D-channel's slot shows what is wrong with it alone. @param {SlotState} slot */
export function slotWords(slot) {
  const [short, meaning, tone] = slotStates[slot.state];
  if (slot.signalling === 'dChannel' && slot.state === 'down')
    return { short: 'D down', meaning: 'D-channel, down', tone };
  if (slot.takenOut && slot.state === 'inUse')
    return { short: 'call, out', meaning: 'in use; out of service after its call', tone: 'leaving' };
  const why = slot.why === undefined || slot.state === 'outByUs' ? meaning : slot.why;
  return { short, meaning: why, tone };
}
