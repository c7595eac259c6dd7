import { type Clock, hexToken, type Log, type Random, type Timer } from '../../src/base/index.js';
import type { MediaCommand, MediaEvent, PortId } from '../../src/media/index.js';
import { readCommand } from './command-reader.js';
import type { NativeCommand, NativeEngine, NativeEvent } from './native-engine.js';
import { PortRecord, portOf } from './port-record.js';
import type { EngineCertificate, MakeTransportAgent, TransportAgent } from './transport-agent.js';

/** One machine's load does not allow more; a controller that opens more has lost count. */
export const maxPorts = 10_000;
/** The native thread speaks each second; one that has not for so long hangs, and only another process helps. */
export const hungMs = 10_000;

/** Sees every change of a port, and may speak to the native thread itself. */
export interface PortObserver {
  /** Opened, closed, or anything of it changed. */
  changed(port: PortId): void;
  heard(event: NativeEvent): void;
}

export interface MediaShellOptions {
  readonly native: NativeEngine;
  readonly makeAgent: MakeTransportAgent;
  readonly certificate: EngineCertificate;
  readonly codecs: readonly string[];
  readonly realTime: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The native thread hangs. */
  readonly onHung: () => void;
}

type Tell = (event: MediaEvent) => void;

/**
 * Between the controller and the native thread: reads commands, shares them out between the thread and the agent of ICE and
 * DTLS, and keeps what a new controller must be told. Without a controller everything goes on.
 */
export class MediaShell {
  readonly #options: MediaShellOptions;
  readonly #instance: string;
  readonly #agent: TransportAgent;
  readonly #ports = new Map<PortId, PortRecord>();
  /** By the recording's name. */
  readonly #recordings = new Map<string, readonly PortId[]>();
  #observer: PortObserver | undefined;
  #tell: Tell | undefined;
  #watch: Timer | undefined;

  constructor(options: MediaShellOptions) {
    this.#options = options;
    this.#instance = hexToken(options.random, 8);
    const { certificate, clock, random, log, native } = options;
    this.#agent = options.makeAgent({
      clock,
      random,
      log,
      certificate,
      toNative: (command) => this.#apply(command),
      toController: (event) => {
        if (event.kind === 'secured') this.#ports.get(event.port)?.secured(event.keys);
        this.#tell?.(event);
      },
    });
    // What the thread said before we were listening.
    this.#hear(native.take());
    this.#restartWatch();
  }

  get ports(): ReadonlyMap<PortId, PortRecord> {
    return this.#ports;
  }

  /** Whether what the port's peer says is being recorded. */
  isRecorded(port: PortId): boolean {
    return [...this.#recordings.values()].some((ports) => ports.includes(port));
  }

  /** The native thread, for an observer's own commands. */
  toNative(command: NativeCommand): void {
    this.#apply(command);
  }

  observe(observer: PortObserver): void {
    this.#observer = observer;
  }

  /** A controller is there; whoever was there before is not told any more. */
  connected(tell: Tell): void {
    const { certificate, codecs, realTime } = this.#options;
    this.#tell = tell;
    const { fingerprint } = certificate;
    tell({ kind: 'hello', protocol: 1, instance: this.#instance, fingerprint, codecs, realTime });
  }

  /** The controller is gone; its ports go on. */
  disconnected(tell: Tell): void {
    if (this.#tell === tell) this.#tell = undefined;
  }

  /** One command as it came; what is wrong with it is answered. */
  command(value: unknown): void {
    const read = readCommand(value);
    if (!read.ok) {
      this.#options.log.warn('a malformed command', { command: read.error.command, why: read.error.why });
      this.#tell?.({ kind: 'failed', ...read.error });
      return;
    }
    this.#carryOut(read.value);
  }

  /** The native thread has something to say. */
  wake(): void {
    this.#hear(this.#options.native.take());
  }

  stop(): void {
    this.#watch?.cancel();
    this.#agent.stop();
    this.#options.native.stop();
  }

  #carryOut(command: MediaCommand): void {
    if (command.kind === 'list') {
      const listed = [...this.#ports.values()].filter(({ closing }) => !closing).map((record) => record.listed);
      this.#tell?.({ kind: 'ports', ports: listed });
      return;
    }
    const id = portOf(command);
    if (command.kind === 'open' || command.kind === 'openTdm') {
      const why = this.#ports.has(command.port)
        ? 'this port is open already'
        : this.#ports.size >= maxPorts
          ? `there are ${maxPorts} ports already`
          : undefined;
      if (why !== undefined) this.#fail(command, why);
      else this.#open(command);
      return;
    }
    const record = id === undefined ? undefined : this.#ports.get(id);
    if (id !== undefined && (record === undefined || record.closing)) {
      this.#fail(command, 'there is no such port');
      return;
    }
    record?.apply(command);
    if (command.kind === 'close') {
      record?.close();
      // First whatever still goes out of the port's sockets: a TURN server is told (RFC 8656 §7).
      this.#agent.close(command.port);
    }
    if (command.kind === 'addCandidates') {
      this.#agent.addCandidates(command.port, command.candidates);
      return;
    }
    if (!this.#apply(command)) return;
    if (command.kind === 'configure') this.#agent.configure(command.port, command.settings);
    this.#noteRecording(command);
    if (id !== undefined) this.#observer?.changed(id);
  }

  #noteRecording(command: MediaCommand): void {
    if (command.kind !== 'record' && command.kind !== 'stopRecording') return;
    const ports = command.kind === 'record' ? command.ports : (this.#recordings.get(command.recording) ?? []);
    if (command.kind === 'record') this.#recordings.set(command.recording, ports);
    else this.#recordings.delete(command.recording);
    for (const port of ports) this.#observer?.changed(port);
  }

  #open(command: Extract<MediaCommand, { readonly kind: 'open' | 'openTdm' }>): void {
    const { port } = command;
    const record =
      command.kind === 'open'
        ? PortRecord.ofRtp(command)
        : new PortRecord({ port, tdm: { place: command.place, settings: command.settings } });
    this.#ports.set(port, record);
    if (!this.#apply(command)) {
      this.#ports.delete(port);
      return;
    }
    if (command.kind === 'open') this.#agent.open(port, command.place, command.settings, command.resumed?.dtlsKeys);
    this.#observer?.changed(port);
  }

  /** False: the native side does not take it, and the controller was told. */
  #apply(command: NativeCommand): boolean {
    try {
      this.#options.native.apply(command);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.error('the native thread refuses a command', { command: command.kind, why });
      this.#fail(command, why);
      return false;
    }
  }

  #fail(command: MediaCommand | NativeCommand, why: string): void {
    const port = 'port' in command ? { port: command.port } : {};
    this.#tell?.({ kind: 'failed', ...port, command: command.kind, why });
  }

  #hear(events: readonly NativeEvent[]): void {
    for (const event of events) {
      const port = 'port' in event && event.port !== undefined ? event.port : undefined;
      if (event.kind === 'pulse') this.#restartWatch();
      else if (port !== undefined) this.#ports.get(port)?.heard(event);
      if (port !== undefined && isOver(event)) this.#forget(port);
      this.#observer?.heard(event);
      if (event.kind === 'packet') this.#agent.packet(event);
      else this.#tell?.(event);
    }
  }

  #forget(port: PortId): void {
    const record = this.#ports.get(port);
    if (!this.#ports.delete(port) || record?.closing === true) return;
    this.#agent.close(port);
    this.#observer?.changed(port);
  }

  #restartWatch(): void {
    this.#watch?.cancel();
    this.#watch = this.#options.clock.after(hungMs, () => {
      this.#options.log.error('the native thread hangs', { forMs: hungMs });
      this.#options.onHung();
    });
  }
}

/** Nothing is left of the port. */
function isOver(event: NativeEvent): boolean {
  return (
    event.kind === 'closed' || (event.kind === 'failed' && (event.command === 'open' || event.command === 'openTdm'))
  );
}
