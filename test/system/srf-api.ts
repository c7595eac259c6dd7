import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { serverOfChoice, test } from './server-of-choice.js';
import { type Scene, type ServerUnderTest, scene, secret } from './sip-server-bench.js';

/**
 * drachtio-srf's whole interface as the tests of it use it: wider and truer than its own declaration. What a test covers is
 * named by {@link covering}; srf-api-coverage.test.ts compares the names with what the package exports.
 */
export interface ApiMessage extends EventEmitter {
  readonly type: string;
  readonly raw: string;
  readonly method: string;
  readonly uri: string;
  readonly url: string;
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly payload: readonly { readonly type: string; readonly content: string }[];
  readonly headers: Readonly<Record<string, string>>;
  readonly source: string;
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly stackTime: string;
  readonly stackTxnId: string;
  readonly stackDialogId: string;
  readonly receivedOn: string;
  readonly callingNumber: string;
  readonly callingName: string;
  readonly calledNumber: string;
  readonly canFormDialog: boolean;
  readonly isNewInvite: boolean;
  readonly agent: unknown;
  readonly socket: Socket;
  readonly srf: Api;
  readonly meta: Readonly<Record<string, unknown>>;
  get(name: string): string;
  has(name: string): boolean;
  set(name: string | Readonly<Record<string, string>>, value?: string): ApiMessage;
  getHeaderName(name: string): string | undefined;
  getParsedHeader(name: string): Parsed & readonly Parsed[];
}

interface Parsed {
  readonly uri: string;
  readonly params: Readonly<Record<string, string>>;
  readonly method: string;
  readonly seq: number;
}

export interface ApiRequest extends ApiMessage {
  readonly res: ApiReply;
  user?: unknown;
  cancel(...args: readonly unknown[]): void;
  logIn(...args: readonly unknown[]): void;
  logOut(): void;
  isAuthenticated(): boolean;
  isUnauthenticated(): boolean;
}

export interface ApiReply extends ApiMessage {
  readonly req: ApiRequest;
  statusCode: number;
  readonly finalResponseSent: boolean;
  readonly headersSent: boolean;
  send(status: number, ...args: readonly unknown[]): void;
  end(...args: readonly unknown[]): void;
  toJSON(): Readonly<Record<string, unknown>>;
  removeHeader(name: string): void;
  getHeader(name: string): string;
  setHeader(name: string, value: string): void;
}

export interface ApiDialog extends EventEmitter {
  readonly id: string;
  readonly type: 'uac' | 'uas';
  readonly dialogType: string;
  readonly subscribeEvent: string | null;
  readonly socket: Socket;
  readonly connected: boolean;
  readonly onHold: boolean;
  readonly other: ApiDialog;
  readonly sip: { readonly callId: string; readonly localTag: string; readonly remoteTag: string };
  readonly local: { readonly uri: string; readonly sdp: string; readonly contact: string };
  readonly remote: { readonly uri: string; readonly sdp: string };
  queueRequests: boolean;
  toJSON(): Readonly<Record<string, unknown>>;
  getCountOfSubscriptions(): number;
  addSubscription(request: ApiRequest): number;
  removeSubscription(uri: string, event: string): number;
  destroy(...args: readonly unknown[]): Promise<ApiMessage>;
  modify(...args: readonly unknown[]): Promise<string & { readonly sdp: string; readonly ack: (sdp: string) => void }>;
  request(...args: readonly unknown[]): Promise<ApiMessage>;
  info(...args: readonly unknown[]): unknown;
}

export type Handler = (request: ApiRequest, reply: ApiReply, next: (error?: unknown) => void) => void;

type Verb =
  | ('invite' | 'bye' | 'register' | 'info' | 'subscribe' | 'options' | 'message' | 'notify' | 'cancel' | 'update')
  | ('prack' | 'ack' | 'refer' | 'publish');

export interface Api extends EventEmitter, Readonly<Record<Verb, (handler: Handler) => void>> {
  readonly app: unknown;
  readonly idle: boolean;
  readonly locals: Record<string, unknown>;
  connect(...args: readonly unknown[]): unknown;
  disconnect(socket?: Socket): void;
  use(...args: readonly unknown[]): void;
  set(name: string, value: unknown): void;
  get(name: string): unknown;
  dialog(): Handler;
  createUAS(...args: readonly unknown[]): Promise<ApiDialog>;
  createUAC(...args: readonly unknown[]): Promise<ApiDialog & LateOffer>;
  createB2BUA(...args: readonly unknown[]): Promise<{ readonly uas: ApiDialog; readonly uac: ApiDialog }>;
  request(...args: readonly unknown[]): Promise<ApiRequest>;
  findDialogById(id: string): ApiDialog | undefined;
  findDialogByCallIDAndFromTag(callId: string, tag: string): ApiDialog | undefined;
  addDialog(dialog: ApiDialog): void;
  removeDialog(dialog: ApiDialog): void;
  unregisterForMessages(verb: string): void;
  reregisterForMessages(verb: string): void;
}

/** What createUAC gives with `noAck`: the callee's offer, and the way to answer it. */
export interface LateOffer {
  readonly sdp: string;
  readonly ack: (sdp: string) => Promise<ApiDialog>;
}

export interface ApiClass {
  new (...args: readonly unknown[]): Api;
  readonly prototype: object;
  readonly Dialog: { readonly prototype: object };
  readonly SipError: new (...args: readonly unknown[]) => Error;
  readonly SipMessage: new (text?: string) => ApiMessage;
  readonly SipRequest: { readonly prototype: object };
  readonly SipResponse: { readonly prototype: object };
  readonly DialogState: Readonly<Record<string, string>>;
  readonly DialogDirection: Readonly<Record<string, string>>;
  parseUri(uri: string): { readonly user: string; readonly host: string; readonly port: number };
  stringifyUri(uri: object): string;
}

export const SrfClass: ApiClass = createRequire(import.meta.url)('drachtio-srf');

/** What the tests cover; `only`: they are loaded for their names, and do not run. */
export const coverage = { names: new Set<string>(), only: false };

/** A test of the functions that `names` lists, as `Class#function`; `Class=event` and options in words. */
export function covering(names: readonly string[], title: string, body: (s: Scene) => Promise<void>): void {
  for (const name of names) coverage.names.add(name);
  if (!coverage.only) test(title, () => scene(body));
}

/** A connected application, its handlers in place. */
export async function connected(
  s: Scene,
  server: ServerUnderTest,
  prepare: (srf: Api) => void = () => undefined,
): Promise<Api> {
  const srf = new SrfClass();
  prepare(srf);
  const welcome = new Promise<void>((resolve, reject) => {
    srf.once('connect', (error: unknown) => (error ? reject(error) : resolve()));
  });
  srf.on('error', () => undefined);
  srf.connect({ host: serverOfChoice?.host ?? '127.0.0.1', port: server.handle.controlPort, secret });
  await welcome;
  // The routes are on their way before anything that the test sends.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const disconnect = srf.disconnect.bind(srf);
  let gone = false;
  srf.disconnect = () => {
    if (!gone) disconnect();
    gone = true;
  };
  s.onClose(() => srf.disconnect());
  return srf;
}

/** The response of RFC 2617 that credentials must hold. */
export function digestOf(credentials: string, method: string, password: string): { given: string; wanted: string } {
  const fields = Object.fromEntries([...credentials.matchAll(/(\w+)="?([^",]+)"?/g)].map((m) => [m[1], m[2]]));
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const ha1 = md5(`${fields.username}:${fields.realm}:${password}`);
  const ha2 = md5(`${method}:${fields.uri}`);
  const middle = fields.qop === undefined ? '' : `${fields.nc}:${fields.cnonce}:${fields.qop}:`;
  return { given: fields.response ?? '', wanted: md5(`${ha1}:${fields.nonce}:${middle}${ha2}`) };
}
