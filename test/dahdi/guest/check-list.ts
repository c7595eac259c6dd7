/** Runs checks one after another and keeps what came of each. */
export class CheckList {
  readonly #outcomes: {
    readonly name: string;
    readonly seconds: number;
    readonly fault?: string;
    readonly note?: string;
  }[] = [];

  get failed(): number {
    return this.#outcomes.filter(({ fault }) => fault !== undefined).length;
  }

  /** What it returns is a figure to be printed. A check that fails does not keep the next from running. */
  async check(name: string, run: () => Promise<unknown>): Promise<void> {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    try {
      const note = await run();
      this.#outcomes.push({ name, seconds: seconds(), ...(typeof note === 'string' ? { note } : {}) });
      process.stdout.write(
        `ok      ${name}${typeof note === 'string' ? ` (${note})` : ''} ${seconds().toFixed(1)} s\n`,
      );
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      this.#outcomes.push({ name, seconds: seconds(), fault });
      process.stdout.write(`FAILED  ${name} ${seconds().toFixed(1)} s\n    ${fault}\n`);
    }
  }

  table(): string {
    const width = Math.max(...this.#outcomes.map(({ name }) => name.length));
    const rows = this.#outcomes.map(
      ({ name, seconds, fault, note }) =>
        `${fault === undefined ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s${note === undefined ? '' : `  ${note}`}`,
    );
    return [...rows, `${this.#outcomes.length - this.failed} of ${this.#outcomes.length} passed`].join('\n');
  }
}

export function same(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one}, and not ${other}`);
}
