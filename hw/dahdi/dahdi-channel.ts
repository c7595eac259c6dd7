import type { Clock, Log, Timer } from '../../src/base/index.js';
import type {
  Alarm,
  Channel,
  ChannelAbilities,
  ChannelSettings,
  LineEvent,
  LineOrder,
  LineSignal,
  TdmPlace,
} from '../../src/tdm/index.js';
import { BitWatch } from './bit-watch.js';
import type { CardCalls } from './card-calls.js';
import type { AssignedChannel } from './card-tree.js';
import { FrameTransfer, frameOctets } from './frame-transfer.js';
import { HandOver } from './hand-over.js';
import { errno, errorName, type Kernel } from './kernel.js';
import { alarmBits, channelEvents, hookValues, requests, values } from './kernel-codes.js';
import {
  decodeInt,
  decodeParameters,
  emptyParameters,
  encodeBuffers,
  encodeChannelConfig,
  encodeEchoCanceller,
  encodeInt,
  writeTimes,
} from './kernel-structs.js';
import { readChannelEvent } from './line-events.js';
import { stepsOf } from './line-orders.js';
import { OrderQueue } from './order-queue.js';
import { bitsOf, signallingOf } from './signalling-names.js';

/** Under emulation, and on a machine that is held up, fewer overflow; of sound the driver's most, 64 ms of the shortest blocks. */
const buffers = { frames: 16, sound: 32 } as const;
/** A channel is ours again when the media engine let go of its descriptor. */
const reopen = { everyMs: 20, forMs: 2000 } as const;
/** A card that refused a channel may have come to itself; whoever had the channel may have let go of it. */
const againMs = 5000;
/** In the kernel's words for what comes in. */
const received = { offHook: 1, start: 2 } as const;
/** More in one turn is a line that chatters: the rest waits for the next. */
const mostEventsAtOnce = 64;

export interface DahdiChannelOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly kernel: Kernel;
  readonly calls: CardCalls;
  readonly control: () => number;
  readonly id: string;
  readonly assigned: AssignedChannel;
  readonly digital: boolean;
  /** Folder of the sockets where the media engine gets samples; undefined: nobody may. */
  readonly socketFolder: string | undefined;
  readonly blockBytes: number;
  /** Longest opening of the loop that is a flash, ms; a longer one is a hang-up. For telephones whose settings say none. */
  readonly longestFlashMs: number;
  readonly echoTailMs: number;
  readonly spanAlarms: () => readonly Alarm[];
  /** Its span shall look at its alarms. */
  readonly alarmsChanged: () => void;
  /** The kernel says that the card is gone. */
  readonly gone: () => void;
}

/** A time slot or a jack of a DAHDI card. It is open from `configure` on, because DAHDI tells events to whoever has it open. */
export class DahdiChannel implements Channel {
  readonly id: string;
  readonly number: number;
  readonly samples: TdmPlace | undefined;
  readonly #options: DahdiChannelOptions;
  readonly #orders: OrderQueue;
  readonly #buffer = new Uint8Array(frameOctets.buffer);
  readonly #frames: FrameTransfer;
  #abilities: ChannelAbilities;
  #settings: ChannelSettings | undefined;
  #listener: ((event: LineEvent) => void) | undefined;
  #descriptor: number | undefined;
  #handOver: HandOver | undefined;
  #noBattery = false;
  #reversed = false;
  /** As the line was last told to be; undefined where that says nothing of the loop. */
  #toldOffHook: boolean | undefined;
  /** Our last order of the hook. */
  #loopClosed = false;
  readonly #bits: BitWatch;
  #reopenTimer: Timer | undefined;
  /** The kernel, or the card, refused the channel. */
  #refused = false;
  /** Counts configurations: what comes back for an older one is dropped. */
  #turn = 0;
  #gone = false;

  constructor(options: DahdiChannelOptions) {
    const { assigned, digital, socketFolder, blockBytes } = options;
    this.#options = options;
    this.id = options.id;
    this.number = assigned.place;
    this.samples =
      socketFolder === undefined ? undefined : { path: `${socketFolder}/channel-${assigned.number}`, blockBytes };
    const signalling = signallingOf(assigned.choices, digital);
    const feeds = signalling.some((each) => each.startsWith('fxs'));
    this.#abilities = {
      signalling,
      hook: 'decoded',
      pulses: true,
      // A voltage is a matter of the wire; a time slot has none.
      polarity: !digital && feeds,
      // Its loss is told, with kewlstart and ground start; that it flows is not.
      current: false,
      neon: !digital && feeds,
      echoTailMs: options.echoTailMs,
    };
    this.#frames = new FrameTransfer(options);
    this.#bits = new BitWatch(options.clock, () => this.#received());
    this.#orders = new OrderQueue(options.clock, {
      ioctl: ({ request, argument }) => this.#ioctl(request, argument),
      fault: (order, why) => {
        if (order === 'pulses') this.#handOver?.silence(false);
        this.#tell({ kind: 'fault', order, why: typeof why === 'string' ? why : faultText(why) });
      },
      done: (order) => {
        // The kernel tells of later bursts alone.
        if (order === 'ring') this.#signal({ kind: 'ringOn' });
        if (order === 'ringGround' && !this.#loopClosed)
          this.#bits.await(received.offHook, () => this.#signal({ kind: 'tipGround' }));
      },
    });
  }

  get abilities(): ChannelAbilities {
    return this.#abilities;
  }

  get alarms(): readonly Alarm[] {
    const own: readonly Alarm[] = [
      ...(this.#refused ? (['card'] as const) : []),
      ...(this.#noBattery ? (['noBattery'] as const) : []),
    ];
    return [...new Set([...this.#options.spanAlarms(), ...own])];
  }

  get settings(): ChannelSettings | undefined {
    return this.#settings;
  }

  get open(): boolean {
    return this.#descriptor !== undefined;
  }

  on(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
  }

  configure(settings: ChannelSettings): void {
    if (this.#gone) return;
    const bits = bitsOf(settings.signalling, this.#options.assigned.choices);
    if (bits === undefined || !this.#abilities.signalling.includes(settings.signalling)) {
      const able = this.#abilities.signalling.join(', ');
      const why = able === '' ? 'there is no line here' : `this line can be ${able}`;
      this.#tell({ kind: 'fault', order: 'configure', why });
      return;
    }
    this.rest();
    this.#refused = false;
    this.#begin(settings, bits);
  }

  #begin(settings: ChannelSettings, bits: number): void {
    this.#settings = settings;
    const turn = this.#turn;
    const { calls, control, assigned } = this.#options;
    const config = encodeChannelConfig(assigned.number, bits, settings.law);
    calls.ioctl(control(), requests.channelConfig, config, (result) => {
      if (turn !== this.#turn) return;
      if (result < 0) this.#failed(result);
      else this.#openFor(settings, this.#options.clock.now() + reopen.forMs);
    });
  }

  order(order: LineOrder): void {
    if (this.#gone) return;
    const why = this.#refusal(order);
    if (why !== undefined) this.#tell({ kind: 'fault', order: order.kind, why });
    else if (order.kind === 'echoCanceller') this.#orders.add(order.kind, () => this.#cancelEcho(order.tailMs));
    else {
      this.#orders.add(order.kind, () => {
        const found = stepsOf(order, {
          ground: this.#settings?.signalling === 'fxs-ground',
          loopClosed: this.#loopClosed,
        });
        if (typeof found === 'string') return found;
        if (order.kind === 'hook') this.#loopClosed = order.offHook;
        // The kernel gives up dialling for any of the hook's orders, and tells nothing then.
        this.#handOver?.silence(order.kind === 'pulses');
        if (found.times === undefined) return found.steps;
        const parameters = emptyParameters();
        const result = this.#ioctl(requests.getParameters, parameters);
        if (result < 0) return faultText(result);
        writeTimes(parameters, found.times);
        return [{ request: requests.setParameters, argument: parameters }, ...found.steps];
      });
    }
  }

  send(frame: Uint8Array): void {
    if (this.#gone) return;
    const why = this.#frameFault(frame);
    if (why !== undefined) this.#tell({ kind: 'fault', order: 'frame', why });
  }

  /** Alarms of the span or of the line changed. */
  tellAlarms(): void {
    if (this.#settings !== undefined || this.#refused) this.#tell({ kind: 'alarms', alarms: this.alarms });
  }

  /**
   * Reads what nobody takes. Bytes; undefined: the samples are somebody else's, or there are none on this channel. Their coming shows
   * that the card is alive.
   */
  drain(): number | undefined {
    const descriptor = this.#descriptor;
    if (descriptor === undefined || this.#settings?.signalling === 'dChannel' || this.#handOver?.taken === true)
      return undefined;
    for (let bytes = 0, blocks = 0; ; blocks++) {
      const count = this.#options.kernel.read(descriptor, this.#buffer);
      if (count === -errno.EAGAIN || blocks > buffers.frames) return bytes;
      if (count <= 0) return undefined;
      bytes += count;
    }
  }

  /** Not configured any more: closed, and whatever was under way is dropped. */
  rest(): void {
    this.#turn++;
    this.#settings = undefined;
    this.#orders.hold();
    this.#bits.stop();
    this.#reopenTimer?.cancel();
    this.#handOver?.close();
    this.#handOver = undefined;
    this.#reversed = false;
    this.#noBattery = false;
    this.#toldOffHook = undefined;
    this.#loopClosed = false;
    if (this.#descriptor !== undefined) this.#options.kernel.close(this.#descriptor);
    this.#descriptor = undefined;
  }

  unplug(): void {
    if (this.#gone) return;
    this.rest();
    this.#gone = true;
    this.#listener?.({ kind: 'unplugged' });
  }

  #openFor(settings: ChannelSettings, until: number): void {
    const { kernel, calls, clock, assigned } = this.#options;
    const turn = this.#turn;
    const descriptor = kernel.open('/dev/dahdi/channel');
    if (descriptor < 0) {
      this.#failed(descriptor);
      return;
    }
    calls.ioctl(descriptor, requests.specify, encodeInt(assigned.number), (result) => {
      if (turn !== this.#turn) kernel.close(descriptor);
      else if (result >= 0) this.#opened(settings, descriptor);
      else {
        kernel.close(descriptor);
        if (result !== -errno.EBUSY || clock.now() >= until) this.#failed(result);
        else this.#reopenTimer = clock.after(reopen.everyMs, () => this.#openFor(settings, until));
      }
    });
  }

  #opened(settings: ChannelSettings, descriptor: number): void {
    const { kernel, blockBytes, socketFolder, log } = this.#options;
    this.#descriptor = descriptor;
    const frames = settings.signalling === 'dChannel';
    const result = this.#ioctl(
      requests.setBuffers,
      frames
        ? encodeBuffers(buffers.frames, frameOctets.buffer)
        : encodeBuffers(buffers.sound, Math.max(16, blockBytes)),
    );
    if (result < 0) {
      this.#failed(result);
      return;
    }
    if (settings.signalling === 'bearer' || settings.signalling === 'clear')
      this.#ioctl(requests.audioMode, encodeInt(1));
    if (settings.signalling.startsWith('fxs')) this.#prepareFeeding();
    kernel.watch(descriptor, frames, ({ readable, gone }) => this.#ready(frames && readable, gone));
    if (!frames && socketFolder !== undefined && this.samples !== undefined) {
      this.#handOver = new HandOver(kernel, this.samples.path, descriptor, () =>
        this.#ioctl(requests.flush, encodeInt(values.flushSamples)),
      );
      if (this.#handOver.result < 0)
        log.warn('nobody can take the samples of a channel', {
          channel: this.id,
          error: errorName(this.#handOver.result),
        });
    }
    const wasRefused = this.#refused;
    this.#refused = false;
    this.#look(true);
    if (wasRefused || this.alarms.length > 0) this.tellAlarms();
    this.#orders.release();
  }

  /** The times by which the kernel decodes the hook, and what this card can. */
  #prepareFeeding(): void {
    const parameters = emptyParameters();
    if (this.#ioctl(requests.getParameters, parameters) >= 0) {
      writeTimes(parameters, { rxflashtime: this.#settings?.longestFlashMs ?? this.#options.longestFlashMs });
      this.#ioctl(requests.setParameters, parameters);
    }
    if (this.#options.digital) return;
    const neon = this.#ioctl(requests.messageWaitingKind, encodeInt(values.neonLamp)) >= 0;
    const polarity = this.#ioctl(requests.setPolarity, encodeInt(0)) >= 0;
    // A card feeds as its last signalling was at rest: the kernel orders nothing that it believes in force already.
    for (const hook of [hookValues.offHook, hookValues.ringOff]) this.#ioctl(requests.hook, encodeInt(hook));
    this.#abilities = { ...this.#abilities, neon, polarity };
  }

  /** How the line stands: its hook, where we feed it or it is a trunk, and whether the exchange feeds ours. */
  #look(first: boolean): void {
    const { signalling } = this.#settings ?? { signalling: 'clear' };
    if (signalling === 'bearer' || signalling === 'clear' || signalling === 'dChannel') return;
    const parameters = emptyParameters();
    if (this.#ioctl(requests.getParameters, parameters) < 0) return;
    const { offHook, alarms } = decodeParameters(parameters);
    if (first && !signalling.startsWith('fxo')) this.#signal({ kind: offHook ? 'offHook' : 'onHook' });
    // Digital spans hand their own alarms down; on a pair of wires it is the exchange's battery.
    this.#noBattery = !this.#options.digital && (alarms & alarmBits.red) !== 0;
  }

  #ready(readable: boolean, gone: boolean): void {
    for (let events = 0; events < mostEventsAtOnce && this.#descriptor !== undefined; events++) {
      const argument = encodeInt(channelEvents.none);
      const result = this.#ioctl(requests.getEvent, argument);
      const event = decodeInt(argument);
      if (result === -errno.ENODEV || event === channelEvents.removed || (gone && result < 0)) {
        this.#options.gone();
        return;
      }
      if (result < 0 || event === channelEvents.none) break;
      this.#event(event);
    }
    if (readable) this.#readFrames();
  }

  #event(event: number): void {
    const { settings } = this;
    if (settings === undefined) return;
    const found = readChannelEvent(event, settings.signalling);
    switch (found.kind) {
      case 'signal':
        this.#signal(found.signal);
        return;
      case 'groundStart':
        this.#groundStart();
        return;
      case 'polarity':
        this.#reversed = !this.#reversed;
        this.#signal({ kind: 'polarity', reversed: this.#reversed });
        return;
      case 'dialled':
        this.#handOver?.silence(false);
        this.#signal({ kind: 'pulsesSent' });
        return;
      case 'alarm': {
        const before = this.#noBattery;
        this.#look(false);
        if (this.#noBattery !== before) this.tellAlarms();
        this.#options.alarmsChanged();
        return;
      }
      case 'badFrame':
        if (settings.signalling === 'dChannel') this.#frames.spoilt();
        return;
      default:
        return;
    }
  }

  /** One event stands for the ring ground and for the loop alike; what comes after the ground has none. */
  #groundStart(): void {
    if (this.#received() !== received.start) {
      this.#signal({ kind: 'offHook' });
      return;
    }
    this.#signal({ kind: 'ringGround' });
    this.#bits.await(received.offHook, () => this.#signal({ kind: 'offHook' }));
  }

  #received(): number | undefined {
    const parameters = emptyParameters();
    return this.#ioctl(requests.getParameters, parameters) < 0 ? undefined : decodeParameters(parameters).received;
  }

  #readFrames(): void {
    for (let frames = 0; frames < buffers.frames && this.#descriptor !== undefined; frames++) {
      const frame = this.#frames.read(this.#descriptor);
      if (frame === undefined) return;
      if (typeof frame === 'number') {
        this.#options.gone();
        return;
      }
      this.#tell({ kind: 'frame', frame });
    }
  }

  #frameFault(frame: Uint8Array): string | undefined {
    if (this.#settings?.signalling !== 'dChannel') return 'this line carries no frames';
    if (this.#descriptor === undefined) return 'the line is not open yet';
    return this.#frames.send(this.#descriptor, frame, () => {
      this.#ready(false, false);
      return this.#descriptor !== undefined;
    });
  }

  #cancelEcho(tailMs: number): readonly [] {
    const { calls } = this.#options;
    const turn = this.#turn;
    if (this.#descriptor === undefined) return [];
    calls.ioctl(this.#descriptor, requests.echoCanceller, encodeEchoCanceller(tailMs), (result) => {
      if (turn === this.#turn && result < 0)
        this.#tell({ kind: 'fault', order: 'echoCanceller', why: faultText(result) });
    });
    return [];
  }

  #refusal(order: LineOrder): string | undefined {
    const abilities = this.#abilities;
    if (this.#settings === undefined) return 'the channel is not configured';
    if (order.kind === 'neon' && !abilities.neon) return 'the card has no voltage for a neon lamp';
    if (order.kind === 'polarity' && !abilities.polarity) return 'the card cannot reverse the line';
    if (order.kind === 'echoCanceller' && order.tailMs > abilities.echoTailMs) return 'the echo path is too long';
    return undefined;
  }

  /** Told once; tried again until it can be had. */
  #failed(result: number): void {
    const { settings } = this;
    this.rest();
    const bits = settings === undefined ? undefined : bitsOf(settings.signalling, this.#options.assigned.choices);
    if (settings !== undefined && bits !== undefined)
      this.#reopenTimer = this.#options.clock.after(againMs, () => this.#begin(settings, bits));
    if (this.#refused) return;
    this.#refused = true;
    this.#tell({ kind: 'fault', order: 'configure', why: faultText(result) });
    this.tellAlarms();
  }

  #ioctl(request: number, argument: Uint8Array): number {
    return this.#descriptor === undefined
      ? -errno.ENODEV
      : this.#options.kernel.ioctl(this.#descriptor, request, argument);
  }

  #signal(signal: LineSignal): void {
    if (this.#settings === undefined) return;
    // On a fresh line the kernel waits for the end of a flash that never began: what is lifted meanwhile was on hook.
    const lifted = (signal.kind === 'flash' || signal.kind === 'pulses') && this.#toldOffHook === false;
    const told: LineSignal = lifted ? { kind: 'offHook' } : signal;
    if (told.kind === 'offHook' || told.kind === 'onHook') this.#toldOffHook = told.kind === 'offHook';
    this.#tell({ kind: 'signal', signal: told });
    // The kernel tells of current that is lost, not that it flows again: an interruption is no hang-up.
    if (told.kind === 'current' && !told.flows)
      this.#bits.await(received.offHook, () => this.#signal({ kind: 'current', flows: true }));
  }

  #tell(event: LineEvent): void {
    if (!this.#gone) this.#listener?.(event);
  }
}

function faultText(result: number): string {
  return result === -errno.EBUSY
    ? 'somebody else has the channel, or it is busy'
    : `the driver says ${errorName(result)}`;
}
