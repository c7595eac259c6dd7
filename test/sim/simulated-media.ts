import { type Clock, hexToken, type Random } from '../../src/base/index.js';
import type {
  ListedPort,
  MediaCommand,
  MediaEvent,
  MediaPorts,
  PlayedSound,
  PortId,
  PortStatistics,
  RtpSettings,
  Source,
} from '../../src/media/index.js';

export const noFigures: PortStatistics = {
  received: 0,
  receivedBytes: 0,
  sent: 0,
  sentBytes: 0,
  lost: 0,
  duplicate: 0,
  reordered: 0,
  late: 0,
  concealedMs: 0,
  jitterMs: 0,
  bufferMs: 0,
  refused: { source: 0, authentication: 0, replayed: 0, malformed: 0, payloadType: 0 },
  mos: 4.4,
  path: 'relay',
};

type Rtp = NonNullable<ListedPort['rtp']>;
type Tdm = NonNullable<ListedPort['tdm']>;

/**
 * A media engine without sound, on the clock it is given: keeps the ports that it is told of, answers as the real one does, and
 * complains where its user breaks the contract. Its process can die, and its connection can be cut.
 */
export class SimulatedMediaEngine {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #complain: (text: string) => void;
  readonly #ports = new Map<PortId, Rtp>();
  readonly #lines = new Map<PortId, Tdm>();
  /** The last `play` of each line. */
  readonly #plays = new Map<PortId, number>();
  /** Keystreams that were begun: key and SSRC together must never come twice (RFC 3711 §9.1). */
  readonly #keystreams = new Map<string, PortId>();
  #instance: string;
  #user: MediaPorts | undefined;
  /** Everything that was said, in order. */
  readonly commands: MediaCommand[] = [];
  /** Why a port cannot be opened; undefined: it can. */
  refuses: (port: PortId, place: Rtp['place'] | Tdm['place']) => string | undefined = () => undefined;

  constructor(clock: Clock, random: Random, complain: (text: string) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#complain = complain;
    this.#instance = hexToken(random, 8);
  }

  get ports(): ReadonlyMap<PortId, Rtp> {
    return this.#ports;
  }

  /** Ports on lines. */
  get lines(): ReadonlyMap<PortId, Tdm> {
    return this.#lines;
  }

  /** Whom the peer of a port hears in the end: a port that hears a port hears its peer. */
  heardBy(port: PortId): Source {
    return (this.#ports.get(port) ?? this.#lines.get(port))?.settings.hears ?? { kind: 'nothing' };
  }

  /** Two ports hear each other. */
  bridged(one: PortId, other: PortId): boolean {
    const hears = (port: PortId, source: Source): boolean => source.kind === 'port' && source.port === port;
    return hears(other, this.heardBy(one)) && hears(one, this.heardBy(other));
  }

  connect(user: MediaPorts): void {
    this.#user = user;
    user.attached((command) => {
      if (this.#user === user) this.#take(command);
    });
    this.say({
      kind: 'hello',
      protocol: 1,
      instance: this.#instance,
      fingerprint: 'sha-256 00:11:22:33',
      codecs: ['PCMU', 'PCMA', 'G722', 'opus'],
      realTime: false,
    });
  }

  /** The connection is gone; the ports stay. */
  disconnect(): void {
    this.#user?.detached();
    this.#user = undefined;
  }

  /** The process is gone, and all ports with it; connecting reaches another one. */
  die(): void {
    this.disconnect();
    this.#ports.clear();
    this.#lines.clear();
    this.#instance = hexToken(this.#random, 8);
  }

  /** On a later turn, as everything that comes over a socket. */
  say(event: MediaEvent): void {
    const [user, instance] = [this.#user, this.#instance];
    this.#clock.after(0, () => {
      if (this.#user === user && this.#instance === instance) user?.heard(event);
    });
  }

  #take(command: MediaCommand): void {
    this.commands.push(command);
    if (command.kind === 'list') {
      const rtp = [...this.#ports].map(([port, each]) => ({ port, rtp: each }));
      const tdm = [...this.#lines].map(([port, each]) => ({ port, tdm: each }));
      this.say({ kind: 'ports', ports: [...rtp, ...tdm] });
    } else if (command.kind === 'open') this.#open(command);
    else if (command.kind === 'openTdm') this.#openTdm(command);
    else if ('port' in command) this.#toPort(command);
  }

  #openTdm({ port, place, settings }: Extract<MediaCommand, { readonly kind: 'openTdm' }>): void {
    if (this.#lines.has(port)) this.#complain(`port ${port} is opened twice`);
    const taken = [...this.#lines].find(([, other]) => other.place.path === place.path);
    const why = taken === undefined ? this.refuses(port, place) : `EBUSY: port ${taken[0]} has it`;
    if (why !== undefined) this.say({ kind: 'failed', port, command: 'openTdm', why });
    else this.#lines.set(port, { place, settings });
  }

  #open({ port, place, settings, resumed }: Extract<MediaCommand, { readonly kind: 'open' }>): void {
    if (this.#ports.has(port)) this.#complain(`port ${port} is opened twice`);
    const taken = [...this.#ports].find(
      ([
        ,
        {
          place: { rtp },
        },
      ]) => rtp.host === place.rtp.host && rtp.port === place.rtp.port,
    );
    const why = taken === undefined ? this.refuses(port, place) : `EADDRINUSE: port ${taken[0]} has it`;
    if (why !== undefined) {
      this.say({ kind: 'failed', port, command: 'open', why });
      return;
    }
    this.#ports.set(port, { place, received: [], ...resumed, settings });
    this.#noteKeystream(port, place.ssrc, settings);
  }

  #toPort(command: Extract<MediaCommand, { readonly port: PortId }>): void {
    const { kind, port } = command;
    const tdm = this.#lines.get(port);
    if (tdm !== undefined) {
      this.#toLine(port, tdm, command);
      return;
    }
    const rtp = this.#ports.get(port);
    if (rtp === undefined) {
      this.say({ kind: 'failed', port, command: kind, why: 'there is no such port' });
      return;
    }
    if (kind === 'close') {
      this.#ports.delete(port);
      this.say({ kind: 'closed', port, statistics: noFigures });
    } else if (kind === 'askStatistics') this.say({ kind: 'statistics', port, statistics: noFigures });
    else if (kind === 'configure') {
      this.#ports.set(port, { ...rtp, settings: command.settings });
      this.#noteKeystream(port, rtp.place.ssrc, command.settings);
    } else if (kind === 'hear') this.#ports.set(port, { ...rtp, settings: { ...rtp.settings, hears: command.source } });
  }

  #toLine(port: PortId, tdm: Tdm, command: MediaCommand): void {
    if (command.kind === 'close') {
      this.#lines.delete(port);
      this.#plays.delete(port);
      this.say({ kind: 'closed', port, statistics: noFigures });
    } else if (command.kind === 'askStatistics') this.say({ kind: 'statistics', port, statistics: noFigures });
    else if (command.kind === 'configureTdm') this.#lines.set(port, { ...tdm, settings: command.settings });
    else if (command.kind === 'hear')
      this.#lines.set(port, { ...tdm, settings: { ...tdm.settings, hears: command.source } });
    else if (command.kind === 'play') this.#play(port, command.play, command.sounds);
    else if (command.kind !== 'digit') this.say({ kind: 'failed', port, command: command.kind, why: 'a TDM port' });
  }

  #play(port: PortId, play: number, sounds: readonly PlayedSound[]): void {
    this.#plays.set(port, play);
    if (sounds.length === 0) return;
    const ms = sounds.reduce((sum, sound) => sum + lengthMs(sound), 0);
    const instance = this.#instance;
    this.#clock.after(ms, () => {
      if (this.#instance !== instance || this.#plays.get(port) !== play || !this.#lines.has(port)) return;
      this.#plays.delete(port);
      this.say({ kind: 'played', port, play });
    });
  }

  #noteKeystream(port: PortId, ssrc: number, { security }: RtpSettings): void {
    if (security.kind !== 'sdes') return;
    const keystream = `${security.send.keyAndSalt} ${ssrc} ${this.#instance}`;
    for (const [known] of this.#keystreams) {
      const [key, stream, instance] = known.split(' ');
      if (key === security.send.keyAndSalt && stream === String(ssrc) && instance !== this.#instance)
        this.#complain(`port ${port} begins a keystream that another engine has used`);
    }
    this.#keystreams.set(keystream, port);
  }
}

function lengthMs(sound: PlayedSound): number {
  return sound.kind === 'tone' ? sound.durationMs : (sound.bits.length * 1000) / sound.baud;
}
