import { createHash } from 'node:crypto';
import {
  decodeStun,
  encodeStun,
  type ReceivedStun,
  type StunAttributes,
  stunMethod,
} from '../../appliance/media-engine/ice/stun-message.js';
import type { Clock } from '../../src/base/index.js';
import type { TransportAddress, TurnServer } from '../../src/media/index.js';
import type { NatNetwork } from './nat-network.js';

interface Allocation {
  readonly client: TransportAddress;
  readonly relayed: TransportAddress;
  expiresAt: number;
  readonly permissions: Map<string, number>;
  readonly channels: Map<number, TransportAddress>;
}

export interface TurnServerOptions {
  readonly host: string;
  readonly clock: Clock;
  readonly network: NatNetwork;
  /** By SHA-256 where the client can (RFC 8489 §14.11). */
  readonly sha256: boolean;
  readonly lifetimeS: number;
}

const realm = 'holdfast.test';
const key = ({ host, port }: TransportAddress): string => `${host} ${port}`;

/** STUN and TURN on the simulated network (RFC 8489, RFC 8656), as strict as they allow: nonces change, permissions end. */
export class SimulatedTurnServer {
  readonly server: TurnServer;
  readonly #options: TurnServerOptions;
  readonly #allocations = new Map<string, Allocation>();
  #nextPort = 50_000;
  #nonce = 0;
  /** Requests that were refused for what they said, other than a challenge. */
  readonly refused: string[] = [];

  constructor(options: TurnServerOptions) {
    this.#options = options;
    this.server = { address: { host: options.host, port: 3478 }, username: 'holdfast', password: 'secret' };
    options.network.attach(options.host, (bytes, from, at) => {
      if (at.port === 3478) this.#onClient(bytes, from);
      else this.#onPeer(bytes, from, at);
    });
  }

  get allocations(): number {
    const now = this.#options.clock.now();
    return [...this.#allocations.values()].filter(({ expiresAt }) => expiresAt > now).length;
  }

  /** Every nonce that was given out is stale. */
  renewNonce(): void {
    this.#nonce++;
  }

  #send(to: TransportAddress, bytes: Buffer, from = this.server.address): void {
    this.#options.network.send(from, to, bytes);
  }

  #onClient(bytes: Buffer, from: TransportAddress): void {
    const allocation = this.#allocations.get(key(from));
    const now = this.#options.clock.now();
    const live = allocation !== undefined && allocation.expiresAt > now ? allocation : undefined;
    if ((bytes[0] ?? 0) >= 0x40) {
      const peer = live?.channels.get(bytes.readUInt16BE(0));
      if (peer !== undefined && live !== undefined)
        this.#relay(live, peer, bytes.subarray(4, 4 + bytes.readUInt16BE(2)));
      return;
    }
    const message = decodeStun(bytes);
    if (message === undefined) return;
    const { xorPeerAddress: peer, data } = message.attributes;
    if (message.class === 'indication') {
      if (message.method === stunMethod.send && live !== undefined && peer !== undefined && data !== undefined)
        this.#relay(live, peer, data);
      return;
    }
    if (message.class !== 'request') return;
    if (message.method === stunMethod.binding) this.#answer(from, message, 'success', { xorMappedAddress: from });
    else if (this.#proves(from, message)) this.#onRequest(from, message, live);
  }

  #relay(allocation: Allocation, peer: TransportAddress, data: Buffer): void {
    if ((allocation.permissions.get(peer.host) ?? 0) > this.#options.clock.now())
      this.#send(peer, data, allocation.relayed);
  }

  get #nonceText(): string {
    return this.#options.sha256 ? `obMatJos2gAAA${this.#nonce}` : `nonce${this.#nonce}`;
  }

  #key(): Buffer {
    const { username, password } = this.server;
    return createHash(this.#options.sha256 ? 'sha256' : 'md5')
      .update(`${username}:${realm}:${password}`)
      .digest();
  }

  #proves(from: TransportAddress, message: ReceivedStun): boolean {
    const { nonce, username, passwordAlgorithm } = message.attributes;
    const offer = this.#options.sha256 ? { passwordAlgorithms: [1, 2] } : {};
    const challenge = (code: number, reason: string): false => {
      this.#answer(from, message, 'error', { errorCode: { code, reason }, realm, nonce: this.#nonceText, ...offer });
      return false;
    };
    if (!message.hasIntegrity || username !== this.server.username) return challenge(401, 'Unauthorized');
    if (nonce !== this.#nonceText) return challenge(438, 'Stale Nonce');
    if (this.#options.sha256 && passwordAlgorithm !== 2) {
      this.refused.push('no password algorithm');
      return false;
    }
    return message.provenBy(this.#key()) || challenge(401, 'Unauthorized');
  }

  #onRequest(from: TransportAddress, message: ReceivedStun, live: Allocation | undefined): void {
    const now = this.#options.clock.now();
    const { lifetimeS: lifetime } = this.#options;
    const { xorPeerAddress: peer, channelNumber: channel } = message.attributes;
    if (message.method === stunMethod.allocate) {
      const allocation = live ?? {
        client: from,
        relayed: { host: this.#options.host, port: this.#nextPort++ },
        expiresAt: 0,
        permissions: new Map<string, number>(),
        channels: new Map<number, TransportAddress>(),
      };
      allocation.expiresAt = now + lifetime * 1_000;
      this.#allocations.set(key(from), allocation);
      this.#answer(from, message, 'success', {
        xorRelayedAddress: allocation.relayed,
        xorMappedAddress: from,
        lifetime,
      });
      return;
    }
    if (live === undefined) {
      this.refused.push(`method ${message.method} without an allocation`);
      this.#answer(from, message, 'error', { errorCode: { code: 437, reason: 'Allocation Mismatch' } });
      return;
    }
    if (message.method === stunMethod.refresh) {
      live.expiresAt = message.attributes.lifetime === 0 ? now : now + lifetime * 1_000;
    } else if (peer !== undefined) {
      live.permissions.set(peer.host, now + 300_000);
      if (message.method === stunMethod.channelBind && channel !== undefined) live.channels.set(channel, peer);
    }
    this.#answer(from, message, 'success', { lifetime });
  }

  #onPeer(bytes: Buffer, from: TransportAddress, at: TransportAddress): void {
    const now = this.#options.clock.now();
    for (const allocation of this.#allocations.values()) {
      if (allocation.relayed.port !== at.port || allocation.expiresAt <= now) continue;
      if ((allocation.permissions.get(from.host) ?? 0) <= now) return;
      for (const [channel, peer] of allocation.channels) {
        if (key(peer) !== key(from)) continue;
        const header = Buffer.alloc(4);
        header.writeUInt16BE(channel, 0);
        header.writeUInt16BE(bytes.length, 2);
        this.#send(allocation.client, Buffer.concat([header, bytes]));
        return;
      }
      const transaction = Buffer.alloc(12);
      const attributes = { xorPeerAddress: from, data: bytes };
      this.#send(
        allocation.client,
        encodeStun({ class: 'indication', method: stunMethod.data, transaction, attributes }),
      );
    }
  }

  #answer(to: TransportAddress, request: ReceivedStun, kind: 'success' | 'error', attributes: StunAttributes): void {
    const { method, transaction } = request;
    const proven = request.hasIntegrity && request.provenBy(this.#key());
    const hash = this.#options.sha256 ? 'sha256' : 'sha1';
    this.#send(
      to,
      encodeStun({ class: kind, method, transaction, attributes }, proven ? { key: this.#key(), hash } : undefined),
    );
  }
}
