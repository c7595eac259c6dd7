import type { Clock, Random } from '../../src/base/index.js';
import type { ProbeOutcome, Prober } from '../../src/wan/index.js';

export const centreTarget = 'sip:192.0.2.10:5060';
export const centreAddress = '192.0.2.10';

/** The trunks of the simulated branch, by address. */
export const trunkAddresses: Readonly<Record<string, string>> = { 'pri-1': '198.51.100.1', 'pri-2': '198.51.100.2' };

/** What a trunk is doing. */
export type TrunkState = 'up' | 'silent' | 'refusing' | 'failing';
/** What the centre's application is doing. */
export type CentreState = 'ok' | 'failing' | 'refusing';

/** The WAN and the far ends' moods; every part of the simulation asks it before it lets a message through. */
export class Network {
  wanUp = true;
  /** Share of the messages that are lost, each way; retransmissions are part of it. */
  loss = 0;
  rttMs = 20;
  centre: CentreState = 'ok';
  readonly trunks = new Map<string, TrunkState>();
  /** When any of the above changed last, monotonic ms. */
  changedAt = 0;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    for (const trunk of Object.keys(trunkAddresses)) this.trunks.set(trunk, 'up');
  }

  change(what: (network: Network) => void): void {
    what(this);
    this.changedAt = this.#clock.now();
  }

  /** One request or response over the WAN, without retransmission. */
  passes(): boolean {
    return this.wanUp && this.#random.next() >= this.loss;
  }

  get prober(): Prober {
    return {
      probe: (target, timeoutMs) =>
        target === centreTarget ? this.#probeCentre(timeoutMs) : this.#probeTrunk(target, timeoutMs),
    };
  }

  #probeCentre(timeoutMs: number): Promise<ProbeOutcome> {
    if (this.wanUp && this.centre === 'refusing')
      return this.#after(this.rttMs, { kind: 'refused', why: 'ECONNREFUSED' });
    if (!this.passes() || !this.passes()) return this.#after(timeoutMs, { kind: 'silent' });
    const status = this.centre === 'ok' ? 200 : 503;
    return this.#after(this.rttMs, { kind: 'answered', status, rttMs: this.rttMs, address: `${centreAddress}:5060` });
  }

  #probeTrunk(target: string, timeoutMs: number): Promise<ProbeOutcome> {
    const name = [...this.trunks.keys()].find((trunk) => target.includes(trunkAddresses[trunk] ?? '-')) ?? '';
    switch (this.trunks.get(name)) {
      case 'up':
        return this.#after(5, { kind: 'answered', status: 200, rttMs: 5 });
      case 'failing':
        return this.#after(5, { kind: 'answered', status: 503, rttMs: 5 });
      case 'refusing':
        return this.#after(1, { kind: 'refused', why: 'ECONNREFUSED' });
      default:
        return this.#after(timeoutMs, { kind: 'silent' });
    }
  }

  #after<T>(delayMs: number, value: T): Promise<T> {
    return new Promise((resolve) => void this.#clock.after(delayMs, () => resolve(value)));
  }
}
