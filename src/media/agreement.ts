import type { Direction } from '../sdp/index.js';
import type { BridgeDescription } from './bridge-description.js';
import type { Format } from './format.js';
import type { RtpSettings } from './port-settings.js';

/** What offer and answer came to on one leg. */
export interface Agreement {
  /** `nothing`: the peer closed its media (port 0) but keeps the call; the port stays, silent. */
  readonly media: 'audio' | 'image' | 'nothing';
  /** For `open` or `configure`; `hears` is the port of the bridge description that was answered or offered last. */
  readonly settings: RtpSettings;
  /** What to say of the far end to the other leg. */
  readonly bridge: BridgeDescription;
  /** What we send; absent without audio. */
  readonly voice?: Format;
  /** As we said or may now say it: what this box does. */
  readonly direction: Direction;
}

/** Why media could not be agreed; an offer is refused with it, an answer with it ends the leg. */
export interface MediaRefusal {
  /**
   * Always 488, for policy too: 606 is a global failure (RFC 3261 §21.6) and would keep a proxy from trying the
   * same user's other telephone.
   */
  readonly status: 488;
  readonly why: 'security' | 'codec' | 'address' | 'media' | 'malformed' | 'unexpected';
  /** For a Warning header field (RFC 3261 §20.43). */
  readonly warning: 300 | 301 | 302 | 304 | 305 | 306 | 307 | 399;
  /** English, without secrets. */
  readonly reason: string;
}
