import { type Cause, cause, err, Machine, ok } from '../base/index.js';
import type { ProgressTone } from './call-progress.js';
import type { CallerId } from './caller-id.js';
import { type AnalogCountry, longestSilenceMs } from './country.js';
import { decodeDataMessage } from './data-message.js';
import { pulsesOf } from './digits.js';
import { decodeDtmfCallerId } from './dtmf-caller-id.js';
import { FskFrameReader } from './fsk-frame.js';
import type { AnalogLine, SetupResult } from './line-notice.js';
import type { LineSignal } from './line-signal.js';
import { type LineTimes, lineTimes } from './line-times.js';
import {
  type OfficeAction,
  type OfficeEvent,
  type OfficeState,
  type OfficeTimes,
  officeTable,
} from './office-table.js';
import { interDigitMs, PulseDialler } from './pulse-dialler.js';
import type { LinePorts } from './station-line.js';

export interface OfficeSettings {
  readonly signalling: 'fxo-loop' | 'fxo-ground' | 'fxo-kewl';
  readonly country: AnalogCountry;
  readonly dialling: 'tone' | 'pulse';
  /** Pulses a second; 20 where the exchange takes them. */
  readonly pulseRate: 10 | 20;
  /** The card dials pulses by its own timing. */
  readonly cardPulses: boolean;
  /** The card tells of loop current; without it a seizure is believed once dial tone is heard, or at once when dialling is blind. */
  readonly cardCurrent: boolean;
  /** `tone`: somebody speaks after ring-back. `dialled`: at once; the caller hears what the exchange plays. */
  readonly answerBy: 'polarity' | 'tone' | 'dialled';
  /** Another reversal is the far end's hang-up. */
  readonly disconnectByPolarity: boolean;
  readonly dialWithoutTone: boolean;
  readonly times?: Partial<LineTimes>;
}

/** A line of an exchange. */
export class OfficeLine implements AnalogLine {
  readonly #settings: OfficeSettings;
  readonly #ports: LinePorts;
  readonly #machine: Machine<OfficeState, OfficeEvent, OfficeAction, OfficeTimes>;
  readonly #pulses: PulseDialler;
  readonly #answerSettleMs: number;
  #number = '';
  #blindly = false;
  #why: Cause = cause.normalClearing;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #fsk: FskFrameReader | undefined;
  #dtmf = '';

  constructor(settings: OfficeSettings, ports: LinePorts) {
    this.#settings = settings;
    this.#ports = ports;
    const times = { ...lineTimes, ...settings.times };
    this.#answerSettleMs = times.answerSettleMs;
    const never = Number.POSITIVE_INFINITY;
    const context: OfficeTimes = {
      times,
      ringGapMs: Math.max(times.ringGapMs, longestSilenceMs(settings.country.ring) + 500),
      blindDialMs: () => (settings.dialWithoutTone || this.#blindly ? times.blindDialMs : never),
      assumeAnswerMs: settings.answerBy === 'dialled' ? 0 : never,
      disconnectMs: settings.signalling === 'fxo-loop' ? never : times.officeDisconnectMs,
    };
    const { breakMs, makeMs } = this.#pulseTimes;
    this.#pulses = new PulseDialler(
      ports.clock,
      { breakMs, makeMs, interDigitMs },
      (closed) => ports.order({ kind: 'hook', offHook: closed }),
      () => this.#machine.handle('digitsSent'),
    );
    this.#machine = new Machine(officeTable, {
      clock: ports.clock,
      ...(ports.log === undefined ? {} : { log: ports.log }),
      context,
      actions: this.#actions(),
      onState: (state) => {
        if (state === 'idle') ports.tell({ kind: 'idle' });
      },
    });
  }

  get state(): OfficeState {
    return this.#machine.state;
  }

  get idle(): boolean {
    return this.state === 'idle';
  }

  /** Dials 0-9 A-D * #; by pulses digits alone. `blindly`: also where no dial tone is heard, as calls for help do. */
  setup(number: string, blindly = false): SetupResult {
    const { dialling, country } = this.#settings;
    const dialable = dialling === 'tone' ? /^[0-9A-D*#]{1,40}$/ : /^[0-9]{1,40}$/;
    if (!dialable.test(number)) return err('number');
    if (this.state === 'outOfService') return err('outOfService');
    if (!this.idle) return err('busy');
    if (dialling === 'pulse' && [...number].some((digit) => pulsesOf(digit, country.pulse.map) === undefined))
      return err('number');
    this.#number = number;
    this.#blindly = blindly;
    this.#machine.handle(this.#settings.signalling === 'fxo-ground' ? 'seizeGround' : 'seizeLoop');
    if (!this.#settings.cardCurrent) this.#machine.handle('current');
    return ok(undefined);
  }

  /** With a call that talked in another process, as soon as its card is there. */
  goOn(): void {
    this.#machine.handle('goOn');
    this.#answeredAt = this.#ports.clock.now();
  }

  signal(signal: LineSignal): void {
    switch (signal.kind) {
      case 'ringOn':
      case 'ringOff':
      case 'tipGround':
        this.#machine.handle(signal.kind);
        return;
      case 'current':
        this.#machine.handle(signal.flows ? 'current' : 'noCurrent');
        return;
      case 'polarity':
        this.#polarity();
        return;
      case 'pulsesSent':
        this.#machine.handle('digitsSent');
        return;
      default:
        return;
    }
  }

  /** What the exchange plays; `voice` when somebody speaks after ring-back. */
  toneHeard(tone: ProgressTone | 'voice'): void {
    switch (tone) {
      case 'dial':
        this.#machine.handle('dialTone');
        return;
      case 'voice':
        if (this.#settings.answerBy === 'tone') this.#machine.handle('voice');
        return;
      case 'ringback':
        return;
      default:
        this.#why = clearCauses[tone];
        this.#machine.handle('clearTone');
        return;
    }
  }

  /** Digits before the first ring may be caller ID; those in a call are for the owner. */
  digitHeard(digit: string): void {
    if (this.state !== 'talking') this.#callerIdDigit(digit);
    else this.#ports.tell({ kind: 'digit', digit });
  }

  /** A bit out of the caller-ID receiver of the media engine. */
  bitHeard(bit: number): void {
    const message = this.#fsk?.push(bit);
    if (message === undefined || typeof message === 'string') return;
    const decoded = decodeDataMessage(message);
    if (decoded.ok && decoded.value.kind === 'call') this.#tellCallerId(decoded.value.callerId);
  }

  /** The digits that were asked for have been played. */
  digitsSent(): void {
    this.#machine.handle('digitsSent');
  }

  answer(): void {
    this.#machine.handle('answer');
  }

  release(): void {
    this.#machine.handle('release');
  }

  /** For the exchange's own services; in a call only. */
  flash(): void {
    if (this.state === 'talking') this.#ports.order({ kind: 'flash', durationMs: this.#settings.country.flash.sendMs });
  }

  lost(): void {
    this.#machine.handle('lost');
  }

  restored(): void {
    this.#machine.handle('restored');
  }

  stop(): void {
    this.#pulses.stop();
    this.#machine.stop();
  }

  /** Twice as many pulses a second are half as long each. */
  get #pulseTimes(): { readonly breakMs: number; readonly makeMs: number } {
    const { country, pulseRate } = this.#settings;
    const share = 10 / pulseRate;
    return { breakMs: Math.round(country.pulse.breakMs * share), makeMs: Math.round(country.pulse.makeMs * share) };
  }

  /** A reversal ahead of the ring announces caller ID; those of a call only count where the exchange means something by them. */
  #polarity(): void {
    const { answerBy, disconnectByPolarity } = this.#settings;
    const { state } = this;
    const now = this.#ports.clock.now();
    const meant =
      state === 'talking'
        ? disconnectByPolarity && now - this.#answeredAt >= this.#answerSettleMs
        : state !== 'proceeding' || answerBy === 'polarity';
    if (meant) this.#machine.handle('reversal');
  }

  #callerIdDigit(digit: string): void {
    if (this.#fsk === undefined || !/^[0-9A-D#]$/.test(digit)) return;
    this.#dtmf = /[AD]/.test(digit) ? digit : (this.#dtmf + digit).slice(-30);
    const callerId = decodeDtmfCallerId(this.#dtmf);
    if (callerId !== undefined) this.#tellCallerId(callerId);
  }

  #tellCallerId(callerId: CallerId): void {
    this.#fsk = undefined;
    this.#ports.tell({ kind: 'callerId', callerId });
  }

  #sendDigits(): void {
    const { dialling, cardPulses, country } = this.#settings;
    const { order, tell } = this.#ports;
    if (dialling === 'tone') {
      tell({ kind: 'play', sound: { kind: 'dtmf', digits: this.#number } });
      return;
    }
    const counts = [...this.#number].flatMap((digit) => pulsesOf(digit, country.pulse.map) ?? []);
    const { breakMs, makeMs } = this.#pulseTimes;
    if (cardPulses) order({ kind: 'pulses', counts, breakMs, makeMs, interDigitMs });
    else this.#pulses.dial(counts);
  }

  #actions(): { readonly [action in OfficeAction]: (context: OfficeTimes) => void } {
    const { order, tell, clock } = this.#ports;
    const released = (why: Cause) => {
      this.#fsk = undefined;
      tell({ kind: 'released', cause: why });
    };
    return {
      goOffHook: () => order({ kind: 'hook', offHook: true }),
      goOnHook: () => {
        this.#pulses.stop();
        order({ kind: 'hook', offHook: false });
      },
      groundRing: () => order({ kind: 'ringGround', on: true }),
      freeRing: () => order({ kind: 'ringGround', on: false }),
      sendDigits: () => this.#sendDigits(),
      listenCallerId: () => {
        this.#fsk ??= new FskFrameReader();
        this.#dtmf = '';
      },
      tellOffered: () => tell({ kind: 'offered' }),
      tellAbandoned: () => released(cause.normalClearing),
      tellProceeding: () => tell({ kind: 'proceeding' }),
      tellAnswered: () => {
        this.#answeredAt = clock.now();
        tell({ kind: 'answered' });
      },
      failGlare: () => released(cause.requestedChannelUnavailable),
      failSeizure: () => released(cause.destinationOutOfOrder),
      failDialTone: () => released(cause.networkOutOfOrder),
      failDialling: () => released(cause.temporaryFailure),
      failAnswer: () => released(cause.noAnswer),
      failTone: () => released(this.#why),
      tellCleared: () => released(cause.normalClearing),
      tellReleased: () => released(cause.normalClearing),
      tellLost: () => released(cause.networkOutOfOrder),
    };
  }
}

/** What a tone says of a call that is not answered (ITU-T E.180 §8, Q.850). */
const clearCauses: { readonly [tone in 'busy' | 'congestion' | 'disconnect']: Cause } = {
  busy: cause.userBusy,
  congestion: cause.switchingCongestion,
  disconnect: cause.normalClearing,
};
