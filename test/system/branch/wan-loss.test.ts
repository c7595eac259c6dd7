import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Baresip } from './baresip.js';
import { address } from './branch-network.js';
import { BranchOffice, domain, subscriber } from './branch-office.js';
import { holds, sleep, until, wallNow } from './patience.js';
import { firstMissedProbe } from './probe-ladder.js';

/** What a noisy machine may add; the figures of a quiet one are the failover benchmark's. */
const slackMs = 1000;

describe('when the WAN is lost', () => {
  let office: BranchOffice;
  before(async () => {
    // Ten times quicker back than in the field, and flaps are another file's subject.
    const survivability = { goodProbes: 2, holdDownSeconds: 1, holdDownMaxSeconds: 1 };
    office = await BranchOffice.open({ phones: 3, voices: 3, configuration: { survivability } });
  });
  after(() => office?.close());
  beforeEach(async () => {
    await office.network.heal();
    await office.network.restoreCarrier();
    await office.holdfast.reaches('inline again', 30_000, ({ mode }) => mode === 'inline');
    await office.quiet();
  });

  /** When a call is rerouted that gets no answer: 4 × the round trip that this machine showed, 0.5-2 s. */
  async function giveUpMs(): Promise<number> {
    const { targets } = (await office.holdfast.status()).path;
    return Math.max(...targets.map((one) => one.timeoutMs));
  }

  /** Milliseconds from `at` until `called` was rung, by the INVITE on the wire; and until `caller` had its answer. */
  async function times(at: number, caller: Baresip, called: Baresip): Promise<{ rung: number; answered: number }> {
    const answer = await caller.event('CALL_ESTABLISHED', at, 5000);
    const capture = called === office.pstn ? office.network.pstnCapture : office.network.lanCapture;
    const invite = await until('the INVITE is captured', 2000, () =>
      capture.sipSince(at, /^INVITE /).find((one) => one.to === `${called.settings.address}:5060`),
    );
    return { rung: invite.at - at, answered: answer.at - at };
  }

  it('carrier loss: the first local call and the first outside call succeed', (t) =>
    office.story(async () => {
      const cut = wallNow();
      await office.network.cutCarrier();
      const done = wallNow();
      const [local, outside] = [office.phone(0), office.phone(2)];
      const [localAt, outsideAt] = await Promise.all([
        local.dial(`sip:1002@${domain}`),
        outside.dial(`sip:${subscriber.dialled}@${domain}`),
      ]);
      const localTimes = await times(localAt, local, office.phone(1));
      const outsideTimes = await times(outsideAt, outside, office.pstn);
      const status = await office.holdfast.reaches('survivable', 2000, ({ mode }) => mode === 'survivable');
      await Promise.all([office.talk(local, office.phone(1)), office.talk(outside, office.pstn)]);
      assert.equal(status.path.fault, 'wan-link', status.path.why);
      const noticed = status.sinceWall - cut;
      t.diagnostic(
        `carrier loss: survivable after ${noticed.toFixed(0)} ms (the cut itself took ${(done - cut).toFixed(0)} ms); ` +
          `calls dialled ${(localAt - cut).toFixed(0)} ms after it: phone rung in ${localTimes.rung.toFixed(0)} ms, ` +
          `answered in ${localTimes.answered.toFixed(0)} ms; outside line rung in ${outsideTimes.rung.toFixed(0)} ms, ` +
          `answered in ${outsideTimes.answered.toFixed(0)} ms`,
      );
      // The goal is 200 ms, and the failover benchmark measures it; here a busy machine must not be taken for a fault.
      assert.ok(
        noticed <= 1000,
        `survivable only ${noticed.toFixed(0)} ms after the carrier loss: probes were waited for`,
      );
    }));

  it('black hole: a call 100 ms after the cut completes by rerouting', (t) =>
    office.story(async () => {
      await sleep(2500); // at least one probe at this round trip
      const givesUpMs = await giveUpMs();
      const cut = wallNow();
      await office.network.blackHole();
      await sleep(100);
      const caller = office.phone(0);
      const at = await caller.dial(`sip:1002@${domain}`);
      const { rung, answered } = await times(at, caller, office.phone(1));
      const status = await office.holdfast.reaches('survivable', 6000, ({ mode }) => mode === 'survivable');
      await office.talk(caller, office.phone(1));
      assert.equal(status.path.fault, 'wan-path', status.path.why);
      const missed = firstMissedProbe(office.network.wanCapture, cut, address.holdfastWan);
      const verdict = status.sinceWall - missed;
      t.diagnostic(
        `black hole: call dialled ${(at - cut).toFixed(0)} ms after the cut rang in ${rung.toFixed(0)} ms, answered in ` +
          `${answered.toFixed(0)} ms; survivable ${verdict.toFixed(0)} ms after the first missed probe, ` +
          `${(status.sinceWall - cut).toFixed(0)} ms after the cut`,
      );
      const late = givesUpMs + slackMs;
      assert.ok(answered <= late, `the call took ${answered.toFixed(0)} ms, and is rerouted after ${givesUpMs} ms`);
      // 2.5 s where the shortest time-out holds (0.5 s).
      const verdictMs = 2000 + givesUpMs + slackMs;
      assert.ok(verdict <= verdictMs, `survivable ${verdict.toFixed(0)} ms after the first missed probe`);
    }));

  it('black hole: outside calls are rerouted too', (t) =>
    office.story(async () => {
      const givesUpMs = await giveUpMs();
      await office.network.blackHole();
      await sleep(100);
      const caller = office.phone(2);
      const at = await caller.dial(`sip:${subscriber.dialled}@${domain}`);
      const { answered } = await times(at, caller, office.pstn);
      await office.talk(caller, office.pstn);
      t.diagnostic(`black hole: an outside call is answered in ${answered.toFixed(0)} ms`);
      const late = givesUpMs + slackMs;
      assert.ok(answered <= late, `the call took ${answered.toFixed(0)} ms, and is rerouted after ${givesUpMs} ms`);
    }));

  it('a WAN that loses 5 % of its packets does not flap, and carries calls', (t) =>
    office.story(async () => {
      const since = wallNow();
      office.network.setDelay({ loss: 0.05, seed: 20_070_501 });
      const [caller, called] = [office.phone(0), office.phone(1)];
      const at = await caller.dial(`sip:1002@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 5000);
      await holds('the mode stays inline', 25_000, async () => (await office.holdfast.status()).mode === 'inline', 500);
      await office.talk(caller, called);
      const { timeline, path } = await office.holdfast.status();
      const changes = timeline.filter((entry) => entry.kind === 'mode' && entry.atWall > since);
      assert.deepEqual(changes, []);
      t.diagnostic(
        `5 % loss for 25 s: ${path.targets.map((one) => `probe loss ${one.loss}, ${one.state}`).join('; ')}`,
      );
    }));
});
