import type { DtlsKeys, IceCandidate, ListedPort, MediaCommand, PortId, Rollover } from '../../src/media/index.js';
import type { NativeEvent } from './native-engine.js';

type Open = Extract<MediaCommand, { readonly kind: 'open' }>;

/** More streams of one port than any peer has; the oldest are forgotten. */
const maxStreams = 16;

/** What a new controller is told of a port: how it was opened, and what became of it since. */
export class PortRecord {
  #listed: ListedPort;
  #closing = false;

  constructor(listed: ListedPort) {
    this.#listed = listed;
  }

  static ofRtp({ port, place, settings, resumed }: Open): PortRecord {
    return new PortRecord({ port, rtp: { place, received: [], ...resumed, settings } });
  }

  get listed(): ListedPort {
    return this.#listed;
  }

  get rtp(): ListedPort['rtp'] {
    return this.#listed.rtp;
  }

  /** `close` was said; the native thread has not confirmed it. */
  get closing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
  }

  /** Takes over what a command changes. */
  apply(command: Exclude<MediaCommand, { readonly kind: 'open' | 'openTdm' }>): void {
    const { rtp, tdm } = this.#listed;
    if (command.kind === 'configure') {
      if (rtp === undefined) return;
      // Only a source that the peer may still have is worth keeping.
      const { latched, ...rest } = rtp;
      const kept = command.settings.latchEpoch === rtp.settings.latchEpoch && latched !== undefined ? { latched } : {};
      this.#rtp({ ...rest, ...kept, settings: command.settings });
    } else if (command.kind === 'configureTdm') {
      if (tdm !== undefined) this.#listed = { ...this.#listed, tdm: { ...tdm, settings: command.settings } };
    } else if (command.kind === 'addCandidates') this.#trickled(command.candidates);
    else if (command.kind === 'hear') {
      if (rtp !== undefined) this.#rtp({ ...rtp, settings: { ...rtp.settings, hears: command.source } });
      if (tdm !== undefined)
        this.#listed = { ...this.#listed, tdm: { ...tdm, settings: { ...tdm.settings, hears: command.source } } };
    }
  }

  /** Takes over what the native thread found. */
  heard(event: NativeEvent): void {
    const { rtp } = this.#listed;
    if (rtp === undefined) return;
    if (event.kind === 'latched') this.#rtp({ ...rtp, latched: event.address });
    else if (event.kind === 'rolled') this.#rtp({ ...rtp, received: withRollover(rtp.received, event.rollover) });
  }

  secured(keys: DtlsKeys): void {
    if (this.#listed.rtp !== undefined) this.#rtp({ ...this.#listed.rtp, dtlsKeys: keys });
  }

  #trickled(candidates: readonly IceCandidate[]): void {
    const { rtp } = this.#listed;
    const remote = rtp?.settings.ice?.remote;
    if (rtp?.settings.ice === undefined || remote === undefined) return;
    const ice = { ...rtp.settings.ice, remote: { ...remote, candidates: [...remote.candidates, ...candidates] } };
    this.#rtp({ ...rtp, settings: { ...rtp.settings, ice } });
  }

  #rtp(rtp: NonNullable<ListedPort['rtp']>): void {
    this.#listed = { ...this.#listed, rtp };
  }
}

/** The port's id where a command has one. */
export function portOf(command: MediaCommand): PortId | undefined {
  return 'port' in command ? command.port : undefined;
}

function withRollover(received: readonly Rollover[], rollover: Rollover): readonly Rollover[] {
  return [...received.filter(({ ssrc }) => ssrc !== rollover.ssrc), rollover].slice(-maxStreams);
}
