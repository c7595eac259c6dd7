import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../src/base/index.js';
import {
  challengeHeader,
  Dialog,
  ha1,
  parseCredentials,
  type SipRequest,
  type SipResponse,
  verifyCredentials,
} from '../../src/sip/index.js';
import { LegsBench } from './legs-bench.js';
import { type LegsPeer, sdp } from './legs-peer.js';

describe('legs: cancel, challenge, transfer over a real SIP server', () => {
  let bench: LegsBench;
  let alice: LegsPeer;
  let bob: LegsPeer;

  const routes = new Map<string, () => ReturnType<LegsBench['steps']>>();

  before(async () => {
    bench = await LegsBench.open();
    bench.route = (number) => routes.get(number)?.() ?? { refuse: 52 };
  });
  after(() => bench.close());

  async function peers(): Promise<void> {
    bench.records.length = 0;
    bench.failures.length = 0;
    bench.ports = {};
    alice = await bench.peer();
    bob = await bench.peer();
    bench.steps = () => [bench.toPeer(bob)];
  }

  function call(fields: readonly (readonly [string, string])[] = []): SipRequest {
    const invite = alice.request('INVITE', `sip:202@127.0.0.1:${bench.port}`, fields, sdp(4000));
    alice.send(invite, bench.port);
    return invite;
  }

  /** The final response to an INVITE, whatever else came before it. */
  async function finalOf(peer: LegsPeer): Promise<SipResponse> {
    for (let i = 0; i < 300; i++) {
      const found = peer.received.find(
        (m): m is SipResponse => m.kind === 'response' && m.status >= 200 && m.headers.get('CSeq') === '1 INVITE',
      );
      if (found !== undefined) return found;
      await sleep(10);
    }
    throw new Error(`no final response; got ${peer.summary()}`);
  }

  function cancel(invite: SipRequest): void {
    const request = alice.request('CANCEL', invite.uri);
    for (const name of ['Via', 'From', 'To', 'Call-ID']) request.headers.set(name, invite.headers.get(name) ?? '');
    request.headers.set('CSeq', '1 CANCEL');
    alice.send(request, bench.port);
  }

  async function talking() {
    await peers();
    const invite = call();
    const incoming = await bob.take('INVITE');
    const answered = bob.reply(incoming, 200, [], sdp(5000));
    await bob.take('ACK');
    const ok = await alice.take(200);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], '', 1), bench.port);
    const b = Dialog.asUas(incoming, answered);
    b.confirm();
    await sleep(20);
    return { a, b };
  }

  // ---- CANCEL

  it('cancels a ringing call', async () => {
    await peers();
    const invite = call();
    const incoming = await bob.take('INVITE');
    bob.reply(incoming, 180);
    await alice.take(180);
    cancel(invite);
    await alice.take(487);
    const cancelled = await bob.take('CANCEL');
    assert.match(cancelled.headers.get('Reason') ?? '', /Q\.850;cause=16/);
    bob.reply(cancelled, 200);
    bob.reply(incoming, 487);
    await bob.take('ACK');
    assert.equal((await bench.ended()).releasedBy, 'caller');
  });

  it('cancels before any response, and sends CANCEL only after one', async () => {
    await peers();
    const invite = call();
    const incoming = await bob.take('INVITE');
    cancel(invite);
    await alice.take(487);
    await bench.ended();
    assert.equal(bob.count('CANCEL'), 0);
    bob.reply(incoming, 100);
    bob.reply(await bob.take('CANCEL'), 200);
    bob.reply(incoming, 487);
    await bob.take('ACK');
  });

  it('acknowledges and hangs up an answer that crosses the cancel', async () => {
    await peers();
    const invite = call();
    const incoming = await bob.take('INVITE');
    bob.reply(incoming, 180);
    await alice.take(180);
    cancel(invite);
    await bob.take('CANCEL');
    bob.reply(incoming, 200, [], sdp(5000));
    await bob.take('ACK');
    bob.reply(await bob.take('BYE'), 200);
    await alice.take(487);
    assert.equal((await bench.ended()).answeredWall, undefined);
  });

  it('hangs up both sides when cancel and answer cross at the caller', async () => {
    for (let i = 0; i < 10; i++) {
      await peers();
      const invite = call();
      const incoming = await bob.take('INVITE');
      bob.reply(incoming, 200, [], sdp(5000));
      if (i % 2 === 0) await sleep(i / 2);
      cancel(invite);
      const ok = await finalOf(alice);
      if (ok.status === 200) {
        // The CANCEL was late: the caller acknowledges and hangs up itself.
        const a = Dialog.asUac(invite, ok);
        a.confirm(ok);
        alice.send(alice.inDialog(a, 'ACK', [], '', 1), bench.port);
        alice.send(alice.inDialog(a, 'BYE'), bench.port);
      }
      bob.reply(await bob.take('BYE'), 200);
      await bench.ended();
    }
  });

  it('tells the other bindings of an extension that the call was taken', async () => {
    await peers();
    const carol = await bench.peer();
    bench.steps = () => [
      {
        name: 'extension 202',
        giveUpMs: 2000,
        open: () => [bob, carol].map((peer) => bench.legs.toCentre('202', undefined, peer.uri)),
      },
    ];
    call();
    const toBob = await bob.take('INVITE');
    const toCarol = await carol.take('INVITE');
    bob.reply(toBob, 180);
    carol.reply(toCarol, 180);
    carol.reply(toCarol, 200, [], sdp(6000));
    const cancelled = await bob.take('CANCEL');
    assert.match(cancelled.headers.get('Reason') ?? '', /cause=200;text="Call completed elsewhere"/);
    bob.reply(cancelled, 200);
    bob.reply(toBob, 487);
    await alice.take(200);
    bench.calls.at(-1)?.release(16);
    carol.reply(await carol.take('BYE'), 200);
  });

  it('refuses the caller, waiting for its ACK, with a BYE after it', async () => {
    await peers();
    const invite = call();
    const incoming = await bob.take('INVITE');
    const answered = bob.reply(incoming, 200, [], sdp(5000));
    const ok = await alice.take(200);
    const b = Dialog.asUas(incoming, answered);
    b.confirm();
    bob.send(bob.inDialog(b, 'BYE'), bench.port);
    await bob.take(200);
    await sleep(50);
    assert.equal(alice.count('BYE'), 0, 'no BYE before the ACK (RFC 3261 §15)');
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], '', 1), bench.port);
    alice.reply(await alice.take('BYE'), 200);
    await bench.ended();
  });

  // ---- digest

  const realm = 'example.org';
  const challenge = challengeHeader({ realm, nonce: 'n1', algorithm: 'MD5', qop: ['auth'] });
  const stronger = challengeHeader({ realm, nonce: 'n2', algorithm: 'SHA-256', qop: ['auth'] });

  it('answers the challenge with the HA1 of the user, in the same call', async () => {
    await peers();
    const secret = ha1('201', realm, 'secret', 'MD5');
    const user = { username: '201', realm, ha1: { md5: new Secret(secret) } };
    const { uri } = bob;
    bench.steps = () => [{ name: 'centre', giveUpMs: 2000, open: () => [bench.legs.toCentre('202', user, uri)] }];
    call();
    const first = await bob.take('INVITE');
    bob.reply(first, 407, [
      ['Proxy-Authenticate', stronger],
      ['Proxy-Authenticate', challenge],
    ]);
    await bob.take('ACK');
    const second = await bob.take('INVITE');
    assert.equal(second.headers.get('Call-ID'), first.headers.get('Call-ID'));
    assert.equal(second.headers.get('From'), first.headers.get('From'));
    assert.equal(second.headers.get('To'), first.headers.get('To'));
    assert.equal(
      Number.parseInt(second.headers.get('CSeq') ?? '', 10),
      Number.parseInt(first.headers.get('CSeq') ?? '', 10) + 1,
    );
    assert.deepEqual(second.body, first.body);
    const credentials = parseCredentials(second.headers.get('Proxy-Authorization') ?? '');
    assert.ok(credentials.ok);
    assert.equal(credentials.value.uri, second.uri);
    assert.ok(verifyCredentials({ credentials: credentials.value, method: 'INVITE', ha1: secret }));
    bob.reply(second, 200, [], sdp(5000));
    await alice.take(200);
    bench.calls.at(-1)?.release(16);
    bob.reply(await bob.take('BYE'), 200);
  });

  it('cancels while the challenge is being answered', async () => {
    await peers();
    const user = { username: '201', realm, ha1: { md5: new Secret(ha1('201', realm, 'secret', 'MD5')) } };
    const { uri } = bob;
    bench.steps = () => [{ name: 'centre', giveUpMs: 2000, open: () => [bench.legs.toCentre('202', user, uri)] }];
    const invite = call();
    bob.reply(await bob.take('INVITE'), 407, [['Proxy-Authenticate', challenge]]);
    cancel(invite);
    await bench.ended();
    await sleep(100);
    const second = bob.received.findLast((m): m is SipRequest => m.kind === 'request' && m.method === 'INVITE');
    if (second?.headers.has('Proxy-Authorization') === true) {
      bob.reply(second, 180);
      bob.reply(await bob.take('CANCEL'), 200);
      bob.reply(second, 487);
      await bob.take('ACK');
    }
  });

  it('passes a challenge to the caller as it came, and its credentials back', async () => {
    await peers();
    call();
    const first = await bob.take('INVITE');
    bob.reply(first, 407, [
      ['Proxy-Authenticate', stronger],
      ['Proxy-Authenticate', challenge],
    ]);
    const refused = await alice.take(407);
    assert.deepEqual(refused.headers.all('Proxy-Authenticate'), [stronger, challenge]);
    call([
      ['Proxy-Authorization', 'Digest username="201", realm="example.org", nonce="n1", uri="sip:x", response="00"'],
    ]);
    const second = await bob.take('INVITE');
    assert.match(second.headers.get('Proxy-Authorization') ?? '', /username="201"/);
    bob.reply(second, 403);
    await alice.take(403);
  });

  it('takes a second challenge for a refusal', async () => {
    await peers();
    const user = { username: '201', realm, ha1: { md5: new Secret('0'.repeat(32)) } };
    const { uri } = bob;
    bench.steps = () => [{ name: 'centre', giveUpMs: 2000, open: () => [bench.legs.toCentre('202', user, uri)] }];
    call();
    bob.reply(await bob.take('INVITE'), 407, [['Proxy-Authenticate', challenge]]);
    bob.reply(await bob.take('INVITE'), 407, [['Proxy-Authenticate', challenge]]);
    await alice.take(407);
    assert.equal(bob.count('INVITE'), 2);
  });

  // ---- transfer

  function notified(request: SipRequest): string {
    return request.body.toString().trim();
  }

  it('transfers blindly: 202, news by NOTIFY, new media for the one who stays, BYE for the one who asked', async () => {
    const { a, b } = await talking();
    const carol = await bench.peer();
    routes.set('203', () => [bench.toPeer(carol)]);
    bob.send(bob.inDialog(b, 'REFER', [['Refer-To', '<sip:203@example.org>']]), bench.port);
    await bob.take(202);
    const trying = await bob.take('NOTIFY');
    assert.equal(notified(trying), 'SIP/2.0 100 Trying');
    assert.match(trying.headers.get('Subscription-State') ?? '', /^active/);
    bob.reply(trying, 200);
    const incoming = await carol.take('INVITE');
    assert.match(incoming.body.toString(), /m=audio 4000 /);
    carol.reply(incoming, 180);
    const ringing = await bob.take('NOTIFY');
    assert.equal(notified(ringing), 'SIP/2.0 180 Ringing');
    bob.reply(ringing, 200);
    carol.reply(incoming, 200, [], sdp(6000));
    await carol.take('ACK');
    const moved = await alice.take('INVITE');
    assert.match(moved.body.toString(), /m=audio 6000 /);
    alice.reply(moved, 200, [], sdp(4000, 'sendrecv', 2));
    await alice.take('ACK');
    const done = await bob.take('NOTIFY');
    assert.equal(notified(done), 'SIP/2.0 200 OK');
    assert.match(done.headers.get('Subscription-State') ?? '', /^terminated/);
    bob.reply(done, 200);
    bob.reply(await bob.take('BYE'), 200);
    assert.equal(bench.calls.at(-1)?.state, 'talking');
    alice.send(alice.inDialog(a, 'BYE'), bench.port);
    carol.reply(await carol.take('BYE'), 200);
    assert.deepEqual((await bench.ended()).transferredTo, ['203']);
  });

  it('tells why a transfer failed, and talks on', async () => {
    const { b } = await talking();
    const carol = await bench.peer();
    routes.set('203', () => [bench.toPeer(carol)]);
    bob.send(bob.inDialog(b, 'REFER', [['Refer-To', '<sip:203@example.org>']]), bench.port);
    await bob.take(202);
    bob.reply(await bob.take('NOTIFY'), 200);
    carol.reply(await carol.take('INVITE'), 486);
    const failed = await bob.take('NOTIFY');
    assert.equal(notified(failed), 'SIP/2.0 486 Busy Here');
    bob.reply(failed, 200);
    assert.equal(bench.calls.at(-1)?.state, 'talking');
    bob.send(bob.inDialog(b, 'BYE'), bench.port);
    alice.reply(await alice.take('BYE'), 200);
    await bench.ended();
  });

  it('keeps quiet where the transferor wants no news, and refuses what leads nowhere', async () => {
    const { b } = await talking();
    const carol = await bench.peer();
    routes.set('203', () => [bench.toPeer(carol)]);
    bob.send(bob.inDialog(b, 'REFER', [['Refer-To', '<sip:999@example.org>']]), bench.port);
    await bob.take(403);
    bob.send(bob.inDialog(b, 'REFER', [['Refer-To', '<sip:203@example.org;method=BYE>']]), bench.port);
    await bob.take(400);
    bob.send(
      bob.inDialog(b, 'REFER', [
        ['Refer-To', '<sip:203@example.org>'],
        ['Refer-Sub', 'false'],
      ]),
      bench.port,
    );
    const accepted = await bob.take(202);
    assert.equal(accepted.headers.get('Refer-Sub'), 'false');
    const incoming = await carol.take('INVITE');
    bob.send(bob.inDialog(b, 'BYE'), bench.port);
    await bob.take(200);
    carol.reply(incoming, 200, [], sdp(6000));
    alice.reply(await alice.take('INVITE'), 200, [], sdp(4000, 'sendrecv', 2));
    await sleep(50);
    assert.equal(bob.count('NOTIFY'), 0);
    assert.equal(bench.calls.at(-1)?.state, 'talking');
    bench.calls.at(-1)?.release(16);
    alice.reply(await alice.take('BYE'), 200);
    carol.reply(await carol.take('BYE'), 200);
    await bench.ended();
  });
});
