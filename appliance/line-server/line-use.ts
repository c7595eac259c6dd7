import type { Clock } from '../../src/base/index.js';
import type { ChannelSettings, LeftLine, LineOrder, LineSignal } from '../../src/tdm/index.js';

/** Since the controller was lost. */
interface Left {
  /** Since when the far end is on hook, ms. */
  onHookSince: number | undefined;
  farOnHookMs: number;
  reversals: number;
}

/** How the line of one channel is used, as far as orders and signals show it; and what became of it since its controller was lost. */
export class LineUse {
  readonly #clock: Clock;
  #settings: ChannelSettings | undefined;
  #own = false;
  #far = false;
  #battery = true;
  #left: Left | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isLeft(): boolean {
    return this.#left !== undefined;
  }

  get left(): LeftLine | undefined {
    const [settings, left] = [this.#settings, this.#left];
    if (settings === undefined || left === undefined) return undefined;
    const { farOnHookMs, reversals } = left;
    return { settings, farOffHook: this.#far, farOnHookMs: Math.max(farOnHookMs, this.#restedMs(left)), reversals };
  }

  /** The line is at rest. */
  configured(settings: ChannelSettings): void {
    this.#settings = settings;
    this.#own = false;
    this.#far = false;
    this.#battery = true;
    this.#left = undefined;
  }

  ordered(order: LineOrder): void {
    if (order.kind === 'battery') this.#battery = order.on;
    if (order.kind !== 'hook') return;
    this.#own = order.offHook;
    // Not every card tells that current flows; all tell that it does not.
    if (this.#settings?.signalling.startsWith('fxo') === true) this.#far = order.offHook;
  }

  signal(signal: LineSignal): void {
    if (signal.kind === 'offHook' || signal.kind === 'onHook') this.#farIs(signal.kind === 'offHook');
    else if (signal.kind === 'current') this.#farIs(signal.flows);
    else if (signal.kind === 'polarity' && this.#left !== undefined) this.#left.reversals++;
  }

  /** Its controller is lost. True: the line may carry a call that was answered, and stays as it is. */
  leave(): boolean {
    if (!this.#mayTalk()) return false;
    this.#left ??= { onHookSince: this.#far ? undefined : this.#clock.now(), farOnHookMs: 0, reversals: 0 };
    return true;
  }

  goOn(): void {
    this.#left = undefined;
  }

  /** A line that we hold; whether an exchange's line was answered, nothing at the card shows. */
  #mayTalk(): boolean {
    const { signalling } = this.#settings ?? {};
    switch (signalling) {
      case undefined:
      case 'dChannel':
      case 'clear':
        return false;
      // Its calls are its D-channel's.
      case 'bearer':
        return true;
      case 'fxs-loop':
      case 'fxs-ground':
      case 'fxs-kewl':
        return this.#own && this.#battery;
      case 'fxo-loop':
      case 'fxo-ground':
      case 'fxo-kewl':
        return this.#own;
      case 'em-immediate':
      case 'em-wink':
      case 'em-fgd':
      case 'cama':
        return this.#own && this.#far;
    }
  }

  #farIs(offHook: boolean): void {
    const left = this.#left;
    this.#far = offHook;
    if (left === undefined) return;
    left.farOnHookMs = Math.max(left.farOnHookMs, this.#restedMs(left));
    left.onHookSince = offHook ? undefined : (left.onHookSince ?? this.#clock.now());
  }

  #restedMs({ onHookSince }: Left): number {
    return onHookSince === undefined ? 0 : this.#clock.now() - onHookSince;
  }
}
