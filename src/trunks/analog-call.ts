import type { AnalogLine, SetupResult } from '../analog/index.js';
import { type Cause, cause } from '../base/index.js';
import type { CallSetup, LegContinuation } from '../call/index.js';
import { type HeardSound, isSilenced, type SignallingCommand, type SignallingEvent } from '../lines/index.js';
import type { TdmPlace } from '../media/index.js';
import type { MemberCall } from './member-call.js';
import type { LineGains } from './trunk-voice.js';

export interface AnalogCallPorts {
  readonly line: AnalogLine;
  readonly samples: () => TdmPlace | undefined;
  readonly gains?: LineGains;
  /** Seizes the line and dials. */
  readonly begin: (setup: CallSetup) => SetupResult;
  /** Sound of the line that is about signalling. */
  readonly listen: (sound: HeardSound) => void;
  /** It never came to use the line. */
  readonly unused: () => void;
}

/** How the far end of a line says that another one may do better: glare, a dead line, no dial tone, a trunk that does not wink. */
const lineCauses: ReadonlySet<Cause> = new Set([
  cause.requestedChannelUnavailable,
  cause.destinationOutOfOrder,
  cause.networkOutOfOrder,
]);

const refusals = {
  busy: cause.requestedChannelUnavailable,
  outOfService: cause.networkOutOfOrder,
  number: cause.invalidNumberFormat,
} as const;

/** A call on a line without messages, as the signalling of its leg: an exchange's line, an E&M or an emergency trunk. */
export class AnalogCall implements MemberCall {
  readonly #ports: AnalogCallPorts;
  #state: 'new' | 'early' | 'talking' | 'over';
  #listener: ((event: SignallingEvent) => void) | undefined;
  #unheard: SignallingEvent[] = [];
  #why: Cause | undefined;
  #dialled = false;

  /** `early`: the far end has begun it. `talking`: another process left it so. */
  constructor(ports: AnalogCallPorts, beginning: 'new' | 'early' | 'talking') {
    this.#ports = ports;
    this.#state = beginning;
  }

  /** Its line is all that there is to know. */
  continuation(): LegContinuation {
    return {};
  }

  get samples(): TdmPlace | undefined {
    return this.#ports.samples();
  }

  get gains(): LineGains {
    return this.#ports.gains ?? { gainInDb: 0, gainOutDb: 0 };
  }

  on(listener: (event: SignallingEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#unheard.splice(0)) listener(event);
  }

  do(command: SignallingCommand): void {
    switch (command.kind) {
      case 'setup':
        if (this.#state === 'new') this.#place(command.setup);
        break;
      case 'answer':
        if (this.#state !== 'early') break;
        this.#state = 'talking';
        this.#ports.line.answer();
        break;
      case 'release':
        this.#release(command.cause);
        break;
      default:
        // Such a line has no words for what happens before the answer: its tones say it.
        break;
    }
  }

  heard(sound: HeardSound): void {
    if (this.#state === 'over') return;
    if (isSilenced(sound)) this.#release(cause.temporaryFailure);
    else this.#ports.listen(sound);
    if (sound.kind === 'digit' && this.#state === 'talking') {
      this.#emit({ kind: 'digit', digit: sound.digit, durationMs: sound.durationMs, inSound: true });
    }
  }

  mayTryElsewhere(why: Cause): boolean {
    return !this.#dialled && lineCauses.has(why);
  }

  /** The digits are out: what the far end plays is heard. */
  proceeding(): void {
    this.#dialled = true;
    this.#emit({ kind: 'progress', inBand: true });
  }

  answered(): void {
    if (this.#state !== 'early') return;
    this.#state = 'talking';
    this.#emit({ kind: 'answered' });
  }

  released(why: Cause): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#emit({ kind: 'released', cause: this.#why ?? why });
  }

  #place(setup: CallSetup): void {
    this.#state = 'early';
    const begun = this.#ports.begin(setup);
    if (begun.ok) {
      // The line is ours: what it may take to be answered is no silence of a peer.
      this.#emit({ kind: 'proceeding' });
      return;
    }
    this.#ports.unused();
    this.released(refusals[begun.error]);
  }

  #release(why: Cause): void {
    if (this.#state === 'over') return;
    this.#why ??= why;
    if (this.#state === 'new') {
      this.#ports.unused();
      this.released(why);
    } else this.#ports.line.release();
  }

  #emit(event: SignallingEvent): void {
    if (this.#listener === undefined) this.#unheard.push(event);
    else this.#listener(event);
  }
}
