import { createSocket, type Socket } from 'node:dgram';
import type { Clock, Random, Timer } from '../../src/base/index.js';

const PACKET_MS = 20;
const SAMPLES = 160;
const HEADER_BYTES = 12;
/** Of each telephone's tone: a person who listens in hears that somebody is there. */
const TONE_AMPLITUDE = 2000;
/** Whole periods fit into a packet at these steps, so that packets join without a click. */
const TONE_STEP_HZ = 50;
const SAMPLE_RATE = 8000;

/** PCMU (ITU-T G.711) of one packet of a tone. */
function toneOf(frequency: number): Buffer {
  return Buffer.from(
    Array.from({ length: SAMPLES }, (_, n) =>
      encodeMuLaw(Math.round(TONE_AMPLITUDE * Math.sin((2 * Math.PI * frequency * n) / SAMPLE_RATE))),
    ),
  );
}

function encodeMuLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), 32_635) + 0x84;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

/** One beat for all streams of the lab: fifty times a second while somebody talks, never otherwise. */
export class RtpBeat {
  readonly #clock: Clock;
  readonly #streams = new Set<RtpStream>();
  #timer: Timer | undefined;
  #dueAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(stream: RtpStream): void {
    this.#streams.add(stream);
    if (this.#timer !== undefined) return;
    this.#dueAt = this.#clock.now();
    this.#next();
  }

  remove(stream: RtpStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(): void {
    // A late beat does not move the later ones; after a pause of the process nothing is sent twice.
    this.#dueAt = Math.max(this.#dueAt + PACKET_MS, this.#clock.now() - PACKET_MS);
    this.#timer = this.#clock.after(this.#dueAt - this.#clock.now(), () => {
      for (const stream of this.#streams) stream.send();
      if (this.#streams.size > 0) this.#next();
      else this.#timer = undefined;
    });
  }
}

/** Where the other side wants its sound. */
export interface RtpTarget {
  readonly address: string;
  readonly port: number;
}

/** RTP (RFC 3550) of one end of a call: a tone of its own in PCMU out, packets counted in. */
export class RtpStream {
  readonly address: string;
  readonly #socket: Socket;
  readonly #beat: RtpBeat;
  readonly #source: number;
  #sequence: number;
  #timestamp: number;
  readonly #sound: Buffer;
  readonly toneHz: number;
  #target: RtpTarget | undefined;
  #closed = false;
  sentPackets = 0;
  receivedPackets = 0;
  /** Monotonic; of the last packet heard. */
  heardAt = 0;

  private constructor(socket: Socket, address: string, clock: Clock, random: Random, beat: RtpBeat) {
    this.#socket = socket;
    this.address = address;
    this.#beat = beat;
    const seed = Buffer.from(random.bytes(10));
    this.#source = seed.readUInt32BE(0);
    this.#sequence = seed.readUInt16BE(4);
    this.#timestamp = seed.readUInt32BE(6);
    this.toneHz = TONE_STEP_HZ * (6 + (this.#source % 20));
    this.#sound = toneOf(this.toneHz);
    socket.on('message', (packet) => {
      if (packet.length < HEADER_BYTES || packet.readUInt8(0) >> 6 !== 2) return;
      this.receivedPackets++;
      this.heardAt = clock.now();
    });
    // A refused packet (the other end is gone) is no event for a telephone.
    socket.on('error', () => undefined);
  }

  static open(address: string, clock: Clock, random: Random, beat: RtpBeat): Promise<RtpStream> {
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.bind({ address, port: 0, exclusive: true }, () => {
        socket.off('error', reject);
        resolve(new RtpStream(socket, address, clock, random, beat));
      });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Where to send from now on; undefined: be quiet (hold). */
  aim(target: RtpTarget | undefined): void {
    if (this.#closed) return;
    this.#target = target;
    if (target === undefined) this.#beat.remove(this);
    else this.#beat.add(this);
  }

  send(): void {
    if (this.#target === undefined) return;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(0x80, 0);
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(this.#timestamp, 4);
    header.writeUInt32BE(this.#source, 8);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + SAMPLES) >>> 0;
    this.sentPackets++;
    this.#socket.send([header, this.#sound], this.#target.port, this.#target.address, () => undefined);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#beat.remove(this);
    this.#socket.close();
  }
}
