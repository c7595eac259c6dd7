import type { Log } from '../../src/base/index.js';
import type {
  Acknowledge,
  DialogHandler,
  ReceivedRequest,
  Reply,
  RequestOptions,
  SentRequest,
  SipApplication,
} from './sip-application.js';

/** Header fields that a call server hands on: they name the call and not the hop. */
const carried = ['Session-ID', 'P-Asserted-Identity', 'Privacy', 'Diversion', 'History-Info'];

/** One side of a call through the centre: whatever comes in it goes out on the other side. */
class Side implements DialogHandler {
  readonly dialogType = 'INVITE';
  readonly id: string;
  readonly #onRequest: (request: ReceivedRequest, reply: Reply) => void;

  constructor(id: string, onRequest: (request: ReceivedRequest, reply: Reply) => void) {
    this.id = id;
    this.#onRequest = onRequest;
  }

  handle(request: ReceivedRequest, reply: Reply): void {
    this.#onRequest(request, reply);
  }
}

/** A call through the centre: a back-to-back user agent that keeps bodies as they are. */
export class CentreCall {
  readonly #application: SipApplication;
  readonly #log: Log;
  readonly #onEnd: () => void;
  #caller: Side | undefined;
  #called: Side | undefined;
  #outgoing: SentRequest | undefined;
  #cancelled = false;
  #over = false;
  /** Waits for the ACK that carries the answer to an offer of the other side (RFC 3264 §5). */
  readonly #late = new Map<Side, Acknowledge>();

  constructor(application: SipApplication, log: Log, onEnd: () => void) {
    this.#application = application;
    this.#log = log;
    this.#onEnd = onEnd;
  }

  start(request: ReceivedRequest, reply: Reply, target: string): void {
    request.on('cancel', () => {
      this.#cancelled = true;
      this.#outgoing?.cancel({});
      this.#end();
    });
    const headers: Record<string, string> = {
      From: withoutTag(request.get('From') ?? ''),
      To: withoutTag(request.get('To') ?? ''),
    };
    for (const name of carried) {
      const value = request.get(name);
      if (value !== undefined) headers[name] = value;
    }
    this.#request(
      { uri: target, method: 'INVITE', headers: typed(headers, request.body), ...bodyOf(request.body) },
      (sent) => {
        this.#outgoing = sent;
        if (this.#cancelled) sent.cancel({});
        sent.on('response', (response, acknowledge) => {
          const { status, body } = response;
          if (status < 200) {
            if (status > 100 && !this.#cancelled) reply.send(status, { headers: typed({}, body), ...bodyOf(body) });
          } else if (status >= 300) {
            if (!this.#cancelled) reply.send(status === 401 || status === 407 ? 500 : status);
            this.#end();
          } else {
            acknowledge();
            this.#called = this.#join(response.stackDialogId, (r, a) => this.#relay(r, a, () => this.#caller));
            if (this.#cancelled) {
              this.#send(this.#called, 'BYE');
              this.#end();
            } else this.#answer(reply, body);
          }
        });
      },
      () => {
        reply.send(503);
        this.#end();
      },
    );
  }

  #answer(reply: Reply, body: string | undefined): void {
    reply.send(200, { headers: typed({}, body), ...bodyOf(body) }, (error, message) => {
      const dialog = reply.stackDialogId ?? message?.stackDialogId;
      if ((error !== null && error !== undefined) || dialog === undefined) {
        this.#send(this.#called, 'BYE');
        this.#end();
        return;
      }
      this.#caller = this.#join(dialog, (r, a) => this.#relay(r, a, () => this.#called));
    });
  }

  #relay(request: ReceivedRequest, reply: Reply, to: () => Side | undefined): void {
    const side = to();
    switch (request.method) {
      case 'BYE':
        reply.send(200);
        this.#send(side, 'BYE');
        this.#end();
        return;
      case 'ACK': {
        const acknowledge = side === undefined ? undefined : this.#late.get(side);
        if (side === undefined || acknowledge === undefined) return;
        this.#late.delete(side);
        acknowledge(request.body === undefined || request.body === '' ? {} : { body: request.body });
        return;
      }
      default:
        if (side === undefined) reply.send(481);
        else this.#pass(request, reply, side);
    }
  }

  #pass(request: ReceivedRequest, reply: Reply, side: Side): void {
    const { method, body } = request;
    const invite = method === 'INVITE';
    this.#request(
      { uri: 'sip:placeholder', method, stackDialogId: side.id, headers: typed({}, body, request), ...bodyOf(body) },
      (sent) => {
        sent.on('response', (response, acknowledge) => {
          if (response.status < 200) return;
          const ours = invite && response.status < 300;
          if (ours && (body ?? '') === '') this.#late.set(side, acknowledge);
          else if (ours) acknowledge();
          reply.send(response.status, { headers: typed({}, response.body, response), ...bodyOf(response.body) });
        });
      },
      () => reply.send(500),
    );
  }

  #join(dialog: string | undefined, onRequest: (request: ReceivedRequest, reply: Reply) => void): Side | undefined {
    if (dialog === undefined) return undefined;
    const side = new Side(dialog, onRequest);
    this.#application.addDialog(side);
    return side;
  }

  #send(side: Side | undefined, method: string): void {
    if (side === undefined) return;
    this.#request({ uri: 'sip:placeholder', method, stackDialogId: side.id }, () => undefined);
  }

  #request(options: RequestOptions, sent: (request: SentRequest) => void, failed: () => void = () => undefined): void {
    this.#application.request(options, (error, request) => {
      if (request !== undefined) {
        sent(request);
        return;
      }
      this.#log.warn('request not sent', { method: options.method, why: String(error) });
      failed();
    });
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const side of [this.#caller, this.#called]) if (side !== undefined) this.#application.removeDialog(side);
    this.#onEnd();
  }
}

function withoutTag(value: string): string {
  return value.replace(/;tag=[^;]*/, '');
}

function bodyOf(body: string | undefined): { body?: string } {
  return body === undefined || body === '' ? {} : { body };
}

/** `headers` with the type of the body, where there is one. */
function typed(
  headers: Record<string, string>,
  body: string | undefined,
  from?: { get(name: string): string | undefined },
): Record<string, string> {
  if (body === undefined || body === '') return headers;
  return { ...headers, 'Content-Type': from?.get('Content-Type') ?? 'application/sdp' };
}
