import { MediaShell, type MediaShellOptions } from '../../../appliance/media-engine/media-shell.js';
import type { NativeCommand, NativeEngine, NativeEvent } from '../../../appliance/media-engine/native-engine.js';
import type { TransportAgent, TransportWorld } from '../../../appliance/media-engine/transport-agent.js';
import { type Log, silentLog } from '../../../src/base/index.js';
import { idleSettings, type MediaCommand, type MediaEvent, type RtpPlace } from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** A native thread that does nothing but note what it is told. */
export class IdleNative implements NativeEngine {
  readonly commands: NativeCommand[] = [];
  events: NativeEvent[] = [];
  stopped = false;
  refuses: (command: NativeCommand) => string | undefined = () => undefined;

  apply(command: NativeCommand): void {
    const why = this.refuses(command);
    if (why !== undefined) throw new TypeError(why);
    this.commands.push(command);
  }

  take(): NativeEvent[] {
    const events = this.events;
    this.events = [];
    return events;
  }

  stop(): void {
    this.stopped = true;
  }
}

/** An agent that notes what it is asked, together with what the native thread had been told by then. */
export class NotedAgent implements TransportAgent {
  readonly said: string[] = [];
  readonly world: TransportWorld;
  readonly #native: IdleNative;

  constructor(world: TransportWorld, native: IdleNative) {
    this.world = world;
    this.#native = native;
  }

  open(...[port, , , keys]: Parameters<TransportAgent['open']>): void {
    this.#note(`open ${port}${keys === undefined ? '' : ` ${keys.suite}`}`);
  }

  configure(port: string): void {
    this.#note(`configure ${port}`);
  }

  addCandidates(port: string): void {
    this.#note(`addCandidates ${port}`);
  }

  packet({ port }: Parameters<TransportAgent['packet']>[0]): void {
    this.#note(`packet ${port}`);
  }

  close(port: string): void {
    this.#note(`close ${port}`);
  }

  stop(): void {
    this.#note('stop');
  }

  #note(word: string): void {
    this.said.push(`${word} after ${this.#native.commands.at(-1)?.kind ?? 'nothing'}`);
  }
}

export const place: RtpPlace = {
  rtp: { host: '127.0.0.1', port: 20_000 },
  rtcp: { host: '127.0.0.1', port: 20_001 },
  ssrc: 4_000_000_000,
  cname: 'YWJjZGVmZ2hpamts',
};

export const open = (port: string): Extract<MediaCommand, { readonly kind: 'open' }> => ({
  kind: 'open',
  port,
  place,
  settings: idleSettings,
});

/** A shell on the virtual clock, between a controller and a native thread that are both here. */
export class ShellBench {
  readonly clock = new VirtualClock();
  readonly native = new IdleNative();
  readonly agent: NotedAgent;
  readonly shell: MediaShell;
  readonly told: MediaEvent[] = [];
  readonly tell = (event: MediaEvent): void => {
    this.told.push(event);
  };
  hung = 0;

  constructor(more: Partial<MediaShellOptions> = {}, log: Log = silentLog) {
    const made: NotedAgent[] = [];
    this.shell = new MediaShell({
      native: this.native,
      makeAgent: (world) => {
        const agent = new NotedAgent(world, this.native);
        made.push(agent);
        return agent;
      },
      certificate: { certificate: '', privateKey: '', fingerprint: 'sha-256 AA:BB' },
      codecs: ['PCMU'],
      realTime: false,
      clock: this.clock,
      random: new SeededRandom(1),
      log,
      onHung: () => this.hung++,
      ...more,
    });
    const [agent] = made;
    if (agent === undefined) throw new Error('the shell made no agent');
    this.agent = agent;
  }

  /** What the native thread says now. */
  say(...events: readonly NativeEvent[]): void {
    this.native.events.push(...events);
    this.shell.wake();
  }

  command(...commands: readonly MediaCommand[]): void {
    // As it comes over the socket.
    for (const command of commands) this.shell.command(JSON.parse(JSON.stringify(command)));
  }
}
