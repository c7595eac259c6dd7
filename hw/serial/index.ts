/**
 * Serial ports by @serialport/stream: opened and opened again, octets out when the last has left, octets in. Raw lines of
 * call accounting (SMDR) and message desks (SMDI); what they say is in src/records. Floor 5.
 */
export { SerialLine, type SerialSettings } from './serial-line.js';
