import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BranchOffice, domain } from './branch-office.js';
import { until, wallNow } from './patience.js';

describe('the kernel path, in a branch', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({
      phones: 2,
      voices: 2,
      users: 2,
      configuration: { media: { kernelPath: true } },
    });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
    await office.network.holdfast.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
    // The engine looks at its start.
    const victim = office.holdfast.kill('media-engine');
    await until('another engine', 10_000, () => {
      const pid = office.holdfast.pidOf('media-engine');
      return pid !== undefined && pid !== victim;
    });
  });
  after(() => office?.close());

  /** Packets that the kernel has let out, by flow. */
  async function forwarded(): Promise<readonly number[]> {
    const table = await office.network.holdfast
      .run('nft', ['list', 'counters', 'table', 'ip', 'holdfast_media'])
      .catch(() => '');
    return [...table.matchAll(/counter out_\d+ \{\s*packets (\d+)/g)].map((match) => Number(match[1]));
  }

  it('takes nothing of a call that passes the box twice, carries one of the branch, and lets go of it for a hold', () =>
    office.story(async () => {
      const [caller, called] = [office.phone(0), office.phone(1)];
      const twice = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', twice, 10_000);
      await office.talk(caller, called, 10_000);
      await until('a while passes', 5000, () => wallNow() - twice > 3000);
      // It passes the box twice, and its halves hear each other within: nothing to forward.
      assert.deepEqual(await forwarded(), []);
      await office.talk(caller, called, 5000);
      await office.quiet();

      await office.holdfast.http('/api/force', { method: 'POST', body: '{"mode":"survivable"}' });
      await office.holdfast.reaches('forced', 5000, ({ mode }) => mode === 'forced-survivable');
      const at = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 10_000);
      await office.talk(caller, called, 10_000);
      await until('the kernel forwards both ways', 10_000, async () => {
        const packets = await forwarded();
        return packets.length === 2 && packets.every((count) => count > 20);
      });
      await office.talk(caller, called, 5000);
      await caller.hold();
      await until('the held party hears nothing', 10_000, async () => {
        const now = wallNow();
        return office.network.lanCapture.soundTo(called.settings.address, 300).length === 0 && now > at;
      });
      await until('the kernel forwards nothing', 10_000, async () => (await forwarded()).length === 0);
      await caller.resume();
      await office.talk(caller, called, 10_000);
      await until('the kernel forwards again', 10_000, async () => (await forwarded()).some((count) => count > 5));
      await office.talk(caller, called, 5000);
      await office.quiet();
      await until('no flow is left', 10_000, async () => (await forwarded()).length === 0);
    }));
});
