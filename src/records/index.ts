/**
 * Floor 4: what call accounting and message desks read and write over serial lines. SMDR: call records as lines of a
 * format that PBX call accounting expects, kept until they are printed. SMDI (Telcordia GR-283): a call to the message
 * desk told to it, and its orders for message waiting read. Formats are pure; lines and disks are ports.
 */
export { type DeskPlaces, deskCallOf } from './desk-call.js';
export { MessageDesk, type MessageDeskSettings, type WaitingVerdict } from './message-desk.js';
export { RecordPrinter, type RecordQueue } from './record-printer.js';
export { formatDeskCall, formatFailure, OrderReader, type ReadOrder } from './smdi.js';
export { formatSmdr, type SmdrFormat, type SmdrPlace } from './smdr.js';
export type { TextLine } from './text-line.js';
