import { cause } from '../../../src/base/index.js';
import type { IsdnNumber } from '../../../src/isdn/index.js';
import { same } from './check-list.js';
import { dChannel, type HoldfastLines } from './holdfast-lines.js';
import type { TelephoneNetwork } from './telephone-network.js';

/** What of the caller arrived. */
export interface Caller {
  readonly number: string | undefined;
  readonly name: string | undefined;
}

export interface ShortCall {
  readonly lines: HoldfastLines;
  readonly network: TelephoneNetwork;
  readonly slot: number;
  /** In NFAS, of the slot; absent: the only one. */
  readonly interface?: number;
  /** The D-channel here; absent: the first span's. */
  readonly of?: string;
}

let drawn = 0;

function national(digits: string): IsdnNumber {
  return { digits, type: 'national', plan: 'isdn' };
}

/** A call of ours that the network has answered: its names here and there, and what the network saw. */
export async function placeCall(
  at: ShortCall,
): Promise<{ readonly call: string; readonly tag: string; readonly caller: Caller }> {
  const { lines, network, slot, of = dChannel } = at;
  const call = `short${++drawn}`;
  lines.isdn(
    {
      ...{ kind: 'setup', call, channel: { interface: at.interface ?? 0, slot }, exclusive: true },
      setup: {
        ...{ called: national('6135550100'), complete: true, bearer: 'speech' },
        calling: {
          ...{ number: national('6135550123'), name: 'Ada Branch' },
          ...{ presentation: 'allowed', screening: 'user-passed' },
        },
      },
    },
    of,
  );
  const { tag = '', ...ring } = await network.expect('ring');
  same([ring.channel, ring.called], [`${slot}`, '6135550100'], 'channel and called number at the network');
  if (at.interface !== undefined) same(ring.interface, `${at.interface}`, 'interface at the network');
  await network.do(`isdn answer ${tag}`);
  await lines.expectIsdn('connect', call, 30, of);
  const shown = (text: string | undefined) => (text === '-' ? undefined : text);
  return { call, tag, caller: { number: shown(ring.caller), name: shown(ring.name) } };
}

export async function endCall({ lines, network, of = dChannel }: ShortCall, call: string, tag: string): Promise<void> {
  lines.isdn({ kind: 'release', call, cause: cause.normalClearing }, of);
  same((await network.expect(`released ${tag}`)).cause, `${cause.normalClearing}`, 'cause at the network');
  await lines.expectIsdn('released', call, 30, of);
}

/** A call out, answered and ended here. */
export async function callOut(at: ShortCall): Promise<Caller> {
  const { call, tag, caller } = await placeCall(at);
  await endCall(at, call, tag);
  return caller;
}

/** A call in, answered here and ended by the network. */
export async function callIn({ lines, network, slot, of = dChannel, ...at }: ShortCall): Promise<Caller> {
  const tag = `short${++drawn}`;
  const place = at.interface === undefined ? `${slot}` : `${at.interface}:${slot}`;
  await network.do(`isdn call ${tag} ${place} 6135550123 from=4165550100 name=Bell Exchange`);
  // Nobody else calls this number: others may come of what went before.
  const { call, channel, setup } = await lines.reports.expect('a call to 6135550123', 30, (report) =>
    report.kind === 'dChannel' &&
    report.dChannel === of &&
    report.event.kind === 'setup' &&
    report.event.setup.called.digits === '6135550123'
      ? report.event
      : undefined,
  );
  same(channel, { interface: at.interface ?? 0, slot }, 'channel');
  lines.isdn({ kind: 'connect', call }, of);
  await network.expect(`answered ${tag}`);
  await network.do(`isdn drop ${tag} ${cause.normalClearing}`);
  same((await lines.expectIsdn('disconnect', call, 30, of)).cause, cause.normalClearing, 'cause');
  lines.isdn({ kind: 'release', call, cause: cause.normalClearing }, of);
  await lines.expectIsdn('released', call, 30, of);
  await network.expect(`released ${tag}`);
  return { number: setup.calling?.number?.digits, name: setup.calling?.name };
}
