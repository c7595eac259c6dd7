import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RecordRow } from '../../../appliance/web/status.js';
import type { Baresip, BaresipSound } from './baresip.js';
import { BranchOffice, domain, subscriber } from './branch-office.js';
import { sleep, until, wallNow } from './patience.js';
import { writeWav } from './tone.js';

/** Hz of the music on hold of these tests. */
const music = 1700;

/** Telephones that need the media engine, each calling the telephone network's G.711. */
const peers: readonly (BaresipSound & { readonly what: string; readonly quality: readonly string[] })[] = [
  {
    what: 'SRTP with keys in the description',
    codecs: 'PCMU/8000/1',
    encryption: 'srtp-mand',
    modules: ['srtp.so'],
    quality: ['PCMU sdes relay', 'PCMU plain relay'],
  },
  {
    what: 'Opus',
    codecs: 'opus/48000/2',
    modules: ['opus.so'],
    quality: ['opus plain transcoded', 'PCMU plain transcoded'],
  },
  {
    what: 'G.722',
    codecs: 'G722/16000/1',
    modules: ['g722.so'],
    quality: ['G722 plain transcoded', 'PCMU plain transcoded'],
  },
  {
    what: 'DTLS-SRTP with ICE and Opus',
    codecs: 'opus/48000/2',
    encryption: 'dtls_srtp',
    ice: true,
    modules: ['opus.so', 'dtls_srtp.so', 'ice.so'],
    quality: ['opus dtls transcoded', 'PCMU plain transcoded'],
  },
];

describe('voice through the media engine', () => {
  let office: BranchOffice;
  before(async () => {
    const musicOnHold = join(process.env.TMPDIR ?? '/tmp', `holdfast-music-${process.pid}.wav`);
    writeFileSync(musicOnHold, writeWav(music, 2));
    office = await BranchOffice.open({ phones: 5, voices: 1, users: 5, configuration: { media: { musicOnHold } } });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
  });
  after(() => office?.close());

  /** The newest record with figures of its sound. */
  async function lastQuality(since: number): Promise<readonly string[]> {
    return until('the call record has its figures', 5000, async () => {
      const { body } = await office.holdfast.http('/api/records?count=10');
      const records: readonly RecordRow[] = JSON.parse(body);
      // The half that went out to the centre, which calls the telephone network by the other.
      const found = records.find(({ startedWall, via }) => startedWall >= since - 1000 && via === 'centre');
      for (const side of found?.quality ?? []) {
        assert.ok(side.received > 20 && side.mos >= 3 && side.loss < 0.2, JSON.stringify(side));
      }
      return found?.quality?.map(({ codec, security, path }) => `${codec} ${security} ${path}`);
    });
  }

  async function callOutside(phone: Baresip): Promise<number> {
    const at = await phone.dial(`sip:${subscriber.dialled}@${domain}`);
    await phone.event('CALL_ESTABLISHED', at, 5000);
    return at;
  }

  for (const [index, peer] of peers.entries()) {
    it(`a telephone with ${peer.what} speaks with the telephone network`, () =>
      office.story(async () => {
        const phone = await office.plugIn(1 + index, 'udp', peer);
        assert.equal(await office.registration(phone, wallNow() - 5000, 8000), 200);
        const at = await callOutside(phone);
        await office.hears(office.pstn, phone.settings.tone, 5000);
        await sleep(1500);
        await office.quiet();
        await office.heard(phone, subscriber.tone);
        assert.deepEqual(await lastQuality(at), peer.quality);
      }));
  }

  it('who is put on hold hears music, and then the other one again', () =>
    office.story(async () => {
      const phone = office.phone(0);
      await callOutside(phone);
      await office.talk(phone, office.pstn, 5000);
      for (let round = 0; round < 2; round += 1) {
        await phone.hold();
        await office.hears(office.pstn, music, 5000);
        await phone.resume();
        await office.talk(phone, office.pstn, 5000);
      }
      await office.quiet();
    }));

  it('the sound is there again soon after the engine was killed', () =>
    office.story(async () => {
      const phone = office.phone(0);
      await callOutside(phone);
      await office.talk(phone, office.pstn, 5000);
      office.holdfast.kill('media-engine');
      await sleep(400);
      await office.talk(phone, office.pstn, 10_000);
      await office.quiet();
    }));

  it('goes on through a controller that is killed, which can then hold and hang up', () =>
    office.story(async () => {
      const phone = office.phone(0);
      await callOutside(phone);
      await office.talk(phone, office.pstn, 5000);
      office.holdfast.kill('controller');
      await office.hears(office.pstn, phone.settings.tone, 5000);
      await office.holdfast.reaches('the call goes on', 15_000, ({ calls }) => calls[0]?.state === 'talking');
      await phone.hold();
      await office.hears(office.pstn, music, 8000);
      await phone.resume();
      await office.talk(phone, office.pstn, 8000);
      await office.quiet();
    }));
});
