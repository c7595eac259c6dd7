import { Secret } from '../base/index.js';
import { type Direction, formatSdp, parseSdp, type SessionDescription } from '../sdp/index.js';
import type { Agreement } from './agreement.js';
import { formatBridge, readBridge } from './bridge-description.js';
import { readFormats } from './format-attributes.js';
import { withoutSecrets, withSecrets } from './kept-secrets.js';
import type { LocalMedia, MediaProfile } from './media-profile.js';
import { closedBridge, type MediaState } from './media-state.js';
import { hasImage } from './our-offer.js';
import { readPeerMedia } from './peer-media.js';
import type { RtpSettings } from './port-settings.js';
import { type Settlement, settle } from './settlement.js';

/** What another process needs to go on, beside the settings that the engine lists. Never a secret. */
export function keep(state: MediaState | undefined): Readonly<Record<string, string>> {
  if (state === undefined) return {};
  return {
    said: formatSdp(withoutSecrets(state.said)),
    heard: formatSdp(withoutSecrets(state.heard)),
    slot: String(state.slot),
    media: state.agreement.media,
    wished: state.wished,
    peerWish: state.peerWish,
    ...(state.other === undefined ? {} : { other: formatSdp(formatBridge(state.other)) }),
  };
}

/** The state that was kept, as far as it can be read and agrees with policy; undefined where not. */
export function recall(
  profile: MediaProfile,
  local: LocalMedia,
  settings: RtpSettings,
  kept: Readonly<Record<string, string>>,
): MediaState | undefined {
  const [said, heard, towards] = [kept.said, kept.heard, kept.other].map(parsed);
  const slot = Number(kept.slot ?? Number.NaN);
  if (said === undefined || heard === undefined || !Number.isInteger(slot)) return undefined;
  const restored = withSecrets({ said, heard }, settings);
  const other = towards && readBridge(towards);
  const { security, rtcpMux, ice, latchEpoch } = settings;
  const ours = restored.said.media[slot];
  const state = {
    ...restored,
    slot,
    keys: security.kind === 'sdes' ? new Map([[security.send.suite, new Secret(security.send.keyAndSalt)]]) : new Map(),
    ...(ice === undefined ? {} : { ice: { ufrag: ice.local.ufrag, password: new Secret(ice.local.password) } }),
    ...(ours?.media === 'audio' && ours.port !== 0
      ? { audio: { protocol: ours.protocol, security, rtcpMux, ice: ice !== undefined } }
      : {}),
    imageSeen: hasImage(heard),
    wished: asDirection(kept.wished),
    peerWish: asDirection(kept.peerWish),
    ...(other === undefined ? {} : { other }),
  };
  if (kept.media === 'nothing') {
    const agreement: Agreement = {
      media: 'nothing',
      settings,
      bridge: closedBridge(local, undefined),
      direction: 'inactive',
    };
    return { ...state, agreement };
  }
  const peer = readPeerMedia(restored.heard, slot);
  if (ours === undefined || !peer.ok) return undefined;
  const settlement: Settlement = {
    profile,
    local,
    peer: peer.value,
    ours: readFormats(ours),
    direction: asDirectionOf(settings),
    security,
    rtcpMux,
    ...(ice === undefined ? {} : { ice }),
    ...(other === undefined ? {} : { other }),
    ...(peer.value.remote === undefined && settings.remote !== undefined ? { past: settings.remote } : {}),
    latchEpoch,
  };
  const settled = settle(settlement);
  if (!settled.ok) return undefined;
  // What the engine does now holds, down to what only the first process knew (where the signalling came from).
  return { ...state, agreement: { ...settled.value, settings }, settlement };
}

function parsed(text: string | undefined): SessionDescription | undefined {
  const read = text === undefined ? undefined : parseSdp(text);
  return read?.ok === true ? read.value : undefined;
}

function asDirection(word: string | undefined): Direction {
  return word === 'sendonly' || word === 'recvonly' || word === 'inactive' ? word : 'sendrecv';
}

function asDirectionOf({ direction }: RtpSettings): Direction {
  if (direction.sends) return direction.receives ? 'sendrecv' : 'sendonly';
  return direction.receives ? 'recvonly' : 'inactive';
}
