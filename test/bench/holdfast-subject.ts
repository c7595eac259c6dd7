import { randomInt } from 'node:crypto';
import { type Format, idleSettings, type MediaCommand, type PortId, type RtpSettings } from '../../src/media/index.js';
import { MediaEngineProcess, newPortId } from '../system/media-engine-process.js';
import type { MediaSubject, PlannedCall, Side, SideKeys, SubjectPort } from './call-plan.js';

/** Below those that the system gives to whoever asks for any. */
const [lowestPort, highestPort] = [29_000, 32_766];

export interface HoldfastOptions {
  readonly folder: string;
  readonly processor: number;
  readonly host: string;
  /** Of Opus; undefined: as delivered, falling under load. */
  readonly complexity?: number;
  readonly words?: readonly string[];
  /** A namespace of its own, and where the far ends are seen from there. */
  readonly space?: string;
  readonly farHost?: string;
}

/** Our media engine as the process that it is in the appliance, told what to do over its socket. */
export class HoldfastMedia implements MediaSubject {
  readonly name = 'Holdfast';
  readonly engine: MediaEngineProcess;
  readonly #host: string;
  readonly #farHost: string;
  #nextPort = lowestPort;
  #live: PortId[] = [];

  private constructor(engine: MediaEngineProcess, { host, farHost }: HoldfastOptions) {
    this.engine = engine;
    this.#host = host;
    this.#farHost = farHost ?? host;
  }

  static async start(options: HoldfastOptions): Promise<HoldfastMedia> {
    const engine = await MediaEngineProcess.start({
      folder: options.folder,
      prefix: [
        ...(options.space === undefined ? [] : ['ip', 'netns', 'exec', options.space]),
        ...['taskset', '-c', String(options.processor)],
      ],
      words: [
        ...(options.complexity === undefined ? [] : ['--complexity', String(options.complexity)]),
        ...(options.words ?? []),
      ],
    });
    return new HoldfastMedia(engine, options);
  }

  get pid(): number {
    return this.engine.pid;
  }

  async carry(
    calls: readonly PlannedCall[],
    firstPort: number,
    secondPort: number,
    step = 0,
  ): Promise<readonly [SubjectPort, SubjectPort][]> {
    const made: [SubjectPort, SubjectPort][] = [];
    for (const [i, call] of calls.entries()) {
      const ids: readonly [PortId, PortId] = [newPortId(), newPortId()];
      const first = this.#open(ids[0], ids[1], call.kind.first, call.firstKeys, firstPort + step * i);
      const second = this.#open(ids[1], ids[0], call.kind.second, call.secondKeys, secondPort + step * i);
      made.push([first, second]);
    }
    // Commands are carried out in their order: once these are answered, all ports are open.
    const last = this.#live.at(-1);
    if (last !== undefined) await this.engine.statistics(last);
    const failed = this.engine.failures[0];
    if (failed !== undefined) throw new Error(`the media engine: ${JSON.stringify(failed)}`);
    return made;
  }

  #open(id: PortId, other: PortId, side: Side, keys: SideKeys, farPort: number): SubjectPort {
    const port = this.#nextPort;
    this.#nextPort = port + 2 > highestPort ? lowestPort : port + 2;
    this.#live.push(id);
    this.engine.tell(openingOf(id, other, side, keys, this.#host, port, farPort, this.#farHost));
    return { host: this.#host, port };
  }

  async drop(): Promise<void> {
    await this.engine.close(this.#live);
    this.#live = [];
  }

  async stop(): Promise<void> {
    await this.engine.stop();
  }
}

export type Opening = Extract<MediaCommand, { readonly kind: 'open' }>;

/** A port for one side of a measured call, bridged with `other`. */
export function openingOf(
  port: PortId,
  other: PortId,
  side: Side,
  keys: SideKeys,
  host: string,
  number: number,
  farPort: number,
  farHost = host,
): Opening {
  const format: Format = {
    payloadType: side.payloadType,
    codec: side.codec,
    clockRate: side.codec === 'opus' ? 48_000 : 8000,
    channels: side.codec === 'opus' ? 2 : 1,
    parameters: '',
  };
  const settings: RtpSettings = {
    ...idleSettings,
    direction: { sends: true, receives: true },
    remote: { rtp: { host: farHost, port: farPort }, rtcp: { host: farHost, port: farPort + 1 } },
    latch: 'address',
    receives: [format],
    sends: [format],
    ...(side.suite === undefined
      ? {}
      : {
          security: {
            kind: 'sdes',
            send: { suite: side.suite, keyAndSalt: keys.receive },
            receive: { suite: side.suite, keyAndSalt: keys.send },
          },
        }),
    hears: { kind: 'port', port: other },
  };
  return {
    kind: 'open',
    port,
    place: {
      rtp: { host, port: number },
      rtcp: { host, port: number + 1 },
      ssrc: randomInt(1, 2 ** 32 - 1),
      cname: port,
    },
    settings,
  };
}
