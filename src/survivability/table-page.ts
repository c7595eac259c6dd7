import { type ModeAction, type ModeTrigger, modeTable } from './mode-table.js';
import { type Mode, modeNames, modes, postures } from './posture.js';

const triggerNames: { readonly [trigger in ModeTrigger]: string } = {
  pathUp: 'the centre answers',
  pathDown: 'the path or the centre is lost',
  noVerdict: 'no verdict of the probes for 10 s',
  probeGood: 'a good probe',
  holdDownOver: 'the hold-down is over',
  directoryHealthy: 'the directory is healthy again',
  settled: 'hold-down over, 10 good probes, directory healthy',
  forceSurvivable: 'forced to limited service',
  forceInline: 'forced to normal service',
  forceNonePathUp: 'released, the centre answers',
  forceNonePathDown: 'released, the centre is lost',
  forceNonePathUnknown: 'released, nothing known yet',
};

const triggers = Object.keys(triggerNames).filter((name): name is ModeTrigger => name in triggerNames);

/** One cell of the table that does something. */
export interface ModeRow {
  readonly mode: Mode;
  readonly trigger: ModeTrigger;
  readonly triggerName: string;
  readonly go: Mode;
  readonly actions: readonly ModeAction[];
}

/** Every cell that is neither `ignore` nor `never`, in the order of the table. */
export function modeRows(): readonly ModeRow[] {
  const rows: ModeRow[] = [];
  for (const mode of modes) {
    for (const trigger of triggers) {
      const cell = modeTable.states[mode].on[trigger];
      if (cell === 'ignore' || cell === 'never') continue;
      rows.push({ mode, trigger, triggerName: triggerNames[trigger], go: cell.go, actions: cell.do ?? [] });
    }
  }
  return rows;
}

/** The modes, their postures and every transition, as Markdown. */
export function modePage(): string {
  const lines = ['## Modes and postures', '', '| mode | registrar | calls | alarm | phones show | lasts |', dashes(6)];
  for (const mode of modes) {
    const { registrar, calls, alarm, notice, dwell } = postures[mode];
    lines.push(row(`\`${mode}\`: ${modeNames[mode]}`, registrar, calls, alarm, notice ?? '', dwell));
  }
  lines.push('', '## From mode to mode', '');
  lines.push('`-` nothing changes; `!` cannot happen.', '');
  lines.push(row('when', ...modes.map((mode) => `\`${mode}\``)), dashes(modes.length + 1));
  for (const trigger of triggers) {
    const cells = modes.map((mode) => {
      const cell = modeTable.states[mode].on[trigger];
      if (cell === 'ignore') return '-';
      if (cell === 'never') return '!';
      const does = (cell.do ?? []).join(', ');
      const goes = cell.go === mode ? 'stays' : `\`${cell.go}\``;
      return does === '' ? goes : `${goes} (${does})`;
    });
    lines.push(row(triggerNames[trigger], ...cells));
  }
  lines.push('', '```mermaid', modeDiagram(), '```', '');
  return lines.join('\n');
}

/** The changes of mode as a Mermaid state diagram; transitions between the same two modes share an arrow. */
export function modeDiagram(): string {
  const arrows = new Map<string, string[]>();
  for (const { mode, go, triggerName } of modeRows()) {
    if (go === mode) continue;
    const arrow = `${stateName(mode)} --> ${stateName(go)}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), triggerName]);
  }
  const lines = ['stateDiagram-v2', `  [*] --> ${stateName(modeTable.initial)}`];
  for (const mode of modes) lines.push(`  state "${modeNames[mode]}" as ${stateName(mode)}`);
  for (const [arrow, names] of arrows) lines.push(`  ${arrow}: ${names.join(' / ')}`);
  return lines.join('\n');
}

/** Mermaid takes no hyphen in a state's name. */
function stateName(mode: Mode): string {
  return mode.replace('-', '_');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function dashes(columns: number): string {
  return `|${'---|'.repeat(columns)}`;
}
