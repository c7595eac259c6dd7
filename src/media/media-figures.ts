import type { PortStatistics } from './media-event.js';

/** Sums over all ports since the controller started, and how sound is now. Counters count packets. */
export interface MediaTotals {
  readonly received: number;
  readonly receivedBytes: number;
  readonly sent: number;
  readonly sentBytes: number;
  readonly lost: number;
  readonly late: number;
  readonly concealedMs: number;
  readonly refused: PortStatistics['refused'];
  /** Estimated mean opinion score of live ports that have heard anything, 1-4.5; absent where there is none. */
  readonly mos?: { readonly mean: number; readonly least: number };
  /** Live ports by how sound reaches them. */
  readonly paths: Readonly<Partial<Record<PortStatistics['path'], number>>>;
}

const counters = ['received', 'receivedBytes', 'sent', 'sentBytes', 'lost', 'late', 'concealedMs'] as const;
const refusals = ['source', 'authentication', 'replayed', 'malformed', 'payloadType'] as const;

/** The figures of ports that are gone, and those of live ones added when asked. */
export class MediaFigures {
  readonly #counters = Object.fromEntries(counters.map((name) => [name, 0]));
  readonly #refused = Object.fromEntries(refusals.map((name) => [name, 0]));

  /** The last figures of a port that is gone. */
  add(statistics: PortStatistics): void {
    for (const name of counters) this.#counters[name] = (this.#counters[name] ?? 0) + statistics[name];
    for (const name of refusals) this.#refused[name] = (this.#refused[name] ?? 0) + statistics.refused[name];
  }

  totals(live: readonly PortStatistics[]): MediaTotals {
    const sum = (name: (typeof counters)[number]): number =>
      live.reduce((before, port) => before + port[name], this.#counters[name] ?? 0);
    const refused = (name: (typeof refusals)[number]): number =>
      live.reduce((before, port) => before + port.refused[name], this.#refused[name] ?? 0);
    const scores = live.filter(({ received }) => received > 0).map(({ mos }) => mos);
    const paths: Partial<Record<PortStatistics['path'], number>> = {};
    for (const { path } of live) paths[path] = (paths[path] ?? 0) + 1;
    return {
      received: sum('received'),
      receivedBytes: sum('receivedBytes'),
      sent: sum('sent'),
      sentBytes: sum('sentBytes'),
      lost: sum('lost'),
      late: sum('late'),
      concealedMs: sum('concealedMs'),
      refused: {
        source: refused('source'),
        authentication: refused('authentication'),
        replayed: refused('replayed'),
        malformed: refused('malformed'),
        payloadType: refused('payloadType'),
      },
      paths,
      ...(scores.length === 0
        ? {}
        : { mos: { mean: scores.reduce((a, b) => a + b, 0) / scores.length, least: Math.min(...scores) } }),
    };
  }
}
