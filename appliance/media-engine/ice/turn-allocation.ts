import type { Random } from '../../../src/base/index.js';
import type { TransportAddress, TurnServer } from '../../../src/media/index.js';
import { addressKey } from './address.js';
import { encodeStun, type ReceivedStun, type StunAttributes, stunMethod } from './stun-message.js';
import type { StunTransactions } from './stun-transactions.js';
import { TurnCredentials } from './turn-credentials.js';

/** RFC 8656 §9: permissions last 5 minutes, §12: channels 10. */
const permissionRefreshMs = 240_000;
/** RFC 8656 §3.2: 10 minutes where the server says nothing. */
const defaultLifetimeS = 600;
const refreshAheadMs = 60_000;
/** NATs forget a mapping of UDP after 30 s or more (RFC 8445 §11: at least every 15 s). */
export const keepaliveMs = 15_000;
/** A nonce may be stale each time, but not for ever. */
const challengesMost = 4;
/** Peers of one port; {@link remoteCandidatesMost} and those that show up by themselves. */
const peersMost = 100;
/** RFC 8656 §12. */
const firstChannel = 0x4000;
const udp = 17;
const ipv6Family = 2;

export interface TurnAllocationOptions {
  readonly server: TurnServer;
  readonly random: Random;
  readonly transactions: StunTransactions;
  /** Out of the port's socket, to the server. */
  readonly send: (bytes: Buffer, to: TransportAddress) => void;
  readonly onAllocated: (relayed: TransportAddress, mapped: TransportAddress | undefined, now: number) => void;
  /** There is none, or none any more. */
  readonly onLost: (now: number) => void;
  readonly onBound: (peer: TransportAddress, channel: number) => void;
}

interface Channel {
  readonly number: number;
  readonly peer: TransportAddress;
  bound: boolean;
  refreshAt: number;
}

/** A relayed address on a TURN server by UDP (RFC 8656), held as long as it is needed. */
export class TurnAllocation {
  readonly #options: TurnAllocationOptions;
  readonly #credentials: TurnCredentials;
  #server: TransportAddress;
  #relayed: TransportAddress | undefined;
  #ended = false;
  #refreshAt: number | undefined;
  #keepaliveAt: number | undefined;
  /** By address of the peer, without its port: when it is to be asked for again. */
  readonly #permissions = new Map<string, { readonly peer: TransportAddress; refreshAt: number }>();
  readonly #channels = new Map<string, Channel>();
  #moved = false;

  constructor(options: TurnAllocationOptions) {
    this.#options = options;
    this.#server = options.server.address;
    this.#credentials = new TurnCredentials(options.server);
  }

  get server(): TransportAddress {
    return this.#server;
  }

  get relayed(): TransportAddress | undefined {
    return this.#relayed;
  }

  allocate(now: number): void {
    const family = this.#server.host.includes(':') ? { requestedAddressFamily: ipv6Family } : {};
    this.#request(stunMethod.allocate, { requestedTransport: udp, ...family }, now, {
      done: (message, at) => {
        const { xorRelayedAddress: relayed, xorMappedAddress: mapped, lifetime } = message.attributes;
        if (this.#ended || relayed === undefined) return this.#lose(at);
        this.#relayed = relayed;
        this.#keepFor(lifetime, at);
        this.#keepaliveAt = at + keepaliveMs;
        return this.#options.onAllocated(relayed, mapped, at);
      },
      failed: (at, message) => {
        const other = message?.attributes.alternateServer;
        if (message?.attributes.errorCode?.code !== 300 || other === undefined || this.#moved) return this.#lose(at);
        this.#moved = true;
        this.#server = other;
        return this.allocate(at);
      },
    });
  }

  /** The server lets the peer's packets through (RFC 8656 §9). */
  permit(peer: TransportAddress, now: number): void {
    if (this.#permissions.has(peer.host) || this.#permissions.size >= peersMost || this.#relayed === undefined) return;
    this.#permissions.set(peer.host, { peer, refreshAt: now });
    this.#askPermission(peer, now);
  }

  /** So that the native thread can send by itself (RFC 8656 §12). */
  bind(peer: TransportAddress, now: number): void {
    const key = addressKey(peer);
    const known = this.#channels.get(key);
    if (known?.bound === true) this.#options.onBound(peer, known.number);
    if (known !== undefined || this.#channels.size >= peersMost || this.#relayed === undefined) return;
    const channel = { number: firstChannel + this.#channels.size, peer, bound: false, refreshAt: now };
    this.#channels.set(key, channel);
    this.#bindChannel(channel, now);
  }

  send(peer: TransportAddress, bytes: Buffer): void {
    const channel = this.#channels.get(addressKey(peer));
    if (channel?.bound === true) {
      const header = Buffer.alloc(4);
      header.writeUInt16BE(channel.number, 0);
      header.writeUInt16BE(bytes.length, 2);
      this.#options.send(Buffer.concat([header, bytes]), this.#server);
      return;
    }
    const transaction = Buffer.from(this.#options.random.bytes(12));
    const attributes = { xorPeerAddress: peer, data: bytes };
    this.#options.send(
      encodeStun({ class: 'indication', method: stunMethod.send, transaction, attributes }),
      this.#server,
    );
  }

  peerOf(channel: number): TransportAddress | undefined {
    for (const each of this.#channels.values()) if (each.number === channel) return each.peer;
    return undefined;
  }

  get timeout(): number | undefined {
    if (this.#ended || this.#relayed === undefined) return undefined;
    const times = [this.#refreshAt, this.#keepaliveAt].filter((at) => at !== undefined);
    for (const { refreshAt } of this.#permissions.values()) times.push(refreshAt);
    for (const { refreshAt } of this.#channels.values()) times.push(refreshAt);
    return Math.min(...times);
  }

  advance(now: number): void {
    if (this.#ended || this.#relayed === undefined) return;
    if (this.#refreshAt !== undefined && now >= this.#refreshAt) {
      this.#refreshAt = undefined;
      this.#request(stunMethod.refresh, { lifetime: defaultLifetimeS }, now, {
        done: (message, at) => this.#keepFor(message.attributes.lifetime, at),
        failed: (at) => this.#lose(at),
      });
    }
    for (const each of this.#permissions.values()) if (now >= each.refreshAt) this.#askPermission(each.peer, now);
    for (const each of this.#channels.values()) if (now >= each.refreshAt) this.#bindChannel(each, now);
    if (this.#keepaliveAt === undefined || now < this.#keepaliveAt) return;
    this.#keepaliveAt = now + keepaliveMs;
    const transaction = Buffer.from(this.#options.random.bytes(12));
    const beat = { class: 'indication', method: stunMethod.binding, transaction, attributes: {} } as const;
    this.#options.send(encodeStun(beat), this.#server);
  }

  /** The server can give the address to somebody else; whether it heard does not matter: it ends by itself. */
  close(now: number): void {
    if (!this.#ended && this.#relayed !== undefined) {
      this.#request(stunMethod.refresh, { lifetime: 0 }, now, { done: () => undefined, failed: () => undefined });
    }
    this.#ended = true;
  }

  #keepFor(lifetime: number | undefined, now: number): void {
    const ms = (lifetime ?? defaultLifetimeS) * 1_000;
    this.#refreshAt = now + Math.max(ms / 2, ms - refreshAheadMs);
  }

  #askPermission(peer: TransportAddress, now: number): void {
    const permission = this.#permissions.get(peer.host);
    if (permission === undefined) return;
    permission.refreshAt = now + permissionRefreshMs;
    this.#request(stunMethod.createPermission, { xorPeerAddress: peer }, now, {
      done: () => undefined,
      failed: () => undefined,
    });
  }

  #bindChannel(channel: Channel, now: number): void {
    channel.refreshAt = now + permissionRefreshMs;
    this.#request(stunMethod.channelBind, { channelNumber: channel.number, xorPeerAddress: channel.peer }, now, {
      done: () => {
        if (channel.bound) return;
        channel.bound = true;
        this.#options.onBound(channel.peer, channel.number);
      },
      failed: () => undefined,
    });
  }

  #lose(now: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onLost(now);
  }

  #request(
    method: number,
    attributes: StunAttributes,
    now: number,
    then: {
      readonly done: (message: ReceivedStun, now: number) => void;
      readonly failed: (now: number, message?: ReceivedStun) => void;
    },
    challenges = 0,
  ): void {
    const proof = this.#credentials.proof();
    const to = this.#server;
    this.#options.transactions.start(
      {
        method,
        attributes: { ...attributes, ...this.#credentials.attributes() },
        ...(proof === undefined ? {} : { proof }),
        send: (bytes) => this.#options.send(bytes, to),
        answered: (message, at) => {
          const code = message.attributes.errorCode?.code;
          const challenged = message.class === 'error' && (code === 438 || (code === 401 && proof === undefined));
          if (challenged && challenges < challengesMost && this.#credentials.learn(message)) {
            this.#request(method, attributes, at, then, challenges + 1);
            return true;
          }
          if (message.class === 'success' && proof !== undefined && !message.provenBy(proof.key)) return false;
          if (message.class === 'success') then.done(message, at);
          else then.failed(at, message);
          return true;
        },
        timedOut: (at) => then.failed(at),
      },
      now,
    );
  }
}
