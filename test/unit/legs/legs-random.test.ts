import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LegCommand, LegEvent } from '../../../src/call/index.js';
import { OutgoingLeg } from '../../../src/legs/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { audio, plainSetup } from '../call/fake-leg.js';
import { FakeApplication, type FakeSent, fakeGround, sdp } from './fake-application.js';

const runs = 3000;

it(`releases an outgoing leg once and last, and leaves no dialog behind, in ${runs} random stories`, () => {
  for (let seed = 1; seed <= runs; seed++) {
    const random = new SeededRandom(seed);
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random.next() * list.length)];
    const application = new FakeApplication();
    const ground = fakeGround(application, seed);
    const leg = new OutgoingLeg(ground, 'leg', { domain: 'example.org', trusted: true });
    const events: LegEvent[] = [];
    leg.on((event) => {
      assert.notEqual(events.at(-1)?.kind, 'released', `seed ${seed}: ${event.kind} after released`);
      events.push(event);
    });
    const { offer, ...rest } = plainSetup;
    leg.do({ kind: 'setup', setup: random.next() < 0.8 ? { ...rest, offer: offer ?? audio(1) } : rest });
    const echoed = new Set<FakeSent>();
    const finished = new Set<FakeSent>();
    const body = (): string => (random.next() < 0.7 ? sdp(5000, 'sendrecv', Math.floor(random.next() * 9)) : '');
    const answerOne = (): void => {
      const sent = pick(application.requests.filter((each) => !finished.has(each)));
      if (sent === undefined) return;
      if (!echoed.has(sent)) {
        echoed.add(sent);
        if (random.next() < 0.1) {
          finished.add(sent);
          sent.sent(new Error('unable to find dialog'));
        } else sent.echo();
        return;
      }
      const status = pick([100, 180, 183, 200, 200, 200, 407, 408, 481, 486, 491, 503]) ?? 200;
      if (status >= 200) finished.add(sent);
      sent.respond(status, body(), {}, { stackDialogId: `dialog-${application.requests.indexOf(sent)}` });
    };
    const commands: readonly LegCommand[] = [
      { kind: 'offer', media: audio(4000) },
      { kind: 'offer' },
      { kind: 'agree', media: audio(4000) },
      { kind: 'refuse', cause: 65, sipStatus: 488 },
      { kind: 'digit', digit: '1', durationMs: 100 },
      { kind: 'transferResult', result: 'accepted' },
      { kind: 'transferResult', result: 'answered' },
      { kind: 'release', cause: 16 },
    ];
    for (let turn = 0; turn < 30; turn++) {
      const dice = random.next();
      if (dice < 0.5) answerOne();
      else if (dice < 0.75) {
        const command = pick(commands.slice(0, random.next() < 0.2 ? 8 : 7));
        if (command !== undefined) leg.do(command);
      } else if (application.dialogs.size > 0) {
        const method =
          pick(['INVITE', 'INVITE', 'UPDATE', 'ACK', 'ACK', 'INFO', 'REFER', 'NOTIFY', 'BYE', 'OPTIONS']) ?? 'ACK';
        if (method !== 'BYE' || random.next() < 0.3)
          application.receive(method, method === 'REFER' ? '' : body(), { 'Refer-To': '<sip:1@x>' });
      }
    }
    leg.do({ kind: 'release', cause: 16 });
    for (let round = 0; round < 10; round++) {
      if (application.dialogs.size > 0) application.receive('ACK');
      for (const sent of application.requests) {
        if (!echoed.has(sent)) sent.echo();
        echoed.add(sent);
        if (!finished.has(sent)) sent.respond(sent.options.method === 'INVITE' ? 487 : 200);
        finished.add(sent);
      }
    }
    assert.equal(events.at(-1)?.kind, 'released', `seed ${seed}`);
    assert.equal(application.dialogs.size, 0, `seed ${seed}: dialogs`);
    assert.equal(ground.live.size, 0, `seed ${seed}: live`);
  }
});
