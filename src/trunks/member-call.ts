import type { Cause } from '../base/index.js';
import type { CallSetup } from '../call/index.js';
import type { HeardSound, LegSignalling } from '../lines/index.js';
import type { TdmPlace } from '../media/index.js';
import type { PlacedAs } from './isdn-setup.js';
import type { TrunkChannel } from './trunk-channel.js';
import type { LineGains, TrunkVoice } from './trunk-voice.js';

/** A call on one channel of a trunk. */
export interface MemberCall extends LegSignalling {
  /** Where its samples are now: an ISDN may give the call another channel with its first answer. */
  readonly samples: TdmPlace | undefined;
  /** Of its line; none where there are none. */
  readonly gains?: LineGains;
  heard(sound: HeardSound): void;
  /** Nothing was said to the far end's user yet, and another channel may do better. */
  mayTryElsewhere(why: Cause): boolean;
}

/** One channel of a trunk, whatever signals on it. */
export interface TrunkMember {
  readonly channel: TrunkChannel;
  /** Why it takes no call although its channel could: for people. */
  readonly hindrance: string | undefined;
  /** Takes the channel; `setup` begins the call. Only when the channel takes a call and nothing hinders. */
  place(placed: PlacedAs, voice: TrunkVoice): MemberCall;
}

/** Goes on with a call of another process: finds its sound, and takes what `begin` gives. False: it cannot be. */
export type GoesOn = (begin: (voice: TrunkVoice) => MemberCall) => boolean;

/** A call that has a member. */
export interface MemberTaken {
  readonly member: TrunkMember;
  readonly call: MemberCall;
  readonly voice: TrunkVoice;
}

/** A call that comes in on a member. */
export interface MemberArrival extends MemberTaken {
  readonly setup: Omit<CallSetup, 'offer'>;
}
