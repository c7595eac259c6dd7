/** What a payload carries. `telephone-event` is RFC 4733, `CN` RFC 3389, `L16` RFC 3551 §4.5.11. */
export type Codec = 'PCMU' | 'PCMA' | 'G722' | 'opus' | 'L16' | 'telephone-event' | 'CN';

/** One payload type as agreed with a peer (RFC 3551, RFC 8866 §6.6). */
export interface Format {
  /** 0-127. */
  readonly payloadType: number;
  readonly codec: Codec;
  /** Of the RTP clock, Hz, as `rtpmap` says it: 8000 for G722, 48000 for opus, whatever is sampled. */
  readonly clockRate: number;
  /** As `rtpmap` says it: 2 for opus. */
  readonly channels: number;
  /** `fmtp` as it came, e.g. `useinbandfec=1;maxplaybackrate=8000`; '' where there is none. */
  readonly parameters: string;
}

/** Whether a format carries sound, not signals or silence. */
export function isVoice(format: Format): boolean {
  return format.codec !== 'telephone-event' && format.codec !== 'CN';
}
