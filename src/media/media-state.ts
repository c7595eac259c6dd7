import { type Random, Secret } from '../base/index.js';
import {
  type Direction,
  type MediaDescription,
  rejectMedia,
  type SdpLine,
  type SessionDescription,
} from '../sdp/index.js';
import type { Agreement } from './agreement.js';
import type { BridgeDescription } from './bridge-description.js';
import { familyOf } from './candidate.js';
import type { SaidAndHeard } from './kept-secrets.js';
import type { KeyingContext, OwnKeys } from './keying.js';
import type { LocalMedia, MediaProfile } from './media-profile.js';
import type { PayloadTypes } from './offered-formats.js';
import type { PeerMedia } from './peer-media.js';
import type { IceCandidate, IceSettings, PortSecurity } from './port-settings.js';
import { type IceCredentials, sessionLines } from './section.js';
import { quietSettings, type Settlement } from './settlement.js';

/** What a leg's negotiations stand on. */
export interface MediaGround extends KeyingContext {
  readonly gathered: readonly IceCandidate[];
  /** Of the first session of ICE; absent where the profile has none. */
  readonly firstIce?: IceCredentials;
  readonly payloadTypes: PayloadTypes;
}

/** What was agreed last. Immutable: what comes of a new offer is another one, and until then this one holds. */
export interface MediaState {
  readonly agreement: Agreement;
  /** What the agreement was made of; absent where the peer closed its media. */
  readonly settlement?: Settlement;
  /** Our last description, and which of its media is the one that lives. */
  readonly said: SessionDescription;
  /** The peer's last description. */
  readonly heard: SessionDescription;
  readonly slot: number;
  readonly keys: OwnKeys;
  readonly ice?: IceCredentials;
  readonly mid?: string;
  /** How sound was last agreed, for the way back from an image. */
  readonly audio?: {
    readonly protocol: string;
    readonly security: PortSecurity;
    readonly rtcpMux: boolean;
    readonly ice: boolean;
  };
  /** The peer's last description had an image to take. */
  readonly imageSeen: boolean;
  /** What the other leg's far end would do, whatever our peer's hold makes of it. */
  readonly wished: Direction;
  /** What our peer would do, whatever we offered it. */
  readonly peerWish: Direction;
  readonly other?: BridgeDescription;
}

/** RFC 8839 §5.4: 24 bits and 128 bits at least. */
export function drawIce(random: Random): IceCredentials {
  const text = (bytes: number): string => Buffer.from(random.bytes(bytes)).toString('base64');
  return { ufrag: text(6), password: new Secret(text(18)) };
}

/** Both sides of ICE. The role is settled once (RFC 8445 §6.1.1): a full agent controls a lite one, else the offerer controls. */
export function iceOf(
  profile: MediaProfile,
  credentials: IceCredentials | undefined,
  peer: PeerMedia,
  rtcpMux: boolean,
  offerer: boolean,
  before: MediaState | undefined,
): IceSettings | undefined {
  if (credentials === undefined || peer.ice === undefined || peer.iceMismatch) return undefined;
  const controls = profile.ice === 'full' ? peer.ice.lite || offerer : peer.ice.lite && offerer;
  return {
    local: { ufrag: credentials.ufrag, password: credentials.password.reveal() },
    // With rtcp-mux there is no second component, whatever was listed while that was open (RFC 5761 §5.1.3).
    remote: { ...peer.ice, candidates: peer.ice.candidates.filter((each) => !rtcpMux || each.component === 1) },
    controlling: before?.agreement.settings.ice?.controlling ?? controls,
  };
}

/** Our whole description: the one media that lives, and every other one of the session rejected in its place. */
export function describe(
  { profile, local }: MediaGround,
  media: readonly MediaDescription[],
  session: { readonly ice: boolean; readonly bundle?: string },
): SessionDescription {
  const { host } = (local.advertised ?? local).rtp;
  return {
    origin: {
      username: 'holdfast',
      sessionId: '0',
      sessionVersion: '0',
      netType: 'IN',
      addressType: familyOf(host),
      address: host,
    },
    sessionName: '-',
    lines: sessionLines(profile, local, session),
    media,
  };
}

/** `live` in its slot, the rest of `past` rejected. */
export function inSlot(
  live: MediaDescription | undefined,
  slot: number,
  past: readonly MediaDescription[],
): readonly MediaDescription[] {
  const count = Math.max(past.length, slot + 1);
  return Array.from({ length: count }, (_, index) => {
    if (index === slot && live !== undefined) return live;
    return rejectMedia(past[index] ?? { media: 'audio', port: 0, protocol: 'RTP/AVP', formats: ['0'], lines: [] });
  });
}

/** The peer closed its media and keeps the call: the port stays as it was protected, and silent. */
export function closedState(
  { profile, local }: { readonly profile: MediaProfile; readonly local: LocalMedia },
  before: MediaState,
  { said, heard }: SaidAndHeard,
  wishes: Pick<MediaState, 'wished' | 'peerWish'>,
  other: BridgeDescription | undefined,
): MediaState {
  const { settlement, ...kept } = before;
  const { latchEpoch, security } = before.agreement.settings;
  const agreement: Agreement = {
    media: 'nothing',
    settings: quietSettings(profile, before.audio?.security ?? security, latchEpoch),
    bridge: closedBridge(local, before),
    direction: 'inactive',
  };
  return { ...kept, agreement, said, heard, ...wishes, ...(other === undefined ? {} : { other }) };
}

export function closedBridge(local: LocalMedia, before: MediaState | undefined): BridgeDescription {
  const formats = before?.agreement.bridge.formats ?? [];
  return { port: local.port, media: 'audio', formats, direction: 'inactive', image: [] };
}

/** The place that a peer without an address had before. */
export function pastOf(before: MediaState | undefined, peer: PeerMedia): Pick<Settlement, 'past'> {
  const past = before?.agreement.settings.remote;
  return peer.remote !== undefined || peer.ice !== undefined || past === undefined ? {} : { past };
}

/** A packet time that somebody asks for, as far as it can be passed on. */
export function passedPacketMs(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.min(60, Math.max(10, Math.floor(ms / 10) * 10));
}

/** T.38's own lines; only those. */
export function imageLines(bridge: BridgeDescription | undefined, fallback: readonly SdpLine[]): readonly SdpLine[] {
  return bridge?.media === 'image' ? bridge.image : fallback;
}
