import { type Cause, cause, err, Machine, ok } from '../base/index.js';
import { digitOfPulses, type MfSignal } from './digits.js';
import type { AnalogLine, LineSound, SetupResult } from './line-notice.js';
import type { LineSignal } from './line-signal.js';
import { type LineTimes, lineTimes } from './line-times.js';
import {
  type CamaForm,
  camaCalled,
  camaCalling,
  featureGroupD,
  type MfAddress,
  mfField,
  readFeatureGroupD,
  readMfFields,
} from './mf-address.js';
import type { LinePorts } from './station-line.js';
import { type TrunkAction, type TrunkEvent, type TrunkState, type TrunkTimes, trunkTable } from './trunk-table.js';

export interface TrunkSettings {
  readonly signalling: 'em-immediate' | 'em-wink' | 'em-fgd' | 'cama';
  /** How digits are said; feature group D and emergency trunks always speak MF. */
  readonly digits: 'dtmf' | 'mf';
  /** When both ends seize at once: whether we give way. One end of each trunk should. */
  readonly onGlare: 'yield' | 'persist';
  /** Emergency trunks: how the tandem wants the calling number. */
  readonly cama?: CamaForm;
  readonly times?: Partial<LineTimes>;
}

/** Most signals of one address: both fields of feature group D with all that they may hold. */
const maxSignals = 60;

/** A trunk to another exchange: E&M in its forms, or an emergency trunk, which only goes out. */
export class TrunkLine implements AnalogLine {
  readonly #settings: TrunkSettings;
  readonly #ports: LinePorts;
  readonly #machine: Machine<TrunkState, TrunkEvent, TrunkAction, TrunkTimes, string>;
  #out: MfAddress = { called: '', calling: '', informationDigits: '' };
  #in: string[] = [];
  #farOff = false;
  /** We play reorder, and have to stop it. */
  #playing = false;

  constructor(settings: TrunkSettings, ports: LinePorts) {
    this.#settings = settings;
    this.#ports = ports;
    const context: TrunkTimes = {
      times: { ...lineTimes, ...settings.times },
      winks: settings.signalling !== 'em-immediate',
    };
    this.#machine = new Machine(trunkTable, {
      clock: ports.clock,
      ...(ports.log === undefined ? {} : { log: ports.log }),
      context,
      actions: this.#actions(),
      onState: (state) => {
        if (state === 'idle') ports.tell({ kind: 'idle' });
      },
    });
  }

  get state(): TrunkState {
    return this.#machine.state;
  }

  get idle(): boolean {
    return this.state === 'idle';
  }

  /** `calling` and `informationDigits` are for trunks that say them. */
  setup(called: string, calling = '', informationDigits = '00'): SetupResult {
    const dialable = this.#mf ? /^[0-9]{1,30}$/ : /^[0-9A-D*#]{1,30}$/;
    if (!dialable.test(called) || !/^\d{2}$/.test(informationDigits)) return err('number');
    if (this.state === 'outOfService') return err('outOfService');
    if (!this.idle) return err('busy');
    this.#out = { called, calling, informationDigits };
    this.#machine.handle(this.#settings.signalling === 'em-immediate' ? 'setupImmediate' : 'setupWink');
    return ok(undefined);
  }

  /** With a call that talked in another process, as soon as its card is there. */
  goOn(): void {
    this.#farOff = true;
    this.#machine.handle('goOn');
  }

  signal(signal: LineSignal): void {
    switch (signal.kind) {
      case 'offHook':
        this.#farOff = true;
        this.#machine.handle('farOff');
        return;
      case 'onHook':
        this.#farOff = false;
        this.#machine.handle('farOn');
        return;
      case 'wink':
        this.#machine.handle('wink');
        return;
      case 'pulses': {
        const digit = digitOfPulses(signal.count, 'standard');
        digit === undefined ? undefined : this.digitHeard(digit);
        return;
      }
      default:
        return;
    }
  }

  /** DTMF digits, or MF signals by their names. */
  digitHeard(digit: string): void {
    this.#machine.handle('digit', digit);
    if (this.state === 'collecting' && this.#mf) this.#readMf();
  }

  /** The digits that were asked for have been played. */
  digitsSent(): void {
    if (this.state !== 'sending') {
      this.#machine.handle('digitsSent');
      return;
    }
    const { signalling } = this.#settings;
    if (signalling === 'em-fgd') this.#machine.handle('sentWantsAcknowledgement');
    else this.#machine.handle(signalling === 'cama' ? 'sentWantsRequest' : 'digitsSent');
  }

  /** No more digits are needed. */
  complete(): void {
    if (!this.#mf) this.#machine.handle('complete');
  }

  answer(): void {
    this.#machine.handle('answer');
  }

  release(): void {
    this.#machine.handle('release');
  }

  lost(): void {
    this.#machine.handle('lost');
  }

  restored(): void {
    this.#machine.handle('restored');
  }

  stop(): void {
    this.#machine.stop();
  }

  get #mf(): boolean {
    const { signalling, digits } = this.#settings;
    return digits === 'mf' || signalling === 'em-fgd' || signalling === 'cama';
  }

  /** All fields are there once the last one has its end. */
  #readMf(): void {
    const ends = this.#in.filter((signal) => signal.startsWith('ST')).length;
    const wanted = this.#settings.signalling === 'em-fgd' ? 2 : 1;
    if (this.#in.length >= maxSignals) {
      this.#machine.handle('malformed');
      return;
    }
    if (ends < wanted) return;
    this.#machine.handle(this.#address() === undefined ? 'malformed' : 'complete');
  }

  #address(): { readonly number: string; readonly calling?: string } | undefined {
    if (!this.#mf) return { number: this.#in.join('') };
    if (this.#settings.signalling === 'em-fgd') {
      const read = readFeatureGroupD(this.#in);
      if (!read.ok) return undefined;
      const { called, calling } = read.value;
      return { number: called, ...(calling === '' ? {} : { calling }) };
    }
    const read = readMfFields(this.#in);
    const number = read.ok ? read.value[0] : undefined;
    return number === undefined ? undefined : { number };
  }

  #tellDialled(): void {
    const address = this.#address();
    // The time for digits ran out in the middle of a field.
    if (address === undefined) this.#machine.handle('malformed');
    else this.#ports.tell({ kind: 'dialled', ...address });
  }

  #sendDigits(): void {
    const { signalling } = this.#settings;
    if (!this.#mf) {
      this.#play({ kind: 'dtmf', digits: this.#out.called });
      return;
    }
    const signals: readonly MfSignal[] =
      signalling === 'em-fgd'
        ? featureGroupD(this.#out)
        : signalling === 'cama'
          ? camaCalled(this.#out.called)
          : mfField(this.#out.called);
    this.#play({ kind: 'mf', signals });
  }

  #play(sound: LineSound): void {
    this.#playing = sound.kind !== 'nothing';
    this.#ports.tell({ kind: 'play', sound });
  }

  #actions(): { readonly [action in TrunkAction]: (context: TrunkTimes, digit: string | undefined) => void } {
    const { order, tell } = this.#ports;
    const released = (why: Cause) => tell({ kind: 'released', cause: why });
    const wink = (durationMs: number) => order({ kind: 'wink', durationMs });
    return {
      goOffHook: () => order({ kind: 'hook', offHook: true }),
      goOnHook: () => order({ kind: 'hook', offHook: false }),
      sendWink: ({ times }) => wink(times.winkMs),
      sendAcknowledgement: ({ times }) => {
        if (this.#settings.signalling === 'em-fgd' && this.#address() !== undefined) wink(times.winkMs);
      },
      sendDigits: () => this.#sendDigits(),
      sendIdentity: () => {
        const form = this.#settings.cama ?? { kind: 'ten' };
        this.#play({ kind: 'mf', signals: camaCalling(this.#out.calling, this.#out.informationDigits, form) });
      },
      playNothing: () => {
        if (this.#playing) this.#play({ kind: 'nothing' });
      },
      playReorder: () => this.#play({ kind: 'reorder' }),
      takeDigit: (_, digit = '') => {
        this.#in.push(digit);
        tell({ kind: 'digit', digit });
      },
      passDigit: (_, digit = '') => tell({ kind: 'digit', digit }),
      judgeFarEnd: () => this.#machine.handle(this.#farOff ? 'farOff' : 'farOn'),
      judgeStart: () => {
        if (this.#settings.signalling === 'em-immediate') this.#machine.handle('wink');
      },
      judgeGlare: () => this.#machine.handle(this.#settings.onGlare),
      tellSeized: () => {
        this.#in = [];
        tell({ kind: 'seized' });
      },
      tellDialled: () => this.#tellDialled(),
      tellProceeding: () => tell({ kind: 'proceeding' }),
      tellAnswered: () => tell({ kind: 'answered' }),
      tellReleased: () => released(cause.normalClearing),
      tellCleared: () => released(cause.normalClearing),
      failGlare: () => released(cause.requestedChannelUnavailable),
      failWink: () => released(cause.destinationOutOfOrder),
      failSending: () => released(cause.temporaryFailure),
      failAcknowledgement: () => released(cause.networkOutOfOrder),
      failAnswer: () => released(cause.noAnswer),
      failDigits: () => released(cause.invalidNumberFormat),
      tellBlocked: () => tell({ kind: 'blocked' }),
      tellLost: () => released(cause.networkOutOfOrder),
    };
  }
}
