import { err, ok, type Random, type Result } from '../base/index.js';
import { answeringDirection, meetDirections, type SessionDescription } from '../sdp/index.js';
import type { Agreement, MediaRefusal } from './agreement.js';
import type { BridgeDescription } from './bridge-description.js';
import { readFormats } from './format-attributes.js';
import { unknownKeying } from './keying.js';
import type { LocalMedia, MediaProfile } from './media-profile.js';
import { closedBridge, drawIce, type MediaGround, type MediaState } from './media-state.js';
import type { MediaNegotiation, MediaNegotiations, Renewal } from './negotiation.js';
import { keep, recall } from './negotiation-memory.js';
import { withFormats } from './offered-formats.js';
import { makeOffer, type OurOffer, settleAnswer } from './our-offer.js';
import { refusal } from './peer-media.js';
import type { IceCandidate, RtpSettings } from './port-settings.js';
import { hearing, movedFrom, offeredBridge, quietSettings, settle } from './settlement.js';
import { answerTheirOffer, readTheirOffer, type TheirOffer } from './their-offer.js';

export interface NegotiatorOptions {
  readonly profile: MediaProfile;
  readonly local: LocalMedia;
  /** For keys and ICE credentials: the kernel's, outside of tests. */
  readonly random: Random;
}

/** {@link MediaNegotiation} over plain values: no socket, no clock. */
export class Negotiator implements MediaNegotiation {
  #ground: MediaGround;
  #state: MediaState | undefined;
  #open: OurOffer | TheirOffer | undefined;
  #latchEpoch = 0;

  constructor(options: NegotiatorOptions) {
    const { profile, local, random } = options;
    const firstIce = profile.ice === 'off' ? {} : { firstIce: drawIce(random) };
    this.#ground = { profile, local, random, gathered: [], payloadTypes: new Map(), ...firstIce };
  }

  /** Goes on where {@link continuation} was, with the settings that the engine lists for the port; undefined where it cannot. */
  static resume(
    options: NegotiatorOptions,
    settings: RtpSettings,
    kept: Readonly<Record<string, string>>,
  ): Negotiator | undefined {
    const state = recall(options.profile, options.local, settings, kept);
    if (state === undefined) return undefined;
    const negotiator = new Negotiator(options);
    negotiator.#latchEpoch = settings.latchEpoch;
    negotiator.#enter(state);
    return negotiator;
  }

  get agreement(): Agreement | undefined {
    return this.#state?.agreement;
  }

  opening(): RtpSettings {
    const { profile, firstIce } = this.#ground;
    const quiet = quietSettings(profile, unknownKeying(this.#ground), this.#latchEpoch);
    if (firstIce === undefined) return quiet;
    const local = { ufrag: firstIce.ufrag, password: firstIce.password.reveal() };
    return { ...quiet, ice: { local, controlling: profile.ice === 'full' } };
  }

  gathered(candidates: readonly IceCandidate[]): void {
    this.#ground = { ...this.#ground, gathered: candidates };
  }

  offer(other?: BridgeDescription, renew: Renewal = {}): Result<SessionDescription, MediaRefusal> {
    if (this.#open?.by === 'peer' && this.#open.answered === undefined) {
      return err(refusal('unexpected', 399, "the peer's offer is not answered yet"));
    }
    const made = makeOffer(this.#ground, this.#state, other, renew);
    if (!made.ok) return made;
    this.#open = made.value;
    return ok(made.value.said);
  }

  readAnswer(answer: SessionDescription, fork = '', heardFrom?: string): Result<Agreement, MediaRefusal> {
    const offer = this.#open;
    if (offer?.by !== 'us') return err(refusal('unexpected', 399, 'nothing was offered'));
    const settled = settleAnswer(this.#ground, offer, answer, heardFrom, this.#latchEpoch);
    if (!settled.ok) return settled;
    this.#open = { ...offer, forks: new Map([...offer.forks, [fork, settled.value]]) };
    return ok(this.#enter(settled.value));
  }

  chooseFork(fork: string): Agreement | undefined {
    const state = this.#open?.by === 'us' ? this.#open.forks.get(fork) : undefined;
    return state === undefined ? undefined : this.#enter(state);
  }

  readOffer(offer: SessionDescription, heardFrom?: string): Result<BridgeDescription, MediaRefusal> {
    if (this.#open?.by === 'us' && this.#open.forks.size === 0) {
      return err(refusal('unexpected', 399, 'our own offer is not answered yet'));
    }
    const read = readTheirOffer(this.#ground, this.#state, offer, heardFrom);
    if (!read.ok) return read;
    this.#open = read.value;
    const [best] = read.value.choices;
    const { profile, local } = this.#ground;
    return ok(best === undefined ? closedBridge(local, this.#state) : offeredBridge(profile, local, best));
  }

  answer(
    other?: BridgeDescription,
    renew: Renewal = {},
  ): Result<{ readonly description: SessionDescription; readonly agreement: Agreement }, MediaRefusal> {
    const offer = this.#open;
    if (offer?.by !== 'peer') return err(refusal('unexpected', 399, 'nothing was offered'));
    if (offer.answered !== undefined) {
      const { agreement, said } = offer.answered;
      const followed = other === undefined ? this.agreement : this.follow(other);
      return ok({ description: said, agreement: followed ?? agreement });
    }
    const settled = answerTheirOffer(this.#ground, offer, other, renew, this.#latchEpoch);
    if (!settled.ok) return settled;
    this.#open = { ...offer, answered: settled.value };
    return ok({ description: settled.value.said, agreement: this.#enter(settled.value) });
  }

  withdraw(): void {
    const open = this.#open;
    if (open?.by === 'us' ? open.forks.size === 0 : open?.answered === undefined) this.#open = undefined;
  }

  mustOffer(other: BridgeDescription): boolean {
    const state = this.#state;
    if (state === undefined) return true;
    const media = state.agreement.media === 'image' ? 'image' : 'audio';
    if (media !== other.media) return true;
    // What the peer itself does not want it need not be offered.
    const wanted = meetDirections(other.direction, answeringDirection(state.peerWish));
    return wanted !== state.agreement.direction;
  }

  follow(other: BridgeDescription): Agreement | undefined {
    const state = this.#state;
    if (state === undefined) return undefined;
    const settlement = state.settlement && { ...state.settlement, other };
    const settled = settlement && settle(settlement);
    const { settings } = state.agreement;
    const agreement =
      settled?.ok === true ? settled.value : { ...state.agreement, settings: { ...settings, hears: hearing(other) } };
    this.#state = { ...state, agreement, other, ...(settlement === undefined ? {} : { settlement }) };
    return agreement;
  }

  continuation(): Readonly<Record<string, string>> {
    return keep(this.#state);
  }

  /** What was settled holds from now on. A peer that is elsewhere than before is latched anew. */
  #enter(settled: MediaState): Agreement {
    const before = this.#state?.agreement.settings;
    if (before !== undefined && movedFrom(before, settled.agreement.settings)) this.#latchEpoch += 1;
    const latchEpoch = this.#latchEpoch;
    const { agreement, settlement } = settled;
    this.#state = {
      ...settled,
      agreement: { ...agreement, settings: { ...agreement.settings, latchEpoch } },
      ...(settlement === undefined ? {} : { settlement: { ...settlement, latchEpoch } }),
    };
    const said = settled.said.media[settled.slot];
    const formats = [...(settlement?.peer.formats ?? []), ...(said?.media === 'audio' ? readFormats(said) : [])];
    this.#ground = { ...this.#ground, payloadTypes: withFormats(this.#ground.payloadTypes, formats) };
    return this.#state.agreement;
  }
}

/** Negotiators that draw from `random`. */
export function mediaNegotiations(random: Random): MediaNegotiations {
  return {
    begin: (profile, local) => new Negotiator({ profile, local, random }),
    resume: (profile, local, settings, kept) => Negotiator.resume({ profile, local, random }, settings, kept),
  };
}
