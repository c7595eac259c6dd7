/**
 * Line signalling: loop and ground start, E&M, CAMA, hook, flash, wink, pulses, ringing, caller ID. Bellcore GR-30, GR-506 and
 * TR-57, TIA-464 and TIA-968, ETSI EN 300 659 and ES 201 970. Floor 1; knows no card: signals come in, orders go out.
 */
export type { LineOrder, LineSignal } from './line-signal.js';
export type { AnalogSignalling } from './signalling.js';
