import { between, type Clock, cause, hexToken, type Random, type Timer } from '../../src/base/index.js';
import type { ArrivingCall } from '../../src/branch/index.js';
import type { LegReleased } from '../../src/call/index.js';
import type { RegisterAnswer, RegisterRequest } from '../../src/registrar/index.js';
import { answerChallenge, ha1, parseChallenge } from '../../src/sip/index.js';
import { SimulatedLeg } from './simulated-leg.js';

/** What became of a call that a phone placed. */
export interface Attempt {
  readonly from: string;
  readonly dialled: string;
  readonly placedAt: number;
  /** From the answer until the caller hangs up. */
  readonly talkMs: number;
  ringingAt?: number;
  answeredAt?: number;
  endedAt?: number;
  cause?: number;
  hungUpBy?: 'caller' | 'other';
}

export interface PhoneWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly domain: string;
  /** People hold, move and transfer their calls. */
  readonly fidgets: boolean;
  /** The branch takes no packets: its process is down. */
  register(request: RegisterRequest): Promise<RegisterAnswer | undefined>;
  call(call: Omit<ArrivingCall, 'leg'>, leg: SimulatedLeg): boolean;
  legMade(leg: SimulatedLeg): void;
  legOver(leg: SimulatedLeg): void;
  acknowledged(phone: Phone, contact: string, expiresS: number): void;
  wrongPasswordAccepted(phone: Phone): void;
}

export interface PhoneOptions {
  readonly username: string;
  readonly password: string;
  /** The password is not the user's: nothing that it does may be accepted. */
  readonly impostor?: boolean;
  readonly algorithm: 'MD5' | 'SHA-256';
  readonly address: string;
}

/** A caller's patience until the answer, ms. */
const patienceMs = 150_000;

/** A telephone: registers, refreshes, restarts, calls and is called. */
export class Phone {
  readonly attempts: Attempt[] = [];
  readonly options: PhoneOptions;
  readonly #world: PhoneWorld;
  readonly #legs = new Set<SimulatedLeg>();
  contact = '';
  on = false;
  /** Is in a call, and refuses a second one. */
  busy = false;
  #callId = '';
  #cseq = 0;
  #nc = 0;
  #challenge: string | undefined;
  #timer: Timer | undefined;
  #boots = 0;

  constructor(world: PhoneWorld, options: PhoneOptions) {
    this.#world = world;
    this.options = options;
  }

  get flow() {
    return { transport: 'udp' as const, address: this.options.address, port: 5060 };
  }

  /** Power on: a new contact, a new Call-ID, no nonce. */
  start(): void {
    this.on = true;
    this.#boots++;
    this.contact = `sip:${this.options.username}@${this.options.address}:5060;boot=${this.#boots}`;
    this.#callId = hexToken(this.#world.random, 8);
    this.#cseq = 0;
    this.#challenge = undefined;
    this.#registerIn(between(this.#world.random, 0, 2000));
  }

  /** Power off, without a word. */
  stop(): void {
    this.on = false;
    this.#timer?.cancel();
    for (const leg of this.#legs) leg.mute();
    this.#legs.clear();
    this.busy = false;
  }

  place(dialled: string, talkMs = between(this.#world.random, 2000, 180_000)): Attempt {
    const attempt: Attempt = { from: this.options.username, dialled, placedAt: this.#world.clock.now(), talkMs };
    this.attempts.push(attempt);
    this.#invite(attempt, undefined, 0);
    return attempt;
  }

  /** The phone's side of a leg that the branch opens to `binding`. */
  ring(leg: SimulatedLeg): void {
    const { clock, random } = this.#world;
    if (!this.on) return;
    if (this.busy) {
      clock.after(10, () => leg.end({ cause: cause.userBusy, sipStatus: 486 }));
      return;
    }
    this.busy = true;
    this.#legs.add(leg);
    clock.after(5, () => leg.emit({ kind: 'proceeding' }));
    clock.after(10, () => leg.emit({ kind: 'alerting' }));
    clock.after(between(random, 500, 4000), () => {
      if (!leg.live) return;
      leg.emit({ kind: 'answered' });
    });
  }

  /** A leg of ours is over. */
  over(leg: SimulatedLeg): void {
    if (this.#legs.delete(leg)) this.busy = this.#legs.size > 0;
  }

  #registerIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#world.clock.after(delayMs, () => void this.#register());
  }

  async #register(): Promise<void> {
    if (!this.on) return;
    const boot = this.#boots;
    const contact = this.contact;
    const answer = await this.#world.register({
      username: this.options.username,
      domain: this.#world.domain,
      requestUri: `sip:${this.#world.domain}`,
      contacts: [{ uri: contact, expires: 300, params: {} }],
      callId: this.#callId,
      cseq: ++this.#cseq,
      flow: this.flow,
      supportedPath: false,
      supportedGruu: false,
      ...this.#authorization('REGISTER', `sip:${this.#world.domain}`, this.#challenge),
    });
    if (!this.on || boot !== this.#boots) return;
    if (answer?.status === 200) {
      const expires = this.#expiresIn(answer, contact);
      if (this.options.impostor === true) this.#world.wrongPasswordAccepted(this);
      if (expires > 0) this.#world.acknowledged(this, contact, expires);
      this.#registerIn(Math.max(1, expires * 0.8) * 1000);
      return;
    }
    if (answer?.status === 401) {
      const fresh = this.#challengeIn(answer.headers, 'WWW-Authenticate');
      const again = this.#challenge === undefined || fresh?.includes('stale=true') === true;
      this.#challenge = fresh;
      this.#nc = 0;
      this.#registerIn(again ? 5 : between(this.#world.random, 20_000, 40_000));
      return;
    }
    this.#registerIn(between(this.#world.random, 2000, 8000));
  }

  #expiresIn(answer: RegisterAnswer, contact: string): number {
    for (const [name, value] of answer.headers) {
      if (name === 'Contact' && value.includes(contact))
        return Number(/;expires=(\d+)/.exec(value.split(contact)[1] ?? '')?.[1] ?? 0);
    }
    return 0;
  }

  #challengeIn(headers: readonly (readonly [string, string])[], name: string): string | undefined {
    const all = headers.filter(([header]) => header === name).map(([, value]) => value);
    return (
      all.find((value) => {
        const parsed = parseChallenge(value);
        return parsed.ok && parsed.value.algorithm === this.options.algorithm;
      }) ?? all.find((value) => value.includes('MD5'))
    );
  }

  #authorization(method: string, uri: string, header: string | undefined): { authorization?: string } {
    if (header === undefined) return {};
    const challenge = parseChallenge(header);
    if (!challenge.ok) return {};
    const { username, password } = this.options;
    const hash = challenge.value.algorithm === 'SHA-256' ? 'SHA-256' : 'MD5';
    const answer = answerChallenge({
      challenge: challenge.value,
      method,
      uri,
      username,
      ha1: ha1(username, challenge.value.realm, password, hash),
      cnonce: hexToken(this.#world.random, 4),
      nc: ++this.#nc,
    });
    return answer.ok ? { authorization: answer.value } : {};
  }

  #invite(attempt: Attempt, challenge: string | undefined, tries: number): void {
    this.busy = true;
    const { clock, random, domain } = this.#world;
    const requestUri = `sip:${attempt.dialled}@${domain}`;
    const leg: SimulatedLeg = new SimulatedLeg(
      clock,
      {
        command: (_leg, command) => {
          if (command.kind === 'alert') attempt.ringingAt ??= clock.now();
          if (command.kind === 'offer') clock.after(5, () => leg.agree(command.media));
          if (command.kind !== 'answer') return;
          attempt.answeredAt = clock.now();
          this.#fidget(leg, attempt.talkMs);
          clock.after(attempt.talkMs, () => {
            attempt.hungUpBy ??= 'caller';
            leg.end({ cause: cause.normalClearing });
          });
        },
        over: (_leg, event) => this.#placedOver(attempt, leg, event, tries),
        releaseMs: () => 5,
      },
      (over) => {
        this.over(over);
        this.#world.legOver(over);
      },
    );
    this.#world.legMade(leg);
    this.#legs.add(leg);
    const sent = this.#world.call(
      {
        requestUri,
        source: this.flow,
        setup: {
          from: { number: this.options.username },
          dialled: attempt.dialled,
          sessionId: hexToken(random, 16),
          offer: leg.description(),
          hopsLeft: 70,
          privacy: [],
          carried: [],
        },
        ...this.#authorization('INVITE', requestUri, challenge),
      },
      leg,
    );
    if (!sent) {
      attempt.endedAt = clock.now();
      attempt.cause = cause.temporaryFailure;
      leg.kill();
      return;
    }
    clock.after(patienceMs, () => {
      if (attempt.answeredAt === undefined) leg.end({ cause: cause.normalClearing });
    });
  }

  /** What people do while they talk: hold and retrieve, move to other ports, transfer. */
  #fidget(leg: SimulatedLeg, talkMs: number): void {
    const { clock, random, fidgets } = this.#world;
    if (!fidgets) return;
    const what = random.next();
    const at = between(random, 500, talkMs / 2);
    const say = (delayMs: number, event: Parameters<SimulatedLeg['emit']>[0]): void =>
      void clock.after(delayMs, () => leg.emit(event));
    if (what < 0.3) {
      say(at, { kind: 'offered', media: leg.description('sendonly') });
      say(at + between(random, 10, talkMs / 2), { kind: 'offered', media: leg.description() });
    } else if (what < 0.45) {
      say(at, { kind: 'offered', media: leg.description() });
      say(at + 20, { kind: 'offered' });
      say(at + 100, { kind: 'agreed', media: leg.description() });
    } else if (what < 0.6) {
      const number = `${1001 + Math.floor(random.next() * 5)}`;
      say(at, { kind: 'transferRequested', target: { number } });
    }
  }

  #placedOver(attempt: Attempt, leg: SimulatedLeg, event: LegReleased, tries: number): void {
    this.#legs.delete(leg);
    const challenge = this.#challengeIn(event.challenge ?? [], 'Proxy-Authenticate');
    if (challenge !== undefined && tries === 0 && this.on) {
      this.#nc = 0;
      this.#invite(attempt, challenge, 1);
      return;
    }
    this.busy = this.#legs.size > 0;
    attempt.endedAt = this.#world.clock.now();
    attempt.cause = event.cause;
    attempt.hungUpBy ??= 'other';
  }
}
