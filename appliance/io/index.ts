/**
 * Floor 5: the world's own time, chance and log output, handed to `src` as arguments.
 */
export { type JsonLine, JsonLineReader } from './json-lines.js';
export { jsonLog } from './json-log.js';
export { localAddressTowards } from './local-address.js';
export { loopUtilization } from './loop-utilization.js';
export { systemClock } from './system-clock.js';
export { systemRandom } from './system-random.js';
export { atTurnEnd } from './turn.js';
export { watchFile } from './watched-file.js';
