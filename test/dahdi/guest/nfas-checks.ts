import type { CheckList } from './check-list.js';
import { dChannel, type HoldfastLines, spanId } from './holdfast-lines.js';
import { LoopSpans } from './loop-spans.js';
import { callIn, callOut } from './short-call.js';
import type { TelephoneNetwork } from './telephone-network.js';

const upSeconds = 60;

/** Two spans whose calls are on one D-channel, which has a backup on the other span (Q.931 annex F). */
export class NfasChecks {
  readonly #lines: HoldfastLines;
  readonly #network: TelephoneNetwork;
  readonly #spans: LoopSpans;

  constructor(lines: HoldfastLines, network: TelephoneNetwork) {
    this.#lines = lines;
    this.#network = network;
    this.#spans = new LoopSpans(lines);
  }

  async run(list: CheckList): Promise<void> {
    const [lines, network, spans] = [this.#lines, this.#network, this.#spans];
    const at = { lines, network };
    const second = LoopSpans.idOf('4:0');
    await list.check('NFAS: primary and backup D-channel, calls on both spans', async () => {
      await spans.create(4);
      lines.configureSpan();
      lines.configureSpan(second);
      const far = spans.numbersOf('4:1');
      await network.do(`span ${far.span} ccs`);
      for (let slot = 0; slot < 23; slot++) await network.do(`set ${far.first + slot} bearer`);
      await network.all(`set ${far.first + 23} dchan`, `start ${far.span}`);
      await network.do(`isdn open ${spans.numbersOf('1:1').first + 23} ni2 network`);
      await network.do(`isdn open ${far.first + 23} ni2 network`);
      lines.openDChannel({ nfas: true, channels: [`${spanId}:24`, `${second}:24`] });
      await lines.expectIsdn('up', undefined, upSeconds);
      await network.expect('up 0', upSeconds);
      await network.expect('up 1', upSeconds);
      await callOut({ ...at, slot: 3, interface: 0 });
      await callOut({ ...at, slot: 5, interface: 1 });
      await callIn({ ...at, slot: 7, interface: 1 });
    });
    lines.do({ kind: 'closeDChannel', dChannel });
    await network.do('isdn close');
    // That closes what is open there; the spans stay, and nobody else wants them.
    lines.configureSpan(second);
  }
}
