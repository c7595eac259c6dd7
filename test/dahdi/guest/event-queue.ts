/** What somebody said and nobody has asked for yet, in order. */
export class EventQueue<T> {
  readonly #name: string;
  readonly #said: T[] = [];
  readonly #history: string[] = [];
  #waiting: (() => void) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  push(event: T): void {
    this.#said.push(event);
    this.#history.push((typeof event === 'string' ? event : JSON.stringify(event)).slice(0, 300));
    if (this.#history.length > 400) this.#history.splice(0, 200);
    if (this.#said.length > 2000) this.#said.splice(0, 1000);
    this.#waiting?.();
  }

  /** The first that is meant, whether it is there or comes; the others stay. Throws after so long. */
  async expect<R>(what: string, seconds: number, meant: (event: T) => R | undefined): Promise<R> {
    const until = performance.now() + seconds * 1000;
    let looked = 0;
    for (;;) {
      for (; looked < this.#said.length; looked++) {
        const event = this.#said[looked];
        const found = event === undefined ? undefined : meant(event);
        if (found === undefined) continue;
        this.#said.splice(looked, 1);
        return found;
      }
      const left = until - performance.now();
      if (left <= 0) {
        throw new Error(`${this.#name} did not say in ${seconds} s: ${what}\n    ${this.evidence()}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#waiting = undefined;
      looked = Math.min(looked, this.#said.length);
    }
  }

  /** All that are meant and have come; the others stay. */
  take<R>(meant: (event: T) => R | undefined): readonly R[] {
    const found = this.#said.map((event) => ({ event, made: meant(event) }));
    this.#said.splice(0, this.#said.length, ...found.flatMap(({ event, made }) => (made === undefined ? [event] : [])));
    return found.flatMap(({ made }) => (made === undefined ? [] : [made]));
  }

  /** The last that was said, a line each; for the evidence of a failure. */
  evidence(): string {
    return this.#history.slice(-24).join('\n    ');
  }

  /** Whether something of the kind was said that nobody asked for. */
  has(meant: (event: T) => boolean): boolean {
    return this.#said.some(meant);
  }

  forget(): void {
    this.#said.length = 0;
  }
}
