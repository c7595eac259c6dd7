import type { DtlsKeys, MediaCommand, RtpPlace } from './media-command.js';
import { idleSettings, type MediaPort, type PortEvent } from './media-engine.js';
import type { ListedPort, MediaEvent, PortStatistics } from './media-event.js';
import type { IceCandidate, PortId, RtpSettings, Source, TransportAddress } from './port-settings.js';

/** More streams of one port than any peer has; the oldest are forgotten. */
const maxStreams = 16;

export interface LivePortOptions {
  readonly id: PortId;
  readonly network: string;
  readonly place: RtpPlace;
  /** Goes to the engine, if one is there. */
  readonly tell: (command: MediaCommand) => void;
  readonly onClose: (port: LivePort) => void;
}

/** One port as it should be, and all that another engine needs to go on with it. */
export class LivePort implements MediaPort {
  readonly id: PortId;
  readonly network: string;
  readonly #options: LivePortOptions;
  #place: RtpPlace;
  #settings: RtpSettings = idleSettings;
  #listener: ((event: PortEvent) => void) | undefined;
  #closing = false;
  #over = false;
  /** Some engine has been told of it, and may have sent by its SSRC. */
  #opened = false;
  /** Candidates that came after the settings, for the peer's credentials of then. */
  #trickled: { readonly ufrag: string; readonly candidates: readonly IceCandidate[] } | undefined;
  #dtlsKeys: DtlsKeys | undefined;
  #latched: TransportAddress | undefined;
  /** The listener knows that the peer is silent. */
  #silent = false;
  /** How often the sequence numbers of each received SSRC wrapped. */
  readonly #received = new Map<number, number>();
  #statistics: PortStatistics | undefined;

  constructor(options: LivePortOptions) {
    this.#options = options;
    this.id = options.id;
    this.network = options.network;
    this.#place = options.place;
  }

  get place(): RtpPlace {
    return this.#place;
  }

  get settings(): RtpSettings {
    return this.#settings;
  }

  /** `close` was said; the engine may not have done it yet. */
  get closing(): boolean {
    return this.#closing;
  }

  /** As told last by the engine that is there. */
  get statistics(): PortStatistics | undefined {
    return this.#statistics;
  }

  configure(settings: RtpSettings): void {
    if (this.#closing) return;
    if (certificateOf(settings) !== certificateOf(this.#settings)) this.#dtlsKeys = undefined;
    if (settings.latchEpoch !== this.#settings.latchEpoch) this.#latched = undefined;
    this.#settings = settings;
    this.#options.tell({ kind: 'configure', port: this.id, settings: this.#whole() });
  }

  hear(source: Source): void {
    if (this.#closing) return;
    this.#settings = { ...this.#settings, hears: source };
    this.#options.tell({ kind: 'hear', port: this.id, source });
  }

  digit(digit: string, durationMs: number): void {
    if (!this.#closing) this.#options.tell({ kind: 'digit', port: this.id, digit, durationMs });
  }

  addCandidates(candidates: readonly IceCandidate[]): void {
    const ufrag = this.#settings.ice?.remote?.ufrag;
    if (this.#closing || ufrag === undefined) return;
    const before = this.#trickled?.ufrag === ufrag ? this.#trickled.candidates : [];
    this.#trickled = { ufrag, candidates: [...before, ...candidates] };
    this.#options.tell({ kind: 'addCandidates', port: this.id, candidates });
  }

  askStatistics(): void {
    if (!this.#closing) this.#options.tell({ kind: 'askStatistics', port: this.id });
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#options.tell({ kind: 'close', port: this.id });
    this.#options.onClose(this);
  }

  on(listener: (event: PortEvent) => void): void {
    this.#listener = listener;
  }

  /** Makes the port in an engine that does not have it; `ssrc` in place of one that was used before. */
  openAgain(ssrc: () => number): void {
    const again = this.#opened;
    if (again) this.#place = { ...this.#place, ssrc: ssrc() };
    this.#opened = true;
    this.#statistics = undefined;
    const resumed = {
      received: [...this.#received].map(([stream, roc]) => ({ ssrc: stream, roc })),
      ...(this.#dtlsKeys === undefined ? {} : { dtlsKeys: this.#dtlsKeys }),
      ...(this.#latched === undefined ? {} : { latched: this.#latched }),
    };
    this.#options.tell({
      kind: 'open',
      port: this.id,
      place: this.#place,
      settings: this.#whole(),
      ...(again ? { resumed } : {}),
    });
    // The new engine begins to listen: it tells of silence, but not that a silence which it never knew is over.
    if (this.#silent) this.heard({ kind: 'silent', port: this.id, silentMs: 0 });
  }

  /** Takes over what an engine says that it has: all of it (`adopt`), or only what the engine knows better. */
  reconcile(listed: NonNullable<ListedPort['rtp']>, adopt: boolean): void {
    this.#opened = true;
    this.#place = listed.place;
    this.#dtlsKeys = listed.dtlsKeys ?? this.#dtlsKeys;
    this.#latched = listed.latched ?? this.#latched;
    for (const { ssrc, roc } of listed.received) this.#noteRollover(ssrc, roc);
    if (adopt) this.#settings = listed.settings;
    else if (JSON.stringify(listed.settings) !== JSON.stringify(this.#whole()))
      this.#options.tell({ kind: 'configure', port: this.id, settings: this.#whole() });
  }

  /** What the engine said of this port; keeps what another engine would need. */
  heard(event: Extract<MediaEvent, { readonly port: PortId }>): void {
    switch (event.kind) {
      case 'rolled':
        this.#noteRollover(event.rollover.ssrc, event.rollover.roc);
        return;
      case 'closed':
        this.finish(event.statistics);
        return;
      case 'secured':
        this.#dtlsKeys = event.keys;
        break;
      case 'latched':
        this.#latched = event.address;
        break;
      case 'silent':
        this.#silent = event.silentMs > 0;
        break;
      case 'statistics':
        this.#statistics = event.statistics;
        break;
      case 'played':
      case 'mf':
      case 'tone':
      case 'fsk':
      case 'lineLost':
        // Of lines alone.
        return;
    }
    this.emit(event);
  }

  emit(event: PortEvent): void {
    if (!this.#over) this.#listener?.(event);
  }

  /** The port is gone; nothing follows. */
  finish(statistics = this.#statistics): void {
    if (this.#over) return;
    this.#closing = true;
    this.#statistics = statistics;
    this.emit({ kind: 'closed', port: this.id, ...(statistics === undefined ? {} : { statistics }) });
    this.#over = true;
  }

  /** Settings with the candidates that came later. */
  #whole(): RtpSettings {
    const { ice } = this.#settings;
    if (ice?.remote === undefined || ice.remote.ufrag !== this.#trickled?.ufrag) return this.#settings;
    const known = new Set(ice.remote.candidates.map(key));
    const later = this.#trickled.candidates.filter((candidate) => !known.has(key(candidate)));
    const candidates = [...ice.remote.candidates, ...later];
    return { ...this.#settings, ice: { ...ice, remote: { ...ice.remote, candidates } } };
  }

  #noteRollover(ssrc: number, roc: number): void {
    this.#received.delete(ssrc);
    this.#received.set(ssrc, roc);
    const [oldest] = this.#received.keys();
    if (this.#received.size > maxStreams && oldest !== undefined) this.#received.delete(oldest);
  }
}

function key({ component, protocol, address }: IceCandidate): string {
  return `${component} ${protocol} ${address.host} ${address.port}`;
}

/** Keys of a handshake hold as long as the peer's certificate does. */
function certificateOf({ security }: RtpSettings): string | undefined {
  return security.kind === 'dtls' ? security.fingerprint : undefined;
}
