import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { BranchStatus } from '../../../src/branch/index.js';
import type { WorldSpan } from '../../../src/tdm/index.js';
import { address } from './branch-network.js';
import { BranchOffice, domain } from './branch-office.js';
import { sleep, until } from './patience.js';
import { SimulatedWorld } from './simulated-world.js';
import { Sipp } from './sipp.js';
import { notifying } from './sipp-scenario.js';
import { toneShare } from './tone.js';

/** Jacks with a telephone each, and who they belong to: not the people with IP telephones. */
const [reception, kitchen] = ['sim/0:1', 'sim/0:2'];
/** Of the notes that a simulated person speaks in, every third. */
const voiceHz = 1955;
const outside = '913125557123';
const slots = 3;

const talking = (span: WorldSpan) => span.slots.filter(({ state }) => state === 'talking');

describe('lines: telephones on jacks, and a T1 to the telephone network', () => {
  let office: BranchOffice;
  let world: SimulatedWorld;
  before(async () => {
    office = await BranchOffice.open({
      phones: 3,
      voices: 3,
      users: 6,
      configuration: {
        survivability: { goodProbes: 2, holdDownSeconds: 1, holdDownMaxSeconds: 1 },
        lines: {
          cards: 'simulator',
          spans: [{ span: 'sim/1', channels: [`1-${slots}`] }],
          telephones: [
            { channel: reception, user: 'u1005' },
            { channel: kitchen, user: 'u1006' },
          ],
        },
        trunks: [{ name: 'pstn', channels: [`sim/1:1-${slots}`], preempt: true }],
      },
    });
    world = await SimulatedWorld.connect(office.holdfast.worldSocket);
    await office.holdfast.reaches('inline', 10_000, ({ mode }) => mode === 'inline');
    await world.span('has its D-channel', 10_000, ({ dChannel }) => dChannel.up);
  });
  after(async () => {
    world?.close();
    await office?.close();
  });

  // Whatever became of a story, the next one finds all handsets down.
  afterEach(() => handsetsDown());

  async function lift(channel: string): Promise<void> {
    await world.do({ kind: 'lift', channel, says: `the telephone on ${channel}` });
  }

  async function dial(channel: string, digits: string): Promise<void> {
    await lift(channel);
    const tone = world.telephone(channel, 'has dial tone', 8000, ({ hears }) => hears === 'dial tone');
    await tone.catch(async (error: unknown) => {
      const { telephones } = await office.holdfast.status();
      throw new Error(`${String(error)}; Holdfast says ${JSON.stringify(telephones)}`);
    });
    await world.do({ kind: 'dial', channel, digits, by: 'tone' });
  }

  async function handsetsDown(): Promise<void> {
    for (const channel of [reception, kitchen]) await world.do({ kind: 'hangUp', channel });
    await office.quiet();
    // A handset that is lifted too soon was only flashed.
    const onHook = ({ telephones }: BranchStatus) => telephones.every(({ line }) => line === 'idle');
    await office.holdfast.reaches('every telephone is at rest', 10_000, onHook);
    await world.span('is idle', 10_000, (span) => span.slots.every(({ state }) => state === 'idle'));
  }

  /** A person on a jack speaks, and it is heard where RTP for `index` arrives. */
  async function phoneHearsVoice(index: number): Promise<void> {
    const { address } = office.phone(index).settings;
    let heard = { samples: 0, share: 0 };
    await until(`phone ${index} hears a voice`, 5000, () => {
      const sound = office.network.lanCapture.soundTo(address, 900);
      heard = { samples: sound.length, share: toneShare(sound, voiceHz) };
      return heard.samples >= 4000 && heard.share > 0.2;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; of the last 900 ms it has ${JSON.stringify(heard)}`);
    });
  }

  /** The centre tells of the mailbox of the user on the first jack, unasked. */
  async function mailboxSays(waiting: boolean): Promise<void> {
    const mailbox = new Sipp(office.network.centre, office.network.folder, {
      name: `mailbox-${waiting}`,
      scenario: notifying({ uri: `sip:u1005@${address.holdfast}`, domain, waiting }),
      target: `${address.holdfast}:5060`,
      address: address.centre,
      port: 5095,
      calls: 1,
      timeoutS: 20,
    });
    assert.equal((await mailbox.finished()).exitCode, 0, mailbox.errors());
  }

  it('a telephone calls an IP telephone: each hears the other', () =>
    office.story(async () => {
      await dial(reception, '1002');
      await world.telephone(reception, 'hears 620 Hz', 8000, ({ hears }) => hears === 'a tone of 620 Hz');
      await phoneHearsVoice(1);
    }));

  it('an IP telephone calls a telephone, which shows who calls', () =>
    office.story(async () => {
      await office.phone(1).dial(`sip:1005@${domain}`);
      const rung = await world.telephone(reception, 'shows the caller', 12_000, (telephone) => {
        return telephone.ringing && telephone.shown.number !== '';
      });
      assert.equal(rung.shown.number, '1002');
      await lift(reception);
      await world.telephone(reception, 'hears 620 Hz', 5000, ({ hears }) => hears === 'a tone of 620 Hz');
      await phoneHearsVoice(1);
    }));

  it('the centre is asked for the mailboxes of those on jacks, its challenge answered, and left alone where it keeps none', async () => {
    const { wanCapture } = office.network;
    const asked = await until('both are asked for', 15_000, () => {
      const seen = wanCapture.sipSince(0, /^SUBSCRIBE/).filter(({ text }) => /^Proxy-Authorization:/im.test(text));
      return ['u1005', 'u1006'].every((user) => seen.some(({ text }) => text.includes(`sip:${user}@`))) && seen;
    });
    for (const { text } of asked) assert.match(text, /^Event: message-summary\r$/m);
    const answers = wanCapture.sipSince(0, /^SIP\/2\.0 4/).filter(({ text }) => /^CSeq: \d+ SUBSCRIBE\r$/m.test(text));
    assert.ok(
      answers.every(({ text }) => /^SIP\/2\.0 4(07|89)/.test(text)),
      answers.map(({ text }) => text).join('\n'),
    );
  });

  it('the centre lights a telephone’s lamp', () =>
    office.story(async () => {
      await mailboxSays(true);
      await world.telephone(reception, 'has its lamp lit', 10_000, ({ lamp }) => lamp);
    }));

  it('an IP telephone calls outside over the T1; the controller is killed in the middle, and both go on talking', () =>
    office.story(async () => {
      await office.phone(1).dial(`sip:${outside}@${domain}`);
      const hearsTone = (span: WorldSpan) => talking(span)[0]?.hears === 'a tone of 620 Hz';
      const before = await world.span('carries the call', 15_000, hearsTone);
      const was = await office.holdfast.status();
      office.holdfast.kill('controller');
      await office.holdfast.reaches('the call goes on', 20_000, ({ calls, startedWall }) => {
        // A call that passes the centre may show both halves, in any order.
        const same = calls.find(({ id }) => id === was.calls[0]?.id);
        return same?.state === 'talking' && startedWall > was.startedWall;
      });
      await world.span('still carries the voice', 5000, hearsTone);
      await phoneHearsVoice(1);
      const slot = talking(before)[0]?.slot ?? 0;
      await world.do({ kind: 'networkHangUp', span: 'sim/1', slot });
      await world.span('is idle', 10_000, (span) => span.slots.every(({ state }) => state === 'idle'));
      await office.holdfast.reaches('no call is left', 10_000, ({ calls }) => calls.length === 0);
    }));

  it('the next controller knows which lamp is lit, and the centre puts it out', () =>
    office.story(async () => {
      const { telephones } = await office.holdfast.status();
      assert.deepEqual(
        telephones.map(({ username, messagesWait }) => [username, messagesWait]),
        [
          ['u1005', true],
          ['u1006', false],
        ],
      );
      await mailboxSays(false);
      await world.telephone(reception, 'has its lamp out', 10_000, ({ lamp }) => !lamp);
    }));

  it('a telephone calls outside over the T1; the WAN is lost in the middle, and nobody notices', () =>
    office.story(async () => {
      await dial(reception, outside);
      const heard = await world.telephone(reception, 'hears who answered', 15_000, ({ hears }) =>
        hears.startsWith('“'),
      );
      const outsideHears = (span: WorldSpan) => talking(span)[0]?.hears === `“the telephone on ${reception}”`;
      await world.span('carries the voice', 5000, outsideHears);
      await office.network.blackHole();
      await office.holdfast.reaches('survivable', 10_000, ({ mode }) => mode === 'survivable');
      await sleep(2000);
      const after = await world.telephone(reception, 'still hears', 5000, ({ hears }) => hears === heard.hears);
      assert.ok(after.lifted);
      await world.span('still carries the voice', 5000, outsideHears);
    }));

  it('in the outage a telephone calls an IP telephone', () =>
    office.story(async () => {
      await dial(reception, '1002');
      await world.telephone(reception, 'hears 620 Hz', 8000, ({ hears }) => hears === 'a tone of 620 Hz');
      await phoneHearsVoice(1);
    }));

  it('a call for help takes a channel of a full T1', () =>
    office.story(async () => {
      await dial(reception, outside);
      await world.span('has a call', 15_000, (span) => talking(span).length === 1);
      await dial(kitchen, '913125557124');
      await world.span('has two calls', 15_000, (span) => talking(span).length === 2);
      await office.phone(0).dial(`sip:913125557125@${domain}`);
      const { address: given } = office.phone(0).settings;
      const full = await world.span('is full', 15_000, (span) => talking(span).length === slots);
      const youngest = full.slots.find(({ number }) => number.endsWith('7125'))?.slot;
      await office.phone(1).dial(`sip:911@${domain}`);
      // Steady for three seconds: 440 and 620 Hz.
      const warned = until('whoever gave way hears why', 20_000, () => {
        const sound = office.network.lanCapture.soundTo(given, 900);
        return sound.length >= 4000 && [440, 620].every((hz) => toneShare(sound, hz) > 0.2);
      });
      const helped = await world.span('carries the call for help', 20_000, (span) =>
        talking(span).some(({ number }) => number === '911'),
      );
      assert.equal(helped.slots.find(({ number }) => number === '911')?.slot, youngest, 'the youngest call gave way');
      assert.equal(talking(helped).length, slots, 'and no other');
      await warned;
      await world.telephone(reception, 'still hears', 5000, ({ hears }) => hears.startsWith('“'));
      await world.telephone(kitchen, 'still hears', 5000, ({ hears }) => hears.startsWith('“'));
    }));
});
