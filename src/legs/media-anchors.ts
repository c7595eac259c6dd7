import { type Cause, type Clock, cause, err, type Log, ok, type Result } from '../base/index.js';
import type { CallSetup, Leg, LegContinuation, ResumedEnd } from '../call/index.js';
import type { MediaSettings } from '../config/index.js';
import {
  formatBridge,
  type LocalMedia,
  type MediaEngine,
  type MediaNegotiations,
  type MediaPort,
  type PortFault,
  type RtpPlace,
  readBridge,
} from '../media/index.js';
import { parseSdp } from '../sdp/index.js';
import type { Announcements } from './anchor-port.js';
import { AnchoredLeg, type LegAnchor, portName, statePrefix } from './anchored-leg.js';
import {
  formatPeer,
  iceOf,
  type MediaPeer,
  type MediaSide,
  parsePeer,
  profileOf,
  triesSrtpFirst,
} from './media-rules.js';
import { SecondTry } from './second-try.js';

export interface MediaAnchorsOptions {
  readonly engine: MediaEngine;
  readonly negotiations: MediaNegotiations;
  readonly clock: Clock;
  readonly log: Log;
  /** As configured at this moment. */
  readonly settings: () => MediaSettings;
  /** The media network by which a peer is reached; undefined: there is no way to it. */
  readonly network: (side: MediaSide, host: string) => string | undefined;
  readonly announcements: Announcements;
}

/** Why a call cannot pass the media engine, and what its caller is told. */
export interface AnchorRefusal {
  readonly cause: Cause;
  readonly sipStatus: number;
  readonly why: string;
}

/** The name under which another process finds who the peer was. */
const peerName = 'mediaPeer';

/** Anchors legs in the media engine: each gets a port and negotiates from it by the rules for its peer. */
export class MediaAnchors {
  readonly #options: MediaAnchorsOptions;

  constructor(options: MediaAnchorsOptions) {
    this.#options = options;
  }

  /** A call that arrives; `setup` as the other legs are to see it. */
  arriving(
    leg: Leg,
    setup: CallSetup,
    peer: MediaPeer,
  ): Result<{ readonly leg: Leg; readonly setup: CallSetup }, AnchorRefusal> {
    const opened = this.#open(peer);
    if (!opened.ok) return err({ cause: opened.error.cause, sipStatus: 503, why: opened.error.why });
    const anchor = opened.value;
    if (setup.offer === undefined) return ok({ leg: this.#leg(leg, peer, { kind: 'offerless', anchor }), setup });
    const offer = anchor.negotiation.readOffer(setup.offer, peer.host);
    if (!offer.ok) {
      anchor.port.close();
      return err({ cause: cause.bearerNotImplemented, sipStatus: offer.error.status, why: offer.error.reason });
    }
    const anchored = this.#leg(leg, peer, { kind: 'offered', anchor });
    return ok({ leg: anchored, setup: { ...setup, offer: formatBridge(offer.value) } });
  }

  /** A call that is placed. The port is opened with its setup. */
  placed(leg: Leg, peer: MediaPeer): Leg {
    return this.#leg(leg, peer, { kind: 'placed', open: () => this.#open(peer) });
  }

  /** A call that is placed to a telephone, by a leg of `make` for each try. */
  placedToPhone(make: () => Leg, peer: MediaPeer): Leg {
    if (!triesSrtpFirst(this.#options.settings(), peer)) return this.placed(make(), peer);
    return new SecondTry(this.placed(make(), { ...peer, strict: true }), () => this.placed(make(), peer));
  }

  /** Goes on with a leg of another process. One that was not anchored stays as it is; undefined: its port is gone. */
  resumed(end: ResumedEnd, kept: LegContinuation): ResumedEnd | undefined {
    const peer = parsePeer(kept[peerName] ?? '');
    if (peer === undefined) return end;
    const port = this.#options.engine.claim(kept[portName] ?? '');
    if (port === undefined) return undefined;
    const state = Object.entries(kept).flatMap(([name, value]) =>
      name.startsWith(statePrefix) ? [[name.slice(statePrefix.length), value]] : [],
    );
    const negotiation = this.#options.negotiations.resume(
      profileOf(this.#options.settings(), peer),
      this.#local(port, peer.side),
      port.settings,
      Object.fromEntries(state),
    );
    if (negotiation === undefined) {
      port.close();
      return undefined;
    }
    const other = parseSdp(kept[`${statePrefix}other`] ?? '');
    const anchor = {
      port,
      negotiation,
      gathers: false,
      ...(other.ok ? { other: readBridge(other.value) } : {}),
    };
    const leg = this.#leg(end.leg, peer, { kind: 'resumed', anchor });
    const said = negotiation.agreement?.bridge;
    return { leg, ...(said === undefined ? {} : { described: formatBridge(said) }) };
  }

  #leg(leg: Leg, peer: MediaPeer, beginning: ConstructorParameters<typeof AnchoredLeg>[1]): AnchoredLeg {
    const { clock, log, announcements } = this.#options;
    const kept = { [peerName]: formatPeer(peer) };
    return new AnchoredLeg({ leg, clock, log, announcements, heardFrom: peer.host, kept }, beginning);
  }

  #open(peer: MediaPeer): Result<LegAnchor, PortFault> {
    const { engine, negotiations, network } = this.#options;
    const settings = this.#options.settings();
    const name = network(peer.side, peer.host);
    if (name === undefined) {
      return err({
        kind: 'unknownNetwork',
        cause: cause.resourceUnavailable,
        why: `there is no address towards ${peer.host}`,
      });
    }
    const ice = this.#iceOf(settings, peer);
    const port = engine.open({ network: name, ...(ice === undefined ? {} : { ice }) });
    if (!port.ok) return port;
    const negotiation = negotiations.begin(profileOf(settings, peer), this.#local(port.value, peer.side));
    return ok({ port: port.value, negotiation, gathers: ice?.mode === 'full' });
  }

  #iceOf(settings: MediaSettings, peer: MediaPeer): RtpPlace['ice'] {
    const mode = iceOf(settings, peer);
    if (mode === 'off') return undefined;
    const turn = settings.turn.map(({ address, username, password }) => ({
      address,
      username,
      password: password.reveal(),
    }));
    return { mode, stun: settings.stun, turn };
  }

  #local({ id, place }: MediaPort, side: MediaSide): LocalMedia {
    const { engine } = this.#options;
    const { rtp, rtcp, ssrc, cname } = place;
    const host = this.#options.settings()[side].externalAddress;
    return {
      port: id,
      rtp,
      rtcp,
      ssrc,
      cname,
      ...(host === undefined ? {} : { advertised: { rtp: { ...rtp, host }, rtcp: { ...rtcp, host } } }),
      ...(engine.fingerprint === undefined ? {} : { fingerprint: engine.fingerprint }),
    };
  }
}
