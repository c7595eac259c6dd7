import { createSocket, type Socket } from 'node:dgram';
import { join } from 'node:path';
import { sleep } from '../system/branch/patience.js';
import { PeerProcess } from '../system/branch/peer-process.js';
import type { MediaSubject, PlannedCall, Side, SubjectPort } from './call-plan.js';
import { complexityLibrary } from './native-programs.js';

const control = 22_222;
/** At a time: each creates sockets, and answers within a second. */
const abreast = 16;

type Bencoded = string | number | readonly Bencoded[] | { readonly [key: string]: Bencoded };

export interface RtpengineOptions {
  readonly folder: string;
  readonly processor: number;
  readonly host: string;
  /** libopus' complexity; it has no option for it (later ones have), so a library is preloaded that sets it. */
  readonly complexity: number;
}

/**
 * rtpengine 10.5 in userspace, one thread of each kind (on one processor more of them only cost switches), in real time as ours;
 * its ports begin where nobody else's do. Driven over its ng protocol: UDP, a cookie and a bencoded dictionary.
 */
export class Rtpengine implements MediaSubject {
  readonly name = 'rtpengine 10.5';
  readonly #process: PeerProcess;
  readonly #socket: Socket;
  readonly #options: RtpengineOptions;
  readonly #waiting = new Map<string, (answer: Readonly<Record<string, Bencoded>>) => void>();
  #serial = 0;
  #live: string[] = [];

  private constructor(process: PeerProcess, socket: Socket, options: RtpengineOptions) {
    this.#process = process;
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (bytes) => {
      const text = bytes.toString('latin1');
      const space = text.indexOf(' ');
      const answer = decode(text.slice(space + 1));
      if (isDictionary(answer)) this.#waiting.get(text.slice(0, space))?.(answer);
    });
  }

  static async start(options: RtpengineOptions): Promise<Rtpengine> {
    const words = [
      '--foreground',
      '--log-stderr',
      '--log-level=4',
      '--config-file=none',
      '--table=-1',
      `--interface=${options.host}`,
      `--listen-ng=${options.host}:${control}`,
      '--port-min=30000',
      '--port-max=59998',
      '--num-threads=1',
      '--media-num-threads=1',
      '--scheduling=rr',
      '--priority=10',
      '--tos=184',
      '--timeout=3600',
      '--endpoint-learning=immediate',
      `--pidfile=${join(options.folder, 'rtpengine.pid')}`,
    ];
    const process = new PeerProcess('taskset', ['-c', String(options.processor), 'rtpengine', ...words], {
      logFile: join(options.folder, 'rtpengine.log'),
      env: { LD_PRELOAD: complexityLibrary(), OPUS_COMPLEXITY: String(options.complexity) },
    });
    const socket = createSocket('udp4');
    const engine = new Rtpengine(process, socket, options);
    for (let tries = 0; tries < 20; tries += 1) {
      await sleep(200);
      if (process.exitCode !== undefined) throw new Error(`rtpengine ended: ${process.output()}`);
      const pong = await engine.#ask({ command: 'ping' }, 500).catch(() => undefined);
      if (pong?.result === 'pong') return engine;
    }
    throw new Error(`rtpengine does not answer: ${process.output()}`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  async carry(
    calls: readonly PlannedCall[],
    firstPort: number,
    secondPort: number,
  ): Promise<readonly [SubjectPort, SubjectPort][]> {
    const made: [SubjectPort, SubjectPort][] = [];
    for (let at = 0; at < calls.length; at += abreast) {
      made.push(
        ...(await Promise.all(calls.slice(at, at + abreast).map((one) => this.#call(one, firstPort, secondPort)))),
      );
    }
    return made;
  }

  async #call(call: PlannedCall, firstPort: number, secondPort: number): Promise<[SubjectPort, SubjectPort]> {
    const { first, second } = call.kind;
    const callId = `bench-${call.index}-${process.pid}`;
    this.#live.push(callId);
    const transcodes = first.codec !== second.codec;
    const offer = await this.#ask({
      command: 'offer',
      'call-id': callId,
      'from-tag': 'a',
      sdp: description(this.#options.host, firstPort, first, call.firstKeys.send),
      'transport-protocol': second.suite === undefined ? 'RTP/AVP' : 'RTP/SAVP',
      ICE: 'remove',
      ...(transcodes
        ? {
            codec: { mask: [first.codec], transcode: [second.codec] },
          }
        : {}),
    });
    const answer = await this.#ask({
      command: 'answer',
      'call-id': callId,
      'from-tag': 'a',
      'to-tag': 'b',
      sdp: description(this.#options.host, secondPort, second, call.secondKeys.send),
      ICE: 'remove',
    });
    return [portOf(answer.sdp), portOf(offer.sdp)];
  }

  async drop(): Promise<void> {
    for (let at = 0; at < this.#live.length; at += abreast) {
      await Promise.all(
        this.#live
          .slice(at, at + abreast)
          .map((id) => this.#ask({ command: 'delete', 'call-id': id, 'from-tag': 'a', 'delete-delay': 0 })),
      );
    }
    this.#live = [];
    await sleep(500);
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await this.#process.stop();
  }

  #ask(command: Readonly<Record<string, Bencoded>>, patienceMs = 5000): Promise<Readonly<Record<string, Bencoded>>> {
    this.#serial += 1;
    const cookie = `${process.pid}-${this.#serial}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(cookie);
        reject(new Error(`rtpengine said nothing to ${String(command.command)}: ${this.#process.output()}`));
      }, patienceMs);
      this.#waiting.set(cookie, (answer) => {
        clearTimeout(timer);
        this.#waiting.delete(cookie);
        if (answer.result === 'error') reject(new Error(`rtpengine: ${String(answer['error-reason'])}`));
        else resolve(answer);
      });
      this.#socket.send(Buffer.from(`${cookie} ${encode(command)}`, 'latin1'), control, this.#options.host);
    });
  }
}

function description(host: string, port: number, side: Side, key: string): string {
  const rtpmap = side.codec === 'opus' ? 'opus/48000/2' : `${side.codec}/8000`;
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} ${side.suite === undefined ? 'RTP/AVP' : 'RTP/SAVP'} ${side.payloadType}`,
    `a=rtpmap:${side.payloadType} ${rtpmap}`,
    ...(side.suite === undefined ? [] : [`a=crypto:1 ${side.suite} inline:${key}`]),
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

function portOf(sdp: Bencoded | undefined): SubjectPort {
  const text = typeof sdp === 'string' ? sdp : '';
  const host = /^c=IN IP4 (\S+)/m.exec(text)?.[1];
  const port = Number(/^m=audio (\d+)/m.exec(text)?.[1]);
  if (host === undefined || !(port > 0)) throw new Error(`rtpengine's description has no port: ${text}`);
  const key = /^a=crypto:\d+ \S+ inline:([^|\s]+)/m.exec(text)?.[1];
  return { host, port, ...(key === undefined ? {} : { receive: key }) };
}

function isDictionary(value: Bencoded): value is { readonly [key: string]: Bencoded } {
  return typeof value === 'object' && !Array.isArray(value);
}

function encode(value: Bencoded): string {
  if (typeof value === 'string') return `${Buffer.byteLength(value, 'latin1')}:${value}`;
  if (typeof value === 'number') return `i${value}e`;
  if (!isDictionary(value)) return `l${[...value].map(encode).join('')}e`;
  const keys = Object.keys(value).sort();
  return `d${keys.map((key) => encode(key) + encode(value[key] ?? '')).join('')}e`;
}

function decode(text: string): Bencoded {
  let at = 0;
  const one = (): Bencoded => {
    const kind = text[at];
    if (kind === 'i') {
      const end = text.indexOf('e', at);
      const number = Number(text.slice(at + 1, end));
      at = end + 1;
      return number;
    }
    if (kind === 'l') {
      at += 1;
      const list: Bencoded[] = [];
      while (text[at] !== 'e' && at < text.length) list.push(one());
      at += 1;
      return list;
    }
    if (kind === 'd') {
      at += 1;
      const dictionary: Record<string, Bencoded> = {};
      while (text[at] !== 'e' && at < text.length) dictionary[String(one())] = one();
      at += 1;
      return dictionary;
    }
    const colon = text.indexOf(':', at);
    const length = Number(text.slice(at, colon));
    at = colon + 1 + length;
    return text.slice(colon + 1, at);
  };
  return one();
}
