import { writeFile } from 'node:fs/promises';
import { FileSysfs, readCards } from '../../../hw/dahdi/index.js';
import { cause } from '../../../src/base/index.js';
import { type CheckList, same } from './check-list.js';
import { type HoldfastLines, spanId } from './holdfast-lines.js';
import type { TelephoneNetwork } from './telephone-network.js';

/** What is hoped for on a machine of its own is 3 s; this is emulated, beside whatever else runs. */
const replugSeconds = 30;

/** A card that goes and comes back. */
export class CardChecks {
  readonly #lines: HoldfastLines;
  readonly #network: TelephoneNetwork;

  constructor(lines: HoldfastLines, network: TelephoneNetwork) {
    this.#lines = lines;
    this.#network = network;
  }

  async run(list: CheckList): Promise<void> {
    await list.check('cards: a span unplugged in mid-call, and plugged in again', () => this.replug());
  }

  async replug(): Promise<string> {
    const [lines, network] = [this.#lines, this.#network];
    // What other checks left unheard, such as that the D-channel came up, would be taken for what happens here.
    network.forget();
    lines.reports.forget();
    const call = 'replug';
    const setup = (name: string) =>
      lines.isdn({
        ...{ kind: 'setup', call: name, channel: { interface: 0, slot: 2 }, exclusive: true },
        setup: {
          called: { digits: '6135550106', type: 'national', plan: 'isdn' },
          ...{ complete: true, bearer: 'speech' },
        },
      });
    setup(call);
    const { tag } = await network.expect('ring');
    await network.do(`isdn answer ${tag}`);
    await lines.expectIsdn('connect', call);
    // The emulated card cannot be destroyed while anybody has it open; taken from the driver it can be, as one that is pulled.
    const card = readCards(new FileSysfs('/')).find(({ key }) => spanId.includes(key));
    const started = performance.now();
    await writeFile(`/sys/bus/dahdi_devices/devices/${card?.device}/unassign_span`, '1');
    await lines.reports.expect('unplugged', 30, (report) =>
      report.kind === 'unplugged' && report.span === spanId ? report : undefined,
    );
    same((await lines.expectIsdn('released', call)).cause, cause.networkOutOfOrder, 'cause');
    await lines.expectIsdn('gone');
    // The network forgets its half, as an exchange does whose T1 went red.
    await network.do(`isdn drop ${tag} 38`);

    const since = () => ((performance.now() - started) / 1000).toFixed(1);
    await lines.reports.expect('plugged', replugSeconds, (report) =>
      report.kind === 'plugged' && report.span.id === spanId ? report : undefined,
    );
    lines.configureSpan();
    const plugged = since();
    await lines.expectIsdn('up', undefined, replugSeconds);
    const up = since();
    // As trunks over lines do it: the far end may still keep a call of the process before, whose name ours begins with again.
    lines.isdn({ kind: 'restart', channel: { interface: 0, slot: 2 } });
    await lines.expectIsdn('restartAcknowledged', undefined, replugSeconds);
    setup('after');
    const { tag: second } = await network.expect('ring');
    const rang = since();
    await network.do(`isdn answer ${second}`);
    await lines.expectIsdn('connect', 'after');
    await network.do(`isdn drop ${second} 16`);
    same((await lines.expectIsdn('disconnect', 'after')).cause, cause.normalClearing, 'cause');
    lines.isdn({ kind: 'release', call: 'after', cause: cause.normalClearing });
    await lines.expectIsdn('released', 'after');
    return `from its going: plugged after ${plugged} s, D-channel up after ${up} s, first call after ${rang} s`;
  }
}
