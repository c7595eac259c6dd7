import type { LineNotice, LineOrder, LinePorts } from '../../../src/analog/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** What a line told its card and its owner, as short words. */
export class LineBench {
  readonly clock = new VirtualClock();
  readonly orders: string[] = [];
  readonly notices: string[] = [];
  /** As they came, for a test that answers them. */
  onNotice: (notice: LineNotice) => void = () => undefined;

  get ports(): LinePorts {
    return {
      clock: this.clock,
      order: (order) => this.orders.push(orderText(order)),
      tell: (notice) => {
        this.notices.push(noticeText(notice));
        this.onNotice(notice);
      },
    };
  }

  /** What came since the last time. */
  taken(): { readonly orders: readonly string[]; readonly notices: readonly string[] } {
    const taken = { orders: [...this.orders], notices: [...this.notices] };
    this.orders.length = 0;
    this.notices.length = 0;
    return taken;
  }
}

function orderText(order: LineOrder): string {
  switch (order.kind) {
    case 'hook':
      return order.offHook ? 'off hook' : 'on hook';
    case 'ring':
      return `ring ${order.cadence.join('/')}`;
    case 'wink':
    case 'flash':
      return `${order.kind} ${order.durationMs}`;
    case 'polarity':
      return order.reversed ? 'reversed' : 'normal';
    case 'battery':
    case 'tipGround':
    case 'ringGround':
    case 'neon':
      return `${order.kind} ${order.on ? 'on' : 'off'}`;
    case 'pulses':
      return `pulses ${order.counts.join(' ')}`;
    default:
      return order.kind;
  }
}

function noticeText(notice: LineNotice): string {
  switch (notice.kind) {
    case 'digit':
      return `digit ${notice.digit}`;
    case 'dialled':
      return `dialled ${notice.number}${notice.calling === undefined ? '' : ` by ${notice.calling}`}`;
    case 'released':
      return `released ${notice.cause}`;
    case 'callerId':
      return `callerId ${JSON.stringify(notice.callerId.number)}`;
    case 'play': {
      const { sound } = notice;
      if (sound.kind === 'dtmf') return `dtmf ${sound.digits}`;
      if (sound.kind === 'mf') return `mf ${sound.signals.join(' ')}`;
      if (sound.kind === 'step') return `step ${sound.step.kind}`;
      return sound.kind === 'dialTone' && sound.stutter ? 'play stutter' : `play ${sound.kind}`;
    }
    default:
      return notice.kind;
  }
}
