import type { MediaHealth, MediaTotals } from '../../src/media/index.js';
import type { MetricFamily, Sample } from './metrics.js';

/** The media engine's figures under the names by which Prometheus knows them. Labels come out of bounded sets. */
export function mediaMetrics(health: MediaHealth, totals: MediaTotals): readonly MetricFamily[] {
  const family = (type: MetricFamily['type'], name: string, help: string, samples: readonly Sample[] | number) => ({
    name: `media_${name}`,
    type,
    help,
    samples: typeof samples === 'number' ? [{ value: samples }] : samples,
  });
  const by = (label: string, counts: Readonly<Record<string, number>>): readonly Sample[] =>
    Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
  const { pulse } = health;
  return [
    family('gauge', 'up', 'Whether the media engine is there: 1 or 0.', health.connected ? 1 : 0),
    family('counter', 'engine_replaced_total', 'Engines that were replaced under live calls.', health.replaced),
    family('gauge', 'ports', 'Ports that calls have.', health.ports),
    ...(pulse === undefined
      ? []
      : [
          family('gauge', 'load', "What the engine's thread is loaded with, 0 to 1.", pulse.load),
          family(
            'gauge',
            'packets_per_second',
            'Packets received and sent in the last second.',
            pulse.packetsPerSecond,
          ),
          family(
            'gauge',
            'opus_complexity',
            'Complexity of the Opus encoders, 0 to 10; it falls under load.',
            pulse.complexity,
          ),
          family('gauge', 'real_time', 'Whether the thread has real-time priority: 1 or 0.', health.realTime ? 1 : 0),
        ]),
    family('gauge', 'ports_by_path', 'Ports by how what they hear reaches them.', by('path', totals.paths)),
    family('counter', 'packets_total', 'Packets of sound.', [
      { labels: { direction: 'received' }, value: totals.received },
      { labels: { direction: 'sent' }, value: totals.sent },
    ]),
    family('counter', 'bytes_total', 'Bytes of packets of sound.', [
      { labels: { direction: 'received' }, value: totals.receivedBytes },
      { labels: { direction: 'sent' }, value: totals.sentBytes },
    ]),
    family('counter', 'lost_packets_total', 'Packets that never came, by their sequence numbers.', totals.lost),
    family('counter', 'late_packets_total', 'Packets that came too late to be played.', totals.late),
    family('counter', 'concealed_seconds_total', 'Sound that had to be made up.', totals.concealedMs / 1000),
    family(
      'counter',
      'refused_packets_total',
      'Packets that were not believed, by reason.',
      by('reason', totals.refused),
    ),
    ...(totals.mos === undefined
      ? []
      : [
          family('gauge', 'mos', 'Estimated mean opinion score of what live ports hear (ITU-T G.107).', [
            { labels: { of: 'mean' }, value: totals.mos.mean },
            { labels: { of: 'least' }, value: totals.mos.least },
          ]),
        ]),
  ];
}
