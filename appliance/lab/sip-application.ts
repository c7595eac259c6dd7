/**
 * What the lab uses of drachtio-srf 5, structurally. Its own `Dialog` is left aside, because it breaks on a re-INVITE
 * without a body: requests inside dialogs come to a {@link DialogHandler}.
 */
export interface SipApplication {
  request(options: RequestOptions, sent: (error: unknown, request?: SentRequest) => void): unknown;
  addDialog(handler: DialogHandler): void;
  removeDialog(handler: DialogHandler): void;
  /** Takes the requests of one method (in lower case) that belong to no dialog. */
  use(method: string, handler: (request: ReceivedRequest, reply: Reply) => void): unknown;
  on(event: 'error' | 'connect', listener: (error: unknown) => void): unknown;
  connect(options: { readonly host: string; readonly port: number; readonly secret: string }): unknown;
  disconnect(): void;
}

export interface RequestOptions {
  readonly uri: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Where to send it, when not to `uri`. */
  readonly proxy?: string;
  readonly stackDialogId?: string;
}

export interface SipView {
  get(name: string): string | undefined;
  readonly body?: string | undefined;
  readonly source_address?: string | undefined;
  readonly stackDialogId?: string | undefined;
}

export interface SentRequest extends SipView {
  on(event: 'response', listener: (response: ReceivedResponse, acknowledge: Acknowledge) => void): unknown;
  cancel(options: { readonly headers?: Readonly<Record<string, string>> }, sent?: (error: unknown) => void): void;
}

export interface ReceivedResponse extends SipView {
  readonly status: number;
  readonly reason?: string | undefined;
}

export type Acknowledge = (options?: { readonly body?: string }) => void;

export interface ReceivedRequest extends SipView {
  readonly method: string;
  readonly uri: string;
  on(event: 'cancel', listener: () => void): unknown;
}

export interface Reply {
  readonly stackDialogId?: string | undefined;
  send(
    status: number,
    options?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string },
    sent?: (error: unknown, message?: SipView) => void,
  ): unknown;
}

export interface DialogHandler {
  readonly id: string;
  readonly dialogType: 'INVITE';
  handle(request: ReceivedRequest, reply: Reply): void;
}

/** A SIP server of its own for one party: what `startSipServer` of the SIP server's folder does. */
export type OpenSipServer = (options: {
  readonly address: string;
  readonly port: number;
  /** False: every packet is dropped, both ways. */
  readonly gate?: () => boolean;
}) => Promise<OpenedSipServer>;

export interface OpenedSipServer {
  readonly port: number;
  readonly application: SipApplication;
  close(): Promise<void>;
}

/** The instance, when it has what the lab needs of it. */
export function isSipApplication(srf: unknown): srf is SipApplication {
  if (typeof srf !== 'object' || srf === null) return false;
  const methods = ['request', 'addDialog', 'removeDialog', 'use', 'on', 'connect', 'disconnect'];
  return methods.every((name) => typeof Reflect.get(srf, name) === 'function');
}
