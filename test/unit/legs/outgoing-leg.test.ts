import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cause, Secret } from '../../../src/base/index.js';
import type { LegEvent } from '../../../src/call/index.js';
import { digestCredentials, OutgoingLeg, type OutgoingTarget } from '../../../src/legs/index.js';
import { type MediaDescription, parseSdp } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { audio, plainSetup } from '../call/fake-leg.js';
import { FakeApplication, fakeGround, sdp } from './fake-application.js';

function placed(target: Partial<OutgoingTarget> = {}, setup = plainSetup) {
  const application = new FakeApplication();
  const leg = new OutgoingLeg(fakeGround(application), 'leg', { domain: 'example.org', trusted: true, ...target });
  const events: LegEvent[] = [];
  leg.on((event) => {
    assert.notEqual(events.at(-1)?.kind, 'released', `${event.kind} after released`);
    events.push(event);
  });
  leg.do({ kind: 'setup', setup });
  return { application, leg, events, kinds: () => events.map((event) => event.kind) };
}

function answered(target: Partial<OutgoingTarget> = {}) {
  const all = placed(target);
  all.application.last('INVITE').echo().respond(200, sdp(5000));
  return all;
}

describe('OutgoingLeg: before the answer', () => {
  it('tells every stage', () => {
    const { application, events, kinds } = placed();
    const invite = application.last('INVITE').echo();
    assert.equal(invite.options.uri, 'sip:202@example.org');
    for (const status of [100, 181, 180, 183]) invite.respond(status, status === 183 ? sdp(5000) : '');
    invite.respond(200, sdp(5000), { 'Session-ID': `${'a'.repeat(32)};remote=${'b'.repeat(32)}` });
    assert.deepEqual(kinds(), ['proceeding', 'proceeding', 'alerting', 'progress', 'answered']);
    const last = events.at(-1);
    assert.ok(last?.kind === 'answered');
    assert.equal(last.sessionId, 'a'.repeat(32));
    assert.equal(last.media?.media[0]?.port, 5000);
    assert.deepEqual(invite.acks, [undefined]);
  });

  it('is unreachable when there is no SIP server', () => {
    const application = new FakeApplication();
    application.failure = new Error('cannot call app#request in unconnected state');
    const leg = new OutgoingLeg(fakeGround(application), 'leg', { domain: 'x', trusted: true });
    const events: LegEvent[] = [];
    leg.on((event) => events.push(event));
    leg.do({ kind: 'setup', setup: plainSetup });
    leg.do({ kind: 'release', cause: 16 });
    assert.deepEqual(events, [{ kind: 'released', cause: cause.networkOutOfOrder, unreachable: 'refused' }]);
  });

  it('tells a response that nobody sent from one that somebody sent', () => {
    for (const [status, address, reason, unreachable] of [
      [408, '', 'SIP;cause=408;text="no answer from 192.0.2.7:5060"', 'silent'],
      [503, '', 'SIP;cause=503;text="ECONNREFUSED 192.0.2.7:5060"', 'refused'],
      [503, '', 'SIP;cause=503;text="DNS no address for x"', 'unresolved'],
      [408, '192.0.2.7', '', undefined],
      [503, '192.0.2.7', '', undefined],
      [486, '', '', undefined],
    ] as const) {
      const { application, events } = placed();
      application.last('INVITE').echo().respond(status, '', { Reason: reason }, { source_address: address });
      const released = events.at(-1);
      assert.ok(released?.kind === 'released');
      assert.equal(released.unreachable, unreachable, `${status} ${reason}`);
      assert.equal(released.sipStatus, unreachable === undefined ? status : undefined);
    }
  });

  it('cancels once it is known to have left, and takes no late answer for one', () => {
    const { application, leg, kinds } = placed();
    const invite = application.last('INVITE');
    leg.do({ kind: 'release', cause: cause.nonSelectedUserClearing });
    leg.do({ kind: 'release', cause: 16 });
    assert.deepEqual(kinds(), ['released']);
    assert.deepEqual(invite.cancels, []);
    invite.echo();
    assert.deepEqual(invite.cancels, [{ Reason: 'SIP;cause=200;text="Call completed elsewhere"' }]);
    invite.respond(180).respond(200, sdp(5000));
    assert.equal(invite.acks.length, 1);
    application.last('BYE').echo().respond(200);
    assert.equal(application.dialogs.size, 0);
    assert.deepEqual(kinds(), ['released']);
  });

  it('rejects the media of a late offer that crosses the cancel', () => {
    const { offer: _, ...setup } = plainSetup;
    const { application, leg } = placed({}, setup);
    const invite = application.last('INVITE').echo();
    assert.equal(invite.options.body, undefined);
    leg.do({ kind: 'release', cause: 16 });
    invite.respond(200, sdp(5000));
    assert.match(invite.acks[0]?.body ?? '', /m=audio 0 /);
    application.last('BYE');
  });

  it('passes redirections, best first', () => {
    const { application, events } = placed();
    const contact = '<sip:301@x>;q=0.1, <sip:302@x>;q=0.9, <mailto:a@b>';
    application.last('INVITE').echo().respond(302, '', { Contact: contact });
    assert.deepEqual(events.at(-1), {
      kind: 'released',
      cause: cause.normalUnspecified,
      sipStatus: 302,
      redirectTo: ['302', '301'],
    });
  });

  it('does not send what has no hops left', () => {
    const { application, events } = placed({}, { ...plainSetup, hopsLeft: -1 });
    assert.equal(application.requests.length, 0);
    assert.deepEqual(events, [{ kind: 'released', cause: 25, sipStatus: 483 }]);
  });

  it('answers one challenge, and no second', () => {
    const realm = 'example.org';
    const user = { username: '201', realm, ha1: { md5: new Secret('0'.repeat(32)) } };
    const { application, events } = placed({ credentials: digestCredentials(user, new SeededRandom(1)) });
    const challenge = { 'Proxy-Authenticate': `Digest realm="${realm}", nonce="n"` };
    application.last('INVITE').echo().respond(407, '', challenge);
    const again = application.last('INVITE');
    assert.equal(application.requests.length, 2);
    assert.equal(again.options.headers?.CSeq, '6 INVITE');
    assert.equal(again.options.headers?.['Call-ID'], 'c1');
    assert.equal(again.options.headers?.From, '<sip:a@b>;tag=t');
    again.echo().respond(407, '', challenge);
    assert.equal(application.requests.length, 2);
    assert.deepEqual(events.at(-1), {
      kind: 'released',
      cause: cause.callRejected,
      sipStatus: 407,
      challenge: [['Proxy-Authenticate', challenge['Proxy-Authenticate']]],
    });
  });

  it('asks for a session timer that it refreshes itself, and takes the far end’s floor once (RFC 4028 §7.3)', () => {
    const { application, events } = placed();
    const first = application.last('INVITE').echo();
    assert.equal(first.options.headers?.['Session-Expires'], '1800;refresher=uac');
    assert.equal(first.options.headers?.['Min-SE'], '90');
    assert.match(first.options.headers?.Supported ?? '', /timer/);
    first.respond(422, '', { 'Min-SE': '3600' });
    const again = application.last('INVITE').echo();
    assert.notEqual(again, first);
    assert.equal(again.options.headers?.['Session-Expires'], '3600;refresher=uac');
    assert.equal(again.options.headers?.['Min-SE'], '3600');
    assert.equal(again.options.headers?.CSeq, '6 INVITE');
    again.respond(422, '', { 'Min-SE': '7200' });
    const released = events.at(-1);
    assert.ok(released?.kind === 'released' && released.sipStatus === 422);
    assert.equal(application.requests.length, 2);
  });

  it('leaves the refreshing to a far end that challenges', () => {
    const user = { username: '201', realm: 'r', ha1: { md5: new Secret('0'.repeat(32)) } };
    const { application } = placed({ credentials: digestCredentials(user, new SeededRandom(1)) });
    assert.equal(application.last('INVITE').options.headers?.['Session-Expires'], '1800;refresher=uas');
  });

  it('does not answer a challenge of another realm', () => {
    const user = { username: '201', realm: 'example.org', ha1: { md5: new Secret('0'.repeat(32)) } };
    const { application, kinds } = placed({ credentials: digestCredentials(user, new SeededRandom(1)) });
    application.last('INVITE').echo().respond(407, '', { 'Proxy-Authenticate': 'Digest realm="evil", nonce="n"' });
    assert.equal(application.requests.length, 1);
    assert.deepEqual(kinds(), ['released']);
  });

  it('offers only what the far end takes, and answers in the caller’s own lines', () => {
    const both = parseSdp(sdp(4000, 'sendrecv', 1, 'm=video 4002 RTP/AVP 99\r\n'));
    assert.ok(both.ok);
    const takes = (media: MediaDescription): boolean => media.media === 'audio';
    const { application, events } = placed({ takes }, { ...plainSetup, offer: both.value });
    const invite = application.last('INVITE').echo();
    assert.doesNotMatch(invite.options.body ?? '', /video/);
    invite.respond(200, sdp(5000));
    const last = events.at(-1);
    assert.ok(last?.kind === 'answered');
    assert.deepEqual(
      last.media?.media.map((each) => [each.media, each.port]),
      [
        ['audio', 5000],
        ['video', 0],
      ],
    );
  });
});

describe('OutgoingLeg: talking', () => {
  it('tells a session that could not be refreshed from one that somebody ended', () => {
    const { application, events } = answered();
    const reason = { Reason: 'SIP;cause=200;text="Session timer expired"' };
    application.receive('BYE', '', reason, 'application');
    assert.deepEqual(events.at(-1), {
      kind: 'released',
      cause: cause.recoveryOnTimerExpiry,
      lost: true,
      unreachable: 'silent',
    });
  });

  it('is released by BYE, by a lost session and by a lost SIP server, each once', () => {
    for (const [end, expected] of [
      [(a: FakeApplication) => a.receive('BYE'), 16],
      [(a: FakeApplication) => a.receive('BYE', '', { Reason: 'Q.850;cause=31' }), 31],
      [
        (a: FakeApplication) => a.receive('BYE', '', { Reason: 'SIP;cause=200;text="ACK timeout"' }, 'application'),
        102,
      ],
    ] as const) {
      const { application, leg, events } = answered();
      end(application);
      leg.do({ kind: 'release', cause: 16 });
      assert.deepEqual(events.at(-1), { kind: 'released', cause: expected });
      assert.equal(application.dialogs.size, 0);
      assert.equal(application.requests.length, 1);
    }
  });

  it('hangs up with its cause, and answers what still comes', () => {
    const { application, leg, kinds } = answered();
    leg.do({ kind: 'release', cause: 38 });
    assert.equal(application.last('BYE').options.headers?.Reason, 'Q.850;cause=38');
    assert.deepEqual(application.receive('INFO').answers[0]?.status, 481);
    assert.deepEqual(application.receive('BYE').answers[0]?.status, 200);
    assert.deepEqual(kinds(), ['answered', 'released']);
    assert.equal(application.dialogs.size, 0);
  });

  it('negotiates again after a refusal', () => {
    const { application, leg, events } = answered();
    leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
    application.last('INVITE').echo().respond(488);
    assert.deepEqual(events.at(-1), { kind: 'refused', cause: cause.bearerNotImplemented, sipStatus: 488 });
    leg.do({ kind: 'offer', media: audio(4000, 'inactive') });
    application
      .last('INVITE')
      .echo()
      .respond(200, sdp(5000, 'inactive', 2));
    assert.equal(events.at(-1)?.kind, 'agreed');
    assert.equal(application.requests.length, 3);
  });

  it('keeps the call when a re-INVITE finds the line cut, and ends it when the peer forgot it', () => {
    const { application, leg, events } = answered();
    leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
    application.last('INVITE').echo().respond(408, '', {}, { source_address: '' });
    assert.deepEqual(events.at(-1), { kind: 'refused', cause: cause.recoveryOnTimerExpiry });
    leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
    application.last('INVITE').echo().respond(481);
    assert.equal(events.at(-1)?.kind, 'released');
    application.last('BYE').echo().respond(481);
    assert.equal(application.dialogs.size, 0);
  });

  it('takes one negotiation at a time', () => {
    const { application, leg, events } = answered();
    leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
    leg.do({ kind: 'offer', media: audio(4000, 'inactive') });
    assert.deepEqual(events.at(-1), { kind: 'refused', cause: cause.temporaryFailure, sipStatus: 491 });
    assert.equal(application.receive('INVITE', sdp(5000, 'sendonly', 2)).answers[0]?.status, 491);
    application.last('INVITE').echo().respond(491);
    const asked = application.receive('INVITE', sdp(5000, 'sendonly', 3));
    assert.equal(events.at(-1)?.kind, 'offered');
    const second = application.receive('INVITE', sdp(5000, 'sendonly', 4));
    assert.deepEqual(second.answers[0]?.status, 500);
    assert.ok(second.answers[0]?.headers['Retry-After'] !== undefined);
    leg.do({ kind: 'agree', media: audio(4000, 'recvonly') });
    assert.equal(asked.answers[0]?.status, 200);
  });

  it('takes an offer by UPDATE, which has no ACK', () => {
    const { application, leg } = answered();
    const update = application.receive('UPDATE', sdp(5000, 'sendonly', 2));
    leg.do({ kind: 'agree', media: audio(4000, 'recvonly') });
    assert.equal(update.answers[0]?.status, 200);
    leg.do({ kind: 'offer', media: audio(4000) });
    assert.equal(application.last('INVITE'), application.requests.at(-1));
    assert.equal(application.requests.length, 2);
  });

  it('forgets a re-INVITE that its sender cancelled', () => {
    const { application, leg } = answered();
    const asked = application.receive('INVITE', sdp(5000, 'sendonly', 2));
    asked.cancel();
    leg.do({ kind: 'agree', media: audio(4000) });
    assert.deepEqual(asked.answers, []);
    application.receive('INVITE', sdp(5000, 'sendonly', 3));
    leg.do({ kind: 'refuse', cause: 65, sipStatus: 488 });
  });

  it('refuses what cannot be read, and reads a part of a multipart body', () => {
    const { application, events } = answered();
    assert.equal(application.receive('INVITE', 'v=0\r\nbad').answers[0]?.status, 488);
    const handler = [...application.dialogs.values()][0];
    assert.ok(handler !== undefined);
    const before = events.length;
    const { request, reply } = application.receive('OPTIONS');
    handler.handle(
      {
        ...request,
        method: 'INVITE',
        body: '--b\r\n',
        get: (name) => (name === 'Content-Type' ? 'multipart/mixed;boundary=b' : undefined),
        payload: [{ type: 'application/sdp', content: `${sdp(5004, 'sendonly', 5)}\r\n--b--\r\n` }],
      },
      reply,
    );
    const offered = events[before];
    assert.ok(offered?.kind === 'offered');
    assert.equal(offered.media?.media[0]?.port, 5004);
  });

  it('does not bring a process down by a bug of its own', () => {
    const { application, events } = answered();
    const handler = [...application.dialogs.values()][0];
    const { request, reply } = application.receive('OPTIONS');
    handler?.handle(
      {
        ...request,
        method: 'INFO',
        get: () => {
          throw new Error('a bug');
        },
      },
      reply,
    );
    assert.deepEqual(events.at(-1), { kind: 'released', cause: cause.temporaryFailure });
  });
});
