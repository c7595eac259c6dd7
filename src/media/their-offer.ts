import { err, ok, type Result } from '../base/index.js';
import {
  answeringDirection,
  bundledMids,
  type Direction,
  type MediaDescription,
  meetDirections,
  rejectMedia,
  type SessionDescription,
  wishBehind,
} from '../sdp/index.js';
import type { MediaRefusal } from './agreement.js';
import type { BridgeDescription } from './bridge-description.js';
import { sameAddress } from './candidate.js';
import { chooseVoice, companions, eventParameters, opusParameters } from './codec-choice.js';
import type { Format } from './format.js';
import { answerKeying, type SettledKeying } from './keying.js';
import { needsSrtp } from './media-profile.js';
import {
  closedState,
  describe,
  drawIce,
  iceOf,
  imageLines,
  type MediaGround,
  type MediaState,
  passedPacketMs,
  pastOf,
} from './media-state.js';
import type { Renewal } from './negotiation.js';
import { hasImage } from './our-offer.js';
import { isSecureProtocol, isUsable, type PeerMedia, readPeerMedia, refusal } from './peer-media.js';
import type { IceSettings } from './port-settings.js';
import { audioSection, imageSection } from './section.js';
import { type Settlement, settle } from './settlement.js';

/** An offer of the peer's, with those of its media that we could take, the best first; none: it closes its media. */
export interface TheirOffer {
  readonly by: 'peer';
  readonly before: MediaState | undefined;
  readonly description: SessionDescription;
  readonly heardFrom: string | undefined;
  readonly choices: readonly PeerMedia[];
  readonly answered?: MediaState;
}

/** Reads an offer, and refuses one that could not be answered whatever the other leg says. */
export function readTheirOffer(
  ground: MediaGround,
  before: MediaState | undefined,
  description: SessionDescription,
  heardFrom: string | undefined,
): Result<TheirOffer, MediaRefusal> {
  const offer: TheirOffer = { by: 'peer', before, description, heardFrom, choices: [] };
  const choices: PeerMedia[] = [];
  const refused: MediaRefusal[] = [];
  for (const [index, media] of description.media.entries()) {
    if (!isUsable(media)) continue;
    const read = readPeerMedia(description, index);
    const tried = read.ok ? answerMedia(ground, offer, read.value, undefined, {}, 0) : read;
    if (!tried.ok) refused.push(tried.error);
    else if (read.ok) choices.push(read.value);
  }
  const closes = before !== undefined && description.media.every((media) => media.port === 0);
  if (choices.length === 0 && !closes) return err(refused[0] ?? refusal('media', 304, 'no audio is offered'));
  return ok({ ...offer, choices: ranked(ground, before, description, choices) });
}

/**
 * An image that was not there before is what the peer now wants (a fax was heard); one that was there from the beginning is only what it
 * could do. Of several audio media the one in use goes first, else a protected one.
 */
function ranked(
  { profile }: MediaGround,
  before: MediaState | undefined,
  description: SessionDescription,
  choices: readonly PeerMedia[],
): readonly PeerMedia[] {
  const imageFirst =
    before !== undefined && (before.agreement.media === 'image' || (hasImage(description) && !before.imageSeen));
  const rank = (peer: PeerMedia): number => {
    const wanted = (peer.media === 'image') === imageFirst ? 4 : 0;
    const used = peer.index === before?.slot ? 2 : 0;
    return wanted + used + (profile.security.srtp !== 'never' && isSecureProtocol(peer.protocol) ? 1 : 0);
  };
  return [...choices].sort((a, b) => rank(b) - rank(a));
}

/** Our answer: as many media as were offered (RFC 3264 §6), of which at most one lives. */
export function answerTheirOffer(
  ground: MediaGround,
  offer: TheirOffer,
  other: BridgeDescription | undefined,
  renew: Renewal,
  latchEpoch: number,
): Result<MediaState, MediaRefusal> {
  const { before, description, choices } = offer;
  if (choices.length === 0 && before !== undefined) {
    const said = describe(ground, description.media.map(rejectMedia), { ice: false });
    return ok(
      closedState(
        ground,
        before,
        { said, heard: description },
        { wished: other?.direction ?? before.wished, peerWish: 'inactive' },
        other ?? before.other,
      ),
    );
  }
  const towards = other ?? before?.other;
  const peer = choices.find((each) => other === undefined || each.media === other.media);
  if (peer === undefined) return err(refusal('media', 304, 'the other side takes other media'));
  return answerMedia(ground, offer, peer, towards, renew, latchEpoch, other?.direction);
}

function answerMedia(
  ground: MediaGround,
  offer: TheirOffer,
  peer: PeerMedia,
  other: BridgeDescription | undefined,
  renew: Renewal,
  latchEpoch: number,
  wish?: Direction,
): Result<MediaState, MediaRefusal> {
  const { profile, local, random } = ground;
  const { before, description, heardFrom } = offer;
  const past = before?.wished ?? 'sendrecv';
  const allowed = answeringDirection(peer.direction);
  const direction = meetDirections(allowed, wish ?? past);
  const audio = peer.media === 'audio';
  const settled = audio ? keyingFor(ground, before, peer, renew) : keyingOfImage(ground, before);
  if (!settled.ok) return settled;
  const { security, keys, lines } = settled.value;
  const formats = audio ? answeredFormats(ground, peer, other) : ok([]);
  if (!formats.ok) return formats;
  const held = before?.ice ?? ground.firstIce;
  const pastUfrag = before?.agreement.settings.ice?.remote?.ufrag;
  // RFC 8839 §4.4.1.1.1: a restart of the peer's is a restart of ours.
  const restarts =
    renew.ice === true || (pastUfrag !== undefined && peer.ice !== undefined && peer.ice.ufrag !== pastUfrag);
  const credentials = held !== undefined && restarts ? drawIce(random) : held;
  const ice = audio ? iceOf(profile, credentials, peer, peer.rtcpMux, false, before) : undefined;
  const settlement: Settlement = {
    profile,
    local,
    peer,
    ours: formats.value,
    direction,
    security,
    rtcpMux: peer.rtcpMux && audio,
    ...(ice === undefined ? {} : { ice }),
    ...(other === undefined ? {} : { other }),
    ...(heardFrom === undefined ? {} : { heardFrom }),
    ...pastOf(before, peer),
    latchEpoch,
  };
  const agreement = settle(settlement);
  if (!agreement.ok) return agreement;
  const section: MediaDescription = audio
    ? audioSection(profile, local, ground.gathered, {
        protocol: peer.protocol,
        formats: formats.value,
        packetMs: passedPacketMs(other?.packetMs ?? peer.packetMs) ?? profile.packetMs,
        direction,
        keyLines: lines,
        rtcpMux: peer.rtcpMux ? 'agreed' : 'no',
        iceMismatch: peer.iceMismatch && held !== undefined,
        ...(ice === undefined || credentials === undefined ? {} : { ice: credentials }),
        ...(peer.mid === undefined ? {} : { mid: peer.mid }),
      })
    : imageSection(local, imageLines(other, peer.image), direction);
  const bundled = peer.mid !== undefined && bundledMids(description).includes(peer.mid);
  const said = describe(
    ground,
    description.media.map((media, index) => (index === peer.index ? section : rejectMedia(media))),
    { ice: ice !== undefined, ...(bundled && peer.mid !== undefined ? { bundle: peer.mid } : {}) },
  );
  const kept = audio
    ? { protocol: peer.protocol, security, rtcpMux: peer.rtcpMux, ice: ice !== undefined }
    : before?.audio;
  return ok({
    agreement: agreement.value,
    settlement,
    said,
    heard: description,
    slot: peer.index,
    keys,
    ...(credentials === undefined ? {} : { ice: credentials }),
    ...(peer.mid === undefined ? {} : { mid: peer.mid }),
    ...(kept === undefined ? {} : { audio: kept }),
    imageSeen: hasImage(description),
    wished: wish === undefined ? past : wishBehind(wish, allowed, past),
    peerWish: peer.direction,
    ...(other === undefined ? {} : { other }),
  });
}

function keyingFor(
  ground: MediaGround,
  before: MediaState | undefined,
  peer: PeerMedia,
  renew: Renewal,
): Result<SettledKeying, MediaRefusal> {
  const keys = renew.keys === true ? new Map() : (before?.keys ?? new Map());
  return answerKeying(ground, keys, peer, before?.audio?.security, hasMoved(before, peer));
}

function keyingOfImage({ profile }: MediaGround, before: MediaState | undefined): Result<SettledKeying, MediaRefusal> {
  if (needsSrtp(profile)) return err(refusal('security', 304, 'T.38 would go in the clear'));
  if (!profile.t38) return err(refusal('media', 304, 'T.38 is not set up'));
  return ok({ security: { kind: 'plain' }, keys: before?.keys ?? new Map(), lines: [] });
}

/** Another place, or another session of ICE; a peer that only holds has not moved. */
function hasMoved(before: MediaState | undefined, peer: PeerMedia): boolean {
  const past = before?.agreement.settings;
  if (past === undefined) return false;
  const ice: IceSettings['remote'] = past.ice?.remote;
  if (ice !== undefined && peer.ice !== undefined) return ice.ufrag !== peer.ice.ufrag;
  return past.remote !== undefined && peer.remote !== undefined && !sameAddress(past.remote.rtp, peer.remote.rtp);
}

/** One voice, so that the peer does not change it in mid-call, by the peer's numbers (RFC 3264 §6.1). */
function answeredFormats(
  { profile }: MediaGround,
  peer: PeerMedia,
  other: BridgeDescription | undefined,
): Result<readonly Format[], MediaRefusal> {
  const towards = other?.formats ?? [];
  const voice = chooseVoice(peer.formats, towards, profile);
  if (voice === undefined) return err(refusal('codec', 305, 'no codec in common'));
  return ok(
    [voice, ...companions(voice, peer.formats, profile)].map((format) => ({
      ...format,
      parameters:
        format.codec === 'opus'
          ? opusParameters(towards)
          : format.codec === 'telephone-event'
            ? eventParameters(format)
            : '',
    })),
  );
}
