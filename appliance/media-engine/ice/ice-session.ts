import type { IceCandidate, IceSettings, TransportAddress } from '../../../src/media/index.js';
import type { Component } from '../native-engine.js';
import { candidatePriority, usableCandidates } from './candidate.js';
import { Checklist, type LocalBase, type Pair } from './checklist.js';
import type { Check } from './incoming-check.js';
import type { StunAttributes } from './stun-message.js';

/** Checks that come before the peer's answer does; they are caught up with then (RFC 8445 §7.3). */
const earlyMost = 20;

interface EarlyCheck {
  readonly local: LocalBase;
  readonly from: TransportAddress;
  readonly check: Check;
}

/** Where media of a component goes, and since when we know that it may (RFC 7675). */
export interface Selected {
  readonly session: IceSession;
  readonly pair: Pair;
  nominatedAt: number;
  consentAt: number;
  nextConsentAt: number;
  lost: boolean;
}

/** One set of credentials: from the offer or a restart until the next one. */
export class IceSession {
  readonly local: IceSettings['local'];
  readonly list: Checklist;
  remote: NonNullable<IceSettings['remote']> | undefined;
  early: EarlyCheck[] = [];
  startedAt: number | undefined;
  /** By component: when its first pair succeeded. */
  readonly validAt = new Map<Component, number>();
  failed = false;

  constructor(settings: IceSettings) {
    this.local = settings.local;
    this.list = new Checklist(settings.controlling);
  }

  /** What our checks say (RFC 8445 §7.1, §7.2.2). */
  checkAttributes({ preference, component }: LocalBase, tieBreaker: bigint, nominates: boolean): StunAttributes {
    return {
      username: `${this.remote?.ufrag ?? ''}:${this.local.ufrag}`,
      priority: candidatePriority('prflx', preference, component),
      ...(this.list.controlling ? { iceControlling: tieBreaker } : { iceControlled: tieBreaker }),
      ...(nominates ? { useCandidate: true } : {}),
    };
  }

  /** Whether a check of the peer is for these credentials. */
  isFor(username: string): boolean {
    const own = `${this.local.ufrag}:`;
    return this.remote === undefined ? username.startsWith(own) : username === `${own}${this.remote.ufrag}`;
  }

  addEarly(check: EarlyCheck): void {
    if (this.early.length < earlyMost) this.early.push(check);
  }

  /** Pairs of the candidates that are new with every place of ours. */
  addRemotes(
    candidates: readonly IceCandidate[],
    components: readonly Component[],
    locals: readonly LocalBase[],
    now: number,
  ): void {
    for (const candidate of usableCandidates(candidates, components)) {
      if (!this.list.addRemote(candidate)) continue;
      for (const local of locals) this.pairUp(local, candidate, now);
    }
  }

  pairUp(local: LocalBase, remote: IceCandidate, now: number): Pair | undefined {
    const pair = this.list.pair(local, remote);
    if (pair !== undefined) local.turn?.permit(remote.address, now);
    return pair;
  }
}
