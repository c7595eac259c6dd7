import { err, ok, type Result } from '../base/index.js';
import { canReceive, canSend, type Direction } from '../sdp/index.js';
import type { Agreement, MediaRefusal } from './agreement.js';
import type { BridgeDescription } from './bridge-description.js';
import { familyOf, isLoopback, isPrivate, sameAddress } from './candidate.js';
import { chooseVoice, companions, isTaken, packetTime, sameCodec } from './codec-choice.js';
import { type Format, isVoice } from './format.js';
import { idleSettings } from './media-engine.js';
import { type LocalMedia, type MediaProfile, needsSrtp } from './media-profile.js';
import { receivedFormats } from './offered-formats.js';
import { type PeerMedia, refusal } from './peer-media.js';
import type { IceSettings, PortSecurity, RtpSettings, Source } from './port-settings.js';

/** Everything that one offer and its answer said, for making settings of it. */
export interface Settlement {
  readonly profile: MediaProfile;
  readonly local: LocalMedia;
  readonly peer: PeerMedia;
  /** What our description lists. */
  readonly ours: readonly Format[];
  /** Of our description, or what is left of it by the answer. */
  readonly direction: Direction;
  readonly security: PortSecurity;
  readonly rtcpMux: boolean;
  readonly ice?: IceSettings;
  readonly other?: BridgeDescription;
  readonly latchEpoch: number;
  /** Where the peer's signalling comes from. */
  readonly heardFrom?: string;
  /** Where the peer was before: a holder that names no address sends its music from there. */
  readonly past?: PeerMedia['remote'];
}

/** The agreement that a settlement comes to. The last gate of policy: nothing passes it that the profile forbids. */
export function settle(settlement: Settlement): Result<Agreement, MediaRefusal> {
  const { profile, local, peer, security, ice } = settlement;
  if (needsSrtp(profile) && (security.kind === 'plain' || peer.media === 'image')) {
    return err(refusal('security', 399, 'nothing goes in the clear on this leg'));
  }
  if (ice === undefined && peer.remote !== undefined && familyOf(peer.remote.rtp.host) !== familyOf(local.rtp.host)) {
    return err(refusal('address', 300, `the media address is not ${familyOf(local.rtp.host)}`));
  }
  const places = ice === undefined && peer.remote !== undefined ? [peer.remote.rtp, peer.remote.rtcp] : [];
  if (places.some(({ host }) => isLoopback(host)) && !isLoopback(local.rtp.host)) {
    // What listens there trusts this machine; no peer shall speak to it through us.
    return err(refusal('address', 399, 'the media address is our own loopback'));
  }
  return peer.media === 'image' ? ok(imageAgreement(settlement)) : audioAgreement(settlement);
}

function audioAgreement(settlement: Settlement): Result<Agreement, MediaRefusal> {
  const { profile, peer, ours, other, direction } = settlement;
  const accepted = peer.formats.filter((format) => ours.some((each) => sameCodec(each, format)));
  const voice = chooseVoice(accepted, other?.formats ?? [], profile);
  if (voice === undefined) return err(refusal('codec', 305, 'no codec in common'));
  const along = companions(voice, accepted, profile);
  const voices = [voice, ...accepted.filter((format) => isVoice(format) && format !== voice)];
  const settings: RtpSettings = {
    ...settingsOf(settlement),
    receives: receivedFormats(ours, accepted),
    sends: [voice, ...along],
    packetMs: packetTime(voice, peer.packetMs, peer.maxPacketMs, profile.packetMs),
    rtcpXr: profile.rtcpXr && peer.rtcpXr,
    detectDigits: !along.some((format) => format.codec === 'telephone-event'),
    detectFax: profile.detectFax && (voice.codec === 'PCMU' || voice.codec === 'PCMA'),
  };
  return ok({ media: 'audio', settings, bridge: bridgeOf(settlement, [...voices, ...along]), voice, direction });
}

function imageAgreement(settlement: Settlement): Agreement {
  const settings: RtpSettings = { ...settingsOf(settlement), opaque: true };
  return { media: 'image', settings, bridge: bridgeOf(settlement, []), direction: settlement.direction };
}

function settingsOf(settlement: Settlement): RtpSettings {
  const { profile, peer, direction, ice, security, rtcpMux, other } = settlement;
  const reachable = peer.remote !== undefined || ice !== undefined;
  const remote = peer.remote ?? settlement.past;
  return {
    ...quietSettings(profile, security, settlement.latchEpoch),
    ...(remote === undefined ? {} : { remote: placeOf(remote, rtcpMux) }),
    rtcpMux,
    latch: latchOf(settlement),
    ...(ice === undefined ? {} : { ice }),
    direction: { sends: reachable && canSend(direction), receives: canReceive(direction) },
    hears: hearing(other),
  };
}

function placeOf(remote: NonNullable<PeerMedia['remote']>, rtcpMux: boolean): NonNullable<PeerMedia['remote']> {
  return rtcpMux ? { rtp: remote.rtp, rtcp: remote.rtp } : remote;
}

/** A port that neither sends nor believes anything: before an agreement, and while a peer has closed its media. */
export function quietSettings(profile: MediaProfile, security: PortSecurity, latchEpoch: number): RtpSettings {
  return {
    ...idleSettings,
    latch: profile.latch === 'auto' ? 'address' : profile.latch,
    latchEpoch,
    security,
    packetMs: profile.packetMs,
    jitter: profile.jitter,
    gainInDb: profile.gainInDb,
    gainOutDb: profile.gainOutDb,
    dscp: profile.dscp,
  };
}

/** What a port hears when the other leg's far end is `other`. */
export function hearing(other: BridgeDescription | undefined): Source {
  return other === undefined ? { kind: 'nothing' } : { kind: 'port', port: other.port };
}

/** With ICE only the chosen pair counts. */
function latchOf({ profile, peer, ice, heardFrom }: Settlement): RtpSettings['latch'] {
  if (ice !== undefined) return 'signalled';
  if (profile.latch !== 'auto') return profile.latch;
  const host = peer.remote?.rtp.host;
  return heardFrom !== undefined && host !== undefined && host !== heardFrom && isPrivate(host) ? 'any' : 'address';
}

/** What to say to the other leg of a peer's description that was read: formats in the peer's order, as far as we can take them. */
export function offeredBridge(profile: MediaProfile, local: LocalMedia, peer: PeerMedia): BridgeDescription {
  return bridgeOf(
    { local, peer },
    peer.formats.filter((format) => isTaken(format, profile)),
  );
}

function bridgeOf({ local, peer }: Pick<Settlement, 'local' | 'peer'>, formats: readonly Format[]): BridgeDescription {
  const { media, packetMs, direction, image } = peer;
  return { port: local.port, media, formats, ...(packetMs === undefined ? {} : { packetMs }), direction, image };
}

/** Whether the peer's side is another than before: another place, other keys, another session of ICE. */
export function movedFrom(before: RtpSettings, after: Omit<RtpSettings, 'latchEpoch'>): boolean {
  return (
    !sameAddress(before.remote?.rtp, after.remote?.rtp) ||
    before.ice?.remote?.ufrag !== after.ice?.remote?.ufrag ||
    peerKey(before.security) !== peerKey(after.security)
  );
}

function peerKey(security: PortSecurity): string {
  if (security.kind === 'sdes') return security.receive.keyAndSalt;
  return security.kind === 'dtls' ? security.fingerprint : '';
}
