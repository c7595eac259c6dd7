import { type Clock, cause, type Random, silentLog } from '../../src/base/index.js';
import type { MediaSettings } from '../../src/config/index.js';
import { MediaAnchors } from '../../src/legs/index.js';
import { MediaPorts, mediaNegotiations, type PortId, tonesOf } from '../../src/media/index.js';
import type { SimulatedLeg } from './simulated-leg.js';
import { SimulatedMediaEngine } from './simulated-media.js';

/** The engine tells of silence this often, ms. */
const silenceEveryMs = 5000;
/** A person who hears nothing hangs up after this, ms. */
const patienceMs = 30_000;
const box = '10.1.1.254';

export interface WorldSoundOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: MediaSettings;
  readonly complain: (text: string) => void;
  /** Whose sound may come. */
  readonly legs: () => ReadonlySet<SimulatedLeg>;
}

/** The media engine of a simulated branch, what reaches it of the telephones' sound, and the controller's end of it. */
export class WorldSound {
  readonly engine: SimulatedMediaEngine;
  readonly #options: WorldSoundOptions;
  readonly #silentMs = new Map<PortId, number>();
  /** Ports of telephones that speak without a dialog. */
  readonly #unsignalled = new Set<number>();
  #ports: MediaPorts | undefined;
  #up = true;
  #stopped = false;
  /** How often the engine died. */
  deaths = 0;

  constructor(options: WorldSoundOptions) {
    this.#options = options;
    this.engine = new SimulatedMediaEngine(options.clock, options.random, options.complain);
    this.#listen();
  }

  /** Its process is there. */
  get up(): boolean {
    return this.#up;
  }

  /** The engine is there, and has every port as the process wants it. */
  get connected(): boolean {
    return this.#ports?.health.connected === true;
  }

  /** A process begins; resolves when what another one left can be claimed. */
  attach(): { readonly anchors: MediaAnchors; readonly synced: Promise<void> } {
    const { clock, random, settings } = this.#options;
    let ready: () => void = () => undefined;
    const synced = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const ports = new MediaPorts({
      networks: [{ name: box, address: box, ports: { first: 20_000, last: 29_999 } }],
      clock,
      random,
      log: silentLog,
      onSynced: () => ready(),
    });
    this.#ports = ports;
    if (this.#up) this.engine.connect(ports);
    else clock.after(patienceMs, ready);
    const anchors = new MediaAnchors({
      engine: ports,
      negotiations: mediaNegotiations(random),
      clock,
      log: silentLog,
      settings: () => settings,
      network: () => box,
      announcements: {
        music: () => '/music.wav',
        ringing: () => ({ steps: [], repeatFrom: 0 }),
        preempted: () => tonesOf('1').preemption,
      },
    });
    return { anchors, synced };
  }

  /** The process is gone; the engine goes on. */
  detach(): void {
    this.engine.disconnect();
    this.#ports?.stop();
    this.#ports = undefined;
  }

  /** `kill -9` of the engine; another one is there after `downMs`. */
  killEngine(downMs: number): void {
    if (!this.#up) return;
    this.#up = false;
    this.deaths++;
    this.engine.die();
    this.#options.clock.after(downMs, () => {
      this.#up = true;
      if (this.#ports !== undefined) this.engine.connect(this.#ports);
    });
  }

  /** The dialog of the telephone there is gone, its sound comes all the same. */
  goesOn(soundPort: number): void {
    this.#unsignalled.add(soundPort);
  }

  /** Everything has ended: no timer is left. */
  stop(): void {
    this.#stopped = true;
    this.#ports?.stop();
  }

  /** What the telephones send reaches the ports, or does not. */
  #listen(): void {
    this.#options.clock.after(silenceEveryMs, () => {
      if (this.#stopped) return;
      const byPort = new Map([...this.#options.legs()].map((leg) => [leg.soundPort, leg]));
      for (const [port, { settings }] of this.engine.ports) {
        const from = settings.remote?.rtp.port ?? 0;
        const speaks = byPort.get(from)?.speaks ?? this.#unsignalled.has(from);
        const before = this.#silentMs.get(port) ?? 0;
        const silentMs = speaks ? 0 : before + silenceEveryMs;
        this.#silentMs.set(port, silentMs);
        if (silentMs > 0 || before > 0) this.engine.say({ kind: 'silent', port, silentMs });
      }
      for (const { settings } of this.engine.ports.values()) {
        if (settings.hears.kind !== 'port' || !settings.direction.receives) continue;
        const leg = byPort.get(settings.remote?.rtp.port ?? 0);
        if ((this.#silentMs.get(settings.hears.port) ?? 0) >= patienceMs && leg?.established === true)
          leg.end({ cause: cause.normalClearing });
      }
      for (const port of this.#silentMs.keys()) if (!this.engine.ports.has(port)) this.#silentMs.delete(port);
      this.#listen();
    });
  }
}
