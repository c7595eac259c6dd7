import { FullAgent } from '../../../appliance/media-engine/ice/full-agent.js';
import type { IceAgent, IceOutput, IceState } from '../../../appliance/media-engine/ice/ice-agent.js';
import { LiteAgent } from '../../../appliance/media-engine/ice/lite-agent.js';
import { looksLikeStun } from '../../../appliance/media-engine/ice/stun-message.js';
import type { Component } from '../../../appliance/media-engine/index.js';
import { hexToken, type Random, type Timer } from '../../../src/base/index.js';
import type { IceCandidate, IceSettings, TransportAddress, TurnServer } from '../../../src/media/index.js';
import type { NatNetwork } from '../../sim/nat-network.js';
import type { VirtualClock } from '../../sim/virtual-clock.js';

export interface IceSideOptions {
  readonly host: string;
  readonly mode: 'lite' | 'full';
  readonly controlling: boolean;
  readonly rtcpMux: boolean;
  readonly stun?: readonly TransportAddress[];
  readonly turn?: readonly TurnServer[];
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly network: NatNetwork;
}

export interface Heard {
  readonly component: Component;
  readonly bytes: Buffer;
  /** As the native thread sees it: through a relay, the peer's address. */
  readonly from: TransportAddress;
}

type Path = Extract<IceOutput, { kind: 'path' }>;

const first = 10_000;

/** An agent with its sockets and the native thread's part: what is no STUN is media, ChannelData is wrapped and unwrapped. */
export class IceSide {
  readonly agent: IceAgent;
  readonly states: IceState[] = [];
  readonly paths = new Map<Component, Path>();
  readonly heard: Heard[] = [];
  candidates: readonly IceCandidate[] = [];
  gathered = false;
  pair = '';
  local: IceSettings['local'];
  sent = 0;
  readonly #options: IceSideOptions;
  #remote: IceSettings['remote'];
  #timer: Timer | undefined;

  constructor(options: IceSideOptions) {
    this.#options = options;
    const { host, mode, controlling, rtcpMux, random, clock, network, stun = [], turn = [] } = options;
    this.local = this.#draw();
    const agentOptions = {
      place: {
        rtp: { host, port: first },
        rtcp: { host, port: first + 1 },
        ice: { mode, stun, turn },
        ssrc: 1,
        cname: 'cname',
      },
      settings: { local: this.local, controlling },
      rtcpMux,
      random,
    };
    network.attach(host, (bytes, from, at) => this.#onPacket(at.port === first ? 1 : 2, bytes, from));
    this.agent = mode === 'lite' ? new LiteAgent(agentOptions, clock.now()) : new FullAgent(agentOptions, clock.now());
    this.#after();
  }

  get state(): IceState | undefined {
    return this.states.at(-1);
  }

  /** What the peer's description says. */
  describe(candidates = this.candidates): NonNullable<IceSettings['remote']> {
    const { ufrag, password } = this.local;
    return {
      ufrag,
      password,
      lite: this.#options.mode === 'lite',
      candidates,
      trickle: candidates.length < this.candidates.length,
    };
  }

  hear(remote: NonNullable<IceSettings['remote']> | undefined, controlling = this.#options.controlling): void {
    this.#remote = remote;
    this.#configure(controlling);
  }

  trickle(candidates: readonly IceCandidate[]): void {
    this.agent.addCandidates(candidates, this.#options.clock.now());
    this.#after();
  }

  restart(): void {
    this.local = this.#draw();
  }

  /** As RTP leaves the native thread. */
  sendMedia(component: Component, text: string): void {
    const path = this.paths.get(component);
    if (path === undefined || path.remote === null) return;
    const bytes = Buffer.from(`\x80${text}`, 'latin1');
    if (path.relay === undefined) {
      this.#send(component, bytes, path.remote);
      return;
    }
    const header = Buffer.alloc(4);
    header.writeUInt16BE(path.relay.channel, 0);
    header.writeUInt16BE(bytes.length, 2);
    this.#send(component, Buffer.concat([header, bytes]), path.relay.server);
  }

  sendByAgent(component: Component, text: string): boolean {
    const went = this.agent.send(component, Buffer.from(`\x16${text}`, 'latin1'));
    this.#after();
    return went;
  }

  close(): void {
    this.agent.close(this.#options.clock.now());
    this.#after();
    this.#timer?.cancel();
  }

  #configure(controlling: boolean): void {
    const { rtcpMux, clock } = this.#options;
    const settings = {
      local: this.local,
      controlling,
      ...(this.#remote === undefined ? {} : { remote: this.#remote }),
    };
    this.agent.configure(settings, rtcpMux, clock.now());
    this.#after();
  }

  #draw(): IceSettings['local'] {
    return { ufrag: hexToken(this.#options.random, 4), password: hexToken(this.#options.random, 12) };
  }

  #send(component: Component, bytes: Buffer, to: TransportAddress): void {
    this.sent++;
    this.#options.network.send({ host: this.#options.host, port: first + component - 1 }, to, bytes);
  }

  #onPacket(component: Component, packet: Buffer, source: TransportAddress): void {
    const { turn = [], clock } = this.#options;
    const server = turn.find(({ address }) => address.host === source.host && address.port === source.port);
    const wrapped = (packet[0] ?? 0) >= 0x40 && (packet[0] ?? 0) < 0x50 && server !== undefined;
    const channel = wrapped ? packet.readUInt16BE(0) : undefined;
    const bytes = wrapped ? packet.subarray(4) : packet;
    const path = this.paths.get(component);
    if ((bytes[0] ?? 0) >= 0x80) {
      const from = wrapped && path?.remote ? path.remote : source;
      this.heard.push({ component, bytes: bytes.subarray(1), from });
      return;
    }
    if (channel !== undefined || looksLikeStun(bytes))
      this.agent.receive(component, bytes, source, channel, clock.now());
    this.#after();
  }

  #after(): void {
    const { clock } = this.#options;
    for (const output of this.agent.take()) {
      if (output.kind === 'send') this.#send(output.component, output.bytes, output.to);
      else if (output.kind === 'path') this.paths.set(output.component, output);
      else if (output.kind === 'unwrapped') this.heard.push({ ...output, from: { host: 'relay', port: 1 } });
      else if (output.kind === 'gathered') {
        this.candidates = output.candidates;
        this.gathered = output.done;
      } else {
        this.states.push(output.state);
        this.pair = output.pair ?? this.pair;
      }
    }
    this.#timer?.cancel();
    const at = this.agent.timeout;
    this.#timer =
      at === undefined
        ? undefined
        : clock.after(at - clock.now(), () => {
            this.agent.advance(clock.now());
            this.#after();
          });
  }
}
