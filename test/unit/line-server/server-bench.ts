import { type DChannelProcess, LineServer } from '../../../appliance/line-server/index.js';
import { RecordedHardware } from '../../../hw/recorder/index.js';
import { TelephoneWorld } from '../../../hw/simulator/index.js';
import { silentLog } from '../../../src/base/index.js';
import type { IsdnEvent, IsdnSetup } from '../../../src/isdn/index.js';
import type {
  DChannelEvent,
  DChannelInput,
  DChannelOutput,
  DChannelSettings,
  LineCommand,
  LineReport,
} from '../../../src/tdm/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

export const settings: DChannelSettings = {
  name: 'pstn',
  switchType: 'ni2',
  side: 'user',
  e1: false,
  channels: ['sim/1:24'],
  nfas: false,
};

const plain = { type: 'unknown', plan: 'unknown' } as const;
export const setup: IsdnSetup = { called: { digits: '5551234', ...plain }, complete: true, bearer: 'speech' };
export const channel = { interface: 0, slot: 3 };

/** In the place of libpri's process: what it was told, and a way to say something. */
export class FakeProcess implements DChannelProcess {
  readonly heard: DChannelInput[] = [];
  readonly hear: (output: DChannelOutput) => void;
  readonly end: (why: string) => void;
  killed = false;
  /** It does not answer a ping any more. */
  hangs = false;

  constructor(hear: (output: DChannelOutput) => void, end: (why: string) => void) {
    this.hear = hear;
    this.end = end;
  }

  tell(input: DChannelInput): void {
    this.heard.push(input);
    if (input.kind === 'ping' && !this.hangs) this.hear({ kind: 'pong' });
  }

  kill(): void {
    this.killed = true;
  }

  say(event: IsdnEvent): void {
    this.hear({ kind: 'event', event });
  }

  commands(): readonly string[] {
    return this.heard.flatMap((input) =>
      input.kind === 'command' ? [`${input.command.kind} ${'call' in input.command ? input.command.call : ''}`] : [],
    );
  }
}

/** A controller of the server's. */
export class FakeController {
  readonly reports: LineReport[] = [];
  readonly #server: LineServer;
  readonly tell = (report: LineReport): void => {
    this.reports.push(report);
  };

  constructor(server: LineServer) {
    this.#server = server;
    server.connected(this.tell);
  }

  do(command: LineCommand): void {
    this.#server.command(command);
  }

  go(): void {
    this.#server.disconnected(this.tell);
  }

  kinds(): readonly string[] {
    return this.reports.map(({ kind }) => kind);
  }

  dChannel(): readonly DChannelEvent[] {
    return this.reports.flatMap((report) => (report.kind === 'dChannel' ? [report.event] : []));
  }
}

/** The line process but for its socket and libpri: two telephones and a T1 to the network, on the virtual clock. */
export class ServerBench {
  readonly clock = new VirtualClock();
  readonly world: TelephoneWorld;
  readonly processes: FakeProcess[] = [];
  readonly server: LineServer;

  constructor() {
    const { clock } = this;
    this.world = new TelephoneWorld({
      clock,
      random: new SeededRandom(1),
      cards: [
        { kind: 'analog', id: 'sim/0', telephones: 2, hook: 'raw', officeLines: [] },
        { kind: 't1', id: 'sim/1', to: 'pstn' },
      ],
    });
    const hardware = new RecordedHardware(this.world, clock);
    this.server = new LineServer({
      hardware,
      record: (span, write) => hardware.record(span, write),
      clock,
      log: silentLog,
      launch: (hear, ended) => {
        const process = new FakeProcess(hear, ended);
        this.processes.push(process);
        return process;
      },
    });
  }

  /** The one of now. */
  get process(): FakeProcess {
    const last = this.processes.at(-1);
    if (last === undefined) throw new Error('no process was launched');
    return last;
  }

  controller(): FakeController {
    return new FakeController(this.server);
  }
}
