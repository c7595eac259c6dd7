import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { address } from './branch-network.js';
import { BranchOffice, domain } from './branch-office.js';
import type { Part } from './holdfast.js';
import { sleep, until, wallNow } from './patience.js';

/** Both are told with their goal; what is asserted is wide, because this machine may be busy. */
const goalMs = 1000;
const limitMs = 5000;
/** Less than another controller needs to take a call over: nobody waited for it. */
const unheardMs = 1500;

describe('kill -9 in mid-call, with telephones that hear each other', () => {
  let office: BranchOffice;
  before(async () => {
    office = await BranchOffice.open({ phones: 2, voices: 2, users: 2 });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
  });
  after(() => office?.close());

  /** Kills `part` and waits for its successor; resolves with the longest silence at either telephone, ms. */
  async function silenceAfterKill(part: Part): Promise<number> {
    const killedAt = wallNow();
    const victim = office.holdfast.kill(part);
    await until(`another ${part}`, 10_000, () => {
      const pid = office.holdfast.pidOf(part);
      return pid !== undefined && pid !== victim;
    });
    await until('Holdfast answers', 10_000, async () => (await office.holdfast.status(300)).calls.length > 0);
    await office.talk(office.phone(0), office.phone(1), 10_000);
    await sleep(500);
    const now = wallNow();
    const { lanCapture } = office.network;
    return Math.max(...[0, 1].map((index) => lanCapture.rtpGap(killedAt, now, address.phone(index))));
  }

  async function inCall(story: () => Promise<void>): Promise<void> {
    const [caller, called] = [office.phone(0), office.phone(1)];
    const at = await caller.dial(`sip:1002@${domain}`);
    await caller.event('CALL_ESTABLISHED', at, 10_000);
    await office.talk(caller, called, 10_000);
    assert.ok(office.network.lanCapture.rtpCount(at, address.phone(0)) > 0);
    await story();
    await office.quiet();
  }

  it('of the media engine: sound again within a second, on the same call', (t) =>
    office.story(() =>
      inCall(async () => {
        const silence = await silenceAfterKill('media-engine');
        t.diagnostic(`silence after SIGKILL of the media engine: ${silence.toFixed(0)} ms (goal: ${goalMs} ms)`);
        assert.ok(silence < limitMs, `silent for ${silence} ms`);
        const { timeline } = await office.holdfast.status();
        const told = timeline.map(({ text }) => text);
        assert.ok(told.some((text) => text.startsWith('The media engine is gone')));
        assert.ok(told.some((text) => text === 'The media engine is back'));
      }),
    ));

  it('of the controller: nobody hears it, and the next one goes on with the call', (t) =>
    office.story(() =>
      inCall(async () => {
        const silence = await silenceAfterKill('controller');
        t.diagnostic(`longest silence while the controller was away: ${silence.toFixed(0)} ms`);
        assert.ok(silence < unheardMs, `silent for ${silence} ms`);
        // The next controller commands the ports that it took over.
        const again = await silenceAfterKill('media-engine');
        t.diagnostic(`silence after SIGKILL of the media engine under the next controller: ${again.toFixed(0)} ms`);
        assert.ok(again < limitMs, `silent for ${again} ms`);
      }),
    ));
});
