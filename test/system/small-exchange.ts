import type { SrfApp, SrfDialog, SrfMessage, SrfReply, SrfRequest } from './sip-server-bench.js';

/** The least that telephones need: it registers them, joins them, passes holds on, and carries out blind transfers. */
export class SmallExchange {
  /** Contacts by user. */
  readonly contacts = new Map<string, string>();
  /** How each REGISTER came: protocol and user. */
  readonly registered: string[] = [];
  /** The direction that each change of a session asked for: `sendonly` is a hold. */
  readonly directions: string[] = [];
  #app: SrfApp | undefined;

  readonly routes = {
    register: (request: SrfRequest, reply: SrfReply) => this.#register(request, reply),
    invite: (request: SrfRequest, reply: SrfReply) => void this.#call(request, reply),
  };

  run(app: SrfApp): void {
    this.#app = app;
  }

  #register(request: SrfRequest, reply: SrfReply): void {
    const user = userOf(request.get('To'));
    const contact = /<([^>]+)>/.exec(request.get('Contact') ?? '')?.[1];
    const expires = /;expires=(\d+)/.exec(request.get('Contact') ?? '')?.[1] ?? request.get('Expires') ?? '300';
    if (contact === undefined || expires === '0') {
      this.contacts.delete(user);
      reply.send(200);
      return;
    }
    this.contacts.set(user, contact);
    this.registered.push(`${request.protocol} ${user}`);
    reply.send(200, { headers: { Contact: `<${contact}>;expires=${expires}` } });
  }

  async #call(request: SrfRequest, reply: SrfReply): Promise<void> {
    const app = this.#app;
    const target = this.contacts.get(userOf(request.uri));
    if (app === undefined || target === undefined) {
      reply.send(404);
      return;
    }
    try {
      const { uas, uac } = await app.createB2BUA(request, reply, target);
      this.#join(app, uas, uac);
    } catch {
      // The caller has its answer from the library.
    }
  }

  #join(app: SrfApp, a: SrfDialog, b: SrfDialog): void {
    const pair = { a, b };
    const other = (one: SrfDialog) => (one === pair.a ? pair.b : pair.a);
    const follow = (one: SrfDialog) => {
      one.on('destroy', () => {
        // A dialog that was transferred away is nobody's business any more.
        if (one === pair.a || one === pair.b) void other(one).destroy();
      });
      one.on('modify', (request: SrfRequest, reply: SrfReply) => {
        void other(one)
          .modify(request.body)
          .then((sdp) => {
            reply.send(200, { body: sdp });
            this.directions.push(/a=(sendrecv|sendonly|recvonly|inactive)/.exec(request.body)?.[1] ?? 'sendrecv');
          });
      });
      one.on('refer', (request: SrfRequest, reply: SrfReply) => {
        void transfer(one, request, reply);
      });
    };
    const transfer = async (one: SrfDialog, request: SrfRequest, reply: SrfReply) => {
      reply.send(202);
      const target = this.contacts.get(userOf(request.get('Refer-To')));
      if (target === undefined) {
        await notify(one, 'SIP/2.0 404 Not Found', 'terminated;reason=noresource');
        return;
      }
      const staying = other(one);
      const fresh = await app.createUAC(target, { localSdp: staying.remote.sdp });
      await staying.modify(fresh.remote.sdp);
      pair.a = staying;
      pair.b = fresh;
      follow(fresh);
      await notify(one, 'SIP/2.0 200 OK', 'terminated;reason=noresource').catch(() => undefined);
      await one.destroy().catch(() => undefined);
    };
    follow(a);
    follow(b);
  }
}

function notify(dialog: SrfDialog, body: string, state: string): Promise<SrfMessage> {
  const headers = { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag' };
  return dialog.request({ method: 'NOTIFY', headers, body });
}

function userOf(address: string | undefined): string {
  return /sips?:([^@;>]+)@/.exec(address ?? '')?.[1] ?? '';
}
