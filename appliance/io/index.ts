/**
 * Floor 5: the world's own time, chance and log output, handed to `src` as arguments; and the private sockets by which the controller
 * speaks to the other processes, with the check of what comes over them. What neighbours on this floor say to one another is said here.
 */
export { CommandSocket, type CommandSocketOptions, commandBytes } from './command-socket.js';
export { type JsonLine, JsonLineReader } from './json-lines.js';
export { jsonLog } from './json-log.js';
export type {
  LabCall,
  LabCommand,
  LabLines,
  LabPhone,
  LabSlot,
  LabSpan,
  LabState,
  LabTelephone,
} from './lab-state.js';
export type { DChannelState, LinesState, SlotState, SpanState, TracedFrame } from './lines-state.js';
export { localAddressTowards } from './local-address.js';
export { loopUtilization } from './loop-utilization.js';
export { boolean, byKind, integer, ipAddress, list, literal, number, object, type Shape, text } from './shape.js';
export { systemClock } from './system-clock.js';
export { systemRandom } from './system-random.js';
export { atTurnEnd } from './turn.js';
export { watchFile } from './watched-file.js';
