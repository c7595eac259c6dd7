import type { ChannelState } from './channel-table.js';

/** A channel of a trunk over lines, for people. */
export interface TrunkChannelStatus {
  /** `sim/1:5` */
  readonly id: string;
  readonly trunk: string;
  readonly state: ChannelState;
  /** Taken out of service here; a call that was on it goes on. */
  readonly takenOut: boolean;
  /** Why it takes no call; '' where it does, and where it has one. */
  readonly why: string;
}
