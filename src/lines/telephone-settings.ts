import { type AnalogCountry, hookLimits } from '../analog/index.js';
import type { TdmSettings } from '../media/index.js';
import type { ChannelAbilities, ChannelSettings } from '../tdm/index.js';
import type { FeatureCodes } from './feature-codes.js';
import type { FlashMeaning } from './telephone-verbs.js';

/** One telephone on a line of ours, as it is set up. */
export interface TelephoneSettings {
  /** The channel's id. */
  readonly channel: string;
  /** Whose telephone it is. */
  readonly username: string;
  readonly use: 'telephone' | 'fax' | 'elevator' | 'door';
  readonly signalling: 'fxs-loop' | 'fxs-ground' | 'fxs-kewl';
  readonly country: AnalogCountry;
  readonly law: 'u' | 'a';
  /** Dialled for a user who dials nothing; `afterMs` 0: at once. */
  readonly hotline?: { readonly number: string; readonly afterMs: number };
  /** Elevator lines: who is called when nobody answers, in turn. */
  readonly reroute: readonly string[];
  /** Elevator lines: how long somebody may take to answer; Infinity for others. */
  readonly answerMs: number;
  readonly callWaiting: boolean;
  readonly callerId: 'none' | 'number' | 'nameAndNumber';
  readonly flash: FlashMeaning | 'none';
  /** How messages that wait are shown beside the stutter dial tone. */
  readonly lamp: 'none' | 'data' | 'neon' | 'polarity';
  /** 1-5 ({@link ringCadence}), or undefined for the country's own; absent: all calls ring as the country has it. */
  readonly rings?: { readonly inside: number | undefined; readonly outside: number | undefined };
  readonly reverseOnAnswer: boolean;
  /** Longest echo path, ms; 0: none is cancelled. */
  readonly echoTailMs: number;
  readonly gainInDb: number;
  readonly gainOutDb: number;
  readonly codes: FeatureCodes;
  /** Ringing without an answer before a call is forwarded, where the user set that, ms. */
  readonly noAnswerMs: number;
  /** Dial tone without a digit, and a number that does not go on, ms. */
  readonly firstDigitMs: number;
  readonly interDigitMs: number;
}

/** The jack. An opening is no hang-up while any telephone could mean less by it: cards take short flashes for pulses all the same. */
export function channelSettings({ signalling, law, country }: TelephoneSettings): ChannelSettings {
  return { signalling, law, longestFlashMs: Math.max(hookLimits.shortestHangUpMs, country.flash.maxMs) };
}

/** A lamp that the card cannot light is left to the telephone's data receiver. */
export function lampOf(
  lamp: TelephoneSettings['lamp'],
  { neon, polarity }: Pick<ChannelAbilities, 'neon' | 'polarity'>,
): TelephoneSettings['lamp'] {
  return (lamp === 'neon' && !neon) || (lamp === 'polarity' && !polarity) ? 'data' : lamp;
}

/** Of the machine of calls, and around it; ms. */
export const telephoneTimes = {
  choiceMs: 5000,
  remindingMs: 60_000,
  /** GR-571 (from memory): a call that waits knocks again after 10 s. */
  knockMs: 10_000,
  /** How much later than our clock the engine may be done with sounds that have an end. */
  tailMs: 300,
  /** How long a digit is said that was dialled by pulses in a call. */
  pressedMs: 100,
} as const;

/** Long enough for what clocks differ by in a page, and never stretched or shortened meanwhile (V.152 §6). */
const faxJitterMs = 60;

/** The time slot's sound. `cardCancels`: the card takes the echo away by itself. */
export function portSettings(settings: TelephoneSettings, cardCancels: boolean): Omit<TdmSettings, 'hears'> {
  const fax = settings.use === 'fax';
  return {
    law: settings.law,
    echoCanceller: !fax && settings.echoTailMs > 0 && !cardCancels,
    listens: { digits: true, mf: false, tones: [], fsk: 'off', fax },
    gainInDb: settings.gainInDb,
    gainOutDb: settings.gainOutDb,
    jitter: fax ? { minMs: faxJitterMs, maxMs: faxJitterMs } : { minMs: 0, maxMs: 100 },
  };
}
