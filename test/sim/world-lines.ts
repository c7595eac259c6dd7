import type { SimulatedChannel, SimulatedSound, TelephoneWorld } from '../../hw/simulator/index.js';
import { dtmfFrequencies, isMfSignal, mfFrequencies } from '../../src/analog/index.js';
import type { Clock, Timer } from '../../src/base/index.js';
import {
  idleTdmSettings,
  type LineEngine,
  type PlayedSound,
  type PortId,
  type Source,
  type TdmPlace,
  type TdmPort,
  type TdmPortEvent,
  type TdmSettings,
} from '../../src/media/index.js';
import type { Channel, HardwareEvent, LineHardware, Span } from '../../src/tdm/index.js';
import { noFigures } from './simulated-media.js';

const silence: SimulatedSound = { kind: 'silence' };

/** A simulated world whose channels have a place for their samples: their ids. */
export class WorldHardware implements LineHardware {
  readonly #world: TelephoneWorld;

  constructor(world: TelephoneWorld) {
    this.#world = world;
  }

  get spans(): readonly Span[] {
    return this.#world.spans.map(placed);
  }

  on(listener: (event: HardwareEvent) => void): void {
    this.#world.on((event) =>
      listener(event.kind === 'plugged' ? { kind: 'plugged', span: placed(event.span) } : event),
    );
  }
}

function placed(span: Span): Span {
  return {
    description: span.description,
    get alarms() {
      return span.alarms;
    },
    get counters() {
      return span.counters;
    },
    channels: span.channels.map(
      (channel): Channel => ({
        id: channel.id,
        number: channel.number,
        abilities: channel.abilities,
        samples: { path: channel.id, blockBytes: 80 },
        get alarms() {
          return channel.alarms;
        },
        get settings() {
          return channel.settings;
        },
        configure: (settings) => channel.configure(settings),
        order: (order) => channel.order(order),
        send: (frame) => channel.send(frame),
        on: (listener) => channel.on(listener),
      }),
    ),
    configure: (settings) => span.configure(settings),
    on: (listener) => span.on(listener),
  };
}

/** A media engine whose detectors and generators are the world's own words for sound. Ports bridged to one another pass voices. */
export class WorldLineEngine implements LineEngine {
  readonly #clock: Clock;
  readonly #world: TelephoneWorld;
  readonly ports = new Map<PortId, WorldPort>();
  #made = 0;

  constructor(clock: Clock, world: TelephoneWorld) {
    this.#clock = clock;
    this.#world = world;
  }

  openTdm(place: TdmPlace): TdmPort {
    const channel = this.#world.spans.flatMap((span) => span.channels).find(({ id }) => id === place.path);
    if (channel === undefined) throw new Error(`no channel at ${place.path}`);
    if ([...this.ports.values()].some((port) => port.place.path === place.path)) throw new Error(`${place.path} twice`);
    this.#made++;
    const id = this.#made.toString(16).padStart(16, 'e');
    const port = new WorldPort(id, place, this.#clock, channel, (said) => {
      if (said === undefined) this.ports.delete(id);
      else this.#pass(id, said);
    });
    this.ports.set(id, port);
    return port;
  }

  claimTdm(): undefined {
    return undefined;
  }

  #pass(from: PortId, sound: SimulatedSound): void {
    for (const port of this.ports.values()) {
      const { hears } = port.settings;
      if (hears.kind === 'port' && hears.port === from) port.make(sound);
    }
  }
}

class WorldPort implements TdmPort {
  readonly id: PortId;
  readonly place: TdmPlace;
  settings: TdmSettings = idleTdmSettings;
  readonly #clock: Clock;
  readonly #channel: SimulatedChannel;
  readonly #said: (sound: SimulatedSound | undefined) => void;
  #listener: (event: TdmPortEvent) => void = () => undefined;
  #open = true;
  #plays = 0;
  #playing: Timer[] = [];

  constructor(
    id: PortId,
    place: TdmPlace,
    clock: Clock,
    channel: SimulatedChannel,
    said: (sound: SimulatedSound | undefined) => void,
  ) {
    this.id = id;
    this.place = place;
    this.#clock = clock;
    this.#channel = channel;
    this.#said = said;
    channel.onSound((sound) => this.#heard(sound));
  }

  configure(settings: TdmSettings): void {
    this.settings = settings;
  }

  hear(hears: Source): void {
    this.settings = { ...this.settings, hears };
    if (hears.kind !== 'tone') this.make(silence);
    else this.make({ kind: 'tone', frequencies: hears.tone.steps[0]?.frequencies ?? [] });
  }

  digit(digit: string): void {
    this.make({ kind: 'digit', digit });
  }

  play(sounds: readonly PlayedSound[]): number {
    for (const timer of this.#playing.splice(0)) timer.cancel();
    this.#plays++;
    const play = this.#plays;
    let at = 0;
    for (const sound of sounds) {
      this.#playing.push(this.#clock.after(at, () => this.make(wordOf(sound))));
      at += sound.kind === 'tone' ? sound.durationMs : 0;
    }
    if (sounds.length > 0)
      this.#playing.push(this.#clock.after(at, () => this.#say({ kind: 'played', port: this.id, play })));
    return play;
  }

  askStatistics(): void {
    this.#clock.after(0, () => this.#say({ kind: 'statistics', port: this.id, statistics: noFigures }));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const timer of this.#playing) timer.cancel();
    this.#channel.onSound(() => undefined);
    this.#said(undefined);
    this.#clock.after(0, () => this.#listener({ kind: 'closed', port: this.id, statistics: noFigures }));
  }

  on(listener: (event: TdmPortEvent) => void): void {
    this.#listener = listener;
  }

  make(sound: SimulatedSound): void {
    if (this.#open) this.#channel.play(sound);
  }

  #say(event: TdmPortEvent): void {
    if (this.#open) this.#listener(event);
  }

  #heard(sound: SimulatedSound): void {
    const { listens } = this.settings;
    const port = this.id;
    const frequencies = sound.kind === 'tone' ? sound.frequencies : [];
    const listened = listens.tones.some((set) => `${set}` === `${frequencies}`);
    this.#say({ kind: 'tone', port, frequencies: listened ? frequencies : [] });
    if (sound.kind === 'digit' && listens.digits)
      this.#say({ kind: 'digit', port, digit: sound.digit, durationMs: 80, by: 'sound' });
    if (sound.kind === 'mf' && listens.mf && isMfSignal(sound.signal))
      this.#say({ kind: 'mf', port, signal: sound.signal });
    if (sound.kind === 'data' && listens.fsk !== 'off')
      this.#say({ kind: 'fsk', port, bits: [...sound.bits].join('') });
    this.#said(sound);
  }
}

/** What a detector would make of it. */
function wordOf(sound: PlayedSound): SimulatedSound {
  if (sound.kind === 'fsk') return { kind: 'data', bits: Uint8Array.from(sound.bits, Number) };
  const key = `${sound.frequencies}`;
  if (sound.frequencies.length === 0) return silence;
  const digit = Object.entries(dtmfFrequencies).find(([, pair]) => `${pair}` === key)?.[0];
  if (digit !== undefined) return { kind: 'digit', digit };
  const signal = Object.entries(mfFrequencies).find(([, pair]) => `${pair}` === key)?.[0];
  return signal !== undefined && isMfSignal(signal)
    ? { kind: 'mf', signal }
    : { kind: 'tone', frequencies: sound.frequencies };
}
