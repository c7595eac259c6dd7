import { setTimeout as pause } from 'node:timers/promises';
import { cause } from '../../../src/base/index.js';
import type { IsdnNumber, IsdnSetup } from '../../../src/isdn/index.js';
import { type CheckList, same } from './check-list.js';
import type { HoldfastLines } from './holdfast-lines.js';
import type { TelephoneNetwork } from './telephone-network.js';

/** T200 · N200 of Q.921, after up to ten seconds without a word (T203), under emulation. */
const lossSeconds = 60;

/** Q.931 §5.3.2: of a call that arrived libpri clears these in a way of its own, and does not tell when it is done. */
const clearedOtherwise: ReadonlySet<number> = new Set([cause.channelUnacceptable, cause.nonSelectedUserClearing]);

function national(digits: string): IsdnNumber {
  return { digits, type: 'national', plan: 'isdn' };
}

function setup(called: string, more: Partial<IsdnSetup> = {}): IsdnSetup {
  return { called: national(called), complete: true, bearer: 'speech', ...more };
}

const screened = { presentation: 'allowed', screening: 'user-passed' } as const;

/** Calls on a primary rate interface; `drawn` keeps their names apart. */
export class IsdnChecks {
  readonly #lines: HoldfastLines;
  readonly #network: TelephoneNetwork;
  #drawn = 0;

  constructor(lines: HoldfastLines, network: TelephoneNetwork) {
    this.#lines = lines;
    this.#network = network;
  }

  async run(list: CheckList): Promise<void> {
    await list.check('PRI: the D-channel comes up at both ends', () => this.up());
    await list.check('PRI: call out, with number, name and redirecting number', () => this.callOut());
    await list.check('PRI: call in, with number, name and redirecting number', () => this.callIn());
    await list.check('PRI: a number that is withheld stays so, both ways', () => this.withheld());
    await list.check('PRI: every cause of the table, both ways', () => this.causes());
    await list.check('PRI: glare: both set up on the same channel', () => this.glare());
    await list.check('PRI: RESTART both ways', () => this.restart());
    await list.check('PRI: B-channel out of service and back, both ways', () => this.service());
    await list.check('PRI: D-channel lost and recovered, a call kept', () => this.loss());
  }

  async up(): Promise<void> {
    await this.#lines.expectIsdn('up', undefined, lossSeconds);
    await this.#network.expect('up', lossSeconds);
  }

  async callOut(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    const call = this.#name();
    lines.isdn({
      ...{ kind: 'setup', call, channel: { interface: 0, slot: 3 }, exclusive: true },
      setup: setup('6135550100', {
        calling: { number: national('6135550123'), name: 'Ada Branch', ...screened },
        redirection: { from: { number: national('6135550199'), ...screened }, reason: 'no-reply', count: 1 },
      }),
    });
    const { tag = '', ...ring } = await network.expect('ring');
    const { channel, called, caller, redirecting, reason, name } = ring;
    same(
      { channel, called, caller, redirecting, reason, name },
      {
        ...{ channel: '3', called: '6135550100', caller: '6135550123', redirecting: '6135550199', reason: '2' },
        name: 'Ada Branch',
      },
      'what arrived',
    );
    await network.do(`isdn proceed ${tag}`);
    await lines.expectIsdn('proceeding', call);
    await network.do(`isdn alert ${tag}`);
    await lines.expectIsdn('alerting', call);
    await network.do(`isdn answer ${tag}`);
    await lines.expectIsdn('connect', call);
    lines.isdn({ kind: 'release', call, cause: cause.normalClearing });
    same((await network.expect(`released ${tag}`)).cause, '16', 'cause at the network');
    same((await lines.expectIsdn('released', call)).cause, 16, 'cause here');
  }

  async callIn(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    const tag = this.#name();
    await network.do(
      `isdn call ${tag} 4 6135550123 from=4165550100 redirected=6135550188 reason=15 name=Bell Exchange`,
    );
    const { call, channel, setup: arrived } = await lines.expectIsdn('setup');
    same(channel, { interface: 0, slot: 4 }, 'channel');
    same(arrived.called.digits, '6135550123', 'called');
    same(arrived.calling?.number?.digits, '4165550100', 'calling');
    same(arrived.calling?.name, 'Bell Exchange', 'name');
    same(arrived.redirection?.from.number?.digits, '6135550188', 'redirecting');
    same(arrived.redirection?.reason, 'unconditional', 'reason');
    lines.isdn({ kind: 'proceeding', call, inBand: false });
    await network.expect(`proceeding ${tag}`);
    lines.isdn({ kind: 'alerting', call, inBand: false });
    await network.expect(`alerting ${tag}`);
    lines.isdn({ kind: 'connect', call });
    await network.expect(`answered ${tag}`);
    await network.do(`isdn drop ${tag} 16`);
    same((await lines.expectIsdn('disconnect', call)).cause, 16, 'cause');
    lines.isdn({ kind: 'release', call, cause: 16 });
    await lines.expectIsdn('released', call);
    await network.expect(`released ${tag}`);
  }

  async withheld(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    const call = this.#name();
    const calling = { number: national('6135550123'), presentation: 'restricted', screening: 'user-passed' } as const;
    lines.isdn({
      ...{ kind: 'setup', call, channel: { interface: 0, slot: 3 }, exclusive: true },
      setup: setup('6135550101', { calling }),
    });
    const { tag = '', presentation } = await network.expect('ring');
    // Q.931 §4.5.10: restricted, passed.
    same(presentation, `${0x21}`, 'presentation at the network');
    await network.all(`isdn proceed ${tag}`, `isdn drop ${tag} 17`);
    await this.#cleared(call, 17);
    const own = this.#name();
    await network.do(`isdn call ${own} 4 6135550123 from=4165550100 presentation=${0x23}`);
    const arrived = await lines.expectIsdn('setup');
    same(arrived.setup.calling?.presentation, 'restricted', 'presentation here');
    lines.isdn({ kind: 'release', call: arrived.call, cause: cause.callRejected });
    await network.expect(`released ${own}`);
    await lines.expectIsdn('released', arrived.call);
  }

  async causes(): Promise<string> {
    const [lines, network] = [this.#lines, this.#network];
    const table = Object.values(cause);
    for (const value of table) {
      const call = this.#name();
      lines.isdn({
        ...{ kind: 'setup', call, channel: { interface: 0, slot: 5 }, exclusive: true },
        setup: setup('6135550102'),
      });
      const { tag = '' } = await network.expect('ring');
      await network.all(`isdn proceed ${tag}`, `isdn drop ${tag} ${value}`);
      await this.#cleared(call, value);
      if (clearedOtherwise.has(value)) continue;
      const own = this.#name();
      await network.do(`isdn call ${own} 6 6135550123`);
      const arrived = await lines.expectIsdn('setup');
      lines.isdn({ kind: 'release', call: arrived.call, cause: value });
      same(
        (await network.expectEither(`disconnect ${own}`, `released ${own}`)).cause,
        `${value}`,
        'cause at the network',
      );
      await lines.expectIsdn('released', arrived.call);
    }
    return `${table.length} causes`;
  }

  /** Neither knows of the other's when it sends its own; the network refuses the branch's and carries its own on (Q.931 §5.7). */
  async glare(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    const [call, own] = [this.#name(), this.#name()];
    await network.do('isdn deaf on');
    lines.isdn({
      ...{ kind: 'setup', call, channel: { interface: 0, slot: 7 }, exclusive: true },
      setup: setup('6135550103'),
    });
    // The frame is on the line, and not read.
    await pause(500);
    await network.do(`isdn call ${own} 7 6135550123`);
    const arrived = await lines.expectIsdn('setup');
    same(arrived.channel.slot, 7, 'channel');
    await network.do('isdn deaf off');
    const { tag = '', channel } = await network.expect('ring');
    same(channel, '7', 'channel at the network');
    await network.do(`isdn drop ${tag} ${cause.requestedChannelUnavailable}`);
    await this.#cleared(call, cause.requestedChannelUnavailable);
    lines.isdn({ kind: 'connect', call: arrived.call });
    await network.expect(`answered ${own}`);
    lines.isdn({ kind: 'release', call: arrived.call, cause: cause.normalClearing });
    await network.expect(`released ${own}`);
    await lines.expectIsdn('released', arrived.call);
  }

  async restart(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    lines.isdn({ kind: 'restart', channel: { interface: 0, slot: 9 } });
    same((await network.expect('restart')).channel, '9', 'channel at the network');
    same((await lines.expectIsdn('restartAcknowledged')).channel.slot, 9, 'channel acknowledged');
    const call = await this.#talk(10, '6135550104');
    await network.do('isdn restart 10');
    same((await lines.expectIsdn('restarted')).channel.slot, 10, 'channel');
    same((await lines.expectIsdn('released', call)).call, call, 'the call of the channel');
    same((await network.expect('restartack')).channel, '10', 'channel acknowledged to the network');
  }

  async service(): Promise<void> {
    const [lines, network] = [this.#lines, this.#network];
    for (const [inService, status] of [
      [false, 2],
      [true, 0],
    ] as const) {
      lines.isdn({ kind: 'service', channel: { interface: 0, slot: 11 }, inService });
      const heard = await network.expect('service');
      same([heard.channel, heard.status], ['11', `${status}`], 'at the network');
      const confirmed = await lines.expectIsdn('service');
      same([confirmed.channel.slot, confirmed.inService], [11, inService], 'confirmed');
      await network.do(`isdn service 12 ${status}`);
      const told = await lines.expectIsdn('service');
      same([told.channel.slot, told.inService], [12, inService], 'here');
    }
  }

  async loss(): Promise<string> {
    const [lines, network] = [this.#lines, this.#network];
    const call = await this.#talk(13, '6135550105');
    const started = performance.now();
    await network.do('isdn mute on');
    await lines.expectIsdn('down', undefined, lossSeconds);
    const noticed = (performance.now() - started) / 1000;
    await network.do('isdn mute off');
    await lines.expectIsdn('up', undefined, lossSeconds);
    // The other end may establish the link once more, and what was under way would wait for T305.
    await pause(3000);
    if (lines.reports.has((report) => report.kind === 'dChannel' && report.event.kind === 'released'))
      throw new Error('the call was released');
    lines.isdn({ kind: 'release', call, cause: cause.normalClearing });
    await lines.expectIsdn('released', call, lossSeconds);
    await network.expect('released', lossSeconds);
    return `noticed after ${noticed.toFixed(1)} s`;
  }

  /** A call of ours that was answered. */
  async #talk(slot: number, called: string): Promise<string> {
    const call = this.#name();
    this.#lines.isdn({
      ...{ kind: 'setup', call, channel: { interface: 0, slot }, exclusive: true },
      setup: setup(called),
    });
    const { tag } = await this.#network.expect('ring');
    await this.#network.do(`isdn answer ${tag}`);
    await this.#lines.expectIsdn('connect', call);
    return call;
  }

  /** The network ended our call with this cause, by one message or two. */
  async #cleared(call: string, value: number): Promise<void> {
    const heard = await this.#lines.reports.expect(`disconnect or released of ${call}`, 30, (report) => {
      if (report.kind !== 'dChannel') return undefined;
      const { event } = report;
      return (event.kind === 'disconnect' || event.kind === 'released') && event.call === call ? event : undefined;
    });
    same(heard.cause, value, 'cause');
    if (heard.kind === 'released') return;
    this.#lines.isdn({ kind: 'release', call, cause: value });
    await this.#lines.expectIsdn('released', call);
  }

  #name(): string {
    this.#drawn++;
    return `c${this.#drawn}`;
  }
}
