import type { Clock, Log } from '../../src/base/index.js';
import type { ParseFault } from '../../src/sip/index.js';
import type { Link } from './transport.js';

/** One line per source and minute, however much nonsense it sends. */
export class FaultLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #seen = new Map<string, { at: number; count: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  note(fault: ParseFault, link: Link): void {
    const now = this.#clock.now();
    const seen = this.#seen.get(link.address);
    if (seen !== undefined && now - seen.at < 60_000) {
      seen.count++;
      return;
    }
    if (this.#seen.size >= 1_000) this.#seen.clear();
    this.#seen.set(link.address, { at: now, count: 0 });
    const more = seen === undefined || seen.count === 0 ? {} : { moreSinceLastLine: seen.count };
    this.#log.warn('malformed message', { why: fault.reason, address: link.address, protocol: link.protocol, ...more });
  }
}
