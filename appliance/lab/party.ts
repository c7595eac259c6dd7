import { type Clock, type Log, type Random, uuid } from '../../src/base/index.js';
import type { LabCall } from '../io/index.js';
import { CallEnd } from './call-end.js';
import { type RtpBeat, RtpStream } from './rtp-stream.js';
import type { OpenedSipServer, ReceivedRequest, ReceivedResponse, Reply } from './sip-application.js';

/** What every party of the lab is given. */
export interface LabGround {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly beat: RtpBeat;
  /** Where Holdfast is: `sip:127.0.0.1:15060;transport=udp`. */
  readonly proxy: string;
  readonly onChange: () => void;
}

export interface PlacedCall {
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly peer: string;
  readonly emergency: boolean;
  readonly proxy?: string;
  readonly credentials?: (
    response: ReceivedResponse,
    method: string,
    uri: string,
  ) => Record<string, string> | undefined;
}

/** How long a telephone of the lab rings before it answers by itself. */
const RING_MS = 1000;

/** Somebody with a telephone: its ends of calls, each with its own sound. */
export class Party {
  readonly name: string;
  readonly address: string;
  readonly sip: OpenedSipServer;
  readonly #ground: LabGround;
  readonly #ends = new Set<CallEnd>();

  constructor(name: string, address: string, sip: OpenedSipServer, ground: LabGround) {
    this.name = name;
    this.address = address;
    this.sip = sip;
    this.#ground = ground;
  }

  get calls(): readonly LabCall[] {
    return [...this.#ends].map((end) => end.view());
  }

  end(id: string): CallEnd | undefined {
    return [...this.#ends].find((end) => end.callId === id);
  }

  get ends(): readonly CallEnd[] {
    return [...this.#ends];
  }

  async place(call: PlacedCall): Promise<void> {
    const end = await this.#open(call.peer, 'out', call.emergency, call.credentials);
    end.invite(call.uri, call.headers, call.proxy);
  }

  async receive(request: ReceivedRequest, reply: Reply, peer: string, emergency: boolean): Promise<void> {
    const end = await this.#open(peer, 'in', emergency);
    end.ring(request, reply);
    this.#ground.clock.after(RING_MS, () => end.answer());
  }

  hangUpAll(): void {
    for (const end of this.#ends) end.hangUp();
  }

  checkSound(): void {
    for (const end of this.#ends) end.checkSound();
  }

  async close(): Promise<void> {
    await this.sip.close();
    for (const end of this.#ends) end.abandon();
  }

  async #open(
    peer: string,
    direction: LabCall['direction'],
    emergency: boolean,
    credentials: PlacedCall['credentials'] = () => undefined,
  ): Promise<CallEnd> {
    const { clock, random, log, beat, onChange } = this.#ground;
    const stream = await RtpStream.open(this.address, clock, random, beat);
    const end = new CallEnd({
      id: uuid(random),
      party: this.name,
      peer,
      direction,
      emergency,
      application: this.sip.application,
      stream,
      clock,
      log,
      credentials,
      onChange,
      onEnd: (why) => {
        log.info('call ended', { party: this.name, peer, why });
        this.#ends.delete(end);
        onChange();
      },
    });
    this.#ends.add(end);
    onChange();
    return end;
  }
}
