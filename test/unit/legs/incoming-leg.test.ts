import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause, silentLog } from '../../../src/base/index.js';
import type { LegEvent } from '../../../src/call/index.js';
import { SrfLegs } from '../../../src/legs/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { audio } from '../call/fake-leg.js';
import { FakeApplication, fakeReceived, sdp } from './fake-application.js';

function legsOver(application: FakeApplication): SrfLegs {
  return new SrfLegs({
    application,
    random: new SeededRandom(1),
    log: silentLog,
    userAgent: 'Holdfast/test',
    domain: () => 'example.org',
    trunk: (name) => (name === 't' ? { uri: 'sip:gw.example:5080;transport=tcp' } : undefined),
    trusts: (address) => address === '192.0.2.1',
  });
}

function arrived(body = sdp(4000), fields: Readonly<Record<string, string>> = {}, uri = 'sip:202@h;hf=tok') {
  const application = new FakeApplication();
  const received = fakeReceived('INVITE', uri, body, fields);
  const call = legsOver(application).arrive(received.request, received.reply);
  const events: LegEvent[] = [];
  call?.leg.on((event) => {
    assert.notEqual(events.at(-1)?.kind, 'released', `${event.kind} after released`);
    events.push(event);
  });
  return { application, received, call, leg: call?.leg, events, answers: received.answers };
}

describe('SrfLegs.arrive', () => {
  it('reads the call', () => {
    const { call } = arrived(sdp(4000), { 'P-Asserted-Identity': '<sip:900@x>', Authorization: 'Digest a' });
    assert.equal(call?.token, 'tok');
    assert.equal(call?.authorization, 'Digest a');
    assert.deepEqual(call?.source, { transport: 'udp', address: '192.0.2.8', port: 5070 });
    assert.equal(call?.setup.asserted, undefined, 'not everybody may assert');
    assert.equal(call?.setup.offer?.media[0]?.port, 4000);
  });

  it('takes a number, and a call for help, that come without a host', () => {
    assert.equal(arrived(sdp(1), {}, 'tel:+1-312-555-0100').call?.setup.dialled, '+13125550100');
    assert.equal(arrived(sdp(1), {}, 'tel:911').call?.setup.dialled, '911');
    assert.equal(arrived(sdp(1), {}, 'urn:service:sos').call?.setup.dialled, 'urn:service:sos');
  });

  for (const [name, status, body, fields, uri] of [
    ['a dialog that is not known', 481, sdp(1), { To: '<sip:a@b>;tag=x' }, 'sip:202@h'],
    ['another scheme', 416, sdp(1), {}, 'mailto:a@b'],
    ['an extension that is required', 420, sdp(1), { Require: '100rel' }, 'sip:202@h'],
    ['a loop', 483, sdp(1), { 'Max-Forwards': '0' }, 'sip:202@h'],
    ['a bad description', 488, 'v=0\r\n?', {}, 'sip:202@h'],
  ] as const) {
    it(`refuses ${name} with ${status}`, () => {
      const { call, answers } = arrived(body, fields, uri);
      assert.equal(call, undefined);
      assert.equal(answers[0]?.status, status);
    });
  }

  it('places calls where phone, centre and trunk are', () => {
    const application = new FakeApplication();
    const legs = legsOver(application);
    const { call } = arrived();
    assert.ok(call !== undefined);
    const flow = { transport: 'tcp', address: '2001:db8::1', port: 40000 } as const;
    const binding = {
      token: 't',
      username: '202',
      contact: 'sip:202@10.0.0.9',
      flow,
      callId: 'c',
      cseq: 1,
      expiresAtWall: 0,
    };
    legs.toPhone([{ ...binding, origin: 'served' }]).do({ kind: 'setup', setup: call.setup });
    legs.toCentre('777', undefined, 'sip:192.0.2.1:5060').do({ kind: 'setup', setup: call.setup });
    legs.toTrunk('t', '+4930').do({ kind: 'setup', setup: call.setup });
    assert.deepEqual(
      application.requests.map(({ options }) => [options.uri, options.proxy]),
      [
        ['sip:202@10.0.0.9', 'sip:[2001:db8::1]:40000;transport=tcp'],
        ['sip:777@example.org', 'sip:192.0.2.1:5060'],
        ['sip:+4930@gw.example:5080;transport=tcp', undefined],
      ],
    );
  });
});

describe('IncomingLeg', () => {
  it('alerts, shows early media, answers, and is hung up', () => {
    const { application, leg, answers, events } = arrived();
    leg?.do({ kind: 'alert' });
    leg?.do({ kind: 'progress', media: audio(5000) });
    leg?.do({ kind: 'answer', media: audio(5000), sessionId: 'b'.repeat(32) });
    assert.deepEqual(
      answers.map((each) => each.status),
      [180, 183, 200],
    );
    assert.equal(answers[0]?.body, undefined);
    assert.equal(answers[1]?.body, answers[2]?.body, 'the same media are the same description');
    assert.match(answers[2]?.headers['Session-ID'] ?? '', /^b{32};remote=[0-9a-f]{32}$/);
    application.receive('ACK');
    assert.equal(application.receive('BYE').answers[0]?.status, 200);
    assert.deepEqual(events, [{ kind: 'settled' }, { kind: 'released', cause: 16 }]);
  });

  it('refreshes the session itself, where the caller leaves it the choice', () => {
    const { leg, answers } = arrived();
    leg?.do({ kind: 'answer', media: audio(5000) });
    assert.equal(answers[0]?.headers['Session-Expires'], '1800;refresher=uas');
  });

  it('refuses with the peer’s status, the cause’s, or the challenge', () => {
    for (const [command, status] of [
      [{ cause: 17 }, 486],
      [{ cause: 17, sipStatus: 600 }, 600],
      [{ cause: 21, sipStatus: 407 }, 403],
      [{ cause: 31, sipStatus: 302 }, 480],
    ] as const) {
      const { leg, answers } = arrived();
      leg?.do({ kind: 'release', ...command });
      leg?.do({ kind: 'release', cause: 16 });
      assert.deepEqual(
        answers.map((each) => each.status),
        [status],
      );
      assert.equal(answers[0]?.headers.Reason, `Q.850;cause=${command.cause}`);
    }
    const { leg, answers } = arrived();
    const challenge = [
      ['Proxy-Authenticate', 'Digest a'],
      ['Proxy-Authenticate', 'Digest b'],
    ] as const;
    leg?.do({ kind: 'release', cause: 21, sipStatus: 407, challenge });
    assert.equal(answers[0]?.status, 407);
    assert.equal(answers[0]?.headers['Proxy-Authenticate'], 'Digest a\r\nProxy-Authenticate: Digest b');
  });

  it('is released when its caller cancels, before and in the moment of the answer', () => {
    const first = arrived();
    first.received.cancel();
    first.leg?.do({ kind: 'answer', media: audio(5000) });
    first.leg?.do({ kind: 'release', cause: 16 });
    assert.deepEqual(first.answers, []);
    assert.deepEqual(first.events, [{ kind: 'released', cause: cause.normalClearing }]);
    const second = arrived();
    second.received.fail = new Error('transaction not found, or already answered');
    second.leg?.do({ kind: 'answer', media: audio(5000) });
    assert.deepEqual(second.events, [{ kind: 'released', cause: cause.normalClearing }]);
  });

  it('hears what happened before anybody listened', () => {
    const application = new FakeApplication();
    const received = fakeReceived('INVITE', 'sip:202@h', sdp(4000));
    const call = legsOver(application).arrive(received.request, received.reply);
    received.cancel();
    const events: LegEvent[] = [];
    call?.leg.on((event) => events.push(event));
    assert.equal(events.length, 1);
  });

  it('waits for the ACK before it hangs up or offers anew', () => {
    const hanging = arrived();
    hanging.leg?.do({ kind: 'answer', media: audio(5000) });
    hanging.leg?.do({ kind: 'release', cause: 16 });
    assert.equal(hanging.events.at(-1)?.kind, 'released');
    assert.equal(hanging.application.requests.length, 0);
    hanging.application.receive('ACK');
    hanging.application.last('BYE');
    const offering = arrived();
    offering.leg?.do({ kind: 'answer', media: audio(5000) });
    offering.leg?.do({ kind: 'offer', media: audio(6000) });
    assert.equal(offering.application.requests.length, 0);
    offering.application.receive('ACK');
    assert.match(offering.application.last('INVITE').options.body ?? '', /m=audio 6000/);
  });

  it('takes the answer to its late offer from the ACK, and says so when there is none', () => {
    for (const [body, kind] of [
      [sdp(4000), 'agreed'],
      ['', 'refused'],
    ] as const) {
      const { application, leg, events, answers } = arrived('');
      leg?.do({ kind: 'progress', media: audio(5000) });
      assert.equal(answers[0]?.body, undefined, 'an offer may not stand in an unreliable 183');
      leg?.do({ kind: 'answer', media: audio(5000) });
      application.receive('ACK', body);
      assert.equal(events.at(-1)?.kind, kind);
    }
  });

  it('ends with its SIP server', () => {
    const { application, leg, events } = arrived();
    leg?.do({ kind: 'answer', media: audio(5000) });
    application.loseServer();
    assert.deepEqual(events, [{ kind: 'settled' }, { kind: 'released', cause: cause.temporaryFailure, lost: true }]);
    assert.equal(application.dialogs.size, 0);
  });
});
