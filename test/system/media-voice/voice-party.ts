import { createSocket, type Socket } from 'node:dgram';
import type { Format, PortSecurity, TransportAddress } from '../../../src/media/index.js';
import { decodeRtp, encodeRtp, type RtpPacket, type SrtpSuite } from '../../../src/rtp/index.js';
import { keyFor } from '../../bench/call-plan.js';
import { toneSamples } from '../wave-file.js';
import { SrtpSession } from './srtp-session.js';
import { decoderOf, encoderOf, formats, sampleRates, type VoiceCodec } from './voice-codec.js';

/** What both directions of a leg are secured by; plain where there is no suite. */
export interface PartySecurity {
  readonly suite?: SrtpSuite;
  readonly said: string;
  readonly heard: string;
}

export function securityOf(suite: SrtpSuite | undefined): PartySecurity {
  return suite === undefined ? { said: '', heard: '' } : { suite, said: keyFor(suite), heard: keyFor(suite) };
}

/** The same from the engine's side. */
export function portSecurity({ suite, said, heard }: PartySecurity): PortSecurity {
  if (suite === undefined) return { kind: 'plain' };
  return { kind: 'sdes', send: { suite, keyAndSalt: heard }, receive: { suite, keyAndSalt: said } };
}

export interface Heard {
  readonly at: number;
  readonly packet: RtpPacket;
}

/** Between an end and the engine: returns when and how often a packet arrives, ms from now; [] loses it. */
export type Line = (packet: Buffer) => readonly number[];

/** One far end: says sound by one codec and security, and keeps what it hears. Its own packets, codecs and ciphers. */
export class VoiceParty {
  readonly heard: Heard[] = [];
  /** Packets that did not open. */
  refused = 0;
  sent = 0;
  /** How late the latest of its packets left, ms: a machine that holds this process up makes holes of its own. */
  late = 0;
  target: TransportAddress | undefined;
  readonly #socket: Socket;
  #codec: VoiceCodec;
  #packetMs: number;
  #sending: SrtpSession | undefined;
  #receiving: SrtpSession | undefined;
  #payloads: readonly Uint8Array[] = [];
  #timestamp = Math.floor(Math.random() * 2 ** 31);
  #sequence = 65_500; // wraps soon
  readonly #ssrc = 1 + Math.floor(Math.random() * (2 ** 32 - 2));
  #dueAt = 0;
  #marker = true;
  #said = 0;
  #line: Line | undefined;

  private constructor(socket: Socket, codec: VoiceCodec, packetMs: number) {
    this.#socket = socket;
    this.#codec = codec;
    this.#packetMs = packetMs;
    socket.on('error', () => undefined);
    socket.on('message', (bytes) => this.#hear(bytes));
  }

  static open(codec: VoiceCodec, packetMs: number, security: PartySecurity, line?: Line): Promise<VoiceParty> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', () => {
        socket.off('error', reject);
        const party = new VoiceParty(socket, codec, packetMs);
        party.secure(security);
        party.#line = line;
        resolve(party);
      });
    });
  }

  get address(): TransportAddress {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  get format(): Format {
    return formats[this.#codec];
  }

  get codec(): VoiceCodec {
    return this.#codec;
  }

  get packetMs(): number {
    return this.#packetMs;
  }

  /** Re-negotiated: from the next packet on. */
  become(codec: VoiceCodec, packetMs: number): void {
    this.#codec = codec;
    this.#packetMs = packetMs;
    this.heard.length = 0;
  }

  secure({ suite, said, heard }: PartySecurity): void {
    this.#sending = suite === undefined ? undefined : new SrtpSession(suite, said);
    this.#receiving = suite === undefined ? undefined : new SrtpSession(suite, heard);
  }

  /** Says a tone, round and round: whole periods fit into a second. */
  sayTone(frequency: number, amplitude = 10_000): void {
    const rate = sampleRates[this.#codec].said;
    // 1.2 s are whole packets of 10, 20, 30, 40 and 60 ms.
    this.say(toneSamples(frequency, 1.2, rate, amplitude));
  }

  /** Sound at the codec's rate, round and round. */
  say(samples: Int16Array): void {
    const encode = encoderOf(this.#codec);
    const length = (sampleRates[this.#codec].said / 1000) * this.#packetMs;
    const payloads: Uint8Array[] = [];
    for (let at = 0; at + length <= samples.length; at += length) payloads.push(encode(samples.slice(at, at + length)));
    this.#payloads = payloads;
    this.#said = 0;
    this.#marker = true;
  }

  /** What was heard until now does not count. */
  forget(): void {
    this.heard.length = 0;
    this.refused = 0;
    this.late = 0;
  }

  hush(): void {
    this.#payloads = [];
  }

  /** Everything that is due by now; called often. */
  turn(now: number): void {
    if (this.#payloads.length === 0 || this.target === undefined) {
      this.#dueAt = now;
      return;
    }
    this.late = Math.max(this.late, now - this.#dueAt);
    if (now - this.#dueAt > 500) this.#dueAt = now;
    while (this.#dueAt <= now) {
      const payload = this.#payloads[this.#said % this.#payloads.length];
      this.#said += 1;
      if (payload !== undefined) this.send(payload, this.format.payloadType, this.#marker);
      this.#marker = false;
      this.#timestamp = (this.#timestamp + (this.format.clockRate / 1000) * this.#packetMs) >>> 0;
      this.#dueAt += this.#packetMs;
    }
  }

  /** One packet at the present timestamp. */
  send(payload: Uint8Array, payloadType: number, marker = false): void {
    const plain = encodeRtp({
      payloadType,
      marker,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#ssrc,
      contributors: [],
      payload,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.sent += 1;
    const packet = this.#sending === undefined ? Buffer.from(plain) : this.#sending.protect(plain);
    for (const afterMs of this.#line?.(packet) ?? [0]) {
      if (afterMs === 0) this.raw(packet);
      else setTimeout(() => this.raw(packet), afterMs);
    }
  }

  /** Time that passes without voice. */
  advance(ms: number): void {
    this.#timestamp = (this.#timestamp + (this.format.clockRate / 1000) * ms) >>> 0;
  }

  raw(packet: Uint8Array): void {
    if (this.target !== undefined) this.#socket.send(packet, this.target.port, this.target.host, () => undefined);
  }

  /** From the first timestamp to the last. */
  get heardMs(): number {
    const [first, last] = [this.heard[0]?.packet, this.heard.at(-1)?.packet];
    if (first === undefined || last === undefined) return 0;
    return ((last.timestamp - first.timestamp) | 0) / (this.format.clockRate / 1000);
  }

  close(): void {
    this.#payloads = [];
    this.#socket.close();
  }

  /** What was heard, laid out by timestamp: [] where a packet is missing is silence. */
  sound(): { readonly samples: Int16Array; readonly sampleRate: 8000 | 16_000; readonly missing: number } {
    const sampleRate = sampleRates[this.#codec].heard;
    const decode = decoderOf(this.#codec);
    const own = this.heard
      .map(({ packet }) => packet)
      .filter(({ payloadType }) => payloadType === this.format.payloadType);
    const [first] = own;
    if (first === undefined) return { samples: new Int16Array(0), sampleRate, missing: 0 };
    const placed = own
      .map((packet) => ({ packet, at: (packet.timestamp - first.timestamp) | 0 }))
      .sort((a, b) => a.at - b.at);
    const parts: Int16Array[] = [];
    let end = 0;
    let missing = 0;
    for (const { packet, at } of placed) {
      const start = Math.round((at * sampleRate) / this.format.clockRate);
      if (start < end) continue;
      if (start > end) {
        missing += start - end;
        parts.push(new Int16Array(Math.min(start - end, sampleRate * 5)));
      }
      const part = decode(packet.payload);
      parts.push(part);
      end = start + part.length;
    }
    const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      samples.set(part, offset);
      offset += part.length;
    }
    return { samples, sampleRate, missing: missing / sampleRate };
  }

  #hear(bytes: Buffer): void {
    // RTCP (RFC 5761 §4) for whoever has the port below; and what only opens a path through a firewall.
    if (bytes.length === 0) return;
    if ((bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) <= 223) return;
    const opened = this.#receiving === undefined ? bytes : this.#receiving.unprotect(bytes);
    const packet = opened === undefined ? undefined : decodeRtp(opened);
    if (packet === undefined) {
      this.refused += 1;
      return;
    }
    this.heard.push({ at: performance.now(), packet: { ...packet, payload: Buffer.from(packet.payload) } });
  }
}

/** Gives all parties their turns while `during` runs. */
export async function talking<T>(parties: readonly VoiceParty[], during: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    const now = performance.now();
    for (const party of parties) party.turn(now);
  }, 5);
  try {
    return await during();
  } finally {
    clearInterval(timer);
  }
}
