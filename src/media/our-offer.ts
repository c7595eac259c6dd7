import { err, ok, type Result } from '../base/index.js';
import {
  answeringDirection,
  type Direction,
  type MediaDescription,
  meetDirections,
  type SessionDescription,
  wishBehind,
} from '../sdp/index.js';
import type { MediaRefusal } from './agreement.js';
import type { BridgeDescription } from './bridge-description.js';
import type { Format } from './format.js';
import { type OfferedKeying, offerKeying, readAnsweredKeying, type SettledKeying } from './keying.js';
import { needsSrtp } from './media-profile.js';
import {
  closedState,
  describe,
  drawIce,
  iceOf,
  inSlot,
  type MediaGround,
  type MediaState,
  passedPacketMs,
  pastOf,
} from './media-state.js';
import type { Renewal } from './negotiation.js';
import { offeredFormats } from './offered-formats.js';
import { isSecureProtocol, isUsable, readPeerMedia, refusal } from './peer-media.js';
import { audioSection, type IceCredentials, imageSection } from './section.js';
import { settle } from './settlement.js';

/** An offer of ours that is not settled yet, with all that its answers are read by. */
export interface OurOffer {
  readonly by: 'us';
  readonly before: MediaState | undefined;
  readonly said: SessionDescription;
  readonly slot: number;
  readonly media: 'audio' | 'image';
  readonly protocol: string;
  readonly formats: readonly Format[];
  readonly direction: Direction;
  readonly keying: OfferedKeying;
  readonly ice?: IceCredentials;
  readonly mid?: string;
  readonly rtcpMux: boolean;
  readonly other?: BridgeDescription;
  /** What each fork's answer came to, by its To tag. */
  readonly forks: ReadonlyMap<string, MediaState>;
}

export function makeOffer(
  ground: MediaGround,
  before: MediaState | undefined,
  other: BridgeDescription | undefined,
  renew: Renewal,
): Result<OurOffer, MediaRefusal> {
  const towards = other ?? before?.other;
  const direction = other?.direction ?? before?.wished ?? 'sendrecv';
  const slotOf = (media: string): number => {
    const same = before?.said.media.findIndex((each) => each.media === media) ?? -1;
    return same === -1 ? (before?.slot ?? 0) : same;
  };
  const shared = {
    by: 'us',
    before,
    direction,
    ...(towards === undefined ? {} : { other: towards }),
    forks: new Map(),
  } as const;
  if (towards?.media === 'image') {
    const slot = slotOf('image');
    const offer = offerImage(ground, before, towards, direction, slot);
    return offer.ok ? ok({ ...shared, ...offer.value, slot }) : offer;
  }
  const slot = slotOf('audio');
  const offer = offerAudio(ground, before, towards, direction, slot, renew);
  return offer.ok ? ok({ ...shared, ...offer.value, slot }) : offer;
}

type MadeOffer = Omit<OurOffer, 'by' | 'before' | 'direction' | 'other' | 'forks' | 'slot'>;

function offerAudio(
  ground: MediaGround,
  before: MediaState | undefined,
  towards: BridgeDescription | undefined,
  direction: Direction,
  slot: number,
  renew: Renewal,
): Result<MadeOffer, MediaRefusal> {
  const { profile, local, random } = ground;
  const keys = renew.keys === true ? new Map() : (before?.keys ?? new Map());
  const offered = offerKeying(ground, keys, before?.audio?.security);
  if (!offered.ok) return offered;
  const keying = offered.value;
  const formats = offeredFormats(profile, towards?.formats ?? [], ground.payloadTypes);
  if (formats.length === 0) return err(refusal('codec', 305, 'no codec is set up'));
  // A peer that went without ICE once is not asked again.
  const usesIce = before === undefined || before.audio?.ice === true || renew.ice === true;
  const held = before?.ice ?? ground.firstIce;
  const ice = held === undefined || !usesIce ? undefined : renew.ice === true ? drawIce(random) : held;
  const browserLike = ice !== undefined && keying.keying === 'dtls';
  const mid = before === undefined ? (browserLike ? '0' : undefined) : before.mid;
  const feedback = browserLike && keying.protocol !== 'RTP/AVP' ? 'F' : '';
  const past = before?.audio?.protocol;
  const keeps = past !== undefined && isSecureProtocol(past) === isSecureProtocol(keying.protocol);
  const protocol = keeps ? past : `${keying.protocol}${feedback}`;
  const rtcpMux = profile.rtcpMux || before?.audio?.rtcpMux === true;
  const section = audioSection(profile, local, ground.gathered, {
    protocol,
    formats,
    packetMs: passedPacketMs(towards?.packetMs) ?? profile.packetMs,
    direction,
    keyLines: keying.lines,
    rtcpMux: rtcpMux ? 'offered' : 'no',
    iceMismatch: false,
    ...(ice === undefined ? {} : { ice }),
    ...(mid === undefined ? {} : { mid }),
  });
  const said = describe(ground, inSlot(section, slot, before?.said.media ?? []), {
    ice: ice !== undefined,
    ...(mid === undefined ? {} : { bundle: mid }),
  });
  return ok({
    said,
    media: 'audio',
    protocol,
    formats,
    keying,
    rtcpMux,
    ...(ice === undefined ? {} : { ice }),
    ...(mid === undefined ? {} : { mid }),
  });
}

function offerImage(
  ground: MediaGround,
  before: MediaState | undefined,
  towards: BridgeDescription,
  direction: Direction,
  slot: number,
): Result<MadeOffer, MediaRefusal> {
  const { profile, local } = ground;
  if (needsSrtp(profile)) return err(refusal('security', 304, 'T.38 would go in the clear'));
  if (!profile.t38) return err(refusal('media', 304, 'T.38 is not set up'));
  const section = imageSection(local, towards.image, direction);
  const said = describe(ground, inSlot(section, slot, before?.said.media ?? []), { ice: false });
  const keys = before?.keys ?? new Map();
  const keying: OfferedKeying = { keying: 'none', protocol: 'RTP/AVP', crypto: [], keys, lines: [] };
  return ok({ said, media: 'image', protocol: 'udptl', formats: [], keying, rtcpMux: false });
}

/** What the peer's answer makes of our offer. */
export function settleAnswer(
  ground: MediaGround,
  offer: OurOffer,
  answer: SessionDescription,
  heardFrom: string | undefined,
  latchEpoch: number,
): Result<MediaState, MediaRefusal> {
  const media = answer.media[offer.slot];
  if (media === undefined) return err(refusal('malformed', 399, 'the answer has too few media'));
  if (media.port === 0) return closedByAnswer(ground, offer, answer);
  if (!isUsable(media) || media.media !== offer.media) {
    return err(refusal('media', 304, 'the answer is about other media than the offer'));
  }
  const read = readPeerMedia(answer, offer.slot);
  if (!read.ok) return read;
  const peer = read.value;
  const keying: Result<SettledKeying, MediaRefusal> =
    offer.media === 'image'
      ? ok({ security: { kind: 'plain' }, keys: offer.keying.keys, lines: [] })
      : readAnsweredKeying(ground, offer.keying, peer);
  if (!keying.ok) return keying;
  const { security, keys } = keying.value;
  const rtcpMux = offer.rtcpMux && peer.rtcpMux;
  const ice = iceOf(ground.profile, offer.ice, peer, rtcpMux, true, offer.before);
  const settlement = {
    profile: ground.profile,
    local: ground.local,
    peer,
    ours: offer.formats,
    direction: meetDirections(offer.direction, answeringDirection(peer.direction)),
    security,
    rtcpMux,
    ...(ice === undefined ? {} : { ice }),
    ...(offer.other === undefined ? {} : { other: offer.other }),
    ...(heardFrom === undefined ? {} : { heardFrom }),
    ...pastOf(offer.before, peer),
    latchEpoch,
  };
  const agreement = settle(settlement);
  if (!agreement.ok) return agreement;
  const credentials = offer.ice ?? offer.before?.ice ?? ground.firstIce;
  const audio =
    offer.media === 'audio'
      ? { protocol: media.protocol, security, rtcpMux, ice: ice !== undefined }
      : offer.before?.audio;
  return ok({
    agreement: agreement.value,
    settlement,
    said: offer.said,
    heard: answer,
    slot: offer.slot,
    keys,
    ...(credentials === undefined ? {} : { ice: credentials }),
    ...(offer.mid === undefined ? {} : { mid: offer.mid }),
    ...(audio === undefined ? {} : { audio }),
    imageSeen: hasImage(answer),
    wished: offer.direction,
    peerWish: wishBehind(peer.direction, answeringDirection(offer.direction), offer.before?.peerWish ?? 'sendrecv'),
    ...(offer.other === undefined ? {} : { other: offer.other }),
  });
}

function closedByAnswer(
  ground: MediaGround,
  offer: OurOffer,
  heard: SessionDescription,
): Result<MediaState, MediaRefusal> {
  if (offer.before === undefined) return err(refusal('codec', 305, 'the peer takes none of what was offered'));
  return ok(
    closedState(
      ground,
      offer.before,
      { said: offer.said, heard },
      { wished: offer.direction, peerWish: offer.before.peerWish },
      offer.other,
    ),
  );
}

export function hasImage(description: SessionDescription): boolean {
  return description.media.some((media: MediaDescription) => media.media === 'image' && isUsable(media));
}
