import { type Cause, type Clock, cause, err, type Log, Machine, ok } from '../base/index.js';
import type { DataMessage } from './caller-id.js';
import { onHookTransmission, type Transmission, transmissionMs } from './caller-id-transmission.js';
import { type AnalogCountry, longestSilenceMs, ringCadence } from './country.js';
import { digitOfPulses } from './digits.js';
import { HookDecoder } from './hook-decoder.js';
import type { AnalogLine, LineNotice, LineSound, SetupResult } from './line-notice.js';
import type { LineOrder, LineSignal } from './line-signal.js';
import { type LineTimes, lineTimes } from './line-times.js';
import {
  type StationAction,
  type StationEvent,
  type StationState,
  type StationTimes,
  stationTable,
} from './station-table.js';
import { TransmissionRun } from './transmission-run.js';

export interface StationSettings {
  readonly signalling: 'fxs-loop' | 'fxs-ground' | 'fxs-kewl';
  readonly country: AnalogCountry;
  /** What the card says of the hook. */
  readonly hook: 'raw' | 'decoded';
  /** Tells the called party's answer by a reversal of the line, for equipment that charges by it. */
  readonly reverseOnAnswer: boolean;
  /** Dialled for a user who dials nothing. `afterMs` 0: a hot line, which has no dial tone. */
  readonly warmLine?: { readonly number: string; readonly afterMs: number };
  /**
   * The telephone's lamp: by data; by data and by the voltage of a neon lamp; by a reversed line while it rests; or none. The card must
   * be able to do what it is.
   */
  readonly lamp: 'none' | 'data' | 'neon' | 'polarity';
  readonly times?: Partial<LineTimes>;
}

export interface LinePorts {
  readonly clock: Clock;
  readonly log?: Log;
  /** To the card. */
  readonly order: (order: LineOrder) => void;
  /** To the owner. */
  readonly tell: (notice: LineNotice) => void;
}

/** Most digits of one number: E.164 has 15, and codes and prefixes come before it. */
const maxDigits = 40;

/** A telephone or a PBX on a line that we feed. */
export class StationLine implements AnalogLine {
  readonly #settings: StationSettings;
  readonly #ports: LinePorts;
  readonly #machine: Machine<StationState, StationEvent, StationAction, StationTimes, string>;
  readonly #hook: HookDecoder | undefined;
  #offHook = false;
  #reversed = false;
  #number = '';
  #cadence: readonly number[] = [];
  /** Of this ringing, so far. */
  #silences = 0;
  #transmission: Transmission | undefined;
  #run: TransmissionRun | undefined;
  #waiting = false;
  /** The lamp is to be told by data when the line is next idle. */
  #lampDue = false;
  /** The line is reversed for the lamp. */
  #lampReversed = false;

  constructor(settings: StationSettings, ports: LinePorts) {
    this.#settings = settings;
    this.#ports = ports;
    const context: StationTimes = {
      times: { ...lineTimes, ...settings.times },
      warmLineMs: settings.warmLine?.afterMs ?? Number.POSITIVE_INFINITY,
      openIntervalMs:
        settings.signalling === 'fxs-loop' ? 0 : (settings.times?.openIntervalMs ?? lineTimes.openIntervalMs),
    };
    this.#machine = new Machine(stationTable, {
      clock: ports.clock,
      ...(ports.log === undefined ? {} : { log: ports.log }),
      context,
      actions: this.#actions(),
      onState: (state) => this.#entered(state),
    });
    if (settings.hook === 'raw')
      this.#hook = new HookDecoder(ports.clock, settings.country, (signal) => this.#decoded(signal));
  }

  get state(): StationState {
    return this.#machine.state;
  }

  get idle(): boolean {
    return this.state === 'idle';
  }

  /** Rings. `distinctive`: 1-5 ({@link ringCadence}). */
  setup(message?: DataMessage, distinctive?: number): SetupResult {
    if (this.state === 'outOfService') return err('outOfService');
    if (!this.idle) return err('busy');
    this.#stopRun();
    this.#reverseForLamp(false);
    this.#cadence = ringCadence(this.#settings.country, distinctive);
    this.#silences = 0;
    this.#transmission = message === undefined ? undefined : onHookTransmission(message, this.#settings.country);
    const ahead = this.#transmission?.when === 'atOnce' && this.#transmission.steps.length > 0;
    this.#machine.handle(ahead ? 'present' : 'ring');
    return ok(undefined);
  }

  /** With a call that talked in another process: the line is off hook at both ends. */
  goOn(): void {
    this.#machine.handle('goOn');
    this.#hook?.goOn();
    this.#offHook = true;
  }

  signal(signal: LineSignal): void {
    if (this.#hook !== undefined && (signal.kind === 'offHook' || signal.kind === 'onHook'))
      this.#hook.loop(signal.kind === 'offHook');
    else this.#decoded(signal);
  }

  digitHeard(digit: string): void {
    if (/^[0-9A-D*#]$/.test(digit)) this.#machine.handle('digit', digit);
  }

  /** No more digits are needed. */
  complete(): void {
    this.#machine.handle('complete');
  }

  /** The user has dial tone, and a call in its place: no number is waited for any more. */
  connect(): void {
    this.#machine.handle('connect');
  }

  answer(): void {
    this.#machine.handle('answer');
  }

  release(): void {
    this.#machine.handle('release');
  }

  /** Stutter dial tone, and the telephone's lamp. */
  showMessageWaiting(waiting: boolean): void {
    const { lamp } = this.#settings;
    if (lamp === 'neon') this.#ports.order({ kind: 'neon', on: waiting });
    this.#waiting = waiting;
    this.#lampDue = lamp === 'data' || lamp === 'neon';
    if (this.idle) this.#showLamp();
  }

  lost(): void {
    this.#machine.handle('lost');
  }

  restored(): void {
    this.#machine.handle('restored');
  }

  stop(): void {
    this.#stopRun();
    this.#hook?.stop();
    this.#machine.stop();
  }

  #decoded(signal: LineSignal): void {
    switch (signal.kind) {
      case 'offHook':
      case 'onHook':
        this.#offHook = signal.kind === 'offHook';
        if (this.#offHook && this.idle) this.#stopRun();
        this.#machine.handle(signal.kind);
        return;
      case 'pulses': {
        // A card knows the country no more than whether a call is on: a flash of up to 200 ms it takes for a 1.
        if (signal.count === 1 && !isDialling(this.state) && this.#settings.country.flash.minMs < longestCardPulseMs) {
          this.#machine.handle('flash');
          return;
        }
        const digit = digitOfPulses(signal.count, this.#settings.country.pulse.map);
        digit === undefined ? undefined : this.#machine.handle('digit', digit);
        return;
      }
      case 'flash':
      case 'ringOff':
        this.#machine.handle(signal.kind);
        return;
      case 'ringGround':
        // A card that tells of its ring lead on a loop-start line means nothing by it.
        if (this.#ground) this.#machine.handle('ringGround');
        return;
      default:
        return;
    }
  }

  get #ground(): boolean {
    return this.#settings.signalling === 'fxs-ground';
  }

  #actions(): { readonly [action in StationAction]: (context: StationTimes, digit: string | undefined) => void } {
    const { order, tell } = this.#ports;
    const play = (sound: LineSound) => tell({ kind: 'play', sound });
    const tip = (on: boolean) => (this.#ground ? order({ kind: 'tipGround', on }) : undefined);
    const released = (why: Cause) => tell({ kind: 'released', cause: why });
    return {
      groundTip: () => tip(true),
      openTip: () => tip(false),
      startRing: () => order({ kind: 'ring', cadence: this.#cadence }),
      stopRing: () => {
        this.#stopRun();
        order({ kind: 'stopRing' });
      },
      sendCallerId: () => this.#sendCallerId(),
      present: () => this.#transmit(this.#transmission, () => this.#machine.handle('presented')),
      stopPresenting: () => this.#stopRun(),
      cutThrough: () => {
        tip(true);
        order({ kind: 'hook', offHook: true });
      },
      rest: () => {
        order({ kind: 'hook', offHook: false });
        tip(false);
      },
      tellSeized: () => {
        this.#number = '';
        tell({ kind: 'seized' });
      },
      playDialTone: () => {
        if (this.#settings.warmLine?.afterMs !== 0) play({ kind: 'dialTone', stutter: this.#waiting });
      },
      playReorder: () => play({ kind: 'reorder' }),
      playHowler: () => play({ kind: 'howler' }),
      playNothing: () => play({ kind: 'nothing' }),
      takeDigit: (_, digit = '') => {
        if (this.#number.length >= maxDigits) return;
        this.#number += digit;
        tell({ kind: 'digit', digit });
      },
      passDigit: (_, digit = '') => tell({ kind: 'digit', digit }),
      dropDigits: () => {
        this.#number = '';
      },
      tellDialled: () => tell({ kind: 'dialled', number: this.#number }),
      dialWarmLine: () => {
        this.#number = this.#settings.warmLine?.number ?? '';
      },
      tellFlash: () => tell({ kind: 'flash' }),
      reverse: () => {
        if (!this.#settings.reverseOnAnswer) return;
        this.#reversed = true;
        order({ kind: 'polarity', reversed: true });
      },
      unreverse: () => {
        if (this.#reversed) order({ kind: 'polarity', reversed: false });
        this.#reversed = false;
      },
      tellAnswered: () => tell({ kind: 'answered' }),
      tellHungUp: () => released(cause.normalClearing),
      tellReleased: () => released(cause.normalClearing),
      tellNoAnswer: () => released(cause.noAnswer),
      tellNoDigits: () => released(cause.recoveryOnTimerExpiry),
      tellLost: () => released(cause.destinationOutOfOrder),
      openLoop: ({ openIntervalMs }) => {
        if (this.#ground) tip(false);
        else if (openIntervalMs > 0) order({ kind: 'battery', on: false });
      },
      closeLoop: ({ openIntervalMs }) => {
        if (!this.#ground && openIntervalMs > 0) order({ kind: 'battery', on: true });
      },
      judgeHook: () => this.#machine.handle(this.#offHook ? 'stillOff' : 'isOn'),
    };
  }

  #entered(state: StationState): void {
    this.#hook?.expectDigits(isDialling(state));
    if (state !== 'idle') {
      this.#reverseForLamp(false);
      return;
    }
    this.#ports.tell({ kind: 'idle' });
    // The owner may have placed a call at once.
    if (this.idle) this.#showLamp();
  }

  /** In the first silence that is long enough, once: distinctive rings begin with short ones (GR-30-CORE §2.3). */
  #sendCallerId(): void {
    const [transmission, cadence] = [this.#transmission, this.#cadence];
    const silenceMs = cadence[(2 * this.#silences + 1) % cadence.length] ?? 0;
    this.#silences++;
    if (transmission?.when !== 'afterFirstRing') return;
    const neededMs = Math.min(transmissionMs(transmission.steps), longestSilenceMs(cadence));
    if (silenceMs < neededMs) return;
    this.#transmission = undefined;
    this.#transmit(transmission, () => undefined);
  }

  #showLamp(): void {
    this.#reverseForLamp(this.#settings.lamp === 'polarity' && this.#waiting);
    if (!this.#lampDue) return;
    this.#lampDue = false;
    const lamp = onHookTransmission({ kind: 'messageWaiting', waiting: this.#waiting }, this.#settings.country);
    if (lamp.steps.length > 0) this.#transmit(lamp, () => undefined);
  }

  #reverseForLamp(reversed: boolean): void {
    if (reversed === this.#lampReversed) return;
    this.#lampReversed = reversed;
    this.#ports.order({ kind: 'polarity', reversed });
  }

  #transmit(transmission: Transmission | undefined, done: () => void): void {
    this.#stopRun();
    const steps = transmission?.steps ?? [];
    const { clock, order, tell } = this.#ports;
    order({ kind: 'onHookTransmission', durationMs: transmissionMs(steps) });
    const play = (sound: LineSound) => tell({ kind: 'play', sound });
    this.#run = new TransmissionRun({ clock, order, play }, steps, done);
  }

  #stopRun(): void {
    this.#run?.stop();
    this.#run = undefined;
  }
}

/** Longest opening of the loop that a card which decodes takes for a pulse (DAHDI's limit). */
const longestCardPulseMs = 200;

/** Before a call the user's openings are digits, in it a single one is a flash. */
function isDialling(state: StationState): boolean {
  return state !== 'talking' && state !== 'calling';
}
