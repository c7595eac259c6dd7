import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BridgeDescription, type MediaProfile, Negotiator } from '../../../src/media/index.js';
import { attributeValues, formatSdp, type SessionDescription, sameMedia } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { browser, local, plain, refused, sdp, secure, value } from './profiles.js';

function leg(profile: MediaProfile, port?: number, host?: string): Negotiator {
  return new Negotiator({ profile, local: local(port, host), random: new SeededRandom(port ?? 1) });
}

function far(...rows: readonly string[]): BridgeDescription {
  return value(leg(plain, 50_000).readOffer(sdp(...rows)));
}

/** Two negotiators that talk; `a` offered. */
function pair(
  profile: MediaProfile,
  other: MediaProfile = profile,
): { readonly a: Negotiator; readonly b: Negotiator } {
  const [a, b] = [leg(profile, 40_000), leg(other, 50_000, '192.0.2.9')];
  exchange(a, b);
  return { a, b };
}

function exchange(from: Negotiator, to: Negotiator, ...offer: Parameters<Negotiator['offer']>): SessionDescription {
  value(to.readOffer(value(from.offer(...offer))));
  const { description } = value(to.answer());
  value(from.readAnswer(description));
  return description;
}

const audio = (port: number, ...rows: readonly string[]): SessionDescription =>
  sdp(`m=audio ${port} RTP/AVP 0 101`, 'a=rtpmap:101 telephone-event/8000', ...rows);

describe('a re-INVITE', () => {
  for (const [name, profile] of [
    ['plain', plain],
    ['SDES', secure],
    ['a browser', browser],
  ] as const) {
    it(`changes nothing without need (${name})`, () => {
      const { a, b } = pair(profile);
      const [first, second] = [a.agreement, b.agreement];
      const offers = [value(a.offer())];
      value(b.readOffer(offers[0] ?? sdp()));
      value(a.readAnswer(value(b.answer()).description));
      offers.push(value(a.offer()));
      assert.ok(sameMedia(offers[0] ?? sdp(), offers[1] ?? sdp('m=audio 0 RTP/AVP 0')));
      a.withdraw();
      assert.deepEqual([a.agreement, b.agreement], [first, second]);
      // The other way round: same keys, same role, same credentials, and nobody is latched anew.
      exchange(b, a);
      assert.deepEqual(a.agreement?.settings.security, first?.settings.security);
      assert.deepEqual(b.agreement?.settings, second?.settings);
    });
  }

  it('from another place is latched anew, and answered by another key', () => {
    const { a, b } = pair(secure);
    const moved = leg(secure, 50_002, '192.0.2.19');
    const before = a.agreement?.settings;
    value(a.readOffer(value(moved.offer())));
    const after = value(a.answer()).agreement.settings;
    assert.equal(after.latchEpoch, (before?.latchEpoch ?? 0) + 1);
    assert.ok(before?.security.kind === 'sdes' && after.security.kind === 'sdes');
    assert.notEqual(after.security.send.keyAndSalt, before.security.send.keyAndSalt);
    assert.ok(b.agreement !== undefined);
  });

  it('restarts ICE on both sides when one does, and only then', () => {
    const { a, b } = pair(browser);
    const ufrags = (): readonly (string | undefined)[] => [
      a.agreement?.settings.ice?.local.ufrag,
      b.agreement?.settings.ice?.local.ufrag,
    ];
    const first = ufrags();
    exchange(a, b);
    assert.deepEqual(ufrags(), first);
    exchange(a, b, undefined, { ice: true });
    const [ours, theirs] = ufrags();
    assert.ok(ours !== first[0] && theirs !== first[1]);
    assert.equal(a.agreement?.settings.ice?.controlling, true);
    exchange(b, a);
    assert.deepEqual(ufrags(), [ours, theirs]);
    assert.equal(a.agreement?.settings.ice?.controlling, true);
  });

  it('draws keys anew when told to', () => {
    const { a, b } = pair(secure);
    const before = a.agreement?.settings.security;
    exchange(a, b, undefined, { keys: true });
    const after = a.agreement?.settings.security;
    assert.ok(before?.kind === 'sdes' && after?.kind === 'sdes');
    assert.notEqual(after.send.keyAndSalt, before.send.keyAndSalt);
    // The peer's side of the stream is new to us too.
    assert.notEqual(after.receive.keyAndSalt, before.receive.keyAndSalt);
  });

  it('that is refused leaves what was agreed', () => {
    const { a } = pair(secure);
    const before = a.agreement;
    value(a.offer({ ...far('m=audio 4000 RTP/AVP 0'), direction: 'inactive' }, { keys: true, ice: true }));
    a.withdraw();
    assert.deepEqual(a.agreement, before);
    value(a.readOffer(value(leg(secure, 50_002, '192.0.2.19').offer())));
    a.withdraw();
    assert.deepEqual(a.agreement, before);
  });

  it('keeps a payload type to what it meant, by the numbers of whoever named it first', () => {
    const negotiator = leg(plain);
    value(
      negotiator.readOffer(
        sdp('m=audio 4000 RTP/AVP 111 100', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:100 telephone-event/48000'),
      ),
    );
    value(negotiator.answer());
    const text = formatSdp(value(negotiator.offer()));
    assert.match(text, /a=rtpmap:111 opus\/48000\/2/);
    assert.match(text, /a=rtpmap:100 telephone-event\/48000/);
    assert.match(text, /a=rtpmap:101 telephone-event\/8000/);
  });

  it('has never fewer media than before', () => {
    const negotiator = leg(plain);
    value(negotiator.readOffer(sdp('m=video 5000 RTP/AVP 99', 'm=audio 4000 RTP/AVP 0', 'm=text 6000 RTP/AVP 98')));
    value(negotiator.answer());
    assert.deepEqual(
      value(negotiator.offer()).media.map((media) => [media.media, media.port]),
      [
        ['video', 0],
        ['audio', 40_000],
        ['text', 0],
      ],
    );
  });
});

describe('forks', () => {
  it('are each a peer of their own, and the last one heard counts', () => {
    const a = leg(secure);
    const offer = value(a.offer());
    const answers = [50_000, 50_002].map((port) => {
      const fork = leg(secure, port, '192.0.2.9');
      value(fork.readOffer(offer));
      return value(fork.answer()).description;
    });
    const [first, second] = answers;
    assert.ok(first !== undefined && second !== undefined);
    const one = value(a.readAnswer(first, 'tag-1'));
    assert.equal(value(a.readAnswer(first, 'tag-1')).settings.latchEpoch, one.settings.latchEpoch);
    const two = value(a.readAnswer(second, 'tag-2'));
    assert.deepEqual(two.settings.remote?.rtp.port, 50_002);
    assert.equal(two.settings.latchEpoch, one.settings.latchEpoch + 1);
    const final = a.chooseFork('tag-1');
    assert.deepEqual(final?.settings.remote?.rtp.port, 50_000);
    assert.equal(final?.settings.latchEpoch, two.settings.latchEpoch + 1);
    assert.equal(a.chooseFork('tag-3'), undefined);
  });

  it('whose answer cannot be used leave the others', () => {
    const a = leg(plain);
    value(a.offer());
    const early = value(a.readAnswer(audio(50_000), 'tag-1'));
    refused(a.readAnswer(sdp('m=audio 50002 RTP/AVP 18'), 'tag-2'));
    assert.deepEqual(a.agreement, early);
  });
});

describe('an answer given early', () => {
  it('stands as it is; what is heard follows the other leg', () => {
    const negotiator = leg(plain);
    value(negotiator.readOffer(audio(4000)));
    const early = value(negotiator.answer());
    const final = value(negotiator.answer(far('m=audio 4000 RTP/AVP 8')));
    assert.deepEqual(final.description, early.description);
    assert.deepEqual(final.agreement.settings.hears, { kind: 'port', port: local(50_000).port });
  });
});

describe('a choice of voices', () => {
  it('that the peer leaves is made as the other leg speaks, and made again when that changes', () => {
    const negotiator = leg(plain);
    value(negotiator.offer(far('m=audio 4000 RTP/AVP 0')));
    const answer = sdp('m=audio 4000 RTP/AVP 9 0 8');
    assert.equal(value(negotiator.readAnswer(answer)).voice?.codec, 'PCMU');
    const next = far('m=audio 4000 RTP/AVP 8');
    assert.equal(negotiator.mustOffer(next), false);
    const followed = negotiator.follow(next);
    assert.equal(followed?.voice?.codec, 'PCMA');
    assert.deepEqual(followed?.settings.receives.map((format) => format.codec).sort(), ['G722', 'PCMA', 'PCMU']);
  });

  it('keeps payload types apart where the peer numbers them in its own way', () => {
    const negotiator = leg(plain);
    value(negotiator.offer());
    const answer = sdp(
      'm=audio 4000 RTP/AVP 111 120',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:120 telephone-event/48000',
    );
    const { settings } = value(negotiator.readAnswer(answer));
    assert.deepEqual(
      settings.sends.map((format) => format.payloadType),
      [111, 120],
    );
    assert.deepEqual(
      settings.receives.map((format) => format.payloadType),
      [96, 102, 111, 120],
    );
  });

  it('looks for digits in the sound only where the peer says none by name', () => {
    const negotiator = leg(plain);
    value(negotiator.readOffer(sdp('m=audio 4000 RTP/AVP 0')));
    const { description, agreement } = value(negotiator.answer());
    assert.equal(agreement.settings.detectDigits, true);
    assert.deepEqual(description.media[0]?.formats, ['0']);
  });

  it('sends packets as long as the peer asks, within what it and the codec can take', () => {
    for (const [rows, packetMs] of [
      [['m=audio 4000 RTP/AVP 0', 'a=ptime:40'], 40],
      [['m=audio 4000 RTP/AVP 0', 'a=ptime:5'], 10],
      [['m=audio 4000 RTP/AVP 0', 'a=ptime:200'], 60],
      [['m=audio 4000 RTP/AVP 0', 'a=maxptime:10'], 10],
      [['m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', 'a=ptime:30'], 20],
      [['m=audio 4000 RTP/AVP 0'], 20],
    ] as const) {
      const negotiator = leg(plain);
      value(negotiator.readOffer(sdp(...rows)));
      assert.equal(value(negotiator.answer()).agreement.settings.packetMs, packetMs, rows.join());
    }
  });
});

describe('a fax', () => {
  const t38 = ['a=T38FaxVersion:0', 'a=T38MaxBitRate:14400', 'a=T38FaxRateManagement:transferredTCF'];

  it('passes from leg to leg in the slot of the voice, and back', () => {
    const [a, b] = [leg(plain, 40_000), leg(plain, 50_000, '192.0.2.9')];
    value(a.readOffer(audio(4000)));
    value(a.answer());
    value(b.offer());
    value(b.readAnswer(audio(6000)));
    const wanted = value(a.readOffer(sdp('m=image 4000 udptl t38', ...t38)));
    assert.equal(b.mustOffer(wanted), true);
    const offer = value(b.offer(wanted));
    assert.deepEqual(
      offer.media.map((media) => [media.media, media.port, media.protocol]),
      [['image', 50_000, 'udptl']],
    );
    assert.deepEqual(attributeValues(offer.media[0] ?? { lines: [] }, 'T38MaxBitRate'), ['14400']);
    const answered = value(b.readAnswer(sdp('m=image 6000 udptl t38', 'a=T38FaxVersion:0', 'a=T38MaxBitRate:9600')));
    assert.deepEqual([answered.media, answered.settings.opaque], ['image', true]);
    const { description, agreement } = value(a.answer(answered.bridge));
    assert.match(formatSdp(description), /m=image 40000 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:9600/);
    assert.deepEqual(agreement.settings.hears, { kind: 'port', port: local(50_000).port });
    const voice = value(a.readOffer(audio(4000)));
    value(b.offer(voice));
    assert.equal(value(b.readAnswer(audio(6000))).settings.opaque, false);
    assert.equal(value(a.answer()).agreement.media, 'audio');
  });

  it('that is added beside the voice is what the peer wants; one that was there from the beginning is not', () => {
    const added = leg(plain);
    value(added.readOffer(audio(4000)));
    value(added.answer());
    assert.equal(
      value(added.readOffer(sdp('m=audio 4000 RTP/AVP 0', 'm=image 4002 udptl t38', ...t38))).media,
      'image',
    );
    assert.deepEqual(
      value(added.answer()).description.media.map((media) => media.port),
      [0, 40_000],
    );
    // The way back is offered in the slot that the voice had.
    const voice = value(added.offer({ ...far('m=audio 4000 RTP/AVP 0') }));
    assert.deepEqual(
      voice.media.map((media) => [media.media, media.port]),
      [
        ['audio', 40_000],
        ['image', 0],
      ],
    );
    const both = leg(plain);
    value(both.readOffer(sdp('m=audio 4000 RTP/AVP 0', 'm=image 4002 udptl t38', ...t38)));
    assert.deepEqual(
      value(both.answer()).description.media.map((media) => media.port),
      [40_000, 0],
    );
    assert.equal(value(both.readOffer(sdp('m=audio 4000 RTP/AVP 0', 'm=image 4002 udptl t38', ...t38))).media, 'audio');
    assert.equal(value(both.readOffer(sdp('m=audio 0 RTP/AVP 0', 'm=image 4002 udptl t38', ...t38))).media, 'image');
  });

  it('that the peer turns down with a closed port leaves the leg to go back to voice', () => {
    const { a } = pair(plain);
    const wanted = { port: local(60_000).port, media: 'image', formats: [], direction: 'sendrecv', image: [] } as const;
    value(a.offer(wanted));
    assert.equal(value(a.readAnswer(sdp('m=image 0 udptl t38'))).media, 'nothing');
    value(a.offer(far('m=audio 4000 RTP/AVP 0')));
    assert.equal(value(a.readAnswer(audio(50_000))).media, 'audio');
  });

  it('is refused where it is not set up, or where the other leg took voice', () => {
    const without = leg({ ...plain, t38: false });
    value(without.readOffer(audio(4000)));
    value(without.answer());
    assert.equal(refused(without.readOffer(sdp('m=image 4000 udptl t38'))).why, 'media');
    const { a } = pair(plain);
    value(a.readOffer(sdp('m=image 50000 udptl t38')));
    assert.equal(refused(a.answer(far('m=audio 4000 RTP/AVP 0'))).why, 'media');
  });
});

describe('where packets go', () => {
  it('follows a=rtcp, rtcp-mux and the address of the media', () => {
    const place = (profile: MediaProfile, ...rows: readonly string[]) => {
      const negotiator = leg(profile);
      value(negotiator.readOffer(sdp(...rows)));
      return value(negotiator.answer()).agreement.settings.remote;
    };
    const base = ['m=audio 4000 RTP/AVP 0', 'c=IN IP4 192.0.2.77'];
    assert.deepEqual(place(plain, ...base, 'a=rtcp:4005'), {
      rtp: { host: '192.0.2.77', port: 4000 },
      rtcp: { host: '192.0.2.77', port: 4005 },
    });
    assert.deepEqual(place(plain, ...base, 'a=rtcp:4005 IN IP4 192.0.2.78')?.rtcp, { host: '192.0.2.78', port: 4005 });
    assert.deepEqual(place(plain, ...base, 'a=rtcp-mux')?.rtcp, { host: '192.0.2.77', port: 4000 });
  });

  it('is nowhere that many would hear it, and in no other family', () => {
    for (const line of [
      'c=IN IP4 224.0.1.1/127',
      'c=IN IP4 255.255.255.255',
      'c=IN IP6 2001:db8::1',
      'c=IN IP4 host.example',
      'c=IN IP4 127.0.0.1',
    ]) {
      assert.equal(refused(leg(plain).readOffer(sdp('m=audio 4000 RTP/AVP 0', line))).why, 'address', line);
    }
    value(leg(plain, 40_000, '2001:db8::10').readOffer(sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1')));
  });

  it('is believed from anywhere only where the peer is plainly behind a NAT', () => {
    const latch = (profile: MediaProfile, heardFrom: string, line: string): string => {
      const negotiator = leg(profile);
      value(negotiator.readOffer(sdp('m=audio 4000 RTP/AVP 0', line), heardFrom));
      return value(negotiator.answer()).agreement.settings.latch;
    };
    assert.equal(latch(plain, '203.0.113.5', 'c=IN IP4 192.168.1.7'), 'any');
    assert.equal(latch(plain, '192.168.1.7', 'c=IN IP4 192.168.1.7'), 'address');
    assert.equal(latch(plain, '203.0.113.5', 'c=IN IP4 203.0.113.9'), 'address');
    assert.equal(latch({ ...plain, latch: 'signalled' }, '203.0.113.5', 'c=IN IP4 192.168.1.7'), 'signalled');
  });
});

describe('another process', () => {
  for (const [name, profile] of [
    ['plain', plain],
    ['SDES', secure],
    ['a browser', browser],
  ] as const) {
    it(`goes on without having kept a secret (${name})`, () => {
      const { a, b } = pair(profile);
      const settings = a.agreement?.settings;
      assert.ok(settings !== undefined);
      const kept = a.continuation();
      const secrets = JSON.stringify(settings).match(/"(?:keyAndSalt|password)":"[^"]+/g) ?? [];
      assert.equal(secrets.length > 0, profile !== plain);
      for (const secret of secrets) assert.ok(!JSON.stringify(kept).includes(secret.split(':"')[1] ?? ''), secret);
      const resumed = Negotiator.resume(
        { profile, local: local(40_000), random: new SeededRandom(99) },
        settings,
        kept,
      );
      assert.ok(resumed !== undefined);
      assert.deepEqual(resumed.agreement, a.agreement);
      // The same offer but for suites whose keys nobody keeps; and the peer notices nothing.
      const before = b.agreement;
      exchange(resumed, b);
      assert.deepEqual(b.agreement?.settings, before?.settings);
      exchange(b, resumed);
      assert.deepEqual(resumed.agreement?.settings, settings);
    });
  }

  it('goes on with a fax, a closed port and a hold', () => {
    for (const rows of [
      ['m=image 4000 udptl t38', 'a=T38FaxVersion:0'],
      ['m=audio 0 RTP/AVP 0'],
      ['m=audio 4000 RTP/AVP 0', 'a=sendonly'],
    ]) {
      const negotiator = leg(plain);
      value(negotiator.readOffer(audio(4000)));
      value(negotiator.answer());
      value(negotiator.readOffer(sdp(...rows)));
      const { settings, media, direction } = value(negotiator.answer()).agreement;
      const options = { profile: plain, local: local(), random: new SeededRandom(3) };
      const resumed = Negotiator.resume(options, settings, negotiator.continuation());
      assert.deepEqual([resumed?.agreement?.media, resumed?.agreement?.direction], [media, direction], rows.join());
      assert.deepEqual(resumed?.agreement?.settings, settings);
    }
  });

  it('does not go on with what was not kept, or against policy', () => {
    const { a } = pair(plain);
    const options = { profile: secure, local: local(), random: new SeededRandom(3) };
    const settings = a.agreement?.settings;
    assert.ok(settings !== undefined);
    assert.equal(Negotiator.resume(options, settings, a.continuation()), undefined);
    assert.equal(Negotiator.resume({ ...options, profile: plain }, settings, {}), undefined);
  });
});
