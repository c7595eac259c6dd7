import { type BranchStatus, modes } from './status.js';

export interface MetricFamily {
  /** Without the `holdfast_` prefix; a counter ends in `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Bounded sets only: never a user, a number or an address. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const faults = ['wan-link', 'wan-path', 'central-refused', 'central-application', 'dns', 'trunk'] as const;

/** The families that every branch has, from its status. */
export function statusMetrics(status: BranchStatus): readonly MetricFamily[] {
  const gauge = (name: string, help: string, samples: readonly Sample[] | number): MetricFamily => ({
    name,
    type: 'gauge',
    help,
    samples: typeof samples === 'number' ? [{ value: samples }] : samples,
  });
  const count = <T>(items: readonly T[], test: (item: T) => boolean): number => items.filter(test).length;
  return [
    gauge(
      'mode',
      'The survivability mode: 1 for the present one, 0 for the others.',
      modes.map((mode) => ({ labels: { mode }, value: status.mode === mode ? 1 : 0 })),
    ),
    gauge('mode_since_seconds', 'When the present mode began, in seconds since 1970 UTC.', status.sinceWall / 1000),
    gauge('forced', 'Whether an operator holds the mode: 1 or 0.', status.forced ? 1 : 0),
    gauge('path_up', 'Whether the centre answers: 1 or 0.', status.path.state === 'down' ? 0 : 1),
    gauge(
      'path_fault',
      'The fault class of the path to the centre: 1 for the present one.',
      faults.map((fault) => ({ labels: { fault }, value: status.path.fault === fault ? 1 : 0 })),
    ),
    ...(status.path.rttP99Ms !== undefined && Number.isFinite(status.path.rttP99Ms)
      ? [
          gauge(
            'path_rtt_p99_seconds',
            'The 99th percentile of the round trip to the centre.',
            status.path.rttP99Ms / 1000,
          ),
        ]
      : []),
    gauge('registered_phones', 'Live registrations, by who answered them.', [
      { labels: { origin: 'relayed' }, value: count(status.phones, (p) => p.origin === 'relayed') },
      { labels: { origin: 'served' }, value: count(status.phones, (p) => p.origin === 'served') },
    ]),
    gauge('users', 'Users in the directory.', status.users),
    gauge(
      'calls',
      'Calls in progress, by state.',
      (['setup', 'ringing', 'talking', 'held'] as const).map((state) => ({
        labels: { state },
        value: count(status.calls, (c) => c.state === state),
      })),
    ),
    gauge(
      'emergency_calls',
      'Emergency calls in progress.',
      count(status.calls, (c) => c.emergency),
    ),
    gauge(
      'trunk_up',
      'Whether a trunk takes calls: 1 up, also where some of its channels are out of service, 0 down or unknown.',
      status.trunks.map((t) => ({
        labels: { trunk: t.name },
        value: t.state === 'up' || t.state === 'partly' ? 1 : 0,
      })),
    ),
    gauge(
      'trunk_channels_free',
      'Channels of a trunk over lines that an ordinary call may take.',
      status.trunks.flatMap((t) =>
        t.channels === undefined ? [] : [{ labels: { trunk: t.name }, value: t.channels.free }],
      ),
    ),
    gauge(
      'trunk_calls',
      'Calls in progress on a trunk.',
      status.trunks.map((t) => ({ labels: { trunk: t.name }, value: t.callsUp })),
    ),
    gauge('upstream_register_queue', 'Registrations that wait to be sent to the centre.', status.upstreamQueue),
    gauge('start_time_seconds', 'When the controller started, in seconds since 1970 UTC.', status.startedWall / 1000),
    ...Object.entries(status.counters).map(
      ([name, value]): MetricFamily => ({
        name: `${metricName(name)}_total`,
        type: 'counter',
        help: `Count of ${wordsOf(name)} since the controller started.`,
        samples: [{ value }],
      }),
    ),
  ];
}

/** Prometheus text format 0.0.4. A family without samples, and a sample that is not a number, are left out. */
export function formatMetrics(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const samples = family.samples.filter((s) => !Number.isNaN(s.value));
    if (samples.length === 0) continue;
    const name = `holdfast_${family.name}`;
    lines.push(`# HELP ${name} ${family.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`);
    lines.push(`# TYPE ${name} ${family.type}`);
    for (const sample of samples) lines.push(`${name}${formatLabels(sample.labels)} ${formatValue(sample.value)}`);
  }
  return `${lines.join('\n')}\n`;
}

function formatLabels(labels: Sample['labels']): string {
  const pairs = Object.entries(labels ?? {});
  if (pairs.length === 0) return '';
  const escaped = pairs.map(([name, value]) => {
    const text = value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
    return `${name}="${text}"`;
  });
  return `{${escaped.join(',')}}`;
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** `callsRerouted` and `calls-rerouted` both become `calls_rerouted`. */
function metricName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/_total$/, '')
    .toLowerCase();
}

function wordsOf(name: string): string {
  return metricName(name).replace(/_/g, ' ');
}
