import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Authority } from '../certificates.js';
import type { Baresip } from './baresip.js';
import { address } from './branch-network.js';
import { BranchOffice, domain, subscriber } from './branch-office.js';
import { sleep, wallNow } from './patience.js';

/** Telephones whose signalling is TLS, and which take SRTP alone, beside a plain one. */
describe('voice of telephones over TLS', () => {
  const authority = new Authority();
  let office: BranchOffice;
  let tls: { readonly certificate: string; readonly authority: string };

  before(async () => {
    const own = authority.issue([`IP:${address.holdfast}`], address.holdfast);
    const phones = authority.issue([], 'telephone');
    const pem = join(authority.folder, 'telephone.pem');
    writeFileSync(pem, Buffer.concat([readFileSync(phones.certificate), readFileSync(phones.key)]));
    tls = { certificate: pem, authority: authority.certificate };
    const listen = ['udp/0.0.0.0:5060', 'tcp/0.0.0.0:5060', `tls/${address.holdfast}:5061`];
    const sip = { listen, tls: { certificate: own.certificate, key: own.key } };
    office = await BranchOffice.open({
      phones: 3,
      voices: 1,
      users: 3,
      configuration: { sip },
    });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
  });
  after(async () => {
    await office?.close();
    authority.close();
  });

  async function plugIn(index: number, codecs: string, modules: readonly string[]): Promise<Baresip> {
    const since = wallNow();
    const sound = { codecs, encryption: 'srtp-mand', modules: ['srtp.so', ...modules] } as const;
    const phone = await office.plugIn(index, 'tls', sound, tls);
    await phone.event('REGISTER_OK', since, 10_000);
    return phone;
  }

  it('calls the telephone network with Opus, and both hear', () =>
    office.story(async () => {
      const phone = await plugIn(1, 'opus/48000/2', ['opus.so']);
      const at = await phone.dial(`sip:${subscriber.dialled}@${domain}`);
      await phone.event('CALL_ESTABLISHED', at, 5000);
      await office.hears(office.pstn, phone.settings.tone, 5000);
      await sleep(1500);
      await office.quiet();
      await office.heard(phone, subscriber.tone);
    }));

  it('calls another one, with Opus here and G.722 there, and both hear', () =>
    office.story(async () => {
      const caller = office.phone(1);
      const called = await plugIn(2, 'G722/16000/1', ['g722.so']);
      const at = await caller.dial(`sip:${office.user(2).extension}@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 8000);
      await sleep(2500);
      await office.quiet();
      await office.heard(caller, called.settings.tone);
      await office.heard(called, caller.settings.tone);
    }));

  it('is called by a plain telephone, and both hear', () =>
    office.story(async () => {
      const [caller, called] = [office.phone(0), office.phone(2)];
      const at = await caller.dial(`sip:${office.user(2).extension}@${domain}`);
      await caller.event('CALL_ESTABLISHED', at, 8000);
      await office.hears(caller, called.settings.tone, 5000);
      await sleep(1500);
      await office.quiet();
      await office.heard(called, caller.settings.tone);
    }));
});
