import assert from 'node:assert/strict';
import { serverOfChoice } from './server-of-choice.js';
import { type Scene, type ServerUnderTest, sdp, until } from './sip-server-bench.js';
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
import { type Api, type ApiDialog, type ApiReply, type ApiRequest, connected, covering } from './srf-api.js';

const CALLS = 10;
/** sipp repeats by the standard's timers. */
const options = serverOfChoice === undefined ? { timers: { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 } } : {};

async function called(s: Scene, steps: readonly string[]): Promise<SippPeer> {
  const peer = await SippPeer.called(steps, CALLS);
  s.onClose(() => peer.stop());
  // sipp binds its port a moment after its start.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return peer;
}

async function calling(s: Scene, server: ServerUnderTest, steps: readonly string[]): Promise<void> {
  const peer = await SippPeer.calling(steps, CALLS, `127.0.0.1:${server.udpPort}`);
  s.onClose(() => peer.stop());
  assert.equal(await peer.outcome(), '');
}

const has = (header: string): string =>
  `<action><ereg regexp=".+" search_in="hdr" header="${header}:" check_it="true" assign_to="found"/><log message="[$found]"/></action>`;

covering(
  ['with sipp: createUAS, Dialog#request, Dialog=info, Dialog=destroy, Response#send'],
  'sipp calls: createUAS, INFO both ways, BYE; a refusal; a CANCEL',
  async (s) => {
    const server = await s.server(options);
    let ended = 0;
    let cancelled = 0;
    await connected(s, server, (srf) =>
      srf.invite((request, reply) => {
        const subject = request.get('Subject');
        if (subject === 'refuse') reply.send(486);
        else if (subject === 'ring') {
          request.on('cancel', () => cancelled++);
          reply.send(180);
        } else {
          void srf.createUAS(request, reply, { localSdp: sdp() }).then((dialog: ApiDialog) => {
            dialog.on('info', (_: ApiRequest, answer: ApiReply) => {
              answer.send(202);
              void dialog.request({ method: 'INFO', headers: { Subject: 'back' } });
            });
            dialog.on('destroy', () => ended++);
          });
        }
      }),
    );
    await calling(s, server, [
      send(fromCaller('INVITE', 1, [], sippBody), 'retrans="500"'),
      optional(100),
      receive(200, 'rrs="true"'),
      send(fromCaller('ACK', 1)),
      pauseMs(200),
      send(fromCaller('INFO', 2), 'retrans="500"'),
      receive(202),
      receive('INFO'),
      send(answering(200, [], '', false)),
      pauseMs(50),
      send(fromCaller('BYE', 3), 'retrans="500"'),
      receive(200),
    ]);
    await until(() => ended === CALLS, 'every dialog ends');
    await calling(s, server, [
      send(fromCaller('INVITE', 1, ['Subject: refuse'], sippBody), 'retrans="500"'),
      optional(100),
      receive(486),
      send(hopByHop('ACK', 1, 3, false, true)),
    ]);
    await calling(s, server, [
      send(fromCaller('INVITE', 1, ['Subject: ring'], sippBody), 'retrans="500"'),
      optional(100),
      receive(180),
      send(hopByHop('CANCEL', 1, 3, false, false)),
      receive(200),
      receive(487),
      send(hopByHop('ACK', 1, 6, false, true)),
    ]);
    await until(() => cancelled === CALLS, 'every cancel is told');
    await server.dialogsBecome(0);
  },
);

covering(
  ['with sipp: createUAC, auth, Dialog#modify, Dialog#destroy'],
  'sipp is called: createUAC through a challenge, hold and retrieve, BYE',
  async (s) => {
    const server = await s.server(options);
    const app = await connected(s, server);
    const challenge = 'Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5';
    const changed = [receive('INVITE'), send(answering(200, [], sippBody, false), 'retrans="500"'), receive('ACK')];
    const peer = await called(s, [
      receive('INVITE'),
      send(answering(407, [challenge])),
      receive('ACK'),
      receive('INVITE', '', has('Proxy-Authorization')),
      send(answering(180)),
      send(answering(200, [], sippBody), 'retrans="500"'),
      receive('ACK'),
      ...changed,
      ...changed,
      receive('BYE'),
      send(answering(200, [], '', false)),
    ]);
    const one = async (): Promise<void> => {
      const dialog = await app.createUAC(`sip:bob@127.0.0.1:${peer.port}`, {
        localSdp: sdp(),
        auth: { username: 'u', password: 'p' },
      });
      await dialog.modify('hold');
      await dialog.modify('unhold');
      await dialog.destroy();
    };
    await Promise.all(Array.from({ length: CALLS }, one));
    assert.equal(await peer.outcome(), '');
    await server.dialogsBecome(0);
  },
);

covering(
  ['with sipp: createB2BUA, Dialog=modify, Dialog=other'],
  'sipp calls sipp through createB2BUA, and changes the session',
  async (s) => {
    const server = await s.server(options);
    const callee = await called(s, [
      receive('INVITE', '', keepInvite),
      send(answering(180)),
      pauseMs(100),
      send(answerKept(200, sippBody), 'retrans="500"'),
      receive('ACK'),
      receive('INVITE'),
      send(answering(200, [], sippBody, false), 'retrans="500"'),
      receive('ACK'),
      receive('BYE'),
      send(answering(200, [], '', false)),
    ]);
    await connected(s, server, (srf) =>
      srf.invite((request, reply) => {
        void srf.createB2BUA(request, reply, `sip:bob@127.0.0.1:${callee.port}`, {}).then(({ uas, uac }) => {
          uas.on('modify', (change: ApiRequest, answer: ApiReply) => {
            void uas.other.modify(change.body).then((body) => answer.send(200, { body }));
          });
          uas.on('destroy', () => void uac.destroy());
        });
      }),
    );
    await calling(s, server, [
      send(fromCaller('INVITE', 1, [], sippBody), 'retrans="500"'),
      optional(100),
      receive(180),
      receive(200, 'rrs="true"'),
      send(fromCaller('ACK', 1)),
      pauseMs(300),
      send(fromCaller('INVITE', 2, [], sippBody), 'retrans="500"'),
      optional(100),
      receive(200),
      send(fromCaller('ACK', 2)),
      pauseMs(100),
      send(fromCaller('BYE', 3), 'retrans="500"'),
      receive(200),
    ]);
    assert.equal(await callee.outcome(), '');
    await server.dialogsBecome(0);
  },
);

covering(
  ['with sipp: register, options, message, publish handlers, request, subscriptions'],
  'sipp asks and is asked outside calls; sipp subscribes',
  async (s) => {
    const server = await s.server(options);
    const app: Api = await connected(s, server, (srf) => {
      for (const verb of ['register', 'options', 'message', 'publish'] as const) {
        srf[verb]((request, reply) => reply.send(200, { headers: { Subject: request.method } }));
      }
      srf.subscribe((request, reply) => {
        void srf.createUAS(request, reply, { headers: { Expires: '60' } }).then(async (dialog: ApiDialog) => {
          await dialog.request({
            method: 'NOTIFY',
            headers: { Event: 'x', 'Subscription-State': 'active;expires=60' },
          });
          await dialog.destroy();
        });
      });
    });
    for (const method of ['REGISTER', 'OPTIONS', 'MESSAGE', 'PUBLISH']) {
      await calling(s, server, [
        send(fromCaller(method, 1, ['Event: x']), 'retrans="500"'),
        receive(200, '', has('Subject')),
      ]);
    }
    await calling(s, server, [
      send(fromCaller('SUBSCRIBE', 1, ['Event: x', 'Expires: 60']), 'retrans="500"'),
      receive(202, 'rrs="true"'),
      receive('NOTIFY'),
      send(answering(200, [], '', false)),
      receive('NOTIFY', '', has('Subscription-State')),
      send(answering(200, [], '', false)),
    ]);
    await server.dialogsBecome(0);
    const registrar = await called(s, [
      receive('REGISTER'),
      send(answering(401, ['WWW-Authenticate: Digest realm="r", nonce="n"'])),
      receive('REGISTER', '', has('Authorization')),
      send(answering(200, ['Expires: 60'])),
    ]);
    const register = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const uri = `sip:127.0.0.1:${registrar.port}`;
        const auth = { username: 'u', password: 'p' };
        const headers = { To: '<sip:u@r>', From: '<sip:u@r>', Contact: '<sip:u@localhost>', Expires: '60' };
        void app.request(uri, { method: 'REGISTER', auth, headers }, (error: unknown, request: ApiRequest) => {
          if (error) reject(error);
          else request.on('response', (response: ApiReply) => resolve(response.status));
        });
      });
    const statuses = await Promise.all(Array.from({ length: CALLS }, register));
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(await registrar.outcome(), '');
  },
);
