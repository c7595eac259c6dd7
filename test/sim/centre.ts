import { type Clock, cause, hexToken, type Random, type Timer } from '../../src/base/index.js';
import type { ArrivingCall } from '../../src/branch/index.js';
import type { CallSetup, Leg, LegCommand } from '../../src/call/index.js';
import type { UpstreamAnswer, UpstreamRegister, UpstreamRequest } from '../../src/registrar/index.js';
import { challengeHeader, parseCredentials, verifyCredentials } from '../../src/sip/index.js';
import { centreAddress, type Network } from './network.js';
import { SimulatedLeg } from './simulated-leg.js';

/** How long the branch's own timeout for a REGISTER is, ms (RFC 3261's timer F is cut short by the adaptive timeout). */
const registerTimeoutMs = 1000;
/** A 2xx whose ACK never comes is given up after 64 × T1 (RFC 3261 §13.3.1.4). */
const lostAnswerMs = 32_000;
/** Half of the session interval that the branch asks for. */
const refreshMs = 900_000;

export interface CentreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly realm: string;
  readonly ha1: (username: string) => string | undefined;
  /** Gives the branch a call; false when no process is there to take it. */
  readonly callBranch: (call: Omit<ArrivingCall, 'leg'>, leg: SimulatedLeg) => boolean;
  readonly legMade: (leg: SimulatedLeg) => void;
  readonly legOver: (leg: SimulatedLeg) => void;
}

interface Location {
  readonly token: string;
  readonly expiresAt: number;
}

/** The central site: registrar with digest authentication, and a B2BUA that calls what is registered. */
export class Centre {
  /** When each REGISTER arrived, monotonic ms. */
  readonly registersAt: number[] = [];
  readonly #options: CentreOptions;
  readonly #locations = new Map<string, Map<string, Location>>();
  readonly #nonces = new Set<string>();
  readonly #refreshes = new Map<SimulatedLeg, Timer>();

  constructor(options: CentreOptions) {
    this.#options = options;
  }

  /** Tokens of the contacts that are registered for a user now. */
  tokensOf(username: string): readonly string[] {
    const now = this.#options.clock.now();
    return [...(this.#locations.get(username)?.values() ?? [])]
      .filter((location) => location.expiresAt > now)
      .map((location) => location.token);
  }

  get upstream(): UpstreamRegister {
    return { register: (request) => this.#register(request) };
  }

  /** A leg from the branch to us. */
  legFromBranch(number: string): Leg {
    const leg: SimulatedLeg = new SimulatedLeg(
      this.#options.clock,
      {
        command: (_leg, command) => {
          if (command.kind === 'setup') this.#setup(leg, number, command.setup);
          else if (command.kind === 'offer') this.#later(() => leg.agree(command.media));
        },
        over: () => undefined,
        releaseMs: () => (this.#options.network.wanUp ? this.#options.network.rttMs : lostAnswerMs),
      },
      (over) => this.#ended(over),
    );
    this.#made(leg);
    return leg;
  }

  /** The branch's SIP server refreshes each session, and gives it up when nobody answers (RFC 4028 §10). */
  #made(leg: SimulatedLeg): void {
    const { clock, network, legMade } = this.#options;
    legMade(leg);
    const next = (delayMs: number, then: () => void): void => void this.#refreshes.set(leg, clock.after(delayMs, then));
    const refresh = (): void => {
      if (network.wanUp) next(refreshMs, refresh);
      else next(lostAnswerMs, () => (network.wanUp ? refresh() : leg.expire()));
    };
    next(refreshMs, refresh);
  }

  #ended(leg: SimulatedLeg): void {
    this.#refreshes.get(leg)?.cancel();
    this.#refreshes.delete(leg);
    this.#options.legOver(leg);
  }

  #register(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { clock, network } = this.#options;
    return new Promise((resolve) => {
      const answer = (delayMs: number, value: UpstreamAnswer): void => {
        clock.after(delayMs, () => resolve(value));
      };
      if (network.wanUp && network.centre === 'refusing') {
        answer(network.rttMs, { kind: 'refused', why: 'ECONNREFUSED' });
        return;
      }
      // One retransmission within the timeout: both must be lost.
      const arrives = network.passes() || network.passes();
      if (!arrives) {
        answer(registerTimeoutMs, { kind: 'silent' });
        return;
      }
      const value = this.#judge(request);
      if (network.passes() || network.passes()) answer(network.rttMs, value);
      else answer(registerTimeoutMs, { kind: 'silent' });
    });
  }

  #judge(request: UpstreamRequest): UpstreamAnswer {
    const { clock, network, random, realm, ha1 } = this.#options;
    this.registersAt.push(clock.now());
    if (network.centre === 'failing') return { kind: 'answer', status: 503, headers: {} };
    const stored = ha1(request.username);
    const credentials = request.authorization === undefined ? undefined : parseCredentials(request.authorization);
    if (credentials === undefined || !credentials.ok || !this.#nonces.has(credentials.value.nonce)) {
      const nonce = hexToken(random, 8);
      this.#nonces.add(nonce);
      const challenge = challengeHeader({ realm, nonce, algorithm: 'MD5', qop: ['auth'] });
      return { kind: 'answer', status: 401, headers: { 'www-authenticate': [challenge] } };
    }
    const right =
      stored !== undefined && verifyCredentials({ credentials: credentials.value, method: 'REGISTER', ha1: stored });
    if (!right) return { kind: 'answer', status: 403, headers: {} };
    const token = /;hf=([0-9a-f]+)/.exec(request.contactUri)?.[1] ?? request.contactUri;
    const locations = this.#locations.get(request.username) ?? new Map<string, Location>();
    this.#locations.set(request.username, locations);
    if (request.expires === 0) locations.delete(token);
    else locations.set(token, { token, expiresAt: clock.now() + request.expires * 1000 });
    return {
      kind: 'answer',
      status: 200,
      headers: { contact: [`<${request.contactUri}>;expires=${request.expires}`] },
    };
  }

  #setup(leg: SimulatedLeg, number: string, setup: CallSetup): void {
    const { network, random, clock } = this.#options;
    if (network.wanUp && network.centre === 'refusing') {
      clock.after(network.rttMs, () => leg.end({ cause: cause.destinationOutOfOrder, unreachable: 'refused' }));
      return;
    }
    // INVITE is retransmitted after 0.5 s, the shortest time that a caller waits: losing both is losing the call's first try.
    if (!(network.passes() || network.passes())) return;
    if (network.centre === 'failing') {
      this.#later(() => leg.end({ cause: cause.temporaryFailure, sipStatus: 503 }));
      return;
    }
    this.#later(() => leg.emit({ kind: 'proceeding' }));
    const tokens = this.tokensOf(number);
    if (tokens.length > 0) {
      this.#later(() => this.#callBack(leg, number, tokens, setup));
      return;
    }
    if (/^\d{4}$/.test(number)) {
      this.#later(() => leg.end({ cause: cause.subscriberAbsent, sipStatus: 480 }));
      return;
    }
    this.#later(() => leg.emit({ kind: 'alerting' }));
    clock.after(1000 + random.next() * 2000, () => this.#ifReachable(() => leg.emit({ kind: 'answered' })));
  }

  /** The other half of a call from phone to phone. */
  #callBack(from: SimulatedLeg, number: string, tokens: readonly string[], setup: CallSetup): void {
    const { clock, network } = this.#options;
    const halves: SimulatedLeg[] = [];
    let answered = false;
    for (const token of tokens) {
      const half: SimulatedLeg = new SimulatedLeg(
        clock,
        {
          command: (_leg, command) =>
            this.#heardFromHalf(from, halves, half, command, () => {
              const first = !answered;
              answered = true;
              return first;
            }),
          over: (_leg, event, byUs) => {
            if (byUs) this.#ifReachable(() => from.end({ cause: event.cause }));
          },
          releaseMs: () => (network.wanUp ? network.rttMs : lostAnswerMs),
        },
        (over) => this.#ended(over),
      );
      this.#made(half);
      halves.push(half);
      const arrived = this.#options.callBranch(
        {
          setup: { ...setup, dialled: number, offer: half.description() },
          requestUri: `sip:${number}@branch;hf=${token}`,
          source: { transport: 'udp', address: centreAddress, port: 5060 },
          token,
        },
        half,
      );
      if (!arrived) half.kill();
    }
    this.#endWith(from, halves);
  }

  #heardFromHalf(
    from: SimulatedLeg,
    halves: readonly SimulatedLeg[],
    half: SimulatedLeg,
    command: LegCommand,
    isFirst: () => boolean,
  ): void {
    if (command.kind === 'alert') this.#ifReachable(() => from.emit({ kind: 'alerting' }));
    if (command.kind === 'offer') this.#later(() => half.agree(command.media));
    if (command.kind !== 'answer') return;
    if (!this.#options.network.wanUp || !isFirst()) {
      // Nobody acknowledges the answer; the stack gives up.
      this.#options.clock.after(lostAnswerMs, () => half.end({ cause: cause.recoveryOnTimerExpiry }));
      return;
    }
    for (const other of halves) if (other !== half) other.end({ cause: cause.nonSelectedUserClearing });
    this.#ifReachable(() => from.emit({ kind: 'answered' }));
  }

  /** When the first half ends, the centre ends the others, if it can. */
  #endWith(from: SimulatedLeg, halves: readonly SimulatedLeg[]): void {
    const { clock, network } = this.#options;
    const check = (): void => {
      if (halves.every((half) => !half.live)) return;
      if (!from.live) {
        if (network.wanUp) for (const half of halves) half.end({ cause: cause.normalClearing });
        return;
      }
      clock.after(1000, check);
    };
    clock.after(1000, check);
  }

  #later(what: () => void): void {
    this.#options.clock.after(this.#options.network.rttMs, () => this.#ifReachable(what));
  }

  #ifReachable(what: () => void): void {
    if (this.#options.network.wanUp && this.#options.network.centre !== 'refusing') what();
  }
}
