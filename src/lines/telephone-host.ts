import type { Clock, Log, Random } from '../base/index.js';
import type { CallSetup, Leg } from '../call/index.js';
import type { CountryTones, LineEngine } from '../media/index.js';
import type { NumberState } from './feature-codes.js';
import type { UserFeatureStore } from './user-features.js';

/** Who uses a telephone. */
export interface TelephoneUser {
  readonly username: string;
  readonly extension: string;
  readonly displayName?: string;
}

/** What a telephone needs of the branch. */
export interface TelephoneHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engine: LineEngine;
  readonly tones: CountryTones;
  readonly music: () => string | undefined;
  readonly features: UserFeatureStore;
  /** Undefined: the directory does not know the user (any more). */
  readonly user: (username: string) => TelephoneUser | undefined;
  /** A call begins; it is refused by the leg's release. */
  readonly place: (leg: Leg, setup: CallSetup, username: string) => void;
  /** How far a number is, by the dial plan. */
  readonly numberState: (digits: string) => NumberState;
  /** Whether a number is a call for help: then nothing may get in its way. */
  readonly isEmergency: (number: string) => boolean;
  /** The extension of a caller of this site; undefined: a number from outside. */
  readonly extensionOf: (number: string) => string | undefined;
  /** `leg` is called by a call that rings elsewhere: at `extension`, or anywhere. False: none rings. */
  readonly pickUp: (extension: string | undefined, leg: Leg) => boolean;
  /** What is parked at `slot` is sent to `leg`. False: nothing is. */
  readonly retrieve: (slot: string, leg: Leg) => boolean;
  /** A leg that keeps a call at `slot`; undefined: it is taken. */
  readonly parkAt: (slot: string, username: string) => Leg | undefined;
  /** Local time of day, for the caller's screen; undefined where the clock is not to be trusted. */
  readonly localTime: () =>
    | { readonly month: number; readonly day: number; readonly hour: number; readonly minute: number }
    | undefined;
  /** For people: a telephone does not work, or does again. */
  readonly note: (channel: string, text: string) => void;
}
