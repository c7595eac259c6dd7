import assert from 'node:assert/strict';
import { pause, sdp, until } from './sip-server-bench.js';
import { type Api, type ApiReply, type ApiRequest, connected, covering, digestOf, SrfClass } from './srf-api.js';

const verbs = ['register', 'info', 'subscribe', 'options', 'message', 'notify', 'refer', 'publish', 'invite'] as const;

covering(
  [...verbs.map((verb) => `Srf#${verb}`), 'Srf#use', 'Srf#connect', 'Srf#on', 'Srf#constructor', 'Srf#dialog'],
  'a handler for each method that begins something; use() for all methods, for one, and in a chain',
  async (s) => {
    const server = await s.server();
    const seen: string[] = [];
    await connected(s, server, (srf) => {
      srf.use((request: ApiRequest, reply: ApiReply, next: () => void) => {
        seen.push(`all ${request.method}`);
        reply.set('X-Chain', 'one');
        next();
      });
      for (const verb of verbs) {
        srf[verb]((request, reply) => {
          assert.equal(request.srf, srf);
          assert.equal(request.stackDialogId, '');
          reply.send(request.method === 'INVITE' ? 486 : 404, { headers: { Subject: verb } });
        });
      }
    });
    const phone = await s.udpPeer();
    for (const verb of verbs) {
      const method = verb.toUpperCase();
      const extra = { Event: 'presence', 'Refer-To': '<sip:a@b>', 'Subscription-State': 'active' };
      phone.send(phone.request(method, 'sip:x@y', extra, method === 'INVITE' ? sdp() : ''), server.listener());
      const answer = await phone.nextResponse(method === 'INVITE' ? 486 : 404);
      assert.equal(answer.headers.get('Subject'), verb);
      assert.equal(answer.headers.get('X-Chain'), 'one');
      if (method === 'INVITE') {
        phone.send(phone.request('ACK', 'sip:x@y', { CSeq: '1 ACK' }), server.listener());
      }
    }
    assert.deepEqual(
      seen,
      verbs.map((verb) => `all ${verb.toUpperCase()}`),
    );
  },
);

covering(
  ['Srf#bye', 'Srf#update', 'Srf#ack', 'Srf#prack', 'Srf#cancel'],
  'handlers for methods that belong to a dialog get those of dialogs that another application left',
  async (s) => {
    const server = await s.server();
    const first = await connected(s, server, (srf) =>
      srf.invite((request, reply) => void srf.createUAS(request, reply, { localSdp: sdp() })),
    );
    const phone = await s.udpPeer();
    const { request, response } = await phone.call('sip:x@y', server.listener());
    await pause(50);
    first.disconnect();
    const seen: string[] = [];
    await connected(s, server, (srf) => {
      for (const verb of ['bye', 'update', 'prack', 'ack', 'cancel', 'invite'] as const) {
        srf[verb]((message, reply) => {
          seen.push(`${message.method} ${message.stackDialogId}`);
          if (message.method === 'INVITE') reply.send(200, { body: sdp() });
          else if (message.method !== 'ACK') reply.send(200);
        });
      }
    });
    const id = `${request.headers.get('Call-ID')};from-tag=${/tag=([^;]+)/.exec(request.headers.get('From') ?? '')?.[1]}`;
    phone.send(phone.inDialog('UPDATE', request, response, 2), server.listener());
    await phone.next('200');
    phone.send(phone.inDialog('INVITE', request, response, 3, {}, sdp(4002)), server.listener());
    const again = await phone.nextResponse(200);
    phone.send(phone.inDialog('ACK', request, again, 3), server.listener());
    await until(() => seen.length === 3, 'the ACK');
    phone.send(phone.inDialog('BYE', request, response, 4), server.listener());
    await phone.next('200');
    assert.deepEqual(seen, [`UPDATE ${id}`, `INVITE ${id}`, `ACK ${id}`, `BYE ${id}`]);
    // A PRACK without a reliable response has no dialog that knows it: 481, and no application is asked. A CANCEL
    // never reaches a handler: drachtio-srf hands it to the INVITE that it cancels, as the event `cancel`.
    phone.send(phone.request('PRACK', 'sip:x@y', { RAck: '1 1 INVITE' }), server.listener());
    await phone.next('481');
    assert.equal(seen.length, 4);
  },
);

covering(
  [
    ...['res', 'isNewInvite', 'url', 'agent', 'meta', 'get', 'has', 'getHeaderName', 'getParsedHeader', 'set'],
    ...['method', 'uri', 'headers', 'body', 'payload', 'type', 'raw', 'callingNumber', 'callingName', 'calledNumber'],
    ...['canFormDialog', 'constructor', 'logIn', 'logOut', 'isAuthenticated', 'isUnauthenticated'],
  ].map((name) => `Request#${name}`),
  'what a request tells about itself',
  async (s) => {
    const server = await s.server();
    let request: ApiRequest | undefined;
    await connected(s, server, (srf) =>
      srf.invite((r, reply) => {
        request = r;
        reply.send(486);
      }),
    );
    const phone = await s.udpPeer();
    const sent = phone.request('INVITE', 'sip:1000@y', { From: '"Ann, of Sales" <sip:2000@z>;tag=abc' }, sdp());
    phone.send(sent, server.listener());
    await phone.next('486');
    if (request === undefined) throw new Error('no request');
    assert.equal(request.type, 'request');
    assert.equal(request.method, 'INVITE');
    assert.equal(request.uri, 'sip:1000@y');
    assert.equal(request.url, request.uri);
    assert.equal(request.body, sdp());
    assert.deepEqual(request.payload, [{ type: 'application/sdp', content: sdp() }]);
    assert.match(request.raw, /^INVITE sip:1000@y SIP\/2\.0\r\n/);
    assert.equal(request.get('call-id'), sent.headers.get('Call-ID'));
    assert.equal(request.has('Contact'), true);
    assert.equal(request.has('X-Nothing'), false);
    assert.equal(request.getHeaderName('CALL-ID'), 'call-id');
    assert.equal(request.headers.cseq, '1 INVITE');
    assert.equal(request.getParsedHeader('from').params.tag, 'abc');
    assert.equal(request.getParsedHeader('Contact')[0]?.uri, `sip:peer@${phone.hostPort}`);
    assert.equal(request.callingNumber, '2000');
    assert.equal(request.callingName, 'Ann, of Sales');
    assert.equal(request.calledNumber, '1000');
    assert.equal(request.canFormDialog, true);
    assert.equal(request.isNewInvite, true);
    assert.equal(request.source, 'network');
    assert.equal(request.source_address, '127.0.0.1');
    assert.equal(request.source_port, phone.port);
    assert.equal(request.protocol, 'udp');
    assert.match(request.stackTime, /^\d\d:\d\d:\d\d\.\d{6}$/);
    assert.match(request.stackTxnId, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    assert.equal(request.receivedOn, `127.0.0.1:${server.listener().port}`);
    assert.equal(request.meta.transactionId, request.stackTxnId);
    assert.equal(request.res.req, request);
    assert.ok(request.agent);
    request.set('X-Mine', 'yes');
    assert.equal(request.get('X-Mine'), 'yes');
    // For passport: nothing of it reaches the wire.
    assert.equal(request.isAuthenticated(), false);
    request.logIn({ name: 'ann' }, { session: false });
    assert.equal(request.isUnauthenticated(), false);
    request.logOut();
    assert.equal(request.isUnauthenticated(), true);
  },
);

covering(
  [
    ...['constructor', 'req', 'agent', 'meta', 'statusCode', 'finalResponseSent', 'headersSent', 'send', 'toJSON'],
    ...['removeHeader', 'getHeader', 'setHeader', 'end', 'get', 'has', 'getHeaderName', 'getParsedHeader', 'set'],
    ...['headers', 'body', 'payload', 'status', 'reason', 'raw', 'type'],
  ].map((name) => `Response#${name}`),
  'answers: send() in all its forms, end(), and what a response tells about itself',
  async (s) => {
    const server = await s.server();
    const echoes: (string | undefined)[] = [];
    const errors: unknown[] = [];
    const answers: Record<string, (reply: ApiReply) => void> = {
      status: (reply) => reply.send(200),
      reason: (reply) => reply.send(200, 'All Well'),
      headers: (reply) => reply.send(200, { headers: { 'X-One': '1' } }),
      everything: (reply) =>
        reply.send(
          202,
          'Fine',
          { headers: { 'Content-Type': 'text/plain' }, body: 'text' },
          (error: unknown, sent: ApiReply) => {
            errors.push(error);
            echoes.push(sent.raw);
          },
        ),
      callback: (reply) => reply.send(200, (error: unknown) => errors.push(error)),
      tag: (reply) => reply.send(200, { headers: { To: '<sip:x@y>;tag=mine' } }),
      end: (reply) => {
        reply.statusCode = 410;
        reply.setHeader('X-Set', 'set');
        reply.removeHeader('X-Set');
        assert.equal(reply.getHeader('X-Set'), 'set', 'removeHeader is there for express, and does nothing');
        reply.end('Over');
      },
    };
    await connected(s, server, (srf) =>
      srf.options((request, reply) => {
        assert.equal(reply.finalResponseSent, false);
        answers[request.calledNumber]?.(reply);
        if (request.calledNumber === 'status') {
          // A second final response stays here.
          reply.send(500, (error: Error) => errors.push(error.message));
          assert.equal(reply.headersSent, true);
        }
      }),
    );
    const phone = await s.udpPeer();
    const ask = async (user: string, status: number) => {
      phone.send(phone.request('OPTIONS', `sip:${user}@y`), server.listener());
      return phone.nextResponse(status);
    };
    assert.equal((await ask('status', 200)).reason, 'OK');
    assert.equal((await ask('reason', 200)).reason, 'All Well');
    assert.equal((await ask('headers', 200)).headers.get('X-One'), '1');
    const everything = await ask('everything', 202);
    assert.equal(everything.reason, 'Fine');
    assert.equal(everything.body.toString(), 'text');
    await ask('callback', 200);
    assert.match((await ask('tag', 200)).headers.get('To') ?? '', /;tag=mine$/);
    const ended = await ask('end', 410);
    assert.equal(ended.reason, 'Over');
    assert.equal(ended.headers.get('X-Set'), 'set');
    await until(() => errors.length === 3, 'the callbacks');
    assert.deepEqual(errors, ['Response#send: final response already sent', null, null]);
    assert.match(echoes[0] ?? '', /^SIP\/2\.0 202 Fine\r\n/);

    const app = await connected(s, server);
    const request = await app.request(`sip:${phone.hostPort}`, { method: 'OPTIONS' });
    const answered = new Promise<ApiReply>((resolve) => request.on('response', resolve));
    const asked = await phone.nextRequest('OPTIONS');
    phone.send(phone.response(asked, 200, { Subject: 'x' }, sdp()), server.listener());
    const response = await answered;
    assert.equal(response.type, 'response');
    assert.equal(response.status, 200);
    assert.equal(response.statusCode, 200);
    assert.equal(response.reason, 'OK');
    assert.equal(response.req, request);
    assert.equal(response.get('Subject'), 'x');
    assert.equal(response.has('Subject'), true);
    assert.equal(response.getHeaderName('subject'), 'subject');
    assert.equal(response.headers.subject, 'x');
    assert.equal(response.getParsedHeader('CSeq').method, 'OPTIONS');
    assert.equal(response.body, sdp());
    assert.equal(response.payload[0]?.content, sdp());
    assert.match(response.raw, /^SIP\/2\.0 200 OK\r\n/);
    assert.equal(response.source, 'network');
    assert.equal(response.source_port, phone.port);
    assert.equal(response.meta.protocol, 'udp');
    assert.equal(response.toJSON().source, 'network');
  },
);

covering(
  ['Srf#request', 'Srf#idle', 'Request#cancel', 'request: proxy, body, headers, callback, socket, options alone'],
  'requests outside dialogs in all forms',
  async (s) => {
    const server = await s.server();
    const app = await connected(s, server);
    const phone = await s.udpPeer();
    const uri = `sip:x@${phone.hostPort}`;
    const settle = async (method: string, status = 200) => {
      const got = await phone.nextRequest(method);
      phone.send(phone.response(got, status), server.listener());
      return got;
    };
    const byPromise = await app.request(uri, { method: 'MESSAGE', headers: { Subject: 's' }, body: 'v=0\r\n' });
    assert.equal(byPromise.source, 'application');
    assert.equal(app.idle, false, 'a request is under way');
    const message = await settle('MESSAGE');
    assert.equal(message.headers.get('Subject'), 's');
    assert.equal(message.headers.get('Content-Type'), 'application/sdp', 'guessed by its beginning');
    await until(() => app.idle, 'nothing is under way');
    const byCallback = new Promise<ApiRequest>((resolve, reject) =>
      app.request(uri, { method: 'OPTIONS' }, (error: unknown, request: ApiRequest) =>
        error ? reject(error) : resolve(request),
      ),
    );
    await settle('OPTIONS');
    assert.equal((await byCallback).method, 'OPTIONS');
    const byOptions = app.request({ uri, method: 'NOTIFY', headers: { Event: 'x', 'Subscription-State': 'active' } });
    await settle('NOTIFY');
    // A request gets its socket only with its response: drachtio-srf sets it from a field that it never fills.
    const notified = await byOptions;
    await until(() => notified.socket !== undefined, 'the response');
    const { socket } = notified;
    await app.request(socket, uri, { method: 'PUBLISH', headers: { Event: 'x' } });
    await settle('PUBLISH');
    await app.request('sip:nobody@gone.invalid', { method: 'INFO', proxy: uri });
    assert.equal((await settle('INFO')).uri, 'sip:nobody@gone.invalid');
    // A body of unknown type never leaves: the error says why.
    await assert.rejects(app.request(uri, { method: 'MESSAGE', body: 'hello' }), (error: Error & { code?: string }) => {
      assert.match(error.message, /Content-Type/);
      assert.equal(error.code, 'EDRACHTIO');
      return true;
    });
    await assert.rejects(
      app.request('sip:placeholder', { method: 'INFO', stackDialogId: 'nothing;from-tag=x' }),
      (error: Error & { code?: string }) => error.code === 'ENODIALOG',
    );
    const invite = await app.request(uri, { method: 'INVITE', body: sdp() });
    const outcome = new Promise<ApiReply>((resolve) =>
      invite.on('response', (r: ApiReply, ack: () => void) => {
        ack();
        if (r.status >= 200) resolve(r);
      }),
    );
    const got = await phone.nextRequest('INVITE');
    phone.send(phone.response(got, 180), server.listener());
    invite.cancel({ headers: { Reason: 'Q.850;cause=16' } });
    const cancel = await phone.nextRequest('CANCEL');
    assert.equal(cancel.headers.get('Reason'), 'Q.850;cause=16');
    phone.send(phone.response(cancel, 200), server.listener());
    phone.send(phone.response(got, 487), server.listener());
    assert.equal((await outcome).status, 487);
  },
);

covering(
  ['request: auth'],
  'challenges: 401 and 407, credentials given and by function, qop or none, and what cannot be answered',
  async (s) => {
    const server = await s.server();
    const app = await connected(s, server);
    const phone = await s.udpPeer();
    const uri = `sip:x@${phone.hostPort}`;
    const outcome = (request: ApiRequest) =>
      new Promise<ApiReply>((resolve) => request.on('response', (r: ApiReply) => resolve(r)));
    const cases = [
      ['REGISTER', 401, 'WWW-Authenticate', 'Authorization', 'Digest realm="r", nonce="n1"'],
      ['INVITE', 407, 'Proxy-Authenticate', 'Proxy-Authorization', 'Digest realm="r", nonce="n2", qop="auth"'],
      ['MESSAGE', 401, 'WWW-Authenticate', 'Authorization', 'DIGEST realm="r", nonce="n3", qop="auth", opaque="o"'],
    ] as const;
    for (const [method, status, challenge, header, value] of cases) {
      const auth =
        method === 'MESSAGE'
          ? (_: ApiRequest, __: ApiReply, done: (e: null, user: string, password: string) => void) =>
              done(null, 'u', 'p')
          : { username: 'u', password: 'p' };
      const request = await app.request(uri, { method, auth, body: sdp() });
      const answered = outcome(request);
      const first = await phone.nextRequest(method);
      phone.send(phone.response(first, status, { [challenge]: value }), server.listener());
      if (method === 'INVITE') await phone.nextRequest('ACK');
      const second = await phone.nextRequest(method);
      assert.equal(second.headers.get('Call-ID'), first.headers.get('Call-ID'));
      assert.equal(second.headers.get('From'), first.headers.get('From'));
      const number = (r: typeof first) => Number.parseInt(r.headers.get('CSeq') ?? '', 10);
      assert.equal(number(second), number(first) + 1);
      const { given, wanted } = digestOf(second.headers.get(header) ?? '', method, 'p');
      assert.equal(given, wanted);
      phone.send(phone.response(second, 403), server.listener());
      assert.equal((await answered).status, 403);
    }
    // Without credentials, and with a challenge of no scheme that it knows, the application sees the challenge.
    const bare = await app.request(uri, { method: 'OPTIONS' });
    const seen = outcome(bare);
    const asked = await phone.nextRequest('OPTIONS');
    phone.send(phone.response(asked, 401, { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' }), server.listener());
    assert.equal((await seen).status, 401);
  },
);

covering(
  ['Srf#unregisterForMessages', 'Srf#reregisterForMessages'],
  'a verb is given up and taken again, and the others stay',
  async (s) => {
    const server = await s.server();
    const answer = (name: string) => (_: ApiRequest, reply: ApiReply) =>
      reply.send(200, { headers: { Subject: name } });
    const app = await connected(s, server, (srf) => {
      srf.options(answer('options'));
      srf.message(answer('message'));
    });
    const phone = await s.udpPeer();
    const ask = async (method: string, status: number) => {
      phone.send(phone.request(method, 'sip:x@y'), server.listener());
      return (await phone.nextResponse(status)).headers.get('Subject');
    };
    app.unregisterForMessages('options');
    await pause(50);
    await ask('OPTIONS', 503);
    assert.equal(await ask('MESSAGE', 200), 'message');
    app.reregisterForMessages('options');
    await pause(50);
    assert.equal(await ask('OPTIONS', 200), 'options');
    assert.equal(await ask('MESSAGE', 200), 'message');
  },
);

covering(
  ['Srf#set', 'Srf#get', 'Srf#locals', 'Srf#app', 'Srf#disconnect', 'tags', 'ping'],
  'settings of an application, tags, pings, and its farewell',
  async (s) => {
    const server = await s.server();
    const app: Api = await connected(s, server);
    app.set('colour', 'red');
    assert.equal(app.get('colour'), 'red');
    app.locals.started = true;
    assert.equal(app.locals.started, true);
    assert.ok(app.app);
    app.disconnect();
    await server.applicationsBecome(0);
    assert.throws(() => new SrfClass(Array(21).fill('tag')), /only 20 tags/);
    // With its options it connects at once; pings are answered for as long as it stays.
    const eager = new SrfClass({
      host: '127.0.0.1',
      port: server.handle.controlPort,
      secret: (await import('./sip-server-bench.js')).secret,
      tags: ['a', 'b'],
      enablePing: true,
      pingInterval: 5000,
    });
    eager.on('error', () => undefined);
    await new Promise<void>((resolve) => eager.once('connect', () => resolve()));
    await pause(5300);
    assert.equal(eager.idle, true, 'the ping is answered');
    s.onClose(() => eager.disconnect());
  },
);

covering(
  ['Srf=reconnecting', 'Srf=connect', 'Srf=close'],
  'an application comes back to a server that was restarted, with its routes',
  async (s) => {
    const server = await s.server();
    const port = server.handle.controlPort;
    const events: string[] = [];
    const app = await connected(s, server, (srf) => srf.options((_, reply) => reply.send(200)));
    for (const event of ['close', 'reconnecting', 'connect']) app.on(event, () => events.push(event));
    await server.handle.close();
    await until(() => events.includes('reconnecting'), 'it tries again');
    const again = await s.server({ control: { host: '127.0.0.1', port } });
    await until(() => events.includes('connect'), 'it is back');
    await pause(50);
    const phone = await s.udpPeer();
    phone.send(phone.request('OPTIONS', 'sip:x@y'), again.listener());
    await phone.next('200');
    assert.ok(events.includes('close'));
  },
);
