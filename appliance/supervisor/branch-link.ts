import type { Clock, Log, Timer } from '../../src/base/index.js';
import type { BranchStatus } from '../../src/branch/index.js';

/** What the views show of the lab. */
export interface LabView {
  readonly wan: { readonly up: boolean };
  readonly calls: readonly { readonly party: string; readonly receivedPackets: number }[];
  /** Absent while the line process is away. */
  readonly lines?: LinesView;
  readonly spare: {
    readonly username: string;
    readonly password: string;
    readonly registrar: string;
    readonly proxy: string;
  };
}

/** What the views show of the lab's analog telephones and its T1. */
export interface LinesView {
  readonly telephones: readonly {
    readonly extension: string;
    readonly name: string;
    readonly plugged: boolean;
    readonly lifted: boolean;
    readonly ringing: boolean;
    readonly hears: string;
    readonly shown: { readonly number: string; readonly name: string };
  }[];
  readonly spans: readonly {
    readonly span: string;
    readonly plugged: boolean;
    readonly alarms: readonly string[];
    readonly dChannel: { readonly up: boolean };
    readonly slots: readonly { readonly state: string }[];
  }[];
}

/** What the views show of the media engine. */
export interface MediaView {
  readonly up: boolean;
  readonly ports: number;
  /** 0-1. */
  readonly load: number;
  /** Estimated mean opinion score, 1-4.5. */
  readonly mos?: { readonly mean: number; readonly least: number };
}

const RECONNECT_MS = 500;
const COMMAND_TIMEOUT_MS = 5000;

/** The controller's page as the views use it: its event stream in, orders out. */
export class BranchLink {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onChange: () => void;
  readonly #stopped = new AbortController();
  #url: string | undefined;
  #retry: Timer | undefined;
  #connected = false;
  #status: BranchStatus | undefined;
  #lab: LabView | undefined;
  #media: MediaView | undefined;

  constructor(clock: Clock, log: Log, onChange: () => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onChange = onChange;
  }

  get status(): BranchStatus | undefined {
    return this.#status;
  }

  get lab(): LabView | undefined {
    return this.#lab;
  }

  /** Undefined where sound passes beside this box. */
  get media(): MediaView | undefined {
    return this.#media;
  }

  /** False while the controller is away: what is shown is old then. */
  get connected(): boolean {
    return this.#connected;
  }

  /** The page's address; it stays the same over restarts of the controller, but need not. */
  follow(url: string): void {
    const first = this.#url === undefined;
    this.#url = url;
    if (first) this.#watch();
  }

  /** Resolves with the refusal in words, or nothing. */
  async order(path: string, body: object): Promise<string | undefined> {
    if (this.#url === undefined) return 'The controller is not there yet.';
    try {
      const response = await fetch(`${this.#url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(COMMAND_TIMEOUT_MS)]),
      });
      if (response.ok) return undefined;
      const answer: unknown = await response.json();
      if (typeof answer === 'object' && answer !== null && 'error' in answer) return String(answer.error);
      return `Refused (${response.status}).`;
    } catch {
      return 'The controller does not answer.';
    }
  }

  close(): void {
    this.#retry?.cancel();
    this.#stopped.abort();
  }

  #watch(): void {
    this.#read()
      .catch((failure: unknown) => this.#log.debug('event stream ended', { failure }))
      .finally(() => {
        if (this.#stopped.signal.aborted) return;
        this.#connected = false;
        this.#onChange();
        this.#retry = this.#clock.after(RECONNECT_MS, () => this.#watch());
      });
  }

  async #read(): Promise<void> {
    const response = await fetch(`${this.#url ?? ''}api/events`, { signal: this.#stopped.signal });
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
    const field = (name: string): string | undefined =>
      frame
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = field('data');
    if (data === undefined) return;
    // Both ends are of one build: the status is the contract and not a stranger's input.
    if (field('event') === 'status') this.#status = JSON.parse(data);
    else if (field('event') === 'lab') this.#lab = JSON.parse(data);
    else if (field('event') === 'media') this.#media = JSON.parse(data);
    this.#connected = true;
    this.#onChange();
  }
}
