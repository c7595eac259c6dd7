import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ackToFailure, cancelFor, Dialog, type SipRequest } from '../../src/sip/index.js';
import { SeededRandom } from '../sim/seeded-random.js';
import { LegsBench } from './legs-bench.js';
import { type LegsPeer, sdp } from './legs-peer.js';

const calls = 300;

let bench: LegsBench;
before(async () => {
  bench = await LegsBench.open();
});
after(() => bench.close());

/** Rings, answers, refuses or hangs up when it likes. */
function called(peer: LegsPeer, port: number, random: SeededRandom): void {
  const open = new Map<string, SipRequest>();
  const dialogs = new Map<string, Dialog>();
  peer.onMessage = (message) => {
    if (message.kind !== 'request') return;
    const callId = message.headers.get('Call-ID') ?? '';
    if (message.method === 'INVITE') {
      open.set(callId, message);
      if (random.next() < 0.8) peer.reply(message, random.next() < 0.5 ? 180 : 100);
      const final = random.next() < 0.8 ? 200 : 486;
      void sleep(random.next() * 60).then(() => {
        if (!open.delete(callId)) return;
        const response = peer.reply(message, final, [], final === 200 ? sdp(5000) : '');
        if (final === 200) dialogs.set(callId, Dialog.asUas(message, response));
      });
    } else if (message.method === 'CANCEL') {
      peer.reply(message, 200);
      const invite = open.get(callId);
      if (invite !== undefined && open.delete(callId)) peer.reply(invite, 487);
    } else if (message.method === 'BYE') {
      peer.reply(message, 200);
      dialogs.delete(callId);
    } else if (message.method === 'ACK') {
      const dialog = dialogs.get(callId);
      if (dialog === undefined) return;
      dialog.confirm();
      if (random.next() < 0.3) void sleep(random.next() * 40).then(() => peer.send(peer.inDialog(dialog, 'BYE'), port));
    }
  };
}

/** Calls, and cancels or hangs up when it likes. */
function caller(peer: LegsPeer, port: number, random: SeededRandom): () => void {
  const invites = new Map<string, SipRequest>();
  peer.onMessage = (message) => {
    const callId = message.headers.get('Call-ID') ?? '';
    if (message.kind === 'request') {
      if (message.method === 'BYE') peer.reply(message, 200);
      return;
    }
    const invite = invites.get(callId);
    if (invite === undefined || message.status < 200 || message.headers.get('CSeq') !== '1 INVITE') return;
    invites.delete(callId);
    if (message.status >= 300) {
      peer.send(ackToFailure(invite, message), port);
      return;
    }
    const dialog = Dialog.asUac(invite, message);
    dialog.confirm(message);
    peer.send(peer.inDialog(dialog, 'ACK', [], '', 1), port);
    void sleep(random.next() * 80).then(() => peer.send(peer.inDialog(dialog, 'BYE'), port));
  };
  return () => {
    const invite = peer.request('INVITE', `sip:202@127.0.0.1:${port}`, [], sdp(4000));
    invites.set(invite.headers.get('Call-ID') ?? '', invite);
    peer.send(invite, port);
    if (random.next() < 0.4) {
      void sleep(random.next() * 60).then(() => {
        if (invites.has(invite.headers.get('Call-ID') ?? '')) peer.send(cancelFor(invite), port);
      });
    }
  };
}

it(`ends ${calls} calls that cross each other's cancels, answers and BYEs, and leaves nothing behind`, async () => {
  const random = new SeededRandom(7);
  const alice = await bench.peer();
  const bob = await bench.peer();
  bench.steps = () => [bench.toPeer(bob)];
  called(bob, bench.port, random);
  const place = caller(alice, bench.port, random);
  for (let i = 0; i < calls; i++) {
    place();
    await sleep(2);
  }
  for (let i = 0; i < 400 && bench.records.length < calls; i++) await sleep(10);
  const open = bench.calls.filter((call) => call.state !== 'done').map((call) => call.state);
  assert.deepEqual(open, []);
  assert.equal(bench.records.length, calls);
  assert.ok(bench.records.filter((record) => record.answeredWall !== undefined).length > calls / 4);
  await sleep(200);
  assert.equal(Reflect.get(bench.srf, '_dialogs').size, 0);
});
