import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatLadder, type LadderSource, ladderSteps } from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

const [phone, own, trunk] = ['10.0.0.5:5062', '10.0.0.1:5060', '192.0.2.7:5060'];

function step(
  at: number,
  from: string,
  to: string,
  start: string,
  cseq: string,
  callId = 'a',
  body = '',
): LadderSource {
  const text = `${start}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq}\r\n\r\n${body}`;
  return { at: Date.UTC(2026, 0, 1) + at, from, to, protocol: 'udp', bytes: Buffer.from(text) };
}

const call: readonly LadderSource[] = [
  step(0, phone, own, 'INVITE sip:911@x SIP/2.0', '1 INVITE', 'a', 'v=0\r\n'),
  step(1, own, phone, 'SIP/2.0 100 Trying', '1 INVITE'),
  step(5, own, trunk, 'INVITE sip:911@192.0.2.7 SIP/2.0', '7 INVITE', 'b', 'v=0\r\n'),
  step(505, own, trunk, 'INVITE sip:911@192.0.2.7 SIP/2.0', '7 INVITE', 'b', 'v=0\r\n'),
  step(520, trunk, own, 'SIP/2.0 200 OK', '7 INVITE', 'b', 'v=0\r\n'),
  step(521, own, phone, 'SIP/2.0 200 OK', '1 INVITE', 'a', 'v=0\r\n'),
  step(530, phone, own, 'ACK sip:10.0.0.1 SIP/2.0', '1 ACK'),
];

describe('the ladder', () => {
  it('shows both legs of a call in order', () => {
    assert.equal(
      formatLadder(ladderSteps(call), 100),
      [
        'A  a',
        'B  b',
        '2026-01-01 00:00:00.000 UTC',
        '',
        '                  10.0.0.5:5062                10.0.0.1:5060               192.0.2.7:5060',
        '                        │                            │                            │',
        '     0 ms               │──── A INVITE (SDP) · 1 ───▶│                            │',
        '     1 ms               │◀ A 100 Trying · 1 INVITE ──│                            │',
        '     5 ms               │                            │──── B INVITE (SDP) · 7 ───▶│',
        '   505 ms               │                            │─── B INVITE (SDP) · 7 ↻ ──▶│',
        '                        │                            │ B 200 OK (SDP) · 7 INVITE  │',
        '   520 ms               │                            │◀───────────────────────────│',
        '                        │ A 200 OK (SDP) · 1 INVITE  │                            │',
        '   521 ms               │◀───────────────────────────│                            │',
        '   530 ms               │──────── A ACK · 1 ────────▶│                            │',
        '',
      ].join('\n'),
    );
  });

  it('keeps within its width, with long names, many ends and long reasons', () => {
    const far = '[2001:db8:1234:5678:9abc:def0:1234:5678]:5060';
    const long = 'SIP/2.0 488 Not Acceptable Here because of a reason that somebody wrote at length';
    for (const width of [80, 100, 120]) {
      for (const others of [[far], [far, own, trunk], Array.from({ length: 9 }, (_, i) => `198.51.100.${i}:5060`)]) {
        const steps = others.flatMap((end, i) => [
          step(i, phone, end, 'INVITE sip:a SIP/2.0', '1 INVITE'),
          step(i, end, phone, long, '1 INVITE'),
        ]);
        const text = formatLadder(ladderSteps(steps), width);
        for (const line of text.split('\n')) assert.ok([...line].length <= width, `${width}: ${line}`);
        assert.match(text.replace(/[\s│]+/g, ''), /488NotAcceptableHere.*atlength/s);
        assert.match(text.replace(/[\s│]+/g, ''), /INVITE/);
      }
    }
  });

  it('lets nobody steer the terminal', () => {
    const text = formatLadder(ladderSteps([step(0, phone, own, 'SIP/2.0 200 \x1b[2J\x07', '1 \x1bX', 'a\x1b')]), 80);
    assert.ok(![...text].some((c) => c !== '\n' && c < ' '), JSON.stringify(text));
  });

  it('can be drawn of anything', () => {
    const random = new SeededRandom(5);
    for (let i = 0; i < 200; i++) {
      const bytes = Buffer.from(random.bytes(Math.floor(random.next() * 400)));
      const ends = [phone, own, trunk];
      const end = () => ends[Math.floor(random.next() * ends.length)] ?? own;
      const sources = [0, 1, 2].map((at) => ({ at, from: end(), to: end(), protocol: 'udp', bytes }));
      const text = formatLadder(ladderSteps([...sources, ...call]), 90);
      for (const line of text.split('\n').slice(3)) assert.ok([...line].length <= 90, line);
    }
  });

  it('of nothing is nothing', () => {
    assert.equal(formatLadder([], 80), '');
  });
});
