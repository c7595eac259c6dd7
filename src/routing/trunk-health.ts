import { between, type Clock, type Log, Machine, type MachineTable, type Random, silentLog } from '../base/index.js';
import type { TrunkSettings } from '../config/index.js';
import type { ProbeOutcome, Prober } from '../wan/index.js';

/** What a call or a probe says against a trunk: `refused` is an ICMP error or a reset, certain enough alone. */
export type TrunkFailure = 'silent' | 'failing' | 'unresolved' | 'refused';

type HealthState = 'unknown' | 'up' | 'failing' | 'down';
type HealthEvent = 'success' | 'failure' | 'lastFailure' | 'refused' | 'probeDue' | 'retryDue';
type HealthAction = 'probe' | 'forgive' | 'count';

interface HealthContext {
  failures: number;
  readonly probeMs: (state: HealthState) => number;
  readonly retryMs: () => number;
}

/** A trunk that does not answer is asked again this often, so that it is back in use soon after it is back. */
const failingProbeMs = 5000;

/** A trunk that may not be probed is simply tried again after this. */
const blindRetryMs = 30_000;

/** Waiting longer than SIP's first two retransmissions proves no more (RFC 3261 §17.1.2.2, T1 = 500 ms). */
const probeTimeoutMs = 2000;

const clause = 'RFC 3261 §11: OPTIONS as a probe; interval from the configuration';

/**
 * Whether a trunk serves. `unknown` and `failing` trunks are used like those that are `up`; a `down` one only when
 * nothing else is left. Any answer but 503 is a success: 503 says that the server itself cannot (RFC 3261 §21.5.4).
 */
export const trunkHealthTable: MachineTable<HealthState, HealthEvent, HealthAction, HealthContext> = {
  name: 'trunk',
  initial: 'unknown',
  states: {
    unknown: {
      timers: { probeDue: { clause, ms: (c) => c.probeMs('unknown'), repeats: true } },
      on: {
        success: { go: 'up', do: ['forgive'] },
        failure: { go: 'failing', do: ['count'] },
        lastFailure: { go: 'down' },
        refused: { go: 'down' },
        probeDue: { go: 'unknown', do: ['probe'] },
        retryDue: 'never',
      },
    },
    up: {
      timers: { probeDue: { clause, ms: (c) => c.probeMs('up'), repeats: true } },
      on: {
        success: 'ignore',
        failure: { go: 'failing', do: ['count'] },
        lastFailure: { go: 'down' },
        refused: { go: 'down' },
        probeDue: { go: 'up', do: ['probe'] },
        retryDue: 'never',
      },
    },
    failing: {
      timers: { probeDue: { clause, ms: (c) => c.probeMs('failing'), repeats: true } },
      on: {
        success: { go: 'up', do: ['forgive'] },
        failure: { go: 'failing', do: ['count'] },
        lastFailure: { go: 'down' },
        refused: { go: 'down' },
        probeDue: { go: 'failing', do: ['probe'] },
        retryDue: 'never',
      },
    },
    down: {
      timers: {
        probeDue: { clause, ms: (c) => c.probeMs('down'), repeats: true },
        retryDue: { clause: 'a trunk without probes is believed again after 30 s', ms: (c) => c.retryMs() },
      },
      on: {
        success: { go: 'up', do: ['forgive'] },
        failure: 'ignore',
        lastFailure: 'ignore',
        refused: 'ignore',
        probeDue: { go: 'down', do: ['probe'] },
        retryDue: { go: 'unknown', do: ['forgive'] },
      },
    },
  },
};

/** What lines tell of a trunk that is made of them. */
export interface LineTrunkState {
  /** `partly`: some channels are out of service. */
  readonly state: 'up' | 'partly' | 'down';
  /** For people: why channels are out of service; '' where none is. */
  readonly why: string;
  readonly channels: number;
  readonly inUse: number;
  /** Those that an ordinary call may take now. */
  readonly free: number;
  /** How a call for help would find a channel. */
  readonly forHelp: 'free' | 'byPreemption' | 'none';
}

export interface TrunkStatus {
  readonly name: string;
  /** `partly`: some channels of a trunk over lines are out of service. */
  readonly state: 'up' | 'partly' | 'down' | 'unknown';
  /** Since when it is in this state, ms since 1970. */
  readonly sinceWall: number;
  /** For people. */
  readonly why: string;
  readonly callsUp: number;
  /** Trunks over lines. `free`: for ordinary calls. */
  readonly channels?: { readonly all: number; readonly inUse: number; readonly free: number };
}

export interface TrunkHealthOptions {
  readonly settings: TrunkSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly prober: Prober;
  /** Told when the state that people see changes. */
  readonly onChange?: (status: TrunkStatus) => void;
  readonly log?: Log;
}

/** One trunk: its settings, its health and its calls. Health is judged from {@link start} to {@link stop}. */
export class TrunkHealth {
  readonly settings: TrunkSettings;
  readonly #options: TrunkHealthOptions;
  readonly #context: HealthContext;
  #machine: Machine<HealthState, HealthEvent, HealthAction, HealthContext> | undefined;
  #sinceWall: number;
  #shown: TrunkStatus['state'] = 'unknown';
  #why = 'not tried yet';
  #callsUp = 0;
  #probing = false;
  #lines: LineTrunkState | undefined;

  constructor(options: TrunkHealthOptions) {
    const { settings, clock, random } = options;
    this.settings = settings;
    this.#options = options;
    this.#sinceWall = clock.wall();
    const usual = settings.probeIntervalSeconds * 1000;
    // Lines tell of themselves.
    const probes = settings.probe && settings.uri !== undefined;
    this.#context = {
      failures: 0,
      probeMs: (state) => {
        if (!probes) return Number.POSITIVE_INFINITY;
        if (state === 'unknown') return between(random, 0, Math.min(1000, usual));
        return between(random, 0.8, 1.2) * (state === 'up' ? usual : Math.min(failingProbeMs, usual));
      },
      retryMs: () => (probes ? Number.POSITIVE_INFINITY : blindRetryMs),
    };
  }

  start(): void {
    this.#machine ??= new Machine(trunkHealthTable, {
      clock: this.#options.clock,
      context: this.#context,
      log: (this.#options.log ?? silentLog).child({ trunk: this.settings.name }),
      actions: {
        probe: () => this.#probe(),
        forgive: (context) => {
          context.failures = 0;
        },
        count: (context) => {
          context.failures++;
        },
      },
      onState: (state) => this.#show(state),
    });
  }

  get isDown(): boolean {
    return this.isOfLines ? this.#lines?.state === 'down' : this.#machine?.state === 'down';
  }

  get isOfLines(): boolean {
    return this.settings.channels !== undefined;
  }

  /** How a call for help would find a channel of a line. */
  get forHelp(): LineTrunkState['forHelp'] {
    return this.#lines?.forHelp ?? 'none';
  }

  get isFull(): boolean {
    if (this.isOfLines && (this.#lines?.free ?? 0) === 0) return true;
    return this.settings.maxCalls !== undefined && this.#callsUp >= this.settings.maxCalls;
  }

  get status(): TrunkStatus {
    const { name } = this.settings;
    const lines = this.#lines;
    const channels =
      lines === undefined ? {} : { channels: { all: lines.channels, inUse: lines.inUse, free: lines.free } };
    const said = { name, state: this.#shown, sinceWall: this.#sinceWall, why: this.#why, callsUp: this.#callsUp };
    return { ...said, ...channels };
  }

  /** Lines tell of themselves: calls and probes say nothing about them. */
  linesAre(lines: LineTrunkState): void {
    this.#lines = lines;
    this.#why = lines.why === '' ? 'its channels are in service' : lines.why;
    this.#tell(lines.state);
  }

  succeeded(why: string): void {
    if (this.#machine === undefined || this.isOfLines) return;
    this.#why = why;
    this.#machine.handle('success');
  }

  failed(failure: TrunkFailure, why: string): void {
    if (this.#machine === undefined || this.isOfLines) return;
    this.#why = why;
    if (failure === 'refused') this.#machine.handle('refused');
    else this.#machine.handle(this.#context.failures + 1 >= this.settings.failuresToDown ? 'lastFailure' : 'failure');
  }

  callStarted(): void {
    this.#callsUp++;
  }

  callEnded(): void {
    this.#callsUp = Math.max(0, this.#callsUp - 1);
  }

  /** Keeps the calls of a trunk whose settings changed. */
  adoptCalls(from: TrunkHealth): void {
    this.#callsUp += from.#callsUp;
    if (this.isOfLines && from.#lines !== undefined) this.linesAre(from.#lines);
  }

  stop(): void {
    this.#machine?.stop();
    this.#machine = undefined;
  }

  #probe(): void {
    const { uri } = this.settings;
    if (this.#probing || uri === undefined) return;
    this.#probing = true;
    this.#options.prober.probe(uri, probeTimeoutMs).then(
      (outcome) => {
        this.#probing = false;
        this.#probed(outcome);
      },
      () => {
        this.#probing = false;
        this.failed('silent', 'the probe could not be sent');
      },
    );
  }

  #probed(outcome: ProbeOutcome): void {
    switch (outcome.kind) {
      case 'answered':
        if (outcome.status === 503) this.failed('failing', 'answers a probe with 503');
        else this.succeeded(`answers a probe with ${outcome.status}`);
        return;
      case 'silent':
        this.failed('silent', 'does not answer a probe');
        return;
      case 'refused':
        this.failed('refused', `refuses a probe: ${outcome.why}`);
        return;
      case 'unreachable':
        this.failed('silent', `cannot be reached: ${outcome.why}`);
        return;
      case 'unresolved':
        this.failed('unresolved', `its name has no address: ${outcome.why}`);
    }
  }

  #show(state: HealthState): void {
    this.#tell(state === 'failing' ? this.#shown : state);
  }

  #tell(shown: TrunkStatus['state']): void {
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#sinceWall = this.#options.clock.wall();
    this.#options.onChange?.(this.status);
  }
}
