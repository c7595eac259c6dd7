import { readdirSync, readFileSync } from 'node:fs';

const tickMs = 10; // USER_HZ is 100 on every Linux that runs Node

/** Processor time of a process so far, user and system, milliseconds; 0 when it is gone. */
export function processorTimeMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return 0;
  }
}

export function processorTimesMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processorTimeMs(pid), 0);
}

/** Proportional memory of the processes together, MB: shared pages are counted once. */
export function memoryMb(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // Gone.
    }
  }
  return kilobytes / 1024;
}

/** Pids of all processes below `root`, and itself. */
export function familyOf(root: number): readonly number[] {
  const family = [root];
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Gone.
    }
  }
  for (let added = true; added; ) {
    const next = [...parents].filter(([pid, parent]) => family.includes(parent) && !family.includes(pid));
    family.push(...next.map(([pid]) => pid));
    added = next.length > 0;
  }
  return family;
}
