import type { Random } from '../../../src/base/index.js';
import type { IceCandidate, RtpPlace, TransportAddress, TurnServer } from '../../../src/media/index.js';
import type { Component } from '../native-engine.js';
import { canonical, sameAddress, sameFamily } from './address.js';
import { bestLocalPreference, localCandidate } from './candidate.js';
import type { LocalBase } from './checklist.js';
import { encodeStun, stunMethod } from './stun-message.js';
import type { StunTransactions } from './stun-transactions.js';
import { keepaliveMs, TurnAllocation } from './turn-allocation.js';

/** A caller hears nothing meanwhile: what has not come by then is left out of the offer. */
const gatherMsMost = 500;
/** Of each kind; more only makes calls slower (RFC 8445 §5.1.1). */
const serversMost = 4;

export interface GatheringOptions {
  readonly place: RtpPlace & { readonly ice: NonNullable<RtpPlace['ice']> };
  readonly random: Random;
  readonly transactions: StunTransactions;
  readonly send: (component: Component, bytes: Buffer, to: TransportAddress) => void;
  /** A new place that checks can leave from. */
  readonly onLocal: (local: LocalBase, now: number) => void;
  /** A relayed address is no more. */
  readonly onLost: (local: LocalBase, now: number) => void;
  readonly onBound: (local: LocalBase, peer: TransportAddress, channel: number) => void;
  readonly onCandidates: (candidates: readonly IceCandidate[], done: boolean) => void;
}

/** Finds the addresses that a port can be reached at: its own, and by STUN and TURN servers (RFC 8445 §5.1). */
export class Gathering {
  readonly #options: GatheringOptions;
  readonly #components = new Set<Component>();
  readonly #candidates: IceCandidate[] = [];
  readonly #locals: LocalBase[] = [];
  readonly #allocations: { readonly component: Component; readonly turn: TurnAllocation }[] = [];
  #queue: ((now: number) => void)[] = [];
  #open = 0;
  #deadline: number | undefined;
  #keepaliveAt: number | undefined;
  #settled = false;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  get locals(): readonly LocalBase[] {
    return this.#locals;
  }

  hostOf(component: Component): LocalBase | undefined {
    return this.#locals.find((local) => local.component === component && local.type === 'host');
  }

  /** Where packets of this TURN server belong. */
  relayOf(component: Component, server: TransportAddress): LocalBase | undefined {
    return this.#locals.find(
      (local) => local.component === component && local.turn !== undefined && sameAddress(local.turn.server, server),
    );
  }

  add(component: Component, now: number): void {
    if (this.#components.has(component)) return;
    this.#components.add(component);
    const { place } = this.#options;
    const own = canonical(component === 1 ? place.rtp : place.rtcp);
    if (own === undefined) return;
    this.#settled = false;
    const host: LocalBase = {
      component,
      address: own,
      type: 'host',
      foundation: 'h',
      preference: bestLocalPreference,
    };
    this.#addLocal(host, now);
    this.#addCandidate('host', component, own, { foundation: '1', preference: bestLocalPreference });
    place.ice.stun.slice(0, serversMost).forEach((server, i) => {
      const to = canonical(server);
      if (to !== undefined && sameFamily(to, own)) this.#enqueue((at) => this.#askStun(host, to, i, at));
    });
    place.ice.turn.slice(0, serversMost).forEach((server, i) => {
      const address = canonical(server.address);
      if (address !== undefined && sameFamily(address, own))
        this.#enqueue((at) => this.#askTurn(host, { ...server, address }, i, at));
    });
    if (place.ice.stun.length > 0) this.#keepaliveAt = now + keepaliveMs;
    this.#deadline = now + gatherMsMost;
  }

  /** RTCP goes with RTP after all. */
  drop(component: Component, now: number): void {
    this.#components.delete(component);
    for (let i = this.#locals.length - 1; i >= 0; i--)
      if (this.#locals[i]?.component === component) this.#locals.splice(i, 1);
    for (let i = this.#candidates.length - 1; i >= 0; i--) {
      if (this.#candidates[i]?.component === component) this.#candidates.splice(i, 1);
    }
    for (const each of this.#allocations) if (each.component === component) each.turn.close(now);
  }

  /** Says what is there, again after a restart. */
  tell(): void {
    this.#settled = this.#settled || this.#open === 0;
    this.#options.onCandidates([...this.#candidates], this.#settled);
  }

  get hasNext(): boolean {
    return this.#queue.length > 0;
  }

  /** Asks the next server; the caller paces (RFC 8445 §14.2). */
  startNext(now: number): void {
    this.#queue.shift()?.(now);
  }

  get timeout(): number | undefined {
    const times = this.#allocations.map(({ turn }) => turn.timeout);
    times.push(this.#settled ? undefined : this.#deadline, this.#keepaliveAt);
    const set = times.filter((time) => time !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  }

  advance(now: number): void {
    for (const { turn } of this.#allocations) turn.advance(now);
    if (!this.#settled && this.#deadline !== undefined && now >= this.#deadline) this.#settle();
    if (this.#keepaliveAt === undefined || now < this.#keepaliveAt) return;
    this.#keepaliveAt = now + keepaliveMs;
    const { place, random, send } = this.#options;
    for (const component of this.#components) {
      const own = component === 1 ? place.rtp : place.rtcp;
      for (const server of place.ice.stun.slice(0, serversMost)) {
        const to = canonical(server);
        const transaction = Buffer.from(random.bytes(12));
        const beat = { class: 'indication', method: stunMethod.binding, transaction, attributes: {} } as const;
        if (to !== undefined && sameFamily(to, own)) send(component, encodeStun(beat), to);
      }
    }
  }

  /** Media keeps the NAT's mapping open from now on. */
  connected(): void {
    this.#keepaliveAt = undefined;
  }

  close(now: number): void {
    for (const { turn } of this.#allocations) turn.close(now);
  }

  #enqueue(start: (now: number) => void): void {
    this.#open++;
    this.#queue.push(start);
  }

  #addLocal(local: LocalBase, now: number): void {
    this.#locals.push(local);
    this.#options.onLocal(local, now);
  }

  #addCandidate(
    type: IceCandidate['type'],
    component: Component,
    address: TransportAddress,
    more: { readonly foundation: string; readonly preference: number; readonly related?: TransportAddress },
  ): void {
    // Redundant: the same address is there with a better priority (RFC 8445 §5.1.3).
    if (this.#candidates.some((each) => each.component === component && sameAddress(each.address, address))) return;
    this.#candidates.push(localCandidate(type, component, address, more));
  }

  #askStun(host: LocalBase, to: TransportAddress, index: number, now: number): void {
    const { transactions, send } = this.#options;
    transactions.start(
      {
        method: stunMethod.binding,
        attributes: {},
        send: (bytes) => send(host.component, bytes, to),
        answered: (message) => {
          const mapped = message.attributes.xorMappedAddress ?? message.attributes.mappedAddress;
          if (mapped !== undefined) this.#addReflexive(host, mapped, index);
          this.#done();
          return true;
        },
        timedOut: () => this.#done(),
      },
      now,
    );
  }

  #addReflexive({ component, address }: LocalBase, mapped: TransportAddress, index: number): void {
    if (!this.#components.has(component)) return;
    const preference = bestLocalPreference - index;
    this.#addCandidate('srflx', component, mapped, { foundation: `2${index}`, preference, related: address });
  }

  #askTurn(host: LocalBase, server: TurnServer, index: number, now: number): void {
    const { random, transactions, send } = this.#options;
    const { component } = host;
    let local: LocalBase | undefined;
    const turn = new TurnAllocation({
      server,
      random,
      transactions,
      send: (bytes, to) => send(component, bytes, to),
      onAllocated: (relayed, mapped, at) => {
        if (!this.#components.has(component)) {
          turn.close(at);
          return;
        }
        const preference = bestLocalPreference - index;
        if (mapped !== undefined) this.#addReflexive(host, mapped, serversMost + index);
        const related = mapped ?? host.address;
        this.#addCandidate('relay', component, relayed, { foundation: `3${index}`, preference, related });
        local = { component, address: relayed, type: 'relay', foundation: `r${index}`, preference, turn };
        this.#addLocal(local, at);
        this.#done();
      },
      onLost: (at) => {
        if (local === undefined) this.#done();
        else this.#options.onLost(local, at);
      },
      onBound: (peer, channel) => {
        if (local !== undefined) this.#options.onBound(local, peer, channel);
      },
    });
    this.#allocations.push({ component, turn });
    turn.allocate(now);
  }

  #done(): void {
    this.#open--;
    if (this.#settled) return;
    if (this.#open <= 0) this.#settle();
    else this.#options.onCandidates([...this.#candidates], false);
  }

  #settle(): void {
    this.#settled = true;
    this.#options.onCandidates([...this.#candidates], true);
  }
}
