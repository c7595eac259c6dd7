/** One line of the results: the same thing measured on both sides in one run. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly holdfast: number;
  /** Undefined where the peer has no such function. */
  readonly peer?: number;
  readonly goal?: string;
}

export interface Section {
  readonly title: string;
  /** Beside whom; Kamailio where it does not say. */
  readonly peer?: string;
  /** What exactly is compared, and what is not alike. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

export function markdown(section: Section): string {
  const lines = section.rows.map((row) => {
    const ratio = row.peer === undefined || row.peer === 0 ? '' : (row.holdfast / row.peer).toFixed(2);
    const peer = row.peer === undefined ? '—' : shown(row.peer);
    return `| ${row.what} | ${row.unit} | ${shown(row.holdfast)} | ${peer} | ${ratio} | ${row.goal ?? ''} |`;
  });
  const peer = section.peer ?? 'Kamailio 5.6';
  const [peerName] = peer.split(' ');
  return [
    `## ${section.title}`,
    '',
    `| | unit | Holdfast | ${peer} | Holdfast ÷ ${peerName} | goal |`,
    '|---|---|---:|---:|---:|---|',
    ...lines,
    '',
    ...section.notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}
