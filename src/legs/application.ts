/**
 * What this product uses of drachtio-srf 5.0.29, structurally: the instance is injected. Its own `Dialog` is left aside,
 * because it hangs after a refused re-INVITE and breaks on one without a body; requests inside dialogs come to a
 * {@link DialogHandler} instead, which is registered in its place.
 */
export interface SipApplication {
  /** Takes requests of one method (lower case) that belong to no known dialog. */
  use(method: string, handler: (request: ReceivedRequest, reply: Reply) => void): unknown;
  /** Sends a request; `sent` gets an error or the request as it left. In a dialog `uri` is `sip:placeholder`. */
  request(options: RequestOptions, sent: (error: Error | null, request?: SentRequest) => void): unknown;
  /** `close`: the connection to the SIP server is lost, and every dialog with it. */
  on(event: 'close', listener: () => void): unknown;
  addDialog(handler: DialogHandler): void;
  removeDialog(handler: DialogHandler): void;
}

export interface RequestOptions {
  readonly uri: string;
  readonly method: string;
  readonly headers?: SipHeaders;
  readonly body?: string;
  /** Where to send it, when not to `uri`. */
  readonly proxy?: string;
  readonly stackDialogId?: string;
}

/** Names as in RFC 3261's long form. */
export type SipHeaders = Readonly<Record<string, string>>;

/** Any message as the application sees it. Several header lines of one name are joined by commas. */
export interface SipView {
  get(name: string): string | undefined;
  readonly body?: string | undefined;
  /** The parts of a multipart body. */
  readonly payload?: readonly { readonly type: string | null; readonly content?: string | undefined }[] | undefined;
  /** `network`, or `application` where the SIP server made the message itself. */
  readonly source?: string | undefined;
  readonly source_address?: string | undefined;
  readonly source_port?: number | string | undefined;
  readonly protocol?: string | undefined;
  readonly stackDialogId?: string | undefined;
}

export interface SentRequest extends SipView {
  /** As it left: in a dialog the remote target. */
  readonly uri: string;
  on(event: 'response', listener: (response: ReceivedResponse, acknowledge: Acknowledge) => void): unknown;
  cancel(options: { readonly headers?: SipHeaders }, sent?: (error: Error | null) => void): void;
}

export interface ReceivedResponse extends SipView {
  readonly status: number;
  readonly reason?: string | undefined;
}

/** ACK for a 2xx to INVITE, PRACK for a reliable 1xx. */
export type Acknowledge = (options?: { readonly body?: string }) => void;

export interface ReceivedRequest extends SipView {
  readonly method: string;
  readonly uri: string;
  on(event: 'cancel', listener: () => void): unknown;
  on(event: 'update', listener: (request: ReceivedRequest, reply: Reply) => void): unknown;
}

/** The answer to a received request. */
export interface Reply {
  send(
    status: number,
    reason: string,
    options: { readonly headers?: SipHeaders; readonly body?: string },
    sent?: (error: unknown, message?: SipView) => void,
  ): unknown;
  readonly stackDialogId?: string | undefined;
}

/** Stands where drachtio-srf keeps its dialogs. */
export interface DialogHandler {
  readonly id: string;
  readonly dialogType: 'INVITE';
  handle(request: ReceivedRequest, reply: Reply): void;
}

/** The instance as this product uses it. Throws where the object is no drachtio-srf of a kind that is known to work. */
export function asApplication(srf: unknown): SipApplication {
  if (isApplication(srf)) return srf;
  throw new TypeError('not a drachtio-srf instance: use, request, on, addDialog and removeDialog are needed');
}

function isApplication(srf: unknown): srf is SipApplication {
  if (typeof srf !== 'object' || srf === null) return false;
  const methods = ['use', 'request', 'on', 'addDialog', 'removeDialog'];
  return methods.every((name) => typeof Reflect.get(srf, name) === 'function');
}

/**
 * Header fields for drachtio-srf, which takes one value per name. Where lines may not be joined by commas (challenges,
 * RFC 3261 §7.3.1) the further ones follow in the value, as header lines of their own.
 */
export function headerFields(fields: readonly (readonly [name: string, value: string])[]): SipHeaders {
  const headers: Record<string, string> = {};
  for (const [name, value] of fields) {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}\r\n${name}: ${value}`;
  }
  return headers;
}
