import type { Clock, Random, Timer } from '../../src/base/index.js';
import type {
  DtlsKeys,
  IceCandidate,
  IceSettings,
  MediaEvent,
  PortId,
  RtpPlace,
  RtpSettings,
  TransportAddress,
} from '../../src/media/index.js';
import { DtlsEndpoint } from './dtls/dtls-endpoint.js';
import { canonical, sameAddress } from './ice/address.js';
import { FullAgent } from './ice/full-agent.js';
import { componentsOf, type IceAgent } from './ice/ice-agent.js';
import { LiteAgent } from './ice/lite-agent.js';
import { looksLikeStun } from './ice/stun-message.js';
import type { Component, NativeCommand, NativeEvent } from './native-engine.js';
import type { EngineCertificate } from './transport-agent.js';

export type TransportCommand = Extract<NativeCommand, { readonly kind: 'send' | 'path' | 'keys' }>;
export type TransportNews = Extract<MediaEvent, { readonly kind: 'gathered' | 'ice' | 'secured' | 'insecure' }>;

export interface PortTransportOptions {
  readonly port: PortId;
  readonly place: RtpPlace;
  readonly clock: Clock;
  readonly random: Random;
  readonly certificate: EngineCertificate;
  readonly toNative: (command: TransportCommand) => void;
  readonly toController: (event: TransportNews) => void;
}

/** RFC 7983 §7: what begins a record of DTLS. */
const dtlsFirst = { least: 20, most: 63 } as const;

interface Secured {
  readonly endpoint: DtlsEndpoint;
  /** Without ICE: where the peer shakes hands from. */
  peer: TransportAddress | undefined;
  keys: DtlsKeys | undefined;
}

/** ICE and DTLS of one port, joined: handshakes go where ICE says, and their keys and paths to the native thread. */
export class PortTransport {
  readonly #options: PortTransportOptions;
  #settings: RtpSettings;
  #ice: IceAgent | undefined;
  readonly #dtls = new Map<Component, Secured>();
  /** Fingerprint and role that the endpoints were made for. */
  #dtlsFor = '';
  /** We began a restart: what the peer had said before it is not its answer. */
  #staleRemote: string | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** `keys`: of an earlier engine; as long as the fingerprint stays, no handshake is begun. */
  constructor(options: PortTransportOptions, settings: RtpSettings, keys: DtlsKeys | undefined) {
    this.#options = options;
    this.#settings = settings;
    if (keys !== undefined) this.#dtlsFor = handshakeOf(settings);
    this.#apply();
  }

  configure(settings: RtpSettings): void {
    const before = this.#settings.ice;
    if (before !== undefined && before.local.ufrag !== settings.ice?.local.ufrag)
      this.#staleRemote = before.remote?.ufrag;
    this.#settings = settings;
    this.#apply();
  }

  addCandidates(candidates: readonly IceCandidate[]): void {
    this.#ice?.addCandidates(candidates, this.#now());
    this.#settle();
  }

  packet({ component, bytes, from: source, channel }: Extract<NativeEvent, { kind: 'packet' }>): void {
    const from = canonical(source);
    if (from === undefined) return;
    const packet = Buffer.from(bytes);
    const ice = this.#ice;
    if (ice !== undefined && (channel !== undefined || looksLikeStun(packet))) {
      ice.receive(component, packet, from, channel, this.#now());
    } else this.#onDtls(component, packet, from);
    this.#settle();
  }

  close(): void {
    this.#ice?.close(this.#now());
    this.#settle();
    this.#timer?.cancel();
    this.#ice = undefined;
    this.#endHandshakes();
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #apply(): void {
    const now = this.#now();
    const { place, random } = this.#options;
    const { rtcpMux } = this.#settings;
    const ice = this.#currentIce();
    if (ice === undefined || place.ice === undefined) {
      this.#ice?.close(now);
      this.#collectIce();
      this.#ice = undefined;
    } else if (this.#ice === undefined) {
      const options = { place: { ...place, ice: place.ice }, settings: ice, rtcpMux, random };
      this.#ice = place.ice.mode === 'lite' ? new LiteAgent(options, now) : new FullAgent(options, now);
    } else this.#ice.configure(ice, rtcpMux, now);
    this.#applySecurity(now);
    this.#settle();
  }

  #currentIce(): IceSettings | undefined {
    const { ice } = this.#settings;
    if (ice?.remote === undefined || ice.remote.ufrag !== this.#staleRemote) return ice;
    return { local: ice.local, controlling: ice.controlling };
  }

  #applySecurity(now: number): void {
    const { security, rtcpMux } = this.#settings;
    const wanted = handshakeOf(this.#settings);
    if (wanted !== this.#dtlsFor) {
      this.#dtlsFor = wanted;
      this.#endHandshakes();
      if (security.kind === 'dtls')
        for (const component of [1, 2] as const) this.#dtls.set(component, this.#makeEndpoint(security));
    }
    if (rtcpMux) {
      this.#dtls.get(2)?.endpoint.close();
      this.#dtls.delete(2);
    }
    for (const component of componentsOf(rtcpMux)) this.#reach(component, now);
  }

  #endHandshakes(): void {
    for (const { endpoint } of this.#dtls.values()) endpoint.close();
    this.#dtls.clear();
  }

  #makeEndpoint({ role, fingerprint }: Extract<RtpSettings['security'], { kind: 'dtls' }>): Secured {
    const { certificate } = this.#options;
    const endpoint = new DtlsEndpoint({ role, fingerprint, certificate, changed: () => this.#settle() });
    return { endpoint, peer: undefined, keys: undefined };
  }

  /** There is somebody to shake hands with. */
  #reach(component: Component, now: number): void {
    const there = this.#ice === undefined ? this.#signalled(component) !== undefined : this.#ice.hasPath(component);
    if (!there) return;
    this.#dtls.get(component)?.endpoint.reachable(now);
  }

  #signalled(component: Component): TransportAddress | undefined {
    const { remote } = this.#settings;
    const address = component === 1 ? remote?.rtp : remote?.rtcp;
    return address === undefined ? undefined : canonical(address);
  }

  #onDtls(component: Component, packet: Buffer, from: TransportAddress): void {
    const [first = 0] = packet;
    const secured = this.#dtls.get(component);
    if (secured === undefined || first < dtlsFirst.least || first > dtlsFirst.most) return;
    if (this.#ice === undefined ? !this.#mayBe(component, secured, from) : !this.#ice.believes(component, from)) return;
    // Without ICE an answer goes to where its question came from.
    secured.peer = from;
    secured.endpoint.receive(packet, this.#now());
  }

  /** Without ICE, the rules of latching: what a handshake comes from is not proven, but its fingerprint is. */
  #mayBe(component: Component, secured: Secured, from: TransportAddress): boolean {
    if (secured.peer !== undefined && sameAddress(secured.peer, from)) return true;
    const { latch } = this.#settings;
    const signalled = this.#signalled(component);
    if (latch === 'any') return true;
    if (signalled === undefined) return false;
    return latch === 'address' ? signalled.host === from.host : sameAddress(signalled, from);
  }

  /** Everything that agents and endpoints have to say, and the timer for what comes next. */
  #settle(): void {
    this.#collectIce();
    for (const [component, secured] of this.#dtls) this.#collectDtls(component, secured);
    const times = [this.#ice, ...[...this.#dtls.values()].map(({ endpoint }) => endpoint)].map((each) => each?.timeout);
    const at = Math.min(...times.filter((time) => time !== undefined));
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer =
      at === Number.POSITIVE_INFINITY ? undefined : this.#options.clock.after(at - this.#now(), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#now();
    this.#ice?.advance(now);
    for (const { endpoint } of this.#dtls.values()) endpoint.advance(now);
    this.#settle();
  }

  #collectIce(): void {
    const { port, toNative, toController } = this.#options;
    const ice = this.#ice;
    for (const output of ice?.take() ?? []) {
      switch (output.kind) {
        case 'send':
          toNative({ ...output, port });
          break;
        case 'path':
          toNative({ ...output, port });
          if (output.remote !== null) this.#reach(output.component, this.#now());
          break;
        case 'gathered':
        case 'ice':
          toController({ ...output, port });
          break;
        case 'unwrapped':
          this.#dtls.get(output.component)?.endpoint.receive(output.bytes, this.#now());
          break;
      }
    }
  }

  #collectDtls(component: Component, secured: Secured): void {
    const { port, toNative, toController } = this.#options;
    for (const output of secured.endpoint.take()) {
      if (output.kind === 'insecure') toController({ kind: 'insecure', port, why: output.why });
      else if (output.kind === 'secured') this.#onKeys(secured, output.keys);
      else if (this.#ice !== undefined) {
        if (this.#ice.send(component, output.bytes)) this.#collectIce();
      } else {
        const to = secured.peer ?? this.#signalled(component);
        if (to !== undefined) toNative({ kind: 'send', port, component, bytes: output.bytes, to });
      }
    }
  }

  #onKeys(secured: Secured, keys: DtlsKeys): void {
    const { port, toNative, toController } = this.#options;
    secured.keys = keys;
    const rtp = this.#dtls.get(1)?.keys;
    const rtcp = this.#dtls.get(2)?.keys;
    if (rtp === undefined) return;
    // Where RTCP agreed on something else it has no keys: one port, one suite.
    const both = rtcp !== undefined && rtcp.suite === rtp.suite;
    const all = both ? { ...rtp, rtcp: { send: rtcp.send, receive: rtcp.receive } } : rtp;
    toNative({ kind: 'keys', port, keys: all });
    toController({ kind: 'secured', port, keys: all });
  }
}

/** What a handshake is for: another fingerprint or role means another one (RFC 8842 §5.5). */
function handshakeOf({ security }: RtpSettings): string {
  return security.kind === 'dtls' ? `${security.role} ${security.fingerprint}` : '';
}
