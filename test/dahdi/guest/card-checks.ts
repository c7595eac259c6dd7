import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FileSysfs, readCards } from '../../../hw/dahdi/index.js';
import { cause } from '../../../src/base/index.js';
import { type CheckList, same } from './check-list.js';
import { type HoldfastLines, spanId } from './holdfast-lines.js';
import type { TelephoneNetwork } from './telephone-network.js';

/** What is hoped for on a machine of its own is 3 s; this is emulated, beside whatever else runs. */
const replugSeconds = 30;
/** Until whoever pulled it plugs it in again. */
const outMs = 3000;
/** Holdfast may have opened it again between. */
const pullsMost = 3;

const runLater = promisify(execFile);

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
    const tag = await this.#call('replug');
    const went = performance.now();
    await this.#pull(async () => {
      same((await lines.expectIsdn('released', 'replug')).cause, cause.networkOutOfOrder, 'cause');
      await lines.expectIsdn('gone');
    });
    // The network forgets its half, as an exchange does whose T1 went red.
    await network.do(`isdn drop ${tag} 38`);
    await pause(outMs);

    const came = performance.now();
    const create = runLater('dynamic-span', ['create', 'loc', '1:0', '24', '0']);
    const since = () => ((performance.now() - came) / 1000).toFixed(1);
    await lines.reports.expect('plugged', replugSeconds, (report) =>
      report.kind === 'plugged' && report.span.id === spanId ? report : undefined,
    );
    lines.configureSpan();
    const plugged = since();
    await lines.expectIsdn('up', undefined, replugSeconds);
    const up = since();
    await this.#restart();
    const second = await this.#call('after');
    const talks = since();
    await create;
    await network.do(`isdn drop ${second} 16`);
    same((await lines.expectIsdn('disconnect', 'after')).cause, cause.normalClearing, 'cause');
    lines.isdn({ kind: 'release', call: 'after', cause: cause.normalClearing });
    await lines.expectIsdn('released', 'after');
    const out = ((came - went) / 1000).toFixed(1);
    return `out for ${out} s; from its coming: plugged after ${plugged} s, D-channel up after ${up} s, first call answered after ${talks} s`;
  }

  /**
   * As trunks over lines do it: the far end may still keep a call of the process before, whose name ours begins with again. Where both
   * ends establish the link, each in its own time, what was sent between is lost, and it is up once more.
   */
  async #restart(): Promise<void> {
    for (let again = true; again; ) {
      this.#lines.isdn({ kind: 'restart', channel: { interface: 0, slot: 2 } });
      again = await this.#lines.reports.expect('restartAcknowledged', replugSeconds, (report) => {
        if (report.kind !== 'dChannel') return undefined;
        return report.event.kind === 'restartAcknowledged' ? false : report.event.kind === 'up' ? true : undefined;
      });
    }
  }

  /** The tag of one that the network answered. */
  async #call(call: string): Promise<string> {
    this.#lines.isdn({
      ...{ kind: 'setup', call, channel: { interface: 0, slot: 2 }, exclusive: true },
      setup: {
        called: { digits: '6135550106', type: 'national', plan: 'isdn' },
        ...{ complete: true, bearer: 'speech' },
      },
    });
    const { tag = '' } = await this.#network.expect('ring');
    await this.#network.do(`isdn answer ${tag}`);
    await this.#lines.expectIsdn('connect', call);
    return tag;
  }

  /**
   * Takes the card out, as one that is pulled; `seen` waits for what is told of it. The emulated card cannot be destroyed while anybody
   * has it open: it is taken from the driver first, which tells whoever has it, and leaves them a second to see it.
   */
  async #pull(seen: () => Promise<void>): Promise<void> {
    for (let times = 0; ; times++) {
      const card = readCards(new FileSysfs('/')).find(({ key }) => spanId.includes(key));
      await writeFile(`/sys/bus/dahdi_devices/devices/${card?.device}/unassign_span`, '1');
      // Nothing of Holdfast runs meanwhile, which would take the card again: it is still registered.
      const { status, stderr } = spawnSync('dynamic-span', ['destroy', 'loc', '1:0'], { encoding: 'utf8' });
      if (times === 0) {
        await this.#lines.reports.expect('unplugged', 30, (report) =>
          report.kind === 'unplugged' && report.span === spanId ? report : undefined,
        );
        await seen();
      }
      if (status === 0) return;
      if (times === pullsMost) throw new Error(`the card cannot be pulled: ${stderr}`);
    }
  }
}
