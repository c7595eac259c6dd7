import { createSocket, type Socket } from 'node:dgram';
import { join } from 'node:path';
import type { MediaEvent, PortId, Source } from '../../src/media/index.js';
import { type MediaEngineProcess, newPortId } from '../system/media-engine-process.js';
import { writeToneFile } from '../system/wave-file.js';
import { type CallKind, planCalls, relay, secured, transcoded } from './call-plan.js';
import { type Opening, openingOf } from './holdfast-subject.js';

const host = '127.0.0.1';
/** Above those that the system gives to whoever asks for any. */
const [lowestPort, highestPort] = [61_000, 65_400];
/** How long one pair of ports lives. */
const lifeMs = 3000;
const kinds: readonly CallKind[] = [relay, secured, transcoded];

/** Ports that come and go as in a busy exchange: bridged, moved, played to, mixed, recorded, closed. */
export class PortChurn {
  readonly described =
    'bridges of all three kinds, which latch on a few packets, are re-keyed, and hear a tone, a file and a mix before they close';
  made = 0;
  readonly faults: string[] = [];
  readonly #engine: MediaEngineProcess;
  readonly #everyMs: number;
  readonly #file: string;
  readonly #folder: string;
  readonly #socket: Socket = createSocket('udp4');
  readonly #closing = new Map<PortId, NodeJS.Timeout>();
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;
  #nextPort = lowestPort;
  #serial = 0;
  #live = 0;

  constructor(engine: MediaEngineProcess, folder: string, portsPerSecond: number) {
    this.#engine = engine;
    this.#everyMs = 2000 / portsPerSecond;
    this.#folder = folder;
    this.#file = join(folder, 'prompt.wav');
    writeToneFile(this.#file, { frequency: 440, seconds: 1 });
    this.#socket.on('error', () => undefined);
  }

  start(): void {
    this.#unlisten = this.#engine.listen((event) => this.#heard(event));
    this.#socket.bind(0, host, () => {
      this.#timer = setInterval(() => this.#pair(), this.#everyMs);
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const until = performance.now() + lifeMs + 10_000;
    while (this.#live > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
    if (this.#live > 0) this.faults.push(`${this.#live} ports were never closed`);
    this.#unlisten?.();
    this.#socket.close();
  }

  #heard(event: MediaEvent): void {
    if (event.kind === 'closed') {
      const timer = this.#closing.get(event.port);
      if (timer === undefined) return;
      clearTimeout(timer);
      this.#closing.delete(event.port);
      this.#live -= 1;
      this.made += 1;
    }
    if (event.kind === 'failed' && this.faults.length < 5) this.faults.push(`${event.command}: ${event.why}`);
  }

  #pair(): void {
    this.#serial += 1;
    const kind = kinds[this.#serial % kinds.length] ?? relay;
    const [call] = planCalls(kind, 1);
    if (call === undefined) return;
    const { port: farPort } = this.#socket.address();
    const [a, b] = [newPortId(), newPortId()];
    const open = (id: PortId, other: PortId, first: boolean): Opening => {
      const number = this.#nextPort;
      this.#nextPort = number + 2 >= highestPort ? lowestPort : number + 2;
      const [side, keys] = first ? [kind.first, call.firstKeys] : [kind.second, call.secondKeys];
      const opening = openingOf(id, other, side, keys, host, number, farPort);
      this.#engine.tell(opening);
      this.#live += 1;
      return opening;
    };
    const first = open(a, b, true);
    const second = open(b, a, false);
    const later = (share: number, act: () => void): void => {
      setTimeout(act, lifeMs * share);
    };
    later(0.1, () => this.#packets(second.place.rtp.port, kind.second.payloadType));
    later(0.15, () => this.#packets(first.place.rtp.port, kind.first.payloadType));
    later(0.2, () => {
      const [{ firstKeys } = call] = planCalls(kind, 1);
      const { settings } = openingOf(a, b, kind.first, firstKeys, host, first.place.rtp.port, farPort);
      this.#engine.tell({ kind: 'configure', port: a, settings });
    });
    later(0.3, () =>
      this.#hear(a, { kind: 'tone', tone: { steps: [{ frequencies: [425], level: -10, durationMs: 0 }] } }),
    );
    later(0.4, () => this.#hear(a, { kind: 'file', path: this.#file, loop: true, shared: this.#serial % 2 === 0 }));
    const mix = `m${this.#serial % 4}`;
    later(0.5, () => this.#hear(a, { kind: 'mix', mix, speaks: true }));
    later(0.55, () => this.#hear(b, { kind: 'mix', mix, speaks: true }));
    if (this.#serial % 10 === 0) {
      const recording = `r${this.#serial}`;
      const path = join(this.#folder, `${this.#serial % 50}.wav`);
      later(0.6, () => this.#engine.tell({ kind: 'record', recording, ports: [a, b], path }));
      later(0.8, () => this.#engine.tell({ kind: 'stopRecording', recording }));
    }
    later(0.7, () => this.#engine.tell({ kind: 'digit', port: b, digit: '5', durationMs: 100 }));
    later(1, () => {
      for (const port of [a, b]) this.#close(port);
    });
  }

  #hear(port: PortId, source: Source): void {
    this.#engine.tell({ kind: 'hear', port, source });
  }

  #close(port: PortId): void {
    this.#closing.set(
      port,
      setTimeout(() => this.faults.push(`port ${port} was not closed within 10 s`), 10_000),
    );
    this.#engine.tell({ kind: 'close', port });
  }

  /** Enough to latch; what is encrypted does not open, and must not harm. */
  #packets(port: number, payloadType: number): void {
    for (let i = 0; i < 3; i += 1) {
      const packet = Buffer.alloc(172, 0xd5);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt8(payloadType, 1);
      packet.writeUInt16BE(i, 2);
      packet.writeUInt32BE(160 * i, 4);
      packet.writeUInt32BE(this.#serial, 8);
      this.#socket.send(packet, port, host);
    }
  }
}
