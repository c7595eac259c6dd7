import { err, ok, type Random, type Result, type Secret } from '../base/index.js';
import {
  answeringCrypto,
  type CryptoAttribute,
  declinedBecause,
  drawKey,
  formatCrypto,
  parseCrypto,
  type SrtpSuite,
} from '../rtp/index.js';
import type { SdpLine } from '../sdp/index.js';
import type { MediaRefusal } from './agreement.js';
import { type Keying, type LocalMedia, type MediaProfile, needsSrtp } from './media-profile.js';
import { isSecureProtocol, type PeerMedia, refusal } from './peer-media.js';
import type { PortSecurity } from './port-settings.js';

/** Our SDES keys by suite: each is drawn once and kept, so that a re-INVITE changes no key without need. */
export type OwnKeys = ReadonlyMap<SrtpSuite, Secret>;

export interface KeyingContext {
  readonly profile: MediaProfile;
  readonly local: LocalMedia;
  readonly random: Random;
}

/** What an offer of ours says of keys. */
export interface OfferedKeying {
  readonly keying: Keying | 'none';
  /** Of the `m=` line, without the F of feedback. */
  readonly protocol: 'RTP/AVP' | 'RTP/SAVP' | 'UDP/TLS/RTP/SAVP';
  readonly crypto: readonly CryptoAttribute[];
  readonly keys: OwnKeys;
  readonly lines: readonly SdpLine[];
}

/** What was settled of keys. */
export interface SettledKeying {
  readonly security: PortSecurity;
  readonly keys: OwnKeys;
  /** For our answer; [] where the answer was the peer's. */
  readonly lines: readonly SdpLine[];
}

/** Our offer's keys. `held`: what protects the session now; it is kept. */
export function offerKeying(
  context: KeyingContext,
  keys: OwnKeys,
  held: PortSecurity | undefined,
): Result<OfferedKeying, MediaRefusal> {
  const { profile, local, random } = context;
  const { srtp, suites, keying } = profile.security;
  const possible = keying.filter((each) => (each === 'dtls' ? local.fingerprint !== undefined : suites.length > 0));
  const chosen =
    held === undefined || held.kind === 'plain' ? possible[0] : possible.find((each) => each === held.kind);
  const wanted = srtp !== 'never' || needsSrtp(profile);
  if (!wanted || chosen === undefined) {
    if (needsSrtp(profile))
      return err(refusal('security', 399, 'SRTP is required here, and no way to agree keys is set up'));
    return ok({ keying: 'none', protocol: 'RTP/AVP', crypto: [], keys, lines: [] });
  }
  // RFC 8643 §3: best effort is offered as plain RTP with keys beside it. What is protected already stays so.
  const plain = !needsSrtp(profile) && (held === undefined || held.kind === 'plain');
  if (chosen === 'dtls') {
    const lines = dtlsLines(local, 'actpass');
    return ok({ keying: 'dtls', protocol: plain ? 'RTP/AVP' : 'UDP/TLS/RTP/SAVP', crypto: [], keys, lines });
  }
  const all = new Map(suites.map((suite) => [suite, keys.get(suite) ?? drawKey(suite, random)]));
  const crypto = [...all].map(([suite, keyAndSalt], index) => ({
    tag: index + 1,
    suite,
    keyAndSalt,
    sessionParameters: [],
  }));
  return ok({
    keying: 'sdes',
    protocol: plain ? 'RTP/AVP' : 'RTP/SAVP',
    crypto,
    keys: all,
    lines: crypto.map((each) => ({ type: 'a', value: `crypto:${formatCrypto(each)}` })),
  });
}

/** What the peer's answer makes of our offer's keys. Never less than policy wants, whatever it says. */
export function readAnsweredKeying(
  context: KeyingContext,
  offered: OfferedKeying,
  peer: PeerMedia,
): Result<SettledKeying, MediaRefusal> {
  const { profile } = context;
  const { keys } = offered;
  const promised = isSecureProtocol(offered.protocol);
  if (promised && !isSecureProtocol(peer.protocol)) {
    return err(refusal('security', 302, 'the answer takes away the SRTP that was offered'));
  }
  if (offered.keying === 'dtls' && peer.dtls !== undefined) {
    const role = peer.dtls.setup === 'active' ? 'server' : 'client';
    if (peer.dtls.setup === 'actpass' || peer.dtls.setup === 'holdconn') {
      return err(refusal('security', 306, 'the answer leaves the DTLS role open'));
    }
    return ok({ security: { kind: 'dtls', role, fingerprint: peer.dtls.fingerprint }, keys, lines: [] });
  }
  if (offered.keying === 'sdes' && peer.crypto.length > 0) {
    const answered = answeredCrypto(offered.crypto, peer.crypto);
    if (!answered.ok) return err(refusal('security', 306, `the answer's key cannot be used: ${answered.error}`));
    return ok({ security: answered.value, keys, lines: [] });
  }
  if (promised || needsSrtp(profile) || isSecureProtocol(peer.protocol)) {
    return err(refusal('security', 306, 'the answer has no key for SRTP'));
  }
  return ok({ security: { kind: 'plain' }, keys, lines: [] });
}

/** RFC 4568 §5.1.3: one attribute, with the tag and suite of one that was offered. */
function answeredCrypto(offered: readonly CryptoAttribute[], values: readonly string[]): Result<PortSecurity, string> {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) return err('there is more than one');
  const read = parseCrypto(value);
  if (!read.ok) return read;
  const answer = read.value;
  const declined = declinedBecause(answer);
  if (declined !== undefined) return err(declined);
  const own = offered.find((each) => each.tag === answer.tag && each.suite === answer.suite);
  if (own === undefined) return err('it is none of those offered');
  return securityOf(own.suite, own.keyAndSalt, answer.keyAndSalt);
}

/** Both directions under one key would be a two-time pad (RFC 3711 §9.1): whoever echoes our key wants just that. */
function securityOf(suite: SrtpSuite, send: Secret, receive: Secret): Result<PortSecurity, string> {
  if (send.reveal() === receive.reveal()) return err('it is our own');
  return ok({
    kind: 'sdes',
    send: { suite, keyAndSalt: send.reveal() },
    receive: { suite, keyAndSalt: receive.reveal() },
  });
}

/**
 * Our answer to the keys that the peer offers. `held`: what protects the session now. `moved`: the peer's side is another than before,
 * so that a key of ours which it has not seen from its beginning is drawn anew (it could not know how often our sequence numbers wrapped).
 */
export function answerKeying(
  context: KeyingContext,
  keys: OwnKeys,
  peer: PeerMedia,
  held: PortSecurity | undefined,
  moved: boolean,
): Result<SettledKeying, MediaRefusal> {
  const { profile } = context;
  const { srtp } = profile.security;
  if (srtp !== 'never' || needsSrtp(profile)) {
    const why: string[] = [];
    for (const keying of profile.security.keying) {
      const settled =
        keying === 'dtls' ? answerDtls(context, keys, peer, held) : answerSdes(context, keys, peer, held, moved);
      if (settled.ok) return settled;
      why.push(settled.error);
    }
    if (needsSrtp(profile) || isSecureProtocol(peer.protocol)) {
      return err(
        refusal(
          'security',
          399,
          `SRTP is required, and no offered key can be used: ${why.join('; ') || 'none is set up'}`,
        ),
      );
    }
  }
  if (isSecureProtocol(peer.protocol)) return err(refusal('security', 302, 'SRTP is not set up here'));
  return ok({ security: { kind: 'plain' }, keys, lines: [] });
}

function answerDtls(
  { local }: KeyingContext,
  keys: OwnKeys,
  peer: PeerMedia,
  held: PortSecurity | undefined,
): Result<SettledKeying, string> {
  if (peer.dtls === undefined) return err('no fingerprint');
  if (local.fingerprint === undefined) return err('DTLS is not set up here');
  const { fingerprint, setup } = peer.dtls;
  if (setup === 'holdconn') return err('no DTLS role');
  const same = held?.kind === 'dtls' && held.fingerprint === fingerprint ? held.role : undefined;
  // RFC 5763 §5: the answerer had better be active. RFC 8842 §5.5: an association that goes on keeps its roles. RFC 4145 §4.1: silence means active.
  const role = setup === 'passive' ? 'client' : setup === 'actpass' ? (same ?? 'client') : 'server';
  const lines = dtlsLines(local, role === 'client' ? 'active' : 'passive');
  return ok({ security: { kind: 'dtls', role, fingerprint }, keys, lines });
}

function answerSdes(
  { profile, random }: KeyingContext,
  keys: OwnKeys,
  peer: PeerMedia,
  held: PortSecurity | undefined,
  moved: boolean,
): Result<SettledKeying, string> {
  if (peer.protocol.startsWith('UDP/TLS')) return err('no key in the description');
  const { suites } = profile.security;
  const current = held?.kind === 'sdes' ? held : undefined;
  // The suite in use is kept while it is offered: a change would only cost sound.
  const preferred = suites.filter((suite) => suite === current?.send.suite);
  const chosen = answeringCrypto(peer.crypto, [...preferred, ...suites.filter((suite) => !preferred.includes(suite))]);
  if (!chosen.ok) return chosen;
  const offer = chosen.value;
  const { suite } = offer;
  const rekeyed = moved || (current !== undefined && current.receive.keyAndSalt !== offer.keyAndSalt.reveal());
  const own = (rekeyed ? undefined : keys.get(suite)) ?? drawKey(suite, random);
  const security = securityOf(suite, own, offer.keyAndSalt);
  if (!security.ok) return security;
  const answer: CryptoAttribute = {
    tag: offer.tag,
    suite,
    ...(offer.suiteWord === undefined ? {} : { suiteWord: offer.suiteWord }),
    keyAndSalt: own,
    sessionParameters: [],
  };
  const lines = [{ type: 'a', value: `crypto:${formatCrypto(answer)}` }];
  return ok({ security: security.value, keys: new Map([...keys, [suite, own]]), lines });
}

/** Protects a port that knows no peer yet: nothing can be opened with a key that nobody was told. */
export function unknownKeying({ profile, random }: KeyingContext): PortSecurity {
  if (!needsSrtp(profile)) return { kind: 'plain' };
  const suite = profile.security.suites[0];
  if (suite === undefined)
    return { kind: 'dtls', role: 'server', fingerprint: `sha-256 ${Array(32).fill('00').join(':')}` };
  const [send, receive] = [drawKey(suite, random).reveal(), drawKey(suite, random).reveal()];
  return { kind: 'sdes', send: { suite, keyAndSalt: send }, receive: { suite, keyAndSalt: receive } };
}

function dtlsLines(local: LocalMedia, setup: string): readonly SdpLine[] {
  return [
    { type: 'a', value: `fingerprint:${local.fingerprint ?? ''}` },
    { type: 'a', value: `setup:${setup}` },
  ];
}
