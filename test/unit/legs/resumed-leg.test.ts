import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret, silentLog } from '../../../src/base/index.js';
import type { Leg, LegContinuation, LegEvent } from '../../../src/call/index.js';
import { SrfLegs } from '../../../src/legs/index.js';
import { ha1 } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { audio, plainSetup } from '../call/fake-leg.js';
import { FakeApplication, fakeReceived, sdp } from './fake-application.js';

const realm = 'example.org';
const challenge = `Digest realm="${realm}", nonce="n", algorithm=MD5, qop="auth"`;

function legsOver(application: FakeApplication): SrfLegs {
  return new SrfLegs({
    application,
    random: new SeededRandom(1),
    log: silentLog,
    userAgent: 'Holdfast/test',
    domain: () => realm,
    trunk: (name) =>
      name === 't'
        ? { uri: 'sip:gw.example', credentials: { username: 'gate', password: new Secret('p') } }
        : undefined,
    user: (username) =>
      username === '201' ? { username, realm, ha1: { md5: new Secret(ha1(username, realm, 'p', 'MD5')) } } : undefined,
    trusts: () => true,
  });
}

function heard(leg: Leg | undefined): LegEvent[] {
  const events: LegEvent[] = [];
  leg?.on((event) => {
    assert.notEqual(events.at(-1)?.kind, 'released', `${event.kind} after released`);
    events.push(event);
  });
  return events;
}

/** An outgoing leg that was answered, and what it left. */
function outgoing(legs: SrfLegs, application: FakeApplication, leg: Leg): LegContinuation {
  assert.equal(leg.continuation?.(), undefined, 'there is no dialog yet');
  leg.do({ kind: 'setup', setup: plainSetup });
  application.last('INVITE').echo().respond(200, sdp(5000));
  const kept = leg.continuation?.();
  assert.ok(kept !== undefined && legs !== undefined);
  return kept;
}

const centre = (legs: SrfLegs): Leg =>
  legs.toCentre('202', { username: '201', realm, ha1: { md5: new Secret('0'.repeat(32)) } }, 'sip:192.0.2.9');

/** The leg in the next process, which has its own connection. */
function next(kept: LegContinuation) {
  const application = new FakeApplication();
  const legs = legsOver(application);
  const end = legs.resume(JSON.parse(JSON.stringify(kept)));
  assert.ok(end !== undefined);
  return { application, legs, leg: end.leg, described: end.described, events: heard(end.leg) };
}

function kept(): LegContinuation {
  const application = new FakeApplication();
  const legs = legsOver(application);
  return outgoing(legs, application, centre(legs));
}

describe('what a leg leaves to the next process', () => {
  it('is its dialog, both descriptions and by whose name it answers challenges; no secret', () => {
    const left = kept();
    assert.deepEqual(Object.keys(left).sort(), ['dialog', 'id', 'received', 'sent', 'session', 'username']);
    assert.equal(left.dialog, 'dialog-1');
    assert.equal(left.username, '201');
    assert.match(left.sent ?? '', new RegExp(`o=holdfast ${left.session} ${left.session} .*m=audio 4000`, 's'));
    assert.match(left.received ?? '', /m=audio 5000/);
    const application = new FakeApplication();
    const legs = legsOver(application);
    assert.equal(outgoing(legs, application, legs.toTrunk('t', '+1')).trunk, 't');
  });

  it('is known for an incoming leg before its answer, which is the one that is then given', () => {
    const application = new FakeApplication();
    const received = fakeReceived('INVITE', 'sip:202@h', sdp(4000), { 'Call-ID': 'c7' });
    const silent = { ...received.reply, stackDialogId: '' };
    const leg = legsOver(application).arrive(received.request, silent)?.leg;
    const answer = audio(5000);
    const before = leg?.continuation?.(answer);
    assert.equal(before?.dialog, 'c7;from-tag=f');
    leg?.do({ kind: 'answer', media: answer });
    assert.equal(received.answers[0]?.body, before?.sent);
  });

  it('is told again when the server names the dialog otherwise', () => {
    const application = new FakeApplication();
    const received = fakeReceived('INVITE', 'sip:202@h', sdp(4000), { 'Call-ID': 'c7' });
    const leg = legsOver(application).arrive(received.request, received.reply)?.leg;
    const events = heard(leg);
    leg?.do({ kind: 'answer', media: audio(5000) });
    assert.deepEqual(events, [{ kind: 'settled' }]);
    assert.equal(leg?.continuation?.()?.dialog, 'dialog-1');
  });

  it('survives more than one process', () => {
    const left = kept();
    assert.deepEqual(next(left).leg.continuation?.(), left);
  });
});

describe('a resumed leg', () => {
  it('hears its dialog at once, before anybody asked for it', () => {
    const { application, events, described } = next(kept());
    assert.equal(described?.media[0]?.port, 5000);
    assert.equal(application.receive('INFO', 'Signal=5\r\nDuration=100', dtmf).answers[0]?.status, 200);
    assert.equal(application.receive('BYE').answers[0]?.status, 200);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['digit', 'released'],
    );
    assert.equal(application.dialogs.size, 0);
  });

  it('looks for its dialog by an OPTIONS whose answer does not matter', () => {
    for (const status of [200, 405, 481, 408]) {
      const { application, legs, events } = next(kept());
      assert.equal(application.requests.length, 0, 'not before there is a connection');
      legs.confirmResumed();
      assert.equal(application.last('OPTIONS').options.stackDialogId, 'dialog-1');
      application.last('OPTIONS').echo().respond(status);
      assert.deepEqual(events, []);
      legs.confirmResumed();
      assert.equal(application.requests.length, 1, 'once is enough');
      application.loseServer();
      assert.deepEqual(events, [{ kind: 'released', cause: 41, lost: true }]);
    }
  });

  it('is over when the SIP server does not have the dialog', () => {
    const { application, legs, events } = next(kept());
    legs.confirmResumed();
    application.last('OPTIONS').sent(new Error('unable to find dialog for dialogid dialog-1'));
    assert.deepEqual(events, [{ kind: 'released', cause: 41, lost: true }]);
    assert.equal(application.dialogs.size, 0);
    assert.equal(application.requests.length, 1, 'nobody is there to hear a BYE');
  });

  it('waits for a SIP server that is not there yet, and asks again', () => {
    const { application, legs, events } = next(kept());
    application.loseServer();
    application.failure = new Error('no connection');
    legs.confirmResumed();
    application.failure = undefined;
    legs.confirmResumed();
    application.last('OPTIONS').sent(new Error('provided socket has been destroyed'));
    assert.deepEqual(events, []);
    legs.confirmResumed();
    assert.equal(application.requests.length, 2);
    application.last('OPTIONS').echo();
    legs.confirmResumed();
    assert.equal(application.requests.length, 2);
  });

  it('is released at once, and says BYE as soon as it can', () => {
    const { application, legs, leg, events } = next(kept());
    leg.do({ kind: 'release', cause: 41 });
    leg.do({ kind: 'release', cause: 41 });
    assert.deepEqual(events, [{ kind: 'released', cause: 41 }]);
    assert.equal(application.requests.length, 0);
    legs.confirmResumed();
    legs.confirmResumed();
    assert.deepEqual(
      application.requests.map(({ options }) => options.method),
      ['BYE'],
    );
    application.last('BYE').echo().respond(200);
    assert.equal(application.dialogs.size, 0);
    const later = next(kept());
    later.legs.confirmResumed();
    later.leg.do({ kind: 'release', cause: 16 });
    assert.throws(() => later.application.last('BYE'));
    later.application.last('OPTIONS').echo();
    later.application.last('BYE');
  });

  it('goes on with its o= line, ahead of what may have been sent and not kept', () => {
    const left = kept();
    const { application, leg, events } = next(left);
    leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
    const [, session, version] = /^o=holdfast (\d+) (\d+) /m.exec(application.last('INVITE').options.body ?? '') ?? [];
    assert.equal(session, left.session);
    assert.equal(Number(version), Number(left.session) + 2);
    application
      .last('INVITE')
      .echo()
      .respond(200, sdp(5000, 'recvonly', 2));
    assert.equal(events.at(-1)?.kind, 'agreed');
    assert.match(leg.continuation?.()?.sent ?? '', /sendonly/);
    assert.match(leg.continuation?.()?.received ?? '', /recvonly/);
  });

  it('answers a session refresh by itself, and passes an offer on', () => {
    const { application, events, leg } = next(kept());
    const refresh = application.receive('INVITE', sdp(5000));
    assert.equal(refresh.answers[0]?.status, 200);
    assert.match(refresh.answers[0]?.body ?? '', /m=audio 4000/);
    application.receive('ACK');
    const hold = application.receive('INVITE', sdp(5000, 'sendonly', 2));
    assert.equal(events.at(-1)?.kind, 'offered');
    leg.do({ kind: 'agree', media: audio(4000, 'recvonly') });
    assert.equal(hold.answers[0]?.status, 200);
  });

  it('hears a REFER and tells how it goes', () => {
    const { application, events, leg } = next(kept());
    const refer = application.receive('REFER', '', { 'Refer-To': '<sip:203@h>', CSeq: '7 REFER' });
    assert.equal(events.at(-1)?.kind, 'transferRequested');
    leg.do({ kind: 'transferResult', result: 'accepted' });
    assert.equal(refer.answers[0]?.status, 202);
    application.last('NOTIFY');
  });

  it('answers challenges as before: for a user, and for a trunk', () => {
    for (const [left, name] of [
      [kept(), '201'],
      [{ ...kept(), username: '', trunk: 't' }, 'gate'],
    ] as const) {
      const { application, leg } = next(left);
      leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
      application.last('INVITE').echo().respond(407, '', { 'Proxy-Authenticate': challenge });
      assert.match(
        application.last('INVITE').options.headers?.['Proxy-Authorization'] ?? '',
        new RegExp(`username="${name}"`),
      );
    }
    const { application, leg, events } = next({ ...kept(), username: 'nobody' });
    leg.do({ kind: 'offer', media: audio(4000, 'sendonly') });
    application.last('INVITE').echo().respond(407, '', { 'Proxy-Authenticate': challenge });
    assert.equal(events.at(-1)?.kind, 'refused');
  });

  it('cannot be made of what is not readable', () => {
    const { legs } = next(kept());
    for (const bad of [{}, { ...kept(), dialog: '' }, { ...kept(), session: 'x' }, { ...kept(), sent: 'nonsense' }])
      assert.equal(legs.resume(bad), undefined);
  });
});

const dtmf = { 'Content-Type': 'application/dtmf-relay' };
