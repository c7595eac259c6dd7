import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { loadAddon } from '../../../appliance/media-engine/addon.js';
import type { NativeCommand, NativeEngine, NativeEvent } from '../../../appliance/media-engine/index.js';
import type { Format, PortStatistics, RtpPlace, RtpSettings, TransportAddress } from '../../../src/media/index.js';

export const pcmu: Format = { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' };
export const pcma: Format = { payloadType: 8, codec: 'PCMA', clockRate: 8000, channels: 1, parameters: '' };

export function opus(payloadType: number, parameters = 'useinbandfec=1'): Format {
  return { payloadType, codec: 'opus', clockRate: 48000, channels: 2, parameters };
}

export function telephoneEvent(payloadType: number, clockRate = 8000): Format {
  return { payloadType, codec: 'telephone-event', clockRate, channels: 1, parameters: '0-15' };
}

/** Long enough for a noisy machine; only a failing test waits for it. */
const patienceMs = 10_000;

/** A native engine, what it says, and the peers of its ports: real sockets on loopback. */
export class NativeBench {
  readonly engine: NativeEngine;
  readonly events: NativeEvent[] = [];
  readonly #peers: RtpPeer[] = [];
  #ports = 0;

  constructor(options: { readonly batchAbove?: number; readonly complexity?: number } = {}) {
    const wake = (): void => void this.events.push(...this.engine.take());
    this.engine = loadAddon().create({
      wake,
      realTime: false,
      complexity: options.complexity ?? 5,
      batchAbove: options.batchAbove ?? 3000,
    });
  }

  stop(): void {
    this.engine.stop();
    for (const peer of this.#peers) peer.close();
  }

  async peer(host = '127.0.0.1'): Promise<RtpPeer> {
    const peer = await RtpPeer.bind(host);
    this.#peers.push(peer);
    return peer;
  }

  /** An open port that is bridged to nobody yet, on a pair of port numbers that were free a moment ago. */
  async port(
    settings: Partial<RtpSettings>,
    place: Partial<RtpPlace> & { readonly host?: string } = {},
  ): Promise<BenchPort> {
    const host = place.host ?? '127.0.0.1';
    this.#ports += 1;
    const id = this.#ports.toString(16).padStart(16, '0');
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const even = await freeEvenPort(host);
      const port = new BenchPort(this, id, {
        rtp: { host, port: even },
        rtcp: { host, port: even + 1 },
        ssrc: 0x1000 + this.#ports,
        cname: `port-${this.#ports}@test`,
        ...place,
      });
      const seen = this.events.length;
      port.open(settings);
      this.engine.apply({ kind: 'askStatistics', port: id });
      await this.until(() => this.events.slice(seen).some((event) => 'port' in event && event.port === id));
      const failed = this.events.slice(seen).some((event) => event.kind === 'failed' && event.port === id);
      if (!failed) return port;
    }
    throw new Error('no free pair of ports');
  }

  async until(condition: () => boolean): Promise<void> {
    const since = performance.now();
    while (!condition()) {
      assert.ok(performance.now() - since < patienceMs, 'it did not happen');
      await pause(2);
    }
  }

  of<Kind extends NativeEvent['kind']>(kind: Kind): Extract<NativeEvent, { readonly kind: Kind }>[] {
    return this.events.filter((event): event is Extract<NativeEvent, { readonly kind: Kind }> => event.kind === kind);
  }
}

export class BenchPort {
  readonly id: string;
  readonly place: RtpPlace;
  readonly #bench: NativeBench;
  settings: RtpSettings;

  constructor(bench: NativeBench, id: string, place: RtpPlace) {
    this.#bench = bench;
    this.id = id;
    this.place = place;
    this.settings = plainSettings;
  }

  open(settings: Partial<RtpSettings>, resumed?: Extract<NativeCommand, { kind: 'open' }>['resumed']): void {
    this.settings = { ...plainSettings, ...settings };
    const command = { kind: 'open', port: this.id, place: this.place, settings: this.settings } as const;
    this.#bench.engine.apply(resumed === undefined ? command : { ...command, resumed });
  }

  configure(settings: Partial<RtpSettings>): void {
    this.settings = { ...this.settings, ...settings };
    this.#bench.engine.apply({ kind: 'configure', port: this.id, settings: this.settings });
  }

  hear(other: BenchPort): void {
    const source = { kind: 'port', port: other.id } as const;
    this.settings = { ...this.settings, hears: source };
    this.#bench.engine.apply({ kind: 'hear', port: this.id, source });
  }

  /** Asks until the figures are so; what was just sent may not have been read yet. */
  async figures(condition: (statistics: PortStatistics) => boolean): Promise<PortStatistics> {
    const since = performance.now();
    for (;;) {
      const statistics = await this.statistics();
      if (condition(statistics)) return statistics;
      assert.ok(performance.now() - since < patienceMs, `the figures stayed ${JSON.stringify(statistics)}`);
      await pause(2);
    }
  }

  /** Commands are carried out in order: once the answer is here, so is what they did. */
  async statistics(): Promise<PortStatistics> {
    const before = this.#bench.of('statistics').length;
    this.#bench.engine.apply({ kind: 'askStatistics', port: this.id });
    const mine = (): PortStatistics | undefined =>
      this.#bench
        .of('statistics')
        .slice(before)
        .find(({ port }) => port === this.id)?.statistics;
    await this.#bench.until(() => mine() !== undefined);
    const statistics = mine();
    assert.ok(statistics !== undefined);
    return statistics;
  }

  async close(): Promise<PortStatistics> {
    this.#bench.engine.apply({ kind: 'close', port: this.id });
    const mine = (): PortStatistics | undefined =>
      this.#bench.of('closed').find(({ port }) => port === this.id)?.statistics;
    await this.#bench.until(() => mine() !== undefined);
    const statistics = mine();
    assert.ok(statistics !== undefined);
    return statistics;
  }
}

export const plainSettings: RtpSettings = {
  rtcpMux: false,
  latch: 'any',
  latchEpoch: 0,
  security: { kind: 'plain' },
  receives: [pcmu],
  sends: [pcmu],
  packetMs: 20,
  direction: { sends: true, receives: true },
  rtcpXr: false,
  jitter: { minMs: 20, maxMs: 200 },
  detectDigits: false,
  detectFax: false,
  gainInDb: 0,
  gainOutDb: 0,
  dscp: 0,
  opaque: false,
  hears: { kind: 'nothing' },
};

export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

export function rtpPacket(header: Partial<RtpHeader>, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  packet[0] = 0x80;
  packet[1] = (header.payloadType ?? 0) | (header.marker === true ? 0x80 : 0);
  packet.writeUInt16BE((header.sequence ?? 0) & 0xffff, 2);
  packet.writeUInt32BE((header.timestamp ?? 0) >>> 0, 4);
  packet.writeUInt32BE((header.ssrc ?? 0) >>> 0, 8);
  packet.set(payload, 12);
  return packet;
}

export function rtpHeader(packet: Buffer): RtpHeader {
  return {
    payloadType: packet.readUInt8(1) & 0x7f,
    marker: packet.readUInt8(1) > 127,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
  };
}

/** A UDP socket that speaks RTP by hand. */
export class RtpPeer {
  readonly received: Buffer[] = [];
  readonly #socket: Socket;
  readonly address: TransportAddress;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.address = { host, port: socket.address().port };
    socket.on('message', (bytes) => void this.received.push(bytes));
  }

  static async bind(host: string): Promise<RtpPeer> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new RtpPeer(socket, host);
  }

  get remote(): { readonly rtp: TransportAddress; readonly rtcp: TransportAddress } {
    return {
      rtp: this.address,
      rtcp: { ...this.address, port: this.address.port === 65535 ? 1 : this.address.port + 1 },
    };
  }

  send(to: BenchPort, packet: Uint8Array, component: 1 | 2 = 1): void {
    const { host, port } = component === 1 ? to.place.rtp : to.place.rtcp;
    this.#socket.send(packet, port, host);
  }

  /** RTP, that is without empty datagrams and RTCP (RFC 5761 §4). */
  get rtp(): Buffer[] {
    return this.received.filter((packet) => packet.length >= 12 && !isRtcp(packet));
  }

  close(): void {
    this.#socket.close();
  }
}

export function isRtcp(packet: Buffer): boolean {
  return packet.length >= 8 && packet.readUInt8(1) >= 192 && packet.readUInt8(1) <= 223;
}

async function freeEvenPort(host: string): Promise<number> {
  for (;;) {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    if (port % 2 === 0) return port;
  }
}
