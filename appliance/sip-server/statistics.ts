import type { ParseFault, SipMessage } from '../../src/sip/index.js';
import type { Protocol } from './listen-address.js';

/** Messages by `protocol`, then by method or status. */
export type MessageCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface ServerStatistics {
  readonly received: MessageCounts;
  readonly sent: MessageCounts;
  /** Bytes that were no SIP message. */
  readonly malformed: number;
  readonly transactions: { readonly client: number; readonly server: number };
  readonly dialogs: number;
  readonly connections: number;
  readonly applications: number;
  readonly heapBytes: number;
}

/** Counts what passes the transports. */
export class Counters {
  readonly received: Record<string, Record<string, number>> = {};
  readonly sent: Record<string, Record<string, number>> = {};
  malformed = 0;

  countReceived(message: SipMessage | ParseFault, protocol: Protocol): void {
    if (message.kind === 'fault') this.malformed++;
    else
      count(this.received, protocol, message.kind === 'request' ? methodName(message.method) : String(message.status));
  }

  countSent(bytes: Buffer, protocol: Protocol): void {
    const space = bytes.indexOf(32);
    const response = bytes[3] === 47;
    count(this.sent, protocol, bytes.toString('latin1', response ? 8 : 0, response ? 11 : space));
  }
}

/** Whatever a peer calls its method must not grow the table. */
function methodName(method: string): string {
  return method.length <= 9 && /^[A-Z]+$/.test(method) ? method : 'other';
}

function count(into: Record<string, Record<string, number>>, protocol: Protocol, name: string): void {
  let row = into[protocol];
  if (row === undefined) {
    row = {};
    into[protocol] = row;
  }
  const known = row[name];
  if (known === undefined && Object.keys(row).length >= 120) row.other = (row.other ?? 0) + 1;
  else row[name] = (known ?? 0) + 1;
}
