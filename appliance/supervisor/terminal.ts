import type { Clock, Timer } from '../../src/base/index.js';
import type { BranchLink, LinesView } from './branch-link.js';
import { Screen } from './screen.js';
import { terminalView } from './terminal-view.js';

/** A warning that is older than this is in the log. */
const NOTICE_MS = 8000;
const TICK_MS = 1000;
/** Changes in a burst are one drawing. */
const GATHER_MS = 60;

const orders: ReadonlyMap<string, Order> = new Map([
  ['c', ['api/lab/wan', { up: false }]],
  ['r', ['api/lab/wan', { up: true }]],
  ['1', ['api/lab/call', { from: '1001', to: '1002' }]],
  ['2', ['api/lab/call', { from: '1001', to: '913125550123' }]],
  ['3', ['api/lab/call', { from: 'pstn', to: '1002' }]],
  ['9', ['api/lab/call', { from: '1003', to: '911' }]],
  ['h', ['api/lab/hangup', {}]],
] as const);

type Order = readonly [path: string, body: object];

/** What a key for the lines means depends on how they are. */
export function lineOrder(key: string, { telephones, spans }: LinesView): Order | undefined {
  const [first, second] = telephones;
  const [span] = spans;
  const hook = (telephone: LinesView['telephones'][number] | undefined): Order | undefined =>
    telephone === undefined
      ? undefined
      : [`api/lab/line-${telephone.lifted ? 'hang-up' : 'lift'}`, { extension: telephone.extension }];
  if (key === '5') return hook(first);
  if (key === '6') return hook(second);
  if (key === 'a') return ['api/lab/line-alarm', { alarm: 'red', on: span?.alarms.includes('red') !== true }];
  if (first === undefined) return undefined;
  const { extension } = first;
  if (key === '4') return ['api/lab/line-call-in', { to: extension, caller: 'shown' }];
  if (key === '7') return ['api/lab/line-dial', { extension, digits: '913125550123', by: 'tone' }];
  return undefined;
}

/** The view on a terminal: draws at each change and each second, and turns keys into orders. */
export class Terminal {
  readonly #clock: Clock;
  readonly #link: BranchLink;
  readonly #web: string;
  readonly #quit: () => void;
  readonly #screen: Screen;
  #notice: { text: string; until: number } | undefined;
  #statusAt = 0;
  #shown: unknown;
  #tick: Timer | undefined;
  #gather: Timer | undefined;

  constructor(clock: Clock, link: BranchLink, web: string, quit: () => void) {
    this.#clock = clock;
    this.#link = link;
    this.#web = web;
    this.#quit = quit;
    this.#screen = new Screen(
      {
        get columns() {
          return process.stdout.columns ?? 80;
        },
        get rows() {
          return process.stdout.rows ?? 24;
        },
        write: (text) => process.stdout.write(text),
      },
      process.env.NO_COLOR === undefined || process.env.NO_COLOR === '',
    );
  }

  open(): void {
    this.#screen.open();
    process.stdin.setRawMode(true);
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', this.#keys);
    process.stdin.resume();
    process.stdout.on('resize', this.changed);
    // Whatever ends this process, the terminal is given back.
    process.once('exit', () => this.close());
    this.#draw();
  }

  close(): void {
    this.#tick?.cancel();
    this.#gather?.cancel();
    this.#screen.close();
    process.stdin.off('data', this.#keys);
    process.stdout.off('resize', this.changed);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  notice(text: string): void {
    this.#notice = { text, until: this.#clock.now() + NOTICE_MS };
    this.changed();
  }

  readonly changed = (): void => {
    this.#gather ??= this.#clock.after(GATHER_MS, () => {
      this.#gather = undefined;
      this.#draw();
    });
  };

  readonly #keys = (chunk: string | Buffer): void => {
    for (const key of String(chunk)) {
      if (key === 'q' || key === '\x03' || key === '\x04') this.#quit();
      const { lab } = this.#link;
      const pressed = key.toLowerCase();
      const ofLines = lab?.lines === undefined ? undefined : lineOrder(pressed, lab.lines);
      const order = lab === undefined ? undefined : (orders.get(pressed) ?? ofLines);
      if (order === undefined) continue;
      this.#link.order(...order).then((refused) => {
        if (refused !== undefined) this.notice(refused);
      });
    }
  };

  #draw(): void {
    const { status, lab, media, connected } = this.#link;
    const now = this.#clock.now();
    if (this.#shown !== status) {
      this.#shown = status;
      this.#statusAt = now;
    }
    const notice = this.#notice !== undefined && this.#notice.until > now ? this.#notice.text : undefined;
    const scene = {
      web: this.#web,
      connected,
      elapsedMs: now - this.#statusAt,
      ...(status === undefined ? {} : { status }),
      ...(lab === undefined ? {} : { lab }),
      ...(media === undefined ? {} : { media }),
      ...(notice === undefined ? {} : { notice }),
    };
    this.#screen.draw(terminalView(scene, process.stdout.columns ?? 80, process.stdout.rows ?? 24));
    this.#tick?.cancel();
    this.#tick = this.#clock.after(TICK_MS, () => this.#draw());
  }
}
