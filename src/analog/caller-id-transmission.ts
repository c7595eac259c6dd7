import type { DataMessage } from './caller-id.js';
import type { AnalogCountry } from './country.js';
import { encodeDataMessage } from './data-message.js';
import { digitTiming } from './digits.js';
import { encodeDtmfCallerId } from './dtmf-caller-id.js';
import { bell202, encodeFskFrame, type FskModulation, offHookPreamble, onHookPreamble, v23 } from './fsk-frame.js';

/** What has to happen on the line, in order. Sound is made by the media engine, the rest by the card. */
export type TransmissionStep =
  | { readonly kind: 'pause'; readonly durationMs: number }
  | { readonly kind: 'reversal' }
  | { readonly kind: 'ringPulse'; readonly durationMs: number }
  | { readonly kind: 'tone'; readonly frequencies: readonly number[]; readonly durationMs: number }
  | { readonly kind: 'fsk'; readonly modulation: FskModulation; readonly bits: Uint8Array }
  | { readonly kind: 'dtmf'; readonly digits: string; readonly onMs: number; readonly offMs: number };

export interface Transmission {
  /** `afterFirstRing`: in the silence that follows it. `atOnce`: the first ring comes when it is done, or there is none. */
  readonly when: 'atOnce' | 'afterFirstRing';
  readonly steps: readonly TransmissionStep[];
}

/** DT-AS and CAS: the same two tones (EN 300 659-1 §6.3.1, GR-30-CORE §2.5.3). */
export const alertTones = [2130, 2750] as const;

/** Milliseconds, each with its source. */
const timing = {
  /** GR-30-CORE §2.3: 300 ms at least after the first ring; EN 300 659-1 §6.1.1: 500-2000 ms. */
  afterRing: 500,
  /** EN 300 659-1 §6.1.2 b: reversal to DT-AS, 100 ms at least. */
  reversalToTone: 150,
  /** EN 300 659-1 §6.3.1: 100 ± 10 ms. */
  dualTone: 100,
  /** EN 300 659-1 §6.1.2: DT-AS to data, 45-500 ms. */
  toneToData: 60,
  /** EN 300 659-1 §6.3.2: ring pulse 200-300 ms, then 500-800 ms. */
  ringPulse: 250,
  ringPulseToData: 650,
  /** EN 300 659-1 §6.1.2: data to ringing, 200-500 ms. */
  dataToRing: 300,
} as const;

/** Caller ID of a call that begins to ring, or an on-hook message of its own (a lamp for messages that wait). */
export function onHookTransmission(message: DataMessage, country: AnalogCountry): Transmission {
  const method = country.callerId;
  const pause = (durationMs: number): TransmissionStep => ({ kind: 'pause', durationMs });
  const data = fskStep(message, country, onHookPreamble);
  // A lamp has no ring to follow: EN 300 659-1 §6.2 and GR-30-CORE §2.4 send it by itself.
  const withRing = message.kind === 'call';
  switch (method.kind) {
    case 'bell202':
    case 'v23AfterRing':
      return { when: withRing ? 'afterFirstRing' : 'atOnce', steps: [pause(timing.afterRing), data] };
    case 'v23AfterRingPulse':
      return {
        when: 'atOnce',
        steps: [
          { kind: 'ringPulse', durationMs: timing.ringPulse },
          pause(timing.ringPulseToData),
          data,
          pause(timing.dataToRing),
        ],
      };
    case 'v23AfterReversal':
      return {
        when: 'atOnce',
        steps: [
          { kind: 'reversal' },
          pause(timing.reversalToTone),
          { kind: 'tone', frequencies: alertTones, durationMs: timing.dualTone },
          pause(timing.toneToData),
          data,
          pause(timing.dataToRing),
        ],
      };
    case 'dtmf': {
      // No lamp can be said in DTMF.
      if (message.kind === 'messageWaiting') return { when: 'atOnce', steps: [] };
      const digits = encodeDtmfCallerId(message.callerId, method.form);
      const { onMs, offMs } = digitTiming.dtmf;
      return {
        when: 'atOnce',
        steps: [
          { kind: 'reversal' },
          pause(timing.reversalToTone),
          { kind: 'dtmf', digits, onMs, offMs },
          pause(timing.dataToRing),
        ],
      };
    }
  }
}

/** The data of a second call, after the telephone's acknowledgement. */
export function offHookData(message: DataMessage, country: AnalogCountry): TransmissionStep {
  return fskStep(message, country, offHookPreamble);
}

export function transmissionMs(steps: readonly TransmissionStep[]): number {
  return steps.reduce((sum, step) => sum + stepMs(step), 0);
}

export function stepMs(step: TransmissionStep): number {
  switch (step.kind) {
    case 'reversal':
      return 0;
    case 'fsk':
      return Math.ceil((step.bits.length * 1000) / step.modulation.baud);
    case 'dtmf':
      return step.digits.length * (step.onMs + step.offMs);
    default:
      return step.durationMs;
  }
}

function fskStep(
  message: DataMessage,
  country: AnalogCountry,
  preamble: { readonly seizureBits: number; readonly markBits: number },
): TransmissionStep {
  const modulation = country.callerId.kind === 'bell202' ? bell202 : v23;
  return { kind: 'fsk', modulation, bits: encodeFskFrame(encodeDataMessage(message, 'mdmf'), preamble) };
}
