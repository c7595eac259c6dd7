import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Result } from '../../../src/base/index.js';
import {
  type Agreement,
  type BridgeDescription,
  formatBridge,
  isVoice,
  type MediaProfile,
  type MediaRefusal,
  Negotiator,
  needsSrtp,
  type PortSecurity,
  readBridge,
} from '../../../src/media/index.js';
import { srtpSuites } from '../../../src/rtp/index.js';
import { formatSdp, parseSdp, SdpOrigin, type SessionDescription } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { local, plain } from './profiles.js';

/** Two negotiators of any profiles that offer, answer, refuse, hold and restart in any order: what must hold after each step. */

const profiles: fc.Arbitrary<MediaProfile> = fc.record({
  side: fc.constantFrom('plain', 'plain', 'secure'),
  security: fc.record({
    srtp: fc.constantFrom('never', 'allowed', 'required'),
    suites: fc.shuffledSubarray([...srtpSuites], { minLength: 1 }),
    keying: fc.shuffledSubarray(['sdes', 'dtls'] as const),
  }),
  ice: fc.constantFrom('off', 'lite', 'full'),
  codecs: fc.shuffledSubarray(['PCMU', 'PCMA', 'G722', 'opus', 'L16'] as const, { minLength: 1 }),
  packetMs: fc.constantFrom(10, 20, 30, 40, 50, 60),
  telephoneEvent: fc.boolean(),
  comfortNoise: fc.boolean(),
  rtcpMux: fc.boolean(),
  rtcpXr: fc.boolean(),
  latch: fc.constantFrom('signalled', 'address', 'any', 'auto'),
  dscp: fc.constant(46),
  jitter: fc.constant(plain.jitter),
  detectFax: fc.boolean(),
  gainInDb: fc.constant(0),
  gainOutDb: fc.constant(0),
  t38: fc.boolean(),
});

type Step = {
  readonly kind: 'offer';
  readonly by: 0 | 1;
  readonly direction: BridgeDescription['direction'];
  readonly answered: BridgeDescription['direction'];
  readonly image: boolean;
  readonly ice: boolean;
  readonly keys: boolean;
  readonly refuse: boolean;
  readonly resume: boolean;
};

const directions = fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive');
const steps: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('offer'),
  by: fc.constantFrom(0, 1),
  direction: directions,
  answered: directions,
  image: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  ice: fc.boolean(),
  keys: fc.boolean(),
  refuse: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  resume: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

/** What stands behind each leg: another leg's far end that speaks everything. */
function behind(direction: BridgeDescription['direction'], image: boolean): BridgeDescription {
  const formats = [
    { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' },
    { payloadType: 111, codec: 'opus', clockRate: 48_000, channels: 2, parameters: '' },
  ] as const;
  const bridge: BridgeDescription = image
    ? {
        port: local(60_000).port,
        media: 'image',
        formats: [],
        direction,
        image: [{ type: 'a', value: 'T38FaxVersion:0' }],
      }
    : { port: local(60_000).port, media: 'audio', formats, direction, image: [] };
  const read = readBridge(formatBridge(bridge));
  assert.deepEqual(read, bridge);
  return read;
}

/** One end of the wire: its `o=` line is stamped as its SIP leg would. */
class End {
  readonly profile: MediaProfile;
  negotiator: Negotiator;
  readonly #local: ReturnType<typeof local>;
  readonly #random: SeededRandom;
  readonly #origin: SdpOrigin;
  #last: SessionDescription | undefined;

  constructor(profile: MediaProfile, port: number, seed: number) {
    this.profile = profile;
    this.#local = local(port, port === 40_000 ? '192.0.2.10' : '192.0.2.9');
    this.#random = new SeededRandom(seed);
    this.#origin = new SdpOrigin(String(port));
    this.negotiator = new Negotiator({ profile, local: this.#local, random: this.#random });
  }

  get port(): number {
    return this.#local.rtp.port;
  }

  /** As the peer reads it. */
  send(description: SessionDescription): SessionDescription {
    const stamped = this.#origin.stamp(description);
    const last = this.#last;
    if (last !== undefined) {
      assert.equal(stamped.origin.sessionId, last.origin.sessionId);
      assert.ok(stamped.media.length >= last.media.length, 'the number of media fell');
      const grew = BigInt(stamped.origin.sessionVersion) - BigInt(last.origin.sessionVersion);
      assert.ok(grew === 0n || grew === 1n);
    }
    this.#last = stamped;
    const parsed = parseSdp(formatSdp(stamped));
    assert.ok(parsed.ok);
    return parsed.value;
  }

  /** Another process goes on. */
  resume(): void {
    const settings = this.negotiator.agreement?.settings;
    if (settings === undefined) return;
    const options = { profile: this.profile, local: this.#local, random: this.#random };
    const resumed = Negotiator.resume(options, settings, this.negotiator.continuation());
    assert.ok(resumed !== undefined);
    assert.deepEqual(resumed.agreement?.settings, settings);
    this.negotiator = resumed;
  }
}

function guarded(end: End, agreement: Agreement | undefined): void {
  if (agreement === undefined) return;
  const { settings } = agreement;
  if (needsSrtp(end.profile)) {
    assert.notEqual(settings.security.kind, 'plain');
    assert.equal(settings.opaque, false);
  }
  if (end.profile.security.srtp === 'never' && !needsSrtp(end.profile)) assert.equal(settings.security.kind, 'plain');
  if (settings.security.kind === 'sdes') {
    assert.notEqual(settings.security.send.keyAndSalt, settings.security.receive.keyAndSalt);
    assert.ok(end.profile.security.suites.includes(settings.security.send.suite));
  }
  const numbers = settings.receives.map((format) => format.payloadType);
  assert.equal(new Set(numbers).size, numbers.length, 'a payload type means two things');
}

/** What each side sends is what the other awaits. */
function consistent(offerer: End, answerer: End, a: Agreement, b: Agreement): void {
  assert.equal(a.media, b.media);
  assert.equal(a.settings.remote?.rtp.port, answerer.port);
  assert.equal(b.settings.remote?.rtp.port, offerer.port);
  assert.equal(a.settings.direction.sends, b.settings.direction.receives);
  assert.equal(a.settings.direction.receives, b.settings.direction.sends);
  assert.equal(a.settings.rtcpMux, b.settings.rtcpMux);
  assert.deepEqual(
    mirrored(a.settings.security),
    b.settings.security.kind === 'dtls' ? roleOf(b.settings.security) : b.settings.security,
  );
  assert.equal(a.settings.ice === undefined, b.settings.ice === undefined);
  if (a.settings.ice !== undefined && b.settings.ice !== undefined) {
    assert.equal(a.settings.ice.local.ufrag, b.settings.ice.remote?.ufrag);
    assert.equal(b.settings.ice.local.ufrag, a.settings.ice.remote?.ufrag);
    assert.equal(a.settings.ice.local.password, b.settings.ice.remote?.password);
    assert.notEqual(a.settings.ice.controlling, b.settings.ice.controlling);
  }
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const format of from.settings.sends) {
      const awaited = to.settings.receives.find((each) => each.payloadType === format.payloadType);
      assert.equal(awaited?.codec, format.codec);
      assert.equal(awaited?.clockRate, format.clockRate);
    }
    if (from.media === 'audio')
      assert.ok(
        isVoice(from.settings.sends[0] ?? { payloadType: 0, codec: 'CN', clockRate: 0, channels: 1, parameters: '' }),
      );
  }
}

function mirrored(security: PortSecurity): unknown {
  if (security.kind === 'sdes') return { kind: 'sdes', send: security.receive, receive: security.send };
  return security.kind === 'dtls' ? { kind: 'dtls', role: security.role === 'client' ? 'server' : 'client' } : security;
}

function roleOf(security: Extract<PortSecurity, { readonly kind: 'dtls' }>): unknown {
  return { kind: 'dtls', role: security.role };
}

function sensible(refusal: MediaRefusal): void {
  assert.equal(refusal.status, 488);
  assert.notEqual(refusal.why, 'unexpected', refusal.reason);
  assert.notEqual(refusal.why, 'malformed', refusal.reason);
  assert.doesNotMatch(refusal.reason, /inline|[A-Za-z0-9+/]{30}/);
}

function run(step: Step, ends: readonly [End, End]): void {
  const [offerer, answerer] = step.by === 0 ? ends : [ends[1], ends[0]];
  if (step.resume) offerer.resume();
  const before = ends.map((end) => end.negotiator.agreement);
  const unchanged = (): void =>
    assert.deepEqual(
      ends.map((end) => end.negotiator.agreement),
      before,
    );
  const give = (result: Result<unknown, MediaRefusal>): boolean => {
    if (result.ok) return false;
    sensible(result.error);
    for (const end of ends) end.negotiator.withdraw();
    unchanged();
    return true;
  };
  const renew = { ice: step.ice, keys: step.keys };
  const offer = offerer.negotiator.offer(behind(step.direction, step.image), renew);
  if (give(offer) || !offer.ok) return;
  const read = answerer.negotiator.readOffer(offerer.send(offer.value), '192.0.2.10');
  if (give(read) || !read.ok) return;
  assert.equal(read.value.media, step.image ? 'image' : 'audio');
  if (step.refuse) {
    for (const end of ends) end.negotiator.withdraw();
    unchanged();
    return;
  }
  const answer = answerer.negotiator.answer(behind(step.answered, step.image));
  if (give(answer) || !answer.ok) return;
  const { description, agreement } = answer.value;
  assert.equal(description.media.length, offer.value.media.length);
  assert.equal(description.media.filter((media) => media.port !== 0).length, 1);
  const agreed = offerer.negotiator.readAnswer(answerer.send(description));
  assert.ok(agreed.ok, agreed.ok ? '' : `answer was not understood: ${agreed.error.reason}`);
  consistent(offerer, answerer, agreed.value, agreement);
  // Who was told needs not be told again.
  assert.equal(offerer.negotiator.mustOffer(behind(step.direction, step.image)), false);
  assert.equal(answerer.negotiator.mustOffer(behind(step.answered, step.image)), false);
  const sends = (direction: string): boolean => direction === 'sendrecv' || direction === 'sendonly';
  const receives = (direction: string): boolean => direction === 'sendrecv' || direction === 'recvonly';
  assert.equal(agreed.value.settings.direction.sends, sends(step.direction) && receives(step.answered));
  assert.equal(agreed.value.settings.direction.receives, receives(step.direction) && sends(step.answered));
}

describe('negotiations of any two legs', () => {
  it('agree on the same thing or are refused, and never against policy', () => {
    let agreed = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        profiles,
        profiles,
        fc.array(steps, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        (a, b, sequence, seed) => {
          const ends: readonly [End, End] = [new End(a, 40_000, seed), new End(b, 50_000, seed + 1)];
          for (const step of sequence) {
            run(step, ends);
            for (const end of ends) guarded(end, end.negotiator.agreement);
          }
          if (ends[0].negotiator.agreement === undefined) refused++;
          else agreed++;
        },
      ),
      { numRuns: 1500 },
    );
    // Both outcomes are common, or the test would show little.
    assert.ok(agreed > 100 && refused > 100, `${agreed} agreed, ${refused} refused`);
  });

  it('read any description without a throw, and take nothing in the clear on the secure side', () => {
    const rows = fc.constantFrom(
      'm=audio 4000 RTP/SAVP 0 8 96',
      'm=audio 4000 RTP/AVP 0',
      'm=audio 0 RTP/SAVP 0',
      'm=audio 4000 UDP/TLS/RTP/SAVPF 111',
      'm=image 4000 udptl t38',
      'm=video 4000 RTP/AVP 99',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH|2^20|1:4',
      'a=fingerprint:sha-256 AB',
      'a=setup:actpass',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:0 PCMA/8000',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 ;;==;maxplaybackrate=8000',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:0123456789012345678901',
      'a=ice-lite',
      'a=candidate:1 1 udp 1 192.0.2.9 4000 typ host',
      'a=candidate:1 1 udp 1 224.0.0.1 4000 typ host raddr x rport y',
      'a=rtcp-mux',
      'a=rtcp:0',
      'a=sendonly',
      'a=inactive',
      'a=ptime:-3',
      'a=maxptime:5',
      'a=mid:0',
      'a=group:BUNDLE 0 1',
      'c=IN IP4 0.0.0.0',
      'c=IN IP4 999.1.1.1',
      'c=IN IP6 ::1',
      'c=IN',
      'k=clear:abc',
      'a=T38FaxVersion:0',
    );
    const texts = fc.array(rows, { maxLength: 14 });
    fc.assert(
      fc.property(
        profiles,
        fc.array(fc.tuple(fc.boolean(), texts), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (profile, said, seed) => {
          const end = new End(profile, 40_000, seed);
          for (const [offered, lines] of said) {
            const head = ['v=0', 'o=- 5 9 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
            const parsed = parseSdp([...head, ...lines, ''].join('\r\n'));
            if (!parsed.ok) continue;
            const { negotiator } = end;
            if (offered) {
              const read = negotiator.readOffer(parsed.value);
              const answer = read.ok ? negotiator.answer() : undefined;
              // What was read without objection can be answered.
              if (read.ok) assert.ok(answer?.ok === true);
              if (answer?.ok === true) assert.equal(answer.value.description.media.length, parsed.value.media.length);
            } else {
              negotiator.offer();
              negotiator.readAnswer(parsed.value);
            }
            negotiator.withdraw();
            guarded(end, negotiator.agreement);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
