import { LivePort, type LivePortOptions } from './live-port.js';
import type { DtlsKeys, RtpPlace } from './media-command.js';
import { idleSettings, type MediaPort, type PortEvent } from './media-engine.js';
import type { ListedPort, MediaEvent } from './media-event.js';
import type { IceCandidate, PortId, RtpSettings, Source, TransportAddress } from './port-settings.js';

/** More streams of one port than any peer has; the oldest are forgotten. */
const maxStreams = 16;

export interface LiveRtpPortOptions extends LivePortOptions {
  readonly network: string;
  readonly place: RtpPlace;
  /** In place of one that was used before. */
  readonly ssrc: () => number;
}

/** An RTP port: its keys, its rollovers and whom it believed outlive an engine, its SSRC does not. */
export class LiveRtpPort extends LivePort<PortEvent> implements MediaPort {
  readonly network: string;
  readonly #ssrc: () => number;
  #place: RtpPlace;
  #settings: RtpSettings = idleSettings;
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

  constructor(options: LiveRtpPortOptions) {
    super(options);
    this.network = options.network;
    this.#place = options.place;
    this.#ssrc = options.ssrc;
  }

  get place(): RtpPlace {
    return this.#place;
  }

  get settings(): RtpSettings {
    return this.#settings;
  }

  configure(settings: RtpSettings): void {
    if (this.closing) return;
    if (certificateOf(settings) !== certificateOf(this.#settings)) this.#dtlsKeys = undefined;
    if (settings.latchEpoch !== this.#settings.latchEpoch) this.#latched = undefined;
    this.#settings = settings;
    this.tell({ kind: 'configure', port: this.id, settings: this.#whole() });
  }

  hear(source: Source): void {
    if (this.closing) return;
    this.#settings = { ...this.#settings, hears: source };
    this.tell({ kind: 'hear', port: this.id, source });
  }

  addCandidates(candidates: readonly IceCandidate[]): void {
    const ufrag = this.#settings.ice?.remote?.ufrag;
    if (this.closing || ufrag === undefined) return;
    const before = this.#trickled?.ufrag === ufrag ? this.#trickled.candidates : [];
    this.#trickled = { ufrag, candidates: [...before, ...candidates] };
    this.tell({ kind: 'addCandidates', port: this.id, candidates });
  }

  openAgain(): void {
    const again = this.#opened;
    if (again) this.#place = { ...this.#place, ssrc: this.#ssrc() };
    this.#opened = true;
    this.forgetStatistics();
    const resumed = {
      received: [...this.#received].map(([stream, roc]) => ({ ssrc: stream, roc })),
      ...(this.#dtlsKeys === undefined ? {} : { dtlsKeys: this.#dtlsKeys }),
      ...(this.#latched === undefined ? {} : { latched: this.#latched }),
    };
    this.tell({
      kind: 'open',
      port: this.id,
      place: this.#place,
      settings: this.#whole(),
      ...(again ? { resumed } : {}),
    });
    // The new engine begins to listen: it tells of silence, but not that a silence which it never knew is over.
    if (this.#silent) this.heard({ kind: 'silent', port: this.id, silentMs: 0 });
  }

  reconcile({ rtp }: ListedPort, adopt: boolean): void {
    if (rtp === undefined) return;
    this.#opened = true;
    this.#place = rtp.place;
    this.#dtlsKeys = rtp.dtlsKeys ?? this.#dtlsKeys;
    this.#latched = rtp.latched ?? this.#latched;
    for (const { ssrc, roc } of rtp.received) this.#noteRollover(ssrc, roc);
    if (adopt) this.#settings = rtp.settings;
    else if (JSON.stringify(rtp.settings) !== JSON.stringify(this.#whole()))
      this.tell({ kind: 'configure', port: this.id, settings: this.#whole() });
  }

  protected noted(event: Extract<MediaEvent, { readonly port: PortId }>): PortEvent | undefined {
    switch (event.kind) {
      case 'rolled':
        this.#noteRollover(event.rollover.ssrc, event.rollover.roc);
        return undefined;
      case 'secured':
        this.#dtlsKeys = event.keys;
        return event;
      case 'latched':
        this.#latched = event.address;
        return event;
      case 'silent':
        this.#silent = event.silentMs > 0;
        return event;
      case 'digit':
      case 'fax':
      case 'finished':
      case 'gathered':
      case 'ice':
      case 'insecure':
        return event;
      default:
        // Of lines alone.
        return undefined;
    }
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
