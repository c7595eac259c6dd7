import { type Random, silentLog } from '../../../src/base/index.js';
import {
  type ClientTransaction,
  type ClientTransactionUser,
  createResponse,
  formatMessage,
  Headers,
  type Path,
  parseMessage,
  type ServerTransaction,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  stampVia,
  TransactionLayer,
  type TransactionLayerUser,
} from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

/** A request as a user agent makes it, without Via. */
export function makeRequest(method: string, more: Readonly<Record<string, string>> = {}): SipRequest {
  const headers = new Headers([
    ['Max-Forwards', '70'],
    ['From', '<sip:alice@a.test>;tag=alice'],
    ['To', '<sip:bob@b.test>'],
    ['Call-ID', 'call-1'],
    ['CSeq', `1 ${method}`],
    ['Contact', '<sip:alice@192.0.2.1>'],
  ]);
  for (const name in more) headers.set(name, more[name] ?? '');
  return { kind: 'request', method, uri: 'sip:bob@192.0.2.2', headers, body: Buffer.alloc(0) };
}

export function mustParse(bytes: Buffer): SipMessage {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return parsed.value;
}

/** A path that remembers what it carried. */
export class RecordingPath implements Path {
  readonly transport;
  readonly sentBy = '192.0.2.1:5060';
  readonly sent: { readonly at: number; readonly message: SipMessage }[] = [];
  readonly watchers = new Set<(why: string) => void>();
  /** Set to make every send fail, on a later turn. */
  failure = '';

  constructor(
    readonly clock: VirtualClock,
    readonly reliable = false,
  ) {
    this.transport = reliable ? ('TCP' as const) : ('UDP' as const);
  }

  send(bytes: Buffer, failed: (why: string) => void): void {
    this.sent.push({ at: this.clock.now(), message: mustParse(bytes) });
    if (this.failure !== '') this.clock.after(0, () => failed(this.failure));
  }

  /** `method` or `status` of each message, in order. */
  get names(): readonly string[] {
    return this.sent.map(({ message }) => nameOf(message));
  }

  /** When each message of that name left. */
  timesOf(name: string): readonly number[] {
    return this.sent.filter(({ message }) => nameOf(message) === name).map(({ at }) => at);
  }

  last(): SipMessage {
    const entry = this.sent[this.sent.length - 1];
    if (entry === undefined) throw new Error('nothing was sent');
    return entry.message;
  }
}

export function nameOf(message: SipMessage): string {
  return message.kind === 'request' ? message.method : String(message.status);
}

/** Remembers all that a client transaction reported. */
export class RecordingClient implements ClientTransactionUser {
  readonly events: string[] = [];
  readonly responses: SipResponse[] = [];

  response(response: SipResponse): void {
    this.events.push(String(response.status));
    this.responses.push(response);
  }

  timedOut(_transaction: ClientTransaction): void {
    this.events.push('timedOut');
  }

  failed(why: string): void {
    this.events.push(`failed ${why}`);
  }
}

/** A layer whose user writes everything down. */
export class Bench implements TransactionLayerUser<string> {
  readonly clock = new VirtualClock();
  readonly layer: TransactionLayer<string>;
  readonly requests: { request: SipRequest; transaction: ServerTransaction }[] = [];
  readonly acks: SipRequest[] = [];
  readonly cancels: { transaction: ServerTransaction; target: ServerTransaction | undefined }[] = [];
  readonly strays: SipResponse[] = [];

  constructor(random: Random = new SeededRandom(1)) {
    this.layer = new TransactionLayer({ clock: this.clock, random, user: this, log: silentLog });
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    this.requests.push({ request, transaction });
  }

  ack(request: SipRequest): void {
    this.acks.push(request);
  }

  cancel(_request: SipRequest, transaction: ServerTransaction, target: ServerTransaction | undefined): void {
    this.cancels.push({ transaction, target });
  }

  stray(response: SipResponse): void {
    this.strays.push(response);
  }

  /** A request arrives from 192.0.2.9 with the given Via parameters. */
  arrive(request: SipRequest, path: Path, via = 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKone'): SipRequest {
    const copy: SipRequest = { ...request, headers: request.headers.clone() };
    copy.headers.prepend('Via', via);
    stampVia(copy.headers, '192.0.2.9', 5060);
    this.layer.receiveRequest(copy, path, 'net');
    return copy;
  }

  /** The peer answers the last request sent on `path`. */
  answer(path: RecordingPath, status: number, toTag = 'bob', method?: string): void {
    const request = [...path.sent]
      .reverse()
      .find(({ message }) => message.kind === 'request' && (method === undefined || message.method === method));
    if (request?.message.kind !== 'request') throw new Error('no request to answer');
    const response = createResponse(request.message, status, toTag);
    response.headers.append('Contact', '<sip:bob@192.0.2.2>');
    this.layer.receiveResponse(response, 'net');
  }

  respond(index: number, status: number): void {
    const entry = this.requests[index];
    if (entry === undefined) throw new Error('no such request');
    entry.transaction.respond(status, formatMessage(createResponse(entry.request, status, 'local')));
  }
}
