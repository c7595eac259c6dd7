import type { Namespace } from './namespace.js';
import { decodePacket, type Packet } from './packet.js';
import type { PeerProcess } from './peer-process.js';
import { decodeG711 } from './tone.js';

export interface SipSeen {
  /** Milliseconds of the wall clock. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

interface RtpSeen {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly payloadType: number;
  readonly payload: Buffer;
}

const ethernet = 1; // pcap link type; a TUN device has bare IP packets
const rtpKept = 4000; // of all streams together: 20 s of two calls

/** What passes on one interface, live: SIP messages for ladders and counts, RTP to hear who speaks. */
export class Capture {
  readonly title: string;
  readonly sip: SipSeen[] = [];
  readonly #rtp: RtpSeen[] = [];
  readonly #process: PeerProcess;
  #rest = Buffer.alloc(0);
  #headerRead = false;
  #linkHeader = 14;

  private constructor(title: string, space: Namespace, device: string, folder: string, onStarted: () => void) {
    this.title = title;
    // ctrl_tcp (4444) and web pages are the test's own traffic.
    const filter = 'not arp and not port 4444 and not tcp port 8080';
    this.#process = space.spawn('dumpcap', ['-q', '-i', device, '-P', '-w', '-', '-f', filter], {
      logFile: `${folder}/capture-${title}.log`,
      onData: (chunk) => {
        this.#read(chunk);
        onStarted();
      },
    });
  }

  static async start(title: string, space: Namespace, device: string, folder: string): Promise<Capture> {
    return new Promise((resolve, reject) => {
      const capture: Capture = new Capture(title, space, device, folder, () => resolve(capture)); // the file header comes at once
      capture.#process.ended.then((code) =>
        reject(new Error(`dumpcap on ${device} ended with ${code}: ${capture.#process.output()}`)),
      );
    });
  }

  stop(): Promise<number> {
    return this.#process.stop();
  }

  /** SIP messages whose start line matches, since a time of the wall clock. */
  sipSince(since: number, startLine: RegExp): readonly SipSeen[] {
    return this.sip.filter((one) => one.at >= since && startLine.test(one.text.slice(0, one.text.indexOf('\r\n'))));
  }

  /** The last `forMs` of sound that went to `address` (from `from`, when given), as linear samples at 8 kHz. */
  soundTo(address: string, forMs: number, from?: string): Int16Array {
    const now = this.#rtp.at(-1)?.at ?? 0;
    const start = Math.max(now, performance.timeOrigin + performance.now()) - forMs;
    const heard = this.#rtp.filter(
      (one) => one.at >= start && hostOf(one.to) === address && (from === undefined || hostOf(one.from) === from),
    );
    return decodeG711(heard);
  }

  rtpCount(since: number, to: string): number {
    return this.#rtp.filter((one) => one.at >= since && hostOf(one.to) === to).length;
  }

  /** The longest time, ms, without RTP to `address` between two times of the wall clock. */
  rtpGap(since: number, until: number, to: string): number {
    const times = this.#rtp
      .filter((one) => one.at >= since && one.at <= until && hostOf(one.to) === to)
      .map(({ at }) => at);
    return [...times, until].reduce(([longest, before], at) => [Math.max(longest, at - before), at] as const, [
      0,
      since,
    ] as readonly [number, number])[0];
  }

  /** One line a message, for people. */
  ladder(since = 0): string {
    return this.sip
      .filter((one) => one.at >= since)
      .map((one) => `${timeOf(one.at)} ${one.from} -> ${one.to} ${summary(one.text)}`)
      .join('\n');
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.#headerRead) {
      if (this.#rest.length < 24) return;
      this.#linkHeader = this.#rest.readUInt32LE(20) === ethernet ? 14 : 0;
      this.#rest = this.#rest.subarray(24);
      this.#headerRead = true;
    }
    for (;;) {
      if (this.#rest.length < 16) return;
      const length = this.#rest.readUInt32LE(8);
      if (this.#rest.length < 16 + length) return;
      const at = this.#rest.readUInt32LE(0) * 1000 + this.#rest.readUInt32LE(4) / 1000;
      const packet = decodePacket(this.#rest.subarray(16 + this.#linkHeader, 16 + length));
      if (packet !== undefined) this.#keep(at, packet);
      this.#rest = this.#rest.subarray(16 + length);
    }
  }

  #keep(at: number, packet: Packet): void {
    const { payload, from, to } = packet;
    const first = payload[0] ?? 0;
    if (first >= 0x41 && first <= 0x5a) {
      for (const text of splitMessages(payload.toString('utf8'))) this.sip.push({ at, from, to, text });
    } else if (packet.udp && first >> 6 === 2 && payload.length > 12 && !isRtcp(payload)) {
      this.#rtp.push({
        at,
        from,
        to,
        payloadType: (payload[1] ?? 0) & 0x7f,
        payload: Buffer.from(payload.subarray(12)),
      });
      if (this.#rtp.length > rtpKept) this.#rtp.splice(0, rtpKept / 4);
    }
  }
}

function isRtcp(payload: Buffer): boolean {
  const type = payload[1] ?? 0;
  return type >= 200 && type <= 207;
}

/** Several messages may share a TCP segment. */
function splitMessages(text: string): readonly string[] {
  const messages = text.split(/(?<=\r\n)(?=(?:[A-Z]+ sips?:\S+ SIP\/2\.0|SIP\/2\.0 \d{3})[^\n]*\r\n)/);
  return messages.filter((one) => /^(?:[A-Z]+ \S+ SIP\/2\.0|SIP\/2\.0 \d{3})/.test(one));
}

export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}

/** The value of the first header line of that (long) name. */
export function headerOf(text: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*:\\s*(.*?)\\r?$`, 'im').exec(text)?.[1];
}

function summary(text: string): string {
  const start = text.slice(0, text.indexOf('\r\n')).replace(/ SIP\/2\.0$/, '');
  const branch = /branch=([^;\s,]+)/.exec(headerOf(text, 'Via') ?? '')?.[1]?.slice(-6) ?? '';
  return `${start} [${headerOf(text, 'CSeq') ?? ''}] call ${(headerOf(text, 'Call-ID') ?? headerOf(text, 'i') ?? '').slice(0, 8)} ${branch}`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
