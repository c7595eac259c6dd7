import type { Cause } from '../base/index.js';
import type { IsdnNumber, IsdnParty, IsdnRedirection } from './isdn-party.js';

/** The dialects of Q.931 that a span speaks. 4ESS is AT&T's TR 41459, 5ESS Lucent's, QSIG ISO/IEC 11572. */
export type SwitchType = 'ni2' | '5ess' | 'dms100' | '4ess' | 'euroisdn' | 'qsig';

/** Which end of the interface a span is: `user` towards the telephone network, `network` towards a PBX. */
export type IsdnSide = 'user' | 'network';

/** Information transfer capability (Q.931 §4.5.5). */
export type Bearer = 'speech' | '3.1-khz' | 'unrestricted';

/** A B-channel: the interface within an NFAS group (0 without one) and the time slot, 1-31. */
export interface BChannel {
  readonly interface: number;
  readonly slot: number;
}

/** What a SETUP carries. */
export interface IsdnSetup {
  readonly called: IsdnNumber;
  /** No more digits follow (en bloc). Else `digits` may follow (overlap sending, Q.931 §5.1.3). */
  readonly complete: boolean;
  readonly calling?: IsdnParty;
  readonly redirection?: IsdnRedirection;
  readonly bearer: Bearer;
}

/** Tones or announcements are in the B-channel already (progress description 8, Q.931 §4.5.23). */
interface InBand {
  readonly inBand: boolean;
}

/** What answers a SETUP first may name another channel than it asked for, unless that one was exclusive (Q.931 §5.2.3.1). */
interface Choice {
  readonly channel?: BChannel;
}

/** Names a call on its D-channel; drawn by whoever begins the call. */
export type IsdnCallId = string;

/** What is said to a D-channel. A command that does not fit the call's state is answered by `fault`. */
export type IsdnCommand =
  | {
      readonly kind: 'setup';
      readonly call: IsdnCallId;
      readonly channel: BChannel;
      /** The other side may not choose another channel. */
      readonly exclusive: boolean;
      readonly setup: IsdnSetup;
    }
  /** More digits are wanted (SETUP ACKNOWLEDGE). */
  | ({ readonly kind: 'setupAck'; readonly call: IsdnCallId } & InBand & Choice)
  | ({ readonly kind: 'proceeding'; readonly call: IsdnCallId } & InBand & Choice)
  | ({ readonly kind: 'alerting'; readonly call: IsdnCallId } & InBand)
  | ({ readonly kind: 'progress'; readonly call: IsdnCallId; readonly cause?: Cause } & InBand)
  | { readonly kind: 'connect'; readonly call: IsdnCallId; readonly connected?: IsdnParty }
  /** Further digits of the called number. */
  | { readonly kind: 'digits'; readonly call: IsdnCallId; readonly digits: string }
  /** At any moment, also twice; `released` follows exactly once. */
  | { readonly kind: 'release'; readonly call: IsdnCallId; readonly cause: Cause }
  /** Two answered calls of this interface are joined in the network, and leave it (two B-channel transfer, GR-2865). */
  | { readonly kind: 'transfer'; readonly call: IsdnCallId; readonly to: IsdnCallId }
  | { readonly kind: 'restart'; readonly channel: BChannel }
  /** B-channel service message (NI-2, 5ESS, 4ESS, DMS-100). */
  | { readonly kind: 'service'; readonly channel: BChannel; readonly inService: boolean };

/** What a D-channel says. */
export type IsdnEvent =
  /** Q.921 has a multiple frame established. */
  | { readonly kind: 'up' }
  /** Calls that talk stay until T309. */
  | { readonly kind: 'down' }
  | {
      readonly kind: 'setup';
      readonly call: IsdnCallId;
      readonly channel: BChannel;
      readonly exclusive: boolean;
      readonly setup: IsdnSetup;
    }
  | ({ readonly kind: 'setupAck'; readonly call: IsdnCallId; readonly channel?: BChannel } & InBand)
  | ({ readonly kind: 'proceeding'; readonly call: IsdnCallId; readonly channel?: BChannel } & InBand)
  | ({ readonly kind: 'alerting'; readonly call: IsdnCallId; readonly channel?: BChannel } & InBand)
  | ({ readonly kind: 'progress'; readonly call: IsdnCallId; readonly cause?: Cause } & InBand)
  | { readonly kind: 'connect'; readonly call: IsdnCallId; readonly connected?: IsdnParty }
  /** `complete`: no more follow (sending complete, Q.931 §4.5.27). */
  | { readonly kind: 'digits'; readonly call: IsdnCallId; readonly digits: string; readonly complete?: boolean }
  /** The other side clears (DISCONNECT): `release` is due; tones of the network may be in the B-channel. */
  | { readonly kind: 'disconnect'; readonly call: IsdnCallId; readonly cause: Cause }
  /** Exactly once for each call, always last. */
  | { readonly kind: 'released'; readonly call: IsdnCallId; readonly cause: Cause }
  /** The other side restarted a channel: its call is gone (`released` went before). */
  | { readonly kind: 'restarted'; readonly channel: BChannel }
  | { readonly kind: 'restartAcknowledged'; readonly channel: BChannel }
  | { readonly kind: 'service'; readonly channel: BChannel; readonly inService: boolean }
  | { readonly kind: 'fault'; readonly call?: IsdnCallId; readonly why: string };
