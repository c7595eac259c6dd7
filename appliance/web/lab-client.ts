import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { LabCommand, LabState } from '../io/index.js';
import type { LabControl } from './ports.js';

/** The lab is on this machine: what does not answer within this is gone. */
const COMMAND_TIMEOUT_MS = 5000;
const RECONNECT_MS = 500;

/** The lab's control API (HTTP on loopback), kept current by its event stream. */
export class LabClient implements LabControl {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  #state: LabState | undefined;
  #retry: Timer | undefined;

  /** `url`: `http://127.0.0.1:PORT/`, as the lab prints it. */
  constructor(url: string, clock: Clock, log: Log) {
    this.#url = url.endsWith('/') ? url : `${url}/`;
    this.#clock = clock;
    this.#log = log;
    this.#watch();
  }

  state(): LabState | undefined {
    return this.#state;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async command(command: LabCommand): Promise<{ readonly done: true } | { readonly refused: string }> {
    const { name, ...body } = command;
    try {
      const response = await fetch(`${this.#url}${name}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(COMMAND_TIMEOUT_MS)]),
      });
      const answer: unknown = await response.json();
      if (response.ok) return { done: true };
      return { refused: errorOf(answer) ?? `The lab answered ${response.status}.` };
    } catch {
      return { refused: 'The lab does not answer.' };
    }
  }

  close(): void {
    this.#retry?.cancel();
    this.#stopped.abort();
    this.#listeners.clear();
  }

  #watch(): void {
    this.#read()
      .catch((failure: unknown) => {
        if (!this.#stopped.signal.aborted) this.#log.debug('lab stream ended', { failure });
      })
      .finally(() => {
        if (this.#stopped.signal.aborted) return;
        this.#retry = this.#clock.after(RECONNECT_MS, () => this.#watch());
      });
  }

  async #read(): Promise<void> {
    const response = await fetch(`${this.#url}events`, { signal: this.#stopped.signal });
    if (response.body === null) return;
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) this.#take(frame);
    }
  }

  #take(frame: string): void {
    const data = frame
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice(6))
      .join('\n');
    if (data === '') return;
    // Both ends are of one build: the lab's shape is the contract and not a stranger's input.
    this.#state = JSON.parse(data);
    for (const listener of this.#listeners) listener();
  }
}

function errorOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined;
  return typeof answer.error === 'string' ? answer.error : undefined;
}
