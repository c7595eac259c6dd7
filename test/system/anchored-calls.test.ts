import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { systemClock, systemRandom } from '../../appliance/io/index.js';
import { silentLog } from '../../src/base/index.js';
import { MediaAnchors } from '../../src/legs/index.js';
import { mediaNegotiations, type TransportAddress, tonesOf } from '../../src/media/index.js';
import { Dialog, type SipMessage, type SipRequest } from '../../src/sip/index.js';
import { configurationOf } from '../unit/config/sample.js';
import { LegsBench } from './legs-bench.js';
import type { LegsPeer } from './legs-peer.js';
import { MediaController, MediaProcess, pause, until } from './media-process.js';
import { VoiceEnd } from './voice-end.js';

/** Where the engine's ports are: an address that no other test binds. */
const box = '127.0.0.19';
const tones = { alice: 440, bob: 1000, other: 1750 } as const;

interface Side {
  readonly peer: LegsPeer;
  readonly dialog: Dialog;
}

function body(rows: readonly string[], version = 1): string {
  return ['v=0', `o=- 7 ${version} IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...rows, ''].join('\r\n');
}

function voice(port: number, ...rows: readonly string[]): readonly string[] {
  return [`m=audio ${port} RTP/AVP 0`, ...rows];
}

function fax(port: number): readonly string[] {
  return [`m=image ${port} udptl t38`, 'a=T38FaxVersion:0', 'a=T38MaxBitRate:14400'];
}

/** Where a body of ours wants to be sent to. */
function place(message: SipMessage): TransportAddress {
  const text = message.body.toString();
  assert.match(text, new RegExp(`^c=IN IP4 ${box.replaceAll('.', '\\.')}\\r?$`, 'm'));
  return { host: box, port: Number(/^m=\w+ (\d+)/m.exec(text)?.[1] ?? 0) };
}

function direction(message: SipMessage): string {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(message.body.toString())?.[1] ?? '';
}

/** Scripted telephones, a real SIP server, real legs, and the media engine as a process: who is heard, whatever is negotiated. */
describe('calls through the media engine', () => {
  let bench: LegsBench;
  let engine: MediaProcess;
  let controller: MediaController;
  let version = 1;
  const ends: VoiceEnd[] = [];

  before(async () => {
    engine = new MediaProcess();
    controller = await MediaController.start(engine.socket, box, 30_000);
    bench = await LegsBench.open();
    bench.anchors = new MediaAnchors({
      engine: controller.ports,
      negotiations: mediaNegotiations(systemRandom),
      clock: systemClock,
      log: silentLog,
      settings: () => configurationOf().media,
      network: () => 'inside',
      announcements: {
        music: () => undefined,
        ringing: () => tonesOf('1').ringback,
        preempted: () => tonesOf('1').preemption,
      },
    });
  });
  after(async () => {
    for (const end of ends) end.close();
    await bench.close();
    controller.vanish();
    await engine.stop();
  });

  async function end(frequency: number): Promise<VoiceEnd> {
    const opened = await VoiceEnd.open('127.0.0.1', frequency);
    ends.push(opened);
    return opened;
  }

  /** Fresh telephones; every call goes to bob. */
  async function telephones() {
    const [alice, bob] = [await bench.peer(), await bench.peer()];
    bench.steps = () => [bench.toPeer(bob)];
    return { alice, bob, aVoice: await end(tones.alice), bVoice: await end(tones.bob) };
  }

  /** Two that talk and hear each other. */
  async function talking() {
    const { alice, bob, aVoice, bVoice } = await telephones();
    const invite = alice.request('INVITE', `sip:202@127.0.0.1:${bench.port}`, [], body(voice(aVoice.address.port)));
    alice.send(invite, bench.port);
    const incoming = await bob.take('INVITE');
    const answered = bob.reply(incoming, 200, [], body(voice(bVoice.address.port)));
    await bob.take('ACK');
    const ok = await alice.take(200);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], '', 1), bench.port);
    const b = Dialog.asUas(incoming, answered);
    b.confirm();
    aVoice.speak(place(ok));
    bVoice.speak(place(incoming));
    await heard(aVoice, tones.bob);
    await heard(bVoice, tones.alice);
    return { a: { peer: alice, dialog: a }, b: { peer: bob, dialog: b }, aVoice, bVoice };
  }

  /** From now on this tone and nothing else. */
  async function heard(by: VoiceEnd, frequency: number): Promise<void> {
    const since = systemClock.now() + 60;
    await until(`${frequency} Hz is heard`, () => by.packetsSince(since) >= 10 && by.toneSince(since, frequency) > 0.9);
  }

  async function silent(by: VoiceEnd): Promise<void> {
    // What was on its way when the other side agreed.
    await pause(200);
    const since = systemClock.now();
    await pause(300);
    assert.equal(by.packetsSince(since), 0);
  }

  /** A re-INVITE that the other side is to hear of. Returns its offer and our answer to the first. */
  async function renegotiate(from: Side, to: Side, offer: readonly string[], answer: readonly string[]) {
    version++;
    from.peer.send(from.peer.inDialog(from.dialog, 'INVITE', [], body(offer, version)), bench.port);
    const passed = await to.peer.take('INVITE');
    to.peer.reply(passed, 200, [], body(answer, version));
    const acknowledged = to.peer.take('ACK');
    const ok = await from.peer.take(200);
    from.peer.send(from.peer.inDialog(from.dialog, 'ACK', [], '', cseqOf(ok)), bench.port);
    await acknowledged;
    return { passed, ok };
  }

  async function hangUp(from: Side, to: Side): Promise<void> {
    from.peer.send(from.peer.inDialog(from.dialog, 'BYE'), bench.port);
    to.peer.reply(await to.peer.take('BYE'), 200);
    await from.peer.take(200);
  }

  it('hold and retrieve in every way that telephones know', async () => {
    const { a, b, aVoice, bVoice } = await talking();
    const variants: readonly (readonly [rows: readonly string[], passed: string, answer: string])[] = [
      [['a=sendonly'], 'sendonly', 'recvonly'],
      [['a=inactive'], 'inactive', 'inactive'],
      [['c=IN IP4 0.0.0.0'], 'sendonly', 'recvonly'],
      [['a=recvonly'], 'recvonly', 'sendonly'],
    ];
    for (const [rows, wanted, answer] of variants) {
      const { port } = aVoice.address;
      const { passed, ok } = await renegotiate(a, b, voice(port, ...rows), voice(bVoice.address.port, `a=${answer}`));
      assert.equal(direction(passed), wanted);
      assert.equal(direction(ok), answer);
      if (wanted === 'sendonly') await heard(bVoice, tones.alice);
      else await silent(bVoice);
      if (wanted === 'recvonly') await heard(aVoice, tones.bob);
      else await silent(aVoice);
      await renegotiate(a, b, voice(port), voice(bVoice.address.port));
      await heard(aVoice, tones.bob);
      await heard(bVoice, tones.alice);
    }
    await hangUp(a, b);
  });

  it('go on when one telephone moves, and the other is not told', async () => {
    const { a, b, aVoice, bVoice } = await talking();
    const moved = await end(tones.other);
    const invites = b.peer.count('INVITE');
    version++;
    a.peer.send(a.peer.inDialog(a.dialog, 'INVITE', [], body(voice(moved.address.port), version)), bench.port);
    const ok = await a.peer.take(200);
    a.peer.send(a.peer.inDialog(a.dialog, 'ACK', [], '', cseqOf(ok)), bench.port);
    aVoice.hush();
    moved.speak(place(ok));
    await heard(moved, tones.bob);
    await heard(bVoice, tones.other);
    assert.equal(b.peer.count('INVITE'), invites);
    await hangUp(b, a);
  });

  it('pass a fax as it is, and go back to voice', async () => {
    const { a, b, aVoice, bVoice } = await talking();
    for (const voices of [aVoice, bVoice]) voices.hush();
    const [aFax, bFax] = [await udp(), await udp()];
    const { passed, ok } = await renegotiate(a, b, fax(aFax.address().port), fax(bFax.address().port));
    assert.match(passed.body.toString(), /^m=image \d+ udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400/m);
    // T.30 indicators in UDPTL (T.38 §9.1): no RTP, and nothing that could be taken for it.
    await passes(aFax, place(ok), bFax, Buffer.from('000001000000', 'hex'));
    await passes(bFax, place(passed), aFax, Buffer.from('0001060180000110', 'hex'));
    for (const socket of [aFax, bFax]) socket.close();
    const back = await renegotiate(a, b, voice(aVoice.address.port), voice(bVoice.address.port));
    aVoice.speak(place(back.ok));
    bVoice.speak(place(back.passed));
    await heard(aVoice, tones.bob);
    await heard(bVoice, tones.alice);
    await hangUp(a, b);
  });

  it('go on as they were when a fax is turned down', async () => {
    const { a, b, aVoice, bVoice } = await talking();
    version++;
    a.peer.send(a.peer.inDialog(a.dialog, 'INVITE', [], body(fax(9000), version)), bench.port);
    b.peer.reply(await b.peer.take('INVITE'), 488);
    const refused = await a.peer.take(488);
    a.peer.send(a.peer.inDialog(a.dialog, 'ACK', [], '', cseqOf(refused)), bench.port);
    await heard(aVoice, tones.bob);
    await heard(bVoice, tones.alice);
    await hangUp(a, b);
  });

  it('go back to voice when a fax is turned down by a closed port', async () => {
    const { a, b, aVoice, bVoice } = await talking();
    version++;
    a.peer.send(a.peer.inDialog(a.dialog, 'INVITE', [], body(fax(9000), version)), bench.port);
    b.peer.reply(await b.peer.take('INVITE'), 200, [], body(['m=image 0 udptl t38'], version));
    await b.peer.take('ACK');
    const refused = await a.peer.take(488);
    a.peer.send(a.peer.inDialog(a.dialog, 'ACK', [], '', cseqOf(refused)), bench.port);
    b.peer.reply(await b.peer.take('INVITE'), 200, [], body(voice(bVoice.address.port), version + 1));
    await b.peer.take('ACK');
    await heard(aVoice, tones.bob);
    await heard(bVoice, tones.alice);
    await hangUp(a, b);
  });

  it('begin without an offer', async () => {
    const { alice, bob, aVoice, bVoice } = await telephones();
    const invite = alice.request('INVITE', `sip:202@127.0.0.1:${bench.port}`);
    alice.send(invite, bench.port);
    const incoming = await bob.take('INVITE');
    const answered = bob.reply(incoming, 200, [], body(voice(bVoice.address.port)));
    const ok = await alice.take(200);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], body(voice(aVoice.address.port)), 1), bench.port);
    const acknowledged = await bob.take('ACK');
    const b = Dialog.asUas(incoming, answered);
    b.confirm();
    aVoice.speak(place(ok));
    bVoice.speak(place(incoming.body.length > 0 ? incoming : acknowledged));
    await heard(aVoice, tones.bob);
    await heard(bVoice, tones.alice);
    await hangUp({ peer: bob, dialog: b }, { peer: alice, dialog: a });
  });

  it('let the caller hear each fork in turn, and then who answered', async () => {
    const { alice, bob, aVoice, bVoice } = await telephones();
    const other = await end(tones.other);
    const invite = alice.request('INVITE', `sip:202@127.0.0.1:${bench.port}`, [], body(voice(aVoice.address.port)));
    alice.send(invite, bench.port);
    const incoming = await bob.take('INVITE');
    const respond = (status: number, tag: string, from: VoiceEnd): void => {
      const response = bob.response(incoming, status, [], body(voice(from.address.port)));
      response.headers.set('To', `${incoming.headers.get('To')};tag=${tag}`);
      bob.send(response, viaPort(incoming));
    };
    for (const from of [bVoice, other]) from.speak(place(incoming));
    respond(183, 'one', bVoice);
    const early = await alice.take(183);
    aVoice.speak(place(early));
    await heard(aVoice, tones.bob);
    respond(183, 'two', other);
    await heard(aVoice, tones.other);
    respond(200, 'one', bVoice);
    await bob.take('ACK');
    const ok = await alice.take(200);
    assert.equal(place(ok).port, place(early).port);
    await heard(aVoice, tones.bob);
    await heard(bVoice, tones.alice);
    const a = Dialog.asUac(invite, ok);
    a.confirm(ok);
    alice.send(alice.inDialog(a, 'ACK', [], '', 1), bench.port);
    alice.send(alice.inDialog(a, 'BYE'), bench.port);
    bob.reply(await bob.take('BYE'), 200);
    await alice.take(200);
  });
});

function cseqOf(message: SipMessage): number {
  return Number.parseInt(message.headers.get('CSeq') ?? '', 10);
}

function viaPort(request: SipRequest): number {
  return Number(/^SIP\/2\.0\/UDP [^;:]+:(\d+)/.exec(request.headers.get('Via') ?? '')?.[1]);
}

async function udp(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** `datagram` arrives as it was sent; sent again until then, because UDP may lose it. */
async function passes(from: Socket, to: TransportAddress, at: Socket, datagram: Buffer): Promise<void> {
  let arrived: Buffer | undefined;
  at.once('message', (bytes) => {
    arrived = bytes;
  });
  await until('the fax goes through', () => {
    if (arrived === undefined) from.send(datagram, to.port, to.host);
    return arrived !== undefined;
  });
  assert.deepEqual(arrived, datagram);
}
