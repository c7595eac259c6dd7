import assert from 'node:assert/strict';
import {
  type Scene,
  type ServerUnderTest,
  type SrfApp,
  type SrfDialog,
  scene,
  sdp,
  test,
  until,
} from './sip-server-bench.js';
import {
  answering,
  answerKept,
  fromCaller,
  hopByHop,
  keepInvite,
  optional,
  pauseMs,
  receive,
  SippPeer,
  send,
  sippBody,
} from './sipp-peer.js';

const CALLS = 20;
const standard = { timers: { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 } };

async function called(s: Scene, steps: readonly string[]): Promise<SippPeer> {
  const peer = await SippPeer.called(steps, CALLS);
  s.onClose(() => peer.stop());
  // sipp binds its port a moment after its start.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return peer;
}

/** Every call of the caller goes by its scenario, and of the called party where there is one. */
async function passes(s: Scene, server: ServerUnderTest, steps: readonly string[], other?: SippPeer): Promise<void> {
  const caller = await SippPeer.calling(steps, CALLS, `127.0.0.1:${server.udpPort}`);
  s.onClose(() => caller.stop());
  assert.equal(await caller.outcome(), '');
  if (other !== undefined) assert.equal(await other.outcome(), '');
  await until(() => server.handle.stats().dialogs === 0, 'no dialog is left');
}

/** An application that answers by itself; `prepare` is given each dialog. */
async function answeringApp(
  s: Scene,
  server: ServerUnderTest,
  prepare: (dialog: SrfDialog) => void = () => {},
  headers: Record<string, string> = {},
): Promise<void> {
  const app: SrfApp = await s.app(server, {
    invite: (request, reply) => {
      void app.createUAS(request, reply, { localSdp: sdp(), headers }).then(prepare, () => undefined);
    },
  });
}

function bridging(s: Scene, server: ServerUnderTest, to: SippPeer, headers: string[] = []): Promise<SrfApp> {
  const app = s.app(server, {
    invite: (request, reply) => {
      void app.then((srf) =>
        srf
          .createB2BUA(request, reply, `sip:bob@127.0.0.1:${to.port}`, {
            proxyRequestHeaders: headers,
            proxyResponseHeaders: ['require'],
          })
          .then(({ uas, uac }) => {
            uas.on('destroy', () => void uac.destroy().catch(() => undefined));
            uac.on('destroy', () => void uas.destroy().catch(() => undefined));
          })
          .catch(() => undefined),
      );
    },
  });
  return app;
}

const takeRSeq = '<action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" assign_to="rseq"/></action>';
const goodbye = [send(fromCaller('BYE', 9), 'retrans="500"'), receive(200)];

test('sipp: PRACK on both legs of createB2BUA, and an UPDATE during the INVITE', () =>
  scene(async (s) => {
    const server = await s.server(standard);
    const bob = await called(s, [
      receive('INVITE', '', keepInvite),
      send(answering(183, ['Require: 100rel', 'RSeq: 17'], sippBody)),
      receive('PRACK'),
      send(answering(200, [], '', false)),
      pauseMs(400),
      send(answerKept(200, sippBody), 'retrans="500"'),
      receive('ACK'),
      receive('BYE'),
      send(answering(200, [], '', false)),
    ]);
    await bridging(s, server, bob, ['supported']);
    await passes(
      s,
      server,
      [
        send(fromCaller('INVITE', 1, ['Supported: 100rel'], sippBody), 'retrans="500"'),
        optional(100),
        receive(183, 'rrs="true"', takeRSeq),
        send(fromCaller('PRACK', 2, ['RAck: [$rseq] 1 INVITE']), 'retrans="500"'),
        receive(200),
        send(fromCaller('UPDATE', 3, [], sippBody), 'retrans="500"'),
        receive(200),
        receive(200, 'rrs="true"'),
        send(fromCaller('ACK', 1)),
        pauseMs(100),
        ...goodbye,
      ],
      bob,
    );
  }));

test('sipp: of two overlapping re-INVITEs the second gets 500, and the first its answer', () =>
  scene(async (s) => {
    const server = await s.server(standard);
    await answeringApp(s, server, (dialog) =>
      dialog.on('modify', (_request, reply) => void setTimeout(() => reply.send(200, { body: sdp() }), 150)),
    );
    await passes(s, server, [
      send(fromCaller('INVITE', 1, [], sippBody), 'retrans="500"'),
      optional(100),
      receive(200, 'rrs="true"'),
      send(fromCaller('ACK', 1)),
      pauseMs(50),
      send(fromCaller('INVITE', 2, [], sippBody)),
      receive(100),
      send(fromCaller('INVITE', 3, [], sippBody)),
      receive(500),
      send(hopByHop('ACK', 3, 2, true, true)),
      receive(200),
      send(fromCaller('ACK', 2)),
      pauseMs(100),
      ...goodbye,
    ]);
  }));

test('sipp: CANCEL reaches the other leg; both INVITEs end with 487', () =>
  scene(async (s) => {
    const server = await s.server(standard);
    const bob = await called(s, [
      receive('INVITE'),
      send(answering(180)),
      receive('CANCEL'),
      send(answering(200)),
      send(answering(487).replace('[last_CSeq:]', 'CSeq: [cseq] INVITE'), 'retrans="500"'),
      receive('ACK'),
    ]);
    await bridging(s, server, bob);
    await passes(
      s,
      server,
      [
        send(fromCaller('INVITE', 1, [], sippBody), 'retrans="500"'),
        receive(100),
        receive(180),
        send(hopByHop('CANCEL', 1, 3, false, false)),
        receive(200),
        receive(487),
        send(hopByHop('ACK', 1, 6, false, true)),
      ],
      bob,
    );
  }));

test('sipp: an ACK that never comes: a BYE ends the call', () =>
  scene(async (s) => {
    const server = await s.server({ timers: { t1Ms: 50, t2Ms: 400, t4Ms: 500 } });
    await answeringApp(s, server);
    await passes(s, server, [
      send(fromCaller('INVITE', 1, [], sippBody)),
      optional(100),
      // sipp takes the repeated ones for what they are.
      receive(200),
      receive('BYE'),
      send(answering(200, [], '', false)),
    ]);
  }));

test('sipp: the session is refreshed by UPDATE', () =>
  scene(async (s) => {
    const server = await s.server({ ...standard, minSeS: 1 });
    await answeringApp(s, server, () => {}, { 'Session-Expires': '3;refresher=uas' });
    const refreshed = [
      receive('UPDATE'),
      send(answering(200, ['Session-Expires: 3;refresher=uac', 'Require: timer'], '', false)),
    ];
    await passes(s, server, [
      send(fromCaller('INVITE', 1, ['Supported: timer'], sippBody), 'retrans="500"'),
      optional(100),
      receive(200, 'rrs="true"'),
      send(fromCaller('ACK', 1)),
      ...refreshed,
      ...refreshed,
      pauseMs(50),
      ...goodbye,
    ]);
  }));

test('sipp: REFER with Replaces, and the NOTIFYs that tell how it went', () =>
  scene(async (s) => {
    const server = await s.server(standard);
    const target = '<sip:carol@127.0.0.1?Replaces=1%40x%3Bto-tag%3D2%3Bfrom-tag%3D3>';
    const seen = new Set<string | undefined>();
    await answeringApp(s, server, (dialog) =>
      dialog.on('refer', (request, reply) => {
        seen.add(request.get('Refer-To'));
        reply.send(202);
        const notify = (state: string, body: string) =>
          dialog.request({
            method: 'NOTIFY',
            headers: { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag' },
            body,
          });
        void notify('active;expires=60', 'SIP/2.0 100 Trying').then(() =>
          notify('terminated;reason=noresource', 'SIP/2.0 200 OK'),
        );
      }),
    );
    await passes(s, server, [
      send(fromCaller('INVITE', 1, [], sippBody), 'retrans="500"'),
      optional(100),
      receive(200, 'rrs="true"'),
      send(fromCaller('ACK', 1)),
      pauseMs(50),
      send(fromCaller('REFER', 2, [`Refer-To: ${target}`]), 'retrans="500"'),
      receive(202),
      receive('NOTIFY'),
      send(answering(200, [], '', false)),
      receive('NOTIFY'),
      send(answering(200, [], '', false)),
      ...goodbye,
    ]);
    assert.deepEqual([...seen], [target]);
  }));
