import type { Clock } from '../../src/base/index.js';
import type { HardwareEvent, LineHardware, Span } from '../../src/tdm/index.js';
import { RecordedSpan } from './recorded-span.js';

/** Hardware of any backend whose spans can be recorded while they run; whoever owns the cards has these spans in place of theirs. */
export class RecordedHardware implements LineHardware {
  readonly #spans = new Map<string, RecordedSpan>();
  readonly #listeners: ((event: HardwareEvent) => void)[] = [];
  /** Told by the backend before anybody listened here. */
  readonly #unusable: HardwareEvent[] = [];

  constructor(hardware: LineHardware, clock: Clock) {
    hardware.on((event) => {
      if (event.kind === 'plugged') {
        const span = new RecordedSpan(event.span, clock);
        this.#spans.set(event.span.description.id, span);
        this.#tell({ kind: 'plugged', span });
        return;
      }
      if (event.kind === 'unplugged') this.#spans.delete(event.id);
      else this.#unusable.push(event);
      this.#tell(event);
    });
  }

  get spans(): readonly Span[] {
    return [...this.#spans.values()];
  }

  on(listener: (event: HardwareEvent) => void): void {
    this.#listeners.push(listener);
    for (const event of this.#unusable) listener(event);
    for (const span of this.#spans.values()) listener({ kind: 'plugged', span });
  }

  /** One recording of a span at a time: another one takes its place, undefined ends it. False: there is no such span. */
  record(span: string, write: ((line: string) => void) | undefined): boolean {
    const found = this.#spans.get(span);
    found?.record(write);
    return found !== undefined;
  }

  #tell(event: HardwareEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
