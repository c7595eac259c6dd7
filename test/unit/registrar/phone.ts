import type {
  Flow,
  RegisterAnswer,
  RegisterContact,
  RegisterRequest,
  Registrar,
} from '../../../src/registrar/index.js';
import {
  answerChallenge,
  type DigestChallenge,
  ha1,
  parseChallenge,
  parseNameAddr,
  unquote,
} from '../../../src/sip/index.js';

export interface PhoneOptions {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  readonly port?: number;
  readonly instance?: string;
  /** Which of the telephone's flows this is; the first where absent. */
  readonly regId?: string;
  readonly algorithm?: 'MD5' | 'SHA-256';
  /** To and From, where it is not the user name. */
  readonly aor?: string;
}

export interface Registering {
  readonly expires?: number;
  readonly contacts?: RegisterRequest['contacts'];
  /** Keep the last challenge for the first try, as telephones do. */
  readonly fresh?: boolean;
  /** Ask for GRUUs. */
  readonly gruu?: boolean;
}

/** A telephone's registration client: answers challenges, counts, keeps its nonce. */
export class Phone {
  readonly options: PhoneOptions;
  readonly flow: Flow;
  contact: string;
  callId: string;
  cseq = 0;
  challenge: DigestChallenge | undefined;
  #nc = 0;

  constructor(options: PhoneOptions) {
    this.options = options;
    this.flow = { transport: 'udp', address: '192.0.2.10', port: options.port ?? 5060 };
    this.contact = `sip:${options.username}@192.0.2.10:${this.flow.port}`;
    this.callId = `${options.username}-${this.flow.port}@phone`;
  }

  /** What it would send next. */
  request(what: Registering = {}): RegisterRequest {
    const { username, domain, aor } = this.options;
    const requestUri = `sip:${domain}`;
    const authorization = what.fresh === true ? undefined : this.authorization('REGISTER', requestUri);
    return {
      username: aor ?? username,
      domain,
      requestUri,
      contacts: what.contacts ?? [this.contactOf()],
      expires: what.expires ?? 300,
      callId: this.callId,
      cseq: ++this.cseq,
      flow: this.flow,
      ...(authorization === undefined ? {} : { authorization }),
      supportedPath: false,
      supportedGruu: what.gruu === true,
    };
  }

  contactOf(): RegisterContact {
    const { instance, regId = '1' } = this.options;
    const params: Record<string, string> = instance === undefined ? {} : { '+sip.instance': instance, 'reg-id': regId };
    return { uri: this.contact, params };
  }

  /** Registers, answering up to three challenges; the last answer. */
  async register(registrar: Registrar, what: Registering = {}): Promise<RegisterAnswer> {
    let answer = await registrar.handle(this.request(what));
    for (let i = 0; i < 3 && (answer.status === 401 || answer.status === 407) && this.learn(answer); i++) {
      const next = this.request(what);
      answer = await registrar.handle(next);
    }
    return answer;
  }

  /** Takes the first challenge that it understands; false when there is none, or no hope. */
  learn(answer: RegisterAnswer): boolean {
    for (const [name, value] of answer.headers) {
      if (name !== 'WWW-Authenticate' && name !== 'Proxy-Authenticate') continue;
      const parsed = parseChallenge(value);
      if (!parsed.ok || (this.options.algorithm ?? 'MD5') !== parsed.value.algorithm) continue;
      const hopeless =
        this.challenge !== undefined && !parsed.value.stale && this.challenge.nonce === parsed.value.nonce;
      if (hopeless) return false;
      this.challenge = parsed.value;
      this.#nc = 0;
      return true;
    }
    return false;
  }

  authorization(method: string, uri: string): string | undefined {
    const { challenge } = this;
    if (challenge === undefined) return undefined;
    const { username, password } = this.options;
    const digest = ha1(username, challenge.realm, password, this.options.algorithm ?? 'MD5');
    const value = answerChallenge({ challenge, method, uri, username, ha1: digest, cnonce: 'abcdef', nc: ++this.#nc });
    return value.ok ? value.value : undefined;
  }
}

/** The `expires` of the Contact that holds `uri`; undefined: not listed. */
export function grantedFor(answer: RegisterAnswer, uri: string): number | undefined {
  const expires = contactParameter(answer, uri, 'expires');
  return expires === undefined ? undefined : Number(expires);
}

/** A parameter of the Contact that holds `uri`, without quotation marks. */
export function contactParameter(answer: RegisterAnswer, uri: string, parameter: string): string | undefined {
  for (const [name, value] of answer.headers) {
    const contact = name === 'Contact' ? parseNameAddr(value) : undefined;
    if (contact?.ok && contact.value.uri === uri) return unquote(contact.value.parameters.get(parameter) ?? '');
  }
  return undefined;
}
