import assert from 'node:assert/strict';
import { ControlPeer } from './control-peer.js';
import {
  answering,
  outcome,
  ownServerOnly,
  pause,
  type Scene,
  type ServerUnderTest,
  type SrfApp,
  type SrfMessage,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';

/** An application that takes down every call detail event as `verb source detail method-or-status`. */
async function recorder(s: Scene, server: ServerUnderTest): Promise<{ app: SrfApp; events: string[] }> {
  const app = await s.app(server);
  const events: string[] = [];
  const note = (verb: string, source: string, time: string, detail: string | undefined, message: SrfMessage) => {
    assert.match(time, /^\d\d:\d\d:\d\d\.\d{6}$/);
    events.push([verb, source, detail, message.method ?? message.status].filter((f) => f !== undefined).join(' '));
  };
  app.on('cdr:attempt', (source: string, time: string, message: SrfMessage) =>
    note('attempt', source, time, undefined, message),
  );
  app.on('cdr:start', (source: string, time: string, role: string, message: SrfMessage) =>
    note('start', source, time, role, message),
  );
  app.on('cdr:stop', (source: string, time: string, reason: string, message: SrfMessage) =>
    note('stop', source, time, reason, message),
  );
  await pause(30);
  return { app, events };
}

async function told(events: string[], ...expected: readonly string[]): Promise<void> {
  await until(() => events.length >= expected.length, `${expected.join(', ')}; got ${events.join(', ')}`);
  await pause(30);
  assert.deepEqual(events, expected);
  events.length = 0;
}

const invited = 'attempt network INVITE';
const sent = 'attempt application INVITE';

test('cdr events of calls that came in: answered, hung up by either side, refused, cancelled', () =>
  scene(async (s) => {
    const server = await s.server();
    const { events } = await recorder(s, server);
    const { app, answered } = await answering(s, server);
    const phone = await s.udpPeer();
    const first = await phone.call('sip:x@y', server.listener());
    const dialog = await answered();
    // A re-INVITE is no leg of its own.
    phone.send(phone.inDialog('INVITE', first.request, first.response, 2, {}, sdp(4002)), server.listener());
    const again = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', first.request, again, 2), server.listener());
    phone.send(phone.inDialog('BYE', first.request, first.response, 3), server.listener());
    await phone.next('200');
    await told(events, invited, 'start application uas 200', 'stop network normal-release BYE');

    await phone.call('sip:x@y', server.listener());
    assert.ok(dialog.id);
    await told(events, invited, 'start application uas 200');
    app.disconnect();
    await s.app(server, {
      invite: (request, reply) => {
        if (request.uri.includes('busy')) reply.send(486);
        else reply.send(180);
      },
    });
    phone.send(phone.request('INVITE', 'sip:busy@y', {}, sdp()), server.listener());
    await phone.next('486');
    await told(events, invited, 'stop application call-rejected 486');
    const ringing = phone.request('INVITE', 'sip:ring@y', {}, sdp());
    phone.send(ringing, server.listener());
    await phone.next('180');
    const via = ringing.headers.get('Via') ?? '';
    const cancel = phone.request('CANCEL', 'sip:ring@y', {
      Via: via,
      From: ringing.headers.get('From') ?? '',
      'Call-ID': ringing.headers.get('Call-ID') ?? '',
    });
    phone.send(cancel, server.listener());
    await phone.next('487');
    await told(events, invited, 'stop network call-canceled CANCEL');
  }));

test('cdr events of calls that went out: answered, hung up, refused, cancelled, never answered', () =>
  scene(async (s) => {
    const server = await s.server();
    const { app, events } = await recorder(s, server);
    const phone = await s.udpPeer();
    const uri = `sip:${phone.hostPort}`;
    const calling = app.createUAC(uri, { localSdp: sdp() });
    const invite = await phone.nextRequest('INVITE');
    phone.send(phone.response(invite, 200, {}, sdp()), server.listener());
    const dialog = await calling;
    await phone.nextRequest('ACK');
    const over = dialog.destroy();
    const bye = await phone.nextRequest('BYE');
    phone.send(phone.response(bye, 200), server.listener());
    await over;
    await told(events, sent, 'start network uac 200', 'stop application normal-release BYE');

    const refused = app.createUAC(uri, { localSdp: sdp() });
    const second = await phone.nextRequest('INVITE');
    phone.send(phone.response(second, 603), server.listener());
    await assert.rejects(refused);
    await told(events, sent, 'stop network call-rejected 603');

    const cancelled = outcome(app, uri, { method: 'INVITE', body: sdp() });
    const third = await phone.nextRequest('INVITE');
    void cancelled;
    phone.send(phone.response(third, 180), server.listener());
    phone.send(phone.response(third, 487), server.listener());
    await told(events, sent, 'stop network call-rejected 487');

    const withdrawn = app.createUAC(
      uri,
      { localSdp: sdp() },
      { cbRequest: (_: unknown, r: { cancel(): void }) => setTimeout(() => r.cancel(), 100) },
    );
    const fourth = await phone.nextRequest('INVITE');
    phone.send(phone.response(fourth, 180), server.listener());
    const cancel = await phone.nextRequest('CANCEL');
    phone.send(phone.response(cancel, 200), server.listener());
    phone.send(phone.response(fourth, 487), server.listener());
    await assert.rejects(withdrawn);
    await told(events, sent, 'stop network call-canceled 487');

    const silent = await s.udpPeer();
    await assert.rejects(app.createUAC(`sip:${silent.hostPort}`, { localSdp: sdp() }));
    await told(events, sent, 'stop application call-rejected 408');
    await assert.rejects(app.createUAC('sip:x@gone.invalid', { localSdp: sdp() }));
    await told(events, sent, 'stop application call-rejected 503');
  }));

test('cdr events when nobody acknowledges, when no application is there, when it goes, and when the server closes', () =>
  scene(async (s) => {
    const server = await s.server();
    const { events } = await recorder(s, server);
    const phone = await s.udpPeer();
    phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    await phone.next('503');
    await told(events, invited, 'stop application call-rejected 503');

    ownServerOnly('the test waits for 64*T1 of a server whose T1 is 50 ms');
    const { app } = await answering(s, server);
    phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    await phone.nextRequest('BYE', 6000);
    await told(events, invited, 'start application uas 200', 'stop application ackbye BYE');
    app.disconnect();

    const mute = await s.app(server, { invite: (_, reply) => reply.send(180) });
    phone.received.length = 0;
    phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    await phone.next('180');
    mute.disconnect();
    await phone.next('503');
    await told(events, invited, 'stop application system-error-initiated-termination INVITE');
  }));

test('cdr events of a proxied call: both sides, answered and hung up, refused by all, cancelled', () =>
  scene(async (s) => {
    const server = await s.server();
    const { events } = await recorder(s, server);
    const one = await s.udpPeer();
    const two = await s.udpPeer();
    const app: SrfApp = await s.app(server, {
      invite: (request, reply) => {
        void app
          .proxyRequest(request, [`sip:${one.hostPort}`, `sip:${two.hostPort}`], { remainInDialog: true })
          .catch(() => reply.send(500));
      },
    });
    const phone = await s.udpPeer();
    const start = async () => {
      const request = phone.request('INVITE', 'sip:x@z', {}, sdp());
      phone.send(request, server.listener());
      return { request, there: await one.nextRequest('INVITE') };
    };
    const first = await start();
    one.send(one.response(first.there, 486), server.listener());
    const there = await two.nextRequest('INVITE');
    two.send(
      two.response(there, 200, { 'Record-Route': there.headers.get('Record-Route') ?? '' }, sdp()),
      server.listener(),
    );
    const accepted = await phone.nextResponse(200);
    const route = { Route: accepted.headers.get('Record-Route') ?? '' };
    phone.send(phone.inDialog('ACK', first.request, accepted, 1, route), server.listener());
    await two.nextRequest('ACK');
    phone.send(phone.inDialog('BYE', first.request, accepted, 2, route), server.listener());
    two.send(two.response(await two.nextRequest('BYE'), 200), server.listener());
    await phone.next('200');
    await until(() => events.length === 8, `eight events; got ${events.join(', ')}`);
    assert.deepEqual(
      events.toSorted(),
      [
        invited,
        sent,
        'stop network call-rejected 486',
        sent,
        'start network proxy-uac 200',
        'start application proxy-uas 200',
        'stop network normal-release BYE',
        'stop application normal-release BYE',
      ].toSorted(),
    );
    events.length = 0;

    // A BYE that comes again, and one of a fork that nobody knows, end nothing twice.
    phone.send(phone.inDialog('BYE', first.request, accepted, 3, route), server.listener());
    two.send(two.response(await two.nextRequest('BYE'), 481), server.listener());
    await phone.next('481');
    await pause(50);
    assert.equal(events.length, 0);

    const second = await start();
    one.send(one.response(second.there, 486), server.listener());
    two.send(two.response(await two.nextRequest('INVITE'), 603), server.listener());
    await phone.next('603');
    await until(() => events.length === 6, `six events; got ${events.join(', ')}`);
    assert.equal(events.filter((e) => e.startsWith('attempt')).length, 3);
    assert.equal(events.filter((e) => e.includes(' call-rejected ')).length, 3);
    events.length = 0;

    const third = await start();
    one.send(one.response(third.there, 180), server.listener());
    await phone.next('180');
    const cancel = phone.request('CANCEL', 'sip:x@z', {
      Via: third.request.headers.get('Via') ?? '',
      From: third.request.headers.get('From') ?? '',
      'Call-ID': third.request.headers.get('Call-ID') ?? '',
    });
    phone.send(cancel, server.listener());
    one.send(one.response(await one.nextRequest('CANCEL'), 200), server.listener());
    one.send(one.response(third.there, 487), server.listener());
    await phone.next('487');
    await until(() => events.length === 4, `four events; got ${events.join(', ')}`);
    assert.equal(events.filter((e) => e.includes(' call-canceled ')).length, 2);
  }));

test('a server that closes stops every leg, and says so before it goes', () =>
  scene(async (s) => {
    const server = await s.server();
    const peer = await ControlPeer.routed(server.handle.controlPort, ['cdr:stop', 'invite']);
    s.onClose(() => peer.close());
    const phone = await s.udpPeer();
    phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
    await peer.frame((f) => f.includes('|sip|network|'));
    await server.handle.close();
    await peer.frame((f) =>
      /\|cdr:stop\|application\|[\d:.]+\|system-initiated-termination\r\nINVITE sip:x@y /.test(f),
    );
    await until(() => peer.closed, 'the connection is closed');
  }));

test('cdr events go to one of the applications that ask for them, each verb in turn', () =>
  scene(async (s) => {
    const server = await s.server();
    const one = await recorder(s, server);
    const two = await recorder(s, server);
    const phone = await s.udpPeer();
    for (let i = 0; i < 4; i++) {
      phone.send(phone.request('INVITE', 'sip:x@y', {}, sdp()), server.listener());
      await phone.next('503');
    }
    await until(() => one.events.length + two.events.length === 8, 'eight events');
    assert.equal(one.events.length, 4);
    assert.equal(two.events.length, 4);
  }));

test('cdr events of proxied calls: both sides of each branch, and of the BYE that passes', () =>
  scene(async (s) => {
    const server = await s.server();
    const { events } = await recorder(s, server);
    const [caller, busy, bob] = [await s.udpPeer(), await s.udpPeer(), await s.udpPeer()];
    const app: SrfApp = await s.app(server, {
      invite: (request) => {
        const to = [`sip:bob@${busy.hostPort}`, `sip:bob@${bob.hostPort}`];
        void app.proxyRequest(request, to, { recordRoute: true });
      },
    });
    const request = caller.request('INVITE', `sip:bob@127.0.0.1:${server.udpPort}`, {}, sdp());
    caller.send(request, server.listener());
    busy.send(busy.response(await busy.nextRequest('INVITE'), 486), server.listener());
    const arrived = await bob.nextRequest('INVITE');
    const route = arrived.headers.get('Record-Route') ?? '';
    bob.send(bob.response(arrived, 200, { 'Record-Route': route }, sdp()), server.listener());
    const response = await caller.nextResponse(200);
    await told(
      events,
      invited,
      sent,
      'stop network call-rejected 486',
      sent,
      'start network proxy-uac 200',
      'start application proxy-uas 200',
    );
    caller.send(caller.inDialog('BYE', request, response, 2, { Route: route }), server.listener());
    bob.send(bob.response(await bob.nextRequest('BYE'), 200), server.listener());
    await caller.nextResponse(200);
    await told(events, 'stop network normal-release BYE', 'stop application normal-release BYE');
  }));
