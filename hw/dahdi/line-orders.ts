import type { LineOrder } from '../../src/tdm/index.js';
import { errno } from './kernel.js';
import { hookValues, requests, values } from './kernel-codes.js';
import { type ChannelTime, encodeCadence, encodeInt, encodePulses } from './kernel-structs.js';

/** One ioctl of an order. */
export interface OrderStep {
  readonly request: number;
  readonly argument: Uint8Array;
  /** Results that are no fault beside success. */
  readonly fine?: readonly number[];
  /** The channel is still in a state that the kernel ends by itself: the step is tried again. */
  readonly waits?: boolean;
}

export interface OrderSteps {
  /** Times of the channel that are set before. */
  readonly times?: Partial<Readonly<Record<ChannelTime, number>>>;
  readonly steps: readonly OrderStep[];
}

/** A card counts from the order on, and the sound comes after it by way of the media engine and its buffers. */
const soundLagMs = 500;

/** DAHDI answers so where it is done later. */
const started = [-errno.EINPROGRESS];

function hook(value: number, waits = true): OrderStep {
  return { request: requests.hook, argument: encodeInt(value), fine: started, waits };
}

function int(request: number, value: number): OrderStep {
  return { request, argument: encodeInt(value) };
}

/** What some orders depend on. */
export interface LineSituation {
  /** We feed a ground-start line. */
  readonly ground: boolean;
  /** Our last order of the hook was off hook. */
  readonly loopClosed: boolean;
}

/**
 * What the kernel is told for an order, or why it cannot be carried out. Wink, flash and pulses it times by itself. Not the echo
 * canceller, which may sleep.
 */
export function stepsOf(
  order: Exclude<LineOrder, { readonly kind: 'echoCanceller' }>,
  { ground, loopClosed }: LineSituation,
): OrderSteps | string {
  switch (order.kind) {
    case 'hook':
      return { steps: [hook(order.offHook ? hookValues.offHook : hookValues.onHook)] };
    case 'ring': {
      const cadence = order.cadence.length % 2 === 0 ? order.cadence : [...order.cadence, ...order.cadence];
      if (cadence.length === 0 || cadence.length > values.mostCadence || cadence.some((ms) => ms <= 0))
        return 'the kernel rings in 1-8 bursts';
      const cadenceStep: OrderStep = { request: requests.setCadence, argument: encodeCadence(cadence) };
      // It rings from rest alone. A grounded tip is none, and a ring grounds the tip by itself.
      return { steps: [cadenceStep, ...(ground ? [hook(hookValues.onHook)] : []), hook(hookValues.ring)] };
    }
    case 'stopRing':
      return { steps: [hook(hookValues.ringOff)] };
    case 'wink':
      return { times: { winktime: order.durationMs }, steps: [hook(hookValues.wink)] };
    case 'flash':
      return { times: { flashtime: order.durationMs }, steps: [hook(hookValues.flash)] };
    case 'polarity':
      return { steps: [int(requests.setPolarity, order.reversed ? 1 : 0)] };
    case 'battery':
      // Kewlstart's hang-up opens the loop for half a second by itself, where the telephone is still off hook.
      return { steps: order.on ? [] : [hook(hookValues.onHook)] };
    case 'tipGround':
      return { steps: [hook(order.on ? hookValues.offHook : hookValues.onHook)] };
    case 'ringGround':
      // The kernel closes the loop by itself at the end of the ground: a seizure that is given up must be ended.
      if (order.on) return { steps: [hook(hookValues.start)] };
      return { steps: loopClosed ? [] : [hook(hookValues.onHook)] };
    case 'pulses': {
      if (order.counts.some((count) => count < 1 || count > 10)) return 'a digit has 1-10 pulses';
      if (order.counts.length === 0 || order.counts.length > values.mostDialled - 2) return 'there are no such numbers';
      return {
        times: {
          pulsebreaktime: order.breakMs,
          pulsemaketime: order.makeMs,
          pulseaftertime: order.interDigitMs,
        },
        steps: [{ request: requests.dial, argument: encodePulses(order.counts) }],
      };
    }
    case 'onHookTransmission':
      // A channel bank hears what is sent in either state: there is nothing to tell it.
      return { steps: [{ ...int(requests.onHookTransfer, order.durationMs + soundLagMs), fine: [-errno.ENOTTY] }] };
    case 'neon':
      return { steps: [int(requests.messageWaiting, order.on ? 1 : 0)] };
  }
}
