import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RegisterAnswer, RegisterContact } from '../../../src/registrar/index.js';
import { BranchFixture, domain } from './branch-fixture.js';
import type { Phone } from './phone.js';

const instance = '<urn:uuid:00000000-0000-1000-8000-000A95A0E128>';
const gr = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128';

/** One telephone's registration by one of its flows. */
function flow(phone: Phone, regId: number, port: number): { readonly contacts: readonly RegisterContact[] } {
  phone.callId = `flow-${regId}@phone`;
  Object.assign(phone, { flow: { ...phone.flow, transport: 'tcp', port } });
  return { contacts: [{ uri: phone.contact, params: { '+sip.instance': instance, 'reg-id': String(regId) } }] };
}

function header(answer: RegisterAnswer, name: string): string | undefined {
  return answer.headers.find(([each]) => each === name)?.[1];
}

function gruus(answer: RegisterAnswer): { readonly open: string; readonly temporary: string } {
  const contact = header(answer, 'Contact') ?? '';
  const of = (name: string) => new RegExp(`;${name}="([^"]+)"`).exec(contact)?.[1] ?? '';
  return { open: of('pub-gruu'), temporary: of('temp-gruu') };
}

/** Asks for GRUUs, answering the challenge. */
async function registerForGruus(branch: BranchFixture, phone: Phone, regId = 1): Promise<RegisterAnswer> {
  const what = flow(phone, regId, 40_000 + regId);
  const ask = () => branch.until(branch.registrar.handle({ ...phone.request(what), supportedGruu: true }));
  let answer = await ask();
  if (answer.status === 401 && phone.learn(answer)) answer = await ask();
  assert.equal(answer.status, 200);
  return answer;
}

describe('Outbound (RFC 5626)', () => {
  it('binds each flow of a telephone by itself, the newest first', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    const first = await branch.register(phone, flow(phone, 1, 40_001));
    assert.equal(header(first, 'Require'), 'outbound');
    assert.equal(header(first, 'Flow-Timer'), '120');
    assert.equal(header(first, 'Supported'), 'outbound');
    await branch.register(phone, flow(phone, 2, 40_002));
    const ports = () => branch.registrar.phonesOf('alice').map((flows) => flows.map(({ flow }) => flow.port));
    assert.deepEqual(ports(), [[40_002, 40_001]]);
    // The same flow over a new connection takes the old one's place, and is the newest now.
    await branch.register(phone, flow(phone, 1, 40_003));
    assert.deepEqual(ports(), [[40_003, 40_002]]);
  });

  it('keeps apart what is no flow of one telephone', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    await branch.register(phone, flow(phone, 1, 40_001));
    const other = branch.phone('alice', { port: 5070 });
    const answer = await branch.register(other);
    assert.equal(header(answer, 'Require'), undefined);
    assert.equal(header(answer, 'Flow-Timer'), undefined);
    const third = branch.phone('alice', { port: 5071, instance: 'urn:uuid:2' });
    await branch.register(third);
    const phones = branch.registrar.phonesOf('alice');
    assert.deepEqual(
      phones.map((flows) => flows.length),
      [1, 1, 1],
    );
  });

  it('removes one flow and leaves the other', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    await branch.register(phone, flow(phone, 1, 40_001));
    await branch.register(phone, flow(phone, 2, 40_002));
    await branch.register(phone, { ...flow(phone, 1, 40_001), expires: 0 });
    const [flows = []] = branch.registrar.phonesOf('alice');
    assert.deepEqual(
      flows.map(({ regId }) => regId),
      ['2'],
    );
  });

  it('knows the flows again after a restart, in their order', async () => {
    const branch = new BranchFixture({ phonesJitter: 0 });
    const phone = branch.phone('alice', { instance });
    await branch.register(phone, flow(phone, 1, 40_001));
    await branch.clock.run(2000);
    await branch.register(phone, flow(phone, 2, 40_002));
    await branch.restart();
    const [flows = []] = branch.registrar.phonesOf('alice');
    assert.deepEqual(
      flows.map(({ flow }) => flow.port),
      [40_002, 40_001],
    );
  });

  it('tells the centre of a flow where its contact is the phone’s own, behind a Path', async () => {
    for (const contactMode of ['path', 'rewrite'] as const) {
      const branch = new BranchFixture({ contactMode });
      const phone = branch.phone('alice', { instance });
      branch.registrar.setPosture('relay');
      const answer = await branch.register(phone, flow(phone, 7, 40_001));
      assert.equal(answer.status, 200);
      const asked = branch.centre.heard.at(-1)?.request;
      const wanted = contactMode === 'path' ? { instance, regId: '7' } : undefined;
      assert.deepEqual(asked?.flow, wanted);
      assert.equal(/;ob>$/.test(asked?.path ?? ''), contactMode === 'path');
    }
  });
});

describe('GRUU (RFC 5627)', () => {
  it('is given to who asks, and leads to that telephone alone', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    const plain = await branch.register(phone, flow(phone, 1, 40_001));
    assert.deepEqual(gruus(plain), { open: '', temporary: '' });
    await branch.register(branch.phone('alice', { port: 5071, instance: 'urn:uuid:2' }));
    const { open, temporary } = gruus(await registerForGruus(branch, phone));
    assert.equal(open, `sip:alice@${domain};gr=${gr}`);
    assert.match(temporary, new RegExp(`^sip:tgruu\\.[A-Za-z0-9_-]+@${domain};gr$`));
    for (const uri of [open, temporary, open.toUpperCase().replace('SIP:ALICE', 'sip:alice').replace(';GR', ';gr')]) {
      const target = branch.registrar.byGruu(uri);
      assert.ok(target?.kind === 'phone', uri);
      assert.equal(target.username, 'alice');
      assert.deepEqual(
        target.phones.map((flows) => flows.map(({ flow }) => flow.port)),
        [[40_001]],
      );
    }
  });

  it('has temporary ones that nobody can tell are of one user, all valid while the registration goes on', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    const given: string[] = [];
    for (let i = 0; i < 3; i++) given.push(gruus(await registerForGruus(branch, phone)).temporary);
    assert.equal(new Set(given).size, 3);
    const users = given.map((uri) => uri.slice('sip:tgruu.'.length, uri.indexOf('@')));
    const opened = users.map((user) => Buffer.from(user, 'base64url').toString('latin1'));
    for (const text of opened) assert.ok(!text.includes('alice') && !text.includes('urn:uuid'));
    for (let i = 0; i < 16; i++) assert.ok(new Set(users.map((user) => user.slice(i * 4, i * 4 + 4))).size === 3);
    for (const uri of given) assert.equal(branch.registrar.byGruu(uri)?.kind, 'phone');
    await branch.restart();
    for (const uri of given) assert.equal(branch.registrar.byGruu(uri)?.kind, 'phone', 'after a restart too');
  });

  it('lets temporary ones die with the registration, and with another Call-ID', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    const { temporary, open } = gruus(await registerForGruus(branch, phone));
    await branch.clock.run(1000);
    const restarted = branch.phone('alice', { instance });
    const what = { contacts: flow(restarted, 1, 40_009).contacts };
    restarted.callId = 'after a restart of the phone';
    await branch.register(restarted, what);
    assert.deepEqual(branch.registrar.byGruu(temporary), { kind: 'refused', status: 480 });
    assert.equal(branch.registrar.byGruu(open)?.kind, 'phone');
    await branch.clock.run(400_000);
    assert.deepEqual(branch.registrar.byGruu(open), { kind: 'refused', status: 480 });
    assert.deepEqual(branch.registrar.byGruu(temporary), { kind: 'refused', status: 480 });
  });

  it('is told from what only looks like one', () => {
    const { registrar } = new BranchFixture();
    assert.equal(registrar.byGruu(`sip:alice@${domain}`), undefined);
    assert.equal(registrar.byGruu(`sip:alice@${domain};gr`), undefined);
    assert.equal(registrar.byGruu(`sip:alice@elsewhere.example;gr=${gr}`), undefined);
    assert.equal(registrar.byGruu(`sip:dave@${domain};gr=${gr}`), undefined, 'the centre may know dave');
    assert.deepEqual(registrar.byGruu(`sip:alice@${domain};gr=${gr}`), { kind: 'refused', status: 480 });
    for (const user of ['tgruu.', 'tgruu.AAAA', `tgruu.${'A'.repeat(200)}`]) {
      assert.deepEqual(registrar.byGruu(`sip:${user}@${domain};gr`), { kind: 'refused', status: 404 });
    }
  });

  it('is no contact', async () => {
    const branch = new BranchFixture();
    const phone = branch.phone('alice', { instance });
    phone.contact = `sip:alice@${domain};gr=${gr}`;
    assert.equal((await branch.register(phone)).status, 403);
  });
});
