import { setTimeout as pause } from 'node:timers/promises';
import type { IsdnSide, SwitchType } from '../../../src/isdn/index.js';
import { type CheckList, same } from './check-list.js';
import { dChannel, type HoldfastLines } from './holdfast-lines.js';
import { LoopSpans } from './loop-spans.js';
import { callIn, callOut } from './short-call.js';
import type { TelephoneNetwork } from './telephone-network.js';

const dialects: readonly SwitchType[] = ['qsig', '5ess', 'dms100', '4ess', 'euroisdn'];
const sides: readonly IsdnSide[] = ['user', 'network'];
const upSeconds = 60;
/** Of a span that is configured; one that is taken away meanwhile says that it does not start. */
const startMs = 300;

/** Each dialect of Q.931 from both of its sides, on spans that are taken away and come back between. */
export class DialectChecks {
  readonly #lines: HoldfastLines;
  readonly #network: TelephoneNetwork;
  readonly #spans: LoopSpans;

  constructor(lines: HoldfastLines, network: TelephoneNetwork) {
    this.#lines = lines;
    this.#network = network;
    this.#spans = new LoopSpans(lines);
  }

  async run(list: CheckList): Promise<void> {
    for (const dialect of dialects) {
      for (const side of sides) {
        await list.check(`${dialect}: calls both ways with name and number, ${side} side`, async () => {
          // Once to close what is open: the kernel waits for whoever has something.
          this.#lines.configureSpan();
          await pause(startMs);
          await this.#spans.reassign('1:0');
          this.#lines.configureSpan();
          return await this.#calls('1', dialect, side, false);
        });
      }
    }
    await list.check('euroisdn on E1: calls both ways with name and number', async () => {
      await this.#spans.create(3, 31);
      this.#lines.configureSpan(LoopSpans.idOf('3:0'), 'e1');
      const { span, first } = this.#spans.numbersOf('3:1');
      await this.#network.do(`span ${span} e1`);
      for (let slot = 1; slot < 32; slot++)
        await this.#network.do(`set ${first + slot - 1} ${slot === 16 ? 'dchan' : 'bearer'}`);
      await this.#network.do(`start ${span}`);
      try {
        return await this.#calls('3', 'euroisdn', 'user', true);
      } finally {
        // That closes what is open; the spans stay, and nobody else wants them.
        this.#lines.configureSpan(LoopSpans.idOf('3:0'), 'e1');
      }
    });
  }

  async #calls(pair: string, dialect: SwitchType, side: IsdnSide, e1: boolean): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    const slot = e1 ? 16 : 24;
    const { first } = this.#spans.numbersOf(`${pair}:1`);
    const theirs = side === 'user' ? 'network' : 'user';
    await network.do(`isdn open ${first + slot - 1} ${dialect}${e1 ? '-e1' : ''} ${theirs}`);
    lines.openDChannel({ switchType: dialect, side, e1, channels: [`${LoopSpans.idOf(`${pair}:0`)}:${slot}`] });
    try {
      await lines.expectIsdn('up', undefined, upSeconds);
      await network.expect('up', upSeconds);
      const [out, into] = [
        await callOut({ lines, network, slot: e1 ? 31 : 3 }),
        await callIn({ lines, network, slot: 4 }),
      ];
      // EuroISDN has the display element alone for names, which goes from the network to the user (Q.931 §4.5.16).
      const [ourName, theirName] = (['user', 'network'] as const).map(
        (from) => dialect !== 'euroisdn' || side !== from,
      );
      same(out, { number: '6135550123', ...(ourName ? { name: 'Ada Branch' } : {}) }, 'caller at the network');
      same(into, { number: '4165550100', ...(theirName ? { name: 'Bell Exchange' } : {}) }, 'caller here');
    } finally {
      lines.do({ kind: 'closeDChannel', dChannel });
      await network.do('isdn close');
      network.forget();
      lines.reports.forget();
    }
  }
}
