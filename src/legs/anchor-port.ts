import type { LegQuality } from '../call/index.js';
import {
  type Agreement,
  type BridgeDescription,
  type MediaPort,
  type PortEvent,
  type PortStatistics,
  type RtpSettings,
  soundOf,
  type Tone,
} from '../media/index.js';

/** What is heard where nobody speaks. */
export interface Announcements {
  /** File of the music on hold; undefined: none. */
  readonly music: () => string | undefined;
  readonly ringing: () => Tone;
  /** The call was ended for a call for help. */
  readonly preempted: () => Tone;
}

/** The engine tells of silence after this, ms. */
const silenceToldMs = 5000;

/** The port of one leg: what it hears, whether its peer is heard, and how that was. Closed once. */
export class AnchorPort {
  readonly #port: MediaPort;
  readonly #announcements: Announcements;
  readonly #hear: (event: PortEvent) => void;
  readonly #figures: Promise<PortStatistics | undefined>;
  #codec: string | undefined;
  #settle: (statistics: PortStatistics | undefined) => void = () => undefined;
  #silentMs = 0;
  #closed = false;

  /** `hear`: what the engine says of the port, as long as it is open. */
  constructor(port: MediaPort, announcements: Announcements, hear: (event: PortEvent) => void) {
    this.#port = port;
    this.#announcements = announcements;
    this.#hear = hear;
    this.#figures = new Promise((resolve) => {
      this.#settle = resolve;
    });
    port.on((event) => this.#heard(event));
  }

  get id(): string {
    return this.#port.id;
  }

  get takesEvents(): boolean {
    return this.#port.settings.sends.some(({ codec }) => codec === 'telephone-event');
  }

  /** Sound of the peer has come within the last seconds. */
  get flows(): boolean {
    return this.#silentMs < silenceToldMs;
  }

  opening(settings: RtpSettings): void {
    this.#port.configure(settings);
  }

  /** As agreed with the peer, who hears the far end of `other`. */
  configure({ settings, media, voice }: Agreement, other: BridgeDescription | undefined): void {
    this.#codec = voice?.codec ?? this.#codec;
    const hears =
      media === 'audio' && other !== undefined ? soundOf(other, this.#announcements.music()) : settings.hears;
    this.#port.configure({ ...settings, hears });
  }

  hear(other: BridgeDescription): void {
    this.#port.hear(soundOf(other, this.#announcements.music()));
  }

  /** The ringing tone of the country, for a caller whose telephone left that to us. */
  ring(): void {
    this.#port.hear({ kind: 'tone', tone: this.#announcements.ringing() });
  }

  /** In place of the far end, which is gone. */
  warn(): void {
    this.#port.hear({ kind: 'tone', tone: this.#announcements.preempted() });
  }

  digit(digit: string, durationMs: number): void {
    this.#port.digit(digit, durationMs);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.close();
  }

  /** Once it is closed. */
  async quality(): Promise<LegQuality | undefined> {
    const statistics = await this.#figures;
    const codec = this.#codec;
    if (statistics === undefined || codec === undefined) return undefined;
    const { received, lost, jitterMs, mos, path } = statistics;
    const security = this.#port.settings.security.kind;
    const loss = lost <= 0 ? 0 : lost / (received + lost);
    return { codec, security, path, received, loss, jitterMs, mos };
  }

  #heard(event: PortEvent): void {
    if (event.kind === 'closed') this.#settle(event.statistics);
    else if (event.kind === 'silent') this.#silentMs = event.silentMs;
    if (!this.#closed) this.#hear(event);
  }
}
