import { silentLog } from '../../../src/base/index.js';
import type {
  DialogHandler,
  LegGround,
  ReceivedRequest,
  ReceivedResponse,
  Reply,
  RequestOptions,
  SentRequest,
  SipApplication,
} from '../../../src/legs/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

type Fields = Readonly<Record<string, string>>;

function reader(fields: Fields): (name: string) => string | undefined {
  const lower = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => lower.get(name.toLowerCase());
}

/** A request that a leg sent; the test plays the far end. */
export class FakeSent {
  readonly acks: ({ readonly body?: string } | undefined)[] = [];
  cancels: (Fields | undefined)[] = [];
  #listener: Parameters<SentRequest['on']>[1] | undefined;

  constructor(
    readonly options: RequestOptions,
    readonly sent: (error: Error | null, request?: SentRequest) => void,
  ) {}

  /** The SIP server says that it is on its way. */
  echo(): this {
    this.sent(null, {
      uri: this.options.uri,
      get: reader({
        'Call-ID': 'c1',
        CSeq: `5 ${this.options.method}`,

        ...this.options.headers,
        From: '<sip:a@b>;tag=t',
      }),
      on: (_, listener) => {
        this.#listener = listener;
      },
      cancel: (options) => {
        this.cancels.push(options.headers);
      },
    });
    return this;
  }

  respond(status: number, body = '', fields: Fields = {}, more: Partial<ReceivedResponse> = {}): this {
    const type: Fields = body === '' ? {} : { 'Content-Type': 'application/sdp' };
    const response = {
      status,
      body,
      get: reader({ ...type, ...fields }),
      source: 'network',
      source_address: '192.0.2.7',
      stackDialogId: 'dialog-1',
      ...more,
    };
    this.#listener?.(response, (ack) => this.acks.push(ack));
    return this;
  }
}

/** A response that a leg gave. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers: Fields;
  readonly body: string | undefined;
}

/** drachtio-srf without a server: what legs send is kept, what they receive comes from the test. */
export class FakeApplication implements SipApplication {
  readonly requests: FakeSent[] = [];
  readonly dialogs = new Map<string, DialogHandler>();
  /** Thrown by the next request, as when there is no connection. */
  failure: Error | undefined;
  readonly #closed: (() => void)[] = [];

  use(): void {}

  on(_event: 'close', listener: () => void): void {
    this.#closed.push(listener);
  }

  loseServer(): void {
    for (const listener of this.#closed) listener();
  }

  request(options: RequestOptions, sent: (error: Error | null, request?: SentRequest) => void): void {
    if (this.failure !== undefined) throw this.failure;
    this.requests.push(new FakeSent(options, sent));
  }

  addDialog(handler: DialogHandler): void {
    this.dialogs.set(handler.id, handler);
  }

  removeDialog(handler: DialogHandler): void {
    this.dialogs.delete(handler.id);
  }

  last(method: string): FakeSent {
    const found = this.requests.findLast((each) => each.options.method === method);
    if (found === undefined)
      throw new Error(`no ${method}; got ${this.requests.map((r) => r.options.method).join(', ')}`);
    return found;
  }

  /** A request of the far end in the only dialog; its answers gather in the result. */
  receive(method: string, body = '', fields: Fields = {}, source = 'network'): FakeReceived {
    const received = fakeReceived(method, 'sip:us', body, fields, source);
    for (const handler of [...this.dialogs.values()].slice(-1)) handler.handle(received.request, received.reply);
    return received;
  }
}

export interface FakeReceived {
  readonly request: ReceivedRequest;
  readonly reply: Reply;
  readonly answers: FakeAnswer[];
  /** The far end gives up. */
  cancel(): void;
  /** What the next final answer meets instead of success. */
  fail: Error | undefined;
}

export function fakeReceived(
  method: string,
  uri: string,
  body = '',
  fields: Fields = {},
  source = 'network',
): FakeReceived {
  const cancelled: (() => void)[] = [];
  const type: Fields = body === '' ? {} : { 'Content-Type': 'application/sdp' };
  const received: FakeReceived = {
    answers: [],
    fail: undefined,
    cancel: () => {
      for (const listener of cancelled) listener();
    },
    request: {
      method,
      uri,
      body,
      get: reader({ From: '<sip:201@x>;tag=f', To: '<sip:202@x>', ...type, ...fields }),
      source,
      source_address: '192.0.2.8',
      source_port: 5070,
      protocol: 'udp',
      on: (event: string, listener: unknown) => {
        if (event === 'cancel' && typeof listener === 'function')
          cancelled.push(() => Reflect.apply(listener, undefined, []));
      },
    },
    reply: {
      stackDialogId: 'dialog-1',
      send: (status, _reason, options, sent) => {
        received.answers.push({ status, headers: options.headers ?? {}, body: options.body });
        sent?.(received.fail ?? null);
      },
    },
  };
  return received;
}

export function fakeGround(application: SipApplication, seed = 1): LegGround {
  return { application, random: new SeededRandom(seed), log: silentLog, userAgent: 'Holdfast/test', live: new Set() };
}

export function sdp(port: number, direction = 'sendrecv', version = 1, more = ''): string {
  return `v=0\r\no=- 1 ${version} IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=${direction}\r\n${more}`;
}
