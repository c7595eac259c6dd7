import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Dialog, type SipRequest, type SipResponse } from '../../src/sip/index.js';
import { LegsBench } from './legs-bench.js';
import { type LegsPeer, sdp } from './legs-peer.js';

/** A media port of a body, by which the test tells whose description it is. */
function mediaPort(message: SipRequest | SipResponse): number {
  return Number(/^m=audio (\d+)/m.exec(message.body.toString())?.[1] ?? -1);
}

function direction(message: SipRequest | SipResponse): string {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(message.body.toString())?.[1] ?? '';
}

function version(message: SipRequest | SipResponse): readonly string[] {
  return /^o=\S+ (\d+) (\d+)/m.exec(message.body.toString())?.slice(1) ?? [];
}

describe('legs: calls over a real SIP server', () => {
  let bench: LegsBench;
  let alice: LegsPeer;
  let bob: LegsPeer;

  before(async () => {
    bench = await LegsBench.open();
  });
  after(() => bench.close());

  /** Fresh peers; every call goes to bob. */
  async function peers(): Promise<void> {
    bench.records.length = 0;
    bench.failures.length = 0;
    bench.ports = {};
    alice = await bench.peer();
    bob = await bench.peer();
    bench.steps = () => [bench.toPeer(bob)];
  }

  function call(body = sdp(4000), fields: readonly (readonly [string, string])[] = []): SipRequest {
    const invite = alice.request('INVITE', `sip:202@127.0.0.1:${bench.port}`, fields, body);
    alice.send(invite, bench.port);
    return invite;
  }

  /** Both dialogs of an answered call. */
  async function talking() {
    await peers();
    const invite = call();
    const incoming = await bob.take('INVITE');
    bob.reply(incoming, 180);
    const answered = bob.reply(incoming, 200, [], sdp(5000));
    await bob.take('ACK');
    const ok = await alice.take(200);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], '', 1), bench.port);
    const b = Dialog.asUas(incoming, answered);
    b.confirm();
    return { invite, incoming, ok, a, b };
  }

  it('tells the caller who answered, and that they want to stay hidden', async () => {
    await peers();
    call();
    const incoming = await bob.take('INVITE');
    const asserted = '"Carol" <sip:+13125550177@example.net>';
    bob.reply(
      incoming,
      200,
      [
        ['P-Asserted-Identity', asserted],
        ['Privacy', 'id'],
      ],
      sdp(5000),
    );
    const ok = await alice.take(200);
    assert.equal(ok.headers.get('P-Asserted-Identity'), '"Carol" <sip:+13125550177@example.org>');
    assert.equal(ok.headers.get('Privacy'), 'id');
    bench.calls.at(-1)?.release(16);
    await bench.ended();
  });

  async function hangUp(from: LegsPeer, dialog: Dialog, to: LegsPeer): Promise<void> {
    from.send(from.inDialog(dialog, 'BYE'), bench.port);
    const bye = await to.take('BYE');
    to.reply(bye, 200);
    await from.take(200);
  }

  it('connects, with identity, own Call-ID and one o= line per leg, and hangs up', async () => {
    const { invite, incoming, ok, a } = await talking();
    assert.equal(incoming.uri, 'sip:202@example.org');
    assert.match(incoming.headers.get('From') ?? '', /^"Alice" <sip:201@example\.org>;tag=/);
    assert.match(incoming.headers.get('P-Asserted-Identity') ?? '', /<sip:201@example\.org>/);
    assert.equal(incoming.headers.get('Max-Forwards'), '69');
    assert.match(incoming.headers.get('Session-ID') ?? '', /^[0-9a-f]{32};remote=0{32}$/);
    assert.notEqual(incoming.headers.get('Call-ID'), invite.headers.get('Call-ID'));
    assert.equal(mediaPort(incoming), 4000);
    assert.equal(mediaPort(ok), 5000);
    assert.notDeepEqual(version(incoming), version(ok));
    await hangUp(alice, a, bob);
    const record = await bench.ended();
    assert.equal(record.releasedBy, 'caller');
    assert.equal(record.cause, 16);
  });

  it('lets the called party hang up', async () => {
    const { b } = await talking();
    await hangUp(bob, b, alice);
    assert.equal((await bench.ended()).releasedBy, 'called');
  });

  it('passes early media and ringing', async () => {
    await peers();
    call();
    const incoming = await bob.take('INVITE');
    bob.reply(incoming, 183, [], sdp(5000));
    assert.equal(mediaPort(await alice.take(183)), 5000);
    bob.reply(incoming, 180);
    await alice.take(180);
    bob.reply(incoming, 200, [], sdp(5000));
    assert.equal(mediaPort(await alice.take(200)), 5000);
    bench.calls.at(-1)?.release(16);
  });

  it('puts on hold and retrieves, with a version that grows', async () => {
    const { a, b, incoming } = await talking();
    alice.send(alice.inDialog(a, 'INVITE', [], sdp(4000, 'sendonly', 2)), bench.port);
    const hold = await bob.take('INVITE');
    assert.equal(direction(hold), 'sendonly');
    assert.equal(version(hold)[0], version(incoming)[0]);
    assert.equal(Number(version(hold)[1]), Number(version(incoming)[1]) + 1);
    bob.reply(hold, 200, [], sdp(5000, 'recvonly', 2));
    const held = await alice.take(200);
    assert.equal(direction(held), 'recvonly');
    alice.send(alice.inDialog(a, 'ACK', [], '', a.localCSeq), bench.port);
    await bob.take('ACK');
    assert.equal(bench.calls.at(-1)?.summary.state, 'held');
    bob.send(bob.inDialog(b, 'INVITE', [], sdp(5000, 'sendrecv', 3)), bench.port);
    const retrieve = await alice.take('INVITE');
    alice.reply(retrieve, 200, [], sdp(4000, 'sendrecv', 3));
    await bob.take(200);
    bob.send(bob.inDialog(b, 'ACK', [], '', b.localCSeq), bench.port);
    await alice.take('ACK');
    assert.equal(bench.calls.at(-1)?.summary.state, 'talking');
    await hangUp(alice, a, bob);
    await bench.ended();
  });

  it('talks on after a refused re-INVITE, and negotiates again after it', async () => {
    const { a } = await talking();
    for (let i = 2; i < 5; i++) {
      alice.send(alice.inDialog(a, 'INVITE', [], sdp(4000 + i, 'sendrecv', i)), bench.port);
      bob.reply(await bob.take('INVITE'), 488);
      await alice.take(488);
      const ack = alice.inDialog(a, 'ACK', [], '', a.localCSeq);
      alice.send(ack, bench.port);
    }
    alice.send(alice.inDialog(a, 'INVITE', [], sdp(4100, 'sendrecv', 9)), bench.port);
    bob.reply(await bob.take('INVITE'), 200, [], sdp(5100, 'sendrecv', 9));
    assert.equal(mediaPort(await alice.take(200)), 5100);
    alice.send(alice.inDialog(a, 'ACK', [], '', a.localCSeq), bench.port);
    await bob.take('ACK');
    await hangUp(alice, a, bob);
    await bench.ended();
  });

  it('answers crossing re-INVITEs with 491', async () => {
    const { a, b } = await talking();
    alice.send(alice.inDialog(a, 'INVITE', [], sdp(4002, 'sendonly', 2)), bench.port);
    const incoming = await bob.take('INVITE');
    bob.send(bob.inDialog(b, 'INVITE', [], sdp(5002, 'sendonly', 2)), bench.port);
    await bob.take(491);
    bob.reply(incoming, 491);
    await alice.take(491);
    assert.equal(bench.calls.at(-1)?.state, 'talking');
    await hangUp(alice, a, bob);
    await bench.ended();
  });

  it('brings a late offer across, and one in a re-INVITE', async () => {
    await peers();
    const invite = call('');
    const incoming = await bob.take('INVITE');
    assert.equal(incoming.body.length, 0);
    const answered = bob.reply(incoming, 200, [], sdp(5000));
    const ok = await alice.take(200);
    assert.equal(mediaPort(ok), 5000);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], sdp(4000), 1), bench.port);
    assert.equal(mediaPort(await bob.take('ACK')), 4000);
    const b = Dialog.asUas(incoming, answered);
    b.confirm();
    bob.send(bob.inDialog(b, 'INVITE'), bench.port);
    const asked = await alice.take('INVITE');
    assert.equal(asked.body.length, 0);
    alice.reply(asked, 200, [], sdp(4002, 'sendrecv', 2));
    assert.equal(mediaPort(await bob.take(200)), 4002);
    bob.send(bob.inDialog(b, 'ACK', [], sdp(5002, 'sendrecv', 2), b.localCSeq), bench.port);
    assert.equal(mediaPort(await alice.take('ACK')), 5002);
    await hangUp(bob, b, alice);
    await bench.ended();
  });

  it('answers a session refresh by itself', async () => {
    const { a } = await talking();
    alice.send(alice.inDialog(a, 'INVITE', [], sdp(4000)), bench.port);
    assert.equal(mediaPort(await alice.take(200)), 5000);
    alice.send(alice.inDialog(a, 'ACK', [], '', a.localCSeq), bench.port);
    alice.send(alice.inDialog(a, 'UPDATE'), bench.port);
    await alice.take(200);
    await hangUp(alice, a, bob);
    await bench.ended();
    assert.equal(bob.count('INVITE'), 1);
  });

  it('passes digits, and answers OPTIONS, MESSAGE and unknown things in a dialog', async () => {
    const { a } = await talking();
    const digit: readonly [string, string] = ['Content-Type', 'application/dtmf-relay'];
    alice.send(alice.inDialog(a, 'INFO', [digit], 'Signal=5\r\nDuration=250\r\n'), bench.port);
    const info = await bob.take('INFO');
    assert.equal(info.body.toString(), 'Signal=5\r\nDuration=250\r\n');
    bob.reply(info, 200);
    await alice.take(200);
    for (const method of ['OPTIONS', 'MESSAGE']) {
      alice.send(alice.inDialog(a, method), bench.port);
      await alice.take(200);
    }
    await hangUp(alice, a, bob);
    await bench.ended();
  });

  for (const [status, cause, seen] of [
    [486, 17, 486],
    [404, 1, 404],
    [603, 21, 603],
    [480, 18, 480],
  ] as const) {
    it(`passes ${status}`, async () => {
      await peers();
      call();
      bob.reply(await bob.take('INVITE'), status);
      await alice.take(seen);
      assert.equal((await bench.ended()).cause, cause);
    });
  }

  it('hunts on after 503, and after silence', async () => {
    await peers();
    const carol = await bench.peer();
    const dead = await bench.peer();
    bench.steps = () => [bench.toPeer(dead, { giveUpMs: 300 }), bench.toPeer(carol), bench.toPeer(bob)];
    call();
    const silent = await dead.take('INVITE');
    carol.reply(await carol.take('INVITE'), 503);
    const incoming = await bob.take('INVITE');
    bob.reply(incoming, 200, [], sdp(5000));
    assert.equal(mediaPort(await alice.take(200)), 5000);
    assert.deepEqual(bench.failures, [`peer ${dead.port} silent`, `peer ${carol.port} answered`]);
    // The silent one wakes up: it is acknowledged and hung up, or cancelled.
    dead.reply(silent, 200, [], sdp(6000));
    await dead.take('ACK');
    dead.reply(await dead.take('BYE'), 200);
    bench.calls.at(-1)?.release(16);
    bob.reply(await bob.take('BYE'), 200);
    await bench.ended();
  });

  it('knows a refused connection and an unknown name at once', async () => {
    await peers();
    const gone = await bench.peer();
    const refusing = `sip:127.0.0.1:${gone.port};transport=tcp`;
    bench.steps = () => [
      { name: 'closed', giveUpMs: 5000, open: () => [bench.legs.toCentre('202', undefined, refusing)] },
      { name: 'unknown', giveUpMs: 5000, open: () => [bench.legs.toCentre('202', undefined, 'sip:no-such-name.test')] },
      bench.toPeer(bob),
    ];
    call();
    bob.reply(await bob.take('INVITE'), 486);
    await alice.take(486);
    assert.deepEqual(bench.failures.slice(0, 2), ['closed refused', 'unknown unresolved']);
  });

  it('stops a call that goes in circles', async () => {
    await peers();
    call(sdp(4000), [['Max-Forwards', '0']]);
    await alice.take(483);
    assert.equal(bob.count('INVITE'), 0);
  });

  it('refuses a description that is none, and a late offer that stays out', async () => {
    await peers();
    call('v=0\r\nnonsense\r\n');
    await alice.take(488);
    call('');
    bob.reply(await bob.take('INVITE'), 200);
    await bob.take('ACK');
    bob.reply(await bob.take('BYE'), 200);
    await bench.ended();
    assert.equal(alice.count(200), 0);
  });
});
