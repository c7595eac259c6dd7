import { err, ok, type Result } from '../../src/base/index.js';
import type { LinesState } from '../io/index.js';

/** The box is on this machine, or one hop away. */
const answerMs = 3000;

export interface Served {
  readonly channels: readonly string[];
  readonly ended: readonly string[];
  readonly busy: readonly string[];
}

/** A running Holdfast, by the page's own interface: what the page may, this may. */
export class RunningBox {
  readonly #url: string;

  /** `http://ADDRESS:PORT/` */
  constructor(url: string) {
    this.#url = url;
  }

  get url(): string {
    return this.#url;
  }

  lines(): Promise<Result<LinesState & { readonly nowWall: number }, string>> {
    return this.#ask('api/lines');
  }

  serve(order: { readonly channels: string; readonly out: boolean; readonly now: boolean }) {
    return this.#ask<Served>('api/lines/service', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
  }

  /** `hear` is told each event of a feed until it ends, or `stop`; the error says why there is none. */
  async feed(
    path: string,
    stop: AbortSignal,
    hear: (event: string, data: unknown) => void,
  ): Promise<Result<void, string>> {
    try {
      const response = await fetch(new URL(path, this.#url), { signal: stop });
      if (!response.ok || response.body === null) return err(await refusalOf(response));
      let text = '';
      for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
        text += part;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          const [, name, data] = /^event: (\S+)\ndata: (.*)$/s.exec(event) ?? [];
          if (name !== undefined && data !== undefined) hear(name, JSON.parse(data));
        }
      }
      return err('Holdfast ended it');
    } catch (failure) {
      return stop.aborted ? ok(undefined) : err(this.#awayText(failure));
    }
  }

  async #ask<T>(path: string, request: RequestInit = {}): Promise<Result<T, string>> {
    try {
      const response = await fetch(new URL(path, this.#url), { ...request, signal: AbortSignal.timeout(answerMs) });
      if (!response.ok) return err(await refusalOf(response));
      // Both ends are of one build.
      const value: T = JSON.parse(await response.text());
      return ok(value);
    } catch (failure) {
      return err(this.#awayText(failure));
    }
  }

  #awayText(failure: unknown): string {
    const why = failure instanceof Error && failure.cause instanceof Error ? failure.cause.message : String(failure);
    return `no Holdfast answers at ${this.#url} (${why}); name its page with --web ADDRESS:PORT`;
  }
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  const [, error] = /"error":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  return error ?? `it was refused (${response.status})`;
}
