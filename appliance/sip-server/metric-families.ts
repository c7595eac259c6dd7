import type { ServerStatistics } from './statistics.js';

/** What a page for Prometheus needs of a number; counters end in `_total`. */
interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
}

/** The server's counts under the names by which Prometheus knows them. Labels come out of bounded sets. */
export function metricFamilies(statistics: ServerStatistics): readonly Family[] {
  const by = (label: string, counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
  const counter = (name: string, help: string, samples: Family['samples']): Family => ({
    name: `sip_${name}_total`,
    type: 'counter',
    help,
    samples,
  });
  const gauge = (name: string, help: string, samples: Family['samples'] | number): Family => ({
    name: `sip_${name}`,
    type: 'gauge',
    help,
    samples: typeof samples === 'number' ? [{ value: samples }] : samples,
  });
  const messages = (['received', 'sent'] as const).flatMap((direction) =>
    Object.entries(statistics[direction]).flatMap(([transport, counts]) =>
      Object.entries(counts).map(([message, value]) => ({ labels: { direction, transport, message }, value })),
    ),
  );
  const { retransmissions, transactions, sources, overload } = statistics;
  return [
    counter('messages', 'SIP messages by direction, transport, and method or status.', messages),
    counter('malformed', 'Messages that were no SIP, or wrong.', [{ value: statistics.malformed }]),
    counter(
      'retransmissions',
      'Messages that came again and were absorbed, and those that were sent again.',
      by('direction', retransmissions),
    ),
    counter('dropped', 'Messages dropped without an answer, by reason.', by('reason', statistics.drops)),
    counter('refused', 'Requests answered 503 because of a limit, by its name.', by('limit', statistics.refusals)),
    counter('shed', 'Requests answered 503 because of overload, by class.', by('class', statistics.sheds)),
    counter('bans', 'Bans of sources, by reason.', by('reason', statistics.bans)),
    gauge(
      'sources',
      'Sources of messages that are remembered, and those of them that are banned.',
      by('state', sources),
    ),
    gauge('overload_level', 'How much is shed: 0 nothing, 1 new calls, 2 REGISTER as well, up to 3.', overload.level),
    gauge('overload_load', 'The load of the SIP server; 1 is the target.', overload.load),
    gauge('pending_requests', 'Requests that wait for their final answer.', statistics.pendingRequests),
    gauge('transactions', 'Transactions that live, by side.', by('side', transactions)),
    gauge('dialogs', 'Dialogs that live.', statistics.dialogs),
    gauge('connections', 'Connections of peers, by transport.', by('transport', statistics.connectionsByTransport)),
    gauge('applications', 'Connections to the control port.', statistics.applications),
    gauge('heap_bytes', 'Memory of the SIP server’s own objects.', statistics.heapBytes),
  ];
}
