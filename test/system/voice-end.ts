import { createSocket, type Socket } from 'node:dgram';
import { systemClock } from '../../appliance/io/index.js';
import type { Timer } from '../../src/base/index.js';
import type { TransportAddress } from '../../src/media/index.js';
import { decodeRtp, encodeRtp } from '../../src/rtp/index.js';
import type { SrtpByHand } from '../unit/media-engine/srtp-by-hand.js';
import { decodeG711, toneShare } from './branch/tone.js';

const packetMs = 20;
const samples = 160;

interface Heard {
  /** Monotonic. */
  readonly at: number;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

/** How a party encrypts what it sends and opens what it hears (RFC 3711). */
export interface VoiceKeys {
  readonly send: SrtpByHand;
  readonly receive: SrtpByHand;
}

/** A party that says a tone in G.711 µ-law by RTP or SRTP, and keeps what it hears. */
export class VoiceEnd {
  readonly #socket: Socket;
  readonly #frequency: number;
  readonly #ssrc = Math.floor(Math.random() * 2 ** 32);
  readonly #heard: Heard[] = [];
  readonly #keys: VoiceKeys | undefined;
  #sequence: number;
  #timer: Timer | undefined;
  #dueAt = 0;
  sent = 0;

  private constructor(socket: Socket, frequency: number, keys: VoiceKeys | undefined, sequence: number) {
    this.#socket = socket;
    this.#frequency = frequency;
    this.#keys = keys;
    this.#sequence = sequence;
    socket.on('message', (bytes) => {
      // RTCP has nothing to tell here, and keepalives are empty.
      if (bytes.length < 12) return;
      const opened = keys === undefined ? bytes : keys.receive.unprotect(bytes);
      const packet = opened === undefined ? undefined : decodeRtp(opened);
      if (packet === undefined) return;
      const { payloadType, ssrc } = packet;
      this.#heard.push({ at: systemClock.now(), payloadType, ssrc, payload: Buffer.from(packet.payload) });
    });
    // While the engine is away its ports refuse.
    socket.on('error', () => undefined);
  }

  /** On a port that the system chooses. `sequence`: of its first packet. */
  static open(host: string, frequency: number, keys?: VoiceKeys, sequence = 1): Promise<VoiceEnd> {
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.bind({ address: host, port: 0, exclusive: true }, () => {
        socket.off('error', reject);
        resolve(new VoiceEnd(socket, frequency, keys, sequence));
      });
    });
  }

  get address(): TransportAddress {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  /** Says its tone to `target` until `hush`. */
  speak(target: TransportAddress): void {
    this.hush();
    this.#dueAt = systemClock.now();
    const next = (): void => {
      this.#send(target);
      this.#dueAt = Math.max(this.#dueAt + packetMs, systemClock.now() - packetMs);
      this.#timer = systemClock.after(this.#dueAt - systemClock.now(), next);
    };
    next();
  }

  hush(): void {
    this.#timer?.cancel();
  }

  close(): void {
    this.hush();
    this.#socket.close();
  }

  /** Packets heard since a time of the system's clock. */
  packetsSince(since: number): number {
    return this.#heard.filter(({ at }) => at >= since).length;
  }

  /** The last packet's time. */
  get heardAt(): number {
    return this.#heard.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** Each of the streams' SSRCs, in the order in which they came. */
  streamsSince(since: number): readonly number[] {
    return [...new Set(this.#heard.filter(({ at }) => at >= since).map(({ ssrc }) => ssrc))];
  }

  /** The share (0-1) of what was heard since then that is a tone of this frequency. */
  toneSince(since: number, frequency: number): number {
    return toneShare(decodeG711(this.#heard.filter(({ at }) => at >= since)), frequency);
  }

  /** The longest time without a packet since then, and until now; ms. */
  gapSince(since: number): number {
    const times = [since, ...this.#heard.map(({ at }) => at).filter((at) => at >= since), systemClock.now()];
    return times.reduce((longest, at, index) => Math.max(longest, at - (times[index - 1] ?? at)), 0);
  }

  #send(target: TransportAddress): void {
    const payload = new Uint8Array(samples);
    const begin = this.sent * samples;
    for (let i = 0; i < samples; i++)
      payload[i] = muLaw(8000 * Math.sin((2 * Math.PI * this.#frequency * (begin + i)) / 8000));
    const packet = encodeRtp({
      payloadType: 0,
      marker: this.sent === 0,
      sequenceNumber: this.#sequence,
      timestamp: begin >>> 0,
      ssrc: this.#ssrc,
      contributors: [],
      payload,
    });
    const bytes = this.#keys === undefined ? packet : this.#keys.send.protect(Buffer.from(packet));
    this.#sequence = (this.#sequence + 1) & 0xffff;
    if (this.#sequence === 0 && this.#keys !== undefined) this.#keys.send.roc++;
    this.sent++;
    this.#socket.send(bytes, target.port, target.host, () => undefined);
  }
}

/** ITU-T G.711, one sample. */
function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(Math.round(sample)), 32_635) + 0x84;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}
