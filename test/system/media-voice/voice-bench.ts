import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Format,
  idleSettings,
  type MediaCommand,
  type PortId,
  type RtpSettings,
  type Source,
} from '../../../src/media/index.js';
import { MediaEngineProcess, newPortId } from '../media-engine-process.js';
import { type PartySecurity, portSecurity, type VoiceParty } from './voice-party.js';

const host = '127.0.0.1';
export const telephoneEvents: Format = {
  payloadType: 101,
  codec: 'telephone-event',
  clockRate: 8000,
  channels: 1,
  parameters: '0-15',
};

/** A port of the engine under test, and what it was last told. */
export interface PortUnderTest {
  readonly id: PortId;
  readonly number: number;
  settings: RtpSettings;
}

/** The engine under test, with ports towards parties of the test. */
export class VoiceBench {
  readonly engine: MediaEngineProcess;
  readonly folder: string;
  #nextPort: number;

  private constructor(engine: MediaEngineProcess, folder: string) {
    this.engine = engine;
    this.folder = folder;
    // Other tests run beside this one, and the system gives ports from 32768 on to whoever asks for any.
    this.#nextPort = 2 * randomInt(6000, 13_000);
  }

  /** In real time, where it may, only for tests that need it: others run at the same time. */
  static async start(realTime: 'yes' | 'no' = 'no'): Promise<VoiceBench> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-voice-'));
    const engine = await MediaEngineProcess.start({ folder, words: ['--real-time', realTime] });
    return new VoiceBench(engine, folder);
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a leg with that party settles. */
  settingsFor(party: VoiceParty, security: PartySecurity, more: Partial<RtpSettings> = {}): RtpSettings {
    const { host: address, port } = party.address;
    return {
      ...idleSettings,
      remote: { rtp: { host: address, port }, rtcp: { host: address, port: port + 1 } },
      security: portSecurity(security),
      receives: [party.format],
      sends: [party.format],
      packetMs: party.packetMs,
      direction: { sends: true, receives: true },
      ...more,
    };
  }

  /** Opens a port, and has the party speak to it. */
  open(party: VoiceParty | undefined, settings: RtpSettings): PortUnderTest {
    const number = this.#nextPort;
    this.#nextPort += 2;
    const id = newPortId();
    this.engine.tell({
      kind: 'open',
      port: id,
      place: {
        rtp: { host, port: number },
        rtcp: { host, port: number + 1 },
        ssrc: randomInt(1, 2 ** 32 - 1),
        cname: id,
      },
      settings,
    });
    if (party !== undefined) party.target = { host, port: number };
    return { id, number, settings };
  }

  /** What a port is told whose peer is another port of ours. */
  towards({ number }: PortUnderTest): Partial<RtpSettings> {
    return { remote: { rtp: { host, port: number }, rtcp: { host, port: number + 1 } } };
  }

  configure(port: PortUnderTest, change: Partial<RtpSettings>): void {
    port.settings = { ...port.settings, ...change };
    this.engine.tell({ kind: 'configure', port: port.id, settings: port.settings });
  }

  hear(port: PortUnderTest, source: Source): void {
    port.settings = { ...port.settings, hears: source };
    this.engine.tell({ kind: 'hear', port: port.id, source });
  }

  bridge(one: PortUnderTest, other: PortUnderTest): void {
    this.hear(one, { kind: 'port', port: other.id });
    this.hear(other, { kind: 'port', port: one.id });
  }

  tell(...commands: readonly MediaCommand[]): void {
    this.engine.tell(...commands);
  }
}
