import { cause, type Log, ok, type Result } from '../base/index.js';
import type { CallSetup, Leg, LegContinuation, LegEvent, LegResume, ResumedEnd } from '../call/index.js';
import type { User } from '../directory/index.js';
import { type AnchorRefusal, calledPeer, callingPeer, type MediaSide } from '../legs/index.js';
import type { Binding } from '../registrar/index.js';
import type { CallOrigin, TrunkPool } from '../routing/index.js';
import { parseSipUri } from '../sip/index.js';
import type { PlacedAs, TrunkLines } from '../trunks/index.js';
import type { PathMonitor } from '../wan/index.js';
import { CentreLeg } from './centre-leg.js';
import type { Peers } from './peers.js';
import type { ArrivingCall, BranchPorts } from './ports.js';
import { watchedLeg } from './watched-leg.js';

export interface LegDeskOptions {
  readonly ports: Pick<BranchPorts, 'legs' | 'anchors'>;
  readonly peers: Peers;
  readonly trunks: TrunkPool;
  /** Trunks over lines; undefined where there are none. */
  readonly lines: () => TrunkLines | undefined;
  /** A leg that another process left on a line; undefined: it is not as it was left. */
  readonly resumedOnLine: (kept: LegContinuation) => ResumedEnd | undefined;
  readonly path: PathMonitor;
  readonly log: Log;
  /** True while the centre may be left to end calls that pass it. */
  readonly centreAnswers: () => boolean;
  /** A half of that session has lost its dialog with the centre. */
  readonly adrift: (sessionId: string) => void;
}

const sideOf: { readonly [kind in CallOrigin['kind']]: MediaSide } = {
  phone: 'phones',
  centre: 'centre',
  trunk: 'trunks',
};

/** The legs of the branch's calls: anchored in the media engine where there is one, and watched for what they tell of peers. */
export class LegDesk {
  readonly #options: LegDeskOptions;

  constructor(options: LegDeskOptions) {
    this.#options = options;
  }

  /** The leg of a call that is to be routed, and what the others may see of it. */
  arrived(
    { leg, setup, source }: ArrivingCall,
    origin: CallOrigin,
  ): Result<{ readonly leg: Leg; readonly setup: CallSetup }, AnchorRefusal> {
    const { anchors } = this.#options.ports;
    const peer = callingPeer(sideOf[origin.kind], source, setup.offer);
    const watched = origin.kind === 'centre' ? this.#ofCentre(leg) : leg;
    const anchored = anchors?.arriving(watched, setup, peer) ?? ok({ leg: watched, setup });
    if (!anchored.ok || origin.kind !== 'centre') return anchored;
    return ok({ ...anchored.value, leg: this.#drifting(anchored.value.leg, setup.sessionId) });
  }

  toPhone(flows: readonly [Binding, ...Binding[]]): Leg {
    const { legs, anchors } = this.#options.ports;
    const { transport, address } = flows[0].flow;
    const make = (): Leg => legs.toPhone(flows);
    return anchors?.placedToPhone(make, calledPeer('phones', transport, address)) ?? make();
  }

  toCentre(number: string, user: User | undefined, sessionId: string): Leg {
    const { ports, path } = this.#options;
    const target = path.bestTarget();
    const leg = this.#ofCentre(ports.legs.toCentre(number, user, target));
    return this.#drifting(this.#placedAt(leg, 'centre', target), sessionId);
  }

  /** `placed`: what a trunk over lines has to know; a SIP gateway finds all it needs in the call's setup. */
  toTrunk(name: string, number: string, placed: PlacedAs): Leg | undefined {
    const { ports, trunks, lines } = this.#options;
    if (trunks.settings(name)?.channels !== undefined) {
      const leg = lines()?.place(name, placed);
      return leg && this.#ofTrunk(name, leg);
    }
    const uri = trunks.settings(name)?.uri ?? '';
    return this.#placedAt(this.#ofTrunk(name, ports.legs.toTrunk(name, number)), 'trunks', uri);
  }

  /** A leg of another process; undefined: it cannot go on. */
  resumed(kept: LegResume | undefined, ofCentre: boolean, sessionId: string): ResumedEnd | undefined {
    const { legs, anchors } = this.#options.ports;
    const resume = kept?.leg.line === undefined ? legs.resume?.bind(legs) : this.#options.resumedOnLine;
    const bare = kept === undefined ? undefined : resume?.(kept.leg);
    if (bare === undefined || kept === undefined) return undefined;
    const [kind, name = ''] = (kept.via ?? '').split(' ');
    const centre = kind === 'centre' || ofCentre;
    const leg = centre ? this.#ofCentre(bare.leg) : kind === 'trunk' ? this.#ofTrunk(name, bare.leg) : bare.leg;
    const end = anchors === undefined ? { ...bare, leg } : anchors.resumed({ ...bare, leg }, kept.leg);
    if (end === undefined) leg.do({ kind: 'release', cause: cause.temporaryFailure });
    return end && centre ? { ...end, leg: this.#drifting(end.leg, sessionId) } : end;
  }

  #placedAt(leg: Leg, side: MediaSide, target: string): Leg {
    const uri = parseSipUri(target);
    if (!uri.ok) return leg;
    const { scheme, host, parameters } = uri.value;
    const transport = scheme === 'sips' ? 'tls' : (parameters.get('transport') ?? 'udp');
    const peer = calledPeer(side, transport, this.#options.peers.addressOf(host));
    return this.#options.ports.anchors?.placed(leg, peer) ?? leg;
  }

  #ofCentre(leg: Leg): Leg {
    const { path, centreAnswers } = this.#options;
    return new CentreLeg(leg, {
      hear: (event) => {
        if (isSignOfLife(event)) path.heard();
      },
      centreAnswers,
    });
  }

  /** Around the anchor, which may go on without the centre too. */
  #drifting(leg: Leg, sessionId: string): Leg {
    return watchedLeg(leg, ({ kind }) => {
      if (kind !== 'adrift') return;
      this.#options.log.warn('the centre is silent: a call goes on without its leg there', { leg: leg.id });
      this.#options.adrift(sessionId);
    });
  }

  #ofTrunk(name: string, leg: Leg): Leg {
    const { trunks } = this.#options;
    trunks.callStarted(name);
    return watchedLeg(leg, (event) => {
      if (event.kind === 'released') trunks.callEnded(name);
      else if (isSignOfLife(event)) trunks.reportSuccess(name);
    });
  }
}

function isSignOfLife(event: LegEvent): boolean {
  return event.kind !== 'released' || event.sipStatus !== undefined;
}
