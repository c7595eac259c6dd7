import type { ParseFault, SipMessage } from '../../src/sip/index.js';
import type { Protocol } from './listen-address.js';

/** Messages by protocol, then by method or status. */
export type MessageCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface ServerStatistics {
  readonly received: MessageCounts;
  readonly sent: MessageCounts;
  /** Bytes that were no SIP message. */
  readonly malformed: number;
  /** Messages that came again and were absorbed, and those that were sent again. */
  readonly retransmissions: { readonly received: number; readonly sent: number };
  /** Messages dropped without an answer, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** Requests refused because of a limit, by its name. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Requests refused because of overload, by class. */
  readonly sheds: Readonly<Record<string, number>>;
  /** Bans by reason. */
  readonly bans: Readonly<Record<string, number>>;
  readonly sources: { readonly known: number; readonly banned: number };
  /** `load` 1 is the target; requests are refused while `level` is above 0, which goes up to 3. */
  readonly overload: { readonly level: number; readonly load: number };
  /** Requests of the network that wait for their final answer. */
  readonly pendingRequests: number;
  readonly transactions: { readonly client: number; readonly server: number };
  readonly dialogs: number;
  readonly connections: number;
  readonly connectionsByTransport: Readonly<Record<string, number>>;
  readonly applications: number;
  readonly heapBytes: number;
}

/** Counts what passes the transports. */
export class Counters {
  readonly #received = new Map<Protocol, Tally>();
  readonly #sent = new Map<Protocol, Tally>();
  malformed = 0;

  countReceived(message: SipMessage | ParseFault, protocol: Protocol): void {
    if (message.kind === 'fault') this.malformed++;
    else if (message.kind === 'response') tally(this.#received, protocol).status(message.status);
    else tally(this.#received, protocol).method(message.method);
  }

  countSent(bytes: Buffer, protocol: Protocol): void {
    const into = tally(this.#sent, protocol);
    if (bytes[3] === 47) into.status(100 * digit(bytes, 8) + 10 * digit(bytes, 9) + digit(bytes, 10));
    else into.method(bytes.toString('latin1', 0, bytes.indexOf(32)));
  }

  get received(): MessageCounts {
    return named(this.#received);
  }

  get sent(): MessageCounts {
    return named(this.#sent);
  }
}

/** Counts by a name out of a bounded set. */
export class NamedCounts {
  readonly #counts = new Map<string, number>();
  /** All of them together. */
  total = 0;

  add(name: string): void {
    this.total++;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

class Tally {
  readonly #statuses = new Uint32Array(1000);
  readonly #methods = new Map<string, number>();

  status(status: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }

  method(method: string): void {
    const known = this.#methods.get(method);
    // Whatever a peer calls its method must not grow the table.
    if (known === undefined && this.#methods.size >= 30) return;
    this.#methods.set(method, (known ?? 0) + 1);
  }

  get counts(): Record<string, number> {
    const counts: Record<string, number> = Object.fromEntries(this.#methods);
    for (const [status, count] of this.#statuses.entries()) if (count > 0) counts[status] = count;
    return counts;
  }
}

function tally(of: Map<Protocol, Tally>, protocol: Protocol): Tally {
  let found = of.get(protocol);
  if (found === undefined) {
    found = new Tally();
    of.set(protocol, found);
  }
  return found;
}

function digit(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 48) - 48;
}

function named(tallies: ReadonlyMap<Protocol, Tally>): MessageCounts {
  return Object.fromEntries([...tallies].map(([protocol, t]) => [protocol, t.counts]));
}
