import type {
  Acknowledge,
  DialogHandler,
  ReceivedRequest,
  ReceivedResponse,
  Reply,
  RequestOptions,
  SentRequest,
  SipApplication,
} from '../../../appliance/lab/sip-application.js';

/** What was asked of the SIP server; a test answers it. */
export interface Asked {
  readonly options: RequestOptions;
  answer(status: number, more?: { headers?: Readonly<Record<string, string>>; body?: string; dialog?: string }): void;
  acknowledged: number;
  acknowledgedWith: string | undefined;
  cancelled: boolean;
}

/** An application whose SIP server is the test itself. */
export class FakeApplication implements SipApplication {
  readonly asked: Asked[] = [];
  readonly dialogs = new Map<string, DialogHandler>();
  readonly handlers = new Map<string, (request: ReceivedRequest, reply: Reply) => void>();

  get last(): Asked {
    const last = this.asked.at(-1);
    if (last === undefined) throw new Error('nothing was asked');
    return last;
  }

  request(options: RequestOptions, sent: (error: unknown, request?: SentRequest) => void): void {
    let listener: ((response: ReceivedResponse, acknowledge: Acknowledge) => void) | undefined;
    const asked: Asked = {
      options,
      acknowledged: 0,
      acknowledgedWith: undefined,
      cancelled: false,
      answer: (status, more = {}) => {
        const get = (name: string): string | undefined => more.headers?.[name];
        listener?.({ status, get, body: more.body ?? '', stackDialogId: more.dialog }, (acknowledgement) => {
          asked.acknowledged++;
          asked.acknowledgedWith = acknowledgement?.body;
        });
      },
    };
    this.asked.push(asked);
    sent(null, {
      get: (name) => options.headers?.[name] ?? (name === 'CSeq' ? `1 ${options.method}` : undefined),
      on: (_event, on) => {
        listener = on;
      },
      cancel: () => {
        asked.cancelled = true;
      },
    });
  }

  addDialog(handler: DialogHandler): void {
    this.dialogs.set(handler.id, handler);
  }

  removeDialog(handler: DialogHandler): void {
    this.dialogs.delete(handler.id);
  }

  use(method: string, handler: (request: ReceivedRequest, reply: Reply) => void): void {
    this.handlers.set(method, handler);
  }

  on(): void {}
  connect(): void {}
  disconnect(): void {}
}

export interface Replied {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request from the wire, its answers kept; `cancel` is the CANCEL that may follow. */
export function arrives(
  method: string,
  uri: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
  dialog = 'incoming',
): { request: ReceivedRequest; reply: Reply; replies: Replied[]; cancel: () => void } {
  const replies: Replied[] = [];
  let onCancel = (): void => undefined;
  return {
    replies,
    cancel: () => onCancel(),
    request: {
      method,
      uri,
      body,
      get: (name) => headers[name],
      on: (_event, listener) => {
        onCancel = () => {
          listener();
          return undefined;
        };
      },
    },
    reply: {
      stackDialogId: dialog,
      send: (status, options = {}, sent = () => undefined) => {
        replies.push({ status, headers: options.headers ?? {}, body: options.body ?? '' });
        sent(null);
      },
    },
  };
}
