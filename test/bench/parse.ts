import { formatMessage, parseMessage } from '../../src/sip/index.js';

/** An INVITE as a telephone sends it, with a description of two codecs. */
export const typicalInvite = Buffer.from(
  [
    'INVITE sip:1002@branch.example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bK-524287-1---8f2d9e4a6c1b3d70;rport',
    'Max-Forwards: 70',
    'Contact: <sip:1001@192.0.2.21:5060;transport=udp>',
    'To: <sip:1002@branch.example.com>',
    'From: "Reception Desk" <sip:1001@branch.example.com;transport=UDP>;tag=6a3d5c11',
    'Call-ID: 8WcB5yJpXrN2uHcZ0kQ1Tg..',
    'CSeq: 1 INVITE',
    'Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE',
    'Content-Type: application/sdp',
    'Supported: replaces, 100rel, timer',
    'User-Agent: Desk Telephone 5.5.10',
    'Allow-Events: presence, kpml, talk',
    'Content-Length: 239',
    '',
    'v=0',
    'o=- 1720000000 1720000000 IN IP4 192.0.2.21',
    's=call',
    'c=IN IP4 192.0.2.21',
    't=0 0',
    'm=audio 16384 RTP/AVP 9 8 0 101',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=sendrecv',
    '',
  ].join('\r\n'),
);

export interface ParseFigures {
  readonly parsesPerCpuSecond: number;
  readonly formatsPerCpuSecond: number;
}

/** Parses and formats {@link typicalInvite}; the best of `rounds` of 100 ms CPU each, for other work only slows one down. */
export function benchParse(rounds = 10): ParseFigures {
  const parsed = parseMessage(typicalInvite);
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return {
    parsesPerCpuSecond: best(rounds, () => parseMessage(typicalInvite).ok),
    formatsPerCpuSecond: best(rounds, () => formatMessage(parsed.value).length > 0),
  };
}

function best(rounds: number, once: () => boolean): number {
  let most = 0;
  for (let i = 0; i <= rounds; i++) most = Math.max(most, rate(once, 100));
  return most;
}

function rate(once: () => boolean, cpuMs: number): number {
  const start = process.cpuUsage();
  let rounds = 0;
  for (;;) {
    for (let i = 0; i < 2_000; i++) if (!once()) throw new Error('the message under measurement is not accepted');
    rounds += 2_000;
    const used = process.cpuUsage(start);
    const usedMs = (used.user + used.system) / 1000;
    if (usedMs >= cpuMs) return Math.round((rounds * 1000) / usedMs);
  }
}
