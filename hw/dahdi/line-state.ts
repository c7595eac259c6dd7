import type { Clock } from '../../src/base/index.js';
import { type Card, readCards } from './card-tree.js';
import type { Kernel } from './kernel.js';
import { findLacks, type Unusable } from './lacks.js';
import { CardControl, type SpanAnswer } from './span-query.js';
import type { Sysfs } from './sysfs.js';

/** All that can be seen of the lines without touching them. */
export interface LineState {
  /** Of the driver; undefined where it does not say. */
  readonly version: string | undefined;
  readonly cards: readonly Card[];
  /** By the kernel's number of the span. A text says why there is none; not asked of a recorded tree. */
  readonly answers: ReadonlyMap<number, SpanAnswer | string>;
  /** Blocks lost or repeated, by the number of the span. */
  readonly slips: ReadonlyMap<number, number>;
  readonly lacks: readonly Unusable[];
}

/** `kernel` undefined: a recorded tree, of which only the files are there. */
export async function readLineState(sysfs: Sysfs, kernel: Kernel | undefined, clock: Clock): Promise<LineState> {
  const cards = readCards(sysfs);
  const spans = cards.flatMap((card) => card.spans.map(({ number }) => number));
  const slips = new Map<number, number>();
  for (const number of spans) slips.set(number, await readSlips(sysfs, number));
  if (kernel === undefined)
    return { version: undefined, cards, answers: new Map(), slips, lacks: findLacks(sysfs, cards, 0) };
  const control = new CardControl(kernel, clock);
  const answers = new Map<number, SpanAnswer | string>();
  if (control.result >= 0) for (const number of spans) answers.set(number, await control.span(number));
  const version = await control.version();
  control.close();
  return { version, cards, answers, slips, lacks: findLacks(sysfs, cards, control.result) };
}

function readSlips(sysfs: Sysfs, span: number): Promise<number> {
  return new Promise((resolve) => {
    sysfs.readLater(`proc/dahdi/${span}`, (text) => resolve(Number(/Timing slips: (\d+)/.exec(text ?? '')?.[1] ?? 0)));
  });
}
