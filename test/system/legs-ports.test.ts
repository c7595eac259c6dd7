import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../appliance/io/index.js';
import { silentLog } from '../../src/base/index.js';
import {
  SrfProber,
  SrfUpstreamRegister,
  SrfUpstreamSubscribe,
  serveNotice,
  serveRegister,
} from '../../src/legs/index.js';
import type { MessageNotice, RegisterAnswer, RegisterRequest } from '../../src/registrar/index.js';
import { LegsBench } from './legs-bench.js';

describe('legs: probes and registrations over a real SIP server', () => {
  let bench: LegsBench;
  let prober: SrfProber;

  before(async () => {
    bench = await LegsBench.open();
    const { application } = bench;
    prober = new SrfProber({
      application,
      clock: systemClock,
      userAgent: 'Holdfast/test',
      domain: () => 'example.org',
    });
  });
  after(() => bench.close());

  it('measures an answer, whatever its status', async () => {
    const centre = await bench.peer();
    const outcome = prober.probe(centre.uri, 1000);
    centre.reply(await centre.take('OPTIONS'), 404);
    const found = await outcome;
    assert.ok(found.kind === 'answered');
    assert.equal(found.status, 404);
    assert.equal(found.address, `127.0.0.1:${centre.port}`);
    assert.ok(found.rttMs >= 0 && found.rttMs < 1000);
  });

  it('tells silence, refusal and unknown names apart', async () => {
    const centre = await bench.peer();
    assert.deepEqual(await prober.probe(centre.uri, 100), { kind: 'silent' });
    const refused = await prober.probe(`sip:127.0.0.1:${centre.port};transport=tcp`, 1000);
    assert.equal(refused.kind, 'refused');
    const unresolved = await prober.probe('sip:no-such-name.test', 1000);
    assert.equal(unresolved.kind, 'unresolved');
  });

  it('relays a REGISTER with the credentials of the phone, and every field of the answer', async () => {
    const centre = await bench.peer();
    const upstream = new SrfUpstreamRegister({
      application: bench.application,
      clock: systemClock,
      userAgent: 'Holdfast/test',
      target: () => centre.uri,
      timeoutMs: () => 1000,
    });
    const request = {
      username: '201',
      domain: 'example.org',
      requestUri: 'sip:example.org',
      contactUri: 'sip:201@127.0.0.1:5060;hf=abc',
      path: '<sip:127.0.0.1:5060;lr>',
      expires: 300,
      callId: 'reg-1@phone',
      cseq: 7,
      authorization: 'Digest username="201", realm="example.org", nonce="n", uri="sip:example.org", response="00"',
    };
    const first = upstream.register(request);
    const received = await centre.take('REGISTER');
    assert.equal(received.uri, 'sip:example.org');
    assert.equal(received.headers.get('Call-ID'), 'reg-1@phone');
    assert.equal(received.headers.get('CSeq'), '7 REGISTER');
    assert.equal(received.headers.get('Contact'), '<sip:201@127.0.0.1:5060;hf=abc>;expires=300');
    assert.equal(received.headers.get('Authorization'), request.authorization);
    assert.equal(received.headers.get('Path'), request.path);
    centre.reply(received, 401, [
      ['WWW-Authenticate', 'Digest realm="example.org", nonce="a", algorithm=SHA-256, qop="auth"'],
      ['WWW-Authenticate', 'Digest realm="example.org", nonce="b", algorithm=MD5, qop="auth,auth-int"'],
    ]);
    const challenged = await first;
    assert.ok(challenged.kind === 'answer');
    assert.deepEqual(challenged.headers['www-authenticate'], [
      'Digest realm="example.org", nonce="a", algorithm=SHA-256, qop="auth"',
      'Digest realm="example.org", nonce="b", algorithm=MD5, qop="auth,auth-int"',
    ]);
    const second = upstream.register({ ...request, cseq: 8 });
    const again = await centre.take('REGISTER');
    assert.equal(again.headers.get('CSeq'), '8 REGISTER');
    centre.reply(again, 200, [
      ['Contact', '<sip:a@127.0.0.1;hf=abc>;expires=120, <sip:b@127.0.0.1>;expires=60'],
      ['Service-Route', '<sip:127.0.0.1;lr>'],
      ['Retry-After', '9'],
    ]);
    const accepted = await second;
    assert.ok(accepted.kind === 'answer');
    assert.equal(accepted.status, 200);
    assert.equal(accepted.headers.contact?.length, 3, 'the test peer adds a contact of its own');
    assert.deepEqual(accepted.headers['service-route'], ['<sip:127.0.0.1;lr>']);
    assert.deepEqual(accepted.headers['retry-after'], ['9']);
    assert.deepEqual(await upstream.register({ ...request, cseq: 9 }).then((answer) => answer.kind), 'silent');
  });

  it('serves the REGISTER of a phone and sends each challenge on a line of its own', async () => {
    const phone = await bench.peer();
    const seen: RegisterRequest[] = [];
    const answers: RegisterAnswer[] = [
      {
        status: 401,
        headers: [
          ['WWW-Authenticate', 'Digest realm="a", nonce="1"'],
          ['WWW-Authenticate', 'Digest realm="a", nonce="2"'],
        ],
      },
      { status: 200, headers: [['Contact', '<sip:201@127.0.0.1>;expires=290']] },
    ];
    bench.application.use('register', (request, reply) => {
      void serveRegister(
        request,
        reply,
        async (read) => {
          seen.push(read);
          return answers[seen.length - 1] ?? { status: 500, headers: [] };
        },
        silentLog,
      );
    });
    const to: readonly [string, string] = ['To', '<sip:201@example.org>'];
    phone.send(phone.request('REGISTER', 'sip:example.org', [to]), bench.port);
    const challenged = await phone.take(401);
    assert.deepEqual(challenged.headers.all('WWW-Authenticate').length, 2);
    phone.send(phone.request('REGISTER', 'sip:example.org', [to]), bench.port);
    const accepted = await phone.take(200);
    assert.equal(accepted.headers.get('Contact'), '<sip:201@127.0.0.1>;expires=290');
    assert.deepEqual(seen[0]?.flow, { transport: 'udp', address: '127.0.0.1', port: phone.port });
    phone.send(phone.request('REGISTER', 'sip:example.org', [['To', '<tel:+1>']]), bench.port);
    await phone.take(400);
  });

  it('subscribes to a mailbox, refreshes and ends it in its dialog, and reads its NOTIFYs, the first before the answer', async () => {
    const centre = await bench.peer();
    const heard: (MessageNotice & { readonly source: string })[] = [];
    bench.application.use('notify', (request, reply) =>
      serveNotice(
        request,
        reply,
        (notice, source) => {
          heard.push({ ...notice, source });
          return notice.event === 'message-summary' ? { status: 200 } : { status: 489, allowEvents: 'message-summary' };
        },
        silentLog,
      ),
    );
    const upstream = new SrfUpstreamSubscribe({
      application: bench.application,
      clock: systemClock,
      userAgent: 'Holdfast/test',
      target: () => centre.uri,
      timeoutMs: () => 3000,
    });
    const contactUri = `sip:201@127.0.0.1:${bench.port};hf=abc`;
    const wish = { username: '201', domain: 'example.org', contactUri, expires: 3600 };
    const refused = upstream.subscribe(wish);
    centre.reply(await centre.take('SUBSCRIBE'), 407, [
      ['Proxy-Authenticate', 'Digest realm="example.org", nonce="a", algorithm=MD5, qop="auth"'],
    ]);
    const challenged = await refused;
    assert.ok(challenged.kind === 'answer');
    assert.equal(challenged.headers['proxy-authenticate']?.length, 1);
    assert.equal(challenged.uri, 'sip:201@example.org');
    assert.equal(challenged.dialog, undefined);

    const pending = upstream.subscribe({ ...wish, proxyAuthorization: 'Digest username="201"' });
    const subscribe = await centre.take('SUBSCRIBE');
    assert.equal(subscribe.uri, 'sip:201@example.org');
    for (const [name, value] of [
      ['Event', 'message-summary'],
      ['Accept', 'application/simple-message-summary'],
      ['Expires', '3600'],
      ['Contact', `<${contactUri}>`],
      ['Proxy-Authorization', 'Digest username="201"'],
    ] as const)
      assert.equal(subscribe.headers.get(name), value);
    const within = (cseq: number, state: string): readonly (readonly [string, string])[] => [
      ['From', `${subscribe.headers.get('To')};tag=peer-${centre.port}`],
      ['To', subscribe.headers.get('From') ?? ''],
      ['Call-ID', subscribe.headers.get('Call-ID') ?? ''],
      ['CSeq', `${cseq} NOTIFY`],
      ['Event', 'message-summary'],
      ['Subscription-State', state],
      ['Content-Type', 'application/simple-message-summary'],
    ];
    centre.send(
      centre.request('NOTIFY', contactUri, within(1, 'active;expires=600'), 'Messages-Waiting: yes\r\n'),
      bench.port,
    );
    await centre.take(200);
    centre.reply(subscribe, 200, [['Expires', '600']]);
    const accepted = await pending;
    assert.ok(accepted.kind === 'answer' && accepted.dialog !== undefined);
    assert.deepEqual(accepted.headers.expires, ['600']);
    assert.deepEqual(heard, [
      {
        uri: contactUri,
        event: 'message-summary',
        state: { value: 'active' },
        dialog: accepted.dialog,
        contentType: 'application/simple-message-summary',
        body: 'Messages-Waiting: yes\r\n',
        source: '127.0.0.1',
      },
    ]);

    const refreshing = upstream.subscribe({ ...wish, dialog: accepted.dialog });
    const refresh = await centre.take('SUBSCRIBE');
    assert.equal(refresh.uri, `sip:peer@${centre.hostPort}`, 'to the remote target');
    assert.equal(refresh.headers.get('Call-ID'), subscribe.headers.get('Call-ID'));
    assert.match(refresh.headers.get('To') ?? '', new RegExp(`tag=peer-${centre.port}`));
    centre.reply(refresh, 200, [['Expires', '600']]);
    const refreshed = await refreshing;
    assert.equal(refreshed.dialog, accepted.dialog);
    assert.equal(refreshed.uri, refresh.uri);

    centre.send(
      centre.request(
        'NOTIFY',
        contactUri,
        within(2, 'terminated;reason=probation;retry-after=60'),
        'Messages-Waiting: no\r\n',
      ),
      bench.port,
    );
    await centre.take(200);
    assert.deepEqual(heard[1]?.state, { value: 'terminated', reason: 'probation', retryAfterS: 60 });
    const late = upstream.subscribe({ ...wish, dialog: accepted.dialog, expires: 0 });
    assert.notEqual((await late).kind, 'silent', 'a dialog that is over is told at once');
  });

  it('reads a NOTIFY that nobody asked for, and says what it understands', async () => {
    const centre = await bench.peer();
    const uri = `sip:201@127.0.0.1:${bench.port}`;
    const to: readonly [string, string] = ['To', `<${uri}>`];
    centre.send(
      centre.request(
        'NOTIFY',
        uri,
        [to, ['Event', 'message-summary'], ['Content-Type', 'application/simple-message-summary']],
        'Messages-Waiting: no',
      ),
      bench.port,
    );
    await centre.take(200);
    centre.send(centre.request('NOTIFY', uri, [to, ['Event', 'presence']]), bench.port);
    assert.equal((await centre.take(489)).headers.get('Allow-Events'), 'message-summary');
  });
});
