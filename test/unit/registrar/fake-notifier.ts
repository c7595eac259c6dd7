import type { Clock } from '../../../src/base/index.js';
import type { Directory } from '../../../src/directory/index.js';
import type {
  MessageNotice,
  SubscribeAnswer,
  SubscribeRequest,
  UpstreamSubscribe,
} from '../../../src/registrar/index.js';
import { challengeHeader, parseCredentials, verifyCredentials } from '../../../src/sip/index.js';

/** Mailboxes at the centre, with digest authentication, at a distance of 10 ms. */
export class FakeNotifier implements UpstreamSubscribe {
  readonly #clock: Clock;
  readonly #directory: Pick<Directory, 'byUsername'>;
  readonly #realm: string;
  readonly heard: SubscribeRequest[] = [];
  /** Subscriptions in force, by dialog. */
  readonly dialogs = new Map<string, { readonly username: string; readonly contactUri: string; endsAtMs: number }>();
  /** Answers this instead, while it stands. */
  status: number | undefined;
  silent = false;
  headers: Readonly<Record<string, readonly string[]>> = {};
  grantedS = 600;
  shortestS = 0;
  #serial = 0;

  constructor(clock: Clock, directory: Pick<Directory, 'byUsername'>, realm: string) {
    this.#clock = clock;
    this.#directory = directory;
    this.#realm = realm;
  }

  subscribe(request: SubscribeRequest): Promise<SubscribeAnswer> {
    this.heard.push(request);
    return new Promise((resolve) => {
      this.#clock.after(10, () => resolve(this.silent ? { kind: 'silent' } : this.#answer(request)));
    });
  }

  /** Subscriptions that have not lapsed. */
  of(username: string): readonly string[] {
    const now = this.#clock.now();
    return [...this.dialogs].flatMap(([dialog, each]) =>
      each.username === username && each.endsAtMs > now ? [dialog] : [],
    );
  }

  notice(dialog: string, waiting: boolean, state: MessageNotice['state'] = { value: 'active' }): MessageNotice {
    return {
      uri: this.dialogs.get(dialog)?.contactUri ?? 'sip:nobody@198.51.100.1',
      event: 'message-summary',
      state,
      dialog,
      contentType: 'application/simple-message-summary',
      body: `Messages-Waiting: ${waiting ? 'yes' : 'no'}\r\n`,
    };
  }

  #answer(request: SubscribeRequest): SubscribeAnswer {
    const uri =
      request.dialog === undefined ? `sip:${request.username}@${request.domain}` : 'sip:mailbox@10.9.9.9:5080';
    const say = (status: number, headers: Readonly<Record<string, readonly string[]>> = {}): SubscribeAnswer => ({
      kind: 'answer',
      status,
      headers,
      uri,
    });
    if (this.status !== undefined) return say(this.status, this.headers);
    if (!this.#proves(request, uri)) {
      const challenge = challengeHeader({
        realm: this.#realm,
        nonce: `n${this.#serial++}`,
        algorithm: 'MD5',
        qop: ['auth'],
        stale: false,
      });
      return say(407, { 'proxy-authenticate': [challenge] });
    }
    if (request.expires > 0 && request.expires < this.shortestS)
      return say(423, { 'min-expires': [String(this.shortestS)] });
    if (request.dialog !== undefined && this.of(request.username).every((dialog) => dialog !== request.dialog))
      return say(481);
    const dialog = request.dialog ?? `dialog-${++this.#serial}`;
    const expires = Math.min(request.expires, Math.max(this.grantedS, this.shortestS));
    if (expires === 0) this.dialogs.delete(dialog);
    else {
      const { username, contactUri } = request;
      this.dialogs.set(dialog, { username, contactUri, endsAtMs: this.#clock.now() + expires * 1000 });
    }
    return { ...say(200, { expires: [String(expires)] }), dialog };
  }

  #proves(request: SubscribeRequest, uri: string): boolean {
    const credentials = parseCredentials(request.proxyAuthorization ?? '');
    const ha1 = this.#directory.byUsername(request.username)?.ha1.md5;
    if (!credentials.ok || ha1 === undefined) return false;
    const { value } = credentials;
    return value.uri === uri && verifyCredentials({ credentials: value, method: 'SUBSCRIBE', ha1 });
  }
}
