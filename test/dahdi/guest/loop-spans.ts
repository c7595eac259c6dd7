import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FileSysfs, readCards } from '../../../hw/dahdi/index.js';
import type { ChannelReport } from '../../../src/tdm/index.js';
import type { HoldfastLines } from './holdfast-lines.js';

const run = promisify(execFile);
/** Emulation. */
const seconds = 30;

/** Spans without hardware come in pairs that are wired to each other: `1:0` and `1:1`, `2:0` and `2:1` … */
export class LoopSpans {
  readonly #lines: HoldfastLines;

  constructor(lines: HoldfastLines) {
    this.#lines = lines;
  }

  /** What Holdfast calls it. */
  static idOf(address: string): string {
    return `dahdi/DYN-loc-${address.replace(':', '-')}/1`;
  }

  /** Both spans of the pair; returns when Holdfast has them. */
  async create(pair: number, channels = 24): Promise<readonly (readonly ChannelReport[])[]> {
    const ends: (readonly ChannelReport[])[] = [];
    for (const end of [0, 1]) {
      await run('dynamic-span', ['create', 'loc', `${pair}:${end}`, `${channels}`, '0']);
      ends.push(await this.plugged(`${pair}:${end}`));
    }
    return ends;
  }

  /** Takes the span its number, which Holdfast gives it anew. */
  async reassign(address: string): Promise<void> {
    const key = `DYN-loc-${address.replace(':', '-')}`;
    const card = readCards(new FileSysfs('/')).find((each) => each.key === key);
    await writeFile(`/sys/bus/dahdi_devices/devices/${card?.device}/unassign_span`, '1');
    await this.#unplugged(address);
    await this.plugged(address);
  }

  /** As the kernel numbers them now. */
  numbersOf(address: string): { readonly span: number; readonly first: number } {
    const key = `DYN-loc-${address.replace(':', '-')}`;
    const span = readCards(new FileSysfs('/')).find((each) => each.key === key)?.spans[0];
    const first = span?.channels[0]?.number;
    if (span === undefined || first === undefined) throw new Error(`there is no span ${address}`);
    return { span: span.number, first };
  }

  plugged(address: string): Promise<readonly ChannelReport[]> {
    const id = LoopSpans.idOf(address);
    return this.#lines.reports.expect(`plugged ${id}`, seconds, (report) =>
      report.kind === 'plugged' && report.span.id === id ? report.channels : undefined,
    );
  }

  #unplugged(address: string): Promise<unknown> {
    const id = LoopSpans.idOf(address);
    return this.#lines.reports.expect(`unplugged ${id}`, seconds, (report) =>
      report.kind === 'unplugged' && report.span === id ? report : undefined,
    );
  }
}
