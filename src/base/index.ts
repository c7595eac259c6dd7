/**
 * Floor 0: what every part stands on. Clock and chance as arguments, automata as tables, results, causes (ITU-T Q.850),
 * logs, limits, secrets and tables of text. Imports nothing.
 */
export { type Cause, cause, causeName } from './cause.js';
export type { Clock, Timer } from './clock.js';
export { limits } from './limits.js';
export { type Log, type LogFields, silentLog } from './log.js';
export {
  type Cell,
  Machine,
  MachineBug,
  type MachineOptions,
  type MachineTable,
  type State,
  type StateTimer,
} from './machine.js';
export { between, hexToken, type Random, uuid } from './random.js';
export { err, ok, type Result } from './result.js';
export { Secret } from './secret.js';
export { ranges, textTable } from './text-table.js';
