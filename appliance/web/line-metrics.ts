import type { LinesState, SpanState } from '../io/index.js';
import type { MetricFamily, Sample } from './metrics.js';

const alarms = ['red', 'yellow', 'blue', 'los', 'loopback', 'noBattery', 'card'] as const;

const reasons = ['outByUs', 'outByThem', 'outByAlarm', 'faulty', 'down'] as const;

/** Spans and D-channels under the names by which Prometheus knows them. Their own names are a bounded set: the box's cards. */
export function lineMetrics(state: LinesState): readonly MetricFamily[] {
  const family = (type: MetricFamily['type'], name: string, help: string, samples: readonly Sample[]) => ({
    name: `lines_${name}`,
    type,
    help,
    samples,
  });
  const by = (value: (span: SpanState) => number): readonly Sample[] =>
    state.spans.map((span) => ({ labels: { span: span.id }, value: value(span) }));
  return [
    family('gauge', 'up', 'Whether the line process is there: 1 or 0.', [{ value: state.up ? 1 : 0 }]),
    family(
      'gauge',
      'span_alarm',
      'Alarms of a span: 1 for those that stand.',
      state.spans.flatMap((span) =>
        alarms.map((alarm) => ({ labels: { span: span.id, alarm }, value: span.alarms.includes(alarm) ? 1 : 0 })),
      ),
    ),
    family('gauge', 'span_clock_source', 'Whether the box takes its clock from the span: 1 or 0.', [
      ...by(({ clock }) => (clock === 'source' ? 1 : 0)),
    ]),
    family(
      'gauge',
      'channels',
      'Channels of a span that calls may have.',
      by(({ channels }) => channels.all),
    ),
    family(
      'gauge',
      'channels_in_use',
      'Channels of a span that have a call.',
      by(({ channels }) => channels.inUse),
    ),
    family(
      'gauge',
      'channels_taken_out',
      'Channels of a span that people took out of service.',
      by(({ channels }) => channels.out),
    ),
    family(
      'gauge',
      'channels_out_of_service',
      'Channels of a trunk by why they take no calls.',
      state.spans.flatMap((span) =>
        reasons.map((reason) => ({
          labels: { span: span.id, reason: snake(reason) },
          value: span.slots.filter((slot) => slot.trunk !== undefined && slot.state === reason).length,
        })),
      ),
    ),
    family(
      'counter',
      'span_errors_total',
      'What the card counted since it started.',
      state.spans.flatMap((span) =>
        Object.entries(span.counters).map(([kind, value]) => ({ labels: { span: span.id, kind: snake(kind) }, value })),
      ),
    ),
    family(
      'gauge',
      'd_channel_up',
      'Whether a D-channel has a link: 1 or 0.',
      state.dChannels.map(({ name, up }) => ({ labels: { d_channel: name }, value: up ? 1 : 0 })),
    ),
    family(
      'gauge',
      'd_channel_calls',
      'Calls of a D-channel.',
      state.dChannels.map(({ name, calls }) => ({ labels: { d_channel: name }, value: calls })),
    ),
  ];
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
