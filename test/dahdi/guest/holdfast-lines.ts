import { mkdirSync } from 'node:fs';
import { jsonLog, systemClock } from '../../../appliance/io/index.js';
import { LineServer, priLauncher } from '../../../appliance/line-server/index.js';
import { DahdiHardware, FileSysfs, LinuxKernel } from '../../../hw/dahdi/index.js';
import type { IsdnCommand } from '../../../src/isdn/index.js';
import type {
  ChannelReport,
  DChannelEvent,
  DChannelSettings,
  LineCommand,
  LineEvent,
  LineOrder,
  LineReport,
  LineSignal,
  Signalling,
} from '../../../src/tdm/index.js';
import { EventQueue } from './event-queue.js';

/** What the span is called: by its card, not by the driver's number. */
export const spanId = 'dahdi/DYN-loc-1-0/1';
export const dChannel = 'pstn';

type Isdn<K extends DChannelEvent['kind']> = Extract<DChannelEvent, { readonly kind: K }>;

/** Holdfast's line process with the driver's cards, and this test as its controller. */
export class HoldfastLines {
  readonly hardware: DahdiHardware;
  readonly reports = new EventQueue<LineReport>('Holdfast');
  /** Of the last time that the span was plugged in. */
  channels: readonly ChannelReport[] = [];
  /** Warnings and errors, a line each. */
  readonly logged: string[] = [];
  readonly #server: LineServer;
  readonly #listeners = new Set<(report: LineReport) => void>();
  readonly #places = new Map<string, ChannelReport['samples']>();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const log = jsonLog('warn', {}, (line) => {
      this.logged.push(line);
      process.stderr.write(line);
    });
    const kernel = new LinuxKernel();
    this.hardware = new DahdiHardware({
      ...{ clock: systemClock, log, kernel, socketFolder: folder },
      // The emulated driver ticks each 4 ms, and whoever reads may be late by two or three of these.
      blockBytes: 160,
      sysfs: new FileSysfs('/'),
    });
    this.#server = new LineServer({ hardware: this.hardware, launch: priLauncher(log), clock: systemClock, log });
    this.#server.connected((report) => {
      if (report.kind === 'alive') return;
      if (report.kind === 'plugged' && report.span.id === spanId) this.channels = report.channels;
      if (report.kind === 'dChannel' && report.event.kind === 'traced') {
        process.stdout.write(`${report.event.sent ? 'sent' : 'came'}: ${report.event.text}\n`);
        return;
      }
      if (report.kind === 'plugged') for (const { id, samples } of report.channels) this.#places.set(id, samples);
      this.reports.push(report);
      for (const listener of [...this.#listeners]) listener(report);
    });
  }

  /** Also of what is asked for by `reports`. Ends with the returned call. */
  listen(listener: (report: LineReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  do(command: LineCommand): void {
    this.#server.command(command);
  }

  isdn(command: IsdnCommand, of = dChannel): void {
    this.do({ kind: 'isdn', dChannel: of, command });
  }

  order(channel: number, order: LineOrder): void {
    this.do({ kind: 'order', channel: `${spanId}:${channel}`, order });
  }

  openDChannel(settings: Partial<DChannelSettings> = {}): void {
    const channels = [`${spanId}:24`];
    this.do({
      kind: 'openDChannel',
      settings: { name: dChannel, switchType: 'ni2', side: 'user', e1: false, channels, nfas: false, ...settings },
    });
  }

  configureSpan(span = spanId, kind: 't1' | 'e1' = 't1'): void {
    const rest = { timing: 0, buildOut: 0 } as const;
    const settings =
      kind === 't1'
        ? ({ kind, framing: 'esf', coding: 'b8zs', crc4: false, ...rest } as const)
        : ({ kind, framing: 'ccs', coding: 'hdb3', crc4: true, ...rest } as const);
    this.do({ kind: 'configureSpan', span, settings });
  }

  /** Configures, and waits until the line stands as it should at rest. */
  configure(channel: number, signalling: Signalling): void {
    this.do({ kind: 'configure', channel: `${spanId}:${channel}`, settings: { signalling, law: 'u' } });
  }

  /** An event of the D-channel, of the call where one is named. */
  expectIsdn<K extends DChannelEvent['kind']>(kind: K, call?: string, seconds = 30, of = dChannel): Promise<Isdn<K>> {
    return this.reports.expect(`${kind} ${call ?? ''}`, seconds, (report) => {
      if (report.kind !== 'dChannel' || report.dChannel !== of || report.event.kind !== kind) return undefined;
      if (call !== undefined && !('call' in report.event && report.event.call === call)) return undefined;
      return report.event as Isdn<K>;
    });
  }

  expectLine(channel: number, what: string, meant: (event: LineEvent) => boolean, seconds = 30): Promise<LineEvent> {
    return this.reports.expect(`${what} on ${channel}`, seconds, (report) =>
      report.kind === 'line' && report.channel === `${spanId}:${channel}` && meant(report.event)
        ? report.event
        : undefined,
    );
  }

  expectSignal(channel: number, wanted: LineSignal, seconds = 30): Promise<LineEvent> {
    const text = JSON.stringify(wanted);
    return this.expectLine(
      channel,
      text,
      (event) => event.kind === 'signal' && JSON.stringify(event.signal) === text,
      seconds,
    );
  }

  placeOf(channel: string): NonNullable<ChannelReport['samples']> {
    const samples = this.#places.get(channel);
    if (samples === undefined) throw new Error(`${channel} has no samples`);
    return samples;
  }

  place(channel: number): NonNullable<ChannelReport['samples']> {
    const samples = this.channels.find(({ number }) => number === channel)?.samples;
    if (samples === undefined) throw new Error(`channel ${channel} has no samples`);
    return samples;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    this.hardware.stop();
  }
}
