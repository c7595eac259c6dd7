import assert from 'node:assert/strict';
import type { Clock } from '../../../src/base/index.js';
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
} from '../../../src/media/index.js';
import { noFigures } from '../../sim/simulated-media.js';

/** One port as its user left it; a script lets the engine speak. */
export class FakeTdmPort implements TdmPort {
  readonly id: PortId;
  readonly place: TdmPlace;
  settings: TdmSettings = idleTdmSettings;
  open = true;
  readonly digits: string[] = [];
  readonly played: (readonly PlayedSound[])[] = [];
  readonly #clock: Clock;
  readonly #gone: () => void;
  #listener: (event: TdmPortEvent) => void = () => undefined;

  constructor(id: PortId, place: TdmPlace, clock: Clock, gone: () => void) {
    this.id = id;
    this.place = place;
    this.#clock = clock;
    this.#gone = gone;
  }

  configure(settings: TdmSettings): void {
    if (this.open) this.settings = settings;
  }

  hear(hears: Source): void {
    if (this.open) this.settings = { ...this.settings, hears };
  }

  digit(digit: string): void {
    if (this.open) this.digits.push(digit);
  }

  play(sounds: readonly PlayedSound[]): number {
    const play = this.played.push(sounds);
    const lasting = sounds.reduce((sum, sound) => sum + msOf(sound), 0);
    if (sounds.length > 0)
      this.#clock.after(lasting, () => {
        if (this.open && this.played.length === play) this.say({ kind: 'played', port: this.id, play });
      });
    return play;
  }

  askStatistics(): void {
    this.#clock.after(0, () => this.say({ kind: 'statistics', port: this.id, statistics: noFigures }));
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.#gone();
    this.#clock.after(0, () => this.#listener({ kind: 'closed', port: this.id, statistics: noFigures }));
  }

  on(listener: (event: TdmPortEvent) => void): void {
    this.#listener = listener;
  }

  say(event: TdmPortEvent): void {
    if (this.open) this.#listener(event);
  }

  press(digit: string): void {
    this.say({ kind: 'digit', port: this.id, digit, durationMs: 100, by: 'sound' });
  }
}

/** A media engine for lines alone: no sound, and a complaint where a place is opened twice. */
export class FakeLineEngine implements LineEngine {
  readonly #clock: Clock;
  readonly open = new Map<string, FakeTdmPort>();
  opened = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  openTdm(place: TdmPlace): FakeTdmPort {
    assert.ok(!this.open.has(place.path), `${place.path} is opened twice`);
    this.opened += 1;
    const id = this.opened.toString(16).padStart(16, 'f');
    const port = new FakeTdmPort(id, place, this.#clock, () => this.open.delete(place.path));
    this.open.set(place.path, port);
    return port;
  }

  claimTdm(): undefined {
    return undefined;
  }

  at(path: string): FakeTdmPort {
    const port = this.open.get(path);
    assert.ok(port !== undefined, `no port on ${path}`);
    return port;
  }
}

function msOf(sound: PlayedSound): number {
  return sound.kind === 'tone' ? sound.durationMs : Math.ceil((sound.bits.length * 1000) / sound.baud);
}
