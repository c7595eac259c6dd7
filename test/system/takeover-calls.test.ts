import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SipRequest, SipResponse } from '../../src/sip/index.js';
import { sdp } from './legs-peer.js';
import { TakeoverBench, type Talk } from './takeover-bench.js';

function body(message: SipRequest | SipResponse): {
  direction: string;
  port: number;
  session: string;
  version: number;
} {
  const text = message.body.toString();
  const [, session = '', version = ''] = /^o=\S+ (\d+) (\d+)/m.exec(text) ?? [];
  return {
    direction: /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(text)?.[1] ?? '',
    port: Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? -1),
    session,
    version: Number(version),
  };
}

describe('takeover: the controller is killed while a call talks', () => {
  let bench: TakeoverBench;
  let talk: Talk;

  beforeEach(async () => {
    bench = await TakeoverBench.open();
    await bench.start();
    talk = await bench.talk();
  });
  afterEach(() => bench.close());

  async function takeOver(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    await bench.end(signal);
    await bench.start();
    await bench.alice.take('OPTIONS');
    await bench.until('the call is shown', async () => (await bench.calls())[0]?.state === 'talking');
  }

  /** Nobody was sent anything but the OPTIONS that asks whether the dialog is there. */
  function undisturbed(): void {
    assert.equal(bench.alice.count('BYE') + bench.bob.count('BYE'), 0);
    assert.equal(bench.alice.count('INVITE'), 0);
    assert.equal(bench.bob.count('INVITE'), 1);
  }

  async function endsOnce(by: 'caller' | 'called'): Promise<void> {
    const rows = await bench.records(1);
    assert.equal(rows.length, 1);
    assert.ok(rows[0]?.answeredWall !== undefined);
    assert.match(rows[0]?.ending ?? '', new RegExp(`by ${by}`));
    assert.deepEqual(await bench.calls(), []);
    await bench.until('no dialog is left', () => bench.server.stats().dialogs === 0);
  }

  it('the caller hangs up in the next process', async () => {
    await takeOver();
    undisturbed();
    const { alice, bob } = bench;
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    bob.reply(await bob.take('BYE'), 200);
    await alice.take(200);
    await endsOnce('caller');
  });

  it('the called party hangs up in the next process', async () => {
    await takeOver();
    undisturbed();
    const { alice, bob } = bench;
    bob.send(bob.inDialog(talk.b, 'BYE'), bench.port);
    alice.reply(await alice.take('BYE'), 200);
    await endsOnce('called');
  });

  it('the caller hangs up while nobody is there', async () => {
    const { alice, bob } = bench;
    await bench.end('SIGKILL');
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    await bench.start();
    bob.reply(await bob.take('BYE'), 200);
    await alice.take(200);
    await endsOnce('caller');
  });

  it('holds and retrieves, by either side, through two more processes', async () => {
    const { alice, bob } = bench;
    const before = body(talk.incoming);
    await takeOver();
    alice.send(alice.inDialog(talk.a, 'INVITE', [], sdp(4000, 'sendonly', 2)), bench.port);
    const hold = await bob.take('INVITE');
    assert.equal(body(hold).direction, 'sendonly');
    assert.equal(body(hold).session, before.session);
    assert.ok(body(hold).version > before.version);
    bob.reply(hold, 200, [], sdp(5000, 'recvonly', 2));
    assert.equal(body(await alice.take(200)).direction, 'recvonly');
    alice.send(alice.inDialog(talk.a, 'ACK', [], '', talk.a.localCSeq), bench.port);
    await bob.take('ACK');
    await bench.until('held', async () => (await bench.calls())[0]?.state === 'held');
    // The hold is on disk a group commit later than on the page, and nothing tells when.
    await sleep(300);
    await bench.end('SIGKILL');
    await bench.start();
    await bench.until('still held', async () => (await bench.calls())[0]?.state === 'held');
    await bob.take('OPTIONS');
    bob.send(bob.inDialog(talk.b, 'INVITE', [], sdp(5002, 'sendrecv', 3)), bench.port);
    const retrieve = await alice.take('INVITE');
    assert.equal(body(retrieve).port, 5002);
    alice.reply(retrieve, 200, [], sdp(4000, 'sendrecv', 3));
    assert.ok(body(await bob.take(200)).version > body(hold).version);
    bob.send(bob.inDialog(talk.b, 'ACK', [], '', talk.b.localCSeq), bench.port);
    await alice.take('ACK');
    await bench.until('talking', async () => (await bench.calls())[0]?.state === 'talking');
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    bob.reply(await bob.take('BYE'), 200);
    await endsOnce('caller');
  });

  it('dies while it passes a hold on: the call stays, and the next hold is a new version', async () => {
    const { alice, bob } = bench;
    alice.send(alice.inDialog(talk.a, 'INVITE', [], sdp(4000, 'sendonly', 2)), bench.port);
    const lost = await bob.take('INVITE');
    await bench.end('SIGKILL');
    // It is held for the next process for some seconds, and none comes.
    const refused = await alice.take(503, 6000);
    const branch = refused.headers.get('Via') ?? '';
    alice.send(alice.inDialog(talk.a, 'ACK', [['Via', branch]], '', talk.a.localCSeq), bench.port);
    bob.reply(lost, 200, [], sdp(5000, 'recvonly', 2));
    await bob.take('ACK');
    await bench.start();
    await alice.take('OPTIONS');
    assert.equal((await bench.calls())[0]?.state, 'talking');
    alice.send(alice.inDialog(talk.a, 'INVITE', [], sdp(4000, 'sendonly', 3)), bench.port);
    const hold = await bob.take('INVITE');
    assert.equal(body(hold).direction, 'sendonly');
    assert.ok(body(hold).version > body(lost).version);
    bob.reply(hold, 200, [], sdp(5000, 'recvonly', 3));
    await alice.take(200);
    alice.send(alice.inDialog(talk.a, 'ACK', [], '', talk.a.localCSeq), bench.port);
    await bob.take('ACK');
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    bob.reply(await bob.take('BYE'), 200);
    await endsOnce('caller');
  });

  it('transfers', async () => {
    await takeOver();
    const { alice, bob } = bench;
    alice.send(
      alice.inDialog(talk.a, 'REFER', [
        ['Refer-To', '<sip:2003@centre.test>'],
        ['Refer-Sub', 'false'],
      ]),
      bench.port,
    );
    await alice.take(202);
    const found = await bob.take('INVITE');
    assert.match(found.uri, /^sip:2003@/);
    assert.equal(body(found).port, 5000, 'the one who stays is offered');
    bob.reply(found, 200, [], sdp(6000));
    const rejoin = await bob.take('INVITE');
    assert.equal(body(rejoin).port, 6000);
    bob.reply(rejoin, 200, [], sdp(5000, 'sendrecv', 2));
    alice.reply(await alice.take('BYE'), 200);
    await bench.until('one call of two dialogs', () => bench.server.stats().dialogs === 2);
    // The transferred call survives in its turn, with its new legs.
    await bench.end('SIGKILL');
    await bench.start();
    await bench.until('talking', async () => (await bench.calls())[0]?.state === 'talking');
    bob.send(bob.inDialog(talk.b, 'BYE'), bench.port);
    bob.reply(await bob.take('BYE'), 200);
    await bench.records(1);
    await bench.until('no dialog is left', () => bench.server.stats().dialogs === 0);
  });

  it('an orderly restart is no reason to hang up either', async () => {
    await takeOver('SIGTERM');
    undisturbed();
    const { alice, bob } = bench;
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    bob.reply(await bob.take('BYE'), 200);
    await endsOnce('caller');
  });

  it('the SIP server dies too: the record is closed as interrupted, and the phone is told 481', async () => {
    const { alice, bob } = bench;
    await bench.end('SIGKILL');
    await bench.replaceServer();
    await bench.start();
    const [row] = await bench.records(1);
    assert.match(row?.ending ?? '', /by holdfast/);
    assert.deepEqual(await bench.calls(), []);
    undisturbed();
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    await alice.take(481);
    assert.equal(bob.count('BYE'), 0);
  });

  it('dialogs that are in no record get 481 for whatever they say, and end', async () => {
    const { alice, bob } = bench;
    await bench.end('SIGKILL');
    await bench.forget();
    await bench.start();
    for (const method of ['INFO', 'REFER', 'UPDATE', 'OPTIONS']) {
      alice.send(alice.inDialog(talk.a, method, [['Refer-To', '<sip:1@x>']]), bench.port);
      const refused = await alice.take(481);
      assert.match(refused.headers.get('CSeq') ?? '', new RegExp(method));
    }
    alice.send(alice.inDialog(talk.a, 'INVITE', [], sdp(4000, 'sendonly', 2)), bench.port);
    await alice.take(481);
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    await alice.take(481);
    bob.send(bob.inDialog(talk.b, 'BYE'), bench.port);
    await bob.take(481);
    await bench.until('no dialog is left', () => bench.server.stats().dialogs === 0);
  });

  it('one party hangs up and nobody comes in time: the other one is released', async () => {
    const { alice, bob } = bench;
    await bench.end('SIGKILL');
    alice.send(alice.inDialog(talk.a, 'BYE'), bench.port);
    await alice.take(503, 5000);
    await bench.start();
    bob.reply(await bob.take('BYE'), 200);
    const [row] = await bench.records(1);
    assert.match(row?.ending ?? '', /by holdfast/);
  });
});

describe('takeover: nothing to take over', () => {
  let bench: TakeoverBench;
  before(async () => {
    bench = await TakeoverBench.open();
  });
  after(() => bench.close());

  it('an attempt that was not answered leaves nothing behind', async () => {
    await bench.start();
    const { alice, bob } = bench;
    const { incoming } = await bench.ring();
    await bench.end('SIGKILL');
    await alice.take(503);
    bob.reply(await bob.take('CANCEL'), 200);
    bob.reply(incoming, 487);
    await bench.start();
    assert.deepEqual(await bench.calls(), []);
    assert.equal(bench.server.stats().dialogs, 0);
  });
});
