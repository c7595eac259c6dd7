import type { LineSignal, Signalling } from '../../src/tdm/index.js';
import { channelEvents } from './kernel-codes.js';

/** What an event of DAHDI is on this channel; the kernel has decoded flashes, winks and pulses. */
export type ChannelEvent =
  | { readonly kind: 'signal'; readonly signal: LineSignal }
  /** Ground start: the far end does something that only its bits tell. */
  | { readonly kind: 'groundStart' }
  | { readonly kind: 'alarm' }
  | { readonly kind: 'polarity' }
  | { readonly kind: 'dialled' }
  /** A frame was spoilt on the line. */
  | { readonly kind: 'badFrame' }
  | { readonly kind: 'removed' }
  | { readonly kind: 'nothing' };

const nothing: ChannelEvent = { kind: 'nothing' };

function signal(each: LineSignal): ChannelEvent {
  return { kind: 'signal', signal: each };
}

export function readChannelEvent(event: number, signalling: Signalling): ChannelEvent {
  if ((event & channelEvents.pulseDigit) !== 0) return pulses(event & 0xff);
  switch (event) {
    case channelEvents.ringOffHook:
      // An exchange's line: the burst of ringing is over.
      if (signalling.startsWith('fxo')) return signal({ kind: 'ringOff' });
      return signalling === 'fxs-ground' ? { kind: 'groundStart' } : signal({ kind: 'offHook' });
    case channelEvents.onHook:
      return signal(signalling.startsWith('fxo') ? { kind: 'current', flows: false } : { kind: 'onHook' });
    case channelEvents.winkFlash:
      return signal({ kind: signalling.startsWith('fxs') ? 'flash' : 'wink' });
    case channelEvents.ringBegin:
      return signal({ kind: 'ringOn' });
    case channelEvents.ringerOn:
      return signal({ kind: 'ringOn' });
    case channelEvents.ringerOff:
      return signal({ kind: 'ringOff' });
    case channelEvents.polarity:
      return { kind: 'polarity' };
    case channelEvents.dialComplete:
      return { kind: 'dialled' };
    case channelEvents.alarm:
    case channelEvents.noAlarm:
      return { kind: 'alarm' };
    case channelEvents.abort:
    case channelEvents.overrun:
    case channelEvents.badFcs:
      return { kind: 'badFrame' };
    case channelEvents.removed:
      return { kind: 'removed' };
    default:
      return nothing;
  }
}

/** The kernel has made a digit of the pulses already: ten are `0`, eleven `*`, twelve `#`; of those no dial has more than ten. */
function pulses(character: number): ChannelEvent {
  const digit = character - 0x30;
  if (digit < 0 || digit > 9) return nothing;
  return signal({ kind: 'pulses', count: digit === 0 ? 10 : digit });
}
