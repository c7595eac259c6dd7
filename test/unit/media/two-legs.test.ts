import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatBridge,
  type MediaProfile,
  Negotiator,
  readBridge,
  relayedAs,
  type VoiceCodec,
} from '../../../src/media/index.js';
import { formatSdp, parseSdp, type SessionDescription } from '../../../src/sdp/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { local, plain, sdp, value } from './profiles.js';

/** A whole call: telephone, leg, leg, telephone, with bridge descriptions passed as a call passes them. */

const voices: readonly VoiceCodec[] = ['PCMU', 'PCMA', 'G722', 'opus'];
const rows: Readonly<Record<VoiceCodec, readonly [number, string]>> = {
  PCMU: [0, 'PCMU/8000'],
  PCMA: [8, 'PCMA/8000'],
  G722: [9, 'G722/8000'],
  opus: [107, 'opus/48000/2'],
  L16: [109, 'L16/8000'],
};

/** A telephone that lists its codecs, or in answering takes the first offered one that it has. */
function telephone(codecs: readonly VoiceCodec[], port: number, offer?: SessionDescription): SessionDescription {
  const text = offer === undefined ? '' : formatSdp(offer).toLowerCase();
  const offered = (codec: VoiceCodec): number =>
    Number(new RegExp(`rtpmap:(\\d+) ${codec.toLowerCase()}/`).exec(text)?.[1] ?? -1);
  const order = offer?.media[0]?.formats.map(Number) ?? [];
  const taken =
    offer === undefined
      ? codecs
      : codecs
          .filter((codec) => offered(codec) >= 0)
          .sort((a, b) => order.indexOf(offered(a)) - order.indexOf(offered(b)))
          .slice(0, 1);
  const numbers = taken.map(
    (codec) => [offer === undefined ? rows[codec][0] : offered(codec), rows[codec][1]] as const,
  );
  if (numbers.length === 0) return sdp('m=audio 0 RTP/AVP 0');
  return sdp(
    `m=audio ${port} RTP/AVP ${numbers.map(([pt]) => pt).join(' ')}`,
    ...numbers.map(([pt, name]) => `a=rtpmap:${pt} ${name}`),
  );
}

function passed(description: SessionDescription): SessionDescription {
  // As the record keeps it.
  return value(parseSdp(formatSdp(description)));
}

const some = fc.shuffledSubarray([...voices], { minLength: 1 });

describe('a call of two legs', () => {
  it('transcodes only where caller, called and what is set up share no codec', () => {
    let relayed = 0;
    let transcoded = 0;
    fc.assert(
      fc.property(some, some, some, some, (caller, onA, onB, called) => {
        const leg = (codecs: readonly VoiceCodec[], port: number): Negotiator => {
          const profile: MediaProfile = { ...plain, codecs };
          return new Negotiator({ profile, local: local(port), random: new SeededRandom(port) });
        };
        const [a, b] = [leg(onA, 40_000), leg(onB, 40_002)];
        const read = a.readOffer(telephone(caller, 4000));
        if (!read.ok) {
          assert.ok(!caller.some((codec) => onA.includes(codec)));
          return;
        }
        const offer = value(b.offer(readBridge(passed(formatBridge(read.value)))));
        const answered = b.readAnswer(telephone(called, 6000, offer));
        if (!answered.ok) {
          assert.ok(!called.some((codec) => onB.includes(codec)));
          return;
        }
        const { agreement } = value(a.answer(readBridge(passed(formatBridge(answered.value.bridge)))));
        const [toCaller, toCalled] = [agreement.settings, answered.value.settings];
        assert.deepEqual(toCaller.hears, { kind: 'port', port: local(40_002).port });
        assert.deepEqual(toCalled.hears, { kind: 'port', port: local(40_000).port });
        const shared = voices.filter((codec) => [caller, onA, onB, called].every((each) => each.includes(codec)));
        const both = relayedAs(toCaller, toCalled) !== undefined && relayedAs(toCalled, toCaller) !== undefined;
        assert.equal(both, shared.length > 0);
        if (both) relayed++;
        else transcoded++;
      }),
      { numRuns: 2000 },
    );
    assert.ok(relayed > 100 && transcoded > 100, `${relayed} relayed, ${transcoded} transcoded`);
  });

  it('relays a late offer and its answer, too', () => {
    const [a, b] = [40_000, 40_002].map(
      (port) => new Negotiator({ profile: plain, local: local(port), random: new SeededRandom(port) }),
    );
    assert.ok(a !== undefined && b !== undefined);
    // The caller offers nothing; the called telephone is asked first, then the caller.
    const answered = value(b.readAnswer(telephone(['G722'], 6000, value(b.offer()))));
    const offer = value(a.offer(readBridge(formatBridge(answered.bridge))));
    assert.equal(offer.media[0]?.formats[0], '9');
    const agreement = value(a.readAnswer(telephone(['PCMU', 'G722'], 4000, offer)));
    assert.equal(agreement.voice?.codec, 'G722');
    assert.equal(b.follow(agreement.bridge)?.settings.hears.kind, 'port');
  });
});
