import { sdp } from './sip-server-peer.js';
import { type ApiReply, type ApiRequest, SrfClass } from './srf-api.js';

/**
 * An application in a process of its own, to be killed: HOST PORT SECRET. What it does with a call is said by the number:
 * `answer`, `ring`, `reliable` (a reliable 183), and for MESSAGE `call` and `forget` (places a call to the URI in the body;
 * `forget` leaves its 200 without ACK).
 */
const [host = '', port = '', secret = ''] = process.argv.slice(2);
const srf = new SrfClass();
const say = (text: string) => process.stdout.write(`${text}\n`);

srf.invite((request: ApiRequest, reply: ApiReply) => {
  const what = request.calledNumber;
  if (what === 'answer') {
    void srf.createUAS(request, reply, { localSdp: sdp() }).then((dialog) => {
      say('answered');
      // Takes the request, and says nothing.
      dialog.on('modify', () => say('modify'));
    });
  } else if (what === 'reliable') {
    reply.send(183, { headers: { Require: '100rel' }, body: sdp() });
  } else {
    reply.send(180);
  }
});

srf.message((request: ApiRequest, reply: ApiReply) => {
  reply.send(202);
  // By callback: a response that comes in one piece with the echo is emitted before a promise is settled.
  void srf.request(request.body, { method: 'INVITE', body: sdp() }, (_error: unknown, invite: ApiRequest) => {
    invite.on('response', (response: ApiReply, ack: () => void) => {
      if (response.status >= 200 && request.calledNumber !== 'forget') ack();
      say(String(response.status));
    });
  });
});

srf.on('error', () => process.exit(1));
srf.on('connect', () => setTimeout(() => say('ready'), 50));
srf.connect({ host, port: Number(port), secret });
