import { LivePort, type LivePortOptions } from './live-port.js';
import type { TdmPlace } from './media-command.js';
import { idleTdmSettings, type TdmPort, type TdmPortEvent } from './media-engine.js';
import type { ListedPort, MediaEvent } from './media-event.js';
import type { PlayedSound, PortId, Source, TdmSettings } from './port-settings.js';

export interface LiveTdmPortOptions extends LivePortOptions {
  readonly place: TdmPlace;
  /** Never the same, also not that of a controller before us. */
  readonly nextPlay: () => number;
}

/** A port on a line. What sounds once is not said again to another engine: it would come at the wrong time. */
export class LiveTdmPort extends LivePort<TdmPortEvent> implements TdmPort {
  readonly place: TdmPlace;
  readonly #nextPlay: () => number;
  #settings: TdmSettings = idleTdmSettings;

  constructor(options: LiveTdmPortOptions) {
    super(options);
    this.place = options.place;
    this.#nextPlay = options.nextPlay;
  }

  get settings(): TdmSettings {
    return this.#settings;
  }

  configure(settings: TdmSettings): void {
    if (this.closing) return;
    this.#settings = settings;
    this.tell({ kind: 'configureTdm', port: this.id, settings });
  }

  hear(source: Source): void {
    if (this.closing) return;
    this.#settings = { ...this.#settings, hears: source };
    this.tell({ kind: 'hear', port: this.id, source });
  }

  play(sounds: readonly PlayedSound[]): number {
    const play = this.#nextPlay();
    if (!this.closing) this.tell({ kind: 'play', port: this.id, play, sounds });
    return play;
  }

  openAgain(): void {
    this.forgetStatistics();
    this.tell({ kind: 'openTdm', port: this.id, place: this.place, settings: this.#settings });
  }

  reconcile({ tdm }: ListedPort, adopt: boolean): void {
    if (tdm === undefined) return;
    if (adopt) this.#settings = tdm.settings;
    else if (JSON.stringify(tdm.settings) !== JSON.stringify(this.#settings))
      this.tell({ kind: 'configureTdm', port: this.id, settings: this.#settings });
  }

  protected noted(event: Extract<MediaEvent, { readonly port: PortId }>): TdmPortEvent | undefined {
    switch (event.kind) {
      case 'digit':
      case 'mf':
      case 'tone':
      case 'fsk':
      case 'fax':
      case 'played':
      case 'finished':
      case 'lineLost':
        return event;
      default:
        // Of networks alone.
        return undefined;
    }
  }
}
